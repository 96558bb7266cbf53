"""What can be searched: the protocol that every engine of a gallery keeps, and the values it speaks in.

A gallery holds products, their facets and their embeddings. It is asked by vectors and answers with ids and
scores, so that it may lie in this process (`core.gallery.local`) or on other machines
(`core.gallery.milvus`). No caller reads the vectors or the scores of the whole gallery: counts and the
distribution of scores are questions of their own, which an engine answers as it can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from core.errors import SearchError
from core.gallery.distances import check_distance
from core.gallery.index import Neighbours
from core.models.compared.methods import Distance

Price = tuple[float | None, float | None]
"""Lowest and highest price, both included; None is open."""


@dataclass(frozen=True)
class Filters:
    """What narrows a search.

    A product passes if in each column its value is one of those accepted and none of those rejected. A
    column that accepts no value is no filter. A product without a price passes no price range.
    """

    accepted: Mapping[str, Sequence[str]] = field(default_factory=dict)  # column -> values; "" is unknown
    rejected: Mapping[str, Sequence[str]] = field(default_factory=dict)
    price: Price | None = None
    without_ids: tuple[str, ...] = ()  # products that are no hits, such as the query itself
    only_ids: tuple[str, ...] | None = None  # None lets any product be a hit

    def __post_init__(self) -> None:
        for column, values in [*self.accepted.items(), *self.rejected.items()]:
            if isinstance(values, str):
                raise SearchError(f"The filter on {column} is the text '{values}'; give a tuple of values.")
        if self.price is not None:
            lowest, highest = self.price_bounds
            if not lowest <= highest:
                raise SearchError(
                    f"The price range {lowest} to {highest} holds nothing; give the lower price first."
                )

    @property
    def price_bounds(self) -> tuple[float, float]:
        """Lowest and highest price, infinite where a side is open."""
        lowest, highest = self.price or (None, None)
        return -np.inf if lowest is None else lowest, np.inf if highest is None else highest

    @property
    def narrow(self) -> bool:
        """Whether more is filtered away than `without_ids`."""
        by_facet = any(self.accepted.values()) or any(self.rejected.values())
        return by_facet or self.price is not None or self.only_ids is not None

    def without_column(self, column: str) -> "Filters":
        """Give the filters with what one column accepts left out."""
        kept = {name: values for name, values in self.accepted.items() if name != column}
        return replace(self, accepted=kept)

    def accepting(self, column: str, *values: str) -> "Filters":
        """Give the filters with these as the values that one column accepts."""
        return replace(self, accepted={**self.accepted, column: values})

    def rejecting(self, column: str, *values: str) -> "Filters":
        """Give the filters with these as the values that one column rejects."""
        return replace(self, rejected={**self.rejected, column: values})


NO_FILTERS = Filters()
"""Lets every product be a hit."""


@dataclass(frozen=True)
class QueryVectors:
    """One or more queries as vectors of one extractor, or of several that are fused.

    Attributes
    ----------
    vectors : mapping of extractor to float array (m, dimension)
        Row *i* of each belongs to query *i*. Of cosines, only directions count.
    weights : mapping of extractor to float
        How much each counts, at least 0, not all 0; see `core.gallery.fusion`.
    distance : Distance
        How vectors are compared, and scores made of that; see `core.gallery.distances`. An engine that knows
        cosines alone refuses another.

    Raises
    ------
    SearchError
        If there is no extractor, an extractor has no weight, the numbers of queries differ, or the distance
        is not one of the extractor, or of several.
    """

    vectors: Mapping[str, np.ndarray]
    weights: Mapping[str, float]
    distance: Distance = Distance.COSINE

    def __post_init__(self) -> None:
        if set(self.vectors) != set(self.weights) or not self.vectors:
            raise SearchError(
                f"A query has vectors of {', '.join(self.vectors) or 'no extractor'} but weights of "
                f"{', '.join(self.weights) or 'none'}; give each extractor both."
            )
        if (
            any(rows.ndim != 2 for rows in self.vectors.values())
            or len(set(map(len, self.vectors.values()))) > 1
        ):
            shapes = ", ".join(f"{name} {rows.shape}" for name, rows in self.vectors.items())
            raise SearchError(
                f"The vectors of a query have the shapes {shapes}; give one row for each query."
            )
        if self.distance is not Distance.COSINE:
            if len(self.extractors) > 1:
                raise SearchError(
                    f"The {self.distance} distances of {' and '.join(self.extractors)} have no common unit; "
                    "weigh several extractors by their cosines, or search by one."
                )
            check_distance(self.distance, self.extractors[0])

    def __len__(self) -> int:
        return len(next(iter(self.vectors.values())))

    @property
    def extractors(self) -> tuple[str, ...]:
        """Those that count: all with a weight above 0."""
        return tuple(name for name in self.vectors if self.weights[name] > 0)

    @classmethod
    def of(cls, extractor: str, vectors: np.ndarray, distance: Distance = Distance.COSINE) -> "QueryVectors":
        """Make queries of one extractor's vectors, float array (m, dimension) or (dimension,)."""
        return cls({extractor: np.atleast_2d(np.asarray(vectors))}, {extractor: 1.0}, distance)


