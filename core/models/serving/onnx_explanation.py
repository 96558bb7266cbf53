"""What each place adds to a score, or speaks for a class, written into a network's ONNX graph.

ONNX Runtime knows no gradients, so the pass back is written out: from the cosine of two embeddings, or the
logits of the classes, through the heads and the last block to the convolution whose places are shown. The
graph that answers searches and classes has it, and computes it only where it is asked for.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from core.models.layers import PARTS
from core.models.serving.explanation import CELLS, COSINE, EXPLAIN, PLACES, Explained
from core.models.serving.graph_writer import GraphWriter, Value, unit_rows
from core.models.serving.keras_gradients import earlier_averages, fine_layer
from core.models.serving.onnx_gradients import pass_back, sliced, spread
from core.models.serving.onnx_layers import pulled_rows


def write_explanation(
    writer: GraphWriter, network: keras.Model, values: Mapping[int, Value], explained: Explained
) -> tuple[Any, list[Any]]:
    """Add the outputs that explain a score or a class, in a branch that is computed only where asked for.

    Parameters
    ----------
    writer : GraphWriter
        With the pass forward over pictures and their mirror images.
    network : keras.Model
    values : mapping of int to Value
        Of each tensor of the network, by its `id`.
    explained : {"score", "class"}
        Of two pictures, or of as many copies of one as there are classes.

    Returns
    -------
    input, outputs
        What the graph is given and gives more, in ONNX's own classes.
    """
    branch = writer.branch()
    write = _write_places if explained == "score" else _write_cells
    written = write(branch, network, values)
    empty = {f"{name}_empty": rank for name, (_, rank) in written.items()}
    nothing = [
        helper.make_node(
            "Constant", [], [name], value=numpy_helper.from_array(np.zeros((0,) * rank, np.float32))
        )
        for name, rank in empty.items()
    ]
    then = helper.make_graph(branch.nodes, "asked", [], [_tensor(*value) for value in written.values()])
    otherwise = helper.make_graph(nothing, "not_asked", [], [_tensor(*value) for value in empty.items()])
    writer.nodes.append(
        helper.make_node("If", [EXPLAIN], list(written), then_branch=then, else_branch=otherwise)
    )
    asked = helper.make_tensor_value_info(EXPLAIN, TensorProto.BOOL, [])
    return asked, [_tensor(name, rank) for name, (_, rank) in written.items()]


def _tensor(name: str, rank: int) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [f"{name}_{axis}" for axis in range(rank)])


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
        cosines[part.name] = _cosine(writer, sliced(writer, rows, start, end))
        gradient = writer.node(
            "Mul", sliced(writer, of_rows, start, end), writer.constant(float(share) ** 0.5)
        )
        projection = nodes[f"{part.name}_projection"].outputs[0]
        gradient = _before_drawing(
            writer, gradient, network.get_layer(f"{part.name}_drawn"), values[id(projection)].name
        )
        gradients[id(projection)] = Value(gradient, 2)
        start = end

    pass_back(writer, network, values, gradients, until=(layer, *averages))

    seen = [nodes[layer].outputs[0], *(nodes[name].input_tensors[0] for name in averages)]
    asked = [nodes[name].outputs[0] for name in (layer, *averages)]
    for name, tensor, of in zip((layer, *averages), seen, asked, strict=True):
        gradient = spread(writer, gradients[id(of)])
        if tensor is not of:
            gradient = writer.node("Mul", gradient, writer.constant(1 / np.prod(tensor.shape[1:3])))
        product = writer.node("Mul", values[id(tensor)].name, gradient)
        places = writer.node("ReduceSum", product, writer.constant([1], np.int64), keepdims=0)
        outputs[f"{PLACES}{name}"] = (places, 3)
    return outputs | {f"{COSINE}{name}": (cosine, 1) for name, cosine in cosines.items()}


def _write_cells(
    writer: GraphWriter, network: keras.Model, values: Mapping[int, Value]
) -> dict[str, tuple[str, int]]:
    """Write Grad-CAM: of as many copies of a picture as there are classes, one class for each."""
    layer = fine_layer(network)
    nodes = {found.name: found._inbound_nodes[-1] for found in network.layers}
    logits = nodes["label"].outputs[0]
    n = int(logits.shape[-1])
    each_its_own = np.concatenate([np.eye(n), np.zeros((n, n))])  # nothing is asked of mirror images
    gradients = {id(logits): Value(writer.constant(each_its_own), 2)}
    pass_back(writer, network, values, gradients, until=(layer, *earlier_averages(network, layer)))
    tensor = nodes[layer].outputs[0]
    gradient = writer.node("ReduceMean", gradients[id(tensor)].name, writer.constant([2, 3], np.int64))
    product = writer.node("Mul", values[id(tensor)].name, gradient)
    cells = writer.node("ReduceSum", product, writer.constant([1], np.int64), keepdims=0)
    first = (writer.constant([value], np.int64) for value in (0, n, 0))
    return {f"{CELLS}{layer}": (writer.node("Slice", cells, *first), 3)}


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
