"""What of a picture is the garment, as well as colours alone can tell.

Products stand on white; photographs lie on floors and beds or hang before a wall. So the ground is learned
from the picture's own edge: where most of the edge is of one colour, the garment is all that visibly differs
from it; where it is not, the garment is made of the colours that are more frequent in the middle than along
the edge. That the edge shows ground is the boundary prior of Wei, Wen, Zhu and Sun, "Geodesic saliency using
background priors" (ECCV 2012); asking histograms which colours belong is the back-projection of Swain and
Ballard, "Color indexing" (IJCV 1991).
"""

from dataclasses import dataclass

import numpy as np
import scipy

from core.imaging.colour_space import to_lab
from core.imaging.crop import box_around
from core.imaging.resize import shrink

MASK_SIDE = 80
"""Longest side, in pixels, of the picture that masks are made of; no product of the data set is larger."""

_SAME = 10.0  # colours of the edge nearer than this, in Lab, to its median are the same ground
_PLAIN_SHARE = 0.65  # this much of the edge in one colour is a plain ground; a person may cut the rest
_VISIBLE = 6.0  # difference in Lab from which on a pixel is no plain ground
_BIN = 10.0  # width in Lab of the bins that colours are counted in on a busy ground
_BINS = (11, 24, 24)
_SMALLEST = 0.02  # share of the picture below which what was found is no garment
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)


@dataclass(frozen=True)
class SegmentedGarment:
    """A picture made small, and which of its pixels are the garment."""

    image: np.ndarray  # uint8 (h, w, 3), longest side at most MASK_SIDE
    lab: np.ndarray  # float32 (h, w, 3)
    mask: np.ndarray  # bool (h, w), never empty: the whole picture where nothing stands out

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The rectangle around the mask: top, bottom, left, right; bottom and right not included."""
        left, top, right, bottom = box_around(self.mask)
        return top, bottom, left, right

    @property
    def weights(self) -> np.ndarray:
        """Weights of the mask's pixels, row by row, that fall from the middle of the box as a bell.

        A person may wear the garment, and show skin and other garments around it.
        """
        top, bottom, left, right = self.box
        rows, columns = np.nonzero(self.mask)
        down = (rows + 0.5 - top) / (bottom - top) - 0.5
        across = (columns + 0.5 - left) / (right - left) - 0.5
        return np.exp(-6 * (down**2 + across**2))


def segment_garment(image: np.ndarray) -> SegmentedGarment:
    """Tell the garment in a picture from its ground.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        RGB, of any size.

    Returns
    -------
    SegmentedGarment
    """
    small = shrink(image, MASK_SIDE)
    lab = to_lab(small)
    mask = _garment(lab)
    return SegmentedGarment(small, lab, mask if mask.mean() >= _SMALLEST else np.ones_like(mask))


def _garment(lab: np.ndarray) -> np.ndarray:
    """Return the mask (h, w) of what differs from the edge of a Lab picture; it may be empty."""
    height, width = lab.shape[:2]
    if min(height, width) < 5:
        return np.zeros((height, width), bool)
    edge = np.ones((height, width), bool)
    wide = max(1, round(0.04 * min(height, width)))
    edge[wide:-wide, wide:-wide] = False
    ground = np.median(lab[edge], axis=0)
    difference = np.linalg.norm(lab - ground, axis=2)
    if np.mean(difference[edge] < _SAME) >= _PLAIN_SHARE:
        noise = np.median(difference[edge])
        mask = difference > max(_VISIBLE, 3 * noise)
    else:
        mask = _commoner_in_the_middle(lab, edge)
    mask = scipy.ndimage.binary_fill_holes(scipy.ndimage.binary_closing(mask, _CROSS) | mask)
    return _largest(scipy.ndimage.binary_opening(mask, np.ones((2, 2), bool)))


def _commoner_in_the_middle(lab: np.ndarray, edge: np.ndarray) -> np.ndarray:
    middle = _middle(edge.shape)
    bins = np.ravel_multi_index(
        tuple(
            np.clip((lab[..., axis] - low) / _BIN, 0, count - 1).astype(np.intp)
            for axis, (low, count) in enumerate(zip((0, -120, -120), _BINS, strict=True))
        ),
        _BINS,
    )
    inside, outside = middle, edge.astype(np.float64)
    for _ in range(3):  # each round asks the part that the round before it found
        frequent, rare = (_smoothed_counts(bins, weights) for weights in (inside, outside))
        chance = frequent / (frequent + rare + 1e-9)
        likely = scipy.ndimage.gaussian_filter(chance[bins], 1.5)
        mask = likely > 0.5
        inside, outside = mask * (0.1 + middle), ~mask + edge
        if not mask.any() or mask.all():
            break
    return mask


def _smoothed_counts(bins: np.ndarray, weights: np.ndarray) -> np.ndarray:
    counts = np.bincount(bins.ravel(), weights.ravel(), minlength=int(np.prod(_BINS))).reshape(_BINS)
    return scipy.ndimage.gaussian_filter(counts / max(counts.sum(), 1e-9), 0.8).ravel()


def _middle(shape: tuple[int, int]) -> np.ndarray:
    """Weights (h, w) that fall from the centre as a bell of a quarter of each side."""
    down, across = (np.exp(-8 * np.linspace(-0.5, 0.5, side) ** 2) for side in shape)
    return down[:, None] * across


def _largest(mask: np.ndarray) -> np.ndarray:
    """Keep the part that fills most of the middle, and parts at least a fifth as large."""
    parts, count = scipy.ndimage.label(mask)
    if count < 2:
        return mask
    sizes = np.bincount(parts.ravel(), _middle(mask.shape).ravel())
    sizes[0] = 0
    return (sizes >= 0.2 * sizes.max())[parts]
