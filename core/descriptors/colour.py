"""Colour: a soft histogram of the garment's colours.

Swain and Ballard, "Color indexing", International Journal of Computer Vision 7 (1991), counted a picture's
colours in bins and compared the counts. Here the bins lie in CIE Lab, where equal steps look equal; each
pixel is shared between the eight bins around it, so that a slightly other light moves a little weight rather
than all of it; only the garment is counted (`core.imaging.foreground`), its middle most, since a person may
wear it; and the counts are compared by their roots: the cosine of two rows is then the Bhattacharyya
coefficient of the two histograms (Arandjelović and Zisserman, "Three things everyone should know", CVPR 2012,
for SIFT).
"""

from collections.abc import Sequence

import numpy as np

from core.imaging.foreground import segment_garment

# Lowest value, step and number of bins of L, a and b. Light varies more than hue does: its bins are wider.
_AXES = ((10.0, 20.0, 5), (-66.0, 16.5, 9), (-66.0, 16.5, 9))
_COUNTS = tuple(count for _, _, count in _AXES)


class Colour:
    """Soft histogram of the garment in Lab, rooted: 5 × 9 × 9 numbers.

    Turning, mirroring, scaling or moving the garment changes nothing but what resampling does; a brightness
    changed by a tenth changes little.
    """

    name = "colour"
    version = "colour-1"
    dimension = int(np.prod(_COUNTS))

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        rows = np.zeros((len(images), self.dimension), np.float32)
        for row, image in zip(rows, images, strict=True):
            cut = segment_garment(image)
            row[:] = np.sqrt(_histogram(cut.lab[cut.mask], cut.weights))
        return rows


def _histogram(lab: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Count colours (n, 3) into the eight bins around each; the counts sum to 1."""
    counts = np.zeros(int(np.prod(_COUNTS)))
    below, shares = [], []
    for axis, (lowest, step, count) in enumerate(_AXES):
        place = np.clip((lab[:, axis] - lowest) / step, 0, count - 1)
        at = np.minimum(place.astype(np.intp), count - 2)
        below.append(at)
        shares.append((1 - (place - at), place - at))
    for corner in np.ndindex(2, 2, 2):
        bins = np.ravel_multi_index([at + up for at, up in zip(below, corner, strict=True)], _COUNTS)
        share = weights * shares[0][corner[0]] * shares[1][corner[1]] * shares[2][corner[2]]
        counts += np.bincount(bins, share, minlength=len(counts))
    return counts / counts.sum()
