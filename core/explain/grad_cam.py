"""Grad-CAM: which places of a picture spoke for a class.

Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra, "Grad-CAM: Visual Explanations from Deep Networks via
Gradient-based Localization", ICCV 2017, https://arxiv.org/abs/1610.02391.

Whatever answers for a class computes it too, so no Keras is loaded for it where a graph serves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.errors import ModelError
from core.explain.heatmap import upsample_cells
from core.models.serving.explanation import ClassCells


class GradCamClassifier(Protocol):
    """A loaded classifier that can say which places speak for a class."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def labels(self) -> Sequence[str]:
        """The classes, in the order of the logits."""

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of its network's input, in pixels."""

    def class_cells(self, picture: np.ndarray) -> ClassCells:
        """Say which places of a picture, uint8 (height, width, 3), speak for each class."""


@dataclass(frozen=True)
class ActivationMap:
    """The places of a picture that spoke for a label."""

    label: str
    layer: str  # whose map it is
    cells: np.ndarray  # float32 (rows, columns), 0 to 1: the map as the network has it
    heat: np.ndarray  # float32 (height, width), 0 to 1: the same over the picture

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the picture spoke for the label."""
        return not self.cells.any()


def grad_cam(model: GradCamClassifier, image: np.ndarray, label: str) -> ActivationMap:
    """Map the places of a picture that spoke for a label.

    Parameters
    ----------
    model : GradCamClassifier
        With convolutions: a VGG.
    image : uint8 array (height, width, 3)
        RGB, of any size.
    label : str
        One of the model's.

    Returns
    -------
    ActivationMap
        Of the last convolution that is fine enough, scaled so that the strongest place is 1.

    Raises
    ------
    ModelError
        If the model cannot say it, has no such label, or is served by Keras on a backend other than
        TensorFlow.
    """
    if label not in model.labels:
        raise ModelError(f"{model.name} knows no label {label!r}; expected one of {', '.join(model.labels)}")
    found = model.class_cells(image)
    cells = positive_cells(found.cells[list(model.labels).index(label)])
    return ActivationMap(label, found.layer, cells, upsample_cells(cells, image.shape[:2], model.input_size))


def positive_cells(cells: np.ndarray) -> np.ndarray:
    """Keep what speaks for a class, and scale it.

    Parameters
    ----------
    cells : float array (rows, columns)

    Returns
    -------
    float32 array (rows, columns)
        From 0 to 1, the greatest being 1; all 0 where nothing spoke for the label.

    Examples
    --------
    >>> positive_cells(np.array([[1.0, 2.0], [-1.0, 0.0]])).tolist()
    [[0.5, 1.0], [0.0, 0.0]]
    """
    positive = np.maximum(cells, 0.0)
    top = positive.max()
    return (positive / top if top > 0 else positive).astype(np.float32)
