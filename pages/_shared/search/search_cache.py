"""What a search on the page costs, remembered for a visit: vectors, scores, colours, and why hits matched.

A query is embedded once by each extractor that is asked. Everything that the controls change is worked out
from all its scores, which are kept.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import ArtifactError, ImageError, ModelError
from core.explain.descriptor_scores import descriptor_scores
from core.explain.similarity_map import SimilarityMap, similarity_map
from core.imaging.decode import read_image
from core.imaging.dominant_colours import MainColour, main_colours
from core.imaging.near_duplicates import GarmentSignature, duplicate_leaders, garment_signature
from core.models.prediction import Prediction, classify_image, confident_class, percent_text
from core.retrieval import folding
from core.retrieval.consensus import VOTERS, vote
from core.retrieval.facets import FACET_COLUMNS, count_matching, facet_counts
from core.retrieval.fusion import combined_scores
from core.retrieval.index import Index
from core.retrieval.ranking import Hit, SearchOptions, rank
from core.retrieval.relevance_feedback import refine
from pages._shared.session import cache
from pages._shared.session.state import Photo, Product, Query

FOLDED_AMONG = 4
"""Times as many hits as are shown are looked through for near-duplicates: these lie close to each other."""

THUMBNAIL = 180
"""Longest side of a small picture, in pixels: twice what it is shown at."""

Thumbs = tuple[tuple[str, bool], ...]
"""Product ids in the order they were judged, and whether each was liked."""


@dataclass(frozen=True)
class Found:
    """One page of hits, and how many there are."""

    hits: list[Hit]
    total: int  # hits of all pages
    n_pages: int  # 1 where near-duplicates are folded: among the nearest alone


@dataclass(frozen=True)
class QueryClass:
    """What is known of a query's class."""

    sure: str | None  # the class whose hits may come first
    why: str  # in words: why they may, or may not
    order: tuple[str, ...] = ()  # the classes, the likeliest first
    known: bool = True  # False where it is most likely none of them


