"""Binary maps of colour: for each of a few colours, in which parts of the picture there is enough of it.

The survey that this project starts from describes the method in words: find the salient region, take its
dominant colours, divide it into sub-blocks, set a block's bit where enough of its pixels have the colour, and
compare the maps bit by bit. It gives no numbers; those below are chosen here. The region is found by Achanta,
Hemami, Estrada and Süsstrunk, "Frequency-tuned salient region detection" (CVPR 2009). Maps are compared by
the Jaccard distance: the share of the bits set in either that are not set in both.

Beside it stands the plain approach: all colours, over the whole picture, wherever the thing lies in it.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from core.imaging.colour_space import to_lab
from core.imaging.resize import shrink

SIDE = 80
"""Longest side, in pixels, of the picture that is looked at."""

LEVELS = 3
"""Steps of red, of green and of blue: 27 colours."""

BLOCKS = 4
"""Sub-blocks along each side."""

ENOUGH = 0.2
"""Share of a block's pixels from which on it has a colour."""

MOST_DOMINANT, LEAST_SHARE = 5, 0.05
"""So many colours of the region at most are its dominant ones, each with such a share of it."""

_SALIENT = 2.0  # times the mean saliency, as the paper's adaptive threshold
_SMALLEST = 0.02  # share of the picture below which what was found is no region


class BlockColour:
    """The plain approach: every colour's map over the whole picture, 27 × 4 × 4 bits of 0 or 1."""

    name = "block-colour"
    version = "block-colour-1"
    dimension = LEVELS**3 * BLOCKS**2

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        rows = np.zeros((len(images), self.dimension), np.float32)
        for row, image in zip(rows, images, strict=True):
            colours = palette_colours(shrink(image, SIDE))
            row[:] = _maps(colours, np.ones(colours.shape, bool)).ravel()
        return rows


class SalientColour:
    """The maps of the salient region's dominant colours, over the region's box: 27 × 4 × 4 bits."""

    name = "salient-colour"
    version = "salient-colour-1"
    dimension = LEVELS**3 * BLOCKS**2

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        rows = np.zeros((len(images), self.dimension), np.float32)
        for row, image in zip(rows, images, strict=True):
            small = shrink(image, SIDE)
            region = salient_region(small)
            box = ndimage.find_objects(region.astype(np.int8))[0]
            colours, inside = palette_colours(small)[box], region[box]
            found = _maps(colours, inside)
            kept = np.zeros(LEVELS**3, bool)
            kept[dominant_colours(colours[inside])] = True
            row[:] = (found * kept[:, None, None]).ravel()
        return rows


def salient_region(image: np.ndarray) -> np.ndarray:
    """Find what stands out of a picture.

    Parameters
    ----------
    image : uint8 array (height, width, 3)

    Returns
    -------
    bool array (height, width)
        Where the blurred colour differs from the picture's mean colour by twice as much as it does on
        average, in Lab; all of it where next to nothing does.
    """
    lab = to_lab(image)
    blurred = ndimage.gaussian_filter(lab, (1, 1, 0))
    saliency = np.linalg.norm(blurred - lab.mean(axis=(0, 1)), axis=2)
    region = saliency > _SALIENT * saliency.mean()
    return region if region.mean() >= _SMALLEST else np.ones_like(region)


def palette_colours(image: np.ndarray) -> np.ndarray:
    """Give the number of each pixel's colour among the 27: nine times red, three times green, and blue.

    Examples
    --------
    >>> palette_colours(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [84, 86, 171]]], np.uint8)).tolist()
    [[18, 6, 2, 5]]
    """
    steps = image.astype(np.intp) * LEVELS // 256
    return (steps[..., 0] * LEVELS + steps[..., 1]) * LEVELS + steps[..., 2]


def dominant_colours(colours: np.ndarray) -> np.ndarray:
    """List the colours that a region has most of, the commonest first; `colours` (n,) are of its pixels."""
    counts = np.bincount(colours, minlength=LEVELS**3)
    first = np.argsort(-counts, kind="stable")[:MOST_DOMINANT]
    return first[counts[first] >= LEAST_SHARE * len(colours)]


def _maps(colours: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Tell which blocks have enough of each colour, bool (27, BLOCKS, BLOCKS), counting pixels inside."""
    height, width = colours.shape
    down, across = (np.arange(side) * BLOCKS // side for side in (height, width))
    block = down[:, None] * BLOCKS + across[None]
    counts = np.bincount((colours * BLOCKS**2 + block)[inside], minlength=LEVELS**3 * BLOCKS**2).reshape(
        LEVELS**3, BLOCKS, BLOCKS
    )
    sizes = np.bincount(block.ravel(), minlength=BLOCKS**2).reshape(BLOCKS, BLOCKS)
    return counts >= np.maximum(ENOUGH * sizes, 1)
