"""What has changed since a catalogue was indexed, and what looks like a folder that is half written."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalogue.folder_layout import DEEPEST, TABLE_SUFFIXES
from core.catalogue.import_report import count_text, listed_ids
from core.catalogue.kaggle import COLUMNS, Catalogue, TableOptions, read_catalogue
from core.catalogue.tables.headers import KAGGLE_COLUMNS
from core.errors import CatalogueError
from core.indexing.previous import PreviousCatalogue

FEW, MOST_HALF_GONE = 10, 0.25
"""So many products, and such a share of a catalogue, may lose their row or their picture alone."""

MOST_EMPTIED = 0.25
"""A column in which a larger share of the products had a value does not become empty by itself."""

READINGS, PAUSE = 5, 1.0
"""How often a table that is being written is read again, and the seconds between."""

_TABLES = (*TABLE_SUFFIXES, ".txt")
_TABLES_OF_TEXT = (".csv", ".tsv", ".tab", ".txt")
_MEANT = "if that is meant, index again with --allow-loss"


@dataclass(frozen=True)
class Changes:
    """Products by what became of them since the catalogue was indexed before, each in the table's order.

    Attributes
    ----------
    new, gone : tuple of str
    changed : tuple of str
        By other pictures, told by their content, or another row of the table.
    n_unchanged : int
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    n_unchanged: int

    def summary(self) -> str:
        """Count them in a sentence."""
        counts = f"{len(self.new):,} new, {len(self.changed):,} changed, {len(self.gone):,} gone"
        return f"Since it was indexed before: {counts}, {self.n_unchanged:,} unchanged."

    def counts(self) -> dict[str, int]:
        """Count each kind."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "gone": len(self.gone),
            "unchanged": self.n_unchanged,
        }


def find_changes(
    previous: PreviousCatalogue, products: pd.DataFrame, contents: Mapping[str, tuple[str, ...]]
) -> Changes:
    """Compare products with those of a catalogue.

    Parameters
    ----------
    previous : PreviousCatalogue
    products : DataFrame
        `core.catalogue.kaggle.COLUMNS`.
    contents : mapping of product id to tuple of content
        SHA-256 of what each picture of a product was made from.
    """
    contents_before = previous.all_contents()
    before = {row[0]: row for row in _rows(previous.products)}
    now = {row[0]: row for row in _rows(products)}
    changed = [
        product_id
        for product_id, row in now.items()
        if product_id in before
        and (row != before[product_id] or contents[product_id] != contents_before.get(product_id))
    ]
    new = [product_id for product_id in now if product_id not in before]
    gone = [product_id for product_id in before if product_id not in now]
    return Changes(tuple(new), tuple(changed), tuple(gone), len(now) - len(new) - len(changed))


def read_settled_catalogue(data: Path, options: TableOptions | None = None) -> Catalogue:
    """Read a folder of products, again where its table was written to in the meantime.

    Raises
    ------
    CatalogueError
        As from `read_catalogue`, or if the table is being written for longer than some seconds.
    """
    for _ in range(READINGS):
        before = _table_stamps(data)
        try:
            catalogue = read_catalogue(data, options)
        except CatalogueError:
            if _table_stamps(data) == before:
                raise
        else:
            if _table_stamps(data) == before:
                return catalogue
        time.sleep(PAUSE)
    raise CatalogueError(f"{data}: its table is being written just now; index it when that is done.")


def refuse_losses(previous: PreviousCatalogue, catalogue: Catalogue) -> None:
    """Refuse to replace a catalogue by a folder that looks half-written.

    Products whose row and picture are both gone are gone. A table that ends in the middle of a row, one from
    which many rows vanished while their pictures stayed, and pictures that vanished while their rows stayed,
    are what exports and copies look like before they are done.

    Raises
    ------
    CatalogueError
        With what would be lost. Nothing is lost by raising it.
    """
    still = set(catalogue.ids)
    gone = [product_id for product_id in previous.ids if product_id not in still]
    _refuse_torn_table(previous, catalogue, gone)
    without_row = set(gone) & set(catalogue.report.unlisted_images)
    without_picture = set(gone) & set(catalogue.report.missing_images)
    for lost, what in ((without_row, "row"), (without_picture, "picture")):
        if len(lost) > max(FEW, MOST_HALF_GONE * len(previous.products)):
            other = "picture" if what == "row" else "row"
            raise CatalogueError(
                f"{catalogue.folder}: the {what}s of {count_text(len(lost), 'product')} of "
                f"{len(previous.products):,} are gone, though each {other} is still there "
                f"({listed_ids(sorted(lost), most=3)}), as in a folder that is half written. The catalogue "
                f"stays as it was: index again when the folder is whole, or {_MEANT}."
            )


def _refuse_torn_table(previous: PreviousCatalogue, catalogue: Catalogue, gone: list[str]) -> None:
    table = _table_without_last_line_end(catalogue.folder)
    if table is None:
        return
    report, before = catalogue.report, previous.manifest.get("read", {})
    torn = set(report.short_rows) - set(before.get("short_rows", ())) or set(report.unreadable_rows) - set(
        before.get("unreadable_rows", ())
    )
    # Cut within its last cell a table looks whole: but that cell is shorter than it was, or all that came
    # later has gone, and nothing else has.
    later = set(previous.ids[len(previous.ids) - len(gone) :])
    cut = bool(gone) and later == set(gone) and later <= set(report.unlisted_images)
    if torn or cut or _last_row_is_cut(previous, catalogue):
        raise CatalogueError(
            f"{table} ends in the middle of a row, as while it is being written. The catalogue stays as it "
            f"was: index again when the table is whole, or {_MEANT}."
        )


def _last_row_is_cut(previous: PreviousCatalogue, catalogue: Catalogue) -> bool:
    last = catalogue.products.iloc[-1]
    before = previous.products[previous.products["id"] == last["id"]]
    return len(before) > 0 and any(
        before[column].iloc[0].startswith(last[column]) and before[column].iloc[0] != last[column]
        for column in KAGGLE_COLUMNS
    )


def keep_lost_columns(
    previous: PreviousCatalogue, products: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Keep the values of columns that the table has lost, as where its header was changed.

    Parameters
    ----------
    previous : PreviousCatalogue
    products : DataFrame
        `core.catalogue.kaggle.COLUMNS`.

    Returns
    -------
    products : DataFrame
        A column without any value has those that the catalogue had, if many products had one.
    kept : dict of column to int
        How many products keep theirs.
    """
    before, kept = previous.products.set_index("id"), {}
    still = products["id"].isin(before.index).to_numpy(bool)
    for column in COLUMNS:
        if column in before and still.any() and not _filled(products[column]).any():
            values = before[column].reindex(products["id"][still])
            if (n_filled := int(_filled(values).sum())) > MOST_EMPTIED * still.sum():
                products = products.copy()
                products.loc[still, column] = values.to_numpy()
                kept[column] = n_filled
    return products, kept


