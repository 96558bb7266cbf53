"""What several judges say of one picture, and the verdict that follows, in words."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import SearchError
from core.labels import LABELS
from core.models.prediction import (
    NONE_OF_THESE,
    Prediction,
    class_name,
    classify_image,
    percent_text,
    prediction_text,
)
from core.protocols import OpenSetClassifier

KNN = "neighbours"
"""The judge that asks the nearest products what they are."""

CLASSIFIER_PRIORITY: tuple[str, ...] = ("vgg19", "vgg16", "vae", "rgb", KNN)
"""Whose word counts first: the first one at hand gives the verdict, the others agree or differ."""

K_NEIGHBOURS = 20
"""Nearest products that vote."""


@dataclass(frozen=True)
class Verdict:
    """What a picture shows, and who says so."""

    judge: str  # whose word it is
    label: str  # the nearest class, even where it is none of them
    probability: float
    known: bool  # False where the picture is most likely none of the classes
    agreeing: tuple[str, ...]  # judges with the same answer, the verdict's own first
    differing: dict[str, str]  # judge to its own answer, in words

    @property
    def conflict(self) -> bool:
        """Whether any judge says otherwise."""
        return bool(self.differing)

    @property
    def n_judges(self) -> int:
        """How many were asked."""
        return len(self.agreeing) + len(self.differing)

    @property
    def sentence(self) -> str:
        """The verdict in words: ``T-shirt, 98 %``."""
        if not self.known:
            return f"{NONE_OF_THESE}; the nearest is {class_name(self.label)}"
        return f"{class_name(self.label)}, {percent_text(self.probability)}"


@dataclass(frozen=True)
class ClassifiedImage:
    """What the judges say of one picture, or why nobody could see it."""

    name: str  # of the file, or what stands for it
    predictions: tuple[Prediction, ...] = ()
    verdict: Verdict | None = None
    problem: str = ""


def knn_vote(types: Sequence[str], labels: Sequence[str] = LABELS) -> Prediction:
    """Let the nearest products vote on a class.

    Parameters
    ----------
    types : sequence of str
        `articleType` of the nearest products, the nearest first.
    labels : sequence of str

    Returns
    -------
    Prediction
        Each label's share of the votes for labels. Known where at least half of all products are of some
        label. Of equal shares the one of the nearest product wins; without any vote all are equal.

    Raises
    ------
    SearchError
        If there is nobody to vote.

    Examples
    --------
    >>> knn_vote(["Shirts", "Shirts", "Tshirts", "Shoes"]).probabilities["Shirts"]
    0.6666666666666666
    """
    if not types:
        raise SearchError("No product is near enough to vote; index a catalogue that holds some")
    votes = Counter(kind for kind in types if kind in labels)
    n = votes.total()
    shares = {label: votes[label] / n if n else 1 / len(labels) for label in labels}
    # `Counter` keeps the order of first sight, so `max` settles a draw for the nearest.
    winner = max(votes, key=votes.__getitem__) if n else labels[0]
    return Prediction(KNN, winner, shares, known=2 * n >= len(types))


def predict_all(
    image: np.ndarray,
    classifiers: Sequence[OpenSetClassifier],
    nearest_types: Sequence[str] | None = None,
) -> list[Prediction]:
    """Ask every judge at hand what a picture shows.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        RGB, of any size.
    classifiers : sequence of JudgingClassifier
    nearest_types : sequence of str, optional
        `articleType` of the nearest products, the nearest first
        (`core.retrieval.query.nearest_products`); without them nobody votes.

    Returns
    -------
    list of Prediction
        The classifiers' in their order, then the neighbours'.

    Raises
    ------
    SearchError
        If the nearest products are asked and there are none.
    """
    predictions = [classify_image(image, classifier) for classifier in classifiers]
    return predictions if nearest_types is None else [*predictions, knn_vote(nearest_types)]


def combine_predictions(predictions: Sequence[Prediction]) -> Verdict:
    """Come to a verdict.

    Parameters
    ----------
    predictions : sequence of Prediction
        One from each judge at hand, in any order.

    Returns
    -------
    Verdict
        The prediction of the first of `CLASSIFIER_PRIORITY` that is there. Others agree where they name the
        same class, or all say that it is none of them.

    Raises
    ------
    SearchError
        If no judge is there.
    """
    if not predictions:
        raise SearchError(
            "Nobody is there to name a class; make a model with `python -m core train DATA --model vgg19`"
        )
    ranked = sorted(predictions, key=lambda said: _rank(said.model))
    first = ranked[0]
    same = [said.model for said in ranked if prediction_text(said) == prediction_text(first)]
    return Verdict(
        judge=first.model,
        label=first.label,
        probability=first.probabilities[first.label],
        known=first.known,
        agreeing=tuple(same),
        differing={
            said.model: prediction_text(said)
            for said in ranked
            if prediction_text(said) != prediction_text(first)
        },
    )


def conflicts_first(judged: Sequence[ClassifiedImage]) -> list[int]:
    """Order pictures by how much they need a look.

    Returns
    -------
    list of int
        Places in `judged`: most judges differing first, then the least probable, then as given; pictures
        without a verdict last.
    """

    def need(place: int) -> tuple[bool, int, float]:
        verdict = judged[place].verdict
        return (True, 0, 0.0) if verdict is None else (False, -len(verdict.differing), verdict.probability)

    return sorted(range(len(judged)), key=need)


def prediction_table(judged: Sequence[ClassifiedImage]) -> pd.DataFrame:
    """Put verdicts into a table.

    Returns
    -------
    DataFrame
        One row a picture, in the order given: ``file``, ``verdict`` (the class in words, or "None of
        these"), ``nearest class``, ``probability``, ``known``, ``agree`` ("4 of 5"), then each judge's
        answer in a column of its name, and ``problem``. What nobody could say is None, or NaN.
    """
    judges = sorted({said.model for one in judged for said in one.predictions}, key=_rank)
    rows = []
    for one in judged:
        said = {prediction.model: prediction_text(prediction) for prediction in one.predictions}
        verdict = one.verdict
        rows.append(
            {
                "file": one.name,
                "verdict": said[verdict.judge] if verdict else None,
                "nearest class": class_name(verdict.label) if verdict else None,
                "probability": verdict.probability if verdict else math.nan,
                "known": verdict.known if verdict else None,
                "agree": f"{len(verdict.agreeing)} of {verdict.n_judges}" if verdict else None,
            }
            | {name: said.get(name) for name in judges}
            | {"problem": one.problem}
        )
    return pd.DataFrame(rows)


def _rank(name: str) -> int:
    return CLASSIFIER_PRIORITY.index(name) if name in CLASSIFIER_PRIORITY else len(CLASSIFIER_PRIORITY)
