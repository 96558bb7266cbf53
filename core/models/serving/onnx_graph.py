"""A Keras network written as an ONNX graph that reads its weights from `model.weights.h5`.

The graph holds the structure alone: each weight is external data, a place in the float16 file that Keras
wrote, so that no weight is kept twice and none can differ. ONNX Runtime reads the file, casts and transposes
once while it opens the graph, and computes in float32. Writing the graph takes Keras and the package `onnx`;
answering by it takes neither.

Pictures come in as uint8 (n, height, width, 3). What a network says of a picture is the mean over the picture
and its mirror image, as in `core.models.loaded`, and that is part of the graph.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from core.errors import ModelError
from core.models.layers import IMAGENET_MEANS_BGR
from core.models.names import GRAPH
from core.models.serving.onnx_network import WEIGHTS_SHA256
from core.storage.checksums import sha256

OPSET = 20
"""Version of the operators, which ONNX Runtime 1.17 and later know."""

IR_VERSION = 10

EPSILON = 1e-12
"""Least length that a row is divided by, as in Keras's `normalize`."""


@dataclass(frozen=True)
class Value:
    """A tensor of the graph; those of rank 4 have the channels second, where Keras has them last."""

    name: str
    rank: int


@dataclass(frozen=True)
class WeightFile:
    """Where each weight lies in a file that Keras wrote."""

    name: str
    places: dict[tuple[tuple[int, ...], bytes], tuple[int, int]]

    @classmethod
    def of(cls, path: Path) -> "WeightFile":
        """Find the places of all float16 arrays of a file."""
        places = {}

        def visit(_: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset) and item.dtype == np.float16:
                offset = item.id.get_offset()
                if offset is not None and item.size:
                    values = item[...]
                    places[values.shape, values.tobytes()] = offset, values.nbytes

        with h5py.File(path, "r") as file:
            file.visititems(visit)
        return cls(path.name, places)


@dataclass
class GraphWriter:
    """Collects the nodes and weights of a graph.

    Attributes
    ----------
    weights : WeightFile
        Whatever array lies in it is referred to; others are written into the graph.
    """

    weights: WeightFile
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        name = f"{operator}_{next(self._numbers)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """Add an array to the graph and return its name."""
        name = f"constant_{next(self._numbers)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def weight(self, variable: Any) -> str:
        """Return the name of a weight in float32, read from the file where it lies there."""
        values = keras.ops.convert_to_numpy(variable)
        half = values.astype(np.float16)
        place = self.weights.places.get((half.shape, half.tobytes()))
        if place is None:
            return self.constant(values)
        tensor = TensorProto(
            name=f"weight_{next(self._numbers)}",
            data_type=TensorProto.FLOAT16,
            dims=half.shape,
            data_location=TensorProto.EXTERNAL,
        )
        offset, length = place
        for key, value in (("location", self.weights.name), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
        self.constants.append(tensor)
        return self.node("Cast", tensor.name, to=TensorProto.FLOAT)


def save_graph(network: keras.Model, weights: Path, outputs: Sequence[str], *, mirrored: bool) -> Path:
    """Write a network's graph beside its weights, and return its place; see `write_graph`."""
    model = write_graph(network, weights, outputs, mirrored=mirrored)
    model.metadata_props.add(key=WEIGHTS_SHA256, value=sha256(weights))
    path = weights.with_name(GRAPH)
    path.write_bytes(model.SerializeToString())
    return path


def write_graph(
    network: keras.Model, weights: Path, outputs: Sequence[str], *, mirrored: bool
) -> onnx.ModelProto:
    """Write a network as a graph.

    Parameters
    ----------
    network : keras.Model
        Built by this project, from pictures (n, height, width, 3), with the weights of the file.
    weights : Path
        `model.weights.h5`, in float16; the graph must be kept beside it.
    outputs : sequence of str
        Those of the network that the graph gives.
    mirrored : bool
        Whether each picture's mirror image has half a say.

    Returns
    -------
    onnx.ModelProto
        From ``images``, uint8 (n, height, width, 3), to the outputs.

    Raises
    ------
    ModelError
        If the network has a layer that cannot be written.
    """
    writer = GraphWriter(WeightFile.of(weights))
    part = keras.Model(network.input, {key: network.output[key] for key in outputs})
    height, width = network.input_shape[1:3]
    pixels = writer.node("Cast", "images", to=TensorProto.FLOAT)
    if mirrored:
        pixels = writer.node("Concat", pixels, _flipped(writer, pixels, axis=2), axis=0)
    first = Value(writer.node("Transpose", pixels, perm=[0, 3, 1, 2]), 4)
    written = _write_layers(writer, part, first)
    graph_outputs = []
    for key in outputs:
        value = _channels_last(writer, written[key])
        name = _mean_of_halves(writer, value) if mirrored else value
        writer.nodes.append(helper.make_node("Identity", [name], [key]))
        shape = [
            "n",
            *(size or f"{key}_{axis}" for axis, size in enumerate(network.output[key].shape[1:], 1)),
        ]
        graph_outputs.append(helper.make_tensor_value_info(key, TensorProto.FLOAT, shape))
    images = helper.make_tensor_value_info(
        "images", TensorProto.UINT8, ["n", height or "height", width or "width", 3]
    )
    graph = helper.make_graph(writer.nodes, network.name, [images], graph_outputs, writer.constants)
    opset = [helper.make_opsetid("", OPSET)]
    return helper.make_model(
        graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="fashion-search"
    )


