"""`add` and `remove`: single products of a catalogue."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.argument_types import column_cell
from core.cli.console import Bars, to_json

if TYPE_CHECKING:
    from core.indexing.report import EditReport


def add_arguments_of_add(to: argparse.ArgumentParser) -> None:
    """Say what can be typed after `add`."""
    to.add_argument(
        "images",
        metavar="FILE",
        nargs="+",
        type=Path,
        help="pictures, each called by its product: ID.jpg",
    )
    to.add_argument("--name", required=True, help="what the catalogue is called")
    to.add_argument(
        "--set",
        type=column_cell,
        action="append",
        metavar="COLUMN=VALUE",
        default=[],
        dest="cells",
        help="a cell of all these products, such as price=499; by default as in the table",
    )


def add_arguments_of_remove(to: argparse.ArgumentParser) -> None:
    """Say what can be typed after `remove`."""
    to.add_argument("ids", metavar="ID", nargs="+", help="of products, as in products.csv")
    to.add_argument("--name", required=True, help="what the catalogue is called")


def add(chosen: argparse.Namespace, bars: Bars) -> int:
    """Put products into a catalogue."""
    from core.indexing.edit import add_products

    _print(add_products(chosen.images, chosen.name, cells=dict(chosen.cells), bar=bars), chosen)
    return 0


def remove(chosen: argparse.Namespace, bars: Bars) -> int:
    """Take products out of a catalogue."""
    from core.indexing.edit import remove_products

    _print(remove_products(chosen.ids, chosen.name, bar=bars), chosen)
    return 0


def _print(report: "EditReport", chosen: argparse.Namespace) -> None:
    print(to_json(report.to_dict()) if chosen.json else "\n".join(report.summary()))