def find(
    name: str,
    extractor: str,
    query: Query,
    options: SearchOptions,
    weights: Mapping[str, float] | None = None,
    thumbs: Thumbs = (),
    *,
    fold: bool = False,
) -> Found:
    """Find the products most like a query."""
    products, index = cache.catalogue(name).products, cache.index(name, extractor)
    options = _without_itself(query, options)
    values = all_scores(name, extractor, query, weights or {}, thumbs)
    total = count_matching(products, values, options)
    if not fold:
        return Found(rank(index, products, values, options), total, -(-total // options.top))
    nearest = rank(index, products, values, replace(options, top=FOLDED_AMONG * options.top, offset=0))
    folded = folding.fold(nearest, looks(name, [hit.product_id for hit in nearest]))
    return Found(folded[: options.top], total, 1)


def counts(
    name: str,
    extractor: str,
    query: Query,
    options: SearchOptions,
    weights: Mapping[str, float],
    thumbs: Thumbs,
) -> dict[str, dict[str, int]]:
    """Count, by column and value, what each filter would find."""
    values = all_scores(name, extractor, query, weights, thumbs)
    return facet_counts(cache.catalogue(name).products, _without_itself(query, options), scores=values)


def _without_itself(query: Query, options: SearchOptions) -> SearchOptions:
    return replace(options, exclude=query.product_id) if isinstance(query, Product) else options


def all_scores(
    name: str, extractor: str, query: Query, weights: Mapping[str, float], thumbs: Thumbs
) -> np.ndarray:
    """Score every product by the extractor, and by the descriptors that have a weight."""
    values = scores(name, extractor, query, thumbs)
    used = {part: weight for part, weight in weights.items() if weight and part != extractor}
    if not used:
        return values
    parts = {part: scores(name, part, query, ()) for part in used} | {extractor: values}
    return combined_scores(parts, {extractor: 1.0} | used, balanced=True)


def scores(name: str, extractor: str, query: Query, thumbs: Thumbs) -> np.ndarray:
    """Score every product against a query, moved by thumbs up and down; once a visit for each."""
    return _scores(name, extractor, query.key, thumbs, cache.versions(name, extractor), query)


@st.cache_data(scope="session", max_entries=24, show_spinner=False)
def _scores(name, extractor, key, thumbs, versions, _query) -> np.ndarray:
    index = cache.index(name, extractor)
    vector = cache.query_vector(name, extractor, _query)
    liked, disliked = (_rows(index, thumbs, up) for up in (True, False))
    return index.scores(refine(vector, liked, disliked) if thumbs else vector)


def _rows(index: Index, thumbs: Thumbs, up: bool) -> np.ndarray:
    return index.vectors[[index.row(product_id) for product_id, liked in thumbs if liked == up]]


def second_opinions(name: str, extractor: str, query: Query) -> list[Prediction]:
    """Ask the RGB classifier and the nearest products what a query shows, once a visit.

    A classifier that is not at hand is left out: the first opinion does not depend on it.
    """
    return _second_opinions(name, extractor, query.key, cache.versions(name, extractor), query)


@st.cache_data(scope="session", max_entries=32, show_spinner=False)
def _second_opinions(name, extractor, key, versions, _query) -> list[Prediction]:
    nearest = cache.nearest_products(name, extractor, _query, VOTERS)
    said = [vote(list(cache.catalogue(name).products["articleType"].iloc[list(nearest.rows)]))]
    with suppress(ArtifactError, ModelError):
        model, picture = cache.model_registry().classifier("rgb"), image(name, _query)
        with cache.model_registry().inference:
            said.append(classify_image(picture, model))
    return said


def named(name: str, query: Query) -> Prediction | None:
    """Name a query's class; None where the classifier is not at hand."""
    with suppress(ArtifactError, ModelError):
        return cache.predict_query_class(name, query)
    return None


def class_of(name: str, query: Query) -> QueryClass:
    """Say what class a query is of: a product's own, nobody being asked, or what VGG19 says of a photo."""
    if isinstance(query, Product):
        gallery = cache.catalogue(name)
        own = str(gallery.products["articleType"].iloc[gallery.row(query.product_id)])
        return QueryClass(own or None, "its own class", (own,))
    said = named(name, query)
    if said is None:
        return QueryClass(None, "")
    sure = confident_class(said)
    if sure is None:
        return QueryClass(None, "since VGG19 is not sure of the class", _likeliest(said), said.known)
    probability = percent_text(said.probabilities[sure])
    return QueryClass(sure, f"since VGG19 is {probability} sure", _likeliest(said))


def _likeliest(said: Prediction) -> tuple[str, ...]:
    # Of what is none of the classes, none is likelier than another.
    probabilities = said.probabilities if said.known else {}
    return tuple(sorted(probabilities, key=probabilities.get, reverse=True))


def thumbnail(photo: Photo) -> str:
    """Turn a photo into a small picture that the browser shows, once a visit."""
    return _thumbnail(photo.key, photo)


@st.cache_data(scope="session", max_entries=128, show_spinner=False)
def _thumbnail(key: str, _photo: Photo) -> str:
    return cache.image_data_uri(read_image(_photo.data, name=_photo.name, max_side=THUMBNAIL))


def nothing_close(name: str, extractor: str, query: Query) -> bool:
    """Say that even the nearest product scores below where hits are of their query's class."""
    meant, values = cache.meaningful_score(name, extractor), scores(name, extractor, query, ())
    if isinstance(query, Product):
        values = np.delete(values, cache.catalogue(name).row(query.product_id))
    return meant is not None and len(values) > 0 and float(values.max()) < meant


def filter_values(name: str) -> dict[str, list[str]]:
    """List what the filters of a catalogue can be set to: columns in which products differ."""
    return _filter_values(name, cache.versions(name, ""))


@st.cache_data(max_entries=8, show_spinner=False)
def _filter_values(name, versions) -> dict[str, list[str]]:
    products = cache.catalogue(name).products
    values = {column: sorted(products[column].unique()) for column in FACET_COLUMNS}
    return {column: listed for column, listed in values.items() if len(listed) > 1}


def price_range(name: str) -> tuple[float, float]:
    """Give the lowest and highest price of a catalogue, whole numbers; twice 0 where none is known."""
    prices = cache.catalogue(name).products["price"].dropna()
    return (float(np.floor(prices.min())), float(np.ceil(prices.max()))) if len(prices) else (0.0, 0.0)


def table(name: str, hits: list[Hit]) -> pd.DataFrame:
    """Lay hits out as a table, a row each."""
    products = cache.catalogue(name).products
    rows = products.iloc[[cache.catalogue(name).row(hit.product_id) for hit in hits]]
    laid = rows.rename(columns={"id": "product_id"}).reset_index(drop=True)
    laid.insert(0, "rank", [hit.rank for hit in hits])
    laid.insert(1, "score", [round(hit.score, 6) for hit in hits])
    laid["near_duplicates"] = [" ".join(hit.duplicates) for hit in hits]
    return laid


def nearly_the_same(name: str, hits: list[Hit]) -> dict[str, str]:
    """Which hits show nearly the same as one before them, and which."""
    ids = [hit.product_id for hit in hits]
    leaders = duplicate_leaders(looks(name, ids))
    return {ids[place]: ids[leader] for place, leader in enumerate(leaders) if leader is not None}


def looks(name: str, product_ids: list[str]) -> list[GarmentSignature | None]:
    """Make the pictures of products small enough to be compared, each once for all visitors.

    None for a picture that cannot be read.
    """
    return [_look(name, product_id, cache.versions(name, "")) for product_id in product_ids]


@st.cache_data(max_entries=2000, show_spinner=False)
def _look(name, product_id, versions) -> GarmentSignature | None:
    with suppress(ImageError):
        return garment_signature(image(name, Product(product_id)))
    return None


def image(name: str, query: Query) -> np.ndarray:
    """Decode the query's picture."""
    if isinstance(query, Photo):
        return cache.read_photo(query)
    return cache.product_images(name, [query.product_id])[0]


def colours(name: str, query: Query) -> list[MainColour]:
    """Find the main colours of a query, or of a hit taken as one, once a visit."""
    return _colours(name, query.key, cache.versions(name, ""), query)


@st.cache_data(scope="session", max_entries=64, show_spinner=False)
def _colours(name, key, version, _query) -> list[MainColour]:
    return main_colours(image(name, _query))


def alike_in(name: str, query: Query, product_id: str) -> dict[str, float]:
    """Say how alike a query and a product are in colour, texture and shape, once a visit."""
    return _alike_in(name, query.key, product_id, cache.versions(name, ""), query)


@st.cache_data(scope="session", max_entries=64, show_spinner=False)
def _alike_in(name, key, product_id, versions, _query) -> dict[str, float]:
    # From the pictures, a hundredth of a second: the catalogue's vectors of all three descriptors would
    # have to be held in memory for two rows of them.
    return descriptor_scores(image(name, _query), image(name, Product(product_id)))


def match(name: str, query: Query, product_id: str) -> SimilarityMap:
    """Split a hit's score over the places of both pictures, once a visit."""
    return _match(name, query.key, product_id, cache.versions(name, "vgg16"), query)


@st.cache_data(scope="session", max_entries=16, show_spinner=False)
def _match(name, key, product_id, versions, _query) -> SimilarityMap:
    model = cache.model_registry().get("vgg16")
    pictures = image(name, _query), image(name, Product(product_id))
    with cache.model_registry().inference:
        return similarity_map(model, *pictures)
