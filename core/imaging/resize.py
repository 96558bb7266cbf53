"""Pictures brought to another size: to exactly that, or whole into a frame, on white (letterboxed)."""

from collections.abc import Iterable

import numpy as np
from PIL import Image

from core.errors import ImageError

WHITE: int = 255
"""What a frame is filled with beside the picture, and what shows through a transparent one."""


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resample a picture to exactly this size, antialiased, whatever becomes of its shape.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3) or (h, w)
    height, width : int
        In pixels, at least 1.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3) or (height, width)
        The array itself where it has that size already.
    """
    if image.shape[:2] == (height, width):
        return image
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0))


def shrink(image: np.ndarray, longest: int) -> np.ndarray:
    """Resample a picture, shape kept, so that its longest side has at most `longest` pixels.

    Examples
    --------
    >>> shrink(np.zeros((400, 200, 3), np.uint8), 100).shape
    (100, 50, 3)
    >>> shrink(np.zeros((40, 20, 3), np.uint8), 100).shape
    (40, 20, 3)
    """
    scale = min(1.0, longest / max(image.shape[:2]))
    return resize(image, *(max(1, round(side * scale)) for side in image.shape[:2]))


def letterbox(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Fit a whole picture into a frame, shape kept, centred on white.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    height, width : int
        The frame, in pixels.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Resampled by an antialiased bicubic filter; a picture that has the frame's size already comes back
        as a copy, pixel for pixel. The thin side of an extreme shape keeps at least one pixel.

    Raises
    ------
    ImageError
        The array is no RGB `uint8` picture, or the frame is smaller than a pixel.

    Examples
    --------
    >>> letterbox(np.zeros((2, 2, 3), np.uint8), 2, 4)[0, :, 0].tolist()
    [255, 0, 0, 255]
    """
    return letterbox_batch([image], height, width)[0]


def letterbox_batch(images: Iterable[np.ndarray], height: int, width: int) -> np.ndarray:
    """Fit pictures of any sizes into one batch, each as `letterbox` does.

    Parameters
    ----------
    images : iterable of ndarray of uint8, shape (h, w, 3)
    height, width : int
        The frame, in pixels.

    Returns
    -------
    ndarray of uint8, shape (n, height, width, 3)
        One allocation, filled in place; n may be 0.

    Raises
    ------
    ImageError
        As `letterbox`.
    """
    images = list(images)
    if height < 1 or width < 1:
        raise ImageError(f"The frame is {height} by {width} pixels, expected at least 1 by 1.")
    batch = np.empty((len(images), height, width, 3), np.uint8)
    for frame, image in zip(batch, images, strict=True):
        _letterbox_into(frame, image)
    return batch


def check_rgb(image: object) -> None:
    """Refuse whatever is no RGB picture, uint8 (height, width, 3).

    Raises
    ------
    ImageError
    """
    if isinstance(image, np.ndarray):
        if image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8 and image.size:
            return
        given = f"{image.dtype} {image.shape}"
    else:
        given = type(image).__name__
    raise ImageError(f"The picture is {given}, expected uint8 (height, width, 3): use read_image.")


def _letterbox_into(frame: np.ndarray, image: np.ndarray) -> None:
    """Write `image`, fitted, over the whole of `frame`."""
    check_rgb(image)
    if image.shape == frame.shape:
        frame[:] = image
        return
    height, width = frame.shape[:2]
    scale = min(height / image.shape[0], width / image.shape[1])
    inner_height = min(height, max(1, round(image.shape[0] * scale)))
    inner_width = min(width, max(1, round(image.shape[1] * scale)))
    resized = Image.fromarray(np.ascontiguousarray(image)).resize(
        (inner_width, inner_height), Image.Resampling.BICUBIC, reducing_gap=3.0
    )
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    if (inner_height, inner_width) != (height, width):
        frame[:] = WHITE
    frame[top : top + inner_height, left : left + inner_width] = np.asarray(resized)
