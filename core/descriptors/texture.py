"""Texture: how often each small pattern of lighter and darker neighbours occurs in the cloth.

Rotation-invariant uniform local binary patterns at three scales (Ojala, Pietikäinen and Mäenpää,
"Multiresolution gray-scale and rotation invariant texture classification with local binary patterns", IEEE
PAMI 24, 2002), split into a lighter and a darker half with a dead zone between (local ternary patterns, Tan
and Triggs, "Enhanced local texture feature sets for face recognition under difficult lighting conditions",
IEEE Transactions on Image Processing 19, 2010): without it, the noise of a JPEG makes plain cloth patterned.

Written out rather than taken from scikit-image, whose version has no dead zone, and which would be installed
for this alone.
"""

from collections.abc import Sequence

import numpy as np
import scipy

from core.imaging.foreground import segment_garment
from core.imaging.resize import resize

SIDE = 80
"""Longest side of the garment, in pixels, at which its texture is looked at."""

_RADII = (1.0, 2.0, 4.0)
_NEIGHBOURS = 8
_DEAD_ZONE = 4.0  # grey levels of 255 that a neighbour must differ by to count as lighter or darker
_MARGIN = 4  # the widest radius: nearer to its edge a pattern would be the garment's outline
_FEWEST = 40  # pixels of cloth below which there is no texture to speak of


def _bilinear(turn: int, radius: float) -> list[tuple[int, int, float]]:
    """Give the whole-pixel offsets and weights that interpolate one of the eight neighbours on a circle."""
    angle = 2 * np.pi * turn / _NEIGHBOURS
    down, across = (round(radius * value, 9) for value in (-np.sin(angle), np.cos(angle)))
    top, left = int(np.floor(down)), int(np.floor(across))
    below, right = down - top, across - left
    corners = [
        (top, left, (1 - below) * (1 - right)),
        (top, left + 1, (1 - below) * right),
        (top + 1, left, below * (1 - right)),
        (top + 1, left + 1, below * right),
    ]
    return [corner for corner in corners if corner[2] > 0]


_CIRCLES = [[_bilinear(turn, radius) for turn in range(_NEIGHBOURS)] for radius in _RADII]
_UNIFORM = np.array(
    [
        bin(code).count("1") if bin(code ^ ((code >> 1) | (code & 1) << 7)).count("1") <= 2 else 9
        for code in range(2**_NEIGHBOURS)
    ]
)
"""Pattern number of each code: how many neighbours are set where they are set in one run, else 9."""


class Texture:
    """Ternary patterns at three radii, rooted: 3 × 2 × 10 numbers.

    Turning by quarters, mirroring, more light, or another size of the picture change nothing but what
    resampling does: the garment is brought to one size first. A row is zero where there is too little cloth.
    """

    name = "texture"
    version = "texture-1"
    dimension = 2 * 10 * len(_RADII)

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        rows = np.zeros((len(images), self.dimension), np.float32)
        for row, image in zip(rows, images, strict=True):
            grey, cloth = _cloth(image)
            if cloth.sum() >= _FEWEST:
                row[:] = np.sqrt(_patterns(grey, cloth) / (2 * len(_RADII)))
        return rows


def _cloth(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut the garment's box out at one size: grey levels, float32, and where patterns are whole within it."""
    cut = segment_garment(image)
    top, bottom, left, right = cut.box
    tall, wide = cut.mask.shape
    down, across = image.shape[0] / tall, image.shape[1] / wide
    rows = slice(int(top * down), max(int(top * down) + 1, round(bottom * down)))
    columns = slice(int(left * across), max(int(left * across) + 1, round(right * across)))
    part = image[rows, columns]
    scale = SIDE / max(part.shape[:2])
    size = tuple(max(1, round(side * scale)) for side in part.shape[:2])
    grey = resize(part, *size).astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    mask = resize(255 * cut.mask[top:bottom, left:right].astype(np.uint8), *size) > 127
    return grey, scipy.ndimage.binary_erosion(mask, np.ones((3, 3), bool), iterations=_MARGIN)


def _patterns(grey: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """Share of each pattern, (radii × 2 × 10,): each ten sum to 1."""
    height, width = grey.shape
    inner = np.s_[_MARGIN : height - _MARGIN, _MARGIN : width - _MARGIN]
    centre, cloth = grey[inner], cloth[inner]
    counts = []
    for circle in _CIRCLES:
        lighter, darker = np.zeros(centre.shape, np.uint8), np.zeros(centre.shape, np.uint8)
        for turn, corners in enumerate(circle):
            neighbour = sum(
                weight * grey[_MARGIN + y : height - _MARGIN + y, _MARGIN + x : width - _MARGIN + x]
                for y, x, weight in corners
            )
            difference = neighbour - centre
            lighter |= (difference > _DEAD_ZONE).astype(np.uint8) << turn
            darker |= (difference < -_DEAD_ZONE).astype(np.uint8) << turn
        for codes in (lighter, darker):
            counts.append(np.bincount(_UNIFORM[codes[cloth]], minlength=10) / cloth.sum())
    return np.concatenate(counts)
