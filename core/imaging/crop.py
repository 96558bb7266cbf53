"""A rectangle of a picture: cut out of it, or around what a mask shows."""

import numpy as np

from core.errors import ImageError

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the upright picture's width and height."""


def box_around(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Give the rectangle around the true pixels of a mask.

    Parameters
    ----------
    mask : bool array (height, width)
        Not empty.

    Returns
    -------
    left, top, right, bottom : int
        In pixels; right and bottom are not included.

    Examples
    --------
    >>> mask = np.zeros((4, 6), bool)
    >>> mask[1, 2] = mask[2, 4] = True
    >>> box_around(mask)
    (2, 1, 5, 3)
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def crop_percent(image: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Cut a rectangle out of a picture.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
    box : tuple of float
        Left, top, right and bottom, 0 to 100, in per cent of the picture's sides, rounded to pixels.

    Returns
    -------
    uint8 array (rows, columns, 3), a view

    Raises
    ------
    ImageError
        If nothing is left of the picture.
    """
    height, width = image.shape[:2]
    left, right = (round(side * width / 100) for side in (box[0], box[2]))
    top, bottom = (round(side * height / 100) for side in (box[1], box[3]))
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ImageError(
            f"The crop {box} leaves nothing of a picture of {width}×{height} pixels; "
            "give left below right and top below bottom, 0 to 100."
        )
    return image[top:bottom, left:right]
