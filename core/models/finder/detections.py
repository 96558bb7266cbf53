"""From the outputs of the finder's network to garments.

Every cell inside a garment regresses the garment's box, so a garment is where many cells agree. Boxes that
overlap are fused, each weighted by how sure its cell is, as in weighted boxes fusion (Solovyev, Wang and
Gabruseva 2021, https://arxiv.org/abs/1910.13302).
"""

from dataclasses import dataclass

import numpy as np

from core.models.finder.card import FinderCard
from core.models.finder.garment import Garment
from core.models.finder.labels import FINDER_LABELS
from core.models.finder.network import BOX_STRIDE

CELL_LEAST = 0.1  # score below which a cell proposes nothing
SAME_LABEL_IOU, ANY_LABEL_IOU = 0.45, 0.75  # from which on two boxes are of one garment
MOST = 24  # garments a picture


@dataclass(frozen=True)
class Outputs:
    """What the network says of one picture.

    Attributes
    ----------
    labels : float32 array (rows, columns, 14)
        Probabilities of no garment and of each label.
    boxes : float32 array (rows / 2, columns / 2, 4)
        Distances in pixels from the cell's centre to left, top, right and bottom.
    fit : float32 array (rows / 2, columns / 2)
        Expected IoU of that box.
    """

    labels: np.ndarray
    boxes: np.ndarray
    fit: np.ndarray


def detect(outputs: Outputs, card: FinderCard) -> tuple[Garment, ...]:
    """Make garments of a network's outputs.

    Returns
    -------
    tuple of Garment
        The likeliest first; those less probable than the card's limit are left out.
    """
    rows, columns = outputs.fit.shape
    height, width = rows * BOX_STRIDE, columns * BOX_STRIDE
    labels = outputs.labels.reshape(rows, 2, columns, 2, -1).mean(axis=(1, 3))
    scores = ((1 - labels[..., 0]) * outputs.fit).ravel()
    at = np.flatnonzero(scores >= CELL_LEAST)
    at = at[np.argsort(-scores[at], kind="stable")]
    boxes = _corners(outputs.boxes)[at]
    boxes[:, 0::2] = np.clip(boxes[:, 0::2], 0, width)
    boxes[:, 1::2] = np.clip(boxes[:, 1::2], 0, height)
    found = []
    shares = labels.reshape(-1, labels.shape[-1])[at, 1:]
    for members in _clusters(boxes, shares):
        weights = scores[at[members]]
        box = np.average(boxes[members], axis=0, weights=weights)
        share = np.average(shares[members], axis=0, weights=weights)
        share = share / share.sum()
        likeliest = int(share.argmax())
        # The surest cells speak for the garment: at its rim they are half ground.
        sure = float(np.mean(weights[: max(1, len(weights) // 4)]))
        probability = card.probability(sure, float(share[likeliest]), len(members) * BOX_STRIDE**2)
        if probability < card.least_probability:
            continue
        left, top, right, bottom = (box / [width, height, width, height]).tolist()
        mask = _mask(outputs.labels, (left, top, right, bottom), share)
        found.append(
            Garment((left, top, right, bottom), FINDER_LABELS[likeliest], round(probability, 4), mask)
        )
    return tuple(sorted(found, key=lambda garment: -garment.probability)[:MOST])


def _corners(distances: np.ndarray) -> np.ndarray:
    """Turn distances from the cells' centres (rows, columns, 4) into corners in pixels (cells, 4)."""
    down, across = ((np.arange(n) + 0.5) * BOX_STRIDE for n in distances.shape[:2])
    centres = np.stack([*np.meshgrid(across, down)] * 2, axis=-1)
    return (centres + distances * [-1, -1, 1, 1]).reshape(-1, 4)


def _clusters(boxes: np.ndarray, shares: np.ndarray) -> list[np.ndarray]:
    """Group boxes (n, 4), the surest first, by overlap and label; each group's surest box leads it."""
    free = np.ones(len(boxes), bool)
    names = shares.argmax(axis=1)
    groups = []
    for leader in range(len(boxes)):
        if not free[leader]:
            continue
        overlap = iou(boxes[leader], boxes)
        alike = names == names[leader]
        members = free & ((alike & (overlap >= SAME_LABEL_IOU)) | (overlap >= ANY_LABEL_IOU))
        members[leader] = True
        free &= ~members
        groups.append(np.flatnonzero(members))
    return groups


def iou(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return the overlap of a box (4,) with boxes (n, 4): intersection over union.

    Examples
    --------
    >>> iou(np.array([0, 0, 2, 1]), np.array([[1, 0, 2, 1], [2, 0, 3, 1]])).tolist()
    [0.5, 0.0]
    """
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(box[2:] - box[:2])
    return shared / np.maximum(areas - shared, 1e-9)


def _mask(labels: np.ndarray, box: tuple[float, float, float, float], share: np.ndarray) -> np.ndarray:
    """Return the cells (rows, columns) in a box that are most likely of a garment with these label shares."""
    rows, columns = labels.shape[:2]
    mine = labels[..., 1:] @ (share >= 0.1)
    mask = mine > 0.5
    inside = np.zeros((rows, columns), bool)
    left, top, right, bottom = box
    inside[
        int(np.floor(top * rows)) : int(np.ceil(bottom * rows)),
        int(np.floor(left * columns)) : int(np.ceil(right * columns)),
    ] = True
    return mask & inside
