"""How each kind of layer is written as nodes of an ONNX graph."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from core.models.layers import IMAGENET_MEANS_BGR
from core.models.serving.graph_writer import GraphWriter, Value, unit_rows
from core.models.serving.quantisation import can_be_rounded, quantised, quantised_weights

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
    bias = writer.weight(layer.bias) if layer.bias is not None else None
    if given[0].step is not None and can_be_rounded(keras.ops.convert_to_numpy(layer.kernel)):
        kernel, bias = quantised_weights(writer, layer, kernel, bias, step=given[0].step)
    inputs = [given[0].name, kernel, *([bias] if bias is not None else [])]
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
        value = Value(writer.node("Relu", given[0].name), given[0].rank)
        return quantised(writer, value, writer.steps.get(node.operation.name))
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
    pooled = Value(writer.node("MaxPool", given[0].name, kernel_shape=size, strides=size), 4)
    return quantised(writer, pooled, given[0].step)


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
    return Value(writer.node("Flatten", channels_last(writer, given[0]), axis=1), 2)


def _same(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    return given[0]


def _columns(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    """Write ``rows[:, a:b]``."""
    key = node.arguments.args[1]
    start, stop = key[1].start or 0, key[1].stop
    bounds = (writer.constant([value], np.int64) for value in (start, stop, 1))
    return Value(writer.node("Slice", given[0].name, *bounds), 2)


def _unit_length(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    return Value(unit_rows(writer, given[0].name), 2)


def _drawn_to_names(writer: GraphWriter, node: Any, given: list[Value]) -> Value:
    return Value(unit_rows(writer, pulled_rows(writer, node.operation, given[0].name)), 2)


def pulled_rows(writer: GraphWriter, layer: Any, rows: str) -> str:
    """Add to rows of unit length what draws them to their names."""
    vectors = writer.weight(layer.vectors)
    cosines = writer.node("MatMul", rows, writer.node("Transpose", vectors, perm=[1, 0]))
    likely = writer.node("Softmax", writer.node("Mul", cosines, writer.constant(float(layer.scale))), axis=1)
    pull = writer.node("Mul", writer.node("MatMul", likely, vectors), writer.weight(layer.strength))
    return writer.node("Add", rows, pull)


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


def channels_last(writer: GraphWriter, value: Value) -> str:
    """Bring the channels of pictures to the end, where Keras has them."""
    return writer.node("Transpose", value.name, perm=[0, 2, 3, 1]) if value.rank == 4 else value.name
