"""Near-duplicates among many pictures, without comparing each with every other.

Laying two garments over each other takes a millisecond. So each is compared with the few that are nearest to
it by a rough signature alone: two dozen cells of colour, and how high it is for its width. A tree along the
principal axes finds those (Bentley, "Multidimensional binary search trees", CACM 18, 1975), in a time that
grows little faster than the number of pictures.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
import scipy

from core.imaging.colour_space import to_lab
from core.imaging.near_duplicates import (
    SHAPE,
    GarmentSignature,
    SmallGarment,
    are_near_duplicates,
    garment_signature,
)
from core.imaging.resize import resize
from core.protocols import ProgressStep

ROUGH_NUMBERS = 73
"""Of a rough signature."""

NEAREST = 32
"""Pictures that each is compared with."""

_CELLS = (6, 4)
_FAR = 12.0  # difference between two rough signatures that near-duplicates hardly ever have
_SHAPE_WEIGHT = _FAR / SHAPE
_COMPARED_AT_ONCE = 4096  # signatures at hand while pairs are compared, 10 kB each
_AXES = 12  # principal axes that a tree is made along
_SAMPLED = 4000  # signatures that these are found by
_LOOKED_AT = 97  # nearest along these, of which the nearest by all numbers are taken
_AT_ONCE = 4096
_WORKERS = 2


def rough_signature(garment: SmallGarment) -> np.ndarray:
    """Describe a small garment by a few numbers, whose distances tell most pairs apart.

    Parameters
    ----------
    garment : SmallGarment

    Returns
    -------
    float16 array (ROUGH_NUMBERS,)
        Lab of its cells and its shape, scaled so that the distance of two signatures is the root mean square
        difference of their colours where the shape is the same.
    """
    colours = to_lab(resize(np.ascontiguousarray(garment.pixels[..., :3]), *_CELLS)).reshape(-1, 3)
    return np.append(colours / np.sqrt(len(colours)), _SHAPE_WEIGHT * garment.shape).astype(np.float16)


def candidate_pairs(among: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Find what each picture is worth comparing with.

    Parameters
    ----------
    among : float array (n, ROUGH_NUMBERS)
        Rough signatures; rows of NaN, where there is no picture, are near nothing.
    asked : float array (m, ROUGH_NUMBERS)

    Returns
    -------
    int64 array (k, 2)
        Rows of `asked` and of `among`, those of one row of `asked` behind each other, its nearest first.
        Where a picture is asked about that is among them, it finds itself.
    """
    there, real = (np.flatnonzero(np.isfinite(rows).all(axis=1)) for rows in (among, asked))
    if not len(there) or not len(real):
        return np.empty((0, 2), np.int64)
    gallery, queries = among[there].astype(np.float32), asked[real].astype(np.float32)
    found = _nearest(gallery, queries)
    mine, place = np.nonzero(found < len(there))
    return np.column_stack([real[mine], there[found[mine, place]]])


def _nearest(gallery: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Find the rows of the nearest `NEAREST` and the query itself, int64 (m, k); too far ones are n."""
    # A tree is quick in few dimensions only, and distances along the principal axes are never longer.
    centre = gallery.mean(axis=0)
    sample = gallery[:: max(1, len(gallery) // _SAMPLED)] - centre
    axes = np.linalg.svd(sample, full_matrices=False)[2][:_AXES]
    tree = scipy.spatial.KDTree((gallery - centre) @ axes.T, leafsize=16)
    looked = np.arange(1, min(_LOOKED_AT, len(gallery)) + 1)
    near = np.concatenate(
        [
            tree.query((part - centre) @ axes.T, looked, distance_upper_bound=_FAR, workers=_WORKERS)[1]
            for part in np.array_split(queries, -(-len(queries) // _AT_ONCE))
        ]
    )
    found = np.full((len(queries), min(NEAREST + 1, len(looked))), len(gallery))
    padded = np.vstack([gallery, np.full((1, gallery.shape[1]), np.inf, np.float32)])
    for row, (query, rows) in enumerate(zip(queries, near, strict=True)):
        apart = np.linalg.norm(padded[rows] - query, axis=1)
        nearest = np.argsort(apart, kind="stable")[: found.shape[1]]
        found[row] = np.where(apart[nearest] <= _FAR, rows[nearest], len(gallery))
    return found


def find_near_duplicates(
    pairs: np.ndarray,
    garment_of: Callable[[int], SmallGarment | None],
    *,
    step: ProgressStep,
) -> Iterator[tuple[int, int]]:
    """Compare pairs of pictures, and give those that are near-duplicates.

    Parameters
    ----------
    pairs : int array (k, 2)
        Numbers of two pictures each.
    garment_of : callable
        Gives a picture's small garment by its number; None where it cannot be read.
    step : callable
        Moves a progress bar on, a pair at a time.

    Yields
    ------
    one, other : int
    """

    @lru_cache(_COMPARED_AT_ONCE)
    def signature_of(number: int) -> GarmentSignature | None:
        garment = garment_of(number)
        return None if garment is None else garment_signature(garment)

    for one, other in pairs.tolist():
        mine, theirs = signature_of(one), signature_of(other)
        if mine is not None and theirs is not None and are_near_duplicates(mine, theirs):
            yield one, other
        step(1, None)
