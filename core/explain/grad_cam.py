"""Grad-CAM: which places of a picture spoke for a class.

Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra, "Grad-CAM: Visual Explanations from Deep Networks via
Gradient-based Localization", ICCV 2017, https://arxiv.org/abs/1610.02391.

Keras is loaded only when a picture is explained.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from core.errors import ModelError
from core.explain.heatmap import upsample_cells
from core.imaging.resize import letterbox
from core.inference_queue import INFERENCE
from core.models.serving.score_places import MIN_CELLS


class GradCamClassifier(Protocol):
    """A loaded classifier whose network can be read layer by layer."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def labels(self) -> Sequence[str]:
        """The classes, in the order of the logits."""

    @property
    def network(self) -> Any:
        """The Keras network."""


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


def grad_cam(
    model: GradCamClassifier, image: np.ndarray, label: str, *, layer: str | None = None
) -> ActivationMap:
    """Map the places of a picture that spoke for a label.

    One pass forward and one back. Whoever shares the model with other threads holds its lock meanwhile.

    Parameters
    ----------
    model : GradCamClassifier
        A VGG: its network has convolutions, and logits called ``label``.
    image : uint8 array (height, width, 3)
        RGB, of any size.
    label : str
        One of the model's.
    layer : str, optional
        Whose activations are mapped: by default the last convolution with at least `MIN_CELLS`, or the
        last one of all where the input is too small for that.

    Returns
    -------
    ActivationMap
        Scaled so that the strongest place is 1.

    Raises
    ------
    ModelError
        If the model has no convolutions, layer or label of that name, or runs on a backend other than
        TensorFlow.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            f"Grad-CAM needs gradients from TensorFlow, but Keras runs on {keras.backend.backend()}; "
            "start with KERAS_BACKEND=tensorflow"
        )
    import tensorflow as tf

    if label not in model.labels:
        raise ModelError(f"{model.name} knows no label {label!r}; expected one of {', '.join(model.labels)}")
    network = model.network
    watched = _layer(network, model.name, layer)
    height, width = network.input_shape[1:3]
    pixels = tf.constant(letterbox(image, height, width)[np.newaxis], tf.float32)
    inside = keras.Model(network.input, [watched.output, network.output["label"]])
    with INFERENCE, tf.GradientTape() as tape:
        # The weights are frozen, so nothing would be recorded without a watched input.
        tape.watch(pixels)
        activations, logits = inside(pixels, training=False)
        score = logits[0, list(model.labels).index(label)]
    with INFERENCE:
        gradients = tape.gradient(score, activations)
    cells = class_activation_cells(np.asarray(activations)[0], np.asarray(gradients)[0])
    return ActivationMap(label, watched.name, cells, upsample_cells(cells, image.shape[:2], (height, width)))


def class_activation_cells(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Weigh the channels of a layer by their gradients and add them up: equations 1 and 2 of the paper.

    Parameters
    ----------
    activations, gradients : float array (rows, columns, channels)
        Of one picture; the gradients are those of the label's logit.

    Returns
    -------
    float32 array (rows, columns)
        From 0 to 1, the greatest being 1; all 0 where nothing spoke for the label.

    Examples
    --------
    >>> activations = np.array([[[1.0, 0.0], [0.0, 2.0]]])
    >>> class_activation_cells(activations, np.ones((1, 2, 2))).tolist()
    [[0.5, 1.0]]
    """
    weights = gradients.mean(axis=(0, 1))
    cells = np.maximum(activations @ weights, 0.0)
    top = cells.max()
    return (cells / top if top > 0 else np.zeros_like(cells)).astype(np.float32)


def _layer(network: Any, name: str, asked: str | None) -> Any:
    """Give the layer whose map is drawn: the one asked for, or the last that is fine enough."""
    import keras

    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    if not convolutions:
        raise ModelError(f"{name} has no convolutions, so there are no places it looks at; take vgg19")
    by_name = {layer.name: layer for layer in network.layers}
    if asked is not None:
        if asked not in by_name:
            raise ModelError(f"{name} has no layer {asked!r}; take one such as {convolutions[-1].name!r}")
        return by_name[asked]
    fine = [layer for layer in convolutions if _cells(layer) >= MIN_CELLS] or convolutions[-1:]
    # Rectified where the network rectifies in a layer of its own, as the paper's maps are.
    return by_name.get(f"{fine[-1].name}_relu", fine[-1])


def _cells(layer: Any) -> tuple[int, int]:
    rows, columns = layer.output.shape[1:3]
    return rows, columns
