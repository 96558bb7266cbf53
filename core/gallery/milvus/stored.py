"""A catalogue that was indexed for Milvus, opened from its manifest."""

import os
from functools import partial
from pathlib import Path

import pandas as pd

from core.errors import EngineError
from core.gallery.catalogue_files import CatalogueFiles
from core.gallery.milvus.collections import CollectionKind, filter_columns
from core.gallery.milvus.connection import MilvusConnection
from core.gallery.milvus.engine_choice import (
    LITE_SUFFIX,
    MILVUS,
    TOKEN_VARIABLE,
    URI_VARIABLE,
    EngineChoice,
)
from core.gallery.milvus.gallery import MilvusGallery
from core.gallery.milvus.moments import Moments
from core.gallery.milvus.searched_collection import SearchedCollection
from core.storage.artifacts import artifacts_dir
from core.storage.schema import ManifestEngine


def open_milvus_gallery(
    files: CatalogueFiles, products: pd.DataFrame, kept: ManifestEngine, chosen: EngineChoice | None
) -> MilvusGallery:
    """Make the gallery that a manifest tells of. Milvus is asked when it is searched first.

    Parameters
    ----------
    files : CatalogueFiles
    products : DataFrame
    kept : ManifestEngine
    chosen : EngineChoice, optional
        Its address and token, where they are given, come before the manifest's and the environment's.

    Raises
    ------
    EngineError
        If the engine is none that this version knows.
    """
    if kept["name"] != MILVUS:
        raise EngineError(
            f"catalogue {files.name!r} is searched by {kept['name']!r}, which this version does not know; "
            "update the code, or search it with `--engine local`"
        )
    connection = MilvusConnection(kept_address(kept, chosen))
    collections, moments = {}, {}
    made = files.manifest.get("embeddings", {})
    for extractor, name in kept["collections"].items():
        dimension = made[extractor]["dimension"]
        kind = CollectionKind(
            extractor, dimension, made[extractor]["weights"], filter_columns(products), kept["index"]
        )
        remedy = f"index it again with `{files.command()}`, or search it with `--engine local`"
        collections[extractor] = SearchedCollection(connection, name, kind, remedy)
        moments[extractor] = partial(_moments, files, extractor)
    return MilvusGallery(products, collections, moments)


def kept_uri(uri: str) -> str:
    """Give an address as a manifest keeps it: a folder below that of everything kept without its place."""
    if not uri.endswith(LITE_SUFFIX):
        return uri
    folder = Path(uri).expanduser().absolute()
    return str(folder.relative_to(artifacts_dir()) if folder.is_relative_to(artifacts_dir()) else folder)


def opened_uri(uri: str) -> str:
    """Give the address that a manifest keeps as it can be opened."""
    return str(artifacts_dir() / uri) if uri.endswith(LITE_SUFFIX) else uri


def kept_address(kept: ManifestEngine, chosen: EngineChoice | None) -> EngineChoice:
    """Give the address and token of an engine: those given, or else the environment's, or else those kept."""
    chosen = chosen or EngineChoice(MILVUS)
    uri = chosen.uri or os.environ.get(URI_VARIABLE, "").strip() or opened_uri(kept["uri"])
    return EngineChoice(MILVUS, uri, chosen.token or os.environ.get(TOKEN_VARIABLE, ""))


def _moments(files: CatalogueFiles, extractor: str) -> Moments:
    return Moments.from_array(files.read_moments(extractor))
