"""What the autoencoder draws, each drawing made once: for all, or for a visit where it is of a photo."""

import streamlit as st

from core.generative import autoencoder, latent_space
from core.generative.autoencoder import Redrawn, Sketch, Studio, sketch_walk, studio_of
from core.generative.latent_space import Direction, LatentSample, invent, rows_to_sample
from core.retrieval.index import Index
from pages._shared.session import cache
from pages._shared.session.state import Photo, Product

EXTRACTOR = "vae"

SAMPLE = 800
"""Pictures encoded again to learn what the latent space holds: about two seconds, once."""

Versions = tuple[str, ...]


def ready(name: str) -> Studio:
    """Open what all rooms of the studio need, so that what is missing is said at once.

    Raises
    ------
    ArtifactError
        If the catalogue has no embeddings of the autoencoder, or there is no autoencoder.
    """
    _index(name)
    return _studio(_versions(name))


def walk(name: str, first: str, last: str, steps: int) -> list[Sketch]:
    """Draw the way from one product to another."""
    return _walk(name, first, last, steps, _versions(name))


def designs(name: str, label: str, n: int, nearest: int, variety: float, seed: int) -> list[Sketch]:
    """Draw new designs of a class."""
    return _designs(name, label, n, nearest, variety, seed, _versions(name))


def learned_from(name: str, label: str) -> int:
    """Count the products that a class is learned from."""
    return len(_sample(name, label, _versions(name)).latents)


def directions(name: str, label: str | None, n: int) -> list[Direction]:
    """Find the directions along which a catalogue's products, or those of one class, differ most."""
    return _directions(name, label, n, _versions(name))


def turned(name: str, product_id: str, label: str | None, amounts: tuple[float, ...], nearest: int) -> Sketch:
    """Draw a product moved along the directions, by as many standard deviations."""
    return _turned(name, product_id, label, amounts, nearest, _versions(name))


def redrawn(name: str, query: Photo | Product) -> Redrawn:
    """Draw a picture again."""
    if isinstance(query, Product):
        return _redrawn(name, query.product_id, _versions(name))
    return _redrawn_photo(query.key, _versions(name), query)


# Each of these is asked for again with every rerun ---------------------------------------------------


@st.cache_resource(show_spinner="Opening the studio …", max_entries=2)
def _studio(versions: Versions) -> Studio:
    return studio_of(cache.shelf().get(EXTRACTOR))


@st.cache_resource(show_spinner="Looking at what the catalogue holds …", max_entries=16)
def _sample(name: str, label: str | None, versions: Versions) -> LatentSample:
    products = cache.catalogue(name).products
    if label is not None:
        products = products[products["articleType"] == label].reset_index(drop=True)
    chosen = products.iloc[rows_to_sample(products, SAMPLE)].reset_index(drop=True)
    pictures = cache.product_images(name, chosen["id"])
    return LatentSample(chosen, _studio(versions).encode(pictures))


@st.cache_resource(show_spinner=False, max_entries=8)
def _directions(name: str, label: str | None, n: int, versions: Versions) -> list[Direction]:
    return latent_space.directions(_sample(name, label, versions), n)


@st.cache_data(show_spinner="Drawing …", max_entries=64)
def _walk(name: str, first: str, last: str, steps: int, versions: Versions) -> list[Sketch]:
    draws = _studio(versions)
    way = autoencoder.walk(*draws.encode(cache.product_images(name, [first, last])), steps)
    return sketch_walk(draws, _index(name), way, [first, last])


@st.cache_data(show_spinner="Drawing …", max_entries=64)
def _designs(
    name: str, label: str, n: int, nearest: int, variety: float, seed: int, versions: Versions
) -> list[Sketch]:
    new = invent(_sample(name, label, versions).latents, n, variety, seed)
    return _studio(versions).sketch(new, _index(name), nearest)


@st.cache_data(show_spinner=False, max_entries=256)
def _turned(
    name: str,
    product_id: str,
    label: str | None,
    amounts: tuple[float, ...],
    nearest: int,
    versions: Versions,
) -> Sketch:
    along = _directions(name, label, len(amounts), versions)
    moved = latent_space.moved(_latent(name, product_id, versions), along, amounts)
    return _studio(versions).sketch(moved[None], _index(name), nearest)[0]


@st.cache_data(show_spinner=False, max_entries=256)
def _latent(name: str, product_id: str, versions: Versions):
    return _studio(versions).encode(cache.product_images(name, [product_id]))[0]


@st.cache_data(show_spinner=False, max_entries=64)
def _redrawn(name: str, product_id: str, versions: Versions) -> Redrawn:
    return _studio(versions).redraw(cache.product_images(name, [product_id])[0])


@st.cache_data(scope="session", show_spinner=False, max_entries=4)
def _redrawn_photo(key: str, versions: Versions, _photo: Photo) -> Redrawn:
    return _studio(versions).redraw(cache.read_photo(_photo))


def _index(name: str) -> Index:
    return cache.index(name, EXTRACTOR)


def _versions(name: str) -> Versions:
    return cache.versions(name, EXTRACTOR)
