"""From the outputs of the finder's network to garments.

Every cell inside a garment regresses the garment's box, so a garment is where many cells agree. Boxes that
overlap are fused, each weighted by how sure its cell is, as in weighted boxes fusion (Solovyev, Wang and
Gabruseva 2021, https://arxiv.org/abs/1910.13302).
"""

import math
from dataclasses import dataclass

import numpy as np

from core.imaging.crop import Box
from core.labels import LABELS
from core.models.finder.card import FinderCard
from core.models.finder.garment import Garment
from core.models.finder.grid import BOX_STRIDE
from core.models.finder.labels import FINDER_LABELS

CELL_LEAST = 0.1  # score below which a cell proposes nothing
SAME_LABEL_IOU, ANY_LABEL_IOU = 0.25, 0.55  # from which on two boxes are of one garment
CATCH_ALL = {"Tops": 0.6, "Trousers": 0.8}
"""Weights of the labels that hold all that has no finer name: where a top may be a t-shirt or a shirt,
or trousers jeans, the finer name is what a catalogue is searched by."""

PART = 0.7  # share of a box within another of the same label from which on it is a part of that garment
ASKEW_IOU = 0.2  # from which on two boxes of one label, each fused of its own cells, are of one garment
MOST = 24  # garments a picture
PROMINENT = 0.15  # share of the picture from which on a garment is as likely meant as one that fills it
OTHER_KIND = 1 / 1.5  # how likely a garment of none of the five classes is meant, beside one of them


_LABEL_WEIGHTS = np.array([CATCH_ALL.get(label, 1.0) for label in FINDER_LABELS])


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


@dataclass(frozen=True, eq=False)
class Proposal:
    """What may be a garment: boxes of cells, fused.

    Attributes
    ----------
    box : Box
    shares : float array (13,)
        Probability of each label, given that it is a garment.
    sure : float
        How sure the surest of its cells are of their boxes.
    pixels : int
        How many pixels of the network's input vote for it.
    """

    box: Box
    shares: np.ndarray
    sure: float
    pixels: int

    @property
    def label(self) -> int:
        """The likeliest label's place in `FINDER_LABELS`."""
        return int(self.shares.argmax())


def detect(outputs: Outputs, card: FinderCard) -> tuple[Garment, ...]:
    """Make garments of a network's outputs.

    Returns
    -------
    tuple of Garment
        The likeliest first; those less certain than the card's limit are left out.
    """
    found = []
    for proposal in propose(outputs):
        certainty = card.certainty(proposal.sure, float(proposal.shares.max()), proposal.pixels)
        if certainty >= card.least_certainty:
            left, top, right, bottom = proposal.box
            label = FINDER_LABELS[proposal.label]
            found.append(
                Garment(
                    proposal.box,
                    label,
                    round(meant_probability(certainty, (right - left) * (bottom - top), label), 4),
                    _mask(outputs.labels, proposal),
                    round(certainty, 4),
                    dict(zip(FINDER_LABELS, map(float, proposal.shares), strict=True)),
                )
            )
    return tuple(sorted(found, key=lambda garment: -garment.probability)[:MOST])


def meant_probability(certainty: float, area: float, label: str) -> float:
    """Return how likely a garment is what a picture is meant to show.

    Parameters
    ----------
    certainty : float
        That there is a garment of this label.
    area : float
        Its box's share of the picture.
    label : str
        Of two garments the one of the five classes is likelier asked for.

    Examples
    --------
    >>> meant_probability(0.9, 0.3, "Jeans"), round(meant_probability(0.9, 0.3, "Jackets"), 2)
    (0.9, 0.6)
    """
    return certainty * prominence(area) * (1.0 if label in LABELS else OTHER_KIND)


def prominence(area: float) -> float:
    """Return how likely a garment is what a picture is meant to show, by its box's share of the picture.

    Of somebody in the street the shoes are the surest to be found and the least to be asked for.

    Examples
    --------
    >>> prominence(0.3)
    1.0
    >>> round(prominence(0.02), 2)
    0.45
    """
    return min(1.0, (area / PROMINENT) ** 0.4)


def propose(outputs: Outputs) -> list[Proposal]:
    """Fuse the boxes of cells that agree."""
    rows, columns = outputs.fit.shape
    height, width = rows * BOX_STRIDE, columns * BOX_STRIDE
    labels = outputs.labels.reshape(rows, 2, columns, 2, -1).mean(axis=(1, 3))
    scores = ((1 - labels[..., 0]) * outputs.fit).ravel()
    at = np.flatnonzero(scores >= CELL_LEAST)
    at = at[np.argsort(-scores[at], kind="stable")]
    boxes = _corners(outputs.boxes)[at]
    boxes[:, 0::2] = np.clip(boxes[:, 0::2], 0, width)
    boxes[:, 1::2] = np.clip(boxes[:, 1::2], 0, height)
    shares = labels.reshape(-1, labels.shape[-1])[at, 1:]
    proposals = []
    for members in _clusters(boxes, shares):
        weights = scores[at[members]]
        left, top, right, bottom = np.average(boxes[members], axis=0, weights=weights).tolist()
        share = np.average(shares[members], axis=0, weights=weights) * _LABEL_WEIGHTS
        # The surest cells speak for the garment: at its rim they are half ground.
        sure = float(np.mean(weights[: max(1, len(weights) // 4)]))
        box = (left / width, top / height, right / width, bottom / height)
        proposals.append(Proposal(box, share / share.sum(), sure, len(members) * BOX_STRIDE**2))
    return _without_parts(proposals)


def _without_parts(proposals: list[Proposal]) -> list[Proposal]:
    """Leave out what a surer proposal shows: nearly its box, or with its label a part of it, or askew."""
    kept: list[Proposal] = []
    for proposal in sorted(proposals, key=lambda found: -found.sure * found.shares.max()):
        box = np.array(proposal.box)
        boxes = np.array([other.box for other in kept]).reshape(-1, 4)
        same = np.array([other.label == proposal.label for other in kept], bool)
        overlap = iou(box, boxes)
        again = (_share_within(box, boxes) >= PART) | (overlap >= ASKEW_IOU)
        if not ((overlap >= ANY_LABEL_IOU) | (same & again)).any():
            kept.append(proposal)
    return kept


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
    shared = _shared_area(box, boxes)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(box[2:] - box[:2])
    return shared / np.maximum(areas - shared, 1e-9)


def _share_within(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return how much of a box (4,) lies within each of boxes (n, 4)."""
    return _shared_area(box, boxes) / max(float(np.prod(box[2:] - box[:2])), 1e-9)


def _shared_area(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    return np.prod(np.clip(high - low, 0, None), axis=1)


def _mask(labels: np.ndarray, proposal: Proposal) -> np.ndarray:
    """Return the cells (rows, columns) in the box most likely of one of its likely labels."""
    rows, columns = labels.shape[:2]
    left, top, right, bottom = proposal.box
    inside = np.zeros((rows, columns), bool)
    inside[
        math.floor(top * rows) : math.ceil(bottom * rows),
        math.floor(left * columns) : math.ceil(right * columns),
    ] = True
    return inside & (labels[..., 1:] @ (proposal.shares >= 0.1) > 0.5)
