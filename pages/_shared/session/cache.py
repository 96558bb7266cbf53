"""What pages ask for again and again, each made once: models, catalogues, indexes, vectors, pictures.

What is kept for all visitors is changed by none. What belongs to one visitor, such as a photo and its hits,
is held by the session and goes with it.
"""

import base64
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from core.catalogue.text_search import find_products_by_text
from core.errors import ArtifactError
from core.imaging.decode import QUERY_SIDE, read_image
from core.imaging.encode import encode_jpeg
from core.models import memory, prediction
from core.models.names import CLASSIFIER, MODEL_NAMES
from core.models.prediction import Prediction
from core.models.registry import CLASSIFIERS_ONLY, ModelRegistry
from core.retrieval.gallery import StoredCatalogue, open_catalogue
from core.retrieval.index import Index, Neighbours
from core.retrieval.score_threshold import score_for_share
from core.storage import artifacts
from pages._shared.session.caching import (
    cached,
    catalogue_version,
    file_version,
    model_version,
    version_of_model,
)
from pages._shared.session.state import Photo, Product, Query

ANSWERS_A_VISIT = 128
"""More than pictures are taken at once: none of them is looked at twice."""

# Models ----------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def model_registry() -> ModelRegistry:
    """The models, one registry for all visitors."""
    memory.limit_heap_growth()
    # Measured: 40 MB less, one picture as fast, batches a tenth slower. To be said before TensorFlow loads.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    return ModelRegistry()


def warm_up(catalogue_name: str, extractor: str) -> None:
    """Prepare in the background what a first search in a catalogue needs."""
    needed = [model for model in (extractor, *CLASSIFIERS_ONLY) if model in MODEL_NAMES]
    steps: list[Callable[[], object]] = [partial(model_registry().answer_once, model) for model in needed]
    if catalogue_name and extractor:
        steps.append(partial(meaningful_score, catalogue_name, extractor))
    model_registry().warm_up(f"{catalogue_name} {extractor}", steps)


# Catalogues ------------------------------------------------------------------------------------------


@cached(
    depends_on=(catalogue_version(),),
    max_entries=8,
    kind="resource",
    show_spinner="Opening the catalogue …",
)
def catalogue(catalogue_name: str) -> StoredCatalogue:
    """Open a catalogue as it is on disk now.

    Raises
    ------
    ArtifactError
        If it is broken, or the name is empty, as where there is no catalogue at all.
    """
    if not catalogue_name:
        raise ArtifactError(
            "There is no catalogue yet; make one of a folder of products with "
            "`python -m core index DATA --name NAME`, then reload this page"
        )
    return open_catalogue(catalogue_name)


@cached(
    depends_on=(catalogue_version(), model_version()),
    max_entries=16,
    kind="resource",
    show_spinner="Opening the index …",
)
def index(catalogue_name: str, extractor: str) -> Index:
    """Open a catalogue's index for one extractor, as it is on disk now."""
    return catalogue(catalogue_name).index(extractor)


@cached(depends_on=(catalogue_version(), model_version()), max_entries=32)
def meaningful_score(catalogue_name: str, extractor: str) -> float | None:
    """Measure the score above which 95 % of hits are of their query's class, once for all visitors."""
    return score_for_share(
        index(catalogue_name, extractor), catalogue(catalogue_name).products["articleType"]
    )


def ready_made_pictures(catalogue_name: str) -> list[Path]:
    """List the pictures that a catalogue brings along to try a search with."""
    return sorted((artifacts.catalogue_dir(catalogue_name) / "queries").glob("*.jpg"))


@cached(depends_on=(catalogue_version(),), max_entries=200)
def find_products(catalogue_name: str, words: str) -> list[str]:
    """List the ids of the products that have all these words."""
    return find_products_by_text(catalogue(catalogue_name).products, words)


# Searches --------------------------------------------------------------------------------------------


@cached(
    depends_on=(catalogue_version(), version_of_model(CLASSIFIER)),
    max_entries=ANSWERS_A_VISIT,
    scope="session",
)
def predict_query_class(catalogue_name: str, query: Query) -> Prediction:
    """Name a query's class, once a visit."""
    model = model_registry().classifier(CLASSIFIER)
    if isinstance(query, Product):
        image = read_image(catalogue(catalogue_name).image_path(query.product_id))
    else:
        image = read_photo(query)
    with model_registry().inference:
        return prediction.classify_image(image, model)


def nearest_products(catalogue_name: str, extractor: str, query: Query, k: int) -> Neighbours:
    """Find a query's nearest products with their rows, as a map needs them."""
    exclude = query.product_id if isinstance(query, Product) else None
    vector = query_vector(catalogue_name, extractor, query)
    return index(catalogue_name, extractor).search(vector, k, exclude=exclude)[0]


def query_vector(catalogue_name: str, extractor: str, query: Query) -> np.ndarray:
    """Give a query's vector: a product's is in the index, a photo is embedded once a visit."""
    if isinstance(query, Product):
        rows = index(catalogue_name, extractor)
        return rows.vectors[rows.row(query.product_id)]
    return embed_photo(extractor, query)


def versions(name: str, extractor: str) -> tuple[str, ...]:
    """Give what changes when a catalogue or an extractor's model does, to remember answers by."""
    places = [artifacts.catalogue_dir(name), *([artifacts.model_dir(extractor)] if extractor else [])]
    return tuple(artifacts.fingerprint(place) for place in places)


@cached(depends_on=(model_version(),), max_entries=ANSWERS_A_VISIT, scope="session")
def embed_photo(extractor: str, photo: Photo) -> np.ndarray:
    """Embed a photo, once a visit: float32 (dimension,)."""
    model, image = model_registry().extractor(extractor), read_photo(photo)
    with model_registry().inference:
        return model.extract([image])[0]


# Pictures --------------------------------------------------------------------------------------------


def product_images(catalogue_name: str, product_ids: Iterable[str]) -> list[np.ndarray]:
    """Decode the pictures of products."""
    return [read_image(catalogue(catalogue_name).image_path(product_id)) for product_id in product_ids]


# As many as a page looks at at a time: a decoded picture takes a megabyte.
@cached(depends_on=(), max_entries=4, scope="session")
def read_photo(photo: Photo) -> np.ndarray:
    """Decode a photo, once a visit: uint8 (height, width, 3)."""
    return read_image(photo.data, name=photo.name, max_side=QUERY_SIDE)


def image_data_uri(image: np.ndarray) -> str:
    """Encode a picture as a data URI, which the browser shows."""
    return _jpeg_data_uri(encode_jpeg(image))


@cached(depends_on=(file_version(),), max_entries=3000)
def picture_data_uri(path: Path) -> str:
    """Encode a JPEG on disk as a data URI, undecoded; empty where it is missing."""
    return _jpeg_data_uri(path.read_bytes()) if path.is_file() else ""


def _jpeg_data_uri(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")
