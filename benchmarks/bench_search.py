"""How long one search takes, beside the two obvious ways to do it.

python -m benchmarks.bench_search [--rows 40000] [--dimension 128] [--k 12] [--runs 31] [--json]

All ways answer the same random queries in turn, so that a busy machine slows them alike, and the ratio of
their medians says more than the milliseconds. A filtered search looks at half of the rows.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from core.gallery.index import Index, unit_rows


def ways(gallery: np.ndarray, k: int) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Functions from a unit query (dimension,) to the rows of its k neighbours, the first being ours."""
    index = Index([str(row) for row in range(len(gallery))], gallery)
    engine = NearestNeighbors(metric="cosine", algorithm="brute").fit(gallery)
    half = np.random.default_rng(1).random(len(gallery)) < 0.5

    def by_numpy(query: np.ndarray) -> np.ndarray:
        scores = gallery @ query
        best = np.argpartition(-scores, k)[:k]
        return best[np.argsort(-scores[best], kind="stable")]

    return {
        "Index.search": lambda query: index.search(query, k)[0].rows,
        "Index.search, filtered": lambda query: index.search(query, k, rows=half)[0].rows,
        "NearestNeighbors cosine": lambda query: engine.kneighbors(query[None], k)[1][0],
        "NumPy argpartition": by_numpy,
    }


def measure(rows: int, dimension: int, k: int, runs: int) -> dict[str, Any]:
    """Median milliseconds of each way, and the share of queries that all unfiltered ones answer alike."""
    generator = np.random.default_rng(0)
    gallery = unit_rows(generator.standard_normal((rows, dimension)))
    queries = unit_rows(generator.standard_normal((runs, dimension)))
    compared = ways(gallery, k)
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
        del answers["Index.search, filtered"]
        alike += len({tuple(answer) for answer in answers.values()}) == 1
    medians = {name: float(np.median(times)) for name, times in took.items()}
    return {
        "rows": rows,
        "dimension": dimension,
        "k": k,
        "runs": runs,
        "median_ms": medians,
        "ratio": {name: medians["Index.search"] / median for name, median in medians.items()},
        "answered_alike": alike / runs,
    }


def main() -> None:
    """Read the options, measure, and print a table or one JSON document."""
    parser = argparse.ArgumentParser(description="Time one search beside the obvious ways to do it.")
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--k", type=int, default=12)
    parser.add_argument("--runs", type=int, default=31)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    result = measure(options.rows, options.dimension, options.k, options.runs)
    if options.json:
        json.dump(result, sys.stdout, indent=2)
        print()
        return
    print(f"{result['rows']:,} x {result['dimension']}, {result['k']} hits, median of {result['runs']} runs")
    print(f"{'':26}{'ms':>8}{'Index.search takes':>22}")
    for name, median in result["median_ms"].items():
        print(f"{name:26}{median:8.2f}{result['ratio'][name]:20.2f} x")
    print(f"answered alike: {result['answered_alike']:.0%} of queries")


if __name__ == "__main__":
    main()
