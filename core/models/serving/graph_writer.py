"""Writing an ONNX graph: its nodes, its constants, and weights that are places in a file that Keras wrote."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from onnx import TensorProto, helper, numpy_helper

EPSILON = 1e-12
"""Least length that a row is divided by, as in Keras's `normalize`."""


@dataclass(frozen=True)
class Value:
    """A tensor of the graph; those of rank 4 have the channels second, where Keras has them last.

    Attributes
    ----------
    name : str
    rank : int
    step : float or None
        Between two values where it is quantised to 8 bits, of which 0 is the least.
    """

    name: str
    rank: int
    step: float | None = None


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
    nodes, constants : list
        Of the graph, in ONNX's own classes.
    numbers : iterator of int
        By which names differ.
    steps : mapping of str to float
        Of rectified layers whose outputs are quantised to 8 bits, as `core.models.serving.quantisation`
        measures them; all else is computed in float32.
    """

    weights: WeightFile
    steps: Mapping[str, float] = field(default_factory=dict)
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        name = f"{operator}_{next(self.numbers)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def branch(self) -> "GraphWriter":
        """Return a writer of nodes for a branch of this graph; weights and constants stay in the graph."""
        return replace(self, nodes=[])

    def halves(self, name: str) -> tuple[str, str]:
        """Split a batch in two: pictures, and their mirror images."""
        number = next(self.numbers)
        upright, turned = f"upright_{number}", f"mirrored_{number}"
        self.nodes.append(helper.make_node("Split", [name], [upright, turned], axis=0, num_outputs=2))
        return upright, turned

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """Add an array to the graph and return its name."""
        name = f"constant_{next(self.numbers)}"
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
            name=f"weight_{next(self.numbers)}",
            data_type=TensorProto.FLOAT16,
            dims=half.shape,
            data_location=TensorProto.EXTERNAL,
        )
        offset, length = place
        for key, value in (("location", self.weights.name), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
        self.constants.append(tensor)
        return self.node("Cast", tensor.name, to=TensorProto.FLOAT)


def unit_rows(writer: GraphWriter, name: str) -> str:
    """Divide rows by their lengths."""
    length = writer.node("ReduceL2", name, writer.constant([1], np.int64), keepdims=1)
    return writer.node("Div", name, writer.node("Max", length, writer.constant(EPSILON)))
