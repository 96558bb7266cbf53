"""One collection as it is searched: the nearest rows with their vectors, and rows by their ids."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from core.errors import EngineError
from core.gallery.milvus.collections import METRIC, CollectionKind, misfit
from core.gallery.milvus.connection import (
    WRITE_SECONDS,
    CollectionAbsentError,
    CollectionNotLoadedError,
    MilvusConnection,
)
from core.gallery.milvus.expressions import filter_expression
from core.gallery.milvus.rows import count_rows, delete_ids, upsert_changed, vectors_by_id
from core.gallery.protocol import Filters

MOST_HITS = 16_384
"""Hits that Milvus gives a query at most."""

QUERIES_AT_ONCE = 50
MANY_QUERIES_SECONDS = 60.0
"""How long that many may take: an exact index scans all rows for each, and no visitor waits for them."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, eq=False)
class Candidates:
    """Rows that Milvus found nearest to one query, before they are scored again.

    Attributes
    ----------
    ids : tuple of str
    vectors : float32 array (n, dimension)
    lowest : float
        The score of the last, as Milvus computed it.
    complete : bool
        Whether there are no further rows that could have been found.
    """

    ids: tuple[str, ...]
    vectors: np.ndarray
    lowest: float
    complete: bool

    @classmethod
    def none(cls, dimension: int) -> "Candidates":
        """Give no rows at all."""
        return cls((), np.empty((0, dimension), np.float32), np.inf, True)

    def settles(self, scores: np.ndarray, k: int) -> bool:
        """Whether the best `k` of these, by their exact scores, are the best of all rows.

        A score that Milvus did not give is at most its lowest, up to the rounding of a float32 sum.
        """
        margin = (self.vectors.shape[1] + 8) * np.finfo(np.float32).eps
        return self.complete or (len(scores) >= k and float(scores[k - 1]) > self.lowest + margin)

    def without(self, product_id: str | None) -> "Candidates":
        """Leave one row out."""
        return self if product_id is None else self.only(set(self.ids) - {product_id})

    def only(self, ids: set[str]) -> "Candidates":
        """Leave out the rows of all other ids."""
        kept = [place for place, product_id in enumerate(self.ids) if product_id in ids]
        return Candidates(
            tuple(self.ids[place] for place in kept), self.vectors[kept], self.lowest, self.complete
        )


class SearchedCollection:
    """A collection of Milvus, read and changed row by row.

    Parameters
    ----------
    connection : MilvusConnection
    name : str
    kind : CollectionKind
        What it should hold.
    remedy : str
        How to mend one that does not.
    """

    def __init__(self, connection: MilvusConnection, name: str, kind: CollectionKind, remedy: str) -> None:
        self.connection, self.name, self.kind, self._remedy = connection, name, kind, remedy
        self._opening = threading.Lock()
        self._opened = False

    def open(self, n_rows: int) -> None:
        """See that it is there and fits, and load it into memory; once.

        Raises
        ------
        EngineError
            Naming what it holds instead, and how to mend it.
        """
        with self._opening:
            if self._opened:
                return
            try:
                if problem := misfit(self.connection, self.name, self.kind):
                    raise EngineError(f"{problem}; {self._remedy}")
                self.connection.ask("load_collection", self.name, seconds=WRITE_SECONDS)
                held = count_rows(self.connection, self.name)
            except CollectionAbsentError as error:
                raise EngineError(
                    f"Milvus at {self.connection.choice.uri} has no collection {self.name}; {self._remedy}"
                ) from error
            if held != n_rows:
                raise EngineError(
                    f"the collection {self.name} holds {held:,} rows, and the catalogue {n_rows:,} products; "
                    f"{self._remedy}"
                )
            self._opened = True

    def nearest(
        self, units: np.ndarray, limit: int, filters: Filters, only_ids: Sequence[str] | None = None
    ) -> list[Candidates]:
        """Fetch the nearest rows to each unit query that pass the filters.

        Parameters
        ----------
        units : float64 array (m, dimension)
        limit : int
            Rows a query, at most `MOST_HITS`.
        filters : Filters
            Its `only_ids` are passed over.
        only_ids : sequence of str, optional
        """
        expression = filter_expression(filters, only_ids)
        found: list[Candidates] = []
        for start in range(0, len(units), QUERIES_AT_ONCE):
            queries = units[start : start + QUERIES_AT_ONCE].astype(np.float32)
            answers = self._loaded(partial(self._search, queries, limit, expression))
            found += [self._candidates(hits, limit) for hits in answers]
        return found

    def vectors(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """Give the vectors of rows.

        Raises
        ------
        EngineError
            If one is missing.
        """
        found = self._loaded(lambda: vectors_by_id(self.connection, self.name, ids))
        if missing := [product_id for product_id in ids if product_id not in found]:
            raise EngineError(f"the collection {self.name} lacks the product {missing[0]!r}; {self._remedy}")
        return found

    def upsert(self, products: pd.DataFrame, vectors: np.ndarray) -> None:
        """Write rows, float32 (n, dimension) of unit length or zero."""
        self._loaded(
            lambda: upsert_changed(self.connection, self.name, products[["id", *self.kind.columns]], vectors)
        )

    def delete(self, ids: Sequence[str]) -> None:
        """Take rows out."""
        self._loaded(lambda: delete_ids(self.connection, self.name, ids))

    def _search(self, queries: np.ndarray, limit: int, expression: str) -> Any:
        return self.connection.ask(
            "search",
            self.name,
            queries.tolist(),
            filter=expression,
            limit=limit,
            output_fields=["vector"],
            search_params=self._search_params(limit),
            consistency_level="Strong",
            seconds=None if len(queries) == 1 else MANY_QUERIES_SECONDS,
        )

    def _search_params(self, limit: int) -> dict[str, Any]:
        # HNSW looks at no fewer candidates than it is to give; twice as many, and some more, find nearly all.
        params = {"ef": max(256, 2 * limit)} if self.kind.index_type == "HNSW" else {}
        return {"metric_type": METRIC, "params": params}

    def _candidates(self, hits: Any, limit: int) -> Candidates:
        if not len(hits):
            return Candidates.none(self.kind.dimension)
        vectors = np.array([hit["entity"]["vector"] for hit in hits], np.float32)
        return Candidates(
            tuple(hit["id"] for hit in hits), vectors, float(hits[-1]["distance"]), len(hits) < limit
        )

    def _loaded(self, ask: Callable[[], Answer]) -> Answer:
        """Ask, after loading the collection again where another index run released it."""
        try:
            return ask()
        except CollectionNotLoadedError:
            self.connection.ask("load_collection", self.name, seconds=WRITE_SECONDS)
            return ask()
