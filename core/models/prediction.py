"""The class of a picture as a classifier predicts it, and how that is written out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.protocols import OpenSetClassifier


@dataclass(frozen=True)
class Prediction:
    """What a classifier says of one picture."""

    model: str
    label: str  # the likeliest
    probabilities: dict[str, float]  # of each label, in the classifier's order; they sum to 1
    known: bool  # False where the picture is most likely none of the labels
    known_margin: float = 0.0  # how far the logit of being one of them is above the limit of `known`


def classify_image(image: np.ndarray, classifier: OpenSetClassifier) -> Prediction:
    """Name the class of a picture.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        RGB, of any size.
    classifier : OpenSetClassifier

    Returns
    -------
    Prediction
    """
    return classify_images([image], classifier)[0]


def classify_images(images: Sequence[np.ndarray], classifier: OpenSetClassifier) -> list[Prediction]:
    """Name the class of each picture.

    Parameters
    ----------
    images : sequence of uint8 array (height, width, 3)
        RGB, each of its own size.
    classifier : OpenSetClassifier

    Returns
    -------
    list of Prediction
        In the order of the pictures.
    """
    predictions = []
    for row, margin in zip(*classifier.judge(images), strict=True):
        probabilities = dict(zip(classifier.labels, map(float, row), strict=True))
        label = max(probabilities, key=probabilities.__getitem__)
        predictions.append(
            Prediction(classifier.name, label, probabilities, bool(margin >= 0), float(margin))
        )
    return predictions


CLASS_NAMES = {
    "Tshirts": "T-shirt",
    "Shirts": "Shirt",
    "Jeans": "Jeans",
    "Skirts": "Skirt",
    "Kurtas": "Kurta",
}
"""What one garment of each class is called."""


NONE_OF_THESE = "None of these"


CONFIDENT_PROBABILITY = 0.9
"""Probability from which on a class may order hits. Of 122 validation photographs of t-shirts, shirts, jeans
and skirts VGG19 knows 114 with this much, and names all 114 rightly."""


def class_name(label: str) -> str:
    """Give what one garment of a class is called; a class without a word of its own goes by its label.

    Examples
    --------
    >>> class_name("Tshirts"), class_name("Caps")
    ('T-shirt', 'Caps')
    """
    return CLASS_NAMES.get(label, label)


def percent_text(share: float) -> str:
    """Write a share as a whole percentage that never claims to be sure when it is not.

    Examples
    --------
    >>> [percent_text(share) for share in (0.984, 0.9999, 1.0, 0.0001)]
    ['98 %', 'over 99 %', '100 %', 'below 1 %']
    """
    if 0.995 <= share < 1.0:
        return "over 99 %"
    if 0.0 < share < 0.005:
        return "below 1 %"
    return f"{100 * share:.0f} %"


def prediction_text(prediction: Prediction) -> str:
    """Write a prediction out: what the garment is called, or `NONE_OF_THESE`."""
    return class_name(prediction.label) if prediction.known else NONE_OF_THESE


def confident_class(prediction: Prediction) -> str | None:
    """Give the class of a prediction that may order the hits.

    Returns
    -------
    str or None
        None where the picture is none of the labels, or its probability is below `CONFIDENT_PROBABILITY`.
    """
    confident = prediction.known and prediction.probabilities[prediction.label] >= CONFIDENT_PROBABILITY
    return prediction.label if confident else None
