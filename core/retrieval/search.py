"""The main job in one pure call: a request in, the hits and all that is said of them out.

Page, command line, notebook and `evaluate` ask it, so that the same request gives the same hits everywhere.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter

import numpy as np

from core.errors import SearchError
from core.gallery.facets import facet_counts
from core.gallery.intimates import leave_out_intimates
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import StoredCatalogue
from core.labels import spellings_of
from core.models.compared.methods import Distance
from core.models.names import CLASSIFIER
from core.retrieval.agreement import Judgement, is_stocked, judge_query, query_class
from core.retrieval.encoder import Encoder, default_encoder
from core.retrieval.paging.hit_pages import RankedQuery, page_of_hits
from core.retrieval.query import query_vectors
from core.retrieval.relevance_feedback import refine
from core.retrieval.request import (
    Order,
    ProductQuery,
    QueryClass,
    ScoreDistribution,
    SearchRequest,
    SearchResponse,
    WordsQuery,
)
from core.retrieval.surroundings import is_close, likely_gender, nearest_to_query, own_id
from core.retrieval.verdicts.calibration import Calibration, ScoreCalibration, calibration_at_hand
from core.retrieval.words.movement import moved_by_words, only_products_with, words_alone
from core.retrieval.words.vocabulary import ReadWords, read_words

MOST_EXPORTED = 1000
"""Hits that a table of all of them has at most, unless a least score says where they end."""

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
        If the catalogue lacks a product, a filter's column or value, or a price, or every word where there
        are words alone.
    """
    encoder, catalogue = encoder or default_encoder(), catalogue.pinned()
    took_ms: dict[str, float] = {}
    for extractor in _extractors(request):
        catalogue.open_index(extractor)
    words = read_words(request.words, catalogue.products)
    filters, n_left_out = _without_intimates(request, _filters(request, words, catalogue), catalogue)
    with _timed(took_ms, "extract"):
        plain = _plain_vectors(request, catalogue, encoder, filters=filters)
        vectors = _refined(request, plain, catalogue, words=words, filters=filters)
    with _timed(took_ms, "classify"):
        judged = _judged(request, plain, catalogue, encoder)
        of_class = query_class(request.query, judged, catalogue)
    with _timed(took_ms, "search"):
        asked = RankedQuery(request, vectors, catalogue, filters)
        calibration = calibration_at_hand()
        of_class = _near_enough(asked, of_class, judged, calibration)
        first = _class_first(asked, of_class)
        found = page_of_hits(asked, of_class, first)
    with _timed(took_ms, "counts"):
        facets = facet_counts(
            catalogue.gallery,
            filters=filters,
            query=vectors,
            threshold=request.threshold,
            columns=request.facets,
        )
        distribution = _distribution(vectors, request.threshold, catalogue) if request.distribution else None
        stocked = of_class.known and is_stocked(judged.verdict, catalogue)
        weighed = calibration is not None and judged.evidence is not None
        nearest = nearest_to_query(request, plain, catalogue, needed=not stocked or weighed)
        close = is_close(request, judged, nearest, catalogue, calibration=calibration, stocked=stocked)
        found = found.in_words(_scale(request, words, calibration), nothing_close=not close)
    return SearchResponse(
        hits=found.hits,
        groups=found.groups,
        total=found.total,
        page=found.page,
        n_pages=found.n_pages,
        n_left_out=n_left_out,
        likely_gender=likely_gender(request, nearest, catalogue),
        not_folded=catalogue.not_folded() if request.fold else "",
        n_groups=found.n_groups,
        first=first,
        query_class=of_class,
        prediction=judged.prediction,
        not_predicted=judged.absent.get(CLASSIFIER, ""),
        nothing_close=not close,
        words=words,
        verdict=judged.verdict,
        facets=facets,
        distribution=distribution,
        counted_among=catalogue.gallery.counted_among,
        took_ms=took_ms,
    )