def _flipped(writer: GraphWriter, name: str, *, axis: int) -> str:
    starts, ends, axes, steps = ([value] for value in (-1, np.iinfo(np.int64).min, axis, -1))
    return writer.node(
        "Slice", name, *(writer.constant(value, np.int64) for value in (starts, ends, axes, steps))
    )


def _mean_of_halves(writer: GraphWriter, name: str) -> str:
    """Average a batch's first half with its second, in which the mirror images are."""
    upright, turned = f"{name}_upright", f"{name}_mirrored"
    writer.nodes.append(helper.make_node("Split", [name], [upright, turned], axis=0, num_outputs=2))
    return writer.node("Mul", writer.node("Add", upright, turned), writer.constant(0.5))


def _channels_last(writer: GraphWriter, value: Value) -> str:
    return writer.node("Transpose", value.name, perm=[0, 2, 3, 1]) if value.rank == 4 else value.name


def _write_layers(writer: GraphWriter, network: keras.Model, first: Value) -> dict[str, Value]:
    """Write every layer of a functional network, in order, and return its outputs."""
    values: dict[int, Any] = {id(network.inputs[0]): first}
    for depth in sorted(network._nodes_by_depth, reverse=True):
        for node in network._nodes_by_depth[depth]:
            if node.is_input:
                continue
            kind = type(node.operation).__name__
            if kind not in WRITERS:
                raise ModelError(
                    f"{network.name} has a layer that cannot be written as ONNX, {node.operation.name} "
                    f"({kind}); "
                    "expected one of core.models.serving.onnx_graph.WRITERS"
                )
            given = [values[id(tensor)] for tensor in node.input_tensors]
            values[id(node.outputs[0])] = WRITERS[kind](writer, node, given)
    return {key: values[id(tensor)] for key, tensor in network.output.items()}


# Layers -----------------------------------------------------------------------------------------------

LayerWriter = Callable[[GraphWriter, Any, list[Value]], Value]
"""From a node of a Keras network and its inputs to its output."""


def _activated(writer: GraphWriter, name: str, activation: Any) -> str:
    operators = {"linear": None, "relu": "Relu", "sigmoid": "Sigmoid"}
    operator = operators[activation.__name__]
    return writer.node(operator, name) if operator else name


