"""Both engines of a gallery at size: time and memory to fill and to search, and recall at 10.

python -m benchmarks.bench_engines --rows 40000 200000 1000000 [--dimension 128] [--index FLAT HNSW]
    [--keep FILE]

Each size and engine is measured in a process of its own: random unit vectors that lean towards a few hundred
centres, as embeddings of products do, with the facets that a filter needs. Queries are rows with noise. The
answer that recall is measured against is the exact one, by products of all rows in float64. Milvus is the
embedded engine, in a temporary folder. With `--keep` the result is written into that file after every
measurement, beside what it has of other sizes.
"""

import argparse
import multiprocessing
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.gallery.facets import FILTER_COLUMNS
from core.gallery.index import unit_rows
from core.gallery.local import LocalGallery
from core.gallery.milvus.collections import INDEX_TYPES, CollectionKind, filter_columns
from core.gallery.milvus.connection import MilvusConnection
from core.gallery.milvus.engine_choice import MILVUS, EngineChoice
from core.gallery.milvus.filling import MilvusFilling
from core.gallery.milvus.gallery import MilvusGallery
from core.gallery.milvus.moments import Moments
from core.gallery.milvus.searched_collection import SearchedCollection
from core.gallery.protocol import Filters, Gallery, QueryVectors
from core.protocols import no_progress
from core.storage.artifacts import write_json
from core.storage.readers import read_json

LIBRARIES = ("pymilvus", "milvus-lite", "faiss-cpu", "scikit-learn", "numpy", "pandas")
EXTRACTOR = "random"
K = 10
CENTRES, LEAN = 300, 1.5
HALF = Filters({"gender": ("Men",)})


def random_rows(n: int, dimension: int, seed: int = 0) -> np.ndarray:
    """Give unit rows, float32 (n, dimension), each leaning towards one of `CENTRES` directions."""
    generator = np.random.default_rng(seed)
    centres = unit_rows(generator.standard_normal((CENTRES, dimension)))
    rows = np.empty((n, dimension), np.float32)
    for start in range(0, n, 100_000):
        part = slice(start, min(n, start + 100_000))
        noise = generator.standard_normal((part.stop - start, dimension)) / np.sqrt(dimension)
        rows[part] = unit_rows(noise + LEAN * centres[generator.integers(0, CENTRES, part.stop - start)])
    return rows


def random_products(n: int) -> pd.DataFrame:
    """Give a table with an id, every facet and a price."""
    generator = np.random.default_rng(1)
    facets = {name: generator.choice([f"{name} {i}" for i in range(12)], n) for name in FILTER_COLUMNS}
    facets["gender"] = generator.choice(["Men", "Women"], n)
    return pd.DataFrame(
        {"id": np.arange(n).astype(str), **facets, "price": generator.integers(1, 5000, n) / 1.0}
    )


def exact_nearest(rows: np.ndarray, queries: np.ndarray) -> list[set[int]]:
    """Give the rows of the `K` nearest to each query, scored in float64."""
    scores = np.empty((len(queries), len(rows)))
    for start in range(0, len(rows), 50_000):
        part = slice(start, start + 50_000)
        scores[:, part] = queries.astype(np.float64) @ rows[part].astype(np.float64).T
    return [set(np.argpartition(-of_query, K)[:K].tolist()) for of_query in scores]


def fill_local(products: pd.DataFrame, rows: np.ndarray, place: str, index: str) -> Gallery:
    """Make the gallery in this process."""
    gallery = LocalGallery(products, {EXTRACTOR: lambda: rows})
    gallery.open_index(EXTRACTOR)
    return gallery


def fill_milvus(products: pd.DataFrame, rows: np.ndarray, place: str, index: str) -> Gallery:
    """Bring the products into the embedded engine."""
    choice = EngineChoice(MILVUS, str(Path(place) / "bench.db"))
    filling = MilvusFilling("bench", choice, index_type=index)
    filling.write(products, {EXTRACTOR: rows}, {EXTRACTOR: None}, bar=no_progress)
    filling.publish()
    kind = CollectionKind(EXTRACTOR, rows.shape[1], None, filter_columns(products), index)
    name = filling.manifest_engine()["collections"][EXTRACTOR]
    collection = SearchedCollection(MilvusConnection(choice), name, kind, "run it again")
    return MilvusGallery(products, {EXTRACTOR: collection}, {EXTRACTOR: lambda: Moments.of(rows)})


FILL: dict[str, Callable[[pd.DataFrame, np.ndarray, str, str], Gallery]] = {
    "local": fill_local,
    MILVUS: fill_milvus,
}


