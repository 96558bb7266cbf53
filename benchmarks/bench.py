"""The whole table of what is quick and light, measured in one run.

python -m benchmarks.bench [--catalogue demo] [--data DIR] [--rows N ...] [--note TEXT] [--report]

Pages are visited by real sessions on a server of its own, `index` is run as a command, and every line has its
reference beside it, measured in the same run on the same machine. `--data` names a folder of products in
Kaggle's layout, without which nothing is indexed. `--report` keeps the result as
`artifacts/reports/benchmark.json`, which the Models page shows. Nothing else should run meanwhile; the load
of the machine before is noted.
"""

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.table.indexing import index_rows
from benchmarks.table.pages import page_rows
from benchmarks.table.row import as_text
from benchmarks.table.searches import SIZES, query_rows, size_rows
from core.reporting.benchmark_report import BENCHMARK
from core.storage.artifacts import write_report


def main() -> None:
    """Measure, print, and keep."""
    options = _options()
    machine = _machine()
    rows = page_rows(options.catalogue)
    rows += query_rows(options.catalogue)
    rows += size_rows(tuple(options.rows))
    if options.data:
        rows += index_rows(options.data)
    result = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "catalogue": options.catalogue,
        "machine": machine,
        "note": options.note,
        "rows": [row.as_dict() for row in rows],
    }
    if options.report:
        write_report(BENCHMARK, result)
    print(json.dumps(result, indent=2) if options.json else f"{_line(machine)}\n{as_text(rows)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--catalogue", default="demo", help="that is searched (demo)")
    parser.add_argument("--data", type=Path, help="folder of products to index")
    parser.add_argument("--rows", type=int, nargs="*", default=list(SIZES), help="sizes of the search alone")
    parser.add_argument("--note", default="", help="what else the machine was doing")
    parser.add_argument("--report", action="store_true", help="keep it as artifacts/reports/benchmark.json")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser.parse_args()


def _machine() -> dict[str, Any]:
    """Name the machine, and how busy it was."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _line(machine: dict[str, Any]) -> str:
    return (
        f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}, "
        f"load before {machine['load_before']}"
    )


if __name__ == "__main__":
    main()
