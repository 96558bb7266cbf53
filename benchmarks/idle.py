"""Open pages that nobody touches: what they take of the server's memory and processor.

python -m benchmarks.idle [--visitors 100] [--seconds 60] [--note TEXT] [--out FILE]

A server is started on a free port. Each visitor is a real session over the websocket, opens the Search page,
and does nothing more. Processor time is that of the server's process, which is the same on a busy machine,
with one page open, and with all. The result is printed as JSON and, with --out, written to a file.
"""

import argparse
import os
import time
from pathlib import Path

from benchmarks.served import print_result, processor_seconds, resident_mb, served
from benchmarks.visitor import Visitor

SETTLE = 45.0
"""Seconds for models to be loaded and for what opening the pages left over to be collected."""


def main() -> None:
    """Serve, open pages, wait and print."""
    options = _options()
    load = os.getloadavg()[0]
    with served() as app:
        visitors = [_opened(app.address)]
        time.sleep(SETTLE)
        alone = _share_of_a_processor(app.pid, options.seconds)
        memory = {"one_page": resident_mb(app.pid)}
        visitors += [_opened(app.address) for _ in range(options.visitors - 1)]
        time.sleep(SETTLE)
        together = _share_of_a_processor(app.pid, options.seconds)
        memory["all_pages"] = resident_mb(app.pid)
        began = time.monotonic()
        visitors[0].run()
        answered = time.monotonic() - began
        for visitor in visitors:
            visitor.leave()
    result = {
        "visitors": options.visitors,
        "seconds": options.seconds,
        "memory_mb": memory,
        "mb_each": round((memory["all_pages"] - memory["one_page"]) / max(1, options.visitors - 1), 2),
        "share_of_a_processor": {"one_page": alone, "all_pages": together},
        "one_of_them_runs_again_seconds": round(answered, 2),
        "processors": len(os.sched_getaffinity(0)),
        "load_average_before": round(load, 2),
        "note": options.note,
    }
    print_result(result, options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--visitors", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--note", default="", help="what else the machine was doing")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _opened(address: str) -> Visitor:
    visitor = Visitor(address)
    visitor.run(timeout=300)
    return visitor


def _share_of_a_processor(pid: int, seconds: float) -> float:
    began = processor_seconds(pid)
    time.sleep(seconds)
    return round((processor_seconds(pid) - began) / seconds, 4)


if __name__ == "__main__":
    main()
