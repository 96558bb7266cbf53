"""Near-duplicates, told by the pictures themselves and not by an embedding.

A learned embedding puts products of one kind and colour so close together that no score tells two pictures of
one garment from pictures of two. Here both garments are cut out and brought to one size, so that they may
stand elsewhere and be larger or smaller; one is brightened to fit the other, so that the light may differ;
and each neighbourhood is laid over the other within a cell to and fro, so that the garment may hang askew.
What then still differs is held against what there is to see in that neighbourhood: a print that is another
print differs by as much as it stands out, while a plain cloth has to have the same colour. (Local residual
over local variance, as in the structural similarity of Wang, Bovik, Sheikh and Simoncelli, IEEE TIP 13,
2004.)

Measured: of the demo's 24 garments drawn twice all are found (recall 1.0), and one other pair among their
3,461 nearest by VGG16 (precision 0.96). In *Fashion Product Images* (small), among 2,500 products and the
five nearest of each by colour within its class, all of 100 pairs that are one photograph are found, and of
500 of apparel that look much alike but go by different names 7, of which an eye calls 5 nearly the same.
Hardest are retakes of pictures of 60×80 pixels, where a small turn moves every line: of 120 turned by about
0.8°, shrunk by up to 7 %, lit otherwise by up to 7 % and compressed again 57 % are found.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from core.imaging.colour_space import to_lab
from core.imaging.foreground import segment_garment
from core.imaging.resize import resize

ROWS, COLUMNS = 24, 18
"""Cells that a garment is brought to; one is two to three pixels of a picture of 80×60."""

MAX_DUPLICATE_DISTANCE = 0.6
"""Difference up to which two pictures are near-duplicates."""

_MARGIN = 2  # cells of white around it, so that its outline is a feature too
_AROUND = 7  # cells a side of a neighbourhood
_FAINT = 3.0  # deviation in Lab that is no feature of a cloth: noise, and JPEG's traces
_BUT_FOR = 95  # per cent of the neighbourhoods have to fit: a sleeve may fall differently
_LIGHT = (0.92, 1.09)  # by how much one picture may be brightened: a quarter less light, or a third more
_BLACK = np.array([16, 0, 0], np.float32)  # more light multiplies Lab seen from here, in all but the darkest

SHAPE = 0.08
"""Difference between the logarithms of height over width that near-duplicates have at most."""


@dataclass(frozen=True, eq=False)
class SmallGarment:
    """A garment cut out of its ground and made small: two thousand bytes.

    Attributes
    ----------
    pixels : uint8 array (ROWS, COLUMNS, 4)
        RGB on white, and 255 on the garment, 0 beside it.
    shape : float
        Logarithm of its height over its width.
    """

    pixels: np.ndarray
    shape: float


@dataclass(frozen=True, eq=False)
class GarmentSignature:
    """A small garment, ready to be compared with another."""

    lab: np.ndarray  # float32 (rows, columns, 3), white beside the garment
    inside: np.ndarray  # float32 (rows, columns), 1 on the garment, 0 beside it
    shape: float  # logarithm of its height over its width


def small_garment(image: np.ndarray) -> SmallGarment:
    """Cut the garment out of a picture and make it small enough to be compared.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        RGB, of any size.

    Returns
    -------
    SmallGarment
    """
    garment = segment_garment(image)
    top, bottom, left, right = garment.box
    box = slice(top, bottom), slice(left, right)
    alone = np.where(garment.mask[..., None], garment.image, 255).astype(np.uint8)[box]
    small = resize(alone, ROWS, COLUMNS)
    inside = resize(255 * garment.mask[box].astype(np.uint8), ROWS, COLUMNS)
    return SmallGarment(np.dstack([small, inside]), float(np.log((bottom - top) / (right - left))))


def garment_signature(garment: SmallGarment) -> GarmentSignature:
    """Bring a small garment into the form in which it is compared.

    Parameters
    ----------
    garment : SmallGarment

    Returns
    -------
    GarmentSignature
    """
    around = ((_MARGIN, _MARGIN), (_MARGIN, _MARGIN))
    small = np.pad(garment.pixels[..., :3], (*around, (0, 0)), constant_values=255)
    inside = garment.pixels[..., 3].astype(np.float32) / 255
    return GarmentSignature(to_lab(small).astype(np.float32), np.pad(inside, around), garment.shape)


def duplicate_distance(one: GarmentSignature, other: GarmentSignature) -> float:
    """Measure how far two garments are from being one: 0 is the same picture, 1 another garment.

    Parameters
    ----------
    one, other : GarmentSignature

    Returns
    -------
    float
        Near-duplicates up to `MAX_DUPLICATE_DISTANCE`; infinity where the outlines alone differ too much.
        The same whichever comes first, but for rounding.
    """
    if abs(one.shape - other.shape) > SHAPE:
        return np.inf
    return (_one_way(one, other) + _one_way(other, one)) / 2


def are_near_duplicates(one: GarmentSignature, other: GarmentSignature) -> bool:
    """Tell whether the `duplicate_distance` of two garments is at most `MAX_DUPLICATE_DISTANCE`.

    Quicker than measuring it: most pairs are told apart by laying the second over the first alone.
    """
    if abs(one.shape - other.shape) > SHAPE:
        return False
    forth = _one_way(one, other)
    if forth > 2 * MAX_DUPLICATE_DISTANCE:
        return False
    return (forth + _one_way(other, one)) / 2 <= MAX_DUPLICATE_DISTANCE


def _one_way(one: GarmentSignature, other: GarmentSignature) -> float:
    """Lay the second over the first."""
    both = one.inside * other.inside
    ours, theirs = (float((both * (lab[..., 0] + 16)).sum()) for lab in (one.lab, other.lab))
    light = np.float32(np.clip(ours / max(theirs, 1e-6), *_LIGHT))
    fitted = np.where(other.inside[..., None] > 0.5, light * (other.lab + _BLACK) - _BLACK, other.lab)
    padded = np.pad(fitted, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows, columns = one.inside.shape
    moved = np.stack([padded[y : y + rows, x : x + columns] for y in range(3) for x in range(3)])
    # Sums of float32 may end a little below 0.
    residual = np.maximum(_around(((moved - one.lab) ** 2).sum(axis=-1)).min(axis=0), 0)
    seen = (_variance(one.lab) + _variance(fitted)) / 2
    counted = np.maximum(one.inside, other.inside)
    counted = counted > min(0.3, counted.max() / 2)  # of a thin thing no cell may be filled
    return float(np.percentile(np.sqrt(residual / (seen + _FAINT**2))[counted], _BUT_FOR))


def _around(cells: np.ndarray) -> np.ndarray:
    size = (0, _AROUND, _AROUND) if cells.ndim == 3 else _AROUND
    return scipy.ndimage.uniform_filter(cells, size, mode="nearest")


def _variance(lab: np.ndarray) -> np.ndarray:
    planes = np.moveaxis(lab, -1, 0)
    return np.maximum(_around(planes**2) - _around(planes) ** 2, 0).sum(axis=0)
