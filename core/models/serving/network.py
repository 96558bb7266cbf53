"""What answers for a model: a network behind one protocol, and the choice between the two that there are."""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from core.errors import ModelError
from core.models.names import CARD, GRAPH, WEIGHTS
from core.models.serving.explanation import ClassCells, ScorePlaces
from core.storage.artifacts import check_files, model_dir
from core.storage.atomic import current_folder

NetworkOutputs = dict[str, np.ndarray]
"""What a network gives, by the names of its outputs, each float32 with a row a picture."""

SERVE_WITH = "SERVE_WITH"
"""Environment variable: ``keras`` or ``onnx``; empty for the lighter one that is at hand."""


class Network(Protocol):
    """The network of a loaded model."""

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of its pictures, in pixels."""

    @property
    def widths(self) -> dict[str, int]:
        """Width of each output."""

    def answer(self, pixels: np.ndarray, keys: tuple[str, ...]) -> NetworkOutputs:
        """Give outputs for uint8 (n, height, width, 3), averaged with those of the mirror images."""

    def score_places(self, pixels: np.ndarray) -> ScorePlaces:
        """Take the score of two pictures apart, uint8 (2, height, width, 3)."""

    def class_cells(self, pixels: np.ndarray) -> ClassCells:
        """Say which places of a picture, uint8 (1, height, width, 3), speak for each class."""


@dataclass(frozen=True)
class ModelFolder:
    """The checked folder of a model.

    Attributes
    ----------
    name : str
    path : Path
    weights_sha256 : str
        By which embeddings say what made them.
    has_graph : bool
        Whether an ONNX graph is kept beside the weights.
    """

    name: str
    path: Path
    weights_sha256: str
    has_graph: bool

    @classmethod
    def open(cls, name: str) -> "ModelFolder":
        """Check the folder against its manifest.

        Raises
        ------
        ArtifactError
            If the model is not trained, torn, changed, or newer than the code.
        """
        folder = model_dir(name)
        files = check_files(folder, (WEIGHTS, CARD))["files"]
        if GRAPH in files:
            check_files(folder, (GRAPH,))
        return cls(name, current_folder(folder), files[WEIGHTS]["sha256"], GRAPH in files)

    @property
    def weights(self) -> Path:
        """The weights file."""
        return self.path / WEIGHTS

    @property
    def graph(self) -> Path:
        """The graph's file."""
        return self.path / GRAPH

    @property
    def serves_by_graph(self) -> bool:
        """Whether the model answers by its ONNX graph, as `SERVE_WITH` and what is installed say.

        Raises
        ------
        ModelError
            If what `SERVE_WITH` asks for is unknown or not at hand.
        """
        return _serves_by_graph(self.name, self.has_graph)


def will_serve_by_graph(name: str) -> bool:
    """Whether a model would answer by its ONNX graph, told without reading it; raises like `ModelFolder`."""
    return _serves_by_graph(name, (current_folder(model_dir(name)) / GRAPH).is_file())


def _serves_by_graph(name: str, has_graph: bool) -> bool:
    wanted = os.environ.get(SERVE_WITH, "").strip().lower()
    if wanted not in ("", "keras", "onnx"):
        raise ModelError(f"{SERVE_WITH} is {wanted!r}; expected keras or onnx, or leave it out")
    can = has_graph and importlib.util.find_spec("onnxruntime") is not None
    if wanted == "onnx" and not can:
        missing = f"{name} has no {GRAPH}" if not has_graph else "onnxruntime is not installed"
        raise ModelError(f"{SERVE_WITH} asks for onnx, and {missing}; leave it out, or serve with keras")
    return can and wanted != "keras"
