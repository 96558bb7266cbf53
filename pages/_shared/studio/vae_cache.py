"""What the autoencoder draws, each drawing made once: for all, or for a visit where it is of a photo."""

import numpy as np

from core.gallery.protocol import Gallery
from core.generative import latent_space
from core.generative.autoencoder import (
    EXTRACTOR,
    Autoencoder,
    Reconstruction,
    Sketch,
    interpolate,
    open_autoencoder,
    sketch_interpolation,
)
from core.generative.latent_space import Direction, LatentSample, move_along, sample_latents, stratified_rows
from core.inference_queue import Priority
from pages._shared.session import cache
from pages._shared.session.cache_decorator import cached, catalogue_version, version_of_model
from pages._shared.session.state import Photo, Product, VisitorQuery

SAMPLE = 800
"""Pictures encoded again to learn what the latent space holds: about two seconds, once."""

MODEL = version_of_model(EXTRACTOR)
PRODUCTS_AND_MODEL = (catalogue_version(), MODEL)


def latent_size(catalogue_name: str) -> int:
    """Open what all rooms of the studio need, so that what is missing is said at once.

    Returns
    -------
    int
        Length of a latent vector.

    Raises
    ------
    ArtifactError
        If the catalogue has no embeddings of the autoencoder, or there is no autoencoder.
    """
    cache.catalogue(catalogue_name).open_index(EXTRACTOR)
    return autoencoder().size


@cached(depends_on=(MODEL,), kind="resource", show_spinner="Opening the studio …", max_entries=2)
def autoencoder() -> Autoencoder:
    """Open the autoencoder."""
    return open_autoencoder(cache.model_registry().get(EXTRACTOR))


@cached(
    depends_on=PRODUCTS_AND_MODEL,
    kind="resource",
    show_spinner="Looking at what the catalogue holds …",
    max_entries=16,
    priority=Priority.EXPLANATION,
)
def latent_sample(catalogue_name: str, label: str | None) -> LatentSample:
    """Encode a sample of a catalogue's products, or of those of one class."""
    products = cache.catalogue(catalogue_name).products
    if label is not None:
        products = products[products["articleType"] == label].reset_index(drop=True)
    chosen = products.iloc[stratified_rows(products, SAMPLE)].reset_index(drop=True)
    pictures = cache.product_images(catalogue_name, chosen["id"])
    return LatentSample(chosen, autoencoder().encode(pictures))


@cached(depends_on=PRODUCTS_AND_MODEL, kind="resource", max_entries=8)
def directions(catalogue_name: str, label: str | None, n: int) -> list[Direction]:
    """Find the directions along which a catalogue's products, or those of one class, differ most."""
    return latent_space.directions(latent_sample(catalogue_name, label), n)


@cached(
    depends_on=PRODUCTS_AND_MODEL, show_spinner="Drawing …", max_entries=64, priority=Priority.EXPLANATION
)
def interpolation(catalogue_name: str, first: str, last: str, *, steps: int) -> list[Sketch]:
    """Draw the steps from one product to another."""
    start, end = autoencoder().encode(cache.product_images(catalogue_name, [first, last]))
    latents = interpolate(start, end, steps)
    return sketch_interpolation(autoencoder(), _gallery(catalogue_name), latents, [first, last])


@cached(
    depends_on=PRODUCTS_AND_MODEL, show_spinner="Drawing …", max_entries=64, priority=Priority.EXPLANATION
)
def new_designs(
    catalogue_name: str, label: str, n: int, *, nearest: int, variety: float, seed: int
) -> list[Sketch]:
    """Draw new designs of a class."""
    latents = sample_latents(latent_sample(catalogue_name, label).latents, n, variety=variety, seed=seed)
    return autoencoder().sketch(latents, _gallery(catalogue_name), nearest)


def count_learned_from(catalogue_name: str, label: str) -> int:
    """Count the products that a class is learned from."""
    return len(latent_sample(catalogue_name, label).latents)


@cached(depends_on=PRODUCTS_AND_MODEL, max_entries=256, priority=Priority.EXPLANATION)
def moved_design(
    catalogue_name: str, product_id: str, label: str | None, *, amounts: tuple[float, ...], nearest: int
) -> Sketch:
    """Draw a product moved along the directions, by as many standard deviations."""
    along = directions(catalogue_name, label, len(amounts))
    latent = move_along(_latent(catalogue_name, product_id), along, amounts)
    return autoencoder().sketch(latent[None], _gallery(catalogue_name), nearest)[0]


def reconstruction(catalogue_name: str, query: VisitorQuery) -> Reconstruction:
    """Encode a picture and draw it again."""
    if isinstance(query, Product):
        return _product_reconstruction(catalogue_name, query.product_id)
    return _photo_reconstruction(query)


@cached(depends_on=PRODUCTS_AND_MODEL, max_entries=256, priority=Priority.EXPLANATION)
def _latent(catalogue_name: str, product_id: str) -> np.ndarray:
    return autoencoder().encode(cache.product_images(catalogue_name, [product_id]))[0]


@cached(depends_on=PRODUCTS_AND_MODEL, max_entries=64, priority=Priority.EXPLANATION)
def _product_reconstruction(catalogue_name: str, product_id: str) -> Reconstruction:
    return autoencoder().reconstruct(cache.product_images(catalogue_name, [product_id])[0])


@cached(depends_on=(MODEL,), scope="session", max_entries=4, priority=Priority.EXPLANATION)
def _photo_reconstruction(photo: Photo) -> Reconstruction:
    return autoencoder().reconstruct(cache.read_photo(photo))


def _gallery(catalogue_name: str) -> Gallery:
    return cache.catalogue(catalogue_name).gallery
