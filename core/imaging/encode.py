"""Pictures to the bytes of a JPEG file."""

import io

import numpy as np
from PIL import Image

from core.errors import ImageError
from core.imaging.resize import check_rgb


def encode_jpeg(image: np.ndarray, quality: int = 90) -> bytes:
    """Encode a picture as JPEG.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    quality : int
        From 1 to 95, as libjpeg counts it.

    Returns
    -------
    bytes

    Raises
    ------
    ImageError
        The array is no RGB `uint8` picture, or a side is longer than JPEG's 65,535 pixels.
    """
    check_rgb(image)
    height, width = image.shape[:2]
    if max(height, width) > 65_535:
        raise ImageError(f"The picture is {width}×{height}, a JPEG has at most 65,535 a side: shrink it.")
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
