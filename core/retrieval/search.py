"""The main job in one pure call: a request in, the hits and all that is said of them out.

Page, command line, notebook and `evaluate` ask it, so that the same request gives the same hits everywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter

import numpy as np

from core.errors import ArtifactError, ModelError
from core.gallery.facets import facet_counts
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import StoredCatalogue
from core.models.names import CLASSIFIER
from core.models.prediction import Prediction, confident_class
from core.retrieval.agreement import agreement
from core.retrieval.encoder import Encoder, default_encoder
from core.retrieval.folding import fold
from core.retrieval.query import query_vectors
from core.retrieval.ranking import Group, Hit, group_by_class, rank_hits
from core.retrieval.relevance_feedback import refine
from core.retrieval.request import (
    Order,
    PictureQuery,
    ProductQuery,
    Query,
    QueryClass,
    ScoreDistribution,
    SearchRequest,
    SearchResponse,
)

FOLDED_AMONG = 4
"""Times as many hits as are shown are looked through for near-duplicates: these lie close to each other."""

OTHER_CLASSES = "Other classes"
"""The group of the hits that are not of the class that comes first."""

EDGES = np.linspace(0, 1, 61)
"""Of the bins in which scores are counted."""


def search(
    request: SearchRequest, catalogue: StoredCatalogue, encoder: Encoder | None = None
) -> SearchResponse:
    """Find the products most like a picture, a product or a vector.

    Parameters
    ----------
    request : SearchRequest
    catalogue : StoredCatalogue
        `core.gallery.stored_catalogue.open_catalogue` opens one.
    encoder : Encoder, optional
        What embeds and classifies a picture; by default the models of this process.

    Returns
    -------
    SearchResponse

    Raises
    ------
    ArtifactError
        If the catalogue has no embeddings of an extractor, or a model that embeds is not at hand.
    ModelError
        If a model's vectors do not fit those of the catalogue.
    SearchError
        If the catalogue lacks a product, a filter's column or value, or a price.
    """
    encoder, catalogue = encoder or default_encoder(), catalogue.pinned()
    took_ms: dict[str, float] = {}
    for extractor in _extractors(request):
        catalogue.open_index(extractor)
    filters = _without_itself(request)
    with _timed(took_ms, "extract"):
        plain = query_vectors(request.query, _extractors(request), catalogue, encoder)
        vectors = _refined(request, plain, catalogue)
    with _timed(took_ms, "classify"):
        prediction, not_predicted = _prediction(request, encoder)
        query_class = _query_class(request.query, prediction, catalogue)
    with _timed(took_ms, "search"):
        first = _class_first(request, query_class)
        total = catalogue.gallery.count(query=vectors, filters=filters, threshold=request.threshold)
        page, n_pages, hits = _page_of_hits(
            request, vectors, catalogue, filters=filters, first=first, total=total
        )
    verdict = None
    if request.agreement:
        with _timed(took_ms, "agreement"):
            verdict = agreement(request.query, request.extractor, catalogue, encoder)
    with _timed(took_ms, "counts"):
        facets = facet_counts(
            catalogue.gallery,
            filters=filters,
            query=vectors,
            threshold=request.threshold,
            columns=request.facets,
        )
        distribution = _distribution(vectors, request.threshold, catalogue) if request.distribution else None
        close = query_class.known or _is_close(request, plain, catalogue)
    return SearchResponse(
        hits=tuple(hits),
        groups=_groups(request, hits, query_class, first, catalogue),
        total=total,
        page=page,
        n_pages=n_pages,
        first=first,
        query_class=query_class,
        prediction=prediction,
        not_predicted=not_predicted,
        nothing_close=not close,
        verdict=verdict,
        facets=facets,
        distribution=distribution,
        counted_among=catalogue.gallery.counted_among,
        took_ms=took_ms,
    )


@contextmanager
def _timed(took_ms: dict[str, float], part: str) -> Iterator[None]:
    """Note how many milliseconds a part of a search took."""
    began = perf_counter()
    yield
    took_ms[part] = 1000 * (perf_counter() - began)


def _extractors(request: SearchRequest) -> tuple[str, ...]:
    others = [name for name, weight in request.weights.items() if weight and name != request.extractor]
    return (request.extractor, *others)


def _without_itself(request: SearchRequest) -> Filters:
    if not isinstance(request.query, ProductQuery):
        return request.filters
    return replace(request.filters, without_ids=(*request.filters.without_ids, request.query.product_id))


def _refined(
    request: SearchRequest, plain: Mapping[str, np.ndarray], catalogue: StoredCatalogue
) -> QueryVectors:
    """Move the query by what was liked and disliked, and weigh it with the other extractors."""
    name = request.extractor
    vectors = dict(plain)
    if request.liked or request.disliked:
        liked, disliked = (
            catalogue.gallery.vectors(name, list(ids)) if ids else ()
            for ids in (request.liked, request.disliked)
        )
        vectors[name] = refine(vectors[name], liked, disliked)
    weights = {name: 1.0} | {other: float(request.weights[other]) for other in plain if other != name}
    return QueryVectors({name: vector[None] for name, vector in vectors.items()}, weights)


def _prediction(request: SearchRequest, encoder: Encoder) -> tuple[Prediction | None, str]:
    """Name the class of a picture; gives why not where the classifier is not at hand."""
    wanted = request.predict or request.order is not Order.SCORE
    if not wanted or not isinstance(request.query, PictureQuery):
        return None, ""
    try:
        return encoder.classify(CLASSIFIER, request.query.image, request.query.key), ""
    except (ArtifactError, ModelError) as error:
        return None, str(error)


def _query_class(query: Query, prediction: Prediction | None, catalogue: StoredCatalogue) -> QueryClass:
    """Say what class a query is of: a product's own, nobody being asked, or what the classifier says."""
    if isinstance(query, ProductQuery):
        (own,) = catalogue.types_of([query.product_id])
        return QueryClass(own or None, order=(own,))
    if prediction is None:
        return QueryClass()
    # Of what is none of the classes, none is likelier than another.
    probabilities = prediction.probabilities if prediction.known else {}
    order = tuple(sorted(probabilities, key=probabilities.__getitem__, reverse=True))
    sure = confident_class(prediction)
    return QueryClass(sure, prediction.probabilities[sure] if sure else None, order, prediction.known)


