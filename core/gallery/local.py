"""The gallery in this process: one index an extractor, and the exact product beside it."""

import copy
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from core.gallery.distances import DistanceIndex
from core.gallery.engines.answers import RecentAnswers, cut, reaches
from core.gallery.engines.arguments import check_search, check_vectors, no_embeddings
from core.gallery.engines.table import GalleryTable
from core.gallery.facets import check_filter_column, matching_rows
from core.gallery.further.best_picture import BestPictureIndex, FurtherVectors, ScoredRows
from core.gallery.fusion import combined_scores
from core.gallery.index import Index, Neighbours, argsort_by_score
from core.gallery.protocol import NO_FILTERS, Filters, QueryVectors
from core.models.compared.methods import Distance

SCORES_KEPT = 8
"""Score rows remembered: the counts, the distribution and the pages of one query need the same one."""

QUERIES_AT_ONCE = 32
"""That are scored together by another distance than the cosine: 10 MB for 40,000 products."""


@dataclass(frozen=True, eq=False)
class _Snapshot(GalleryTable):
    """Products and indexes that belong together; replaced as a whole, so that a search sees one state."""

    indexes: dict[str, Index | BestPictureIndex] = field(default_factory=dict)
    by_distance: dict[tuple[str, Distance], ScoredRows] = field(default_factory=dict)
    scores: RecentAnswers[np.ndarray] = field(default_factory=lambda: RecentAnswers(SCORES_KEPT))
    codes: dict[str, tuple[np.ndarray, list[str]]] = field(default_factory=dict)

    def coded(self, column: str) -> tuple[np.ndarray, list[str]]:
        """Give a column as the places of its values among the sorted different ones, and these."""
        if column not in self.codes:
            # Counted ten times as fast as text. Made twice, at worst, where two ask for it at once.
            codes, values = pd.factorize(self.products[column], sort=True)
            self.codes[column] = codes, [str(value) for value in values]
        return self.codes[column]


