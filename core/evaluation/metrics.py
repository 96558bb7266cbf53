"""Figures of merit, as pure functions of labels, probabilities, and of what is right in a ranking.

Retrieval functions take one query's ranking as truth values, nearest hit first. They do not know the query:
whoever calls them leaves the query's own product out, and settles ties before.
"""

from collections.abc import Iterable, Sequence, Sized
from typing import TypedDict

import numpy as np
from sklearn.metrics import confusion_matrix as count_pairs
from sklearn.metrics import precision_recall_fscore_support

from core.errors import TrainingError

SMALLEST_PROBABILITY = 1e-7
"""What a probability is taken for, at least, in a logarithm. Keras's own limit."""


class LabelFigures(TypedDict):
    """How one label was told from the others; `n` is the number of pictures of that true label."""

    precision: float
    recall: float
    f1: float
    n: int


class ReliabilityBin(TypedDict):
    """The predictions of one range of confidence; means are None where there are none."""

    low: float
    high: float
    n: int
    confidence: float | None
    accuracy: float | None


def precision_at_k(relevant: np.ndarray, k: int) -> float:
    """Share of relevant hits among the first `k`.

    The denominator is `k`, also where there are fewer hits: places left empty count as wrong.

    Parameters
    ----------
    relevant : bool array (n,)
        Whether each hit is relevant, nearest first.
    k : int
        At least 1.

    Examples
    --------
    >>> precision_at_k(np.array([True, False, True]), k=2)
    0.5
    """
    return float(relevant[:k].sum() / k)


def recall_at_k(relevant: np.ndarray, k: int) -> float:
    """Whether any of the first `k` hits is relevant: 1.0 or 0.0.

    The mean over queries is the share of queries with a relevant hit, also called hit rate or success. It is
    not the share of the relevant products found, which is below k / 1,000 where a thousand are relevant.

    Parameters
    ----------
    relevant, k
        As in `precision_at_k`.

    Examples
    --------
    >>> recall_at_k(np.array([False, True]), k=1), recall_at_k(np.array([False, True]), k=2)
    (0.0, 1.0)
    """
    return float(relevant[:k].any())


def average_precision(relevant: np.ndarray) -> float:
    """Mean of the precision at the place of each relevant product.

    Parameters
    ----------
    relevant : bool array (n,)
        The full ranking: every product of the gallery, nearest first. So the denominator is the number of
        relevant products. (Some tools divide by the number among the first k, or by k.) Without any it is 0.

    Examples
    --------
    >>> average_precision(np.array([True, False, True]))  # (1/1 + 2/3) / 2
    0.8333333333333333
    """
    places = np.flatnonzero(relevant) + 1
    return float(np.mean(np.arange(1, len(places) + 1) / places)) if len(places) else 0.0


def accuracy(true: Sequence[str], predicted: Sequence[str]) -> float:
    """Share of pictures whose predicted label is the true one.

    Raises
    ------
    TrainingError
        If there are no pictures, or not one prediction for each. So too below.
    """
    _check_pairs(true, predicted)
    return float(np.mean(np.asarray(true, str) == np.asarray(predicted, str)))


