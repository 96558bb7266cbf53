"""Workbooks of a spreadsheet (Excel, OpenDocument) to records of cells, whatever the file is called."""

import datetime
import io
from collections.abc import Callable, Iterator, Sequence

from core.catalogue.tables.delimited_text import Record
from core.errors import CatalogueError

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_workbook(data: bytes) -> bool:
    r"""Tell a workbook by its content.

    Examples
    --------
    >>> is_workbook(b"id,articleType\n"), is_workbook(b"PK\x03\x04...")
    (False, True)
    """
    return data.startswith((_ZIP, _OLE))


def read_workbook(
    data: bytes, name: str, fits: Callable[[Sequence[Record]], bool]
) -> tuple[list[Record], list[str]]:
    """Read the first sheet that fits; where none does, the first that is not empty.

    Parameters
    ----------
    data : bytes
        The whole file: .xlsx, .xls, .xlsb or .ods.
    name : str
        What to call it in messages.
    fits : callable
        Whether the records of a sheet are those that are looked for.

    Returns
    -------
    records : list of Record
        The header first. Whole numbers have no decimals, so that an id stays one.
    notes : list of str
        A sentence where further sheets were passed over.

    Raises
    ------
    CatalogueError
        It is no such workbook, is locked by a password, or all its sheets are empty.
    """
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [(sheet, book.get_sheet_by_name(sheet).to_python()) for sheet in book.sheet_names]
    except python_calamine.PasswordError as error:
        raise CatalogueError(f"{name} is locked by a password: save it without one.") from error
    except Exception as error:  # on hostile bytes a parser raises nearly anything
        raise CatalogueError(
            f"{name} begins like a workbook or an archive and cannot be read as a workbook: "
            "save it as .xlsx or CSV, or unpack it."
        ) from error
    filled = {sheet: records for sheet, rows in sheets if (records := list(_records(rows)))}
    if not filled:
        raise CatalogueError(f"{name} has no sheet with anything in it, expected a table of products.")
    chosen = next((sheet for sheet, records in filled.items() if fits(records)), next(iter(filled)))
    others = ", ".join(ascii(other)[1:-1] for other in filled if other != chosen)
    notes = [f"{name}: the sheet {ascii(chosen)[1:-1]} was read, {others} passed over."] if others else []
    return filled[chosen], notes


def _records(rows: Sequence[Sequence[object]]) -> Iterator[Record]:
    started = False
    for line, row in enumerate(rows, start=1):
        cells = [_cell_text(cell) for cell in row]
        started = started or any(cells)
        if started:
            yield Record(line, cells)


def _cell_text(cell: object) -> str:
    """Write a cell as it stands in a table of text."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return str(cell)
