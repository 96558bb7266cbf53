"""Which garment of a picture is searched with."""

import numpy as np

from core.errors import SearchError
from core.models.finder.garment import Garment
from core.retrieval.encoder import Encoder
from core.retrieval.photograph.garment_names import name_garments
from core.retrieval.photograph.garment_part import FILLS, GarmentChoice


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
    garments = name_garments(encoder.find(image, key), image, encoder, key=key)
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
