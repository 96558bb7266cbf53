"""What each place of two pictures adds to their score, written into a network's ONNX graph.

ONNX Runtime knows no gradients, so the pass back is written out: from the cosine of both embeddings through
the heads and the last block to the convolution whose places are shown. It shares the graph with what answers
searches and is computed only where its outputs are asked for.
"""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from core.models.layers import PARTS
from core.models.serving.graph_writer import GraphWriter, Value, unit_rows
from core.models.serving.keras_score_places import earlier_averages, fine_layer
from core.models.serving.onnx_layers import pulled_rows
from core.models.serving.score_places import COSINE, PLACES, TAKE_APART


def write_score_places(
    writer: GraphWriter, network: keras.Model, values: Mapping[int, Value]
) -> tuple[Any, list[Any]]:
    """Add the outputs that take a score apart, in a branch that is computed only where it is asked for.

    Parameters
    ----------
    writer : GraphWriter
        With the pass forward over two pictures and their mirror images.
    network : keras.Model
    values : mapping of int to Value
        Of each tensor of the network, by its `id`.

    Returns
    -------
    input, outputs
        What the graph is given and gives more, in ONNX's own classes.
    """
    branch = writer.branch()
    written = _write_places(branch, network, values)
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [f"{name}_{axis}" for axis in range(rank)])
        for name, (_, rank) in written.items()
    ]
    inside = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [f"{name}_{axis}" for axis in range(rank)])
        for name, rank in written.values()
    ]
    empty = [f"{name}_empty" for name in written]
    nothing = [
        helper.make_node(
            "Constant", [], [name], value=numpy_helper.from_array(np.zeros((0,) * rank, np.float32))
        )
        for name, (_, rank) in zip(empty, written.values(), strict=True)
    ]
    none = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [0] * rank)
        for name, (_, rank) in zip(empty, written.values(), strict=True)
    ]
    writer.nodes.append(
        helper.make_node(
            "If",
            [TAKE_APART],
            list(written),
            then_branch=helper.make_graph(branch.nodes, "taken_apart", [], inside),
            else_branch=helper.make_graph(nothing, "not_asked", [], none),
        )
    )
    return helper.make_tensor_value_info(TAKE_APART, TensorProto.BOOL, []), outputs


def _write_places(
    writer: GraphWriter, network: keras.Model, values: Mapping[int, Value]
) -> dict[str, tuple[str, int]]:
    """Write the pass back; return, by the output's name, the value and its rank."""
    layer = fine_layer(network)
    averages = earlier_averages(network, layer)
    nodes = {found.name: found._inbound_nodes[-1] for found in network.layers}
    outputs: dict[str, tuple[str, int]] = {}

    rows = values[id(nodes["embedding"].outputs[0])].name
    of_rows = _gradient_of_cosine(writer, rows)
    gradients: dict[int, Value] = {}
    cosines = {"embedding": _cosine(writer, rows)}
    start = 0
    for part, share in zip(PARTS, network.get_layer("embedding").shares(), strict=False):
        end = start + part.dimension
        cosines[part.name] = _cosine(writer, _sliced(writer, rows, start, end))
        gradient = writer.node(
            "Mul", _sliced(writer, of_rows, start, end), writer.constant(float(share) ** 0.5)
        )
        projection = nodes[f"{part.name}_projection"].outputs[0]
        gradient = _before_drawing(
            writer, gradient, network.get_layer(f"{part.name}_drawn"), values[id(projection)].name
        )
        gradients[id(projection)] = Value(gradient, 2)
        start = end

    _pass_back(writer, network, values, gradients, until=(layer, *averages))

    seen = [nodes[layer].outputs[0], *(nodes[name].input_tensors[0] for name in averages)]
    asked = [nodes[name].outputs[0] for name in (layer, *averages)]
    for name, tensor, of in zip((layer, *averages), seen, asked, strict=True):
        gradient = _spread(writer, gradients[id(of)])
        if tensor is not of:
            gradient = writer.node("Mul", gradient, writer.constant(1 / np.prod(tensor.shape[1:3])))
        product = writer.node("Mul", values[id(tensor)].name, gradient)
        places = writer.node("ReduceSum", product, writer.constant([1], np.int64), keepdims=0)
        outputs[f"{PLACES}{name}"] = (places, 3)
    return outputs | {f"{COSINE}{name}": (cosine, 1) for name, cosine in cosines.items()}


