"""A pass back through the layers of a network, written as nodes of an ONNX graph."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from onnx import TensorProto, helper

from core.models.serving.graph_writer import GraphWriter, Value


def pass_back(
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
    return Value(writer.node("Add", spread(writer, one), spread(writer, other)), 4)


def spread(writer: GraphWriter, value: Value) -> str:
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
    name = spread(writer, gradient) if answer.rank == 4 else gradient.name
    return Value(writer.node("Mul", name, writer.node("Cast", passed, to=TensorProto.FLOAT)), answer.rank)


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
        Value(sliced(writer, gradient.name, int(end - tensor.shape[-1]), int(end)), 2)
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
    return [Value(writer.node("ConvTranspose", spread(writer, gradient), kernel, pads=pads), 4)]


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
    full = writer.node("Expand", spread(writer, gradient), writer.node("Shape", answer.name))
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


def sliced(writer: GraphWriter, rows: str, start: int, end: int) -> str:
    """Take columns of rows."""
    return writer.node("Slice", rows, *(writer.constant([value], np.int64) for value in (start, end, 1)))
