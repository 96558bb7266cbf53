"""The gallery on Milvus: nearest products by the engine, scored again exactly, in the catalogue's order."""

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from core.errors import SearchError
from core.gallery.engines.answers import RecentAnswers, cut, reaches
from core.gallery.engines.arguments import check_search, check_vectors, no_embeddings
from core.gallery.engines.table import GalleryTable
from core.gallery.facets import check_filter_column, matching_rows
from core.gallery.fusion import combined_scores
from core.gallery.index import SLACK, Neighbours, argsort_by_score, cosine_scores, unit_rows
from core.gallery.milvus.moments import Moments
from core.gallery.milvus.searched_collection import MOST_HITS, Candidates, SearchedCollection
from core.gallery.protocol import NO_FILTERS, Filters, QueryVectors
from core.models.compared.methods import Distance

COUNTED_AMONG = 4096
"""Nearest products that are listed as hits, that counts under a threshold and score distributions speak of,
and that fused extractors are ranked among, by each. A gallery of no more is answered for whole."""

NEAREST_KEPT = 8
"""Lists of nearest products remembered: the counts, the distribution and the pages of one query share one."""


@dataclass(frozen=True, eq=False)
class _Snapshot(GalleryTable):
    """Products, and what is known of their vectors; replaced as a whole."""

    moments: dict[str, Moments] = field(default_factory=dict)
    nearest: RecentAnswers[tuple[np.ndarray, np.ndarray]] = field(
        default_factory=lambda: RecentAnswers(NEAREST_KEPT)
    )


