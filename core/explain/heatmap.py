"""Heat maps: cells of a feature map brought to a picture's size and laid over it."""

import numpy as np
from PIL import Image

from core.imaging.resize import WHITE, resize

STRENGTH = 0.75
"""How much of a colour covers the picture where the network looked most."""


PALE = 0.15
"""How far the grey picture below is drawn towards white, so that colours stand out from it."""


# Matplotlib's "inferno" without its black end: dark to light, so that it reads without colour vision too.
_COLOURS = np.array(
    [
        (60, 9, 101),
        (120, 28, 109),
        (165, 44, 96),
        (207, 68, 70),
        (237, 105, 37),
        (251, 155, 6),
        (247, 209, 61),
    ],
    np.float32,
)


def upsample_cells(cells: np.ndarray, picture: tuple[int, int], frame: tuple[int, int]) -> np.ndarray:
    """Bring a map to the size of the picture it is about, leaving off the white that the frame added.

    Parameters
    ----------
    cells : float32 array (rows, columns), 0 to 1
    picture : (height, width)
        Of the picture, in pixels.
    frame : (height, width)
        Of the network's input, into which `core.imaging.resize.letterbox` fitted the picture.

    Returns
    -------
    float32 array (height, width), 0 to 1
        Between the cells' centres bilinear.
    """
    scale = min(frame[0] / picture[0], frame[1] / picture[1])
    inner = [min(whole, max(1, round(side * scale))) for side, whole in zip(picture, frame, strict=True)]
    top, left = ((whole - side) // 2 for side, whole in zip(inner, frame, strict=True))
    per_row, per_column = cells.shape[0] / frame[0], cells.shape[1] / frame[1]
    box = (left * per_column, top * per_row, (left + inner[1]) * per_column, (top + inner[0]) * per_row)
    over = Image.fromarray(np.asarray(cells, np.float32)).resize(
        (picture[1], picture[0]), Image.Resampling.BILINEAR, box=box
    )
    return np.clip(np.asarray(over), 0.0, 1.0)


def overlay_heat(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Colour a picture by a map of it: the warmer, the more it counted.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
    heat : float array (height, width), 0 to 1

    Returns
    -------
    uint8 array (height, width, 3)
        Where the map is 0, the picture in grey.
    """
    grey = image.mean(axis=2, keepdims=True).astype(np.float32)
    grey = np.broadcast_to(PALE * WHITE + (1 - PALE) * grey, image.shape)
    steps = np.linspace(0.0, 1.0, len(_COLOURS))
    colours = np.stack([np.interp(heat, steps, channel) for channel in _COLOURS.T], axis=-1)
    share = STRENGTH * heat[..., np.newaxis]
    return np.clip((1 - share) * grey + share * colours, 0, 255).astype(np.uint8)


MIN_OVERLAY_HEIGHT = 320
"""Least height in pixels of a picture under a map; a product's own may be only 80."""


def heat_above_mean(cells: np.ndarray) -> np.ndarray:
    """Turn shares of a score into heat: what lies above the mean, the most being 1.

    Parameters
    ----------
    cells : float array (rows, columns)

    Returns
    -------
    float32 array (rows, columns), 0 to 1
    """
    beyond = np.maximum(cells - cells.mean(), 0)
    top = beyond.max()
    return (beyond / top if top > 0 else beyond).astype(np.float32)


def overlay_cells(
    image: np.ndarray, cells: np.ndarray, frame: tuple[int, int], *, min_height: int = MIN_OVERLAY_HEIGHT
) -> np.ndarray:
    """Colour a picture by the places that carried its score: the warmer, the more.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        The query or the hit.
    cells : float array (rows, columns)
        Its cells of a `SimilarityMap`.
    frame : (height, width)
        That of the `SimilarityMap`.
    min_height : int
        Height in pixels to which a smaller picture is enlarged first, so that the colours are smooth.

    Returns
    -------
    uint8 array (height, width, 3)
    """
    scale = max(1.0, min_height / image.shape[0])
    large = resize(image, *(round(scale * side) for side in image.shape[:2]))
    return overlay_heat(large, upsample_cells(heat_above_mean(cells), large.shape[:2], frame))
