"""What Kaggle's full edition has beside its table: `images.csv` and one `styles/ID.json` a product."""

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

from core.catalogue.tables.headers import COLUMNS
from core.catalogue.tables.product_table import ProductRow, clean_text
from core.catalogue.tables.text_encoding import decode_text
from core.errors import CatalogueError


def read_links(path: Path) -> tuple[dict[str, str], list[str]]:
    """Read `images.csv`.

    Returns
    -------
    links : dict of str to str
        Product id to the address of its picture.
    notes : list of str
        A sentence where the file cannot be used.
    """
    if not path.is_file():
        return {}, []
    try:
        text, notes = decode_text(path.read_bytes(), path.name)
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        pairs = [((row["filename"] or "").strip(), (row["link"] or "").strip()) for row in rows]
        if not rows:
            raise KeyError("filename")
    except (CatalogueError, OSError, csv.Error, KeyError):
        return {}, ["images.csv was passed over: expected a table of filename and link."]
    return {os.path.splitext(name)[0]: clean_text(link) for name, link in pairs if link}, notes


def fill_from_json(folder: Path, rows: Sequence[ProductRow]) -> tuple[int, tuple[str, ...]]:
    """Fill empty cells from `styles/ID.json`, in place.

    Parameters
    ----------
    folder : Path
        `styles/`, which need not be there.
    rows : sequence of ProductRow

    Returns
    -------
    filled : int
        How many cells were filled.
    broken : tuple of str
        Products whose file is none, or could not be read.
    """
    try:
        with os.scandir(folder) as entries:
            # A pipe or a device would be waited for without end.
            names = {entry.name: _is_file(entry) for entry in entries}
    except OSError:
        return 0, ()
    filled, broken = 0, []
    for row in rows:
        name = f"{row.id}.json"
        if name not in names:
            continue
        try:
            if not names[name]:
                raise ValueError("no file")
            known = _known_cells(json.loads((folder / name).read_bytes())["data"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            broken.append(row.id)
            continue
        new = {column: text for column, text in known.items() if text and not row.cells[column]}
        row.cells |= new
        filled += len(new)
    return filled, tuple(broken)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself
        return False


def _known_cells(data: dict[str, object]) -> dict[str, str]:
    known = {column: _json_text(data.get(column)) for column in COLUMNS if column != "id"}
    known["price"] = known["price"] or _json_text(data.get("discountedPrice"))
    return known


def _json_text(value: object) -> str:
    """Text of a value, "" for what is none; categories are {"typeName": …}."""
    if isinstance(value, dict):
        value = value.get("typeName")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(clean_text(str(value)).split())
