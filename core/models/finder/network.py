"""The network of the garment finder: EfficientNet-Lite0 with a light decoder.

One pass gives, for every cell of a grid of 4 pixels, which label it belongs to; and for every cell of 8
pixels, the box of the garment that it is part of and how well that box is expected to fit. That each cell
inside an object regresses the object's box, and judges it, is FCOS (Tian et al. 2019,
https://arxiv.org/abs/1904.01355, with predicted IoU in place of centerness as in Wu et al. 2020,
https://arxiv.org/abs/1912.05992); the decoder is a feature pyramid (Lin et al. 2017,
https://arxiv.org/abs/1612.03144) of depthwise separable convolutions.
"""

from typing import Any

import keras
from keras import layers

from core.models.finder.efficientnet import LITE0, Variant, efficientnet_stages, norm
from core.models.finder.labels import FINDER_LABELS

NECK, FINE = 96, 48
BOX_UNIT = 32.0  # pixels that a box output of 0 means
SMALLEST_BOX, LARGEST_BOX = -6.0, 3.0  # what a box output is limited to


def build_finder(backbone: Variant = LITE0) -> keras.Model:
    """Build the network, weights random.

    Parameters
    ----------
    backbone : Variant

    Returns
    -------
    keras.Model
        From pictures (n, height, width, 3), 0 to 255, to ``labels`` (n, height / 4, width / 4, 14), logits of
        no garment and of each of `FINDER_LABELS`; ``boxes`` (n, height / 8, width / 8, 4), distances in
        pixels from the cell's centre to left, top, right and bottom; ``fit`` (n, height / 8, width / 8, 1),
        logits of the box's expected IoU.
    """
    images = keras.Input((None, None, 3), name="images")
    stages = efficientnet_stages(images, backbone)
    fine, middle, coarse, deep = stages[1], stages[2], stages[4], stages[6]
    x = _lateral(deep, "p5", NECK)
    context = layers.GlobalAveragePooling2D(keepdims=True, name="context_mean")(deep)
    context = layers.Conv2D(NECK, 1, activation="relu", name="context")(context)
    x = layers.Add(name="p5_context")([x, context])
    x = _separable(x, "p5_mix", NECK)
    x = layers.Add(name="p4_add")([_lateral(coarse, "p4", NECK), _doubled(x, "p5_up")])
    x = _separable(x, "p4_mix", NECK)
    x = layers.Add(name="p3_add")([_lateral(middle, "p3", NECK), _doubled(x, "p4_up")])
    x = _separable(x, "p3_mix", NECK)
    box = _separable(_separable(x, "box_mix1", NECK), "box_mix2", NECK)
    boxes = layers.Conv2D(4, 1, dtype="float32", name="box_logits")(box)
    boxes = BoxDistances(name="boxes", dtype="float32")(boxes)
    fit = layers.Conv2D(1, 1, dtype="float32", name="fit")(box)
    y = layers.Conv2D(FINE, 1, use_bias=False, name="p3_narrow")(x)
    y = layers.Add(name="p2_add")([_lateral(fine, "p2", FINE), _doubled(y, "p3_up")])
    y = _separable(y, "p2_mix", FINE)
    labels = layers.Conv2D(1 + len(FINDER_LABELS), 1, dtype="float32", name="labels")(y)
    return keras.Model(images, {"labels": labels, "boxes": boxes, "fit": fit}, name="finder")


@keras.saving.register_keras_serializable("fashion")
class BoxDistances(layers.Layer):
    """Turn outputs of any size into distances in pixels, all positive."""

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Return the distances, of the same shape."""
        return BOX_UNIT * keras.ops.exp(keras.ops.clip(x, SMALLEST_BOX, LARGEST_BOX))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As given."""
        return input_shape


def _lateral(x: Any, name: str, width: int) -> Any:
    return norm(layers.Conv2D(width, 1, use_bias=False, name=name)(x), name, trainable=True, active=False)


def _separable(x: Any, name: str, width: int) -> Any:
    y = layers.DepthwiseConv2D(5, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    y = norm(y, f"{name}_depthwise", trainable=True, active=False)
    y = layers.Conv2D(width, 1, use_bias=False, name=f"{name}_pointwise")(y)
    return norm(y, f"{name}_pointwise", trainable=True)


def _doubled(x: Any, name: str) -> Any:
    return layers.UpSampling2D(2, interpolation="nearest", name=name)(x)
