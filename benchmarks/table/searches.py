"""One search, from a photo's bytes and from vectors alone, beside the obvious ways to do the same."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.load import photo_of
from benchmarks.table.row import Row, median
from core.gallery.facets import FACET_COLUMNS
from core.gallery.index import Index, unit_rows
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.resize import letterbox
from core.retrieval.encoder import default_encoder
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_part import garment_query
from core.retrieval.photograph.upright import stand_upright
from core.retrieval.query import PictureQuery
from core.retrieval.request import SearchRequest
from core.retrieval.search import search

RUNS = 15
REFERENCE_SIDE, REFERENCE_WIDTH = 224, 2048
"""Of ResNet50's input, in pixels, and of its pooled features."""

SIZES = (40_000, 200_000, 1_000_000)
DIMENSION, K = 160, 12


def query_rows(catalogue: str) -> list[Row]:
    """Time one photo from its bytes to its hits, models warm, beside ResNet50 and a brute-force product."""
    stored, encoder = open_catalogue(catalogue), default_encoder()

    def ours(photo: Path, *, classify: bool) -> None:
        image = stand_upright(PictureQuery.read(photo).image, encoder).image
        query = garment_query(image, choose_garment(image, encoder))
        asked = SearchRequest(
            query, facets=FACET_COLUMNS, distribution=True, predict=classify, agreement=classify
        )
        search(asked, stored, encoder)

    def with_class(photo: Path) -> None:
        ours(photo, classify=True)

    def without(photo: Path) -> None:
        ours(photo, classify=False)

    reference = _resnet(len(stored))
    with tempfile.TemporaryDirectory() as folder:
        photos = [Path(folder) / f"{turn}.jpg" for turn in range(RUNS + 1)]
        for turn, photo in enumerate(photos):
            photo.write_bytes(photo_of(900 + turn, 1200, seed=turn))
        took = _alternately([without, with_class, reference], photos)
    alone, with_its_class, compared = (1000 * median(times) for times in took)
    name = f"ResNet50 by predict at {REFERENCE_SIDE} pixels, brute force over {REFERENCE_WIDTH:,} numbers"
    return [
        Row(
            f"one photo to hits among {len(stored):,}, finder included",
            alone,
            "ms",
            reference=name,
            reference_value=compared,
            times_reference=1 / 6,
        ),
        Row(
            "the same with its class",
            with_its_class,
            "ms",
            reference=name,
            reference_value=compared,
            times_reference=1 / 4,
        ),
    ]


def _resnet(n_products: int) -> Callable[[Path], None]:
    """Search as a tutorial does: random weights take as long as trained ones."""
    import keras

    network = keras.applications.ResNet50(
        weights=None, include_top=False, pooling="avg", input_shape=(REFERENCE_SIDE, REFERENCE_SIDE, 3)
    )
    generator = np.random.default_rng(0)
    gallery = unit_rows(generator.standard_normal((n_products, REFERENCE_WIDTH), np.float32))

    def find(photo: Path) -> None:
        picture = letterbox(PictureQuery.read(photo).image, REFERENCE_SIDE, REFERENCE_SIDE)
        features = network.predict(picture[None].astype(np.float32), verbose=0)[0]
        scores = gallery @ (features / np.linalg.norm(features))
        np.argsort(-scores)[:K]

    return find


def _alternately(ways: list[Callable[[Path], None]], photos: list[Path]) -> list[list[float]]:
    """Time ways in turn, so that a busy machine slows them alike; the first photo warms up."""
    took: list[list[float]] = [[] for _ in ways]
    for number, photo in enumerate(photos):
        for way, times in zip(ways, took, strict=True):
            began = time.perf_counter()
            way(photo)
            if number:
                times.append(time.perf_counter() - began)
    return took


def size_rows(sizes: tuple[int, ...] = SIZES) -> list[Row]:
    """Time a search of vectors alone as the gallery grows, beside the bare product and its top k."""
    rows = []
    for size in sizes:
        generator = np.random.default_rng(size)
        vectors = unit_rows(generator.standard_normal((size, DIMENSION), np.float32))
        queries = unit_rows(generator.standard_normal((RUNS + 1, DIMENSION), np.float32))
        index = Index([str(row) for row in range(size)], vectors)
        times: tuple[list[float], list[float]] = ([], [])
        alike = 0
        for number, query in enumerate(queries):
            began = time.perf_counter()
            (found,) = index.search(query, K)
            between = time.perf_counter()
            scores = vectors @ query
            best = np.argpartition(-scores, K)[:K]
            best = best[np.argsort(-scores[best], kind="stable")]
            if number:
                times[0].append(between - began)
                times[1].append(time.perf_counter() - between)
                alike += list(found.rows) == best.tolist()
        ours, product = (1000 * median(each) for each in times)
        rows.append(
            Row(
                f"search alone, {size:,} rows of {DIMENSION}",
                ours,
                "ms",
                reference="NumPy's product and its top 12",
                reference_value=product,
                times_reference=3,
                note=f"{alike} of {RUNS} queries with the same rows in the same order",
            )
        )
    return rows
