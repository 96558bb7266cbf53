"""Colours as people see them: CIE Lab, and the names that the data set gives to colours.

Distances in Lab are about as large as the differences look (CIE 15:2004); 2.3 is just noticeable (Mahy,
Van Eycken and Oosterlinck, 1994).
"""

from collections.abc import Sequence

import numpy as np

# Linear sRGB to XYZ (IEC 61966-2-1), each row divided by its sum, the white of D65: white is then 1, 1, 1.
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
_TO_XYZ /= _TO_XYZ.sum(axis=1, keepdims=True)
_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_XYZ_TO_RGB = np.linalg.inv(_TO_XYZ)

_NAMED = {
    "White": "f4f4f2 d9dadc",
    "Off White": "ece6d8",
    "Cream": "ebdfbf",
    "Beige": "cfba98 e3bb9b c4b2a5",
    "Khaki": "a39467",
    "Mustard": "c3921f",
    "Yellow": "f0cc2e f5dc7a",
    "Orange": "ea7128 e9a850",
    "Peach": "f3b89c",
    "Rust": "a84f2b",
    "Brown": "6b4630 7d5539 47301f b8854f",
    "Red": "c5222b e23a36 9f1d2b",
    "Maroon": "6e1a28 551a33",
    "Pink": "e97fa6 f3b3c6 cf6673",
    "Magenta": "bb1f72",
    "Purple": "623f8c 44286a a77b9b",
    "Lavender": "b8a4d4",
    "Navy Blue": "1f2a4c 141e5a 2a3140",
    "Blue": "3366b5 5e95cf 2248b0 6f8299 4d5f78",
    "Turquoise Blue": "35b5c2",
    "Teal": "1d6d73 3fa58b",
    "Green": "2f8248 1f5a33 5aa443",
    "Lime Green": "9fc63b",
    "Olive": "63633a",
    "Grey": "8b8e92 6f7276 b0b2b5 8a8278 45474c",
    "Black": "1c1d20 2b2c2f 1e2029",
}  # fmt: skip

COLOUR_NAMES: tuple[str, ...] = tuple(_NAMED)
"""Names that people use, among the data set's `baseColour`. Left out are words of the trade, such as Taupe
and Skin, mixtures, metals and doubles."""


def to_lab(image: np.ndarray) -> np.ndarray:
    """Turn sRGB into CIE Lab under D65.

    Parameters
    ----------
    image : uint8 array (..., 3)

    Returns
    -------
    float32 array (..., 3)
        L from 0 to 100; a towards red, b towards yellow, both within about ±110.
    """
    xyz = _LINEAR[image] @ _TO_XYZ.T.astype(np.float32)
    cube = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = np.moveaxis(cube, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def grey_levels(image: np.ndarray) -> np.ndarray:
    """Turn sRGB into brightness as television weighs it (ITU-R BT.601).

    Parameters
    ----------
    image : uint8 array (..., 3)

    Returns
    -------
    float32 array (...)
        From 0 to 255.

    Examples
    --------
    >>> [round(float(level)) for level in grey_levels(np.array([[255, 0, 0], [0, 0, 255]], np.uint8))]
    [76, 29]
    """
    return image @ np.array([0.299, 0.587, 0.114], np.float32)


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """Turn CIE Lab under D65 into sRGB; what sRGB cannot show becomes the nearest value it can.

    Parameters
    ----------
    lab : float array (..., 3)

    Returns
    -------
    uint8 array (..., 3)
    """
    lightness, a, b = np.moveaxis(np.asarray(lab, np.float64), -1, 0)
    y = (lightness + 16) / 116
    cube = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    xyz = np.where(cube > 6 / 29, cube**3, (116 * cube - 16) * 27 / 24389)
    return _to_levels(xyz @ _XYZ_TO_RGB.T)


def scale_light(image: np.ndarray, factors: Sequence[float]) -> np.ndarray:
    """Multiply the light of a picture, as another exposure or another lamp does.

    Parameters
    ----------
    image : uint8 array (..., 3)
        sRGB.
    factors : sequence of 3 floats, each at least 0
        Of red, green and blue, in linear light. What becomes brighter than white is white.

    Returns
    -------
    uint8 array (..., 3)

    Examples
    --------
    >>> scale_light(np.array([255, 188, 188], np.uint8), (1, 0.5, 0)).tolist()
    [255, 137, 0]
    """
    tables = _to_levels(_LINEAR[:, None] * np.asarray(factors, np.float32))
    return np.stack([tables[image[..., channel], channel] for channel in range(3)], axis=-1)


def _to_levels(linear: np.ndarray) -> np.ndarray:
    """Write linear light, 0 to 1, as sRGB, uint8."""
    linear = np.clip(linear, 0, 1)
    levels = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(255 * levels).astype(np.uint8)


def to_hex(rgb: np.ndarray) -> str:
    """Write one sRGB colour, uint8 (3,), as ``#rrggbb``."""
    return "#" + bytes(np.asarray(rgb, np.uint8)).hex()


def nearest_name(lab: np.ndarray) -> str:
    """Name one Lab colour, (3,), by the nearest of `COLOUR_NAMES`.

    People name a hue as soon as they see one, and the same cloth is photographed brighter and darker. So
    lightness counts less than in Lab, and small differences from grey count more.
    """
    difference = _as_named(np.asarray(lab, np.float32)) - _as_named(_NAMED_LAB)
    return _SAMPLE_NAMES[int(np.argmin((difference**2).sum(axis=1)))]


def _as_named(lab: np.ndarray) -> np.ndarray:
    chroma = np.hypot(lab[..., 1], lab[..., 2])[..., None]
    return np.concatenate([0.5 * lab[..., :1], lab[..., 1:] * np.sqrt(50 / (chroma + 5))], axis=-1)


_SAMPLE_NAMES = tuple(name for name, samples in _NAMED.items() for _ in samples.split())
_NAMED_LAB = to_lab(
    np.array(
        [list(bytes.fromhex(sample)) for samples in _NAMED.values() for sample in samples.split()], np.uint8
    )
)
