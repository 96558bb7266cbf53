"""An opened picture to RGB on white, tile by tile, so that nothing of its full size is copied.

The picture is held once, in the form its decoder gives. Each tile of it is brought to sRGB by its colour
profile, converted, laid on white and, where the picture is to be shrunk, reduced by whole steps, before the
next one is looked at.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from core.imaging.files.colour_profiles import to_srgb
from core.imaging.resize import WHITE

TILE_SIDE = 512

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class DecodedPicture:
    """Pixels as a decoder gave them.

    Attributes
    ----------
    width, height : int
    crop : callable
        Gives the part in a box (left, top, right, bottom), in one of Pillow's modes.
    """

    width: int
    height: int
    crop: Callable[[Box], Image.Image]

    @classmethod
    def from_image(cls, image: Image.Image) -> "DecodedPicture":
        """Take what Pillow decoded."""
        return cls(*image.size, image.crop)

    @classmethod
    def from_array(cls, pixels: np.ndarray, mode: str, info: Mapping[Any, Any]) -> "DecodedPicture":
        """Take uint8 (height, width, channels), and what the opened picture says of its colours.

        Channels beyond those that Pillow's mode has are nothing.
        """
        pixels = pixels.reshape(*pixels.shape[:2], -1)[:, :, : Image.getmodebands(mode)]

        def crop(box: Box) -> Image.Image:
            left, top, right, bottom = box
            part = Image.frombytes(
                mode, (right - left, bottom - top), pixels[top:bottom, left:right].tobytes()
            )
            part.info |= info
            return part

        return cls(pixels.shape[1], pixels.shape[0], crop)


def to_rgb(picture: DecodedPicture, max_side: int | None = None) -> np.ndarray:
    """Convert a picture to RGB on white, shrunk where it is longer than wanted.

    Parameters
    ----------
    picture : DecodedPicture
    max_side : int or None
        Longest side wanted, in pixels; None keeps the size.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)

    Examples
    --------
    >>> grey = DecodedPicture.from_image(Image.new("L", (400, 200), 7))
    >>> to_rgb(grey, 100).shape, to_rgb(grey)[0, 0].tolist()
    ((50, 100, 3), [7, 7, 7])
    """
    width, height = picture.width, picture.height
    size = (width, height) if max_side is None else fitted_size(width, height, max_side)
    # Whole steps leave twice the size wanted, so that the resampling has room.
    across, down = (max(1, int(had / wanted / 2)) for had, wanted in zip((width, height), size, strict=True))
    span = _span_of_values(picture)
    reduced = np.empty((math.ceil(height / down), math.ceil(width / across), 3), np.uint8)
    for box in _tiles(width, height, across, down):
        tile = _on_white(_to_rgb_or_rgba(to_srgb(picture.crop(box)), span)).reduce((across, down))
        left, top = box[0] // across, box[1] // down
        reduced[top : top + tile.height, left : left + tile.width] = np.asarray(tile)
    if size == (reduced.shape[1], reduced.shape[0]):
        return reduced
    within = (0, 0, width / across, height / down)
    resampled = np.empty((size[1], size[0], 3), np.uint8)
    for channel in range(3):  # one by one, since Pillow would hold all three in four bytes, and twice
        plane = Image.fromarray(reduced[:, :, channel])
        resampled[:, :, channel] = np.asarray(plane.resize(size, Image.Resampling.BICUBIC, box=within))
    return resampled


def fitted_size(width: int, height: int, max_side: int) -> tuple[int, int]:
    """Give the size of a picture shrunk to a longest side, its shape kept; its own where it is smaller.

    Examples
    --------
    >>> fitted_size(1200, 800, 300), fitted_size(30, 20, 300), fitted_size(1, 5000, 100)
    ((300, 200), (30, 20), (1, 100))
    """
    if max(width, height) <= max_side:
        return width, height
    # Of the two whole numbers beside it the one whose shape is nearer, as `Image.thumbnail` chooses.
    shape = width / height
    exact = max_side * min(shape, 1 / shape)
    near = (math.floor(exact), math.ceil(exact))
    if shape <= 1:
        return max(1, min(near, key=lambda wide: abs(shape - wide / max_side))), max_side
    return max_side, max(1, min(near, key=lambda tall: abs(shape - max_side / tall) if tall else 0))


def _tiles(width: int, height: int, across: int, down: int) -> Iterator[Box]:
    """Boxes that cover a picture, each of whole steps but for the last of a row or column."""
    wide, tall = (max(1, TILE_SIDE // step) * step for step in (across, down))
    for top in range(0, height, tall):
        for left in range(0, width, wide):
            yield left, top, min(width, left + wide), min(height, top + tall)


def _span_of_values(picture: DecodedPicture) -> tuple[float, float]:
    """Find the values that are black and white in a picture whose mode does not say."""
    mode = picture.crop((0, 0, 1, 1)).mode
    if mode not in ("I", "F"):
        return 0.0, 65_535.0
    tiles = [_finite(picture.crop(box)) for box in _tiles(picture.width, picture.height, 1, 1)]
    low, high = (float(extreme([extreme(tile) for tile in tiles])) for extreme in (np.min, np.max))
    if low < 0:
        return low, high
    # 32 bits name no white: the smallest of the usual ones that holds every value.
    whites = (1.0, 255.0, 65_535.0) if mode == "F" else (255.0, 65_535.0)
    return 0.0, next((white for white in whites if high <= white), high)


def _to_rgb_or_rgba(image: Image.Image, span: tuple[float, float]) -> Image.Image:
    """Bring any of Pillow's modes to RGB, or to RGBA where something shows through."""
    if image.mode == "RGBA" or (image.mode == "RGB" and "transparency" not in image.info):
        return image
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _scaled_to_8_bits(image, span)
    if image.mode == "La":
        image = image.convert("LA")
    return image.convert("RGBA" if image.has_transparency_data or image.mode == "RGBa" else "RGB")


def _scaled_to_8_bits(image: Image.Image, span: tuple[float, float]) -> Image.Image:
    """Scale greyscale of 16 or 32 bits, which Pillow's own conversion would clip to white."""
    values, (low, high) = _finite(image), span
    grey = np.rint((values - low) * (255.0 / max(high - low, 1e-12))).astype(np.uint8)
    scaled = Image.fromarray(grey).convert("RGB")
    see_through = image.info.get("transparency")
    if isinstance(see_through, int):
        scaled.putalpha(Image.fromarray(np.where(values == see_through, 0, 255).astype(np.uint8)))
    return scaled


def _finite(image: Image.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(image).astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    white = Image.new("RGB", image.size, (WHITE, WHITE, WHITE))
    white.paste(image, mask=image.getchannel("A"))
    return white
