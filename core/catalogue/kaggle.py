"""A folder in Kaggle's layout to a `Catalogue`, and an account of everything that was wrong with it.

`styles.csv` and `images/ID.jpg` make a catalogue; `images.csv` (filename, link) and `styles/ID.json` add to
it where they are there. Real folders are dirty, so nothing that can be used is dropped, and nothing that is
dropped goes unsaid: every row left out or mended is in the `CatalogueReport`, by its id.

The layout is that of *Fashion Product Images* by Param Aggarwal,
https://www.kaggle.com/datasets/paramaggarwal/fashion-product-images-dataset
"""

import csv
import io
import json
import math
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.catalogue.import_report import CatalogueReport
from core.catalogue.styles_csv import COLUMNS, KAGGLE_COLUMNS, StylesTable, decode_text, read_styles_table
from core.errors import CatalogueError

__all__ = ["COLUMNS", "IMAGE_SUFFIXES", "Catalogue", "CatalogueReport", "read_catalogue"]

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
"""What a product's picture may end in, the first one found in this order; upper or lower case."""

_YEAR = re.compile(r"(\d{4})(?:\.0+)?")
_PRICE = re.compile(r"(?:rs\.?|inr|₹|\$|€|£)?\s*(\d+(?:\.\d+)?)(?:\s*/-)?", re.IGNORECASE)
_UNKNOWN_PRICES = ("", "na", "n/a", "nan", "none", "null", "-")


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Products and their pictures.

    Attributes
    ----------
    folder : Path
        Where `styles.csv` lies.
    products : DataFrame
        `COLUMNS`, one row a product that has a picture, in the order of `styles.csv`, numbered from 0. Text
        cells are "" where empty; "NA" is a value of the data and stays text; `year` is "" or like "2012".
    image_paths : tuple of Path
        The picture of each row.
    report : CatalogueReport
        What was wrong with the folder.
    """

    folder: Path
    products: pd.DataFrame
    image_paths: tuple[Path, ...]
    report: CatalogueReport

    def __len__(self) -> int:
        """Count the products."""
        return len(self.products)

    @property
    def ids(self) -> tuple[str, ...]:
        """The product ids, row by row."""
        return tuple(self.products["id"])

    def take(self, rows: Sequence[int] | Sequence[bool] | np.ndarray) -> "Catalogue":
        """Choose products, in the order given.

        Parameters
        ----------
        rows : array_like of int or of bool
            Row numbers, or one truth value a row.

        Returns
        -------
        Catalogue
            Rows numbered from 0 again; the report is that of the whole folder.
        """
        chosen = np.arange(len(self))[np.asarray(rows) if len(rows) else np.empty(0, int)]
        return Catalogue(
            self.folder,
            self.products.iloc[chosen].reset_index(drop=True),
            tuple(self.image_paths[row] for row in chosen),
            self.report,
        )


def read_catalogue(folder: Path) -> Catalogue:
    """Read a folder of products in Kaggle's layout, in the folder itself or one level down.

    Parameters
    ----------
    folder : Path
        Holds `styles.csv` and `images/`, or one folder that does.

    Returns
    -------
    Catalogue
        Every usable product; what was mended or left out is in its report.

    Raises
    ------
    CatalogueError
        The folder is missing or empty, holds no `styles.csv` or several, or one with other columns, or
        no product has a picture.
    """
    folder, notes = _find(Path(folder))
    table, more_notes = read_styles_table(folder / "styles.csv")
    pictures = _list_pictures(folder / "images")
    found = [pictures.find(row["id"]) for row in table.rows]
    rows = [row for row, name in zip(table.rows, found, strict=True) if name]
    missing = [row["id"] for row, name in zip(table.rows, found, strict=True) if not name]
    if not rows:
        raise CatalogueError(
            f"{folder}: images/ has no picture of any of the {len(table.rows):,} products, "
            f"expected {missing[0]}.jpg and so on: put them there, named by id."
        )
    filled, broken_json = _fill_from_json(folder / "styles", rows)
    links, link_notes = _read_links(folder / "images.csv")
    unusable_years = _parse(rows, "year", _year)
    unusable_prices = _parse(rows, "price", _price)
    report = CatalogueReport(
        n_rows=table.n_rows,
        n_products=len(rows),
        rejoined_names=tuple(table.rejoined_names),
        stray_quotes=tuple(table.stray_quotes),
        short_rows=tuple(table.short_rows),
        unreadable_rows=tuple(table.unreadable_rows),
        refused_ids=tuple(table.refused_ids),
        duplicates=tuple(table.duplicates),
        missing_images=tuple(missing),
        missing_links={product_id: links[product_id] for product_id in missing if product_id in links},
        unlisted_images=pictures.beside(table),
        absent_columns=tuple(column for column in KAGGLE_COLUMNS if column not in table.header),
        empty_cells=_empty_cells(rows, table.header),
        unusable_years=unusable_years,
        unusable_prices=unusable_prices,
        filled_cells=filled,
        broken_json=broken_json,
        notes=(*notes, *more_notes, *link_notes),
    )
    products = pd.DataFrame(
        {
            column: pd.Series([row[column] for row in rows], dtype=float if column == "price" else "str")
            for column in COLUMNS
        }
    )
    return Catalogue(folder, products, tuple(folder / "images" / name for name in found if name), report)


def _find(folder: Path) -> tuple[Path, list[str]]:
    """Find `styles.csv` with `images/` beside it: here first, then one level down, as Kaggle's zips nest."""
    if folder.is_file():
        mend = "unpack it and give the folder" if folder.suffix.lower() == ".zip" else f"give {folder.parent}"
        raise CatalogueError(f"{folder} is a file, expected a folder with styles.csv and images/: {mend}.")
    if not folder.is_dir():
        raise CatalogueError(
            f"{folder} is not there, expected a folder with styles.csv and images/: check the path."
        )
    try:
        below = sorted(folder.iterdir())
    except OSError as error:
        raise CatalogueError(
            f"{folder} cannot be listed ({error.strerror}): check its permissions."
        ) from error
    if not below:
        raise CatalogueError(
            f"{folder} is empty, expected styles.csv and images/: unpack the data set there."
        )
    # os.path, since Path raises at a folder beside it that may not be entered
    with_styles = [place for place in (folder, *below) if os.path.isfile(place / "styles.csv")]
    complete = [place for place in with_styles if (place / "images").is_dir()]
    if not with_styles:
        raise CatalogueError(
            f"{folder} has no styles.csv, nor has a folder in it: give a folder in Kaggle's layout."
        )
    if not complete:
        raise CatalogueError(
            f"{with_styles[0]} has styles.csv but no folder images/: put the pictures there, as ID.jpg."
        )
    others = [place.name for place in complete[1:]]
    if others and complete[0] != folder:
        names = ", ".join(place.name for place in complete)
        raise CatalogueError(f"{folder} holds several catalogues ({names}), expected one: give one of them.")
    notes = [f"Passed over, since styles.csv lies above: {', '.join(others)}."] if others else []
    if complete[0] != folder:
        notes.append(f"styles.csv was found one level down, in {complete[0].name}.")
    return complete[0], notes


