"""Pictures altered on purpose, each alteration in steps of rising strength: what a search has to withstand.

Another camera, another light, a screenshot sent on and on: what becomes of a product's picture before it is
searched with. Every alteration is a pure function of picture and strength, without any chance in it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from PIL import Image, ImageFilter

from core.errors import ImageError
from core.imaging.colour_space import scale_light
from core.imaging.crop import crop_percent
from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg
from core.imaging.foreground import segment_garment
from core.imaging.resize import check_rgb, resize, shrink

STEP_NAMES = ("slight", "clear", "strong", "extreme")
"""How the steps of an alteration are called, the weakest first. One with a single step has the first."""

FLOOR = (196, 176, 150)
"""sRGB of the ground that a garment is laid on."""

PATCH = (128, 128, 128)
"""sRGB of what covers a part of a garment."""

_EDGE = 0.04  # share of the shorter side that counts as the picture's edge
_FLOOR_SEED, _FLOOR_CELLS = 22, 24  # of the floor's pattern: its chance, and patches along the longer side


@dataclass(frozen=True)
class Step:
    """One strength of an alteration."""

    name: str  # of `STEP_NAMES`
    strength: float  # in the alteration's unit
    text: str  # as people read it, with its unit, such as "15°"


@dataclass(frozen=True)
class Alteration:
    """One way to alter pictures.

    Attributes
    ----------
    name : str
        As on the command line and in reports, such as ``rotate``.
    title : str
        What people read, such as "Rotated".
    unit : str
        What strengths are counted in.
    strengths : tuple of float
        Of the steps, the weakest first. They fall where less of something is stronger, as with quality.
    limits : tuple of float
        Least and most that a strength may be.
    wording : str
        What a strength is written as: ``{:g}`` stands for the number.
    """

    name: str
    title: str
    unit: str
    strengths: tuple[float, ...]
    limits: tuple[float, float]
    wording: str
    function: Callable[[np.ndarray, float], np.ndarray]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The strengths that are measured, the weakest first."""
        return tuple(
            Step(name, strength, self.wording.format(strength))
            for name, strength in zip(STEP_NAMES, self.strengths, strict=False)
        )

    def apply(self, image: np.ndarray, strength: float) -> np.ndarray:
        """Alter a picture.

        Parameters
        ----------
        image : uint8 array (height, width, 3)
            RGB, of any size. It stays as it is.
        strength : float
            In the alteration's unit.

        Returns
        -------
        uint8 array (height, width, 3)
            Of another size where the alteration makes it one.

        Raises
        ------
        ImageError
            If it is no RGB picture, or the strength is out of the alteration's range.
        """
        check_rgb(image)
        least, most = self.limits
        if not least <= strength <= most:
            raise ImageError(
                f"The strength of {self.name} is {strength}; expected {least:g} to {most:g} ({self.unit})."
            )
        return np.ascontiguousarray(self.function(image, strength))


def _blur(image: np.ndarray, percent: float) -> np.ndarray:
    sigma = percent / 100 * max(image.shape[:2])
    return np.asarray(Image.fromarray(np.ascontiguousarray(image)).filter(ImageFilter.GaussianBlur(sigma)))


def _rotate(image: np.ndarray, degrees: float) -> np.ndarray:
    """Turn the whole picture, and fill the corners with the colour of its edge."""
    # Pillow counts the other way round.
    turned = Image.fromarray(np.ascontiguousarray(image)).rotate(
        -degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=_edge_colour(image)
    )
    return np.asarray(turned)


def _edge_colour(image: np.ndarray) -> tuple[int, ...]:
    wide = max(1, round(_EDGE * min(image.shape[:2])))
    sides = (image[:wide], image[-wide:], image[:, :wide], image[:, -wide:])
    median = np.median(np.concatenate([side.reshape(-1, 3) for side in sides]), axis=0)
    return tuple(int(level) for level in np.rint(median))


def _crop(image: np.ndarray, percent: float) -> np.ndarray:
    return crop_percent(image, (percent, percent, 100 - percent, 100 - percent))


def _darken(image: np.ndarray, stops: float) -> np.ndarray:
    return scale_light(image, 3 * (2.0**-stops,))


def _tint(image: np.ndarray, percent: float) -> np.ndarray:
    """Take blue away, and half as much green: the light of a lamp instead of the day's."""
    lost = percent / 100
    return scale_light(image, (1, 1 - lost / 2, 1 - lost))


def _compress(image: np.ndarray, quality: float) -> np.ndarray:
    return read_image(encode_jpeg(image, round(quality)))


