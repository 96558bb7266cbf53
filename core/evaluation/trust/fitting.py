"""Fit on judged pictures what scores and judges are worth: the content of `calibration.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.evaluation.trust.judging import JudgedView
from core.labels import is_of_kind
from core.retrieval.verdicts.calibration import (
    JudgeAccuracy,
    LogisticWeights,
    ReliabilityBin,
    ScoreCalibration,
    known_from,
)
from core.retrieval.verdicts.verdict import reach_verdict

VERY_CLOSE, CLOSE = 0.9, 0.6
"""Shares of right hits at a score from which on it is called so."""

EDGES = np.round(np.linspace(0.0, 1.0, 21), 2)
"""Of the bins of the reliability curve."""

MOST_DOUBTED = 0.03
"""Share of garments of which it may be said that nothing is close."""

KNOWN_MARGINS = tuple(0.5 * step for step in range(9))
"""From the classifier's own limit upwards."""

MARGINS = tuple(round(0.02 * step, 2) for step in range(16))
MOST_LOST = 0.01
"""Share of right hits that a group of pictures may lose by putting a sure class first."""

REGULARISATION = 1.0
"""Inverse strength of the L2 penalty of a logistic regression."""


def fit_scores(judged: Sequence[JudgedView]) -> ScoreCalibration:
    """Say by the share of right hits what scores mean: isotonic regression (Zadrozny and Elkan, 2002).

    Photographs laid flat count as much as garments worn. Of a picture with nothing in it that is said, and
    its hits count for nothing.
    """
    from sklearn.isotonic import IsotonicRegression

    judged = [view for view in judged if view.kinds]
    scores = np.concatenate([view.scores for view in judged])
    right = np.concatenate([view.right for view in judged])
    weights = np.repeat(balanced_weights([view.source for view in judged]), [len(v.scores) for v in judged])
    fitted = IsotonicRegression(out_of_bounds="clip").fit(scores, right, weights)
    grid = np.round(np.arange(0, 1.0001, 0.005), 3)
    shares = fitted.predict(grid)
    close = _least(grid, shares, CLOSE)
    return ScoreCalibration(
        very_close=_least(grid, shares, VERY_CLOSE),
        close=close,
        right_from_close=float(right[scores >= close].mean()) if (scores >= close).any() else 0.0,
        curve=reliability_curve(scores, right),
    )


def _least(grid: np.ndarray, shares: np.ndarray, share: float) -> float:
    reached = np.flatnonzero(shares >= share)
    return float(grid[reached[0]]) if len(reached) else 1.01  # more than any score


def reliability_curve(scores: np.ndarray, right: np.ndarray) -> tuple[ReliabilityBin, ...]:
    """Count hits by score, and the right ones among them; bins without any are left out.

    Examples
    --------
    >>> curve = reliability_curve(np.array([0.91, 0.93]), np.array([1, 0]))
    >>> [(each.least, each.n, each.right) for each in curve]
    [(0.9, 2, 0.5)]
    """
    places = np.clip(np.searchsorted(EDGES, scores, side="right") - 1, 0, len(EDGES) - 2)
    return tuple(
        ReliabilityBin(
            float(EDGES[place]),
            float(EDGES[place + 1]),
            int((places == place).sum()),
            float(right[places == place].mean()),
        )
        for place in np.unique(places)
    )


def fit_logistic(
    values: Sequence[Mapping[str, float]], target: Sequence[bool], weights: np.ndarray, *, limit: float
) -> LogisticWeights:
    """Fit a logistic regression on named features."""
    from sklearn.linear_model import LogisticRegression

    names = list(values[0])
    rows = np.array([[each[name] for name in names] for each in values])
    scale = np.maximum(rows.std(axis=0), 1e-6)
    fitted = LogisticRegression(C=REGULARISATION).fit(rows / scale, target, sample_weight=weights)
    features = dict(zip(names, (float(weight) for weight in fitted.coef_[0] / scale), strict=True))
    return LogisticWeights(features, float(fitted.intercept_[0]), limit)


