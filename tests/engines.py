"""Galleries and catalogues on either engine, as tests make them."""

import contextlib
import importlib.util
import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.gallery.index import unit_rows
from core.gallery.local import LocalGallery
from core.gallery.milvus.collections import CollectionKind, filter_columns
from core.gallery.milvus.connection import MilvusConnection
from core.gallery.milvus.engine_choice import EngineChoice
from core.gallery.milvus.engine_update import EngineUpdate
from core.gallery.milvus.filling import MilvusFilling
from core.gallery.milvus.gallery import MilvusGallery
from core.gallery.milvus.moments import Moments
from core.gallery.milvus.searched_collection import SearchedCollection
from core.gallery.protocol import Gallery
from core.protocols import no_progress
from core.storage import artifacts
from core.storage.schema import ManifestEmbeddings

HAS_MILVUS = all(importlib.util.find_spec(name) for name in ("pymilvus", "milvus_lite"))
needs_milvus = pytest.mark.skipif(not HAS_MILVUS, reason="requirements-milvus.txt is not installed")
BOTH_ENGINES = ("local", pytest.param("milvus", marks=needs_milvus))

Vectors = Mapping[str, np.ndarray]
GalleryMaker = Callable[[pd.DataFrame, Vectors], Gallery]

_numbers = itertools.count()


def local_gallery(products: pd.DataFrame, vectors: Vectors) -> LocalGallery:
    return LocalGallery(products, {name: lambda rows=rows: rows for name, rows in vectors.items()})


def milvus_gallery(choice: EngineChoice, products: pd.DataFrame, vectors: Vectors) -> MilvusGallery:
    """Bring products into Milvus, under a name of their own, and give the gallery that searches them."""
    filling = MilvusFilling(f"test{next(_numbers)}", choice)
    filling.write(products, vectors, dict.fromkeys(vectors), bar=no_progress)
    filling.publish()
    connection, names = MilvusConnection(choice), filling.manifest_engine()["collections"]
    columns = filter_columns(products)
    collections = {
        name: SearchedCollection(
            connection, names[name], CollectionKind(name, rows.shape[1], None, columns), "index it again"
        )
        for name, rows in vectors.items()
    }
    moments = {name: lambda rows=rows: Moments.of(unit_rows(rows)) for name, rows in vectors.items()}
    return MilvusGallery(products, collections, moments)


@contextlib.contextmanager
def catalogue_written(
    name: str, products: pd.DataFrame, vectors: Vectors, engine_choice: EngineChoice | None
) -> Iterator[Path]:
    """Keep a catalogue to be searched by this engine, with what else is put into the folder that it gives."""
    made_by = {
        extractor: ManifestEmbeddings(weights=None, dimension=v.shape[1]) for extractor, v in vectors.items()
    }
    target = artifacts.catalogue_dir(name)
    update = EngineUpdate.of(target, engine_choice)
    fields = {"source": "toy garments"}
    with artifacts.write_folder(target, manifest=fields) as work:
        (work / "embeddings").mkdir()
        products.to_csv(work / "products.csv", index=False)
        for extractor, rows in vectors.items():
            np.save(work / "embeddings" / f"{extractor}.npy", rows)
        if engine_choice is not None:
            fields |= {"embeddings": made_by}
            fields |= update.write(work, products, vectors, made_by, bar=no_progress)
        yield work
    update.publish()


def drop_collections(choice: EngineChoice) -> None:
    connection = MilvusConnection(choice)
    for name in connection.ask("list_collections"):
        connection.ask("drop_collection", name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def milvus_server(folder: Path, port: int | None = None) -> Iterator[tuple[EngineChoice, subprocess.Popen]]:
    """Start the server that comes with Milvus Lite, and kill it at the end."""
    port = port or free_port()
    command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(folder)]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, server)
        yield EngineChoice("milvus", f"http://127.0.0.1:{port}"), server
    finally:
        server.kill()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    pytest.fail("the server of Milvus Lite did not start")
