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

from core.catalogue.text_search import find_products_by_text
from core.errors import ArtifactError, ImageError
from core.gallery.catalogue_list import broken_catalogues
from core.gallery.milvus.engine_choice import LOCAL, EngineChoice
from core.gallery.stored_catalogue import StoredCatalogue, open_catalogue
from core.imaging.crop import crop_percent
from core.imaging.decode import QUERY_SIDE, read_image, read_picture_file
from core.imaging.encode import encode_jpeg
from core.models import memory
from core.models.names import FINDER, MODEL_NAMES, UPRIGHT_MODEL
from core.models.registry import CLASSIFIERS_ONLY, ModelRegistry
from core.retrieval.photograph.upright import turned
from pages._shared.session import state
from pages._shared.session.cache_decorator import (
    cached,
    catalogue_version,
    file_version,
)
from pages._shared.session.state import Photo

ANSWERS_A_VISIT = 128
"""More than pictures are taken at once: none of them is looked at twice."""

# Models ----------------------------------------------------------------------------------------------


@cached(depends_on=(), max_entries=1, kind="resource")
def model_registry() -> ModelRegistry:
    """The models, one registry for all visitors: nothing that a visitor sends empties it."""
    memory.limit_heap_growth()
    # Measured: 40 MB less, one picture as fast, batches a tenth slower. To be said before TensorFlow loads.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    return ModelRegistry(serves_pages=True)


def warm_up(catalogue_name: str, extractor: str) -> None:
    """Prepare in the background what a first search in a catalogue needs."""
    models = (UPRIGHT_MODEL, extractor, *CLASSIFIERS_ONLY)
    needed = [FINDER, *(model for model in dict.fromkeys(models) if model in MODEL_NAMES)]
    steps: list[Callable[[], object]] = [partial(model_registry().answer_once, model) for model in needed]
    if catalogue_name and extractor:
        steps.append(lambda: catalogue(catalogue_name).score_threshold(extractor))
    model_registry().warm_up(f"{catalogue_name} {extractor}", steps)


# Catalogues ------------------------------------------------------------------------------------------


def catalogue(catalogue_name: str) -> StoredCatalogue:
    """Open a catalogue as it is on disk now, to be searched by the engine that the visitor chose.

    Raises
    ------
    ArtifactError
        If it is broken, or the name is empty, as where there is no catalogue at all.
    """
    if not catalogue_name:
        if broken := broken_catalogues():
            raise ArtifactError(f"No catalogue here can be used: {next(iter(broken.values()))}")
        raise ArtifactError(
            "There is no catalogue yet; make one of a folder of products with "
            "`python -m core index DATA --name NAME`, then reload this page"
        )
    return _opened(catalogue_name, state.engine_name())


@cached(
    depends_on=(catalogue_version(),),
    max_entries=8,
    kind="resource",
    show_spinner="Opening the catalogue …",
)
def _opened(catalogue_name: str, engine: str) -> StoredCatalogue:
    return open_catalogue(catalogue_name, EngineChoice(LOCAL) if engine == LOCAL else None)


@cached(depends_on=(catalogue_version(),), max_entries=200)
def find_products(catalogue_name: str, words: str) -> list[str]:
    """List the ids of the products that have all these words."""
    return find_products_by_text(catalogue(catalogue_name).products, words)


# Pictures --------------------------------------------------------------------------------------------


def product_images(catalogue_name: str, product_ids: Iterable[str]) -> list[np.ndarray]:
    """Decode the pictures of products."""
    paths = [catalogue(catalogue_name).image_path(product_id) for product_id in product_ids]
    return [read_image(path, max_side=QUERY_SIDE) for path in paths]


def read_photo(photo: Photo) -> np.ndarray:
    """Decode a photo as it was turned, or a part of it: uint8 (height, width, 3)."""
    image = _read_whole_photo(photo.whole)
    return image if photo.crop is None else crop_percent(image, photo.crop)


# As many as a page looks at at a time: a decoded picture takes a megabyte.
@cached(depends_on=(), max_entries=2, scope="session", kind="resource")
def _read_whole_photo(photo: Photo) -> np.ndarray:
    image = turned(read_image(photo.packed(), name=photo.name), photo.turn or 0)
    image.flags.writeable = False
    return image


def image_data_uri(image: np.ndarray) -> str:
    """Encode a picture as a data URI, which the browser shows."""
    return _jpeg_data_uri(encode_jpeg(image))


@cached(depends_on=(file_version(),), max_entries=3000)
def picture_data_uri(path: Path) -> str:
    """Encode a JPEG on disk as a data URI, undecoded; empty where it cannot be read."""
    try:
        return _jpeg_data_uri(read_picture_file(path))
    except ImageError:
        return ""


def _jpeg_data_uri(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")
