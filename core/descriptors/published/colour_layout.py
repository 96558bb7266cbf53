"""The Colour Layout Descriptor of MPEG-7: where in the picture which colour lies, in a dozen numbers.

ISO/IEC 15938-3:2002, "Multimedia content description interface, part 3: Visual", 6.6, with the extraction and
the distance of its reference software (ISO/IEC 15938-8): the picture is parted into 8×8 blocks, each block's
mean colour is written in YCbCr, the three 8×8 planes are transformed by a discrete cosine transform, read in
zigzag and quantised, the first coefficient to 64 steps and the others to 32.
"""

from collections.abc import Sequence

import numpy as np
from scipy.fft import dctn

from core.imaging.resize import resize, shrink

GRID = 8
"""Blocks along each side."""

LONGEST = 320
"""Longest side, in pixels, of the picture whose blocks are averaged."""

MIDDLE_FIRST, MIDDLE_OTHERS = 32, 16
"""What is taken off the quantised numbers, so that grey is 0: distances stay, and cosines mean something."""


def zigzag_order() -> np.ndarray:
    """Give the places of an 8×8 block, row by row, in the order of the zigzag scan, int64 (64,).

    Examples
    --------
    >>> zigzag_order()[:10].tolist()
    [0, 1, 8, 16, 9, 2, 3, 10, 17, 24]
    """
    places = [(row + column, row, column) for row in range(GRID) for column in range(GRID)]
    # Diagonals with an even sum are read upwards, the others downwards.
    places.sort(key=lambda place: (place[0], place[2] if place[0] % 2 == 0 else place[1]))
    return np.array([row * GRID + column for _, row, column in places])


_ZIGZAG = zigzag_order()


class ColourLayout:
    """The descriptor with so many coefficients of brightness, and of either colour difference.

    Rows hold the standard's quantised integers less their middle: those of Y, of Cb, then of Cr.

    Parameters
    ----------
    name : str
    n_luma, n_chroma : int
        6 and 3, as the standard recommends, or 64 and 64, all there are.
    """

    def __init__(self, name: str = "cld", n_luma: int = 6, n_chroma: int = 3) -> None:
        self.name, self.version = name, f"{name}-1"
        self._counts = (n_luma, n_chroma, n_chroma)
        self.dimension = sum(self._counts)

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        rows = np.zeros((len(images), self.dimension), np.float32)
        for row, image in zip(rows, images, strict=True):
            planes = quantised_coefficients(representative_colours(image))
            row[:] = np.concatenate(
                [plane[:count] for plane, count in zip(planes, self._counts, strict=True)]
            )
        return rows


def representative_colours(image: np.ndarray) -> np.ndarray:
    """Average the colours of 8×8 blocks.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        RGB, of any size.

    Returns
    -------
    int64 array (3, 8, 8)
        Y from 16 to 235, Cb and Cr from 16 to 240 with 128 for grey.
    """
    small = shrink(image, LONGEST)
    small = resize(small, max(GRID, small.shape[0]), max(GRID, small.shape[1]))
    height, width = small.shape[:2]
    red, green, blue = np.moveaxis(small / 256.0, -1, 0)
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    planes = np.stack(
        [
            219 * brightness + 16.5,
            224 * 0.564 * (blue - brightness) + 128.5,
            224 * 0.713 * (red - brightness) + 128.5,
        ]
    ).astype(np.int64)
    rows, columns = (-(-np.arange(GRID) * side // GRID) for side in (height, width))
    sums = np.add.reduceat(np.add.reduceat(planes, rows, axis=1), columns, axis=2)
    counts = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))
    return sums // counts


def quantised_coefficients(colours: np.ndarray) -> np.ndarray:
    """Transform and quantise blocks of colour.

    Parameters
    ----------
    colours : int array (3, 8, 8)
        As from `representative_colours`.

    Returns
    -------
    int64 array (3, 64)
        In zigzag order, the first of each less `MIDDLE_FIRST`, the others less `MIDDLE_OTHERS`.
    """
    found = np.floor(dctn(colours.astype(np.float64), axes=(1, 2), norm="ortho") + 0.499999).astype(np.int64)
    scanned = found.reshape(3, -1)[:, _ZIGZAG]
    # The standard quantises the brightness's coefficients half as finely; half of -3 is -1, as in C.
    scanned[0, 1:] = np.sign(scanned[0, 1:]) * (np.abs(scanned[0, 1:]) // 2)
    quantised = _quantised_others(scanned) // 8 - MIDDLE_OTHERS
    quantised[0, 0] = _quantised_first_luma(scanned[0, 0] // GRID) // 2 - MIDDLE_FIRST
    quantised[1:, 0] = [_quantised_first_chroma(value // GRID) - MIDDLE_FIRST for value in scanned[1:, 0]]
    return quantised


def _quantised_first_luma(value: int) -> int:
    """Quantise a mean brightness, 0 to 255, to 0 to 127: finest in the middle."""
    for above, base, step in ((192, 112, 4), (160, 96, 2), (96, 32, 1), (64, 16, 2)):
        if value > above:
            return base + (value - above) // step
    return value // 4


def _quantised_first_chroma(value: int) -> int:
    """Quantise a mean colour difference, 0 to 255, to 0 to 63: finest around grey."""
    if value > 191:
        return 63
    for above, base, step in ((160, 56, 4), (144, 48, 2), (112, 16, 1), (96, 8, 2), (64, 0, 4)):
        if value > above:
            return base + (value - above) // step
    return 0


def _quantised_others(values: np.ndarray) -> np.ndarray:
    """Quantise all other coefficients to 0 to 255, 128 being none: coarser the larger they are."""
    clipped = np.clip(values, -256, 255)
    size = np.abs(clipped)
    coarse = np.where(size > 127, 64 + size // 4, np.where(size > 63, 32 + size // 2, size))
    return np.where(clipped < 0, -coarse, coarse) + 128