class MilvusGallery:
    """A `core.gallery.protocol.Gallery` whose vectors lie in Milvus, and whose table lies in this process.

    Milvus gives the nearest products and some more; these are scored again in float64 from their own vectors
    and ordered by score and row, so that ids and scores are those of `core.gallery.local.LocalGallery`. What
    needs the table alone (counts without a threshold) is answered from it. What needs every score is answered
    from the nearest `COUNTED_AMONG`, no more are hits, and fused extractors are ranked among as many by each;
    `counted_among` says so. Of a filter by more ids than `MOST_HITS`, those among the nearest `MOST_HITS` are
    found.

    Parameters
    ----------
    products : DataFrame, length n
        `core.catalogue.kaggle.COLUMNS`, ids unique.
    collections : mapping of extractor to SearchedCollection
    moments : mapping of extractor to callable
        Gives the moments of its vectors, when extractors are fused first.

    Notes
    -----
    It keeps no earlier states of vectors: `pinned` keeps the table, and a row that Milvus has and the table
    lacks is no hit. While `upsert` and `delete` run, a product that is replaced may score by either vector;
    `index` never does that to a collection that is searched.
    """

    def __init__(
        self,
        products: pd.DataFrame,
        collections: Mapping[str, SearchedCollection],
        moments: Mapping[str, Callable[[], Moments]],
    ) -> None:
        self._collections, self._load_moments = dict(collections), dict(moments)
        self._snapshot = _Snapshot.of(products)
        self._changing = threading.Lock()

    @property
    def extractors(self) -> tuple[str, ...]:
        """Those whose embeddings are here."""
        return tuple(self._collections)

    @property
    def products(self) -> pd.DataFrame:
        """What is searched, in the order that settles equal scores. Not to be changed."""
        return self._snapshot.products

    @property
    def counted_among(self) -> int | None:
        """See `core.gallery.protocol.Gallery`."""
        return COUNTED_AMONG if len(self) > COUNTED_AMONG else None

    def __len__(self) -> int:
        """Count the products."""
        return len(self._snapshot.products)

    def pinned(self) -> "MilvusGallery":
        """Give the gallery with its table as it is now; see `core.gallery.protocol.Gallery`."""
        return copy.copy(self)

    def row(self, product_id: str) -> int:
        """Give a product's row in `products`; see `core.gallery.protocol.Gallery`."""
        return self._snapshot.row(product_id)

    def open_index(self, extractor: str) -> None:
        """See that the extractor's collection is there and fits, and load it into Milvus's memory.

        Raises
        ------
        ArtifactError
            If there are no embeddings of it.
        EngineError
            If Milvus cannot be reached, or has another collection under its name.
        """
        self._collection(extractor).open(len(self))

    def dimension(self, extractor: str) -> int:
        """Length of an extractor's vectors."""
        return self._collection(extractor).kind.dimension

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
        """Find the `k` nearest products to each query; see `core.gallery.protocol.Gallery`.

        Raises
        ------
        SearchError
            Also if `offset` is beyond the nearest `COUNTED_AMONG`, which are all that are listed.
        """
        state, filters = self._snapshot, filters or NO_FILTERS
        one_by_one = check_search(query, k, offset, exclude)
        if offset >= COUNTED_AMONG and self.counted_among:
            raise SearchError(
                f"Hits after the first {offset:,} were asked for, but Milvus lists the nearest "
                f"{COUNTED_AMONG:,}; narrow the search by filters."
            )
        wanted = min(offset + k, COUNTED_AMONG)
        _check_filters(state.products, filters)
        if len(query.extractors) == 1 and len(query) > 1:
            found = self._nearest_to_many(state, query, wanted, filters, one_by_one)
        else:
            found = [
                self._nearest(state, query, number, wanted, _without(filters, own))
                for number, own in enumerate(one_by_one)
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
        return len(self._passing(self._snapshot, query, filters, threshold))

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
        values, counts = np.unique(
            state.products[column].to_numpy(object)[passing].astype(str), return_counts=True
        )
        return {str(value): int(n) for value, n in zip(values, counts, strict=True)}

    def score_counts(self, query: QueryVectors, edges: np.ndarray) -> np.ndarray:
        """Count scores of the nearest `counted_among` between edges; see `core.gallery.protocol.Gallery`."""
        _, scores = self._scored(self._snapshot, query, NO_FILTERS)
        return np.histogram(np.clip(scores, edges[0], edges[-1]), edges)[0]

    def vectors(self, extractor: str, ids: Sequence[str]) -> np.ndarray:
        """Give the embeddings of products; see `core.gallery.protocol.Gallery`."""
        state, collection = self._snapshot, self._collection(extractor)
        for product_id in ids:
            state.row(product_id)  # which refuses one that is not there before the server is asked
        found = collection.vectors(list(dict.fromkeys(ids)))
        if not len(ids):
            return np.empty((0, collection.kind.dimension), np.float32)
        return np.stack([found[product_id] for product_id in ids])

    def matched_pictures(self, query: QueryVectors, ids: Sequence[str]) -> list[int]:
        """Say that products are found by their first picture, which alone is in Milvus."""
        return [1] * len(ids)

    def upsert(self, products: pd.DataFrame, vectors: Mapping[str, np.ndarray]) -> None:
        """Add or replace products; see `core.gallery.protocol.Gallery`."""
        given = {name: unit_rows(rows) for name, rows in check_vectors(self, products, vectors).items()}
        with self._changing:
            state = self._snapshot
            after, new = state.with_products(products)
            for extractor, rows in given.items():
                before = self.vectors(extractor, products["id"][~new].tolist())
                after.moments[extractor] = self._moments(state, extractor).changed(before, rows)
                # Rows that the table lacks are no hits until it is replaced.
                self._collection(extractor).upsert(products, rows)
            self._snapshot = after

    def delete(self, ids: Sequence[str]) -> None:
        """Take products out; see `core.gallery.protocol.Gallery`."""
        with self._changing:
            state = self._snapshot
            after, _ = state.without(ids)
            for extractor in self.extractors:
                gone = self.vectors(extractor, list(dict.fromkeys(ids)))
                after.moments[extractor] = self._moments(state, extractor).changed(gone, gone[:0])
            self._snapshot = after
            for extractor in self.extractors:
                self._collection(extractor).delete(list(ids))

    # The nearest ---------------------------------------------------------------------------------------

    def _nearest(
        self, state: _Snapshot, query: QueryVectors, number: int, k: int, filters: Filters
    ) -> Neighbours:
        """Rank the nearest products to one query that pass the filters."""
        if len(query.extractors) == 1:
            (extractor,) = query.extractors
            unit = self._unit_queries(query, extractor)[number]
            rows, scores = self._nearest_by_one(state, extractor, unit, k, filters)
        elif len(query) == 1:
            rows, scores = self._scored(state, query, filters)
        else:
            rows, scores = self._fused(state, query, number, filters)
        return _neighbours(state, rows[:k], scores[:k])

    def _nearest_by_one(
        self, state: _Snapshot, extractor: str, unit: np.ndarray, k: int, filters: Filters
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find rows and scores of the nearest `k` by one extractor, all ties at the end told apart.

        More are fetched while the last that is kept might tie with one that was not fetched, or rows are not
        in the table.
        """
        if not unit.any():  # it scores 0 with everything
            rows = np.flatnonzero(matching_rows(state.products, filters))[:k]
            return rows, np.zeros(len(rows), np.float32)
        fetched = min(k + SLACK, MOST_HITS)
        while True:
            (candidates,) = self._candidates(state, extractor, unit[None], fetched, filters)
            rows, scores = _ranked(state, candidates, unit, k)
            if candidates.settles(scores, k) or fetched == MOST_HITS:
                return rows, scores
            fetched = min(4 * fetched, MOST_HITS)

    def _nearest_to_many(
        self,
        state: _Snapshot,
        query: QueryVectors,
        k: int,
        filters: Filters,
        exclude: Sequence[str | None],
    ) -> list[Neighbours]:
        """Rank the nearest products to each of several queries, which are asked for together."""
        (extractor,) = query.extractors
        units = self._unit_queries(query, extractor)
        fetched = min(k + 1 + SLACK, MOST_HITS)
        found = []
        for unit, own, candidates in zip(
            units, exclude, self._candidates(state, extractor, units, fetched, filters), strict=True
        ):
            rows, scores = _ranked(state, candidates.without(own), unit, k)
            if candidates.settles(scores, k) and unit.any():
                found.append(_neighbours(state, rows, scores))
            else:
                rows, scores = self._nearest_by_one(state, extractor, unit, k, _without(filters, own))
                found.append(_neighbours(state, rows, scores))
        return found

    def _candidates(
        self, state: _Snapshot, extractor: str, units: np.ndarray, limit: int, filters: Filters
    ) -> list[Candidates]:
        """Fetch the nearest rows that pass the filters, with their vectors, for each query."""
        collection = self._collection(extractor)
        only = filters.only_ids
        if only is None:
            return collection.nearest(units, limit, filters)
        among = [product_id for product_id in dict.fromkeys(only) if product_id in state.row_of]
        if not among:
            return [Candidates.none(collection.kind.dimension)] * len(units)
        if len(among) <= MOST_HITS:
            return collection.nearest(units, limit, filters, only_ids=among)
        there = set(among)
        return [found.only(there) for found in collection.nearest(units, MOST_HITS, filters)]

    def _scored(
        self, state: _Snapshot, query: QueryVectors, filters: Filters
    ) -> tuple[np.ndarray, np.ndarray]:
        """Score the nearest `COUNTED_AMONG` products of one query; the last few answers are remembered."""
        key = _key_of(query, filters)
        remembered = state.nearest.get(key)
        if remembered is not None:
            return remembered
        _check_filters(state.products, filters)
        if len(query.extractors) == 1:
            (extractor,) = query.extractors
            unit = self._unit_queries(query, extractor)[0]
            found = self._nearest_by_one(state, extractor, unit, COUNTED_AMONG, filters)
        else:
            found = self._fused(state, query, 0, filters)
        state.nearest.keep(key, found)
        return found

    def _fused(
        self, state: _Snapshot, query: QueryVectors, number: int, filters: Filters
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rank by the fused score what is among the nearest `COUNTED_AMONG` by any of the extractors."""
        units = {name: self._unit_queries(query, name)[number] for name in query.extractors}
        if not units:
            raise SearchError("The weights must be 0 or more, and at least one more than 0.")
        near = [
            self._nearest_by_one(state, name, unit, COUNTED_AMONG, filters)[0] for name, unit in units.items()
        ]
        rows = np.unique(np.concatenate(near))
        ids = state.products["id"].iloc[rows].tolist()
        scores = {name: cosine_scores(self.vectors(name, ids), unit[None])[0] for name, unit in units.items()}
        fused = combined_scores(
            scores,
            {name: query.weights[name] for name in units},
            spreads={name: self._moments(state, name).spread(unit) for name, unit in units.items()},
        )
        order = argsort_by_score(fused[None], min(len(rows), COUNTED_AMONG))[0]
        return rows[order], fused[order]

    def _passing(
        self, state: _Snapshot, query: QueryVectors | None, filters: Filters | None, threshold: float | None
    ) -> np.ndarray:
        """Give the rows that pass the filters and, with a query and a threshold, score as much."""
        filters = filters or NO_FILTERS
        if query is None or threshold is None:
            return np.flatnonzero(matching_rows(state.products, filters))
        rows, scores = self._scored(state, query, filters)
        return rows[reaches(scores, threshold)]

    # What belongs to it --------------------------------------------------------------------------------

    def _collection(self, extractor: str) -> SearchedCollection:
        if extractor not in self._collections:
            raise no_embeddings(extractor, self.extractors)
        return self._collections[extractor]

    def _moments(self, state: _Snapshot, extractor: str) -> Moments:
        if extractor not in state.moments:
            state.moments[extractor] = self._load_moments[extractor]()
        return state.moments[extractor]

    def _unit_queries(self, query: QueryVectors, extractor: str) -> np.ndarray:
        if query.distance is not Distance.COSINE:
            raise SearchError(
                f"Milvus compares by the cosine, not by the {query.distance.value} distance; search the "
                "local gallery with `--engine local`, or compare by the cosine."
            )
        vectors, dimension = np.asarray(query.vectors[extractor]), self.dimension(extractor)
        if vectors.shape[1] != dimension:
            raise SearchError(
                f"A query has the shape {vectors.shape[1:]}, but this index holds vectors of "
                f"{dimension} numbers; embed the query with the extractor that made the index."
            )
        return unit_rows(vectors, "the query", np.float64)


def _ranked(
    state: _Snapshot, candidates: Candidates, unit: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Score candidates again, and order those that the table has by score and row."""
    rows = np.array([state.row_of.get(product_id, -1) for product_id in candidates.ids], np.int64)
    by_row = np.argsort(rows, kind="stable")
    by_row = by_row[rows[by_row] >= 0]
    rows = rows[by_row]
    scores = cosine_scores(candidates.vectors[by_row], unit[None])
    order = argsort_by_score(scores, k)[0]
    return rows[order], scores[0, order]


def _neighbours(state: _Snapshot, rows: np.ndarray, scores: np.ndarray) -> Neighbours:
    return Neighbours(tuple(state.products["id"].iloc[rows]), scores, rows)


def _without(filters: Filters, own: str | None) -> Filters:
    return filters if own is None else replace(filters, without_ids=(*filters.without_ids, own))


def _key_of(query: QueryVectors, filters: Filters) -> str:
    rows = {name: np.asarray(query.vectors[name][0], np.float64).tobytes() for name in query.extractors}
    return repr((sorted(rows.items()), sorted((name, query.weights[name]) for name in rows), filters))


def _check_filters(products: pd.DataFrame, filters: Filters) -> None:
    """Refuse what the table does not have; the table is looked through only where something is filtered."""
    if filters.narrow:
        matching_rows(products, replace(filters, only_ids=None, without_ids=()))
