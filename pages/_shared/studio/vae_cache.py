"""What the autoencoder draws, each drawing made once: for all, or for a visit where it is of a photo."""

import numpy as np

from core.generative import autoencoder, latent_space
from core.generative.autoencoder import Redrawn, Sketch, Studio, sketch_walk, studio_of
from core.generative.latent_space import Direction, LatentSample, invent, rows_to_sample
from core.retrieval.index import Index
from pages._shared.session import cache
from pages._shared.session.caching import cached, catalogue_version, version_of_model
from pages._shared.session.state import Photo, Product

EXTRACTOR = "vae"

SAMPLE = 800
"""Pictures encoded again to learn what the latent space holds: about two seconds, once."""

MODEL = version_of_model(EXTRACTOR)
PRODUCTS_AND_MODEL = (catalogue_version(), MODEL)


def ready(catalogue_name: str) -> Studio:
    """Open what all rooms of the studio need, so that what is missing is said at once.

    Raises
    ------
    ArtifactError
        If the catalogue has no embeddings of the autoencoder, or there is no autoencoder.
    """
    _index(catalogue_name)
    return studio()


@cached(depends_on=(MODEL,), kind="resource", show_spinner="Opening the studio …", max_entries=2)
def studio() -> Studio:
    """Take the autoencoder apart."""
    return studio_of(cache.model_registry().get(EXTRACTOR))


@cached(
    depends_on=PRODUCTS_AND_MODEL,
    kind="resource",
    show_spinner="Looking at what the catalogue holds …",
    max_entries=16,
)
def latent_sample(catalogue_name: str, label: str | None) -> LatentSample:
    """Encode a sample of a catalogue's products, or of those of one class."""
    products = cache.catalogue(catalogue_name).products
    if label is not None:
        products = products[products["articleType"] == label].reset_index(drop=True)
    chosen = products.iloc[rows_to_sample(products, SAMPLE)].reset_index(drop=True)
    pictures = cache.product_images(catalogue_name, chosen["id"])
    return LatentSample(chosen, studio().encode(pictures))


@cached(depends_on=PRODUCTS_AND_MODEL, kind="resource", max_entries=8)
def directions(catalogue_name: str, label: str | None, n: int) -> list[Direction]:
    """Find the directions along which a catalogue's products, or those of one class, differ most."""
    return latent_space.directions(latent_sample(catalogue_name, label), n)


@cached(depends_on=PRODUCTS_AND_MODEL, show_spinner="Drawing …", max_entries=64)
def walk(catalogue_name: str, first: str, last: str, steps: int) -> list[Sketch]:
    """Draw the way from one product to another."""
    start, end = studio().encode(cache.product_images(catalogue_name, [first, last]))
    way = autoencoder.walk(start, end, steps)
    return sketch_walk(studio(), _index(catalogue_name), way, [first, last])


@cached(depends_on=PRODUCTS_AND_MODEL, show_spinner="Drawing …", max_entries=64)
def designs(
    catalogue_name: str, label: str, n: int, *, nearest: int, variety: float, seed: int
) -> list[Sketch]:
    """Draw new designs of a class."""
    new = invent(latent_sample(catalogue_name, label).latents, n, variety, seed)
    return studio().sketch(new, _index(catalogue_name), nearest)


def count_learned_from(catalogue_name: str, label: str) -> int:
    """Count the products that a class is learned from."""
    return len(latent_sample(catalogue_name, label).latents)


@cached(depends_on=PRODUCTS_AND_MODEL, max_entries=256)
def moved_design(
    catalogue_name: str, product_id: str, label: str | None, *, amounts: tuple[float, ...], nearest: int
) -> Sketch:
    """Draw a product moved along the directions, by as many standard deviations."""
    along = directions(catalogue_name, label, len(amounts))
    moved = latent_space.moved(_latent(catalogue_name, product_id), along, amounts)
    return studio().sketch(moved[None], _index(catalogue_name), nearest)[0]


def redrawn(catalogue_name: str, query: Photo | Product) -> Redrawn:
    """Draw a picture again."""
    if isinstance(query, Product):
        return _redrawn_product(catalogue_name, query.product_id)
    return _redrawn_photo(query)


@cached(depends_on=PRODUCTS_AND_MODEL, max_entries=256)
def _latent(catalogue_name: str, product_id: str) -> np.ndarray:
    return studio().encode(cache.product_images(catalogue_name, [product_id]))[0]


@cached(depends_on=PRODUCTS_AND_MODEL, max_entries=64)
def _redrawn_product(catalogue_name: str, product_id: str) -> Redrawn:
    return studio().redraw(cache.product_images(catalogue_name, [product_id])[0])


@cached(depends_on=(MODEL,), scope="session", max_entries=4)
def _redrawn_photo(photo: Photo) -> Redrawn:
    return studio().redraw(cache.read_photo(photo))


def _index(catalogue_name: str) -> Index:
    return cache.index(catalogue_name, EXTRACTOR)
