"""A table of products, text or workbook, to rows of text in the columns of a catalogue.

Kaggle's own file has 22 lines with an unquoted comma in the product name; files that passed through a
spreadsheet or a script have byte-order marks, other line ends, cut lines and unpaired quotation marks. A row
is mended where its cells can be told apart, and named where they cannot.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from core.catalogue.import_report import count_text
from core.catalogue.tables.delimited_text import SEPARATORS, Record, read_records, split_separator_line
from core.catalogue.tables.headers import (
    COLUMNS,
    IMAGE,
    KAGGLE_COLUMNS,
    OTHER_ID,
    PARENT,
    Header,
    header_key,
    is_colour_name,
    listed_columns,
    read_header,
)
from core.catalogue.tables.text_encoding import decode_text
from core.catalogue.tables.values import GOOGLE_CATEGORIES, last_category
from core.catalogue.tables.workbook import is_workbook, read_workbook
from core.errors import CatalogueError

SNIFFED = 65_536
"""How much of a text is looked at to tell what columns it has, in bytes."""

MOST_TITLES = 5
"""Lines that may stand above a header: a title, a date, who exported it."""

_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]+")


@dataclass(frozen=True)
class TableOptions:
    """What whoever prepared a table says of it.

    Attributes
    ----------
    encoding : str or None
        Of the text; guessed where None.
    mapping : Mapping of str to str
        A column of a catalogue, or "image", to the name of the column that holds it.
    """

    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ProductRow:
    """A product as its table has it.

    Attributes
    ----------
    line : int
        Where it stands, counted from 1.
    cells : dict of str to str
        `COLUMNS` to text, "" where empty or absent.
    images : list of str
        Names or addresses of its pictures.
    other_ids : list of str
        What else its pictures may be named by.
    parent : str
        The product that it is a variant of; "" where it is none.
    colours : list of str
        Of its variants, as their options say.
    """

    line: int
    cells: dict[str, str]
    images: list[str] = field(default_factory=list)
    other_ids: list[str] = field(default_factory=list)
    parent: str = ""
    colours: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The product's id, as written."""
        return self.cells["id"]


@dataclass
class ProductTable:
    """Rows of a table, and the ids of those that were mended or left out.

    Attributes
    ----------
    header : Header
    rows : list of ProductRow
    n_rows : int
        Rows that are not blank.
    further_rows : int
        Rows that belong to a product above: its variants and further pictures.
    rejoined_names, stray_quotes, short_rows, swallowed_rows, unreadable_rows, duplicates : list of str
        As in `CatalogueReport`.
    notes : list of str
        Sentences on what concerns the table as a whole.
    """

    header: Header
    rows: list[ProductRow] = field(default_factory=list)
    n_rows: int = 0
    further_rows: int = 0
    rejoined_names: list[str] = field(default_factory=list)
    stray_quotes: list[str] = field(default_factory=list)
    short_rows: list[str] = field(default_factory=list)
    unreadable_rows: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_product_table(path: Path, options: TableOptions | None = None) -> ProductTable:
    """Read a table of products.

    Parameters
    ----------
    path : Path
        Text with any separator, or a workbook, told by content.
    options : TableOptions, optional

    Returns
    -------
    ProductTable

    Raises
    ------
    CatalogueError
        The file is empty, lacks the id or the article type, or has no usable row.
    """
    options = options or TableOptions()
    records, separator, notes = _read_records(_read_file(path), path.name, options)
    header = read_header(next(records, Record(1, [])).cells, options.mapping)
    _check_header(header, path, options)
    table = ProductTable(header, notes=notes)
    if header.shop:
        table.notes.append(f"{path.name} is an export of {header.shop}, by its columns.")
    if renamed := header.renamed():
        taken = ", ".join(f"{column} from {listed_columns([name])}" for column, name in renamed.items())
        table.notes.append(f"Columns taken by name: {taken}.")
    _Reader(table, separator).read(records)
    if not table.rows:
        raise CatalogueError(
            f"{path} has {count_text(table.n_rows, 'row')} and no usable product, "
            "expected one line a product, with id and articleType: check the file."
        )
    return table