def _convolution(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    layer = node.operation
    depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
    kernel = writer.weight(layer.kernel)
    kernel = writer.node("Transpose", kernel, perm=[2, 3, 0, 1] if depthwise else [3, 2, 0, 1])
    inputs = [given[0].name, kernel, *([writer.weight(layer.bias)] if layer.bias is not None else [])]
    name = writer.node(
        "Conv",
        *inputs,
        auto_pad={"same": "SAME_UPPER", "valid": "VALID"}[layer.padding],
        strides=list(layer.strides),
        group=layer.kernel.shape[2] if depthwise else 1,
    )
    return Value(_activated(writer, name, layer.activation), 4)


def _dense(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    layer = node.operation
    name = writer.node("MatMul", given[0].name, writer.weight(layer.kernel))
    if layer.bias is not None:
        name = writer.node("Add", name, writer.weight(layer.bias))
    return Value(_activated(writer, name, layer.activation), 2)


def _batch_norm(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    layer = node.operation
    n = layer.moving_mean.shape[0]
    scale = writer.weight(layer.gamma) if layer.scale else writer.constant(np.ones(n))
    shift = writer.weight(layer.beta) if layer.center else writer.constant(np.zeros(n))
    mean, variance = writer.weight(layer.moving_mean), writer.weight(layer.moving_variance)
    name = writer.node(
        "BatchNormalization", given[0].name, scale, shift, mean, variance, epsilon=layer.epsilon
    )
    return Value(name, given[0].rank)


def _relu(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    largest = node.operation.max_value
    if largest is None:
        return Value(writer.node("Relu", given[0].name), given[0].rank)
    return Value(
        writer.node("Clip", given[0].name, writer.constant(0.0), writer.constant(float(largest))),
        given[0].rank,
    )


def _leaky_relu(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    slope = float(node.operation.negative_slope)
    return Value(writer.node("LeakyRelu", given[0].name, alpha=slope), given[0].rank)


def _rescaling(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    scaled = writer.node("Mul", given[0].name, writer.constant(float(node.operation.scale)))
    return Value(writer.node("Add", scaled, writer.constant(float(node.operation.offset))), given[0].rank)


def _imagenet_means(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    reverse = writer.node("Gather", given[0].name, writer.constant([2, 1, 0], np.int64), axis=1)
    means = np.array(IMAGENET_MEANS_BGR, np.float32)[None, :, None, None]
    return Value(writer.node("Sub", reverse, writer.constant(means)), 4)


def _add(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    name = given[0].name
    for other in given[1:]:
        name = writer.node("Add", name, other.name)
    return Value(name, given[0].rank)


def _max_pooling(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    size = list(node.operation.pool_size)
    return Value(writer.node("MaxPool", given[0].name, kernel_shape=size, strides=size), 4)


def _global_average(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    name = writer.node("GlobalAveragePool", given[0].name)
    return Value(name, 4) if node.operation.keepdims else Value(writer.node("Flatten", name, axis=1), 2)


def _doubled(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    scales = writer.constant([1, 1, *node.operation.size])
    name = writer.node(
        "Resize",
        given[0].name,
        "",
        scales,
        mode="nearest",
        nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )
    return Value(name, 4)


def _concatenate(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    return Value(writer.node("Concat", *(value.name for value in given), axis=1), given[0].rank)


def _flatten(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    return Value(writer.node("Flatten", _channels_last(writer, given[0]), axis=1), 2)


def _same(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    return given[0]


def _columns(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    """Write ``rows[:, a:b]``."""
    key = node.arguments.args[1]
    start, stop = key[1].start or 0, key[1].stop
    bounds = (writer.constant([value], np.int64) for value in (start, stop, 1))
    return Value(writer.node("Slice", given[0].name, *bounds), 2)


def _unit_length(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    return Value(_unit_rows(writer, given[0].name), 2)


def _unit_rows(writer: GraphWriter, name: str) -> str:
    length = writer.node("ReduceL2", name, writer.constant([1], np.int64), keepdims=1)
    return writer.node("Div", name, writer.node("Max", length, writer.constant(EPSILON)))


def _drawn_to_names(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    layer, rows = node.operation, given[0].name
    vectors = writer.weight(layer.vectors)
    cosines = writer.node("MatMul", rows, writer.node("Transpose", vectors, perm=[1, 0]))
    likely = writer.node("Softmax", writer.node("Mul", cosines, writer.constant(float(layer.scale))), axis=1)
    pull = writer.node("Mul", writer.node("MatMul", likely, vectors), writer.weight(layer.strength))
    return Value(_unit_rows(writer, writer.node("Add", rows, pull)), 2)


def _blend(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    shares = node.operation.shares()
    parts = [
        writer.node("Mul", part.name, writer.constant(float(share) ** 0.5))
        for part, share in zip(given, shares, strict=True)
    ]
    return Value(writer.node("Concat", *parts, axis=1), 2)


def _box_distances(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    from core.models.finder.network import BOX_UNIT, LARGEST_BOX, SMALLEST_BOX

    clipped = writer.node("Clip", given[0].name, writer.constant(SMALLEST_BOX), writer.constant(LARGEST_BOX))
    return Value(writer.node("Mul", writer.node("Exp", clipped), writer.constant(BOX_UNIT)), 4)


WRITERS: dict[str, LayerWriter] = {
    "Add": _add,
    "BatchNormalization": _batch_norm,
    "Blend": _blend,
    "BoxDistances": _box_distances,
    "Concatenate": _concatenate,
    "Conv2D": _convolution,
    "Dense": _dense,
    "DepthwiseConv2D": _convolution,
    "DrawnToNames": _drawn_to_names,
    "Dropout": _same,
    "Flatten": _flatten,
    "GetItem": _columns,
    "GlobalAveragePooling2D": _global_average,
    "ImageNetMeans": _imagenet_means,
    "LeakyReLU": _leaky_relu,
    "MaxPooling2D": _max_pooling,
    "ReLU": _relu,
    "Rescaling": _rescaling,
    "UnitLength": _unit_length,
    "UpSampling2D": _doubled,
}
"""By kind of layer."""
