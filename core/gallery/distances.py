"""Distances other than the cosine: rows as their extractor gave them in, scores out.

A score is higher for what is nearer, 1 for what is the same, and lies between 0 and 1:

=============  ========================================================================================
distance       score
=============  ========================================================================================
euclidean      ``1 / (1 + d / s)``, where ``s`` is how far two products of the gallery lie apart on average:
               0.5 is as far as any two
weighted       the same of the Colour Layout Descriptor's distance (ISO/IEC 15938-8)
intersection   the share that two histograms have in common (Swain and Ballard 1991)
jaccard        bits set in both by bits set in either; 1 where none is set in either
hamming        the share of bits that are the same
=============  ========================================================================================

Scores are rounded to multiples of 2**-24, as cosines are, so that equal rows score equally.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.errors import SearchError
from core.models.compared.methods import Distance, extractor_and_distance

SAMPLED = 128
"""Rows, evenly spaced, among which the mean distance of two products is measured."""

_VALUES_AT_ONCE = 2**21


@dataclass(frozen=True, eq=False)
class DistanceIndex:
    """The rows of a gallery, ready to be scored by one distance. Never changed once made.

    Attributes
    ----------
    distance : Distance
        Any but the cosine.
    rows : float32 array (n, dimension)
        Of the length that their extractor gave them.
    apart : float, optional
        How far two products lie apart on average; measured on the rows by default.

    Examples
    --------
    >>> rows = np.array([[0, 0], [3, 4], [0, 4]], np.float32)
    >>> index = DistanceIndex(Distance.EUCLIDEAN, rows)
    >>> index.mean_distance, [round(float(score), 3) for score in index.scores(np.array([0.0, 0.0]))]
    (4.0, [1.0, 0.444, 0.5])
    """

    distance: Distance
    rows: np.ndarray
    apart: float | None = None

    def scores(self, query: np.ndarray) -> np.ndarray:
        """Score every row against one query, float32 (n,)."""
        return self.scores_of(np.asarray(query)[None])[0]

    def scores_of(self, queries: np.ndarray) -> np.ndarray:
        """Score every row against each query.

        Parameters
        ----------
        queries : float array (m, dimension)
            Of the length that the extractor gave them.

        Returns
        -------
        float32 array (m, n)

        Raises
        ------
        SearchError
            If a query has another dimension, NaN or an infinity.
        """
        queries = np.asarray(queries, np.float64)
        if queries.shape[1:] != self.rows.shape[1:] or not np.isfinite(queries).all():
            raise SearchError(
                f"A query has the shape {queries.shape[1:]} or holds NaN; expected are "
                f"{self.rows.shape[1]} finite numbers, of the extractor that made the gallery."
            )
        found = _MEASURES[self.distance](self.rows, queries)
        if self.distance in _UNBOUNDED:
            found = 1 / (1 + found / self.mean_distance)
        return (np.rint(found * 2**24) / 2**24).astype(np.float32)

    @cached_property
    def mean_distance(self) -> float:
        """How far two products lie apart on average; 1 where all are the same."""
        if self.apart is not None:
            return self.apart
        n = len(self.rows)
        sampled = self.rows[np.unique(np.linspace(0, n - 1, min(SAMPLED, n)).astype(int))] if n else self.rows
        apart = _MEASURES[self.distance](sampled, sampled.astype(np.float64))
        pairs = apart[np.triu_indices(len(sampled), 1)]
        return float(pairs.mean()) if pairs.size and pairs.any() else 1.0


def check_distance(distance: Distance, extractor: str) -> None:
    """Refuse a distance that an extractor's vectors are not made for.

    Raises
    ------
    SearchError
    """
    extractor_and_distance(f"{extractor}:{distance}")


def layout_weights(dimension: int) -> list[np.ndarray]:
    """Give the weight of each coefficient in the Colour Layout Descriptor's distance.

    Those of the reference software: 2, 2, 2, then 1 for brightness; 2, then 1 for blue; 4, 2, 2, then 1 for
    red.

    Parameters
    ----------
    dimension : int
        12 (6, 3 and 3 coefficients) or 192 (64 of each).

    Returns
    -------
    list of 3 float64 arrays

    Examples
    --------
    >>> [weights.tolist() for weights in layout_weights(12)]
    [[2.0, 2.0, 2.0, 1.0, 1.0, 1.0], [2.0, 1.0, 1.0], [4.0, 2.0, 2.0]]
    """
    n_chroma = dimension // 4 if dimension == 12 else dimension // 3
    counts = (dimension - 2 * n_chroma, n_chroma, n_chroma)
    weights = [np.ones(count) for count in counts]
    weights[0][:3] = 2
    weights[1][0] = 2
    weights[2][:3] = (4, 2, 2)
    return weights


def _euclidean(rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Distances, float64 (m, n). Of squares and products in float64, since they nearly cancel when near."""
    squares = np.einsum("nd,nd->n", rows, rows, dtype=np.float64)
    products = np.empty((len(queries), len(rows)))
    for part in _blocks(rows):
        products[:, part] = queries @ rows[part].astype(np.float64).T
    of_both = np.einsum("md,md->m", queries, queries)[:, None] + squares
    apart = of_both - 2 * products
    # What rounding leaves of the difference of equal rows is no distance.
    rounding = (rows.shape[1] + 8) * np.finfo(np.float64).eps * of_both
    return np.sqrt(np.where(apart <= rounding, 0, apart))


def _weighted(rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Sum the roots of the weighted squares of the three planes."""
    total, first = np.zeros((len(queries), len(rows))), 0
    for weights in layout_weights(rows.shape[1]):
        plane = slice(first, first + len(weights))
        scale = np.sqrt(weights)
        total += _euclidean(rows[:, plane] * scale, queries[:, plane] * scale)
        first += len(weights)
    return total


def _intersection(rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
    common = np.empty((len(queries), len(rows)))
    sums = rows.sum(axis=1, dtype=np.float64)
    for number, query in enumerate(queries):
        held = np.flatnonzero(query)  # a picture has few of all colours
        for part in _blocks(rows):
            shared = np.minimum(rows[part][:, held], query[held].astype(np.float32))
            common[number, part] = shared.sum(axis=1, dtype=np.float64)
    return common / np.maximum(np.maximum(sums, queries.sum(axis=1)[:, None]), 1e-12)


def _jaccard(rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
    bits, asked = rows > 0, queries > 0
    both = _products(bits, asked)
    either = asked.sum(axis=1)[:, None] + bits.sum(axis=1) - both
    return np.where(either == 0, 1, both / np.maximum(either, 1))


def _hamming(rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
    bits, asked = rows > 0, queries > 0
    same = _products(bits, asked) + _products(~bits, ~asked)
    return same / rows.shape[1]


def _products(bits: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Count the places that are set in both, (m, n): whole numbers, which float32 holds exactly."""
    return asked.astype(np.float32) @ bits.T.astype(np.float32)


def _blocks(rows: np.ndarray) -> list[slice]:
    step = max(1, _VALUES_AT_ONCE // max(1, rows.shape[1]))
    return [slice(start, start + step) for start in range(0, len(rows), step)]


Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]

_MEASURES: dict[Distance, Measure] = {
    Distance.EUCLIDEAN: _euclidean,
    Distance.WEIGHTED: _weighted,
    Distance.INTERSECTION: _intersection,
    Distance.JACCARD: _jaccard,
    Distance.HAMMING: _hamming,
}
"""Distances where they have no bound, else the share in common."""

_UNBOUNDED = (Distance.EUCLIDEAN, Distance.WEIGHTED)