def measure(engine: str, index: str, n: int, dimension: int, n_queries: int) -> dict[str, Any]:
    """Fill an engine and search it; in a process of its own, whose memory is all of that."""
    rows, products = random_rows(n, dimension), random_products(n)
    generator = np.random.default_rng(2)
    noise = generator.standard_normal((n_queries, dimension)) / np.sqrt(dimension)
    queries = unit_rows(rows[generator.integers(0, n, n_queries)] + 0.5 * noise)
    nearest = exact_nearest(rows, queries)
    before = _memory_mb()
    with tempfile.TemporaryDirectory() as place:
        began, used = time.perf_counter(), time.process_time()
        gallery = FILL[engine](products, rows, place, index)
        filled = {"seconds": time.perf_counter() - began, "processor_seconds": time.process_time() - used}
        found, plain = _timed_searches(gallery, queries, None)
        _, filtered = _timed_searches(gallery, queries, HALF)
        disk_mb = sum(path.stat().st_size for path in Path(place).rglob("*") if path.is_file()) / 2**20
    hits = [len(nearest[number] & set(map(int, ids))) for number, ids in enumerate(found)]
    return {
        "engine": engine,
        "index": index,
        "index_parameters": INDEX_TYPES.get(index, {}),
        "rows": n,
        "fill": filled,
        "search_ms": plain,
        "filtered_search_ms": filtered,
        "recall_at_10": sum(hits) / (K * n_queries),
        "memory_before_mb": round(before),
        "memory_mb": round(_memory_mb()),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10),
        "disk_mb": round(disk_mb),
    }


def _timed_searches(
    gallery: Gallery, queries: np.ndarray, filters: Filters | None
) -> tuple[list[tuple[str, ...]], dict[str, float]]:
    """Search once for each query; gives the ids found, and milliseconds a search, of clock and processor."""
    gallery.search(QueryVectors.of(EXTRACTOR, queries[0]), K, filters=filters)
    found, took, used = [], [], []
    for query in queries:
        began, busy = time.perf_counter(), time.process_time()
        (neighbours,) = gallery.search(QueryVectors.of(EXTRACTOR, query), K, filters=filters)
        took.append(1000 * (time.perf_counter() - began))
        used.append(1000 * (time.process_time() - busy))
        found.append(neighbours.ids)
    return found, {"median": float(np.median(took)), "processor_median": float(np.median(used))}


def markdown_table(measured: list[dict[str, Any]]) -> str:
    """Lay out measurements as the table of `docs/scaling.md`."""
    lines = [
        "| products | engine | fill | search | filtered | memory | on disk | recall at 10 |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for one in sorted(measured, key=lambda one: one["rows"]):
        engine = "local, exact" if one["engine"] == "local" else f"Milvus, {one['index']}"
        cells = [
            f"{one['rows']:,}",
            engine,
            f"{one['fill']['processor_seconds']:,.0f} s",
            f"{one['search_ms']['processor_median']:,.0f} ms",
            f"{one['filtered_search_ms']['processor_median']:,.0f} ms",
            f"{one['peak_memory_mb']:,} MB",
            f"{one['disk_mb']:,} MB",
            f"{one['recall_at_10']:.3f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _memory_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def main() -> None:
    """Measure every size and engine, and print or keep the result."""
    parser = argparse.ArgumentParser(description="Compare the engines of a gallery at size.")
    parser.add_argument("--rows", type=int, nargs="+", default=[40_000], help="products (40000)")
    parser.add_argument("--dimension", type=int, default=128, help="numbers an embedding (128)")
    parser.add_argument("--queries", type=int, default=50, help="searches (50)")
    parser.add_argument("--index", nargs="+", default=["FLAT", "HNSW"], choices=tuple(INDEX_TYPES))
    parser.add_argument("--keep", type=Path, help="write the result into this file")
    options = parser.parse_args()
    document: dict[str, Any] = {
        "dimension": options.dimension,
        "queries": options.queries,
        "k": K,
        "processors": multiprocessing.cpu_count(),
        "python": platform.python_version(),
        "versions": {
            name: metadata.version(name) for name in ("pymilvus", "milvus-lite", "faiss-cpu", "numpy")
        },
        "measured": [],
    }
    if options.keep and options.keep.is_file():
        kept = read_json(options.keep)["measured"]
        document["measured"] = [one for one in kept if one["rows"] not in options.rows]
    ways = [("local", "exact"), *((MILVUS, index) for index in options.index)]
    for n in options.rows:
        for engine, index in ways:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                arguments = (engine, index, n, options.dimension, options.queries)
                document["measured"].append(pool.apply(measure, arguments))
            if options.keep:
                write_json(options.keep, document)
    print(markdown_table(document["measured"]))


if __name__ == "__main__":
    main()
