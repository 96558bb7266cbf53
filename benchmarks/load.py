"""Many visitors at once: how long each waits for the hits of a photo, and what the server holds meanwhile.

python -m benchmarks.load [--visitors 20] [--seconds 300] [--settle 180] [--note TEXT] [--out FILE]

A server is started on a free port. Each visitor is a real session over the websocket: hands in a photo of a
size that nobody else's has, sets a filter, turns the page, starts anew, and pauses for a moment in between.
From upload to hits is measured from the first byte sent to the first hit drawn. Memory is the resident set of
the server: after a first search, at most, when all have left, and after the time to settle. On a busy machine
its processor time says more than the waits. The result is printed as JSON and, with --out, written to a file.
"""

import argparse
import os
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.served import print_result, processor_seconds, resident_mb, served
from benchmarks.visitor import Visitor
from core.gallery.catalogue_list import ready_made_queries
from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg
from core.imaging.resize import resize

PAGES_OF_HITS = "hits-????????????????-*"
"""The key of what turns pages."""

PAUSE = 3.0
"""Seconds that a visitor looks at a page, on average."""


@dataclass
class Tally:
    """What all visitors together did and saw."""

    waits: list[float] = field(default_factory=list)  # seconds from upload to hits
    done: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    others_photos: int = 0  # pages that showed a photo of a size that the visitor never handed in


def main() -> None:
    """Serve, visit and print."""
    options = _options()
    before = os.getloadavg()[0]
    with served() as app:
        address, pid = app.address, app.pid
        first = Visitor(address)
        first.run(timeout=300)
        first.upload("first.jpg", photo_of(600, 800, seed=0), timeout=600)
        first.leave()
        memory = {"after_first_search": resident_mb(pid)}
        tally, worked = Tally(), processor_seconds(pid)
        peak = _visit_together(address, pid, options.visitors, options.seconds, tally)
        memory |= {"most": peak, "when_all_left": resident_mb(pid)}
        worked = processor_seconds(pid) - worked
        time.sleep(options.settle)
        memory["after_settling"] = resident_mb(pid)
    result = {
        "visitors": options.visitors,
        "seconds": options.seconds,
        "settle_seconds": options.settle,
        "upload_to_hits_seconds": _quantiles(tally.waits),
        "uploads": tally.done["upload"],
        "filters": tally.done["filter"],
        "pages": tally.done["page"],
        "errors": tally.errors,
        "others_photos": tally.others_photos,
        "server_processor_seconds": round(worked, 1),
        "memory_mb": memory,
        "processors": len(os.sched_getaffinity(0)),
        "load_average_before": round(before, 2),
        "note": options.note,
    }
    print_result(result, options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--settle", type=float, default=180.0, help="seconds after all have left")
    parser.add_argument("--note", default="", help="what else the machine was doing")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def photo_of(width: int, height: int, *, seed: int) -> bytes:
    """Give a photo of this size: a ready-made query of the demo catalogue, under another light and noise."""
    return relit(noisy_photo(width, height, seed=seed), 1.0)


def noisy_photo(width: int, height: int, *, seed: int) -> np.ndarray:
    """Give the pixels of such a photo, float32 (height, width, 3)."""
    generator = np.random.default_rng(seed)
    paths = ready_made_queries("demo")
    image = resize(read_image(paths[seed % len(paths)]), height, width).astype(np.float32)
    noise = 6 * generator.standard_normal(image.shape, np.float32)
    return image * np.float32(generator.uniform(0.8, 1.1)) + noise


def relit(photo: np.ndarray, light: float) -> bytes:
    """Give the JPEG of a photo under a light: another picture, for little work beside the server's."""
    return encode_jpeg((photo * light).clip(0, 255).astype(np.uint8))


def visit(address: str, number: int, until: float, tally: Tally) -> None:
    """Be one visitor until a moment, by `time.monotonic`."""
    generator, size = random.Random(number), (1200 + number, 1600 + number)
    photo = noisy_photo(*size, seed=number)
    try:
        visitor = Visitor(address)
        visitor.run()
        turn = 0
        while time.monotonic() < until:
            turn += 1
            tally.waits.append(visitor.upload("photo.jpg", relit(photo, 1 - 0.005 * turn)))
            _look(visitor, "upload", tally, size)
            for what in ("filter", "page"):
                time.sleep(generator.expovariate(1 / PAUSE))
                if what == "filter":
                    visitor.set("gender-demo", string_array_value=[generator.choice(["Men", "Women"])])
                else:
                    visitor.set(PAGES_OF_HITS, int_value=2)
                _look(visitor, what, tally, size)
            time.sleep(generator.expovariate(1 / PAUSE))
            visitor.press("New search")
        visitor.leave()
    except Exception as error:  # whatever a visitor meets is counted
        tally.errors.append(f"{type(error).__name__}: {error}"[:200])


def _visit_together(address: str, pid: int, visitors: int, seconds: float, tally: Tally) -> int:
    """Have visitors come at once and leave; gives the most memory that the server had, in megabytes."""
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=visit, args=(address, number, until, tally)) for number in range(visitors)
    ]
    for thread in threads:
        thread.start()
    peak = 0
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, resident_mb(pid))
        time.sleep(0.5)
    return peak


def _look(visitor: Visitor, what: str, tally: Tally, size: tuple[int, int]) -> None:
    tally.done[what] += 1
    if not visitor.ran or visitor.hits_at is None:
        tally.errors.append(f"{what}: no hits")
    sizes = [text for text in visitor.texts() if text.startswith("JPEG · ")]
    if not sizes:
        tally.errors.append(f"{what}: no photo")
    tally.others_photos += any(f"{size[0]:,}×{size[1]:,}" not in text for text in sizes)


def _quantiles(waits: list[float]) -> dict[str, float]:
    if not waits:
        return {}
    return {name: round(float(np.quantile(waits, at)), 2) for name, at in (("p50", 0.5), ("p95", 0.95))}


if __name__ == "__main__":
    main()