def sniff_header(path: Path, options: TableOptions) -> Header | None:
    """Read the header of a file alone; None where it is no table."""
    try:
        with path.open("rb") as file:
            data = file.read(SNIFFED)
            if is_workbook(data):
                data += file.read()
        records, *_ = _read_records(data, path.name, TableOptions(mapping=options.mapping))
        cells = next(records, Record(1, [])).cells
        try:
            return read_header(cells, options.mapping)
        except CatalogueError:  # the mapping is of another table
            return read_header(cells)
    except (OSError, CatalogueError):
        return None


def _read_file(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise CatalogueError(f"{path} is empty, expected a header and one line a product: copy it again.")
    if data.startswith(b"version https://git-lfs"):
        raise CatalogueError(f"{path} is a Git LFS pointer, not the table: fetch it with `git lfs pull`.")
    return data


def _read_records(data: bytes, name: str, options: TableOptions) -> tuple[Iterator[Record], str, list[str]]:
    """Give the records of a file, the header first, what separates their cells, and remarks."""
    if is_workbook(data):
        sheet, notes = read_workbook(data, name, lambda records: _has_whole_header(records, options))
        titles, header = _titles_and_header(sheet, options)
        return iter(sheet[sheet.index(header) :]), SEPARATORS[0], notes + _titles_note(name, titles)
    text, notes = decode_text(data, name, options.encoding)
    if text.lstrip()[:200].casefold().startswith(("<!doctype html", "<html", "<?xml", "{", "[{")):
        raise CatalogueError(f"{name} is a web page, XML or JSON, not a table: export it as CSV or .xlsx.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    named, below = split_separator_line(text)
    table = below.lstrip("\n")
    first_line = 1 + text.count("\n", 0, len(text) - len(table))
    separator = named or _find_separator(table, options)
    titles, header = _titles_and_header(read_records(table[:SNIFFED], separator), options)
    notes += _titles_note(name, titles)
    # Read from the header on: by its width a torn cell is told from the records below it.
    table = table.split("\n", header.line - 1)[-1]
    return read_records(table, separator, first_line=first_line + header.line - 1), separator, notes


def _find_separator(text: str, options: TableOptions) -> str:
    """Choose the separator by which the header has the most columns that are known, then the most columns."""

    def known(separator: str) -> tuple[int, int]:
        _, header = _titles_and_header(read_records(text[:SNIFFED], separator), options)
        return _n_known(header.cells, options), len(header.cells)

    return max(SEPARATORS, key=known)


def _titles_and_header(records: Iterable[Record], options: TableOptions) -> tuple[list[Record], Record]:
    """Find the header: the first record that has all columns which must be there, at most `MOST_TITLES` down.

    Where none has, it is the one that has most of those that are known.
    """
    filled = (record for record in records if any(cell.strip() for cell in record.cells))
    above = list(islice(filled, MOST_TITLES + 1)) or [Record(1, [])]
    whole = (place for place, record in enumerate(above) if _is_whole_header(record.cells, options))
    place = next(whole, None)
    if place is None:
        place = max(range(len(above)), key=lambda each: _n_known(above[each].cells, options))
    return above[:place], above[place]


def _has_whole_header(records: Iterable[Record], options: TableOptions) -> bool:
    return _is_whole_header(_titles_and_header(records, options)[1].cells, options)


def _is_whole_header(cells: Sequence[str], options: TableOptions) -> bool:
    try:
        return not read_header(cells, options.mapping).lacking
    except CatalogueError:  # it lacks a column that is to be taken for one of ours
        return False


def _n_known(cells: Sequence[str], options: TableOptions) -> int:
    mapped = {header_key(name) for name in options.mapping.values()}
    return len(read_header(cells).present) + sum(header_key(cell) in mapped for cell in cells)


def _titles_note(name: str, titles: Sequence[Record]) -> list[str]:
    if not titles:
        return []
    lines = count_text(len(titles), "line")
    texts = [" ".join(" ".join(title.cells).split()) for title in titles]
    return [f"{name}: {lines} above the header passed over: {listed_columns(texts)}."]


def _check_header(header: Header, path: Path, options: TableOptions) -> None:
    if not header.lacking:
        return
    lacking = " and ".join(header.lacking)
    mend = " ".join(f"--map {column}=COLUMN" for column in header.lacking)
    garbled = " (the names look garbled: name the encoding with --encoding)"
    odd = any(not cell.isprintable() for cell in header.cells) and options.encoding is None
    raise CatalogueError(
        f"{path} lacks the column {lacking}; it has the columns {listed_columns(header.cells)}"
        f"{garbled if odd else ''}: name the one that holds it with {mend}, or name the columns as Kaggle "
        f"does, {','.join(KAGGLE_COLUMNS)}."
    )


class _Reader:
    """Fills a `ProductTable` record by record."""

    def __init__(self, table: ProductTable, separator: str) -> None:
        self.table = table
        self.separator = separator
        self.header = table.header
        self.width = len(table.header.cells)
        self.places = table.header.places
        self.category_lists = {
            place for place, name in enumerate(table.header.cells) if header_key(name) == "categories"
        }
        self.google_categories = {
            place
            for place, name in enumerate(table.header.cells)
            if header_key(name) == "googleproductcategory"
        }
        further = any(meaning in self.places for meaning in (IMAGE, OTHER_ID, PARENT))
        self.says_more = further or bool(self.header.options)
        self.name_at = self.places.get("productDisplayName", (self.width - 1,))[0]
        self.by_id: dict[str, ProductRow] = {}
        self.colour_places: dict[str, list[int]] = {}
        # Only there does a second row of an id say more of the product.
        self.rows_share_ids = table.header.shop == "Shopify"

    def read(self, records: Iterable[Record]) -> None:
        for record in records:
            if any(cell.strip() for cell in record.cells):
                self.table.n_rows += 1
                self._take(record)
        self._join_variants()
        for row in self.table.rows:
            if len(set(row.colours)) == 1 and not row.cells["baseColour"]:
                row.cells["baseColour"] = row.colours[0]

    def _take(self, record: Record) -> None:
        table = self.table
        cells, problem = self._to_width(record.cells)
        row = self._row(record.line, cells)
        short_of_type = problem == "short" and not row.cells["articleType"]
        if not row.id or (short_of_type and not row.parent):
            table.unreadable_rows.append(row.id[:80] or f"line {record.line}")
            return
        if earlier := self.by_id.get(row.id):
            if self.rows_share_ids:
                self._add_to(earlier, row)
            else:
                table.duplicates.append(row.id)
            return
        self.by_id[row.id] = row
        table.rows.append(row)
        if problem:
            (table.short_rows if problem == "short" else table.rejoined_names).append(row.id)
        if not record.paired:
            table.stray_quotes.append(row.id)

    def _to_width(self, cells: list[str]) -> tuple[list[str], str]:
        """Bring a row to the header's width: pad one cut short, join the name that separators split."""
        # Empty cells behind the last column are no part of the name, which is told for sure only where the
        # header has them too, or where the name itself comes last.
        droppable = len(cells) if self.name_at == self.width - 1 else self.header.spare
        while len(cells) > self.width and droppable and not cells[-1].strip():
            cells.pop()
            droppable -= 1
        extra = len(cells) - self.width
        problem = "long" if extra > 0 else "short" if extra < 0 else ""
        if extra > 0:
            end = self.name_at + extra + 1
            name = self.separator.join(cells[self.name_at : end])
            cells = [*cells[: self.name_at], name, *cells[end:]]
        id_at = self.places["id"][0]
        cleaned = [one_line(cell) if place == id_at else clean_text(cell) for place, cell in enumerate(cells)]
        return cleaned + [""] * -extra, problem

    def _row(self, line: int, cells: Sequence[str]) -> ProductRow:
        def filled(meaning: str) -> list[tuple[int, str]]:
            return [(place, cells[place]) for place in self.places.get(meaning, ()) if cells[place]]

        values = dict.fromkeys(COLUMNS, "")
        for column in self.header.present:
            for place in self.places[column]:
                if cells[place]:
                    # Nothing but an id is worth refusing a row for.
                    values[column] = cells[place] if column == "id" else _CONTROL.sub(" ", cells[place])
                    break
        for place, text in filled("articleType")[:1]:
            if place in self.google_categories:
                text = values["articleType"] = GOOGLE_CATEGORIES.get(text, text)
            several = place in self.category_lists
            if several and self.header.shop == "Magento":
                text = text.replace("/", ">")
            if several or ">" in text or "&gt;" in text:
                values["articleType"] = last_category(text, several=several)
        if not self.says_more:
            return ProductRow(line, values)
        return ProductRow(
            line,
            values,
            images=[image for _, text in filled(IMAGE) for image in split_image_names(text)],
            other_ids=[text for _, text in filled(OTHER_ID)],
            parent=next((text.removeprefix("id:").strip() for _, text in filled(PARENT)), ""),
            colours=self._colours(values["id"], cells) if self.header.options else [],
        )

    def _colours(self, product_id: str, cells: Sequence[str]) -> list[str]:
        """Give the colours that a row's options say; further rows of a product leave their names out."""
        named = [value for name, value in self.header.options if is_colour_name(cells[name])]
        places = named or self.colour_places.get(product_id, [])
        self.colour_places[product_id] = places
        said = [part.strip() for place in places for part in re.split(r"[,|]", cells[place])]
        return [_CONTROL.sub(" ", colour) for colour in said if colour]

    def _add_to(self, product: ProductRow, row: ProductRow) -> None:
        """Take from a further row of a product what the rows above leave open."""
        self.table.further_rows += 1
        product.cells |= {
            column: text for column, text in row.cells.items() if text and not product.cells[column]
        }
        product.images += [image for image in row.images if image not in product.images]
        product.colours += row.colours
        product.other_ids += [other for other in row.other_ids if other not in product.other_ids]

    def _join_variants(self) -> None:
        """Join variants to the product that they name, by its id or its other one."""
        if not any(row.parent for row in self.table.rows):
            return
        products = {
            other: row for row in self.table.rows if not row.parent for other in (*row.other_ids, row.id)
        }
        kept = []
        for row in self.table.rows:
            product = products.get(row.parent) if row.parent else None
            if product is None:
                kept.append(row)
            else:
                self._add_to(product, row)
        self.table.rows = kept


def split_image_names(text: str) -> list[str]:
    """Split a cell that names several pictures: by commas, semicolons, bars and line breaks.

    Examples
    --------
    >>> split_image_names("https://shop.example/a,b.jpg"), split_image_names("a.jpg, b.jpg|c.jpg")
    (['https://shop.example/a,b.jpg'], ['a.jpg', 'b.jpg', 'c.jpg'])
    """
    parts = re.split(r"[|;\n]+|,\s+|,(?=\w+://)|(?<=\.\w{3}),|(?<=\.\w{4}),|\s+(?=\w+://)", text)
    return [part.strip(" \"'[]") for part in parts if part.strip(" \"'[]")]


def clean_text(cell: str) -> str:
    """Bring a cell to one line of text, without the formula that keeps Excel from reading it as a number.

    Examples
    --------
    >>> clean_text(' ="0012" ')
    '0012'
    """
    text = one_line(cell)
    if text.startswith('="') and (formula := _FORMULA.fullmatch(text)):
        text = formula[1].replace('""', '"').strip()
    return text


def one_line(cell: str) -> str:
    r"""Bring a cell to one line of text that can be written as UTF-8.

    Examples
    --------
    >>> one_line("Two\r\n lines\ud800 ")
    'Two lines\ufffd'
    """
    text = cell.strip()
    if not text.isprintable():
        text = " ".join(_HALF_CHARACTER.sub("\ufffd", text).split())
    return text
