"""Where a network looked: Grad-CAM over a picture.

Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra, "Grad-CAM: Visual Explanations from Deep Networks via
Gradient-based Localization", ICCV 2017, https://arxiv.org/abs/1610.02391.

Keras is loaded only when a picture is explained.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from PIL import Image

from core.errors import ModelError
from core.images import WHITE, fit

LEAST_CELLS = (10, 7)
"""Rows and columns that a map has at least. VGG's last convolution sees 80×60 pixels as 5×3 cells, whose map
is a cloud over the whole garment; the last one of the block before, 10×7, points at a collar, a waistband or
the fork of the legs."""

STRENGTH = 0.75
"""How much of a colour covers the picture where the network looked most."""

PALE = 0.15
"""How far the grey picture below is drawn towards white, so that colours stand out from it."""

# Matplotlib's "inferno" without its black end: dark to light, so that it reads without colour vision too.
_COLOURS = np.array(
    [
        (60, 9, 101),
        (120, 28, 109),
        (165, 44, 96),
        (207, 68, 70),
        (237, 105, 37),
        (251, 155, 6),
        (247, 209, 61),
    ],
    np.float32,
)


class Explainable(Protocol):
    """A loaded classifier whose network can be looked into."""

    name: str
    labels: Sequence[str]
    network: Any


@dataclass(frozen=True)
class Attention:
    """What in a picture spoke for a label."""

    label: str
    layer: str  # whose map it is
    cells: np.ndarray  # float32 (rows, columns), 0 to 1: the map as the network has it
    heat: np.ndarray  # float32 (height, width), 0 to 1: the same over the picture

    @property
    def nowhere(self) -> bool:
        """Whether nothing in the picture spoke for the label."""
        return not self.cells.any()


def explain(model: Explainable, image: np.ndarray, label: str, layer: str | None = None) -> Attention:
    """Find what in a picture spoke for a label.

    One pass forward and one back. Whoever shares the model with other threads holds its lock meanwhile.

    Parameters
    ----------
    model : LoadedModel
        A VGG: its network has convolutions, and logits called ``label``.
    image : uint8 array (height, width, 3)
        RGB, of any size.
    label : str
        One of the model's.
    layer : str, optional
        Whose activations are mapped: by default the last convolution with at least `LEAST_CELLS`, or the
        last one of all where the input is too small for that.

    Returns
    -------
    Attention
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
    pixels = tf.constant(fit(image, height, width)[np.newaxis], tf.float32)
    inside = keras.Model(network.input, [watched.output, network.output["label"]])
    with tf.GradientTape() as tape:
        # The weights are frozen, so nothing would be recorded without a watched input.
        tape.watch(pixels)
        activations, logits = inside(pixels, training=False)
        score = logits[0, list(model.labels).index(label)]
    gradients = tape.gradient(score, activations)
    cells = cam(np.asarray(activations)[0], np.asarray(gradients)[0])
    return Attention(label, watched.name, cells, spread(cells, image.shape[:2], (height, width)))


def cam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Join the channels of a layer as Grad-CAM does: equations 1 and 2 of the paper.

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
    >>> cam(activations, np.ones((1, 2, 2))).tolist()
    [[0.5, 1.0]]
    """
    weights = gradients.mean(axis=(0, 1))
    cells = np.maximum(activations @ weights, 0.0)
    top = cells.max()
    return (cells / top if top > 0 else np.zeros_like(cells)).astype(np.float32)


def spread(cells: np.ndarray, picture: tuple[int, int], frame: tuple[int, int]) -> np.ndarray:
    """Lay a map over the picture it is about, leaving off the white that the frame added.

    Parameters
    ----------
    cells : float32 array (rows, columns), 0 to 1
    picture : (height, width)
        Of the picture, in pixels.
    frame : (height, width)
        Of the network's input, into which `core.images.fit` fitted the picture.

    Returns
    -------
    float32 array (height, width), 0 to 1
        Between the cells' centres bilinear.
    """
    scale = min(frame[0] / picture[0], frame[1] / picture[1])
    inner = [min(whole, max(1, round(side * scale))) for side, whole in zip(picture, frame, strict=True)]
    top, left = ((whole - side) // 2 for side, whole in zip(inner, frame, strict=True))
    per_row, per_column = cells.shape[0] / frame[0], cells.shape[1] / frame[1]
    box = (left * per_column, top * per_row, (left + inner[1]) * per_column, (top + inner[0]) * per_row)
    over = Image.fromarray(np.asarray(cells, np.float32)).resize(
        (picture[1], picture[0]), Image.Resampling.BILINEAR, box=box
    )
    return np.clip(np.asarray(over), 0.0, 1.0)


def overlay(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Colour a picture by a map of it: the warmer, the more it counted.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
    heat : float array (height, width), 0 to 1

    Returns
    -------
    uint8 array (height, width, 3)
        Where the map is 0, the picture in grey.
    """
    grey = image.mean(axis=2, keepdims=True).astype(np.float32)
    grey = np.broadcast_to(PALE * WHITE + (1 - PALE) * grey, image.shape)
    steps = np.linspace(0.0, 1.0, len(_COLOURS))
    colours = np.stack([np.interp(heat, steps, channel) for channel in _COLOURS.T], axis=-1)
    share = STRENGTH * heat[..., np.newaxis]
    return np.clip((1 - share) * grey + share * colours, 0, 255).astype(np.uint8)


def _layer(network: Any, name: str, asked: str | None) -> Any:
    import keras

    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    if not convolutions:
        raise ModelError(f"{name} has no convolutions, so there are no places it looks at; take vgg19")
    by_name = {layer.name: layer for layer in network.layers}
    if asked is not None:
        if asked not in by_name:
            raise ModelError(f"{name} has no layer {asked!r}; take one such as {convolutions[-1].name!r}")
        return by_name[asked]
    fine = [layer for layer in convolutions if _cells(layer) >= LEAST_CELLS] or convolutions[-1:]
    # Rectified where the network rectifies in a layer of its own, as the paper's maps are.
    return by_name.get(f"{fine[-1].name}_relu", fine[-1])


def _cells(layer: Any) -> tuple[int, int]:
    return tuple(layer.output.shape[1:3])
