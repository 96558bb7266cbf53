"""Convolutions in 8 bits: a third of the time, for embeddings that hardly differ.

Weights and rectified outputs become whole numbers, each a multiple of a step (Jacob et al. 2018,
"Quantization and training of neural networks for efficient integer-arithmetic-only inference",
https://arxiv.org/abs/1712.05877). Steps of outputs are measured on pictures and stand in the graph; weights,
one step a filter, are quantised by ONNX Runtime while it opens the graph, from the float16 file.

Weights take 7 of the 8 bits: processors without VNNI add up two products in 16 bits, which 8 bits overflow,
and an embedding must not depend on the processor that made it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from onnx import TensorProto

from core.models.serving.graph_writer import GraphWriter, Value

MOST_OF_OUTPUTS, MOST_OF_WEIGHTS = 255, 63
"""The largest whole number that an output and a weight may be."""

SHARE_KEPT = 0.9999
"""Share of a layer's outputs that are not cut off: a single large one would make the steps of all coarse."""

MOST_ERROR = 0.05
"""Of a kernel's rounding, as a share of its norm, above which the kernel stays as it is.

A convolution that began as the identity has one large weight a filter, beside which most others are less than
half a step: it loses 0.15 to 0.24, any other of VGG 0.02.
"""

BATCH = 32


def output_steps(network: keras.Model, pictures: np.ndarray, layers: Sequence[str]) -> Mapping[str, float]:
    """Measure the steps of layers' outputs.

    Parameters
    ----------
    network : keras.Model
    pictures : uint8 array (n, height, width, 3)
        Of what the network will see, a few hundred.
    layers : sequence of str
        Rectified ones.

    Returns
    -------
    mapping of str to float
        One for each layer that has outputs above 0 at all.
    """
    inside = keras.Model(network.input, {name: network.get_layer(name).output for name in layers})
    tops = dict.fromkeys(layers, 0.0)
    for at in range(0, len(pictures), BATCH):
        seen = inside(pictures[at : at + BATCH].astype(np.float32), training=False)
        for name in layers:
            top = float(np.quantile(keras.ops.convert_to_numpy(seen[name]), SHARE_KEPT))
            tops[name] = max(tops[name], top)
    return {name: top / MOST_OF_OUTPUTS for name, top in tops.items() if top > 0}


def quantised(writer: GraphWriter, value: Value, step: float | None) -> Value:
    """Round a value that is nowhere negative to multiples of a step; without one, return it as it is."""
    if step is None:
        return value
    of_step, zero = writer.constant(step), writer.constant(0, np.uint8)
    whole = writer.node("QuantizeLinear", value.name, of_step, zero)
    return Value(writer.node("DequantizeLinear", whole, of_step, zero), value.rank, step)


def can_be_rounded(kernel: np.ndarray) -> bool:
    """Say whether a kernel, float array (rows, columns, in, out), is nearly the same once it is rounded.

    Examples
    --------
    >>> drawn = np.random.default_rng(1).normal(0, 0.01, (3, 3, 32, 32))
    >>> from_identity = drawn.copy()
    >>> from_identity[1, 1] += np.eye(32)
    >>> can_be_rounded(drawn), can_be_rounded(from_identity)
    (True, False)
    """
    steps = _weight_steps(kernel)
    error = np.round(kernel / steps) * steps - kernel
    return bool(np.linalg.norm(error) <= MOST_ERROR * np.linalg.norm(kernel))


def _weight_steps(kernel: np.ndarray) -> np.ndarray:
    """Give the step of each filter, float32 (out,): its largest weight is the largest whole number."""
    largest = np.abs(kernel).max(axis=(0, 1, 2))
    return np.where(largest > 0, largest, 1).astype(np.float32) / MOST_OF_WEIGHTS


def quantised_weights(
    writer: GraphWriter, layer: Any, kernel: str, bias: str | None, *, step: float
) -> tuple[str, str | None]:
    """Round a convolution's kernel, laid out (out, in, rows, columns), and its bias.

    Parameters
    ----------
    writer : GraphWriter
    layer : keras.layers.Conv2D
    kernel, bias : str
        Their names in the graph.
    step : float
        Of the convolution's input.

    Returns
    -------
    kernel, bias : str
        The names of the rounded ones.
    """
    steps = _weight_steps(keras.ops.convert_to_numpy(layer.kernel).astype(np.float32))
    of_steps, zeros = writer.constant(steps), writer.constant(np.zeros(len(steps)), np.int8)
    whole = writer.node("QuantizeLinear", kernel, of_steps, zeros, axis=0)
    kernel = writer.node("DequantizeLinear", whole, of_steps, zeros, axis=0)
    if bias is None:
        return kernel, None
    of_sums = writer.constant(steps * np.float32(step))
    sums = writer.node("Cast", writer.node("Round", writer.node("Div", bias, of_sums)), to=TensorProto.INT32)
    return kernel, writer.node(
        "DequantizeLinear", sums, of_sums, writer.constant(np.zeros(len(steps)), np.int32), axis=0
    )
