"""Print the methods of a report as a table in Markdown: `python scripts/method_table.py NAME`."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.errors import FashionSearchError
from core.reporting.method_table import SPLITS, method_markdown
from core.reporting.report_files import read_report


def main() -> int:
    """Read what is typed, and print the table."""
    to = argparse.ArgumentParser(description=__doc__)
    to.add_argument("report", metavar="NAME", help="of artifacts/reports/NAME.json")
    to.add_argument("--split", choices=list(SPLITS), default="by_id")
    to.add_argument("--intervals", action="store_true", help="with the bounds of the 95 %% intervals")
    chosen = to.parse_args()
    try:
        methods = read_report(chosen.report).methods
    except FashionSearchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(method_markdown(methods, chosen.split, with_intervals=chosen.intervals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