def search_all(
    request: SearchRequest, catalogue: StoredCatalogue, encoder: Encoder | None = None
) -> SearchResponse:
    """Find all hits of a request at once: as many as `MOST_EXPORTED`, or all above its threshold.

    They come in the request's order, in one list where it groups them. Nothing else is asked for.

    Raises
    ------
    ArtifactError, ModelError, SearchError
        As from `search`.
    """
    return search(
        replace(
            request,
            order=Order.SCORE if request.order is Order.GROUPED else request.order,
            top=MOST_EXPORTED if request.threshold is None else max(1, len(catalogue)),
            page=1,
            predict=request.order is Order.CLASS_FIRST,
            agreement=False,
            facets=(),
            distribution=False,
        ),
        catalogue,
        encoder,
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


def _filters(request: SearchRequest, words: ReadWords, catalogue: StoredCatalogue) -> Filters:
    """Narrow the request's filters by its words, and leave out a product that is the query."""
    filters = words.narrowed(request.filters)
    if isinstance(request.query, WordsQuery):
        if not words.terms:
            raise SearchError(_no_such_words(words))
        return only_products_with(words, filters, catalogue)
    if isinstance(request.query, ProductQuery):
        return replace(filters, without_ids=(*filters.without_ids, request.query.product_id))
    return filters


def _no_such_words(words: ReadWords) -> str:
    alike = [near for spelled in words.unknown.values() for near in spelled]
    mend = (
        f"did you mean {' or '.join(alike[:3])}?" if alike else "try a class, a colour, a brand or a pattern."
    )
    return f"No product has the word {' or '.join(words.unknown) or 'given'}; {mend}"


def _plain_vectors(
    request: SearchRequest, catalogue: StoredCatalogue, encoder: Encoder, *, filters: Filters
) -> dict[str, np.ndarray]:
    if isinstance(request.query, WordsQuery):
        return words_alone(_extractors(request), catalogue=catalogue, filters=filters)
    return query_vectors(request.query, _extractors(request), catalogue, encoder)


def _refined(
    request: SearchRequest,
    plain: Mapping[str, np.ndarray],
    catalogue: StoredCatalogue,
    *,
    words: ReadWords,
    filters: Filters,
) -> QueryVectors:
    """Move the query by words, likes and dislikes, and weigh it with the other extractors."""
    name = request.extractor
    vectors = dict(plain)
    if words.in_names and request.distance is not Distance.COSINE:
        raise SearchError(
            f"The word {words.in_names[0].text} stands in products' names and moves the query, which is "
            f"searched by the cosine, not by the {request.distance} distance; leave one of them out."
        )
    if not isinstance(request.query, WordsQuery):  # whose vectors are of products that have the words
        vectors[name] = moved_by_words(vectors[name], words, name, catalogue=catalogue, filters=filters)
    if request.liked or request.disliked:
        liked, disliked = (
            catalogue.gallery.vectors(name, list(ids)) if ids else ()
            for ids in (request.liked, request.disliked)
        )
        vectors[name] = refine(vectors[name], liked, disliked)
    weights = {name: 1.0} | {other: float(request.weights[other]) for other in plain if other != name}
    return QueryVectors({name: vector[None] for name, vector in vectors.items()}, weights, request.distance)


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
        intimates=request.intimates,
    )


def _near_enough(
    asked: RankedQuery, of_class: QueryClass, judged: Judgement, calibration: Calibration | None
) -> QueryClass:
    """Let no class come first that the nearest products are not of, unless its best hit is near the best.

    A class that the verdict is sure of may be wrong: of jackets called shirts, no hit would be a jacket.
    """
    if calibration is None or of_class.sure is None or judged.evidence is None:
        return of_class
    if judged.evidence.crowd_is(of_class.sure) or not spellings_of(of_class.sure, asked.count_by_class()):
        return of_class  # of which there may be no hit, and then none comes first
    nearest, of_this = asked.ranked(1, 0), asked.ranked(1, 0, of_class.sure)
    if of_this[0].score >= nearest[0].score - calibration.class_margin:
        return of_class
    return replace(of_class, sure=None, reason="since the nearest products are of another class")


def _scale(
    request: SearchRequest, words: ReadWords, calibration: Calibration | None
) -> ScoreCalibration | None:
    """Give what the scores mean, where they are of the query as it was handed in."""
    moved = request.liked or request.disliked or words.in_names or any(request.weights.values())
    if calibration is None or moved or isinstance(request.query, WordsQuery):
        return None
    return calibration.scores.get(request.extractor) if request.distance is Distance.COSINE else None


def _class_first(asked: RankedQuery, of_class: QueryClass) -> str | None:
    """Give the class whose hits come first: the sure one, unless no hit is of it."""
    sure = of_class.sure
    if asked.request.order is not Order.CLASS_FIRST or sure is None:
        return None
    return sure if spellings_of(sure, asked.count_by_class()) else None


def _distribution(
    vectors: QueryVectors, threshold: float | None, catalogue: StoredCatalogue
) -> ScoreDistribution:
    gallery = catalogue.gallery
    reaching = gallery.count(query=vectors, threshold=threshold)
    return ScoreDistribution(EDGES, gallery.score_counts(vectors, EDGES), reaching)


def _without_intimates(
    request: SearchRequest, filters: Filters, catalogue: StoredCatalogue
) -> tuple[Filters, int]:
    """Leave out intimate products where the query is none, and count them."""
    if request.intimates:
        return filters, 0
    own = own_id(request)
    own_type = catalogue.types_of([own])[0] if own else ""
    return leave_out_intimates(filters, catalogue.gallery, own_type=own_type)
