"""Text to records of cells: any separator, quoting by RFC 4180, and what is left of it in the wild.

A quoted cell that closes properly is one cell, whatever it holds: line breaks, separators, lines that look
like records. A quotation mark that does not close is read as written, and swallows no record below it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

SEPARATORS = ",;\t|"
"""What cells may be separated by, the usual one first."""

LONGEST_LENIENT_CELL = 4_000
"""How far a cell with undoubled quotation marks may reach, in characters: never through the whole file."""

_NAMED_SEPARATOR = re.compile(r'"?sep=(.)"?[^\S\n]*(?:\n|$)', re.IGNORECASE)


@dataclass(frozen=True)
class Record:
    """One record of a table.

    Attributes
    ----------
    line : int
        Where it begins, counted from 1.
    cells : list of str
        As written, without the quotation marks around a cell.
    paired : bool
        Whether its quotation marks come in pairs.
    """

    line: int
    cells: list[str]
    paired: bool = True


@dataclass(frozen=True)
class Pattern:
    """What a cell looks like between two separators."""

    quoted: re.Pattern[str]  # closes properly: doubled quotation marks alone stand within
    plain: re.Pattern[str]
    closing: re.Pattern[str]


@cache
def _pattern(separator: str) -> Pattern:
    mark = re.escape(separator)
    blank = r"[^\S\n]" if separator != "\t" else r"[^\S\n\t]"
    end = rf"{blank}*+(?={mark}|\n|\Z)"
    return Pattern(
        quoted=re.compile(rf'{blank}*+"([^"]*+(?:""[^"]*+)*+)"{end}'),
        plain=re.compile(rf"[^\n{mark}]*+"),
        closing=re.compile(rf'"{end}'),
    )


@cache
def _record_line(separator: str, width: int) -> re.Pattern[str]:
    """Match a line that has as many cells as the header."""
    mark = re.escape(separator)
    return re.compile(rf"\n(?:[^\n{mark}]*+{mark}){{{max(width - 1, 1)}}}")


def split_separator_line(text: str) -> tuple[str | None, str]:
    r"""Take the line off that tells Excel the separator.

    Returns
    -------
    separator : str or None
        As that line names it.
    text : str
        What follows it.

    Examples
    --------
    >>> split_separator_line("sep=;\nid;name")
    (';', 'id;name')
    """
    named = _NAMED_SEPARATOR.match(text)
    return (named[1], text[named.end() :]) if named else (None, text)


def read_records(text: str, separator: str, *, first_line: int = 1) -> Iterator[Record]:
    r"""Split text into records, the header first.

    Parameters
    ----------
    text : str
        Lines end with "\\n" alone.
    separator : str
        One character.
    first_line : int
        The number of the text's first line.

    Yields
    ------
    Record
        Blank lines are records of one blank cell.

    Examples
    --------
    >>> [record.cells for record in read_records('a,b\n1,"two, of\nthem"\n2,"open\n3,x', ",")]
    [['a', 'b'], ['1', 'two, of\nthem'], ['2', '"open'], ['3', 'x']]
    """
    at, line, width = 0, first_line, 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if text.find('"', at, end) < 0:  # most lines, and far quicker
            record = Record(line, text[at:end].split(separator))
        else:
            cells, end, paired = _quoted_record(text, at, separator, width)
            record = Record(line, cells, paired)
        yield record
        width = width or len(record.cells)
        line += text.count("\n", at, end) + 1
        at = end + 1


def _quoted_record(text: str, at: int, separator: str, width: int) -> tuple[list[str], int, bool]:
    """Read one record that begins at `at`; give also where it ends, and whether its quotation marks pair."""
    pattern = _pattern(separator)
    cells: list[str] = []
    strays = 0
    while True:
        if quoted := pattern.quoted.match(text, at):
            cell, at = quoted[1].replace('""', '"'), quoted.end()
        else:
            plain = pattern.plain.match(text, at)
            assert plain is not None  # it matches an empty cell too
            cell, end = plain[0], plain.end()
            if cell.lstrip().startswith('"') and (close := _lenient_close(text, at, separator, width)):
                opening = text.index('"', at)
                cell, end = text[opening + 1 : close[0]].replace('""', '"'), close[1]
            else:
                strays += cell.count('"')
            at = end
        cells.append(cell)
        if at >= len(text) or text[at] == "\n":
            return cells, at, strays % 2 == 0
        at += len(separator)


def _lenient_close(text: str, at: int, separator: str, width: int) -> tuple[int, int] | None:
    """Find where a cell closes that holds quotation marks of its own, not doubled, as in `"He said "hi""`.

    They have to come in pairs, and no line in between may look like a record of its own.
    """
    start = text.index('"', at) + 1
    end = min(len(text), start + LONGEST_LENIENT_CELL)
    if record := _record_line(separator, width).search(text, start, end):
        end = record.start() + 1
    marks, counted = 0, start
    for close in _pattern(separator).closing.finditer(text, start, end):
        marks += text.count('"', counted, close.start())
        counted = close.start()
        if marks % 2 == 0:
            return close.start(), close.end()
    return None
