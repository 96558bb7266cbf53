"""What decoding a picture takes in memory, known from its header, and how many are decoded at a time.

The figures are what Pillow 13, libjpeg-turbo, libwebp, libavif and libheif were measured to take.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from core.errors import ImageError
from core.free_memory import available_bytes

PEAK_BYTES: int = 150 * 2**20
"""Most memory that reading one picture, shrunk, may take for a moment, the file included."""

SMALL_BYTES: int = 16 * 2**20
"""What takes no more than this is decoded without asking how much memory is left."""

SPARE_BYTES: int = 48 * 2**20
"""Memory that decoding leaves to everything else."""

_OVERHEAD_BYTES = 16 * 2**20  # the tiles and the result of a shrunk picture

_BYTES_BY_MODE = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}  # any other has 4
_CHANNELS = {"L": 1, "RGB": 3}

# Where a box that configures a codec says how the colours are stored: chroma format, bits a sample.
_HEVC_CHROMA, _HEVC_DEPTH, _AV1_FLAGS = 20, 21, 6
_HEVC_PLANES = (1.0, 1.5, 2.0, 3.0)

_waiting = threading.Condition()
_taken = 0


def decode_bytes(image: Image.Image, data: bytes, full_size: tuple[int, int]) -> int:
    """Estimate what decoding an opened picture takes at most, in bytes, its file included.

    Parameters
    ----------
    image : Image
        Opened and not loaded; a draft that was asked for counts.
    data : bytes
        The whole file.
    full_size : tuple of int
        Width and height before a draft was asked for.
    """
    pixels, kind, mode = image.width * image.height, image.format, image.mode
    loaded = pixels * _BYTES_BY_MODE.get(mode, 4)
    copies, beside = 1, min(_OVERHEAD_BYTES, 12 * pixels)
    if kind in ("JPEG", "MPO"):
        loaded += _coefficient_bytes(image, data, full_size)
    elif kind == "WEBP":
        # libwebp keeps two canvases and gives a third; losslessly, it holds the pixels once more.
        loaded, copies = pixels * (16 if b"VP8L" in data[:4096] or mode == "RGBA" else 12), 2
        beside = 0  # the canvases are gone before the first tile
    elif kind == "AVIF":
        planes = _av1_planes(data) + (mode == "RGBA")
        loaded, copies = int(pixels * (2 * planes + 2 * _CHANNELS.get(mode, 4) + 0.5)), 2
    elif kind == "HEIF":
        loaded, copies = int(pixels * (3 * (_hevc_planes(data) + (mode == "RGBA")) + 1)), 2
        beside = 0  # what it is decoded with is gone before the first tile
    elif kind == "BMP" and image.info.get("compression") in (1, 2):
        loaded *= 3  # run lengths are unpacked in two copies
    return loaded + copies * len(data) + beside


@contextmanager
def decoding(needed: int, *, name: str) -> Iterator[None]:
    """Wait until a decode fits into the memory that is left beside the others that run.

    Where memory is ample all run at once; where it is short, one after the other.

    Parameters
    ----------
    needed : int
        As from `decode_bytes`.
    name : str
        What to call the picture in an error.

    Raises
    ------
    ImageError
        Even alone it does not fit.
    """
    if needed <= SMALL_BYTES:
        yield
        return
    global _taken
    with _waiting:
        while True:
            left = available_bytes()
            room = None if left is None else max(0, left - SPARE_BYTES)
            # What others were granted counts in full, since they may not have touched it yet.
            if room is None or _taken + needed <= room:
                break
            if not _taken:
                raise ImageError(
                    f"{name} needs {needed >> 20} MB of memory to be read, and {room >> 20} are free: "
                    "try again in a minute, or shrink it."
                )
            _waiting.wait()
        _taken += needed
    try:
        yield
    finally:
        with _waiting:
            _taken -= needed
            _waiting.notify_all()


def _coefficient_bytes(image: Any, data: bytes, full_size: tuple[int, int]) -> int:
    """Count the coefficients, all of which libjpeg holds of a JPEG in several scans, as a progressive one."""
    factors = [(max(1, across), max(1, down)) for _, across, down, _ in image.layer]
    if not image.info.get("progressive") and _components_of_first_scan(data) == len(factors):
        return 0
    densest = max(across * down for across, down in factors)
    return int(2 * full_size[0] * full_size[1] * sum(across * down / densest for across, down in factors))


def _components_of_first_scan(data: bytes) -> int:
    at = 2
    while at + 4 < len(data):
        marker, length = data[at : at + 2], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == b"\xff\xda":
            return data[at + 4]
        # Bytes between two segments are passed over, as Pillow does.
        at += 2 + length if marker[0] == 0xFF and 0xC0 <= marker[1] <= 0xFE else 1
    return 0


def _hevc_planes(data: bytes) -> float:
    """Bytes a pixel of the planes that HEVC decodes to."""
    return max((_hevc_box_planes(data, at) for at in _places_of(data, b"hvcC")), default=1.5)


def _hevc_box_planes(data: bytes, at: int) -> float:
    box = data[at : at + _HEVC_DEPTH + 1].ljust(_HEVC_DEPTH + 1, b"\0")
    return _HEVC_PLANES[box[_HEVC_CHROMA] & 3] * (2 if box[_HEVC_DEPTH] & 7 else 1)


def _av1_planes(data: bytes) -> float:
    """Bytes a pixel of the planes that AV1 decodes to."""
    return max((_av1_box_planes(data[at + _AV1_FLAGS]) for at in _places_of(data, b"av1C")), default=1.5)


def _av1_box_planes(flags: int) -> float:
    subsampled_x, subsampled_y = flags >> 3 & 1, flags >> 2 & 1
    return (1 + 2 / ((1 + subsampled_x) * (1 + subsampled_y))) * (2 if flags >> 6 & 1 else 1)


def _places_of(data: bytes, box: bytes) -> Iterator[int]:
    """Where boxes of a kind begin, in the head of a file, which is where they are."""
    at = data.find(box, 0, 1 << 20)
    while 0 <= at < len(data) - _HEVC_DEPTH:
        yield at
        at = data.find(box, at + 4, 1 << 20)