class _Pictures:
    """The pictures of a folder, listed once: a look at the disk for each of 40,000 products takes seconds."""

    def __init__(self, names: list[str]) -> None:
        order = {suffix: rank for rank, suffix in enumerate(IMAGE_SUFFIXES)}
        split = [(*os.path.splitext(name), name) for name in names]
        pictures = [
            (order[suffix.lower()], stem, name) for stem, suffix, name in split if suffix.lower() in order
        ]
        pictures.sort(reverse=True)  # so that the preferred suffix is written last and stays
        self._exact = {stem: name for _, stem, name in pictures}
        self._any_case = {stem.casefold(): name for _, stem, name in pictures}

    def find(self, product_id: str) -> str | None:
        return self._exact.get(product_id) or self._any_case.get(product_id.casefold())

    def beside(self, table: StylesTable) -> tuple[str, ...]:
        """Name the pictures that no row asks for."""
        listed = {row["id"].casefold() for row in table.rows}
        return tuple(
            sorted(stem for stem in self._exact if stem.casefold() not in listed and not stem.startswith("."))
        )


def _list_pictures(folder: Path) -> _Pictures:
    try:
        with os.scandir(folder) as entries:
            return _Pictures([entry.name for entry in entries if entry.is_file()])
    except OSError as error:
        raise CatalogueError(
            f"{folder} cannot be listed ({error.strerror}): check its permissions."
        ) from error


def _read_links(path: Path) -> tuple[dict[str, str], list[str]]:
    """Read `images.csv`: product id to the address of its picture."""
    if not path.is_file():
        return {}, []
    try:
        text, notes = decode_text(path)
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        pairs = [((row["filename"] or "").strip(), (row["link"] or "").strip()) for row in rows]
    except (CatalogueError, csv.Error, KeyError):
        return {}, ["images.csv was passed over: expected a table of filename and link."]
    return {os.path.splitext(name)[0]: link for name, link in pairs if link}, notes


def _fill_from_json(folder: Path, rows: list[dict[str, Any]]) -> tuple[int, tuple[str, ...]]:
    """Fill empty cells from `styles/ID.json`; count them, and name the files that could not be read."""
    try:
        with os.scandir(folder) as entries:
            names = {entry.name for entry in entries}
    except OSError:
        return 0, ()
    filled, broken = 0, []
    for row in rows:
        if f"{row['id']}.json" not in names:
            continue
        try:
            data = json.loads((folder / f"{row['id']}.json").read_bytes())["data"]
            known = {column: _json_text(data.get(column)) for column in COLUMNS if column != "id"}
            known["price"] = known["price"] or _json_text(data.get("discountedPrice"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            broken.append(row["id"])
            continue
        new = {column: text for column, text in known.items() if text and not row[column]}
        row |= new
        filled += len(new)
    return filled, tuple(broken)


def _json_text(value: object) -> str:
    """Text of a value of `styles/ID.json`, "" for what is none; categories are {"typeName": …}."""
    if isinstance(value, dict):
        value = value.get("typeName")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).split())


def _parse(
    rows: list[dict[str, Any]], column: str, parse: Callable[[str], tuple[Any, bool]]
) -> tuple[str, ...]:
    """Parse a column in place, and name the products whose cell made no sense."""
    unusable = []
    for row in rows:
        row[column], understood = parse(row[column])
        if not understood:
            unusable.append(row["id"])
    return tuple(unusable)


def _year(text: str) -> tuple[str, bool]:
    match = _YEAR.fullmatch(text)
    return (match[1] if match else ""), bool(match) or not text


def _price(text: str) -> tuple[float, bool]:
    match = _PRICE.fullmatch(text.replace(",", ""))
    return (float(match[1]) if match else math.nan), bool(match) or text.lower() in _UNKNOWN_PRICES


def _empty_cells(rows: list[dict[str, Any]], header: list[str]) -> dict[str, tuple[str, ...]]:
    columns = [column for column in KAGGLE_COLUMNS if column in header]
    empty = {column: tuple(row["id"] for row in rows if not row[column]) for column in columns}
    return {column: ids for column, ids in empty.items() if ids}