def balanced_weights(groups: Sequence[object]) -> np.ndarray:
    """Weigh rows so that every group counts the same, and all rows together as many as there are.

    Examples
    --------
    >>> balanced_weights(["laid", "laid", "laid", "worn"]).round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    names = list(dict.fromkeys(groups))
    places = np.array([names.index(group) for group in groups])
    counts = np.bincount(places)
    return (len(groups) / len(names) / counts)[places]


def fit_judges(judged: Sequence[JudgedView]) -> dict[str, JudgeAccuracy]:
    """Count how often each judge says rightly what photographs show, by `Evidence.agrees`.

    Photographs laid flat count as much as garments worn. Those whose label leaves open which class they are
    of count for nothing, and so does, for one judge, a photograph about which it cannot know.
    """
    said: dict[str, list[tuple[str, bool]]] = {}
    for view in judged:
        if not view.kinds or view.known is None:
            continue
        for judge in view.verdict.opinions:
            answers = [view.evidence.agrees(judge, kind) for kind in view.kinds]
            if answers != [None] * len(answers):
                said.setdefault(judge, []).append((view.source, any(answers)))
    return {
        judge: JudgeAccuracy(
            len(answers),
            float(
                np.average(
                    [right for _, right in answers],
                    weights=balanced_weights([source for source, _ in answers]),
                )
            ),
        )
        for judge, answers in said.items()
    }


def fit_something(judged: Sequence[JudgedView]) -> LogisticWeights:
    """Tell pictures of garments from pictures of nothing; `MOST_DOUBTED` of garments are below the limit."""
    values = [view.something for view in judged]
    garment = [bool(view.kinds) for view in judged]
    fitted = fit_logistic(values, garment, balanced_weights(garment), limit=0.5)
    of_garments = [fitted.probability(each) for each, shown in zip(values, garment, strict=True) if shown]
    return LogisticWeights(fitted.features, fitted.bias, float(np.quantile(of_garments, MOST_DOUBTED)))


def choose_known_margin(judged: Sequence[JudgedView]) -> float:
    """Choose from which margin on the classifier's word that a photograph is one of the classes counts.

    The least of `KNOWN_MARGINS` by which verdicts are right most often on whether it is one: garments of the
    classes and others, laid flat and worn, count the same.

    Parameters
    ----------
    judged : sequence of JudgedView
        Judged without a margin.
    """
    return max(KNOWN_MARGINS, key=lambda margin: _balanced_known(judged, margin))


def _balanced_known(judged: Sequence[JudgedView], margin: float) -> float:
    right: dict[tuple[str, bool], list[bool]] = {}
    for view in judged:
        if view.kinds and view.known is not None:
            predictions = [known_from(said, margin) for said in view.evidence.predictions]
            verdict = reach_verdict(replace(view.evidence, predictions=predictions))
            right.setdefault((view.source, view.known), []).append(verdict.known == view.known)
    return float(np.mean([np.mean(each) for each in right.values()])) if right else 0.0


def choose_class_margin(judged: Sequence[JudgedView]) -> float:
    """Choose how far below the best of all the best hit of a sure class may be for it to come first.

    The largest margin of `MARGINS` by which no group of pictures finds fewer right products among its first
    12 than by score alone, by more than `MOST_LOST`.
    """
    chosen = 0.0
    for margin in MARGINS:
        changes: dict[tuple[str, str], list[float]] = {}
        for view in judged:
            if view.kinds:
                plain, first = shares_right(view, margin)
                changes.setdefault((view.source, view.group), []).append(first - plain)
        if min(float(np.mean(each)) for each in changes.values()) < -MOST_LOST:
            break
        chosen = margin
    return chosen


def shares_right(view: JudgedView, margin: float) -> tuple[float, float]:
    """Give the share of right products among the first 12 by score alone, and with the sure class first.

    Where a class comes first, all of the first 12 are of it: catalogues that are measured on have so many.
    """
    plain = float(view.right.mean())
    if view.sure is None:
        return plain, plain
    agree = view.evidence.crowd_is(view.sure)
    near = view.class_scores.get(view.sure, -1.0) >= view.scores[0] - margin
    if not (agree or near):
        return plain, plain
    return plain, float(any(is_of_kind(view.sure, kind) for kind in view.kinds))