# From the cosine to the heads ---------------------------------------------------------------------------


def _both_ways(writer: GraphWriter, rows: str) -> str:
    """Add up the rows of upright and mirrored pictures."""
    upright, turned = writer.halves(rows)
    return writer.node("Add", upright, turned)


def _other(writer: GraphWriter, rows: str) -> str:
    return writer.node("Gather", rows, writer.constant([1, 0], np.int64), axis=0)


def _length(writer: GraphWriter, rows: str) -> str:
    return writer.node("ReduceL2", rows, writer.constant([1], np.int64), keepdims=1)


def _cosine(writer: GraphWriter, rows: str) -> str:
    """Give the cosine of the two pictures, (1,)."""
    unit = unit_rows(writer, _both_ways(writer, rows))
    product = writer.node("Mul", unit, _other(writer, unit))
    both = writer.node("ReduceSum", product, writer.constant([0, 1], np.int64), keepdims=0)  # each asked once
    return writer.node(
        "Reshape", writer.node("Mul", both, writer.constant(0.5)), writer.constant([1], np.int64)
    )


def _gradient_of_cosine(writer: GraphWriter, rows: str) -> str:
    """Give what a row adds to the cosine, its own length and the whole other picture held: (4, d)."""
    both = _both_ways(writer, rows)
    gradient = writer.node("Div", _other(writer, unit_rows(writer, both)), _length(writer, both))
    return writer.node("Concat", gradient, gradient, axis=0)


def _before_drawing(writer: GraphWriter, gradient: str, drawing: Any, projected: str) -> str:
    """Go back over unit length, the pull of names and unit length again, all of which is held."""
    length = _length(writer, projected)
    pulled = pulled_rows(writer, drawing, writer.node("Div", projected, length))
    return writer.node("Div", writer.node("Div", gradient, _length(writer, pulled)), length)


# Through the layers -------------------------------------------------------------------------------------


def _pass_back(
    writer: GraphWriter,
    network: keras.Model,
    values: Mapping[int, Value],
    gradients: dict[int, Value],
    *,
    until: tuple[str, ...],
) -> None:
    """Bring gradients from the tensors that have one back to the outputs of the layers named."""
    for depth in sorted(network._nodes_by_depth):
        for node in network._nodes_by_depth[depth]:
            if node.is_input or node.operation.name in until:
                continue
            gradient = gradients.get(id(node.outputs[0]))
            if gradient is None:
                continue
            given = [values[id(tensor)] for tensor in node.input_tensors]
            answer = values[id(node.outputs[0])]
            before = BACKWARD[type(node.operation).__name__](writer, node, gradient, given, answer)
            for tensor, share in zip(node.input_tensors, before, strict=True):
                known = gradients.get(id(tensor))
                gradients[id(tensor)] = share if known is None else _sum(writer, known, share)


def _sum(writer: GraphWriter, one: Value, other: Value) -> Value:
    if one.rank == other.rank:
        return Value(writer.node("Add", one.name, other.name), one.rank)
    return Value(writer.node("Add", _spread(writer, one), _spread(writer, other)), 4)


def _spread(writer: GraphWriter, value: Value) -> str:
    """Give a gradient the rank of pictures, where it is the same for every place."""
    if value.rank == 4:
        return value.name
    return writer.node("Unsqueeze", value.name, writer.constant([2, 3], np.int64))


Backward = Callable[[GraphWriter, Any, Value, list[Value], Value], list[Value]]
"""From a node, the gradient of its output, its inputs and its output to the gradients of its inputs."""


def _same(writer: GraphWriter, node: Any, gradient: Value, given: list[Value], answer: Value) -> list[Value]:
    return [gradient]


