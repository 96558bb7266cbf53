"""What a classifier says of a picture, and how that is put in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.protocols import JudgingClassifier


@dataclass(frozen=True)
class Prediction:
    """What a classifier says of one picture."""

    model: str
    label: str  # the likeliest
    probabilities: dict[str, float]  # of each label, in the classifier's order; they sum to 1
    known: bool  # False where the picture is most likely none of the labels


def predict(image: np.ndarray, classifier: JudgingClassifier) -> Prediction:
    """Name the class of a picture.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        RGB, of any size.
    classifier
    """
    return predict_all([image], classifier)[0]


def predict_all(images: Sequence[np.ndarray], classifier: JudgingClassifier) -> list[Prediction]:
    """Name the class of each picture, in their order."""
    predictions = []
    for row, known in zip(*classifier.classify(images), strict=True):
        probabilities = dict(zip(classifier.labels, map(float, row), strict=True))
        label = max(probabilities, key=probabilities.__getitem__)
        predictions.append(Prediction(classifier.name, label, probabilities, bool(known)))
    return predictions


ONE_OF = {"Tshirts": "T-shirt", "Shirts": "Shirt", "Jeans": "Jeans", "Skirts": "Skirt", "Kurtas": "Kurta"}
"""What a single garment of each class is called."""


NONE_OF_THESE = "None of these"


SURE = 0.9
"""Probability from which on a class may order hits. Of 122 validation photographs of t-shirts, shirts, jeans
and skirts VGG19 knows 114 with this much, and names all 114 rightly."""


def one_of(label: str) -> str:
    """Call a single garment of a class; a class without a word of its own goes by its name."""
    return ONE_OF.get(label, label)


def percent(share: float) -> str:
    """Write a share as a whole percentage that never claims to be sure when it is not.

    Examples
    --------
    >>> percent(0.984), percent(0.9999), percent(1.0), percent(0.0001)
    ('98 %', 'over 99 %', '100 %', 'below 1 %')
    """
    if 0.995 <= share < 1.0:
        return "over 99 %"
    if 0.0 < share < 0.005:
        return "below 1 %"
    return f"{100 * share:.0f} %"


def answer(prediction: Prediction) -> str:
    """Say in words what one judge says."""
    return one_of(prediction.label) if prediction.known else NONE_OF_THESE


def sure_class(prediction: Prediction) -> str | None:
    """Give the class of a prediction that is known and at least `SURE`; None where it is not."""
    sure = prediction.known and prediction.probabilities[prediction.label] >= SURE
    return prediction.label if sure else None
