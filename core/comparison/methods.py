"""One query, one row of hits a method: what each finds, how long it takes, and what only it finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd

from core.errors import ArtifactError, ModelError, SearchError
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.resize import WHITE
from core.models.compared.methods import extractor_and_distance
from core.models.names import DEFAULT_EXTRACTOR
from core.retrieval.encoder import Encoder, default_encoder
from core.retrieval.query import query_vectors
from core.retrieval.ranking import Hit, rank_hits
from core.retrieval.request import PictureQuery, ProductQuery, Query

COMPARED = 10
"""Hits of each method that are compared: the first ten."""

_BLANK = np.full((80, 60, 3), WHITE, np.uint8)


@dataclass(frozen=True)
class MethodSearch:
    """What one method found, by itself.

    Attributes
    ----------
    method : str
        The extractor's name, and the distance if it is not the cosine; see
        `core.models.compared.methods.by_distance`.
    hits : tuple of Hit
        The nearest first; empty where there is a problem.
    took_ms : mapping of str to float
        ``extract``, describing a picture, and ``search``, finding its nearest. Waiting for others who search
        in the same process counts, loading a model or vectors does not.
    problem : str
        Why the method cannot be asked; "" where it can.
    passing : bool
        Whether the problem may be gone in a moment, memory being short now.
    """

    method: str
    hits: tuple[Hit, ...] = ()
    took_ms: Mapping[str, float] | None = None
    problem: str = ""
    passing: bool = False

    @property
    def product_ids(self) -> tuple[str, ...]:
        """Of the hits, the nearest first."""
        return tuple(hit.product_id for hit in self.hits)


@dataclass(frozen=True)
class ComparedRow:
    """What one method found, seen beside the others.

    Attributes
    ----------
    found : MethodSearch
    overlap : int or None
        How many of its first `COMPARED` hits are among the first of the reference; None without a reference,
        and for the reference itself.
    alone : frozenset of str
        Its hits, by product id, that no other method found.
    """

    found: MethodSearch
    overlap: int | None
    alone: frozenset[str]


@dataclass(frozen=True)
class Comparison:
    """A row of hits for each method, in the order that was asked for."""

    rows: tuple[ComparedRow, ...]
    reference: str | None  # the method whose hits the others are compared with; None where it has none

    @classmethod
    def of(cls, found: Sequence[MethodSearch], *, reference: str = DEFAULT_EXTRACTOR) -> "Comparison":
        """Lay what methods found beside each other.

        Parameters
        ----------
        found : sequence of MethodSearch
            One for each method.
        reference : str
            The method whose first hits the others' are compared with.

        Examples
        --------
        >>> def hits(*ids):
        ...     return tuple(Hit(each, rank, 0.5) for rank, each in enumerate(ids, start=1))
        >>> found = [MethodSearch("vgg16", hits("a", "b")), MethodSearch("vae", hits("b", "c"))]
        >>> beside = Comparison.of(found)
        >>> [(row.overlap, sorted(row.alone)) for row in beside.rows]
        [(None, ['a']), (1, ['c'])]
        """
        first = {each.method: set(each.product_ids[:COMPARED]) for each in found if each.hits}
        rows = []
        for each in found:
            others = {one for other in found if other is not each for one in other.product_ids}
            overlap = None
            if each.hits and each.method != reference and reference in first:
                overlap = len(first[each.method] & first[reference])
            rows.append(ComparedRow(each, overlap, frozenset(each.product_ids) - others))
        return cls(tuple(rows), reference if reference in first else None)

    def table(self) -> pd.DataFrame:
        """Give one row a hit: ``method``, ``rank``, ``product_id``, ``score``, ``alone`` (bool)."""
        return pd.DataFrame(
            [
                {
                    "method": row.found.method,
                    "rank": hit.rank,
                    "product_id": hit.product_id,
                    "score": hit.score,
                    "alone": hit.product_id in row.alone,
                }
                for row in self.rows
                for hit in row.found.hits
            ],
            columns=["method", "rank", "product_id", "score", "alone"],
        )


def compare(
    query: Query,
    catalogue: StoredCatalogue,
    *,
    methods: Sequence[str] | None = None,
    top: int = COMPARED,
    reference: str = DEFAULT_EXTRACTOR,
    encoder: Encoder | None = None,
) -> Comparison:
    """Search with one query by several methods.

    Parameters
    ----------
    query : PictureQuery, ProductQuery or VectorQuery
    catalogue : StoredCatalogue
        `core.gallery.stored_catalogue.open_catalogue` opens one.
    methods : sequence of str, optional
        Extractors, each by the cosine, or by another distance as in "cld:weighted"; by default all that the
        catalogue has embeddings of.
    top : int
        Hits of each.
    reference : str
        The method whose first hits the others' are compared with.
    encoder : Encoder, optional
        What embeds a picture; by default the models of this process.

    Returns
    -------
    Comparison
        With a `problem` for a method that cannot be asked; the others are.

    Raises
    ------
    SearchError
        If the catalogue lacks the product, no method is named, one is named twice, or a distance is none of
        the extractor's or of the engine's.

    Examples
    --------
    >>> from core.gallery.stored_catalogue import open_catalogue
    >>> from core.retrieval.request import ProductQuery
    >>> beside = compare(ProductQuery("10002"), open_catalogue("demo"), methods=["colour", "shape"], top=3)
    >>> [len(row.found.hits) for row in beside.rows], beside.reference
    ([3, 3], None)
    """
    chosen = tuple(catalogue.extractors if methods is None else methods)
    if not chosen or len(set(chosen)) < len(chosen):
        raise SearchError(
            f"The methods to compare are {', '.join(chosen) or 'none'}; name at least one, and each once."
        )
    pinned = catalogue.pinned()
    found = [search_by(query, each, pinned, top=top, encoder=encoder) for each in chosen]
    return Comparison.of(found, reference=reference)


def search_by(
    query: Query,
    method: str,
    catalogue: StoredCatalogue,
    *,
    top: int = COMPARED,
    encoder: Encoder | None = None,
) -> MethodSearch:
    """Search by one method and measure how long it takes.

    Parameters
    ----------
    query, catalogue, top, encoder
        As for `compare`.
    method : str
        The extractor's name, and the distance if it is not the cosine.

    Returns
    -------
    MethodSearch
        With a `problem` where the catalogue has no embeddings of the method, or its model is not at hand.

    Raises
    ------
    SearchError
        If the catalogue lacks the product, or the distance is none of the extractor's or of the engine's.
    """
    encoder = encoder or default_encoder()
    extractor, distance = extractor_and_distance(method)
    try:
        catalogue.open_index(extractor)
        gallery, took_ms = catalogue.gallery, dict[str, float]()
        # What is loaded by the first search of a process is no part of what a search takes.
        rank_hits(gallery, QueryVectors.of(extractor, np.ones(gallery.dimension(extractor)), distance), top=1)
        if isinstance(query, PictureQuery):
            encoder.embed(extractor, _BLANK, "blank")
        began = perf_counter()
        vector = query_vectors(query, (extractor,), catalogue, encoder)[extractor]
        if isinstance(query, PictureQuery):
            took_ms["extract"] = 1000 * (perf_counter() - began)
        began = perf_counter()
        asked = QueryVectors.of(extractor, vector, distance)
        hits = rank_hits(gallery, asked, top=top, filters=_filters(query))
        took_ms["search"] = 1000 * (perf_counter() - began)
    except (ArtifactError, ModelError) as error:
        return MethodSearch(method, problem=str(error), passing=isinstance(error, ModelError))
    return MethodSearch(method, tuple(hits), took_ms)


def _filters(query: Query) -> Filters:
    """Leave out a product that is the query, as every search does."""
    return Filters(without_ids=(query.product_id,)) if isinstance(query, ProductQuery) else Filters()
