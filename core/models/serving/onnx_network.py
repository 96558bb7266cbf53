"""A network's ONNX graph, answering by ONNX Runtime: no TensorFlow is imported on the way."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from core.errors import ArtifactError, ModelError
from core.models.names import GRAPH
from core.models.serving.explanation import CELLS, COSINE, EXPLAIN, PLACES, ClassCells, ScorePlaces
from core.models.serving.network import ModelFolder, NetworkOutputs
from core.storage.naming import folder_title, remedy
from core.storage.readers import reason_of

WEIGHTS_SHA256 = "weights_sha256"
"""Key of the graph's metadata that names the weights it was written for."""


class OnnxNetwork:
    """The graph of a model.

    Parameters
    ----------
    folder : ModelFolder

    Attributes
    ----------
    input_size : (int, int)
        Height and width in pixels; 0 where any will do.
    widths : dict of str to int
        Of each output.

    Raises
    ------
    ArtifactError
        If the graph cannot be read, or was written for other weights.
    """

    def __init__(self, folder: ModelFolder) -> None:
        self._name = folder.name
        self._session = _open(folder.graph)
        made_for = self._session.get_modelmeta().custom_metadata_map.get(WEIGHTS_SHA256)
        if made_for != folder.weights_sha256:
            raise ArtifactError(
                f"{folder_title(folder.path)}: {GRAPH} was written for other weights than those beside it; "
                f"{remedy(folder.path)}"
            )
        images = self._session.get_inputs()[0]
        high, wide = (size if isinstance(size, int) else 0 for size in images.shape[1:3])
        self.input_size = (high, wide)
        names = [output.name for output in self._session.get_outputs()]
        self._explaining = [name for name in names if name.startswith((PLACES, COSINE, CELLS))]
        self.widths = {
            output.name: output.shape[-1]
            for output in self._session.get_outputs()
            if output.name not in self._explaining
        }

    def answer(self, pixels: np.ndarray, keys: tuple[str, ...]) -> NetworkOutputs:
        """Give outputs for uint8 (n, height, width, 3), averaged with those of the mirror images."""
        return self._run(keys, pixels)

    def score_places(self, pixels: np.ndarray) -> ScorePlaces:
        """Take the score of two pictures apart, uint8 (2, height, width, 3).

        Raises
        ------
        ModelError
            If the graph was written without that.
        """
        answers = self._explained(PLACES, pixels, "say which places a score comes from; take vgg16")
        places = {name: value for name, value in answers.items() if name.startswith(PLACES)}
        cosines = {name: float(value[0]) for name, value in answers.items() if name.startswith(COSINE)}
        return ScorePlaces(
            next(iter(places)).removeprefix(PLACES),
            list(places.values()),
            {name.removeprefix(COSINE): cosine for name, cosine in cosines.items()},
        )

    def class_cells(self, pixels: np.ndarray) -> ClassCells:
        """Say which places of a picture, uint8 (1, height, width, 3), speak for each class.

        Raises
        ------
        ModelError
            If the graph was written without that.
        """
        copies = np.repeat(pixels, self.widths["label"], axis=0)  # each answers for a class
        answers = self._explained(CELLS, copies, "say where it looks for a class; take vgg19")
        ((name, cells),) = answers.items()
        return ClassCells(name.removeprefix(CELLS), cells)

    def _explained(self, what: str, pixels: np.ndarray, lacking: str) -> NetworkOutputs:
        if not any(name.startswith(what) for name in self._explaining):
            raise ModelError(f"{self._name}/{GRAPH} does not {lacking} for that")
        return self._run(self._explaining, pixels, explain=True)

    def _run(self, keys: Sequence[str], pixels: np.ndarray, *, explain: bool = False) -> NetworkOutputs:
        given = {"images": np.ascontiguousarray(pixels)}
        if self._explaining:
            given[EXPLAIN] = np.array(explain)
        return dict(zip(keys, self._session.run(list(keys), given), strict=True))


def _open(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # Without this it takes as many threads as the machine has, also where a container may use fewer.
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # What a pass takes is given back after it: 60 MB less for the finder and both VGG, and no slower.
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # it raises classes of its own, one a kind of damage
        raise ArtifactError(f"{path.parent.name}/{GRAPH} cannot be read: {reason_of(error)}") from error
