"""What the garment finder minimises: partial labels of pixels, boxes by GIoU, and how well they fit."""

from typing import Any

import keras
import numpy as np
from keras import ops

BOXES_WEIGHT, FIT_WEIGHT = 1.5, 0.5
GROUND_WEIGHT = 0.6  # of a pixel that is surely of no garment; those of garments average 1
UNSURE_WEIGHT = 0.3  # of a pixel that may be of a garment or of none


def build_finder_training_model(network: keras.Model) -> keras.Model:
    """Return the network with outputs ``labels`` and ``boxes``, the boxes' fit beside their distances."""
    outputs = network.output
    boxes = keras.layers.Concatenate(name="boxes_and_fit", dtype="float32")(
        [outputs["boxes"], outputs["fit"]]
    )
    return keras.Model(network.input, {"labels": outputs["labels"], "boxes": boxes}, name="finder_training")


class PartialLabels(keras.losses.Loss):
    """Cross entropy to a set of labels of which one is right: minus the logarithm of their sum.

    Parameters
    ----------
    rarity : float array (14,)
        Weight of pixels by their label, the first of no garment.
    """

    def __init__(self, rarity: np.ndarray):
        super().__init__(name="partial_labels")
        self.rarity = rarity.astype(np.float32)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one number a picture."""
        logits = ops.cast(y_pred, "float32")
        allowed = ops.logsumexp(ops.where(y_true > 0, logits, -1e9), axis=-1)
        loss = ops.logsumexp(logits, axis=-1) - allowed
        size = ops.sum(y_true, axis=-1)
        weight = ops.sum(y_true * self.rarity, axis=-1) / ops.maximum(size, 1.0)
        unsure = (y_true[..., 0] > 0) & (size > 1)
        weight = ops.where(unsure, UNSURE_WEIGHT, weight) * ops.cast(size > 0, "float32")
        return ops.sum(loss * weight, axis=(1, 2)) / ops.maximum(ops.sum(weight, axis=(1, 2)), 1.0)


class BoxesAndFit(keras.losses.Loss):
    """GIoU loss of the boxes (Rezatofighi et al. 2019, https://arxiv.org/abs/1902.09630), and of their fit.

    The fit learns, by binary cross entropy, the IoU that the box of its cell reaches.
    """

    def __init__(self) -> None:
        super().__init__(name="boxes_and_fit")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one number a picture."""
        truth, weight = y_true[..., :4], y_true[..., 4]
        boxes, fit = ops.cast(y_pred[..., :4], "float32"), ops.cast(y_pred[..., 4], "float32")
        shared_sides = ops.minimum(truth, boxes)
        hull_sides = ops.maximum(truth, boxes)
        shared, hull = _area(shared_sides), _area(hull_sides)
        union = _area(truth) + _area(boxes) - shared
        iou = shared / ops.maximum(union, 1.0)
        giou = iou - (hull - union) / ops.maximum(hull, 1.0)
        wanted = ops.stop_gradient(ops.clip(iou, 0.0, 1.0))
        fit_loss = ops.maximum(fit, 0.0) - fit * wanted + ops.log1p(ops.exp(-ops.abs(fit)))
        loss = BOXES_WEIGHT * (1.0 - giou) + FIT_WEIGHT * fit_loss
        return ops.sum(loss * weight, axis=(1, 2)) / ops.maximum(ops.sum(weight, axis=(1, 2)), 8.0)


def _area(sides: Any) -> Any:
    """Area of boxes given by the distances of a centre to left, top, right and bottom."""
    return (sides[..., 0] + sides[..., 2]) * (sides[..., 1] + sides[..., 3])