class LocalGallery:
    """A `core.gallery.protocol.Gallery` that lies in memory.

    A search by one extractor in the whole gallery is answered by its index
    (`core.gallery.index.Index.search`; many queries at once by scikit-learn's `NearestNeighbors` with the
    cosine metric). Filters, fused extractors and counts need the score of each product, which a product in
    NumPy gives: the same ids and scores, to the last bit. So does another distance than the cosine
    (`core.gallery.distances`).

    Parameters
    ----------
    products : DataFrame, length n
        `core.catalogue.kaggle.COLUMNS`, ids unique. Row *i* belongs to row *i* of every extractor's vectors.
    load : mapping of extractor to callable
        Gives its vectors, float array (n, dimension), when they are needed first.
    further : mapping of extractor to callable, optional
        Gives its vectors of products' further pictures, when they are needed first. A product is then found
        by the best of its pictures, by each extractor for itself where several are fused.

    Examples
    --------
    >>> products = pd.DataFrame({"id": ["a", "b", "c"], "articleType": ["Jeans", "Shirts", "Jeans"]})
    >>> gallery = LocalGallery(products, {"toy": lambda: np.array([[1, 0], [0, 1], [3, 4]], np.float32)})
    >>> query = QueryVectors.of("toy", np.array([0, 2.0]))
    >>> gallery.search(query, 2)[0].ids
    ('b', 'c')
    >>> gallery.search(query, 2, filters=Filters({"articleType": ("Jeans",)}))[0].ids
    ('c', 'a')
    >>> gallery.count_by("articleType", query=query, threshold=0.5)
    {'Jeans': 1, 'Shirts': 1}
    """

    counted_among: int | None = None
    """Counts speak of every product."""

    def __init__(
        self,
        products: pd.DataFrame,
        load: Mapping[str, Callable[[], np.ndarray]],
        further: Mapping[str, Callable[[], FurtherVectors]] | None = None,
    ) -> None:
        self._load, self._load_further = dict(load), dict(further or {})
        self._snapshot = _Snapshot.of(products)
        self._loading = {extractor: threading.Lock() for extractor in load}
        self._changing = threading.Lock()

    @property
    def extractors(self) -> tuple[str, ...]:
        """Those whose embeddings are here."""
        return tuple(self._load)

    @property
    def products(self) -> pd.DataFrame:
        """What is searched, in the order that settles equal scores. Not to be changed."""
        return self._snapshot.products

    def __len__(self) -> int:
        """Count the products."""
        return len(self._snapshot.products)

    def pinned(self) -> "LocalGallery":
        """Give the gallery as it is now; see `core.gallery.protocol.Gallery`."""
        return copy.copy(self)  # changes replace the snapshot of the original

    def row(self, product_id: str) -> int:
        """Give a product's row in `products`; see `core.gallery.protocol.Gallery`."""
        return self._snapshot.row(product_id)

    def open_index(self, extractor: str) -> None:
        """Load an extractor's embeddings now rather than in the first search.

        Raises
        ------
        ArtifactError
            If there are none.
        """
        self._index(self._snapshot, extractor)

    def dimension(self, extractor: str) -> int:
        """Length of an extractor's vectors."""
        return self._index(self._snapshot, extractor).dimension

    def search(
        self,
        query: QueryVectors,
        k: int,
        *,
        filters: Filters | None = None,
        threshold: float | None = None,
        offset: int = 0,
        exclude: Sequence[str | None] | None = None,
    ) -> list[Neighbours]:
        """Find the `k` nearest products to each query; see `core.gallery.protocol.Gallery`."""
        state, filters = self._snapshot, filters or NO_FILTERS
        one_by_one = check_search(query, k, offset, exclude)
        if self._takes_the_index(query, filters, one_by_one):
            (extractor,) = query.extractors
            excluded = [own or next(iter(filters.without_ids), None) for own in one_by_one]
            found = _search_but_for_rejected(
                self._index(state, extractor),
                query.vectors[extractor],
                offset + k,
                exclude=excluded,
                passing=matching_rows(state.products, Filters(rejected=filters.rejected)),
            )
        else:
            rows = np.flatnonzero(matching_rows(state.products, filters))
            found = [
                self._ranked(state, scores, offset + k, rows=rows, exclude=own)
                for scores, own in zip(self._scores_of_each(state, query), one_by_one, strict=True)
            ]
        return [cut(neighbours, offset, threshold) for neighbours in found]

    def count(
        self,
        *,
        query: QueryVectors | None = None,
        filters: Filters | None = None,
        threshold: float | None = None,
    ) -> int:
        """Count products; see `core.gallery.protocol.Gallery`."""
        return int(self._passing(self._snapshot, query, filters, threshold).sum())

    def count_by(
        self,
        column: str,
        *,
        query: QueryVectors | None = None,
        filters: Filters | None = None,
        threshold: float | None = None,
    ) -> dict[str, int]:
        """Count products by the values of a column; see `core.gallery.protocol.Gallery`."""
        state = self._snapshot
        check_filter_column(state.products, column)
        passing = self._passing(state, query, filters, threshold)
        codes, values = state.coded(column)
        counts = np.bincount(codes[passing], minlength=len(values))
        return {value: int(n) for value, n in zip(values, counts, strict=True) if n}

    def score_counts(self, query: QueryVectors, edges: np.ndarray) -> np.ndarray:
        """Count scores between edges; see `core.gallery.protocol.Gallery`."""
        scores = self._scores(self._snapshot, query, 0)
        return np.histogram(np.clip(scores, edges[0], edges[-1]), edges)[0]

    def vectors(self, extractor: str, ids: Sequence[str]) -> np.ndarray:
        """Give the embeddings of products; see `core.gallery.protocol.Gallery`."""
        state = self._snapshot
        index = self._index(state, extractor)
        return index.given_vectors([index.row(product_id) for product_id in ids])

    def matched_pictures(self, query: QueryVectors, ids: Sequence[str]) -> list[int]:
        """Say which picture of each product a query is nearest to; see `core.gallery.protocol.Gallery`."""
        extractor = max(query.extractors, key=query.weights.__getitem__)
        index = self._index(self._snapshot, extractor)
        if isinstance(index, BestPictureIndex):
            return index.matched_pictures(query.vectors[extractor][0], ids, query.distance)
        return [1] * len(ids)

    def upsert(self, products: pd.DataFrame, vectors: Mapping[str, np.ndarray]) -> None:
        """Add or replace products; see `core.gallery.protocol.Gallery`."""
        given = check_vectors(self, products, vectors)
        with self._changing:
            state = self._snapshot
            after, new = state.with_products(products)
            replaced = [state.row_of[product_id] for product_id in products["id"][~new]]
            for extractor, rows in given.items():
                before = self._index(state, extractor)
                held = before.given_vectors()
                held[replaced] = rows[~new]
                first = Index(after.products["id"], np.concatenate([held, rows[new]]))
                after.indexes[extractor] = _with_its_further(before, first)
            self._snapshot = after

    def delete(self, ids: Sequence[str]) -> None:
        """Take products out; see `core.gallery.protocol.Gallery`."""
        with self._changing:
            state = self._snapshot
            after, kept = state.without(ids)
            for extractor in self.extractors:
                before = self._index(state, extractor)
                first = Index(after.products["id"], before.given_vectors()[kept])
                after.indexes[extractor] = _with_its_further(before, first)
            self._snapshot = after

    def _takes_the_index(self, query: QueryVectors, filters: Filters, exclude: Sequence[str | None]) -> bool:
        """Whether an index alone can answer: cosines of one extractor, and no filter but what is left out.

        One product a query, and products of rejected values, passed over among some more neighbours.
        """
        one_left_out = len(filters.without_ids) <= 1 and not (filters.without_ids and any(exclude))
        by_cosine = len(query.extractors) == 1 and query.distance is Distance.COSINE
        return by_cosine and not replace(filters, rejected={}).narrow and one_left_out

    def _scores_of_each(self, state: _Snapshot, query: QueryVectors) -> Iterator[np.ndarray]:
        """Score every product against one query after the other."""
        if query.distance is Distance.COSINE or len(query) == 1:
            for number in range(len(query)):
                yield self._scores(state, query, number)
            return
        (extractor,) = query.extractors
        vectors = query.vectors[extractor]
        for start in range(0, len(query), QUERIES_AT_ONCE):
            yield from self._distance_index(state, extractor, query.distance).scores_of(
                vectors[start : start + QUERIES_AT_ONCE]
            )

    def _ranked(
        self,
        state: _Snapshot,
        scores: np.ndarray,
        k: int,
        *,
        rows: np.ndarray,
        exclude: str | None,
    ) -> Neighbours:
        """Rank the products in these rows by the exact scores, which are of every product."""
        if exclude is not None and exclude in state.row_of:
            rows = rows[rows != state.row_of[exclude]]
        scores = scores[rows]
        order = argsort_by_score(scores[None], k)[0]
        ids = tuple(state.products["id"].iloc[rows[order]])
        return Neighbours(ids, scores[order], rows[order])

    def _passing(
        self, state: _Snapshot, query: QueryVectors | None, filters: Filters | None, threshold: float | None
    ) -> np.ndarray:
        passing = matching_rows(state.products, filters or NO_FILTERS)
        if query is not None and threshold is not None:
            passing &= reaches(self._scores(state, query, 0), threshold)
        return passing

    def _scores(self, state: _Snapshot, query: QueryVectors, number: int) -> np.ndarray:
        """Score every product against one query, float32 (n,); the last few answers are remembered."""
        rows = {name: np.asarray(query.vectors[name][number]) for name in query.extractors}
        weights = {name: query.weights[name] for name in rows}
        key = hashlib.sha256(repr((query.distance, sorted(weights.items()))).encode())
        for name in sorted(rows):
            key.update(np.ascontiguousarray(rows[name], np.float64).tobytes())
        remembered = state.scores.get(key.hexdigest())
        if remembered is not None:
            return remembered
        of_each = {name: self._scores_by(state, name, query.distance, row) for name, row in rows.items()}
        scores = (
            next(iter(of_each.values()))
            if len(of_each) == 1
            else combined_scores(of_each, weights, balanced=True)
        )
        scores.flags.writeable = False
        state.scores.keep(key.hexdigest(), scores)
        return scores

    def _scores_by(
        self, state: _Snapshot, extractor: str, distance: Distance, vector: np.ndarray
    ) -> np.ndarray:
        if distance is Distance.COSINE:
            return self._index(state, extractor).scores(vector)
        return self._distance_index(state, extractor, distance).scores(vector)

    def _distance_index(self, state: _Snapshot, extractor: str, distance: Distance) -> ScoredRows:
        index = self._index(state, extractor)
        with self._loading[extractor]:
            if (extractor, distance) not in state.by_distance:
                # One extractor's rows at a time: they are as large as its index.
                state.by_distance.clear()
                state.by_distance[extractor, distance] = (
                    index.by_distance(distance)
                    if isinstance(index, BestPictureIndex)
                    else DistanceIndex(distance, index.given_vectors())
                )
            return state.by_distance[extractor, distance]

    def _index(self, state: _Snapshot, extractor: str) -> Index | BestPictureIndex:
        if extractor not in self._load:
            raise no_embeddings(extractor, self.extractors)
        with self._loading[extractor]:
            if extractor not in state.indexes:
                index = Index(state.products["id"], self._load[extractor]())
                further = self._load_further.get(extractor)
                state.indexes[extractor] = BestPictureIndex(index, further()) if further else index
            return state.indexes[extractor]


def _with_its_further(before: Index | BestPictureIndex, first: Index) -> Index | BestPictureIndex:
    """Put the further pictures of an index beside other first ones, where it has some."""
    return before.moved_to(first) if isinstance(before, BestPictureIndex) else first


def _search_but_for_rejected(
    index: Index | BestPictureIndex,
    queries: np.ndarray,
    k: int,
    *,
    exclude: Sequence[str | None],
    passing: np.ndarray,
) -> list[Neighbours]:
    """Find the `k` nearest of the products that pass, by asking for more of all until there are enough."""
    if passing.all():
        return index.search(queries, k, exclude=exclude)
    asked = k
    while True:
        asked = min(len(passing), 2 * asked)
        found = [_only(each, passing, k) for each in index.search(queries, asked, exclude=exclude)]
        if asked == len(passing) or all(len(each) == k for each in found):
            return found


def _only(neighbours: Neighbours, passing: np.ndarray, k: int) -> Neighbours:
    """Keep the first `k` that pass."""
    kept = np.flatnonzero(passing[neighbours.rows])[:k]
    ids = tuple(neighbours.ids[place] for place in kept)
    return Neighbours(ids, neighbours.scores[kept], neighbours.rows[kept])
