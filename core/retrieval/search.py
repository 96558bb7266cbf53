"""The main job in one pure call: a request in, the hits and all that is said of them out.

Page, command line, notebook and `evaluate` ask it, so that the same request gives the same hits everywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter

import numpy as np

from core.gallery.facets import facet_counts
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import StoredCatalogue
from core.labels import label_key, spellings_of
from core.models.consensus import JUDGE_NAMES
from core.models.names import CLASSIFIER
from core.models.prediction import Prediction
from core.retrieval.agreement import Judgement, judge_query, stocked_types
from core.retrieval.encoder import Encoder, default_encoder
from core.retrieval.folding import fold
from core.retrieval.query import query_vectors
from core.retrieval.ranking import Group, Hit, group_by_class, rank_hits
from core.retrieval.relevance_feedback import refine
from core.retrieval.request import (
    Order,
    ProductQuery,
    Query,
    QueryClass,
    ScoreDistribution,
    SearchRequest,
    SearchResponse,
)
from core.retrieval.verdict import Sureness, Verdict

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
        judged = _judged(request, plain, catalogue, encoder)
        query_class = _query_class(request.query, judged, catalogue)
    with _timed(took_ms, "search"):
        first = _class_first(request, query_class, vectors, catalogue, filters=filters)
        total = catalogue.gallery.count(query=vectors, filters=filters, threshold=request.threshold)
        page, n_pages, hits = _page_of_hits(
            request, vectors, catalogue, filters=filters, first=first, total=total
        )
    with _timed(took_ms, "counts"):
        facets = facet_counts(
            catalogue.gallery,
            filters=filters,
            query=vectors,
            threshold=request.threshold,
            columns=request.facets,
        )
        distribution = _distribution(vectors, request.threshold, catalogue) if request.distribution else None
        stocked = query_class.known and _is_stocked(judged.verdict, catalogue)
        close = stocked or _is_close(request, plain, catalogue)
    return SearchResponse(
        hits=tuple(hits),
        groups=_groups(request, hits, query_class, first, catalogue),
        total=total,
        page=page,
        n_pages=n_pages,
        first=first,
        query_class=query_class,
        prediction=judged.prediction,
        not_predicted=judged.absent.get(CLASSIFIER, ""),
        nothing_close=not close,
        verdict=judged.verdict,
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


def _judged(
    request: SearchRequest, plain: Mapping[str, np.ndarray], catalogue: StoredCatalogue, encoder: Encoder
) -> Judgement:
    """Say what the query is, as far as that is asked for or orders the hits."""
    if not (request.predict or request.agreement or request.order is not Order.SCORE):
        return Judgement()
    return judge_query(
        request.query,
        request.extractor,
        catalogue,
        encoder,
        vector=plain[request.extractor],
        second_opinion=request.agreement,
    )


def _query_class(query: Query, judged: Judgement, catalogue: StoredCatalogue) -> QueryClass:
    """Say which class's hits may come first: a product's own, or what the verdict is sure of."""
    if isinstance(query, ProductQuery):
        (own,) = catalogue.types_of([query.product_id])
        return QueryClass(own or None, "its own class", order=(own,))
    verdict = judged.verdict
    if verdict is None:
        return QueryClass()
    sure, reason = _sure_class(verdict, judged.prediction, catalogue)
    return QueryClass(sure, reason, _likeliest_classes(verdict, judged.prediction), verdict.known)


def _sure_class(
    verdict: Verdict, prediction: Prediction | None, catalogue: StoredCatalogue
) -> tuple[str | None, str]:
    """Give the class that may come first, as most of its products spell it, and why it may, or none may."""
    if verdict.label is None or verdict.sureness is not Sureness.SURE:
        return None, f"since {JUDGE_NAMES[CLASSIFIER]} is not sure of the class" if prediction else ""
    spelled = spellings_of(verdict.label, stocked_types(catalogue))
    if not spelled:
        return None, f"since the catalogue has no {verdict.label}"
    return spelled[0], verdict.reason


def _likeliest_classes(verdict: Verdict, prediction: Prediction | None) -> tuple[str, ...]:
    """Give the classes by falling probability, where the verdict follows the classifier; else its own."""
    if prediction is not None and prediction.known and prediction.label == verdict.label:
        shares = prediction.probabilities
        return tuple(sorted(shares, key=shares.__getitem__, reverse=True))
    return (verdict.kind,) if verdict.kind else ()


def _is_stocked(verdict: Verdict | None, catalogue: StoredCatalogue) -> bool:
    """Whether the catalogue has products of the query's class; also where nobody was asked for it."""
    if verdict is None or verdict.label is None:
        return True
    return bool(spellings_of(verdict.label, stocked_types(catalogue)))


def _class_first(
    request: SearchRequest,
    query_class: QueryClass,
    vectors: QueryVectors,
    catalogue: StoredCatalogue,
    *,
    filters: Filters,
) -> str | None:
    """Give the class whose hits come first: the sure one, unless no hit is of it."""
    sure = query_class.sure
    if request.order is not Order.CLASS_FIRST or sure is None:
        return None
    counts = catalogue.gallery.count_by(
        "articleType", query=vectors, filters=filters, threshold=request.threshold
    )
    return sure if spellings_of(sure, counts) else None


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
        of_class = [
            group
            for group in group_by_class(hits, catalogue.products)
            if label_key(group.label) == label_key(first)
        ]
        others = tuple(hit for hit in hits if not of_class or hit not in of_class[0].hits)
        if of_class and others:
            return Group(first, of_class[0].hits), Group(OTHER_CLASSES, others)
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
