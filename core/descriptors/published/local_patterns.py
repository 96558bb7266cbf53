"""Local binary patterns, of the picture and of its wavelet bands.

Ojala, Pietikäinen and Mäenpää, "Multiresolution gray-scale and rotation invariant texture classification with
local binary patterns", IEEE PAMI 24 (2002): each pixel is told by which of its eight neighbours are as bright
as it is or brighter, and the patterns are counted; those with more than two changes around the circle go
together. Desai, Pujari and Kinnikar (2016) count them in the bands of a wavelet transform, which part the
coarse from the fine and the upright from the level. Their wavelet and number of levels are not known here:
Haar's, and two levels, are taken. The patterns are those of scikit-image, the transform that of PyWavelets.
"""

from collections.abc import Sequence

import numpy as np

from core.descriptors.published.libraries import import_library
from core.imaging.colour_space import grey_levels
from core.imaging.resize import letterbox

HEIGHT, WIDTH = 80, 60
NEIGHBOURS, RADIUS = 8, 1
PATTERNS = NEIGHBOURS * (NEIGHBOURS - 1) + 3
"""The 58 uniform patterns, each in each direction, and one for all others."""

LEVELS = 2
BANDS = 1 + 3 * LEVELS
"""The coarse picture, then for each level, the coarsest first, its level, upright and slanted details."""


class LocalPatterns:
    """The share of each pattern in the picture: 59 numbers that sum to 1."""

    name = "lbp"
    version = "lbp-1"
    dimension = PATTERNS

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        rows = np.zeros((len(images), self.dimension), np.float32)
        for row, image in zip(rows, images, strict=True):
            grey = np.rint(grey_levels(letterbox(image, HEIGHT, WIDTH)))
            row[:] = pattern_shares(grey.astype(np.int32), method=self.name)
        return rows


class WaveletPatterns:
    """The share of each pattern in each band of a wavelet transform: 7 × 59 numbers, each 59 sum to 1."""

    name = "wavelet-lbp"
    version = "wavelet-lbp-1"
    dimension = BANDS * PATTERNS

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        rows = np.zeros((len(images), self.dimension), np.float32)
        for row, image in zip(rows, images, strict=True):
            grey = np.rint(grey_levels(letterbox(image, HEIGHT, WIDTH)))
            bands = wavelet_bands(grey)
            row[:] = np.concatenate([pattern_shares(band, method=self.name) for band in bands])
        return rows


def pattern_shares(plane: np.ndarray, *, method: str) -> np.ndarray:
    """Count the patterns of whole numbers (h, w), as shares, float64 (59,)."""
    feature = import_library("skimage.feature", method=method)
    codes = feature.local_binary_pattern(plane, NEIGHBOURS, RADIUS, "nri_uniform")
    return np.bincount(codes.astype(np.intp).ravel(), minlength=PATTERNS) / codes.size


def wavelet_bands(grey: np.ndarray) -> list[np.ndarray]:
    """Part a picture into the bands of Haar's wavelet, in the order of `BANDS`.

    Parameters
    ----------
    grey : float array (height, width)
        Whole numbers.

    Returns
    -------
    list of int32 arrays
        Coefficients times 4, whole numbers too: so no rounding makes a pattern where cloth is plain.
    """
    pywt = import_library("pywt", method=WaveletPatterns.name)
    coarse, *details = pywt.wavedec2(grey, "haar", level=LEVELS)
    bands = [coarse, *(band for level in details for band in level)]
    return [np.rint(band * 2**LEVELS).astype(np.int32) for band in bands]