def confusion_matrix(true: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    """Count pictures by true and predicted label.

    Returns
    -------
    int64 array (len(labels), len(labels))
        Row *i*, column *j*: pictures of ``labels[i]`` predicted to be ``labels[j]``.
    """
    _check_pairs(true, predicted)
    _check_labels([*true, *predicted], labels)
    return count_pairs(list(true), list(predicted), labels=list(labels))


def per_class_metrics(
    true: Sequence[str], predicted: Sequence[str], labels: Sequence[str]
) -> dict[str, LabelFigures]:
    """Precision, recall, F1 and number of pictures of each label.

    Precision of a label never predicted, recall of one without pictures, and F1 of one that is neither are 0,
    as in ``sklearn.metrics`` with ``zero_division=0``.

    Returns
    -------
    dict of label to LabelFigures
    """
    _check_pairs(true, predicted)
    _check_labels([*true, *predicted], labels)
    figures = precision_recall_fscore_support(
        list(true), list(predicted), labels=list(labels), average=None, zero_division=0
    )
    return {
        label: {"precision": float(precision), "recall": float(recall), "f1": float(f1), "n": int(n)}
        for label, precision, recall, f1, n in zip(labels, *figures, strict=True)
    }


def macro_f1(true: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> float:
    """Mean F1 of `labels`, each counting once, with 0 for one that has no pictures."""
    figures = per_class_metrics(true, predicted, labels).values()
    return sum(figure["f1"] for figure in figures) / len(labels)


def log_loss(true: Sequence[str], probabilities: np.ndarray, labels: Sequence[str]) -> float:
    """Mean negative natural logarithm of the true label's probability (cross entropy).

    Probabilities are taken for at least 1e-7, so that one sure mistake does not make the mean infinite.

    Parameters
    ----------
    true : sequence of str, length n
    probabilities : float array (n, len(labels))
        Rows sum to 1.
    labels : sequence of str
        In the order of the columns.
    """
    probabilities, columns = _checked_probabilities(true, probabilities, labels)
    of_true = probabilities[np.arange(len(columns)), columns]
    return float(-np.log(np.clip(of_true, SMALLEST_PROBABILITY, 1)).mean())


def reliability_bins(
    true: Sequence[str], probabilities: np.ndarray, labels: Sequence[str], n_bins: int = 15
) -> list[ReliabilityBin]:
    """How often predictions of each confidence are right.

    A prediction is the label of highest probability (the first of equal ones), and that its confidence.

    Parameters
    ----------
    true, probabilities, labels
        As in `log_loss`.
    n_bins : int
        Intervals of equal width from 0 to 1, open below and closed above; the first also holds 0.

    Returns
    -------
    list of n_bins ReliabilityBin
    """
    probabilities, columns = _checked_probabilities(true, probabilities, labels)
    confidences = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == columns
    edges = np.linspace(0, 1, n_bins + 1)
    bin_of = np.clip(np.digitize(confidences, edges, right=True) - 1, 0, n_bins - 1)
    bins: list[ReliabilityBin] = []
    for number in range(n_bins):
        inside = bin_of == number
        n = int(inside.sum())
        bins.append(
            {
                "low": float(edges[number]),
                "high": float(edges[number + 1]),
                "n": n,
                "confidence": float(confidences[inside].mean()) if n else None,
                "accuracy": float(right[inside].mean()) if n else None,
            }
        )
    return bins


def expected_calibration_error(
    true: Sequence[str], probabilities: np.ndarray, labels: Sequence[str], n_bins: int = 15
) -> float:
    """By how much confidence and accuracy differ, on average over predictions.

    The sum over the bins of `reliability_bins` of ``n / N * |accuracy - confidence|``, with 15 bins, as in
    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks" (2017), equation 3.
    """
    bins = reliability_bins(true, probabilities, labels, n_bins)
    gaps = sum(
        a_bin["n"] * abs(a_bin["accuracy"] - a_bin["confidence"])
        for a_bin in bins
        if a_bin["accuracy"] is not None and a_bin["confidence"] is not None
    )
    return gaps / sum(a_bin["n"] for a_bin in bins)


def bootstrap_intervals(
    values: np.ndarray, *, n_resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> np.ndarray:
    """Between which bounds the mean would lie for other queries of the same kind.

    Percentile bootstrap (Efron 1979): queries are drawn again, as many, with replacement. All columns use the
    same draws.

    Parameters
    ----------
    values : float array (n, figures)
        One row a query.
    n_resamples : int
    level : float
        Share of the resampled means that lie inside.
    seed : int
        The same seed gives the same bounds.

    Returns
    -------
    float64 array (figures, 2)
        Lower and upper bound of the mean of each column.
    """
    values = np.asarray(values, np.float64)
    if not len(values):
        raise TrainingError("There is no query to draw an interval from; give at least one.")
    generator = np.random.default_rng(seed)
    means = np.empty((n_resamples, values.shape[1]))
    for resample in range(n_resamples):
        drawn = generator.integers(len(values), size=len(values))
        means[resample] = np.bincount(drawn, minlength=len(values)) @ values / len(values)
    outside = (1 - level) / 2
    return np.quantile(means, [outside, 1 - outside], axis=0).T


def _check_pairs(true: Sized, predicted: Sized) -> None:
    if len(true) != len(predicted):
        raise TrainingError(
            f"{len(true)} true labels came with {len(predicted)} predictions; give one for each."
        )
    if len(true) == 0:
        raise TrainingError("There is no prediction to measure; give at least one picture of a known label.")


def _check_labels(given: Iterable[str], labels: Sequence[str]) -> None:
    unknown = sorted(set(given) - set(labels))
    if unknown:
        raise TrainingError(
            f"{unknown[0]} is none of the labels {', '.join(labels)}; leave its pictures out."
        )


def _checked_probabilities(
    true: Sequence[str], probabilities: np.ndarray, labels: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities as float64, and the column of each true label."""
    probabilities = np.asarray(probabilities, np.float64)
    _check_pairs(true, probabilities)
    _check_labels(true, labels)
    if probabilities.shape != (len(true), len(labels)) or not np.isfinite(probabilities).all():
        raise TrainingError(
            f"The probabilities have the shape {probabilities.shape} or hold NaN; "
            f"{len(true)} rows of {len(labels)} numbers are expected."
        )
    column_of = {label: column for column, label in enumerate(labels)}
    return probabilities, np.array([column_of[label] for label in true])
