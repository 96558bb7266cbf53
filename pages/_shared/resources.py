"""The one place that caches: models, catalogues and indexes for all visitors, pictures by what is on disk.

What `cache_resource` hands out is shared by every visitor and changed by none. What belongs to one
visitor, such as a photo and its hits, is held by the session and goes with it.
"""

import base64
import os
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core import artifacts, engine, images, memory, models, store
from core.descriptors import DESCRIPTORS, load_descriptor
from core.engine import Prediction
from core.errors import ArtifactError, FashionSearchError, ModelError
from core.index import Index, Neighbours
from core.threshold import score_for_share
from core.words import products_with
from pages._shared.models import CLASSIFIER
from pages._shared.state import Photo, Product, Query

WARM_UP_AFTER = 2.0
"""Seconds until loading starts: with two cores to share, a browser has drawn a map of 40,000 dots by then."""

ONLY_CLASSIFY = (CLASSIFIER, "rgb")
"""The models that every search asks for its class, and that give no vectors."""

TENSORFLOW_BYTES = 450 * 1024**2
"""What importing TensorFlow takes; measured."""

WEIGHTS_IN_MEMORY = 3
"""A model in memory by its file: twice for float32, once for what its layers work in."""


# Models ----------------------------------------------------------------------------------------------


@dataclass
class Shelf:
    """The models of this process, each loaded once, by whoever needs it first.

    A plain object, so that the thread that warms up can fill it without a visitor's session.
    """

    loaded: dict[str, tuple[str, Any]] = field(default_factory=dict)
    locks: dict[str, threading.Lock] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)
    computing: threading.Lock = field(default_factory=threading.Lock)
    warming: dict[str, threading.Thread] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """Give a model, loading it where it is not there yet or its files changed."""
        version = _version(artifacts.model_dir(name))
        with self.guard:
            lock = self.locks.setdefault(name, threading.Lock())
        with lock:
            held = self.loaded.get(name)
            if held is None or held[0] != version:
                _refuse_if_too_large(name)
                try:
                    held = version, load_descriptor(name) if name in DESCRIPTORS else models.load_model(name)
                except MemoryError as error:
                    raise _too_large(name) from error
                self.loaded[name] = held
                memory.settle()
                memory.give_back()
            return held[1]

    def warm_up(self, what: str, steps: Iterable[Callable[[], Any]]) -> None:
        """Take steps in the background, once for each `what`."""
        with self.guard:
            if what not in self.warming:
                self.warming[what] = threading.Timer(WARM_UP_AFTER, self._warm, (tuple(steps),))
                self.warming[what].daemon = True
                self.warming[what].start()

    def _warm(self, steps: Iterable[Callable[[], Any]]) -> None:
        for step in steps:
            # Whoever needs what is missing gets the same error, and sees it.
            with suppress(FashionSearchError):
                step()

    def answer_once(self, name: str) -> None:
        """Load a model and have it answer a blank picture: the first answer takes ten times as long."""
        model, blank = self.get(name), np.full((80, 60, 3), images.WHITE, np.uint8)
        with self.computing:
            model.predict([blank]) if name in ONLY_CLASSIFY else model.extract([blank])


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """The models, one shelf for all visitors."""
    memory.spare()
    # Measured: 40 MB less, one picture as fast, batches a tenth slower. To be said before TensorFlow loads.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    return Shelf()


def warm_up(name: str, extractor: str) -> None:
    """Prepare in the background what a first search in a catalogue needs."""
    needed = [model for model in (extractor, *ONLY_CLASSIFY) if model in models.MODEL_NAMES]
    steps = [partial(shelf().answer_once, model) for model in needed]
    if name and extractor:
        steps.append(partial(meaningful_score, name, extractor))
    shelf().warm_up(f"{name} {extractor}", steps)


def _refuse_if_too_large(name: str) -> None:
    weights = artifacts.model_dir(name) / "model.weights.h5"
    left = memory.available_bytes()
    if left is None or not weights.is_file():
        return
    needed = WEIGHTS_IN_MEMORY * weights.stat().st_size
    if "tensorflow" not in sys.modules:
        needed += TENSORFLOW_BYTES
    if needed > left:
        raise _too_large(name, f": {needed >> 20} MB are needed and {left >> 20} MB are left")


def _too_large(name: str, why: str = "") -> ModelError:
    return ModelError(
        f"memory is too short for {name}{why}; look by another model, or serve with more memory"
    )


