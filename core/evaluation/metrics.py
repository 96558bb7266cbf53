"""Figures of merit, as pure functions of ids, labels and scores.

Retrieval functions take the ids of the hits in their order. They do not know the query: whoever calls them
leaves the query's own id out of the hits and of the relevant ids, and settles ties before.
"""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from core.errors import TrainingError

SMALLEST_PROBABILITY = 1e-7
"""What a probability is taken for, at least, in a logarithm. Keras's own limit."""


def precision_at_k(hits: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of relevant ids among the first `k` hits.

    The denominator is `k`, also where there are fewer hits: places left empty count as wrong.

    Examples
    --------
    >>> precision_at_k(["a", "b", "c"], {"a", "c"}, k=2)
    0.5
    """
    first = _first(hits, k)
    return sum(hit in relevant for hit in first) / k


def recall_at_k(hits: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Whether any of the first `k` hits is relevant: 1.0 or 0.0.

    The mean over queries is the share of queries with a relevant hit, also called hit rate or success. It is
    not the share of the relevant ids found, which is below k / 1,000 where a thousand are relevant. Without
    relevant ids it is 0.
    """
    return float(any(hit in relevant for hit in _first(hits, k)))


def average_precision(hits: Sequence[str], relevant: Collection[str]) -> float:
    """Mean of the precision at the place of each relevant id.

    The denominator is the number of relevant ids, so one that is not among the hits adds 0. (Some tools
    divide by the number of relevant hits, or by k.) Without relevant ids it is 0.

    Examples
    --------
    >>> average_precision(["a", "x", "b"], {"a", "b"})  # (1/1 + 2/3) / 2
    0.8333333333333333
    """
    if not relevant:
        return 0.0
    places = [place for place, hit in enumerate(_first(hits, max(1, len(hits))), start=1) if hit in relevant]
    return sum(found / place for found, place in enumerate(places, start=1)) / len(set(relevant))


def mean_average_precision(hits: Iterable[Sequence[str]], relevant: Iterable[Collection[str]]) -> float:
    """Mean of `average_precision` over queries, each counting once.

    Raises
    ------
    TrainingError
        If there is no query.
    """
    precisions = [average_precision(*query) for query in zip(hits, relevant, strict=True)]
    if not precisions:
        raise TrainingError("There is no query to measure retrieval with; give at least one.")
    return sum(precisions) / len(precisions)


def accuracy(true: Sequence[str], predicted: Sequence[str]) -> float:
    """Share of pictures whose predicted label is the true one.

    Raises
    ------
    TrainingError
        If there are no pictures, or not one prediction for each. So too below.
    """
    _check_pairs(true, predicted)
    return float(np.mean(np.asarray(true, str) == np.asarray(predicted, str)))


def confusion(true: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    """Count pictures by true and predicted label.

    Returns
    -------
    int64 array (len(labels), len(labels))
        Row *i*, column *j*: pictures of ``labels[i]`` predicted to be ``labels[j]``.
    """
    _check_pairs(true, predicted)
    _check_labels([*true, *predicted], labels)
    return confusion_matrix(list(true), list(predicted), labels=list(labels))


def per_class(
    true: Sequence[str], predicted: Sequence[str], labels: Sequence[str]
) -> dict[str, dict[str, float | int]]:
    """Precision, recall, F1 and number of pictures of each label.

    Precision of a label never predicted, recall of one without pictures, and F1 of one that is neither are 0,
    as in ``sklearn.metrics`` with ``zero_division=0``.

    Returns
    -------
    dict of label to dict
        Keys ``precision``, ``recall``, ``f1``, and ``n``, the number of pictures of that true label.
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
    figures = per_class(true, predicted, labels).values()
    return sum(figure["f1"] for figure in figures) / len(labels)


def macro_recall(true: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> float:
    """Mean recall of the `labels` that have pictures, each counting once (balanced accuracy)."""
    recalls = [figure["recall"] for figure in per_class(true, predicted, labels).values() if figure["n"]]
    return sum(recalls) / len(recalls)


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
) -> list[dict[str, float | int | None]]:
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
    list of n_bins dict
        Keys ``low``, ``high``, ``n``, and ``confidence`` (mean) and ``accuracy``, None where ``n`` is 0.
    """
    probabilities, columns = _checked_probabilities(true, probabilities, labels)
    confidences = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == columns
    edges = np.linspace(0, 1, n_bins + 1)
    bin_of = np.clip(np.digitize(confidences, edges, right=True) - 1, 0, n_bins - 1)
    bins = []
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
    bins = [a_bin for a_bin in reliability_bins(true, probabilities, labels, n_bins) if a_bin["n"]]
    gaps = sum(a_bin["n"] * abs(a_bin["accuracy"] - a_bin["confidence"]) for a_bin in bins)
    return gaps / sum(a_bin["n"] for a_bin in bins)


def threshold_for_precision(
    scores: np.ndarray, relevant: np.ndarray, precision: float = 0.95
) -> float | None:
    """Lowest score such that, of the hits at or above it, at least this share are relevant.

    Parameters
    ----------
    scores : float array (n,)
        Of hits of many queries together.
    relevant : bool array (n,)
    precision : float

    Returns
    -------
    float or None
        One of `scores`, or None where no threshold reaches that share.
    """
    scores, relevant = np.asarray(scores), np.asarray(relevant, bool)
    _check_pairs(scores, relevant)
    order = np.argsort(-scores, kind="stable")
    scores, relevant = scores[order], relevant[order]
    share = np.cumsum(relevant) / np.arange(1, len(scores) + 1)
    # A threshold takes all of the equal scores or none, so only the last of them can be one.
    last = np.append(scores[1:] != scores[:-1], True)
    reaching = np.flatnonzero(last & (share >= precision))
    return float(scores[reaching[-1]]) if len(reaching) else None


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


def _first(hits: Sequence[str], k: int) -> Sequence[str]:
    if k < 1:
        raise TrainingError(f"A figure at {k} hits was asked for; ask for at least 1.")
    if len(set(hits)) != len(hits):
        raise TrainingError("A list of hits names a product twice; each may stand in it once.")
    return hits[:k]


def _check_pairs(true: Sequence, predicted: Sequence) -> None:
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
