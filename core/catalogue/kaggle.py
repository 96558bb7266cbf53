"""A folder of products to a `Catalogue`, and an account of everything that was wrong with it.

A table of products and their pictures make a catalogue, and so do pictures alone. The table is Kaggle's
`styles.csv` or the export of a shop (`core.catalogue.tables.headers`); Kaggle's `images.csv` and
`styles/ID.json` add to it where they are there. Real folders are dirty, so nothing that can be used is
dropped, and nothing that is dropped goes unsaid: every row left out or mended is in the `CatalogueReport`.

Kaggle's layout is that of *Fashion Product Images* by Param Aggarwal,
https://www.kaggle.com/datasets/paramaggarwal/fashion-product-images-dataset
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalogue.folder_layout import FolderLayout, find_layout
from core.catalogue.import_report import CatalogueReport, count_text
from core.catalogue.picture_files import (
    IMAGE_SUFFIXES,
    PictureFiles,
    incomplete_pictures,
    list_pictures,
    shared_pictures,
)
from core.catalogue.picture_matching import (
    MatchedProduct,
    Matching,
    is_scientific,
    match_pictures,
    products_of_pictures,
)
from core.catalogue.tables.headers import COLUMNS, KAGGLE_COLUMNS
from core.catalogue.tables.kaggle_files import fill_from_json, read_links
from core.catalogue.tables.product_table import ProductRow, ProductTable, TableOptions, read_product_table
from core.catalogue.tables.values import parse_prices, parse_year
from core.errors import CatalogueError

__all__ = ["COLUMNS", "IMAGE_SUFFIXES", "Catalogue", "CatalogueReport", "TableOptions", "read_catalogue"]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Products and their pictures.

    Attributes
    ----------
    folder : Path
        Where its table lies, or its pictures.
    products : DataFrame
        `COLUMNS`, one row a product that has a picture, in the order of the table, numbered from 0. Text
        cells are "" where empty; "NA" is a value of the data and stays text; `year` is "" or like "2012".
    image_paths : tuple of Path
        The picture of each row.
    report : CatalogueReport
        What was wrong with the folder.
    further_paths : Mapping of product id to tuple of Path
        The pictures beyond the first of products that have several.
    """

    folder: Path
    products: pd.DataFrame
    image_paths: tuple[Path, ...]
    report: CatalogueReport
    further_paths: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)

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
            Rows numbered from 0 again; report and further pictures are those of the whole folder.
        """
        chosen = np.arange(len(self))[np.asarray(rows) if len(rows) else np.empty(0, int)]
        return Catalogue(
            self.folder,
            self.products.iloc[chosen].reset_index(drop=True),
            tuple(self.image_paths[row] for row in chosen),
            self.report,
            self.further_paths,
        )


def read_catalogue(data: Path, options: TableOptions | None = None) -> Catalogue:
    """Read a folder of products: a table and pictures, or pictures alone, there or up to three folders down.

    Parameters
    ----------
    data : Path
        The folder, or the table in it where there are several.
    options : TableOptions, optional
        What whoever prepared the table says of its encoding and columns.

    Returns
    -------
    Catalogue
        Every usable product; what was mended or left out is in its report.

    Raises
    ------
    CatalogueError
        The folder is missing or empty or holds several catalogues, its table lacks a column, or no product
        has a picture.
    """
    options = options or TableOptions()
    layout = find_layout(Path(data), options)
    table = read_product_table(layout.table, options) if layout.table else None
    files, problems = list_pictures(layout.pictures)
    matching = match_pictures(table.rows, files) if table else products_of_pictures(files)
    if not matching.products:
        raise CatalogueError(_nothing_found(layout, table))
    for product in matching.products:
        product.row.cells["id"] = product.product_id
    rows = [product.row for product in matching.products]
    filled, broken_json = fill_from_json(layout.folder / "styles", rows)
    products, unusable_years, unusable_prices, guessed_prices = _parse(matching.products)
    paths = {product.product_id: files.path(product.pictures[0]) for product in matching.products}
    links, link_notes = read_links(layout.folder / "images.csv")
    report = CatalogueReport(
        n_rows=table.n_rows if table else 0,
        n_products=len(rows),
        n_pictures=0 if table else len(files),
        unreadable_rows=tuple(table.unreadable_rows) if table else (),
        rejoined_names=tuple(table.rejoined_names) if table else (),
        stray_quotes=tuple(table.stray_quotes) if table else (),
        short_rows=tuple(table.short_rows) if table else (),
        further_rows=table.further_rows if table else 0,
        refused_ids=tuple(matching.refused),
        duplicates=(*(table.duplicates if table else ()), *matching.duplicates),
        missing_images=tuple(matching.missing),
        missing_links=_missing_links(matching, table, links),
        ambiguous_ids=tuple(matching.ambiguous),
        respelled_ids=matching.respelled,
        several_pictures={
            product.product_id: len(product.pictures)
            for product in matching.products
            if len(product.pictures) > 1
        },
        absent_pictures=tuple(map(_printable, matching.absent)),
        shared_pictures=tuple((paths[ids[0]].name, ids) for ids in shared_pictures(paths)),
        incomplete_pictures=incomplete_pictures(paths),
        unlisted_images=_unlisted(files, matching),
        unreadable_places=tuple(_printable(problem) for problem in problems),
        absent_columns=_absent_columns(table, rows) if table else (),
        empty_cells=_empty_cells(matching.products, table.header.present if table else _present(rows)),
        unusable_years=unusable_years,
        unusable_prices=unusable_prices,
        guessed_prices=guessed_prices,
        filled_cells=filled,
        broken_json=broken_json,
        notes=(*layout.notes, *_table_notes(table, matching), *link_notes),
    )
    further = {
        product.product_id: tuple(map(files.path, product.pictures[1:]))
        for product in matching.products
        if len(product.pictures) > 1
    }
    return Catalogue(layout.folder, products, tuple(paths.values()), report, further)


def _nothing_found(layout: FolderLayout, table: ProductTable | None) -> str:
    if table is None:
        return (
            f"{layout.folder} has no styles.csv, no other table of products and no pictures: "
            "give a folder that has both, or pictures."
        )
    expected = table.rows[0].images[0] if table.rows[0].images else f"{table.rows[0].id}.jpg"
    mend = "put them there, named by id."
    if any("//" in image for row in table.rows for image in row.images):
        mend = "download those that the table gives addresses of, and put them there by the names in these."
    return (
        f"{layout.pictures} has no picture of any of the {len(table.rows):,} products, "
        f"expected {_printable(expected)[:200]} and so on: {mend}"
    )


def _table_notes(table: ProductTable | None, matching: Matching) -> list[str]:
    if table is None:
        classed = any(product.row.cells["articleType"] for product in matching.products)
        kind = "its class the name of its folder" if classed else "its class unknown, for no folder names it"
        return [f"There is no table of products: every picture is one, {kind}."]
    notes = list(table.notes)
    if rounded := [product_id for product_id in matching.missing if is_scientific(product_id)]:
        notes.append(
            f"{count_text(len(rounded), 'id')} lost digits to a spreadsheet, such as {rounded[0]}: "
            "format the column as text and export it again."
        )
    return notes


def _missing_links(matching: Matching, table: ProductTable | None, links: dict[str, str]) -> dict[str, str]:
    """Give the addresses that are known of the pictures that are missing."""
    of_table = {
        row.id: image for row in (table.rows if table else ()) for image in row.images if "//" in image
    }
    known = of_table | links
    return {product_id: known[product_id] for product_id in matching.missing if product_id in known}


def _unlisted(files: PictureFiles, matching: Matching) -> tuple[str, ...]:
    return tuple(sorted(_printable(stem) for stem in files.stems if stem not in matching.used))


def _printable(text: str) -> str:
    """Write a file's name so that it can be kept as UTF-8, whatever bytes it is of."""
    return text.encode("utf-8", "backslashreplace").decode()


