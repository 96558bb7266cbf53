"""What part of a picture a garment of it is searched with."""

from dataclasses import dataclass

import numpy as np

from core.imaging.crop import Box, crop_percent
from core.imaging.page_pictures import page_picture
from core.models.finder.garment import Garment
from core.retrieval.request import PictureQuery

MARGIN = 0.1
"""Share of a garment's longer side that is searched with around its box, where the ground there is plain.

A shop leaves about as much around its products.
"""

STREET_MARGIN = 0.08
"""Share of each side of the box on any other ground, where an arm, a car or another garment lies around.

Chosen on the validation split of the street photographs.
"""

ALONE_MARGIN, SURE = 0.2, 0.7
"""Share of the longer side where the garment is alone in the picture, laid on a floor or hung on a wall:
nothing around it misleads. Another garment counts from this certainty on, unless it overlaps."""

PLAIN_SHARE, SAME_LEVEL = 0.5, 14
"""Share of the pixels around a box that must lie within so many levels of their median for a plain ground."""

FILLS = 0.5
"""Share of the picture from which on a single garment is searched for by the whole picture."""

Percent = tuple[float, float, float, float]
"""Left, top, right and bottom, in per cent of the picture's sides."""


@dataclass(frozen=True, eq=False)
class GarmentChoice:
    """The garments of a picture, and which of them is searched with.

    Attributes
    ----------
    garments : tuple of Garment
        The likeliest first.
    number : int
        The one that is searched with, 1 being the likeliest; 0 is the whole picture.
    """

    garments: tuple[Garment, ...]
    number: int

    @property
    def garment(self) -> Garment | None:
        """The garment that is searched with; None for the whole picture."""
        return self.garments[self.number - 1] if self.number else None

    @property
    def shown(self) -> Garment | None:
        """The garment that is seen in what is searched with: the chosen one, or the only one of all of it.

        None where a whole picture shows several garments, or one that does not fill it.
        """
        if not self.number and len(self.garments) == 1 and self.garments[0].area >= FILLS:
            return self.garments[0]
        return self.garment


def garment_crop(garment: Garment, image: np.ndarray) -> Percent:
    """Return the part of a picture to search a garment with: its box and a margin, by the ground around it.

    Parameters
    ----------
    garment : Garment
    image : uint8 array (height, width, 3)
        The whole picture.

    Examples
    --------
    >>> shirt = Garment((0.3, 0.2, 0.7, 0.8), "Shirts", 0.9, np.ones((1, 1), bool))
    >>> garment_crop(shirt, np.full((100, 100, 3), 255, np.uint8))
    (24.0, 14.0, 76.0, 86.0)
    >>> street = np.random.default_rng(1).integers(0, 256, (100, 100, 3), np.uint8)
    >>> garment_crop(shirt, street)
    (26.8, 15.2, 73.2, 84.8)
    """
    wide = _widened(garment.box, image, MARGIN)
    if not _is_plain_between(image, garment.box, wide):
        left, top, right, bottom = garment.box
        wide = _with_margins(garment.box, STREET_MARGIN * (right - left), STREET_MARGIN * (bottom - top))
    return _searched_part(wide, image)


def _searched_part(box: Box, image: np.ndarray) -> Percent:
    left, top, right, bottom = (round(100 * side, 2) for side in _at_least_a_pixel(box, *image.shape[:2]))
    return left, top, right, bottom


def _widened(box: Box, image: np.ndarray, margin: float) -> Box:
    """Widen a box by a share of its longer side, within the picture."""
    height, width = image.shape[:2]
    left, top, right, bottom = box
    around = margin * max((right - left) * width, (bottom - top) * height)
    return _with_margins(box, around / width, around / height)


def _with_margins(box: Box, across: float, down: float) -> Box:
    left, top, right, bottom = box
    return max(0.0, left - across), max(0.0, top - down), min(1.0, right + across), min(1.0, bottom + down)


def _is_plain_between(image: np.ndarray, inner: Box, outer: Box) -> bool:
    """Whether most of a picture between two boxes is of one colour."""
    height, width = image.shape[:2]
    left, top, right, bottom = _in_pixels(outer, height, width)
    part = image[top:bottom, left:right]
    ring = np.ones(part.shape[:2], bool)
    inner_left, inner_top, inner_right, inner_bottom = _in_pixels(inner, height, width)
    ring[inner_top - top : inner_bottom - top, inner_left - left : inner_right - left] = False
    pixels = part[ring].astype(np.int16)
    if not len(pixels):
        return False
    near = np.abs(pixels - np.median(pixels, axis=0)).max(axis=1) <= SAME_LEVEL
    return bool(near.mean() >= PLAIN_SHARE)


def _in_pixels(box: Box, height: int, width: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


def _at_least_a_pixel(box: Box, height: int, width: int) -> Box:
    """Widen a box of less than two pixels, which might be cut to nothing."""
    left, top, right, bottom = box
    across, down = max(0.0, 2 / width - (right - left)) / 2, max(0.0, 2 / height - (bottom - top)) / 2
    return max(0.0, left - across), max(0.0, top - down), min(1.0, right + across), min(1.0, bottom + down)


def choice_crop(choice: GarmentChoice, image: np.ndarray) -> Percent | None:
    """Return the part of a picture that the chosen garment is searched with; None is the whole picture.

    On a page, such as a screenshot of a shop, it is the picture that shows the garment: the same picture may
    be a product's. Of several garments in one picture of a page that goes for the likeliest; any other is
    searched with by its own box.

    Parameters
    ----------
    choice : GarmentChoice
    image : uint8 array (height, width, 3)
        The whole picture.
    """
    garment = choice.garment
    if garment is None:
        return None
    picture = page_picture(image, _centre(garment))
    likelier = [_centre(other) for other in choice.garments[: choice.number - 1]]
    if picture is not None and not any(_lies_in(picture, centre) for centre in likelier):
        left, top, right, bottom = (round(100 * side, 2) for side in picture)
        return left, top, right, bottom
    if _is_alone(choice):
        return _searched_part(_widened(garment.box, image, ALONE_MARGIN), image)
    return garment_crop(garment, image)


def _is_alone(choice: GarmentChoice) -> bool:
    """Whether no other garment was surely found beside the chosen one."""
    mine = choice.garment
    return mine is not None and not any(
        other.certainty >= SURE and not _lies_in(mine.box, _centre(other))
        for other in choice.garments
        if other is not mine
    )


def _centre(garment: Garment) -> tuple[float, float]:
    left, top, right, bottom = garment.box
    return (left + right) / 2, (top + bottom) / 2


def _lies_in(box: Box, point: tuple[float, float]) -> bool:
    left, top, right, bottom = box
    return left <= point[0] <= right and top <= point[1] <= bottom


def garment_query(image: np.ndarray, choice: GarmentChoice) -> PictureQuery:
    """Return the query of the chosen garment: the crop of a picture (height, width, 3) that shows it."""
    crop = choice_crop(choice, image)
    return PictureQuery(image if crop is None else crop_percent(image, crop), garment=choice.shown)
