"""Nearest neighbours by cosine: ids and vectors in, ids and scores out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.errors import SearchError
from core.gallery.engines.product_rows import row_in

if TYPE_CHECKING:
    from sklearn.neighbors import NearestNeighbors

# How many candidates beyond those asked for are fetched, so that ties at the end can be told apart.
SLACK = 32

# A block of rows that stays in the processor's cache while it is widened to float64.
ROWS_AT_ONCE = 1024

# What the scores and sort keys of one chunk of queries may take, however many queries come at once.
BYTES_AT_ONCE = 64 * 2**20


@dataclass(frozen=True)
class Neighbours:
    """The nearest products to one query, nearest first.

    Attributes
    ----------
    ids : tuple of str
        Product ids.
    scores : float32 array (len(ids),)
        Cosine similarities, from -1 to 1, falling.
    rows : int64 array (len(ids),)
        Their rows in the gallery.
    """

    ids: tuple[str, ...]
    scores: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


class Index:
    """The gallery, ready to be searched.

    It never changes once made, so one index serves all visitors from as many threads as there are.

    Parameters
    ----------
    ids : sequence of str, length n
        Product ids, each once. Their order settles ties.
    vectors : float array (n, dimension)
        Row *i* belongs to ``ids[i]``. Brought to unit length and kept as float32, in a copy. A zero vector
        has no direction: it stays zero and scores 0 with every query.

    Raises
    ------
    SearchError
        If ids repeat, do not match the rows, or a vector holds NaN or an infinity.

    Examples
    --------
    >>> index = Index(["a", "b", "c"], np.array([[1, 0], [0, 1], [3, 4]], np.float32))
    >>> index.search(np.array([0, 2.0]), k=2)[0].ids
    ('b', 'c')

    Notes
    -----
    Neighbours are found roughly and then scored exactly. One query is multiplied with the gallery in float32;
    many at once go through ``sklearn.neighbors.NearestNeighbors(metric="cosine")``, which brings a copy of
    the gallery to unit length at every call: for a single query that takes ten times the product itself
    (`benchmarks.bench_search`), among many it does not count. Both leave open which of equal scores come, so
    a few more than asked for are fetched, scored again in float64, and sorted by score and row; where the tie
    reaches beyond them, the exact product over all rows decides. Neither leaves rows out: what a filter
    leaves is ranked by `scores`.
    """

    def __init__(self, ids: Sequence[str], vectors: np.ndarray) -> None:
        self.ids = tuple(str(product_id) for product_id in ids)
        self._row_of = {product_id: row for row, product_id in enumerate(self.ids)}
        if len(self._row_of) != len(self.ids):
            twice = next(p for row, p in enumerate(self.ids) if self._row_of[p] != row)
            raise SearchError(f"The index was given the product id {twice} twice; ids must be unique.")
        vectors = np.asarray(vectors)
        if vectors.ndim != 2 or len(vectors) != len(self.ids):
            raise SearchError(
                f"The index was given {len(self.ids)} ids and vectors of shape {vectors.shape}; "
                "it expects one row for each id."
            )
        self.vectors, self._lengths = _unit_rows_and_lengths(vectors, "the gallery", np.float32)
        self.vectors.flags.writeable = False

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, product_id: object) -> bool:
        return product_id in self._row_of

    @cached_property
    def _engine(self) -> "NearestNeighbors":
        # Loading it takes most of a second, which a page that asks one query at a time need not wait for.
        from sklearn.neighbors import NearestNeighbors

        return NearestNeighbors(metric="cosine", algorithm="brute").fit(self.vectors)

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self.vectors.shape[1]

    def given_vectors(self, rows: Sequence[int] | slice = slice(None)) -> np.ndarray:
        """Give vectors of the length that they were given in, float32 (r, dimension), a copy."""
        return (self.vectors[rows] * self._lengths[rows, None]).astype(np.float32)

    def row(self, product_id: str) -> int:
        """Row of a product in the gallery.

        Raises
        ------
        SearchError
            If there is no such product.
        """
        return row_in(self._row_of, product_id)

    def scores(self, query: np.ndarray) -> np.ndarray:
        """Cosine similarity of one query to the gallery, in the gallery's order.

        Parameters
        ----------
        query : float array (dimension,)
            Of any length; only its direction counts.

        Returns
        -------
        float32 array (n,)
        """
        queries = self._checked_queries(query)
        if len(queries) != 1:
            raise SearchError(f"Scores are for one query at a time, but {len(queries)} were given.")
        return cosine_scores(self.vectors, queries)[0]

    def search(
        self,
        queries: np.ndarray,
        k: int,
        *,
        exclude: Sequence[str | None] | str | None = None,
    ) -> list[Neighbours]:
        """Find the `k` nearest products to each query.

        Parameters
        ----------
        queries : float array (m, dimension) or (dimension,)
            Of any length; only their direction counts. A zero query scores 0 with everything.
        k : int
            How many, at least 1. Where fewer are left, all of them come.
        exclude : sequence of m ids or None, or one id, optional
            For each query the product that is no hit, usually itself. An id that the gallery lacks excludes
            nothing.

        Returns
        -------
        list of m Neighbours
            Highest score first, equal scores in the gallery's order.

        Raises
        ------
        SearchError
            If a query has another dimension, NaN or an infinity, or an argument does not fit the others.
        """
        queries = self._checked_queries(queries)
        if k < 1:
            raise SearchError(f"{k} hits were asked for; ask for at least 1.")
        without = self._excluded_rows(exclude, len(queries))
        found: list[Neighbours] = []
        wanted = k + 1 + SLACK  # one more, for the excluded
        find = self._by_candidates if wanted < len(self) // 2 else self._by_product
        step = max(1, BYTES_AT_ONCE // (24 * max(1, len(self))))
        for start in range(0, len(queries), step):
            part = slice(start, start + step)
            found.extend(find(queries[part], k, without[part]))
        return found

    def _by_candidates(self, queries: np.ndarray, k: int, without: np.ndarray) -> list[Neighbours]:
        """Search the whole gallery roughly, then score what was found exactly, settling ties."""
        candidates_of, lowest = self._candidates(queries.astype(np.float32), k + 1 + SLACK)
        # By how much a float32 product may differ from the exact score: one rounding for each addend.
        margin = (self.dimension + 8) * np.finfo(np.float32).eps
        found = []
        for query, last, candidates, excluded in zip(queries, lowest, candidates_of, without, strict=True):
            candidates = np.sort(candidates)  # so that a stable ranking of them follows the gallery
            candidates = candidates[candidates != excluded]
            scores = cosine_scores(self.vectors, query[None], candidates)
            order = argsort_by_score(scores, k)[0]
            if scores[0, order[-1]] > last + margin:
                found.append(self._neighbours(candidates[order], scores[0, order]))
            else:
                found.extend(self._by_product(query[None], k, np.array([excluded])))
        return found

    def _candidates(self, queries: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the rows of the `n` highest scores of each query in float32, in any order, and the lowest."""
        if len(queries) > 1:
            distances, rows = self._engine.kneighbors(queries, n)
            return rows, 1 - distances.max(axis=1)
        scores = self.vectors @ queries[0]
        rows = np.argpartition(scores, -n)[-n:]
        return rows[None], scores[rows].min(keepdims=True)

    def _by_product(self, queries: np.ndarray, k: int, without: np.ndarray) -> list[Neighbours]:
        """Search the whole gallery by scoring every row."""
        scores = cosine_scores(self.vectors, queries)
        found = []
        # The excluded is dropped from the ranking rather than from the scores, so k + 1 are ranked.
        for of_query, order, excluded in zip(scores, argsort_by_score(scores, k + 1), without, strict=True):
            order = order[order != excluded][:k]
            found.append(self._neighbours(order, of_query[order]))
        return found

    def _neighbours(self, rows: np.ndarray, scores: np.ndarray) -> Neighbours:
        return Neighbours(tuple(self.ids[row] for row in rows), scores, rows)

    def _checked_queries(self, queries: np.ndarray) -> np.ndarray:
        queries = np.atleast_2d(np.asarray(queries))
        if queries.ndim != 2 or queries.shape[1] != self.dimension:
            raise SearchError(
                f"A query has the shape {queries.shape[1:]}, but this index holds vectors of "
                f"{self.dimension} numbers; embed the query with the extractor that made the index."
            )
        return unit_rows(queries, "the query", np.float64)

    def _excluded_rows(self, exclude: Sequence[str | None] | str | None, n_queries: int) -> np.ndarray:
        """Row to leave out for each query, -1 where there is none."""
        if exclude is None:
            return np.full(n_queries, -1)
        exclude = [exclude] if isinstance(exclude, str) else exclude
        if len(exclude) != n_queries:
            raise SearchError(
                f"{len(exclude)} excluded ids do not match the {n_queries} queries; give each one."
            )
        return np.array([-1 if own is None else self._row_of.get(own, -1) for own in exclude], np.int64)