@runtime_checkable
class Gallery(Protocol):
    """Products that can be searched by their embeddings.

    Scores are cosine similarities, unless the query asks for another distance; the nearest come first, equal
    scores in the catalogue's order. Filters that name a column or value which the gallery lacks are refused
    with a `SearchError`. Safe to share between threads.
    """

    @property
    def extractors(self) -> tuple[str, ...]:
        """Those whose embeddings are here."""

    @property
    def products(self) -> pd.DataFrame:
        """What is searched, in the order that settles equal scores. Not to be changed."""

    @property
    def counted_among(self) -> int | None:
        """Of how many nearest products counts under a threshold and score distributions speak.

        None where they speak of every product, as in this process. An engine on another machine that cannot
        score its whole gallery counts among the nearest few thousand and says so here. No more are hits.
        """

    def __len__(self) -> int: ...

    def pinned(self) -> "Gallery":
        """Give the gallery as it is now: later changes do not show in it, so that its answers fit together.

        An engine that keeps no earlier states gives itself.
        """

    def open_index(self, extractor: str) -> None:
        """Make ready to search by an extractor now rather than in the first search.

        Raises
        ------
        ArtifactError
            If there are no embeddings of it.
        """

    def dimension(self, extractor: str) -> int:
        """Length of an extractor's vectors."""

    def row(self, product_id: str) -> int:
        """Give a product's row in `products`.

        Raises
        ------
        SearchError
            If there is no such product.
        """

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
        """Find the `k` nearest products to each query, after the first `offset`.

        Parameters
        ----------
        query : QueryVectors, m queries
        k, offset : int
        filters : Filters, optional
        threshold : float, optional
            Lowest score of a neighbour, compared as float32.
        exclude : sequence of m ids or None, optional
            For each query the product that is no neighbour, usually itself.

        Returns
        -------
        list of m Neighbours

        Raises
        ------
        ArtifactError
            If there are no embeddings of an extractor.
        SearchError
            If an argument does not fit the gallery.
        """

    def count(
        self,
        *,
        query: QueryVectors | None = None,
        filters: Filters | None = None,
        threshold: float | None = None,
    ) -> int:
        """Count the products that pass the filters and, with one query and a threshold, score as much."""

    def count_by(
        self,
        column: str,
        *,
        query: QueryVectors | None = None,
        filters: Filters | None = None,
        threshold: float | None = None,
    ) -> dict[str, int]:
        """Count the same by the values of a column. Values without any product are left out."""

    def score_counts(self, query: QueryVectors, edges: np.ndarray) -> np.ndarray:
        """Count the scores of one query, of all products, between edges: int64 (len(edges) - 1,).

        Each bin holds its lower edge and not its upper one, but for the last, which holds both. Scores beyond
        the edges fall into the first and last bin.
        """

    def vectors(self, extractor: str, ids: Sequence[str]) -> np.ndarray:
        """Give the embeddings of products, float32 (len(ids), dimension).

        Of the length that their extractor gave them, or of unit length where the engine keeps no other.
        """

    def matched_pictures(self, query: QueryVectors, ids: Sequence[str]) -> list[int]:
        """Say which picture of each product one query is nearest to: 1 is the first, and so where equal.

        Of extractors that are fused, by the one that counts most.
        """

    def upsert(self, products: pd.DataFrame, vectors: Mapping[str, np.ndarray]) -> None:
        """Add products, or replace those whose ids are here.

        Parameters
        ----------
        products : DataFrame, length n
            With the gallery's columns.
        vectors : mapping of extractor to float array (n, dimension)
            Of every extractor of the gallery.
        """

    def delete(self, ids: Sequence[str]) -> None:
        """Take products out. An id that is not here is refused, and nothing is taken out."""