# Catalogues ------------------------------------------------------------------------------------------


def catalogue(name: str) -> store.StoredCatalogue:
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
    return _catalogue(name, _version(artifacts.catalogue_dir(name)))


def index(name: str, extractor: str) -> Index:
    """Open a catalogue's index for one extractor, as it is on disk now."""
    return _index(name, extractor, _version(artifacts.catalogue_dir(name)))


@st.cache_resource(show_spinner="Opening the catalogue …", max_entries=8)
def _catalogue(name: str, version: str) -> store.StoredCatalogue:
    return store.open_catalogue(name)


@st.cache_resource(show_spinner="Opening the index …", max_entries=16)
def _index(name: str, extractor: str, version: str) -> Index:
    return _catalogue(name, version).index(extractor)


def meaningful_score(name: str, extractor: str) -> float | None:
    """Measure the score above which 95 % of hits are of their query's class, once for all visitors."""
    return _meaningful_score(name, extractor, _version(artifacts.catalogue_dir(name)))


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
    return products_with(_catalogue(name, version).products, words)


def find_products(name: str, words: str) -> list[str]:
    """List the ids of the products that have all these words."""
    return _products_with(name, _version(artifacts.catalogue_dir(name)), words)


# Searches --------------------------------------------------------------------------------------------


def predict(name: str, query: Query) -> Prediction:
    """Name a query's class, once a visit."""
    places = (artifacts.catalogue_dir(name), artifacts.model_dir(CLASSIFIER))
    return _predict(name, query.key, tuple(_version(place) for place in places), query)


@st.cache_data(scope="session", max_entries=32, show_spinner=False)
def _predict(name, key, versions, _query) -> Prediction:
    model = shelf().get(CLASSIFIER)
    if isinstance(_query, Product):
        image = images.read_image(catalogue(name).images_dir / f"{_query.product_id}.jpg")
    else:
        image = read_photo(_query)
    with shelf().computing:
        return engine.predict(image, model)


def neighbours(name: str, extractor: str, query: Query, k: int) -> Neighbours:
    """Find a query's nearest products with their rows, as a map needs them."""
    exclude = query.product_id if isinstance(query, Product) else None
    return index(name, extractor).search(vector(name, extractor, query), k, exclude=exclude)[0]


def vector(name: str, extractor: str, query: Query) -> np.ndarray:
    """Give a query's vector: a product's is in the index, a photo is embedded once a visit."""
    if isinstance(query, Product):
        rows = index(name, extractor)
        return rows.vectors[rows.row(query.product_id)]
    return _embed(extractor, query.key, _version(artifacts.model_dir(extractor)), query)


def versions(name: str, extractor: str) -> tuple[str, ...]:
    """Give what changes when a catalogue or an extractor's model does, to remember answers by."""
    places = [artifacts.catalogue_dir(name), *([artifacts.model_dir(extractor)] if extractor else [])]
    return tuple(_version(place) for place in places)


@st.cache_data(scope="session", max_entries=32, show_spinner=False)
def _embed(extractor, key, version, _photo) -> np.ndarray:
    model, image = shelf().get(extractor), read_photo(_photo)
    with shelf().computing:
        return model.extract([image])[0]


# Pictures --------------------------------------------------------------------------------------------


def product_images(name: str, product_ids: Iterable[str]) -> list[np.ndarray]:
    """Decode the pictures of products."""
    return [images.read_image(catalogue(name).image_path(product_id)) for product_id in product_ids]


def read_photo(photo: Photo) -> np.ndarray:
    """Decode a photo, once a visit."""
    return _read_photo(photo.key, photo)


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _read_photo(key: str, _photo: Photo) -> np.ndarray:
    return images.read_image(_photo.data, name=_photo.name, max_side=engine.QUERY_SIDE)


def shown(image: np.ndarray) -> str:
    """Turn a picture into text that the browser shows."""
    return _as_uri(images.encode_jpeg(image))


def picture(path: Path) -> str:
    """Turn a JPEG on disk into text that the browser shows, undecoded; empty where it is missing."""
    return _picture(str(path), _version(path))


@st.cache_data(max_entries=3000, show_spinner=False)
def _picture(path: str, version: str) -> str:
    return _as_uri(Path(path).read_bytes()) if version else ""


def _as_uri(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")


def _version(path: Path) -> str:
    """Give what changes when a file, or a folder's manifest, changes; empty where it is missing."""
    try:
        found = (path / artifacts.MANIFEST if path.is_dir() else path).stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"
