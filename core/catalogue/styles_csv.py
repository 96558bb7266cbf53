"""The table of a product folder, `styles.csv`, as it is found in the wild.

Kaggle's own file has 22 lines with an unquoted comma in the product name; files that passed through a
spreadsheet or a script have byte-order marks, other line ends, cut lines and unpaired quotation marks. A row
is mended where its cells can be told apart, and named where they cannot. Quoting follows RFC 4180.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.catalogue.import_report import count_text
from core.errors import CatalogueError

KAGGLE_COLUMNS = (
    "id",
    "gender",
    "masterCategory",
    "subCategory",
    "articleType",
    "baseColour",
    "season",
    "year",
    "usage",
    "productDisplayName",
)
"""The columns of Kaggle's `styles.csv`. `id` and `articleType` must be there."""

COLUMNS = (*KAGGLE_COLUMNS, "price", "brandName")
"""The columns of every catalogue."""

# A plain file name on any system: no separator, no drive, no control character, not hidden.
_PLAIN_ID = re.compile(r"[^./\\:\x00-\x1f\x7f][^/\\:\x00-\x1f\x7f]*")
_OTHER_SEPARATORS = ((";", "semicolons"), ("\t", "tabs"))


@dataclass
class StylesTable:
    """Rows of `styles.csv`, and the ids of those that were mended or left out.

    Attributes
    ----------
    header : list of str
        Columns of the file, in our spelling where they are ours.
    rows : list of dict
        `COLUMNS` to text, whitespace around it stripped, "" where empty or absent.
    n_rows : int
        Rows that are not blank.
    rejoined_names, stray_quotes, short_rows, unreadable_rows, refused_ids, duplicates : list of str
        As in `CatalogueReport`.
    """

    header: list[str]
    rows: list[dict[str, str]] = field(default_factory=list)
    n_rows: int = 0
    rejoined_names: list[str] = field(default_factory=list)
    stray_quotes: list[str] = field(default_factory=list)
    short_rows: list[str] = field(default_factory=list)
    unreadable_rows: list[str] = field(default_factory=list)
    refused_ids: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)


def read_styles_table(path: Path) -> tuple[StylesTable, list[str]]:
    """Read `styles.csv`.

    Parameters
    ----------
    path : Path

    Returns
    -------
    table : StylesTable
    notes : list of str
        Sentences on what concerns the file as a whole.

    Raises
    ------
    CatalogueError
        The file is empty, has other columns, or no usable row.
    """
    text, notes = decode_text(path)
    lines = io.StringIO(text.lstrip("\r\n"), newline="")
    table, spare = _read_header(lines.readline(), path)
    width = len(table.header)
    id_at, type_at = table.header.index("id"), table.header.index("articleType")
    name_at = table.header.index("productDisplayName") if "productDisplayName" in table.header else width - 1
    seen: set[str] = set()
    for number, record in _records(lines, width):
        cells, paired = _split(record)
        if not any(cell.strip() for cell in cells):
            continue
        table.n_rows += 1
        cells, problem = _to_width(cells, width, spare, name_at)
        product_id = cells[id_at]
        if not product_id or (problem == "short" and not cells[type_at]):
            table.unreadable_rows.append(product_id[:80] or f"line {number}")
        elif not _PLAIN_ID.fullmatch(product_id):
            table.refused_ids.append(product_id[:80])
        elif product_id in seen:
            table.duplicates.append(product_id)
        else:
            seen.add(product_id)
            if problem:
                (table.short_rows if problem == "short" else table.rejoined_names).append(product_id)
            if not paired:
                table.stray_quotes.append(product_id)
            table.rows.append(dict.fromkeys(COLUMNS, "") | dict(zip(table.header, cells, strict=True)))
    if not table.rows:
        raise CatalogueError(
            f"{path} has {count_text(table.n_rows, 'row')} and no usable product, "
            "expected one line a product, with id and articleType: check the file."
        )
    return table, notes


def decode_text(path: Path) -> tuple[str, list[str]]:
    """Read text as UTF-8, or as the encoding a spreadsheet may have left it in.

    Parameters
    ----------
    path : Path

    Returns
    -------
    text : str
        Without a byte-order mark; line ends as they are.
    notes : list of str
        A sentence where the encoding had to be guessed.

    Raises
    ------
    CatalogueError
        The file is empty, unreadable, or a Git LFS pointer.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise CatalogueError(f"{path} is empty, expected a header and one line a product: copy it again.")
    if data.startswith(b"version https://git-lfs"):
        raise CatalogueError(f"{path} is a Git LFS pointer, not the table: fetch it with `git lfs pull`.")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        note = f"{path.name} is not UTF-8 and was read as Windows-1252: check names with accents."
        return data.decode("cp1252", errors="replace"), [note]


def _read_header(line: str, path: Path) -> tuple[StylesTable, int]:
    """Read the header; give also how many nameless columns a spreadsheet left behind the last one."""
    ours = {column.lower(): column for column in COLUMNS}
    found = [cell.strip() for cell in _split(line)[0]]
    written = len(found)
    while found and not found[-1]:
        found.pop()
    header = [ours.get(column.lower(), column) for column in found]
    lacking = [column for column in ("id", "articleType") if column not in header]
    if not lacking:
        return StylesTable(header), written - len(found)
    separator = next((name for sign, name in _OTHER_SEPARATORS if sign in line and "," not in line), None)
    listed = ascii(", ".join(found)[:200])[1:-1]
    seen = f"is separated by {separator}" if separator else f"has the columns {listed}"
    mend = "save it as CSV with commas" if separator else "name the columns as Kaggle does"
    raise CatalogueError(f"{path} {seen}; expected {','.join(KAGGLE_COLUMNS)}: {mend}.")


def _records(lines: Iterator[str], width: int) -> Iterator[tuple[int, str]]:
    """Join the lines of a quoted cell, but let no unpaired quotation mark swallow the next product."""
    pending, started = "", 0
    for number, line in enumerate(lines, start=2):
        if pending and line.count(",") >= width - 1:
            yield started, pending
            pending = ""
        started = started if pending else number
        pending += line
        if pending.count('"') % 2 == 0:
            yield started, pending
            pending = ""
    if pending:
        yield started, pending


def _split(record: str) -> tuple[list[str], bool]:
    """Split a record into cells, and tell whether its quotation marks come in pairs."""
    paired = record.count('"') % 2 == 0
    try:
        return next(csv.reader([record], quoting=csv.QUOTE_MINIMAL if paired else csv.QUOTE_NONE), []), paired
    except csv.Error:  # a line break outside quotes, or a cell beyond 128 kB
        return record.split(","), False


def _to_width(cells: list[str], width: int, spare: int, name_at: int) -> tuple[list[str], str]:
    """Bring a row to the header's width: pad one cut short, join the name that unquoted commas split."""
    # Empty cells behind the last column are no part of the name, which is told for sure only where the header
    # has them too, or where the name itself comes last.
    droppable = len(cells) if name_at == width - 1 else spare
    while len(cells) > width and droppable and not cells[-1].strip():
        cells.pop()
        droppable -= 1
    extra = len(cells) - width
    problem = "long" if extra > 0 else "short" if extra < 0 else ""
    if extra > 0:
        end = name_at + extra + 1
        cells = [*cells[:name_at], ",".join(cells[name_at:end]), *cells[end:]]
    cells = [" ".join(cell.split()) if "\n" in cell or "\r" in cell else cell.strip() for cell in cells]
    return cells + [""] * -extra, problem
