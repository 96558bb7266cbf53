"""A product found by the best of its pictures: an index of the first ones, and one of all others.

A product scores as that of its pictures that scores highest. Both indexes score exactly, and so does this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.gallery.distances import DistanceIndex
from core.gallery.index import SLACK, Index, Neighbours
from core.models.compared.methods import Distance


class ScoredRows(Protocol):
    """What scores every product against queries; see `core.gallery.distances.DistanceIndex`."""

    def scores(self, query: np.ndarray) -> np.ndarray:
        """Score every product against one query, float32 (n,)."""

    def scores_of(self, queries: np.ndarray) -> np.ndarray:
        """Score every product against each query, float32 (m, n)."""


@dataclass(frozen=True, eq=False)
class FurtherVectors:
    """What one extractor makes of pictures beyond the first.

    Attributes
    ----------
    products : sequence of product id, length f
        Whose each is.
    numbers : sequence of int, length f
        Their places among the pictures of their product, from 2.
    vectors : float array (f, dimension)
    """

    products: Sequence[str]
    numbers: Sequence[int]
    vectors: np.ndarray


class BestPictureIndex:
    """An index of products some of which have further pictures; asked as `core.gallery.index.Index` is.

    Parameters
    ----------
    first : Index
        Of every product's first picture.
    further : FurtherVectors
        Pictures of products that `first` lacks are left out.

    Examples
    --------
    >>> first = Index(["a", "b"], np.array([[1, 0], [3, 4]], np.float32))
    >>> index = BestPictureIndex(first, FurtherVectors(["a"], [2], np.array([[0, 1]], np.float32)))
    >>> index.search(np.array([0, 1.0]), 2)[0].ids, index.scores(np.array([0, 1.0])).round(1).tolist()
    (('a', 'b'), [1.0, 0.800000011920929])
    >>> index.matched_pictures(np.array([0, 1.0]), ["a", "b"])
    [2, 1]
    """

    def __init__(self, first: Index, further: FurtherVectors) -> None:
        kept = [row for row, product_id in enumerate(further.products) if product_id in first]
        self.first = first
        self._products = [further.products[row] for row in kept]
        self._owners = np.array([first.row(product_id) for product_id in self._products], np.int64)
        self._numbers = np.array([further.numbers[row] for row in kept], np.int64)
        vectors = np.asarray(further.vectors)[kept].reshape(len(kept), first.dimension)
        self._further = Index([str(row) for row in range(len(kept))], vectors)

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self.first.dimension

    def row(self, product_id: str) -> int:
        """Row of a product; see `core.gallery.index.Index.row`."""
        return self.first.row(product_id)

    def given_vectors(self, rows: Sequence[int] | slice = slice(None)) -> np.ndarray:
        """Give the vectors of first pictures; see `core.gallery.index.Index.given_vectors`."""
        return self.first.given_vectors(rows)

    def moved_to(self, first: Index) -> "Index | BestPictureIndex":
        """Give the same further pictures beside other first ones; these alone where none is left."""
        if not any(product_id in first for product_id in self._products):
            return first
        return BestPictureIndex(
            first, FurtherVectors(self._products, self._numbers.tolist(), self._further.given_vectors())
        )

    def scores(self, query: np.ndarray) -> np.ndarray:
        """Give the cosine of one query to every product, float32 (n,)."""
        scores = self.first.scores(query)
        np.maximum.at(scores, self._owners, self._further.scores(query))
        return scores

    def by_distance(self, distance: Distance) -> "BestPictureDistances":
        """Make ready to score by another distance than the cosine."""
        first = DistanceIndex(distance, self.first.given_vectors())
        further = DistanceIndex(distance, self._further.given_vectors(), apart=first.mean_distance)
        return BestPictureDistances(first, further, self._owners)

    def search(
        self, queries: np.ndarray, k: int, *, exclude: Sequence[str | None] | None = None
    ) -> list[Neighbours]:
        """Find the `k` nearest products to each query; see `core.gallery.index.Index.search`."""
        asked = k + SLACK
        while True:
            of_first = self.first.search(queries, asked, exclude=exclude)
            of_further = self._further.search(queries, asked)
            found = [
                self._settled(one, other, k, own)
                for one, other, own in zip(
                    of_first, of_further, exclude or [None] * len(of_first), strict=True
                )
            ]
            settled = [each for each in found if each is not None]
            if len(settled) == len(found):
                return settled
            asked *= 2

    def matched_pictures(
        self, query: np.ndarray, product_ids: Sequence[str], distance: Distance = Distance.COSINE
    ) -> list[int]:
        """Say by which of its pictures each of some products scores: 1 is the first, and so where equal."""
        rows = np.array([self.first.row(product_id) for product_id in product_ids], np.int64)
        places = np.flatnonzero(np.isin(self._owners, rows))
        if not len(places):
            return [1] * len(rows)
        best = dict(zip(rows.tolist(), _scored(self.first, rows, query, distance), strict=True))
        number = dict.fromkeys(best, 1)
        for place, score in zip(places, _scored(self._further, places, query, distance), strict=True):
            owner = int(self._owners[place])
            if score > best[owner]:
                best[owner], number[owner] = score, int(self._numbers[place])
        return [number[row] for row in rows.tolist()]

    def _settled(self, first: Neighbours, further: Neighbours, k: int, own: str | None) -> Neighbours | None:
        """Rank products by their best pictures found; None where one that was not found may come before."""
        n_first = len(self.first) - (own is not None and own in self.first)
        unseen = [
            found.scores[-1]
            for found, n_pictures in ((first, n_first), (further, len(self._further)))
            if len(found) < n_pictures
        ]
        rows = np.concatenate([first.rows, self._owners[further.rows]])
        scores = np.concatenate([first.scores, further.scores])
        if own is not None and own in self.first:
            others = rows != self.first.row(own)
            rows, scores = rows[others], scores[others]
        order = np.lexsort((rows, -scores))
        _, places = np.unique(rows[order], return_index=True)  # where each product comes first
        order = order[np.sort(places)]
        if unseen:
            certain = int((scores[order] > max(unseen)).sum())  # scores fall
            if certain < k:
                return None
        order = order[:k]
        return Neighbours(tuple(self.first.ids[row] for row in rows[order]), scores[order], rows[order])


@dataclass(frozen=True, eq=False)
class BestPictureDistances:
    """Products scored by the best of their pictures, by another distance than the cosine."""

    first: DistanceIndex
    further: DistanceIndex
    owners: np.ndarray  # int64 (f,), the product's row of each further picture

    def scores(self, query: np.ndarray) -> np.ndarray:
        """Score every product against one query, float32 (n,)."""
        return self.scores_of(np.asarray(query)[None])[0]

    def scores_of(self, queries: np.ndarray) -> np.ndarray:
        """Score every product against each query, float32 (m, n)."""
        scores = self.first.scores_of(queries)
        np.maximum.at(scores.T, self.owners, self.further.scores_of(queries).T)
        return scores


def _scored(index: Index, rows: np.ndarray, query: np.ndarray, distance: Distance) -> np.ndarray:
    """Score some rows of an index against one query, of any unit: for comparison among them."""
    if distance is Distance.COSINE:
        few = Index([str(row) for row in rows], index.vectors[rows])
        return few.scores(query)
    return DistanceIndex(distance, index.given_vectors(rows.tolist()), apart=1.0).scores(query)