def _filled(column: pd.Series) -> np.ndarray:
    return (column.notna() & (column.astype(str) != "")).to_numpy(bool)


def _rows(products: pd.DataFrame) -> list[tuple[str, ...]]:
    """Write every row as text, NaN as "" like any other unknown cell."""
    columns = [
        products[column].map(lambda price: "" if np.isnan(price) else repr(float(price))).tolist()
        if column == "price"
        else products[column].astype(str).tolist()
        for column in COLUMNS
    ]
    return list(zip(*columns, strict=True))


def _table_stamps(data: Path) -> dict[str, tuple[int, int]]:
    """Give the size and date of every table in a folder and below, as deep as a catalogue is looked for."""
    stamps = {}
    data = data.parent if data.is_file() else data
    for place, folders, names in os.walk(data):
        if len(Path(place).relative_to(data).parts) >= DEEPEST:
            folders.clear()
        for path in (f"{place}/{name}" for name in names if name.lower().endswith(_TABLES)):
            with suppress(FileNotFoundError):
                status = os.stat(path)
                stamps[path] = status.st_size, status.st_mtime_ns
    return stamps


def _table_without_last_line_end(folder: Path) -> Path | None:
    """Find a table of text whose last line does not end."""
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() in _TABLES_OF_TEXT and path.is_file():
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 2))
                if size and not file.read().endswith((b"\n", b"\r", b"\n\x00")):
                    return path
    return None
