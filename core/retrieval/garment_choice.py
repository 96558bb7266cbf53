"""Which garment of a picture is searched with."""

from dataclasses import dataclass

import numpy as np

from core.errors import SearchError
from core.imaging.crop import crop_percent
from core.models.finder.garment import Garment
from core.retrieval.encoder import Encoder
from core.retrieval.request import PictureQuery

MARGIN = 0.05
"""Share of a garment's longer side that is searched with around its box."""

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


def choose_garment(
    image: np.ndarray, encoder: Encoder, *, number: int | None = None, key: str = ""
) -> GarmentChoice:
    """Find the garments of a picture and choose one.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
    encoder : Encoder
    number : int, optional
        The garment that is asked for, 1 being the likeliest; 0 is the whole picture. Without it, as
        `first_garment` says.
    key : str
        Tells pictures apart, so that the answer can be remembered.

    Returns
    -------
    GarmentChoice
        Of the whole picture where no garment was found, whatever was asked for.

    Raises
    ------
    SearchError
        If garments were found, and fewer than asked for.
    ArtifactError, ModelError
        If the finder is not at hand.
    """
    garments = encoder.find(image, key)
    if number is None:
        return GarmentChoice(garments, first_garment(garments))
    if garments and not 0 <= number <= len(garments):
        raise SearchError(
            f"Garment {number} was asked for, and {len(garments)} were found; "
            f"give 1 to {len(garments)}, or 0 for the whole picture."
        )
    return GarmentChoice(garments, number if garments else 0)


def first_garment(garments: tuple[Garment, ...]) -> int:
    """Return the number of the garment that a search starts with, without anybody having chosen.

    The likeliest, where there are several or it fills less than half of the picture; else 0,
    the whole picture.
    """
    if not garments or (len(garments) == 1 and garments[0].area >= FILLS):
        return 0
    return 1


def garment_crop(garment: Garment, image_shape: tuple[int, ...]) -> Percent:
    """Return the part of a picture (height, width, …) to search a garment with: its box and a margin."""
    height, width = image_shape[:2]
    left, top, right, bottom = garment.box
    around = MARGIN * max((right - left) * width, (bottom - top) * height)
    across, down = around / width, around / height
    sides = (left - across, top - down, right + across, bottom + down)
    return tuple(round(100 * min(1.0, max(0.0, side)), 2) for side in sides)  # type: ignore[return-value]


def garment_query(image: np.ndarray, choice: GarmentChoice) -> PictureQuery:
    """Return the query of the chosen garment: the crop of a picture (height, width, 3) that shows it."""
    garment = choice.garment
    if garment is None:
        return PictureQuery(image, garment=choice.shown)
    return PictureQuery(crop_percent(image, garment_crop(garment, image.shape)), garment=garment)
