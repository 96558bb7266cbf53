"""The pictures on a page, such as a screenshot of a shop: what stands apart on one flat ground.

A page is printed on one colour, and its pictures and lines of text are islands on it, as in the segmentation
of documents by connected components (O'Gorman 1993, "The document spectrum for page layout analysis").
"""

import numpy as np
import scipy

from core.imaging.crop import Box
from core.imaging.resize import shrink

PAGE_SIDE = 720
"""Longest side, in pixels, that a page is looked at with."""

FLAT = 8  # levels that a pixel of the ground may differ from it: JPEG's noise
DRAWN = 1  # the same where a machine drew it: of a photograph's even ground nine tenths differ by more
LEAST_GROUND, LEAST_BORDER = 0.2, 0.2  # shares of all pixels, and of those along the edge, that are ground
LEAST_ISLANDS = 8  # a picture of somebody in a studio has one or two
SMALLEST_ISLAND = 12  # pixels of `PAGE_SIDE`; less is noise
GAP = 1  # pixels of ground that the parts of one picture may be apart
FILLED = 0.9  # share of its box from which on an island is a rectangle
LARGEST = 0.6  # share of the page; more is several pictures that touch
RIM = 0.02  # share of a picture's width and height that is left out: lines around it, rounded corners


def is_page(image: np.ndarray) -> bool:
    """Whether a picture, uint8 (height, width, 3), is a page as a screen shows it, and no photograph.

    Examples
    --------
    >>> page = np.full((200, 100, 3), 255, np.uint8)
    >>> for line in range(8):
    ...     page[100 + 12 * line : 106 + 12 * line, 10:40] = 0
    >>> is_page(page), is_page(page[:90])
    (True, False)
    """
    return _islands(shrink(image, PAGE_SIDE), DRAWN) is not None


def page_picture(image: np.ndarray, at: tuple[float, float]) -> Box | None:
    """Return the picture that lies at a point of a page.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        Perhaps a page.
    at : (float, float)
        From the left and from the top, as shares of width and height.

    Returns
    -------
    Box or None
        The rectangle. None where the image is no page, or no picture with a ground of its own lies there.

    Examples
    --------
    >>> page = np.full((200, 100, 3), 255, np.uint8)
    >>> page[20:80, 10:60] = 120
    >>> for line in range(8):
    ...     page[100 + 12 * line : 106 + 12 * line, 10:40] = 0
    >>> [round(side, 3) for side in page_picture(page, (0.3, 0.2))]
    [0.11, 0.106, 0.59, 0.394]
    >>> page_picture(page[:90], (0.3, 0.2)) is None  # nothing but a picture on white
    True
    """
    small = shrink(image, PAGE_SIDE)
    islands = _islands(small, FLAT)
    if islands is None:
        return None
    height, width = small.shape[:2]
    number = islands[min(height - 1, int(at[1] * height)), min(width - 1, int(at[0] * width))]
    if number == 0:
        return None
    mine = islands == number
    rows, columns = scipy.ndimage.find_objects(mine.astype(np.uint8))[0]
    area = (rows.stop - rows.start) * (columns.stop - columns.start)
    filled = scipy.ndimage.binary_fill_holes(mine[rows, columns]).mean()
    if filled < FILLED or area > LARGEST * height * width:
        return None
    across, down = RIM * (columns.stop - columns.start), RIM * (rows.stop - rows.start)
    return (
        (columns.start + across) / width,
        (rows.start + down) / height,
        (columns.stop - across) / width,
        (rows.stop - down) / height,
    )


def _islands(image: np.ndarray, noise: int) -> np.ndarray | None:
    """Label what stands apart on the ground of a page, which is 0; None where the image is no page."""
    codes = (image.astype(np.int32) >> 2) @ np.array([4096, 64, 1])
    ground = np.median(image[codes == np.bincount(codes.ravel()).argmax()], axis=0)
    flat = np.abs(image.astype(np.int16) - ground).max(axis=2) <= noise
    along = np.concatenate([flat[0], flat[-1], flat[:, 0], flat[:, -1]])
    if flat.mean() < LEAST_GROUND or along.mean() < LEAST_BORDER:
        return None
    joined = scipy.ndimage.binary_dilation(~flat, iterations=GAP)
    islands, count = scipy.ndimage.label(joined)
    islands[flat] = 0
    sizes = np.bincount(islands.ravel(), minlength=count + 1)[1:]
    return islands if (sizes >= SMALLEST_ISLAND).sum() >= LEAST_ISLANDS else None