def _passed_on(writer: GraphWriter, gradient: Value, answer: Value) -> Value:
    """Keep what a rectifier passed on."""
    passed = writer.node("Greater", answer.name, writer.constant(0.0))
    spread = _spread(writer, gradient) if answer.rank == 4 else gradient.name
    return Value(writer.node("Mul", spread, writer.node("Cast", passed, to=TensorProto.FLOAT)), answer.rank)


def _relu(writer: GraphWriter, node: Any, gradient: Value, given: list[Value], answer: Value) -> list[Value]:
    return [_passed_on(writer, gradient, answer)]


def _dense(writer: GraphWriter, node: Any, gradient: Value, given: list[Value], answer: Value) -> list[Value]:
    layer = node.operation
    if layer.activation.__name__ == "relu":
        gradient = _passed_on(writer, gradient, answer)
    kernel = writer.node("Transpose", writer.weight(layer.kernel), perm=[1, 0])
    return [Value(writer.node("MatMul", gradient.name, kernel), 2)]


def _batch_norm(
    writer: GraphWriter, node: Any, gradient: Value, given: list[Value], answer: Value
) -> list[Value]:
    layer = node.operation
    scale = 1 / np.sqrt(keras.ops.convert_to_numpy(layer.moving_variance) + layer.epsilon)
    if layer.scale:
        scale = scale * keras.ops.convert_to_numpy(layer.gamma)
    return [Value(writer.node("Mul", gradient.name, writer.constant(scale)), gradient.rank)]


def _concatenate(
    writer: GraphWriter, node: Any, gradient: Value, given: list[Value], answer: Value
) -> list[Value]:
    ends = np.cumsum([tensor.shape[-1] for tensor in node.input_tensors])
    return [
        Value(_sliced(writer, gradient.name, int(end - tensor.shape[-1]), int(end)), 2)
        for tensor, end in zip(node.input_tensors, ends, strict=True)
    ]


def _global_average(
    writer: GraphWriter, node: Any, gradient: Value, given: list[Value], answer: Value
) -> list[Value]:
    places = int(np.prod(node.input_tensors[0].shape[1:3]))
    return [Value(writer.node("Mul", gradient.name, writer.constant(1 / places)), 2)]


def _convolution(
    writer: GraphWriter, node: Any, gradient: Value, given: list[Value], answer: Value
) -> list[Value]:
    layer = node.operation
    kernel = writer.node("Transpose", writer.weight(layer.kernel), perm=[3, 2, 0, 1])
    pads = [size // 2 for size in layer.kernel_size] * 2  # "same", one step at a time, odd kernels
    return [Value(writer.node("ConvTranspose", _spread(writer, gradient), kernel, pads=pads), 4)]


def _max_pooling(
    writer: GraphWriter, node: Any, gradient: Value, given: list[Value], answer: Value
) -> list[Value]:
    size = list(node.operation.pool_size)
    places = f"{given[0].name}_largest"
    pooled = f"{given[0].name}_pooled_again"
    writer.nodes.append(
        helper.make_node(
            "MaxPool", [given[0].name], [pooled, places], name=pooled, kernel_shape=size, strides=size
        )
    )
    # The gradient of an average is the same for every place, and unpooling wants it at each.
    full = writer.node("Expand", _spread(writer, gradient), writer.node("Shape", answer.name))
    shape = writer.node("Shape", given[0].name)
    unpooled = writer.node("MaxUnpool", full, places, shape, kernel_shape=size, strides=size)
    return [Value(unpooled, 4)]


BACKWARD: dict[str, Backward] = {
    "BatchNormalization": _batch_norm,
    "Concatenate": _concatenate,
    "Conv2D": _convolution,
    "Dense": _dense,
    "Dropout": _same,
    "GlobalAveragePooling2D": _global_average,
    "MaxPooling2D": _max_pooling,
    "ReLU": _relu,
}
"""By kind of layer, as far as a VGG's last block and heads have them."""


def _sliced(writer: GraphWriter, rows: str, start: int, end: int) -> str:
    return writer.node("Slice", rows, *(writer.constant([value], np.int64) for value in (start, end, 1)))
