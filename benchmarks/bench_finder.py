"""How long finding the garments of one photograph takes, beside one VGG16 embedding.

python -m benchmarks.bench_finder [--width 1000] [--height 700] [--runs 21] [--json]

Both models answer the same drawn photograph in turn, so that a busy machine slows them alike, and the ratio
of their medians says more than the milliseconds. They are warm: each has answered once before.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from core.demo.scenes import sample_queries
from core.imaging.resize import resize
from core.models.names import DEFAULT_EXTRACTOR
from core.models.registry import ModelRegistry

FIND, EMBED = "garment finder, find", f"{DEFAULT_EXTRACTOR}, one embedding"


def measure(width: int, height: int, runs: int) -> dict[str, Any]:
    """Median milliseconds of each, and how many times as long as an embedding the finder takes."""
    registry = ModelRegistry()
    finder, extractor = registry.finder(), registry.extractor(DEFAULT_EXTRACTOR)
    _, _, drawn = next(iter(sample_queries()))
    image = resize(drawn, height, width)
    compared: dict[str, Callable[[], object]] = {
        FIND: lambda: finder.find(image),
        EMBED: lambda: extractor.extract([image]),
    }
    for answer in compared.values():
        answer()
    took: dict[str, list[float]] = {name: [] for name in compared}
    for _ in range(runs):
        for name, answer in compared.items():
            start = time.perf_counter()
            answer()
            took[name].append(1000 * (time.perf_counter() - start))
    medians = {name: float(np.median(times)) for name, times in took.items()}
    return {
        "width": width,
        "height": height,
        "runs": runs,
        "garments": len(finder.find(image)),
        "median_ms": medians,
        "ratio": medians[FIND] / medians[EMBED],
    }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description="Time the garment finder beside an embedding.")
    parser.add_argument("--width", type=int, default=1000, help="of the photograph, in pixels (1000)")
    parser.add_argument("--height", type=int, default=700, help="of the photograph, in pixels (700)")
    parser.add_argument("--runs", type=int, default=21, help="answers of each (21)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    result = measure(options.width, options.height, options.runs)
    if options.json:
        json.dump(result, sys.stdout, indent=2)
        print()
        return
    print(f"{result['width']} x {result['height']}, {result['garments']} garments, {result['runs']} runs")
    for name, median in result["median_ms"].items():
        print(f"{name:26}{median:8.1f} ms")
    print(f"finder / embedding: {result['ratio']:.2f}")


if __name__ == "__main__":
    main()
