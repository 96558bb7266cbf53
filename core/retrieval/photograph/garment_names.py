"""What the garments found in a picture are called.

The finder sees a whole picture, the classifier one garment at the size of a product. A garment is called what
both think likely, as in a product of experts (Hinton 2002, https://doi.org/10.1162/089976602760128018).
"""

import math
from dataclasses import replace

import numpy as np

from core.errors import ArtifactError, ModelError
from core.labels import LABELS
from core.models.finder.detections import meant_probability
from core.models.finder.garment import Garment
from core.models.names import GARMENT_NAMER
from core.models.prediction import Prediction
from core.retrieval.encoder import Encoder
from core.retrieval.photograph.garment_part import GarmentChoice, garment_query

CLASSIFIER_EXPONENT = 0.6
"""To which power the classifier's probabilities count beside the finder's, whose count is 1: chosen on the
validation split of the street photographs."""

LEAST_SHARE = 1e-3
"""Below which no probability is taken for: nobody is that sure."""

MAY_BE_OF_A_CLASS = frozenset({*LABELS, "Tops", "Jackets", "Dresses", "Trousers", "Shorts"})
"""The finder's labels of what may be one of the five classes; nobody asks the classifier about shoes."""


def name_garments(
    garments: tuple[Garment, ...], image: np.ndarray, encoder: Encoder, *, key: str = ""
) -> tuple[Garment, ...]:
    """Name the garments found in a picture by what the finder and the classifier say of each.

    Parameters
    ----------
    garments : tuple of Garment
        As the finder names them, the likeliest first.
    image : uint8 array (height, width, 3)
        The whole picture.
    encoder : Encoder
    key : str
        Tells pictures apart, so that answers can be remembered.

    Returns
    -------
    tuple of Garment
        The likeliest first; as the finder names them where the classifier is not at hand.
    """
    try:
        named = [
            _named(garment, encoder.classify(GARMENT_NAMER, *_picture(garments, number, image, key)))
            if garment.label in MAY_BE_OF_A_CLASS and garment.label_shares
            else garment
            for number, garment in enumerate(garments, start=1)
        ]
    except (ArtifactError, ModelError):
        return garments
    return tuple(sorted(named, key=lambda garment: -garment.probability))


def _picture(
    garments: tuple[Garment, ...], number: int, image: np.ndarray, key: str
) -> tuple[np.ndarray, str]:
    """Give what a garment would be searched with, and what tells it apart."""
    picture = garment_query(image, GarmentChoice(garments, number)).image
    return picture, f"{key}-garment-{number}" if key else ""


def _named(garment: Garment, said: Prediction) -> Garment:
    joint = _joint_shares(garment.label_shares, said)
    label = max(joint, key=joint.__getitem__)
    if label == garment.label:
        return garment
    certainty = garment.certainty * joint[label]
    probability = meant_probability(certainty, garment.area, label)
    return replace(garment, label=label, certainty=round(certainty, 4), probability=round(probability, 4))


def _joint_shares(found: dict[str, float], said: Prediction) -> dict[str, float]:
    """Give how likely each label is by finder and classifier together; the shares sum to 1.

    That it is none of the five classes the classifier says of all others alike: these are told apart by the
    finder alone.
    """
    known = 1 / (1 + math.exp(-said.known_margin))
    others = sum(share for label, share in found.items() if label not in LABELS)
    joint = {}
    for label, share in found.items():
        opinion = (
            known * said.probabilities[label] if label in LABELS else (1 - known) * share / (others or 1)
        )
        joint[label] = max(share, LEAST_SHARE) * (opinion + LEAST_SHARE) ** CLASSIFIER_EXPONENT
    total = sum(joint.values())
    return {label: share / total for label, share in joint.items()}
