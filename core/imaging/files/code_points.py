"""Colours that a file describes by code points instead of a profile, brought to sRGB as a browser shows them.

HEIC and AVIF have them in an `nclx` box, PNG in a `cICP` chunk: numbers of ITU-T H.273 for the primaries and
the transfer function, without an ICC profile. Phones and screens write Display P3 and BT.2020 so. What is
brighter than the white of paper (PQ, HLG) is brought into range by one curve for all three channels.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

Chromaticity = tuple[float, float]

_D65, _C, _DCI = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
_SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
_SMPTE_C = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))

# Red, green, blue and white by H.273's ColourPrimaries. What is not here is shown as sRGB.
_PRIMARIES: dict[int, tuple[tuple[Chromaticity, ...], Chromaticity]] = {
    1: (_SRGB, _D65),
    4: (((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)), _C),
    5: (((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)), _D65),
    6: (_SMPTE_C, _D65),
    7: (_SMPTE_C, _D65),
    9: (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), _D65),
    11: (_P3, _DCI),
    12: (_P3, _D65),
    22: (((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)), _D65),
}

_PQ, _HLG = 16, 18
# H.273's TransferCharacteristics that are a plain power. Any other is shown by sRGB's own curve, as browsers
# do with those of television (1, 6, 14, 15), which differ from it by what a dim room asks for.
_POWERS = {4: 2.2, 5: 2.8, 8: 1.0, 17: 2.6}

PAPER_WHITE, PEAK = 203.0, 1000.0
"""Luminance of white paper in a picture of high dynamic range (ITU-R BT.2408), and the highest, in cd/m²."""

_STEPS = 1 << 14  # of linear light, fine enough for the darkest values of sRGB

_ROWS = 32  # at a time: light takes sixteen times the memory that pixels do

# No picture has more, and a hostile file would have millions of them looked at.
_MOST_BOXES, _MOST_ASSOCIATION_BYTES = 4_096, 1 << 20

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


@dataclass(frozen=True)
class CodePoints:
    """How a file codes its colours, by the numbers of ITU-T H.273.

    Attributes
    ----------
    primaries : int
        ColourPrimaries: 1 is sRGB's, 9 BT.2020's, 12 Display P3's.
    transfer : int
        TransferCharacteristics: 13 is sRGB's, 16 PQ, 18 HLG.
    """

    primaries: int
    transfer: int


def find_code_points(image: Image.Image, data: bytes) -> CodePoints | None:
    """Find the code points that say how a picture is meant to be shown.

    Parameters
    ----------
    image : Image
        Opened.
    data : bytes
        The whole file.

    Returns
    -------
    CodePoints or None
        None where the file has none, or an ICC profile that goes before them, as in HEIC and AVIF.
    """
    if image.format == "PNG":
        return _of_png(data)
    if image.format in ("HEIF", "AVIF") and not image.info.get("icc_profile"):
        return _of_boxes(data)
    return None


@lru_cache(maxsize=16)
def linear_light(transfer: int) -> np.ndarray:
    """Give the linear light of each 8-bit value, float32 (256,); 1 is the white of paper.

    Examples
    --------
    >>> linear_light(13)[[0, 255]].tolist(), round(float(linear_light(8)[51]), 3)
    ([0.0, 1.0], 0.2)
    """
    value = np.arange(256) / 255
    if transfer == _PQ:
        root = value ** (32 / 2523)
        above = np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)
        light = np.minimum(10_000 * above ** (8192 / 1305), PEAK) / PAPER_WHITE
    elif transfer == _HLG:
        bright = (np.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
        light = np.where(value <= 0.5, value**2 / 3, bright)
    elif transfer in _POWERS:
        light = value ** _POWERS[transfer]
    else:
        light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def srgb_transform(points: CodePoints) -> Callable[[Image.Image], Image.Image]:
    """Give what brings pixels of these code points, RGB or L, to sRGB."""
    light_of, matrix = linear_light(points.transfer), _to_srgb_primaries(points.primaries)
    luminance = _xyz_of(*_PRIMARIES.get(points.primaries, _PRIMARIES[1]))[1]

    def shown(values: np.ndarray) -> np.ndarray:
        light = [light_of[values[:, :, channel]] for channel in range(3)]
        if points.transfer == _HLG:  # what a screen of that peak makes of what the camera saw
            gain = PEAK / PAPER_WHITE * _weighted(luminance, light) ** np.float32(0.2)
            light = [one * gain for one in light]
        if points.transfer in (_PQ, _HLG):
            gain = _tone_mapping(np.maximum(np.maximum(light[0], light[1]), light[2]))
            light = [one * gain for one in light]
        places = [_weighted(weights, light).clip(0, 1) * (_STEPS - 1) + 0.5 for weights in matrix]
        return np.stack([_srgb_values()[one.astype(np.uint16)] for one in places], axis=2)

    def apply(image: Image.Image) -> Image.Image:
        values = np.array(image if image.mode == "RGB" else image.convert("RGB"))
        for top in range(0, len(values), _ROWS):
            values[top : top + _ROWS] = shown(values[top : top + _ROWS])
        return Image.fromarray(values)

    return apply


def _weighted(weights: np.ndarray, light: Sequence[np.ndarray]) -> np.ndarray:
    """Add up channels of light. A product of matrices would reserve tens of megabytes at its first use."""
    red, green, blue = (float(weight) * one for weight, one in zip(weights, light, strict=True))
    return red + green + blue


def _tone_mapping(brightest: np.ndarray) -> np.ndarray:
    """Say by what to multiply light, given its brightest channel: the peak becomes white (Reinhard)."""
    return (1 + brightest * np.float32((PAPER_WHITE / PEAK) ** 2)) / (1 + brightest)


@lru_cache(maxsize=1)
def _srgb_values() -> np.ndarray:
    """Give sRGB's 8-bit value of each step of linear light, uint8 (`_STEPS`,)."""
    light = np.arange(_STEPS) / (_STEPS - 1)
    value = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * value).astype(np.uint8)


