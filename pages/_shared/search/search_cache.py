"""What the Search page asks of `core`, remembered for a visit: hits, verdicts, colours, explanations."""

from dataclasses import dataclass, replace

import numpy as np

from core.catalogue.outfits import OutfitItem, complete_the_look
from core.errors import ArtifactError, ModelError
from core.explain.descriptor_scores import descriptor_scores
from core.explain.similarity_map import SimilarityMap, similarity_map
from core.gallery.facets import filter_values as values_of_filters
from core.imaging.decode import QUERY_SIDE, read_image
from core.imaging.dominant_colours import MainColour, main_colours
from core.imaging.resize import shrink
from core.inference_queue import Priority
from core.models.names import CLASSIFIER, FINDER, UPRIGHT_MODEL
from core.retrieval import agreement, search
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_part import GarmentChoice
from core.retrieval.query import picture_of
from core.retrieval.request import SearchRequest, SearchResponse
from pages._shared.search.selection import searched_photo
from pages._shared.session import cache, server
from pages._shared.session.cache_decorator import (
    DoNotCache,
    cached,
    catalogue_version,
    model_version,
    version_of_model,
)
from pages._shared.session.encoder import VisitEncoder, to_query, upright_photo
from pages._shared.session.state import Photo, VisitorQuery

THUMBNAIL = 180
"""Longest side of a small picture, in pixels: twice what it is shown at."""

EXPLAINING_MODEL = "vgg16"
"""The extractor whose score splits over places."""


@cached(
    depends_on=(catalogue_version(), model_version(), version_of_model(CLASSIFIER)),
    max_entries=24,
    scope="session",
)
def find(catalogue_name: str, extractor: str, request: SearchRequest) -> SearchResponse:
    """Find the products most like a query, once a visit for each request."""
    response = _search(catalogue_name, request)
    if response.not_predicted:
        raise DoNotCache(response)  # memory may be there again, or the model trained
    return response


@dataclass(frozen=True)
class FirstSearch:
    """What was found for one photo of several, and with which garment of it."""

    response: SearchResponse
    choice: GarmentChoice
    turn: int  # degrees clockwise that it was turned by


@cached(
    depends_on=(
        catalogue_version(),
        model_version(),
        version_of_model(CLASSIFIER),
        version_of_model(FINDER),
        version_of_model(UPRIGHT_MODEL),
    ),
    max_entries=cache.ANSWERS_A_VISIT,
    scope="session",
    priority=Priority.CLASS,
)
def find_first(catalogue_name: str, extractor: str, photo: Photo, asked: SearchRequest) -> FirstSearch:
    """Find the first hits of one photo of several, turned and by the garment that its own page starts with.

    What is asked of all of them comes with a query of its own, which the photo takes the place of. The photo
    is not decoded again for a remembered answer.
    """
    passing = False
    photo = upright_photo(photo)
    try:
        choice = choose_garment(cache.read_photo(photo), VisitEncoder(), key=photo.key)
    except (ArtifactError, ModelError) as error:
        choice = GarmentChoice((), 0)
        passing = isinstance(error, ModelError)  # memory may be there again
    part = first_part(photo, choice)
    request = replace(asked, query=to_query(part), extractor=extractor)
    found = FirstSearch(_search(catalogue_name, request), choice, photo.turn or 0)
    if passing or found.response.not_predicted:
        raise DoNotCache(found)
    return found


def first_part(photo: Photo, choice: GarmentChoice) -> Photo:
    """Give what of one photo of several, standing upright, is searched with."""
    return searched_photo(photo, choice, cache.read_photo(photo))


def _search(catalogue_name: str, request: SearchRequest) -> SearchResponse:
    response = search.search(request, cache.catalogue(catalogue_name), VisitEncoder())
    server.log_slow_search(response.took_ms)
    return response


@cached(
    depends_on=(
        catalogue_version(),
        model_version(),
        version_of_model(CLASSIFIER),
        version_of_model(agreement.SECOND_OPINION),
    ),
    max_entries=32,
    scope="session",
    priority=Priority.CLASS,
)
def judgement(
    catalogue_name: str, extractor: str, query: VisitorQuery, intimates: bool = False
) -> agreement.Judgement:
    """Say what a query shows and who agrees, once a visit."""
    judged = agreement.judge_query(
        to_query(query),
        extractor,
        cache.catalogue(catalogue_name),
        VisitEncoder(),
        second_opinion=True,
        intimates=intimates,
    )
    if judged.absent:
        raise DoNotCache(judged)
    return judged


@cached(depends_on=(catalogue_version(),), max_entries=8)
def filter_values(catalogue_name: str) -> dict[str, list[str]]:
    """List what the filters of a catalogue can be set to: columns in which products differ."""
    return values_of_filters(cache.catalogue(catalogue_name).products)


@cached(depends_on=(), max_entries=128, scope="session")
def thumbnail(photo: Photo) -> str:
    """Turn a photo into a small picture that the browser shows, once a visit."""
    return cache.image_data_uri(shrink(cache.read_photo(photo), THUMBNAIL))


def image(catalogue_name: str, query: VisitorQuery) -> np.ndarray:
    """Decode the picture of a query."""
    picture = picture_of(to_query(query), cache.catalogue(catalogue_name))
    return picture.image


def hit_image(catalogue_name: str, product_id: str, number: int) -> np.ndarray:
    """Decode one of the pictures of a product, 1 being its first."""
    path = cache.catalogue(catalogue_name).picture_path(product_id, number)
    return read_image(path, max_side=QUERY_SIDE)


@cached(depends_on=(catalogue_version(),), max_entries=64, scope="session")
def colours(catalogue_name: str, query: VisitorQuery) -> list[MainColour]:
    """Find the main colours of a query, or of a hit taken as one, once a visit."""
    return main_colours(image(catalogue_name, query))


@cached(depends_on=(catalogue_version(),), max_entries=64, scope="session")
def alike_in(catalogue_name: str, query: VisitorQuery, product_id: str, number: int = 1) -> dict[str, float]:
    """Say how alike a query and a product's picture are in colour, texture and shape, once a visit."""
    # From the pictures, a hundredth of a second: the catalogue's vectors of all three descriptors would
    # have to be held in memory for two rows of them.
    return descriptor_scores(image(catalogue_name, query), hit_image(catalogue_name, product_id, number))


@cached(depends_on=(catalogue_version(),), max_entries=64)
def outfit(catalogue_name: str, product_id: str) -> tuple[OutfitItem, ...]:
    """Choose products that go with one."""
    return complete_the_look(product_id, cache.catalogue(catalogue_name).products)


@cached(
    depends_on=(catalogue_version(), version_of_model(EXPLAINING_MODEL)),
    max_entries=16,
    scope="session",
    priority=Priority.EXPLANATION,
)
def match(catalogue_name: str, query: VisitorQuery, product_id: str, number: int = 1) -> SimilarityMap:
    """Split a hit's score over the places of both pictures, once a visit."""
    model = cache.model_registry().get(EXPLAINING_MODEL)
    pictures = image(catalogue_name, query), hit_image(catalogue_name, product_id, number)
    return similarity_map(model, *pictures)