def _parse(
    matched: Sequence[MatchedProduct],
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Make the table of products; name those with an unusable year or price, or a guessed price."""
    columns: dict[str, list[str]] = {
        column: [product.row.cells[column] for product in matched] for column in COLUMNS
    }
    ids = columns["id"]
    years = [parse_year(text) for text in columns["year"]]
    columns["year"] = [year for year, _ in years]
    prices, understood, guessed = parse_prices(columns["price"])
    products = pd.DataFrame(
        {column: pd.Series(columns[column], dtype="str") for column in COLUMNS if column != "price"}
    )
    products.insert(COLUMNS.index("price"), "price", np.array(prices, float))
    return (
        products,
        tuple(product_id for product_id, (_, known) in zip(ids, years, strict=True) if not known),
        tuple(product_id for product_id, known in zip(ids, understood, strict=True) if not known),
        tuple(ids[place] for place in guessed),
    )


def _absent_columns(table: ProductTable, rows: Sequence[ProductRow]) -> tuple[str, ...]:
    """Name the columns that the table lacks, and that nothing else has filled."""
    lacking = [column for column in KAGGLE_COLUMNS if column not in table.header.present]
    return tuple(column for column in lacking if not any(row.cells[column] for row in rows))


def _present(rows: Sequence[ProductRow]) -> tuple[str, ...]:
    """Tell whether folders name the classes of pictures without a table."""
    return ("articleType",) if any(row.cells["articleType"] for row in rows) else ()


def _empty_cells(matched: Sequence[MatchedProduct], present: Sequence[str]) -> dict[str, tuple[str, ...]]:
    columns = [column for column in KAGGLE_COLUMNS if column in present]
    empty = {
        column: tuple(product.product_id for product in matched if not product.row.cells[column])
        for column in columns
    }
    return {column: ids for column, ids in empty.items() if ids}