def _class_first(request: SearchRequest, query_class: QueryClass) -> str | None:
    """Give the class whose hits come first: the sure one, unless it is filtered away."""
    accepted = request.filters.accepted.get("articleType", ())
    if request.order is not Order.CLASS_FIRST or (accepted and query_class.sure not in accepted):
        return None
    return query_class.sure


def _page_of_hits(
    request: SearchRequest,
    vectors: QueryVectors,
    catalogue: StoredCatalogue,
    *,
    filters: Filters,
    first: str | None,
    total: int,
) -> tuple[int, int, list[Hit]]:
    """Give the number of the page, how many there are, and its hits."""

    def ranked(top: int, offset: int) -> list[Hit]:
        return rank_hits(
            catalogue.gallery,
            vectors,
            top=top,
            offset=offset,
            filters=filters,
            threshold=request.threshold,
            first=first,
        )

    if request.fold:
        nearest = ranked(FOLDED_AMONG * request.top, 0)
        signatures = catalogue.signatures(hit.product_id for hit in nearest)
        return 1, 1, fold(nearest, signatures)[: request.top]
    n_pages = max(1, -(-total // request.top))
    page = min(request.page, n_pages)
    return page, n_pages, ranked(request.top, (page - 1) * request.top)


def _groups(
    request: SearchRequest,
    hits: Sequence[Hit],
    query_class: QueryClass,
    first: str | None,
    catalogue: StoredCatalogue,
) -> tuple[Group, ...]:
    if request.order is Order.GROUPED:
        return group_by_class(hits, catalogue.products, query_class.order)
    if first is not None:
        groups = {group.label: group for group in group_by_class(hits, catalogue.products)}
        others = tuple(hit for hit in hits if first not in groups or hit not in groups[first].hits)
        if first in groups and others:
            return groups[first], Group(OTHER_CLASSES, others)
    return (Group("", tuple(hits)),) if hits else ()


def _distribution(
    vectors: QueryVectors, threshold: float | None, catalogue: StoredCatalogue
) -> ScoreDistribution:
    gallery = catalogue.gallery
    reaching = gallery.count(query=vectors, threshold=threshold)
    return ScoreDistribution(EDGES, gallery.score_counts(vectors, EDGES), reaching)


def _is_close(request: SearchRequest, plain: Mapping[str, np.ndarray], catalogue: StoredCatalogue) -> bool:
    """Whether the nearest product scores as high as hits of their query's class do."""
    meant = catalogue.score_threshold(request.extractor)
    if meant is None:
        return True
    own = request.query.product_id if isinstance(request.query, ProductQuery) else None
    query = QueryVectors.of(request.extractor, plain[request.extractor])
    (nearest,) = catalogue.gallery.search(query, 1, exclude=[own])
    return not len(nearest) or float(nearest.scores[0]) >= meant