def _shrink(image: np.ndarray, side: float) -> np.ndarray:
    return shrink(image, round(side))


def _mirror(image: np.ndarray, times: float) -> np.ndarray:
    return image[:, ::-1]


def _other_ground(image: np.ndarray, levels: float) -> np.ndarray:
    """Lay the garment on a floor; where none stands out from its ground, nothing changes."""
    height, width = image.shape[:2]
    mask = resize(255 * segment_garment(image).mask.astype(np.uint8), height, width)
    inside = (mask / 255)[..., None]
    floor = np.array(FLOOR) + levels * _pattern(height, width)[..., None]
    return np.rint(inside * image + (1 - inside) * np.clip(floor, 0, 255)).astype(np.uint8)


def _pattern(height: int, width: int) -> np.ndarray:
    """Draw smooth light and dark patches, float (height, width), of mean 0 and standard deviation 1.

    The same patches for a picture of any size, so that a larger copy of a picture stands on the same floor.
    """
    cells = np.random.default_rng(_FLOOR_SEED).standard_normal((_FLOOR_CELLS, _FLOOR_CELLS))
    scale = (_FLOOR_CELLS - 1) / max(1, max(height, width) - 1)
    places = np.meshgrid(scale * np.arange(height), scale * np.arange(width), indexing="ij")
    drawn = scipy.ndimage.map_coordinates(cells, places, order=3, mode="nearest")
    return (drawn - drawn.mean()) / max(float(drawn.std()), 1e-9)


def _cover(image: np.ndarray, percent: float) -> np.ndarray:
    """Cover the lowest part of the garment's box, across all of its width."""
    garment = segment_garment(image)
    down, across = (image.shape[axis] / garment.mask.shape[axis] for axis in (0, 1))
    top, bottom, left, right = garment.box
    from_row = bottom - percent / 100 * (bottom - top)
    covered = image.copy()
    covered[round(down * from_row) : round(down * bottom), round(across * left) : round(across * right)] = (
        PATCH
    )
    return covered


_ALL = (
    Alteration("blur", "Blurred", "% of the longer side", (0.5, 1, 2, 4), (0, 20), "{:g} %", _blur),
    Alteration("rotate", "Rotated", "degrees clockwise", (5, 15, 45, 90), (0, 360), "{:g}°", _rotate),
    Alteration("crop", "Cropped", "% of each edge cut off", (5, 10, 20, 30), (0, 45), "{:g} %", _crop),
    Alteration("darken", "Darkened", "exposure value (EV) less", (0.5, 1, 2, 3), (0, 8), "−{:g} EV", _darken),
    Alteration("tint", "Tinted", "% of blue light less", (10, 25, 50, 75), (0, 100), "{:g} %", _tint),
    Alteration("jpeg", "Compressed", "JPEG quality", (50, 25, 10, 5), (1, 95), "quality {:g}", _compress),
    Alteration(
        "shrink", "Shrunk", "pixels on the longer side", (64, 40, 24, 16), (4, 10_000), "{:g} px", _shrink
    ),
    Alteration("mirror", "Mirrored", "left and right exchanged", (1,), (1, 1), "left to right", _mirror),
    Alteration(
        "ground",
        "On another ground",
        "levels of its pattern",
        (0, 15, 30, 60),
        (0, 120),
        "{:g} levels",
        _other_ground,
    ),
    Alteration(
        "cover", "Partly covered", "% of the garment's height", (15, 30, 45, 60), (0, 95), "{:g} %", _cover
    ),
)

ALTERATIONS: dict[str, Alteration] = {each.name: each for each in _ALL}
"""Every alteration by its name, in the order that pages and reports show them in."""


def alter(image: np.ndarray, name: str, strength: float) -> np.ndarray:
    """Alter a picture by the name of the alteration.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        RGB, of any size. It stays as it is.
    name : str
        One of `ALTERATIONS`.
    strength : float
        In its unit.

    Returns
    -------
    uint8 array (height, width, 3)

    Raises
    ------
    ImageError
        If there is no such alteration, the strength is out of its range, or it is no RGB picture.

    Examples
    --------
    >>> image = np.zeros((40, 30, 3), np.uint8)
    >>> alter(image, "rotate", 90).shape, alter(image, "crop", 20).shape, alter(image, "shrink", 20).shape
    ((30, 40, 3), (24, 18, 3), (20, 15, 3))
    """
    if name not in ALTERATIONS:
        raise ImageError(f"There is no alteration {name!r}; expected one of {', '.join(ALTERATIONS)}.")
    return ALTERATIONS[name].apply(image, strength)
