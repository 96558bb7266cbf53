"""How long one search takes on the page's own road, beside the two obvious ways to find neighbours.

python -m benchmarks.bench_search [--rows 40000] [--dimension 128] [--k 12] [--runs 31] [--json]

A catalogue of random embeddings is made in a temporary folder and searched by `core.retrieval.search.search`
with all that the Search page asks for: hits, total, counts of five facets, distribution of scores. All ways
answer the same random queries in turn, so that a busy machine slows them alike, and the ratio of their
medians says more than the milliseconds. A filtered search looks at half of the rows.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from core.catalogue.kaggle import COLUMNS
from core.gallery.facets import FACET_COLUMNS
from core.gallery.index import unit_rows
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import StoredCatalogue, open_catalogue
from core.retrieval.request import SearchRequest, VectorQuery
from core.retrieval.search import search
from core.storage.artifacts import catalogue_dir, write_folder

EXTRACTOR = "vgg16"
Way = Callable[[np.ndarray], list[int]]


def random_catalogue(vectors: np.ndarray) -> StoredCatalogue:
    """Keep a catalogue of these embeddings, with random facets, below `ARTIFACTS_DIR`, and open it."""
    generator, n = np.random.default_rng(1), len(vectors)
    values = {column: generator.choice([f"{column} {i}" for i in range(12)], n) for column in FACET_COLUMNS}
    values |= {"id": np.arange(n).astype(str), "gender": generator.choice(["Men", "Women"], n)}
    products = pd.DataFrame({column: values.get(column, [""] * n) for column in COLUMNS})
    with write_folder(catalogue_dir("random"), manifest={"source": "random numbers"}) as work:
        products.to_csv(work / "products.csv", index=False)
        (work / "embeddings").mkdir()
        np.save(work / "embeddings" / f"{EXTRACTOR}.npy", vectors)
    return open_catalogue("random")


def ways(vectors: np.ndarray, k: int) -> dict[str, Way]:
    """Functions from a unit query (dimension,) to the rows of its neighbours, the first being the page's."""
    catalogue = random_catalogue(vectors)
    engine = NearestNeighbors(metric="cosine", algorithm="brute").fit(vectors)

    def by_page(filters: Filters) -> Way:
        def find(query: np.ndarray) -> list[int]:
            request = SearchRequest(
                VectorQuery({EXTRACTOR: query}),
                extractor=EXTRACTOR,
                filters=filters,
                top=k,
                fold=False,
                facets=FACET_COLUMNS,
                distribution=True,
            )
            return [int(hit.product_id) for hit in search(request, catalogue).hits]

        return find

    def by_numpy(query: np.ndarray) -> list[int]:
        scores = vectors @ query
        best = np.argpartition(-scores, k)[:k]
        return best[np.argsort(-scores[best], kind="stable")].tolist()

    return {
        "Search page": by_page(Filters()),
        "Search page, filtered": by_page(Filters({"gender": ("Men",)})),
        "Gallery.search": lambda query: catalogue.gallery.search(QueryVectors.of(EXTRACTOR, query), k)[
            0
        ].rows.tolist(),
        "NearestNeighbors cosine": lambda query: engine.kneighbors(query[None], k)[1][0].tolist(),
        "NumPy argpartition": by_numpy,
    }


def measure(rows: int, dimension: int, k: int, runs: int) -> dict[str, Any]:
    """Median milliseconds of each way, and the share of queries that all unfiltered ones answer alike."""
    generator = np.random.default_rng(0)
    vectors = unit_rows(generator.standard_normal((rows, dimension)))
    queries = unit_rows(generator.standard_normal((runs, dimension)))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ARTIFACTS_DIR"] = folder
        compared = ways(vectors, k)
        for way in compared.values():
            way(queries[0])
        took: dict[str, list[float]] = {name: [] for name in compared}
        alike = 0
        for query in queries:
            answers = {}
            for name, way in compared.items():
                start = time.perf_counter()
                answers[name] = way(query)
                took[name].append(1000 * (time.perf_counter() - start))
            del answers["Search page, filtered"]
            alike += len({tuple(answer) for answer in answers.values()}) == 1
    medians = {name: float(np.median(times)) for name, times in took.items()}
    return {
        "rows": rows,
        "dimension": dimension,
        "k": k,
        "runs": runs,
        "median_ms": medians,
        "ratio": {name: medians["Search page"] / median for name, median in medians.items()},
        "answered_alike": alike / runs,
    }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description="Time one search beside the obvious ways to do it.")
    parser.add_argument("--rows", type=int, default=40_000, help="products of the catalogue (40000)")
    parser.add_argument("--dimension", type=int, default=128, help="numbers an embedding (128)")
    parser.add_argument("--k", type=int, default=12, help="hits (12)")
    parser.add_argument("--runs", type=int, default=31, help="queries (31)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    result = measure(options.rows, options.dimension, options.k, options.runs)
    if options.json:
        json.dump(result, sys.stdout, indent=2)
        print()
        return
    print(f"{result['rows']:,} x {result['dimension']}, {result['k']} hits, median of {result['runs']} runs")
    print(f"{'':26}{'ms':>8}{'page / this':>22}")
    for name, median in result["median_ms"].items():
        print(f"{name:26}{median:8.2f}{result['ratio'][name]:20.2f} x")
    print(f"answered alike: {result['answered_alike']:.0%} of queries")


if __name__ == "__main__":
    main()
