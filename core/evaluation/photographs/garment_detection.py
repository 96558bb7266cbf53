"""How many of the garments in pictures are found, and how many of those found are there.

A found garment is right where its box overlaps a true one by an IoU (intersection over union) of at least
0.5. Matching is greedy and one to one, as in PASCAL VOC (Everingham et al. 2010,
https://doi.org/10.1007/s11263-009-0275-4): the likeliest garment takes the free true box that it overlaps
most. Labels do not matter, but for the figures that end in ``with_label``: there, only garments of the same
label are matched.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.imaging.crop import Box
from core.models.finder.detections import iou
from core.models.finder.garment import Garment
from core.models.finder.labels import FINDER_LABELS

LEAST_IOU = 0.5


@dataclass(frozen=True, eq=False)
class TrueGarment:
    """A garment that is known to be in a picture.

    Attributes
    ----------
    label : str
    box : Box
    mask : bool array (height, width)
        Which pixels of the picture show it, at any size.
    """

    label: str
    box: Box
    mask: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class Match:
    """A found garment and the true one that it is matched with, by their places, and their overlap."""

    found: int
    true: int
    overlap: float


def match_garments(
    found: Sequence[Garment], true: Sequence[TrueGarment], *, with_label: bool = False
) -> list[Match]:
    """Match found garments with true ones, greedily and one to one.

    Parameters
    ----------
    found : sequence of Garment
        The likeliest first.
    true : sequence of TrueGarment
    with_label : bool
        Whether only garments of the same label are matched.

    Returns
    -------
    list of Match
    """
    boxes = np.array([garment.box for garment in true], float).reshape(-1, 4)
    free = np.ones(len(true), bool)
    matches = []
    for place, garment in enumerate(found):
        alike = np.array([not with_label or other.label == garment.label for other in true], bool)
        overlaps = np.where(free & alike, iou(np.array(garment.box), boxes), 0.0)
        if len(true) and overlaps.max() >= LEAST_IOU:
            taken = int(overlaps.argmax())
            free[taken] = False
            matches.append(Match(place, taken, float(overlaps[taken])))
    return matches


def mask_iou(found: np.ndarray, true: np.ndarray) -> float:
    """Return the overlap of two masks of one picture, whatever their sizes, at the size of the second.

    Examples
    --------
    >>> mask_iou(np.array([[True, False]]), np.array([[True, True, True, False]]))
    0.6666666666666666
    """
    height, width = true.shape
    rows, columns = found.shape
    enlarged = found[np.arange(height)[:, None] * rows // height, np.arange(width) * columns // width]
    either = np.count_nonzero(enlarged | true)
    return float(np.count_nonzero(enlarged & true) / either) if either else 0.0


class DetectionFigures:
    """Counts what was found in picture after picture."""

    def __init__(self) -> None:
        self._pictures = 0
        self._true: Counter[str] = Counter()
        self._found: Counter[str] = Counter()
        self._recalled: Counter[str] = Counter()  # true garments that were matched, by their label
        self._right: Counter[str] = Counter()  # found garments that were matched, by their label
        self._named: Counter[str] = Counter()  # garments matched with one of the same label
        self._overlaps: list[float] = []
        self._mask_overlaps: list[float] = []

    def add(self, found: Sequence[Garment], true: Sequence[TrueGarment]) -> None:
        """Count one more picture: what was found, the likeliest first, and what is there."""
        self._pictures += 1
        self._true.update(garment.label for garment in true)
        self._found.update(garment.label for garment in found)
        for match in match_garments(found, true):
            self._recalled[true[match.true].label] += 1
            self._right[found[match.found].label] += 1
            self._overlaps.append(match.overlap)
            self._mask_overlaps.append(mask_iou(found[match.found].mask, true[match.true].mask))
        self._named.update(found[match.found].label for match in match_garments(found, true, with_label=True))

    def figures(self) -> dict[str, Any]:
        """Lay out what was counted.

        Returns
        -------
        dict
            ``n`` true and ``n_found`` found garments in ``n_photographs``; ``recall``, ``precision``, the
            same ``…_with_label``; ``box_iou`` and ``mask_iou``, means over the garments matched; and
            ``by_label``: ``n``, ``n_found``, ``recall``, ``recall_with_label`` (of the true garments of a
            label), ``precision``, ``precision_with_label`` (of those found under it). Shares of nothing are
            None.
        """
        labels = [label for label in FINDER_LABELS if self._true[label] or self._found[label]]
        return {
            "n": self._true.total(),
            "n_found": self._found.total(),
            "n_photographs": self._pictures,
            "recall": _share(self._recalled.total(), self._true.total()),
            "precision": _share(self._right.total(), self._found.total()),
            "recall_with_label": _share(self._named.total(), self._true.total()),
            "precision_with_label": _share(self._named.total(), self._found.total()),
            "box_iou": float(np.mean(self._overlaps)) if self._overlaps else None,
            "mask_iou": float(np.mean(self._mask_overlaps)) if self._mask_overlaps else None,
            "by_label": {
                label: {
                    "n": self._true[label],
                    "n_found": self._found[label],
                    "recall": _share(self._recalled[label], self._true[label]),
                    "recall_with_label": _share(self._named[label], self._true[label]),
                    "precision": _share(self._right[label], self._found[label]),
                    "precision_with_label": _share(self._named[label], self._found[label]),
                }
                for label in labels
            },
        }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
