"""A Keras network written as an ONNX graph that reads its weights from `model.weights.h5`.

The graph holds the structure alone: each weight is external data, a place in the float16 file that Keras
wrote, so that no weight is kept twice and none can differ. ONNX Runtime reads the file, casts and transposes
once while it opens the graph, and computes in float32. Writing the graph takes Keras and the package `onnx`;
answering by it takes neither.

Pictures come in as uint8 (n, height, width, 3). What a network says of a picture is the mean over the picture
and its mirror image, as in `core.models.loaded`, and that is part of the graph.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import onnx
from onnx import TensorProto, helper

from core.errors import ModelError
from core.models.names import GRAPH
from core.models.serving.explanation import Explained
from core.models.serving.graph_writer import GraphWriter, Value, WeightFile
from core.models.serving.onnx_explanation import write_explanation
from core.models.serving.onnx_layers import WRITERS, channels_last
from core.models.serving.onnx_network import WEIGHTS_SHA256
from core.storage.checksums import sha256

OPSET = 20
"""Version of the operators, which ONNX Runtime 1.17 and later know."""

IR_VERSION = 10


def save_graph(
    network: keras.Model,
    weights: Path,
    outputs: Sequence[str],
    *,
    mirrored: bool,
    explained: Explained | None = None,
    steps: Mapping[str, float] | None = None,
) -> Path:
    """Write a network's graph beside its weights, and return its place; see `write_graph`."""
    model = write_graph(network, weights, outputs, mirrored=mirrored, explained=explained, steps=steps)
    model.metadata_props.add(key=WEIGHTS_SHA256, value=sha256(weights))
    path = weights.with_name(GRAPH)
    path.write_bytes(model.SerializeToString())
    return path


def write_graph(
    network: keras.Model,
    weights: Path,
    outputs: Sequence[str],
    *,
    mirrored: bool,
    explained: Explained | None = None,
    steps: Mapping[str, float] | None = None,
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
    explained : {"score", "class"}, optional
        What it explains as well (`core.models.serving.explanation`): the score of two pictures, by a mirrored
        VGG with an embedding, or the classes of one.
    steps : mapping of str to float, optional
        Of what is computed in 8 bits; see `core.models.serving.quantisation`.

    Returns
    -------
    onnx.ModelProto
        From ``images``, uint8 (n, height, width, 3), to the outputs. Where it explains something, also from
        ``explain``, a bool: only where that is true are those outputs computed, else they are empty.

    Raises
    ------
    ModelError
        If the network has a layer that cannot be written.
    """
    writer = GraphWriter(WeightFile.of(weights), steps or {})
    part = keras.Model(network.input, {key: network.output[key] for key in outputs})
    height, width = network.input_shape[1:3]
    pixels = writer.node("Cast", "images", to=TensorProto.FLOAT)
    if mirrored:
        pixels = writer.node("Concat", pixels, _flipped(writer, pixels, axis=2), axis=0)
    first = Value(writer.node("Transpose", pixels, perm=[0, 3, 1, 2]), 4)
    values = _write_layers(writer, part, first)
    graph_outputs = []
    for key, output in part.output.items():
        value = channels_last(writer, values[id(output)])
        name = _mean_of_halves(writer, value) if mirrored else value
        writer.nodes.append(helper.make_node("Identity", [name], [key]))
        shape = [
            "n",
            *(size or f"{key}_{axis}" for axis, size in enumerate(network.output[key].shape[1:], 1)),
        ]
        graph_outputs.append(helper.make_tensor_value_info(key, TensorProto.FLOAT, shape))
    graph_inputs = []
    if explained is not None:
        asked, more = write_explanation(writer, part, values, explained)
        graph_inputs.append(asked)
        graph_outputs += more
    images = helper.make_tensor_value_info(
        "images", TensorProto.UINT8, ["n", height or "height", width or "width", 3]
    )
    graph = helper.make_graph(
        writer.nodes, network.name, [images, *graph_inputs], graph_outputs, writer.constants
    )
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
    upright, turned = writer.halves(name)
    return writer.node("Mul", writer.node("Add", upright, turned), writer.constant(0.5))


def _write_layers(writer: GraphWriter, network: keras.Model, first: Value) -> dict[int, Value]:
    """Write every layer of a functional network, in order; return the value of each tensor by its `id`."""
    values: dict[int, Value] = {id(network.inputs[0]): first}
    for depth in sorted(network._nodes_by_depth, reverse=True):
        for node in network._nodes_by_depth[depth]:
            if node.is_input:
                continue
            kind = type(node.operation).__name__
            if kind not in WRITERS:
                raise ModelError(
                    f"{network.name} has a layer that cannot be written as ONNX, {node.operation.name} "
                    f"({kind}); "
                    "expected one of core.models.serving.onnx_layers.WRITERS"
                )
            given = [values[id(tensor)] for tensor in node.input_tensors]
            values[id(node.outputs[0])] = WRITERS[kind](writer, node, given)
    return values