def unit_rows(vectors: np.ndarray, whose: str = "the input", dtype: type = np.float32) -> np.ndarray:
    """Bring each row to unit length; zero rows stay zero.

    Parameters
    ----------
    vectors : float array (n, dimension)
    whose : str
        Named in the error.
    dtype : float32 or float64

    Returns
    -------
    array (n, dimension) of `dtype`, a new one

    Raises
    ------
    SearchError
        If a value is NaN or infinite.
    """
    return _unit_rows_and_lengths(vectors, whose, dtype)[0]


def _unit_rows_and_lengths(vectors: np.ndarray, whose: str, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Bring rows to unit length, and give the lengths that they had, float64 (n,); 0 of zero rows."""
    # Largest value first: the square of a very large or very small one would leave float64's range.
    largest = np.abs(vectors).max(axis=1, initial=0, keepdims=True).astype(np.float64)
    if not np.isfinite(largest).all():
        row = int(np.flatnonzero(~np.isfinite(largest[:, 0]))[0])
        raise SearchError(f"The vector in row {row} of {whose} holds NaN or an infinity; embed it again.")
    largest[largest == 0] = 1
    unit: np.ndarray = np.empty(vectors.shape, dtype)
    all_lengths = np.empty(len(vectors))
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        scaled = vectors[part] / largest[part]
        lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
        unit[part] = scaled / np.where(lengths == 0, 1, lengths)
        all_lengths[part] = (lengths * largest[part])[:, 0]
    return unit, all_lengths


def cosine_scores(vectors: np.ndarray, queries: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """Score unit vectors against unit queries.

    Summed in float64, then rounded to multiples of 2**-24, the step of float32 just below 1. Equal vectors
    so score equally wherever they stand, and right angles exactly 0, while a float32 product gives some of
    them another last digit, depending on how the work was divided up.

    Parameters
    ----------
    vectors : float32 array (n, dimension)
        Unit or zero rows.
    queries : float64 array (m, dimension)
        Unit or zero rows.
    rows : int array (r,), optional
        The rows of `vectors` to score, all by default.

    Returns
    -------
    float32 array (m, n) or (m, r)
        From -1 to 1.
    """
    queries = np.asarray(queries, np.float64)
    n_rows = len(vectors) if rows is None else len(rows)
    scores = np.empty((len(queries), n_rows), np.float32)
    for start in range(0, n_rows, ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        block = vectors[part] if rows is None else vectors[rows[part]]
        scores[:, part] = np.rint(queries @ block.astype(np.float64).T * 2**24) / 2**24
    return np.clip(scores, -1, 1, out=scores) + np.float32(0)  # which turns -0 into 0


def argsort_by_score(scores: np.ndarray, k: int | None = None) -> np.ndarray:
    """Order columns by falling score, equal scores by column.

    Parameters
    ----------
    scores : float32 array (m, n)
        Without NaN.
    k : int, optional
        Only the first `k` places; all by default.

    Returns
    -------
    int64 array (m, min(k, n))
        Column at each place, as ``np.argsort(-scores, kind="stable")`` gives it.

    Notes
    -----
    Score and column are packed into one integer that sorts as wanted. These are all different, so the fast
    unstable sort and partition give the stable order, several times sooner than a stable sort of floats.
    """
    n_columns = scores.shape[1]
    k = n_columns if k is None else min(k, n_columns)
    bits = (scores.astype(np.float32, copy=False) + np.float32(0)).view(np.uint32)  # turns -0 into 0
    # The bits of IEEE 754 floats rise with a positive value and with the size of a negative one.
    falling = np.where(bits >> 31 == 1, bits, ~bits & np.uint32(0x7FFFFFFF))
    keys = falling.astype(np.uint64) << np.uint64(32) | np.arange(n_columns, dtype=np.uint64)
    if k < n_columns // 4:
        keys = np.partition(keys, k, axis=1)[:, :k]
    keys.sort(axis=1)
    return (keys[:, :k] & np.uint64(0xFFFFFFFF)).astype(np.int64)
