"""The one place that caches: models, catalogues and indexes for all visitors, pictures by what is on disk.

What `cache_resource` hands out is shared by every visitor and changed by none. What belongs to one
visitor, such as a photo and its hits, is held by the session and goes with it.
"""

import base64
import os
from collections.abc import Iterable
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
from core.models.registry import ONLY_CLASSIFY, ModelRegistry
from core.retrieval.gallery import StoredCatalogue, open_catalogue
from core.retrieval.index import Index, Neighbours
from core.retrieval.score_threshold import score_for_share
from core.storage import artifacts
from pages._shared.session.state import Photo, Product, Query

# Models ----------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def shelf() -> ModelRegistry:
    """The models, one shelf for all visitors."""
    memory.spare()
    # Measured: 40 MB less, one picture as fast, batches a tenth slower. To be said before TensorFlow loads.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    return ModelRegistry()


def warm_up(name: str, extractor: str) -> None:
    """Prepare in the background what a first search in a catalogue needs."""
    needed = [model for model in (extractor, *ONLY_CLASSIFY) if model in MODEL_NAMES]
    steps = [partial(shelf().answer_once, model) for model in needed]
    if name and extractor:
        steps.append(partial(meaningful_score, name, extractor))
    shelf().warm_up(f"{name} {extractor}", steps)


# Catalogues ------------------------------------------------------------------------------------------


def catalogue(name: str) -> StoredCatalogue:
    """Open a catalogue as it is on disk now.

    Raises
    ------
    ArtifactError
        If it is broken, or the name is empty, as where there is no catalogue at all.
    """
    if not name:
        raise ArtifactError(
            "There is no catalogue yet; make one of a folder of products with "
            "`python -m core index DATA --name NAME`, then reload this page"
        )
    return _catalogue(name, artifacts.fingerprint(artifacts.catalogue_dir(name)))


def index(name: str, extractor: str) -> Index:
    """Open a catalogue's index for one extractor, as it is on disk now."""
    return _index(name, extractor, artifacts.fingerprint(artifacts.catalogue_dir(name)))


@st.cache_resource(show_spinner="Opening the catalogue …", max_entries=8)
def _catalogue(name: str, version: str) -> StoredCatalogue:
    return open_catalogue(name)


@st.cache_resource(show_spinner="Opening the index …", max_entries=16)
def _index(name: str, extractor: str, version: str) -> Index:
    return _catalogue(name, version).index(extractor)


def meaningful_score(name: str, extractor: str) -> float | None:
    """Measure the score above which 95 % of hits are of their query's class, once for all visitors."""
    return _meaningful_score(name, extractor, artifacts.fingerprint(artifacts.catalogue_dir(name)))


@st.cache_data(max_entries=32, show_spinner=False)
def _meaningful_score(name: str, extractor: str, version: str) -> float | None:
    return score_for_share(
        _index(name, extractor, version), _catalogue(name, version).products["articleType"]
    )


def ready_made(name: str) -> list[Path]:
    """List the pictures that a catalogue brings along to try a search with."""
    return sorted((artifacts.catalogue_dir(name) / "queries").glob("*.jpg"))


@st.cache_data(max_entries=200, show_spinner=False)
def _products_with(name: str, version: str, words: str) -> list[str]:
    return find_products_by_text(_catalogue(name, version).products, words)


def find_products(name: str, words: str) -> list[str]:
    """List the ids of the products that have all these words."""
    return _products_with(name, artifacts.fingerprint(artifacts.catalogue_dir(name)), words)


# Searches --------------------------------------------------------------------------------------------


def predict(name: str, query: Query) -> Prediction:
    """Name a query's class, once a visit."""
    places = (artifacts.catalogue_dir(name), artifacts.model_dir(CLASSIFIER))
    return _predict(name, query.key, tuple(artifacts.fingerprint(place) for place in places), query)


@st.cache_data(scope="session", max_entries=32, show_spinner=False)
def _predict(name, key, versions, _query) -> Prediction:
    model = shelf().get(CLASSIFIER)
    if isinstance(_query, Product):
        image = read_image(catalogue(name).images_dir / f"{_query.product_id}.jpg")
    else:
        image = read_photo(_query)
    with shelf().computing:
        return prediction.classify_image(image, model)


def neighbours(name: str, extractor: str, query: Query, k: int) -> Neighbours:
    """Find a query's nearest products with their rows, as a map needs them."""
    exclude = query.product_id if isinstance(query, Product) else None
    return index(name, extractor).search(vector(name, extractor, query), k, exclude=exclude)[0]


def vector(name: str, extractor: str, query: Query) -> np.ndarray:
    """Give a query's vector: a product's is in the index, a photo is embedded once a visit."""
    if isinstance(query, Product):
        rows = index(name, extractor)
        return rows.vectors[rows.row(query.product_id)]
    return _embed(extractor, query.key, artifacts.fingerprint(artifacts.model_dir(extractor)), query)


def versions(name: str, extractor: str) -> tuple[str, ...]:
    """Give what changes when a catalogue or an extractor's model does, to remember answers by."""
    places = [artifacts.catalogue_dir(name), *([artifacts.model_dir(extractor)] if extractor else [])]
    return tuple(artifacts.fingerprint(place) for place in places)


@st.cache_data(scope="session", max_entries=32, show_spinner=False)
def _embed(extractor, key, version, _photo) -> np.ndarray:
    model, image = shelf().get(extractor), read_photo(_photo)
    with shelf().computing:
        return model.extract([image])[0]


# Pictures --------------------------------------------------------------------------------------------


def product_images(name: str, product_ids: Iterable[str]) -> list[np.ndarray]:
    """Decode the pictures of products."""
    return [read_image(catalogue(name).image_path(product_id)) for product_id in product_ids]


def read_photo(photo: Photo) -> np.ndarray:
    """Decode a photo, once a visit."""
    return _read_photo(photo.key, photo)


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _read_photo(key: str, _photo: Photo) -> np.ndarray:
    return read_image(_photo.data, name=_photo.name, max_side=QUERY_SIDE)


def shown(image: np.ndarray) -> str:
    """Turn a picture into text that the browser shows."""
    return _as_uri(encode_jpeg(image))


def picture(path: Path) -> str:
    """Turn a JPEG on disk into text that the browser shows, undecoded; empty where it is missing."""
    return _picture(str(path), artifacts.fingerprint(path))


@st.cache_data(max_entries=3000, show_spinner=False)
def _picture(path: str, version: str) -> str:
    return _as_uri(Path(path).read_bytes()) if version else ""


def _as_uri(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")