@lru_cache(maxsize=16)
def _to_srgb_primaries(primaries: int) -> np.ndarray:
    """Give the matrix that columns of linear light are multiplied by, float (3, 3)."""
    colours, white = _PRIMARIES.get(primaries, _PRIMARIES[1])
    seen, wanted = (_product(_BRADFORD, _xyz_of_white(one)[:, None])[:, 0] for one in (white, _D65))
    adapted = _product(_inverse(_BRADFORD), (wanted / seen)[:, None] * _BRADFORD)
    return _product(_inverse(_xyz_of(*_PRIMARIES[1])), _product(adapted, _xyz_of(colours, white)))


def _xyz_of(colours: tuple[Chromaticity, ...], white: Chromaticity) -> np.ndarray:
    """Give the XYZ of red, green and blue, a column each, which together make white of luminance 1."""
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in colours]).T
    return columns * _product(_inverse(columns), _xyz_of_white(white)[:, None])[:, 0]


def _product(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one[:, :, None] * other[None, :, :]).sum(axis=1)


def _inverse(matrix: np.ndarray) -> np.ndarray:
    first, second, third = matrix
    columns = [np.cross(second, third), np.cross(third, first), np.cross(first, second)]
    return np.stack(columns, axis=1) / (first * columns[0]).sum()


def _xyz_of_white(white: Chromaticity) -> np.ndarray:
    x, y = white
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _of_png(png: bytes) -> CodePoints | None:
    at = 8
    while at + 12 <= len(png):
        kind, content = png[at + 4 : at + 8], at + 8
        if kind == b"cICP":
            return CodePoints(png[content], png[content + 1])
        if kind == b"IDAT":
            break
        at = content + int.from_bytes(png[at : at + 4], "big") + 4
    return None


def _of_boxes(data: bytes) -> CodePoints | None:
    """Find the `nclx` box of the primary picture: thumbnails and gain maps have others."""
    meta = _first(data, b"meta", 0, len(data), skipped=4)
    primary = _first(data, b"pitm", *meta)
    properties = _first(data, b"iprp", *meta)
    item = int.from_bytes(data[primary[0] + 4 : primary[1]], "big")
    kept = list(_boxes(data, *_first(data, b"ipco", *properties)))
    for kind, start, end in _boxes(data, *properties):
        said = data[start : min(end, start + _MOST_ASSOCIATION_BYTES)] if kind == b"ipma" else b""
        for place in _associated(said, item):
            if 0 < place <= len(kept):
                kind, at, _ = kept[place - 1]
                if kind == b"colr" and data[at : at + 4] == b"nclx":
                    return CodePoints(*(int.from_bytes(data[at + n : at + n + 2], "big") for n in (4, 6)))
    return None


def _associated(ipma: bytes, item: int) -> Iterator[int]:
    """Give the places, from 1, of the properties of an item."""
    wide_id, wide_place = 4 if ipma[:1] > b"\0" else 2, 2 if ipma[3:4] and ipma[3] & 1 else 1
    without_first_bit = 0x7FFF if wide_place == 2 else 0x7F  # which says whether a reader must know it
    at = 8
    while at < len(ipma):
        found, n_places = int.from_bytes(ipma[at : at + wide_id], "big"), at + wide_id
        at = n_places + 1
        for _ in range(int.from_bytes(ipma[n_places:at], "big")):
            if found == item:
                yield int.from_bytes(ipma[at : at + wide_place], "big") & without_first_bit
            at += wide_place


def _first(data: bytes, kind: bytes, start: int, end: int, skipped: int = 0) -> tuple[int, int]:
    """Give where the content of the first box of a kind begins and ends; an empty place without one."""
    found = ((at + skipped, to) for name, at, to in _boxes(data, start, end) if name == kind)
    return next(found, (end, end))


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Give the kind of each box, and where its content begins and ends."""
    at = start
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        size, content = int.from_bytes(data[at : at + 4], "big"), at + 8
        if size == 1:
            size, content = int.from_bytes(data[content : content + 8], "big"), content + 8
        elif size == 0:
            size = end - at
        if size < content - at:
            return
        yield data[at + 4 : at + 8], content, min(at + size, end)
        at += size
