"""Bytes of a text file to text: UTF-8, or the encoding that a spreadsheet has left it in."""

import codecs
import re

from core.errors import CatalogueError

SPREADSHEET_ENCODINGS: tuple[str, ...] = (
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "gb18030",
    "big5hkscs",
    "cp932",
    "cp949",
    "mac-roman",
)
"""What spreadsheets write beside Unicode, one for each region. A guess among fewer is better."""

SAMPLE_LENGTH = 60

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSED_FROM = 200_000
_NOT_ASCII = re.compile(rb"[^\n\r]*[\x80-\xff][^\n\r]*")


def decode_text(data: bytes, name: str, encoding: str | None = None) -> tuple[str, list[str]]:
    r"""Decode a text file.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What to call it in messages.
    encoding : str, optional
        As whoever prepared the file says; guessed by default.

    Returns
    -------
    text : str
        Without a byte-order mark; line ends as they are.
    notes : list of str
        A sentence where the encoding had to be guessed, with a sample of what was read by it.

    Raises
    ------
    CatalogueError
        There is no such encoding, or the file is not in it.

    Examples
    --------
    >>> decode_text("Café".encode("cp1252"), "a.csv")[0]
    'Café'
    """
    if encoding is not None:
        return _decode_as_told(data, name, encoding), []
    for mark, marked in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_mostly(data, name, marked)
    if (unmarked := _utf16_without_mark(data)) is not None:
        return _decode_mostly(data, name, unmarked)
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        if _is_mostly_utf8(data):
            return _decode_mostly(data, name, "utf-8")
    guessed = _guess_encoding(data)
    text = data.decode(guessed, errors="replace")
    if text == data.decode("cp1252", errors="replace"):  # a few accents are the same in several
        guessed = "cp1252"
    return text, [
        f"{name} is not UTF-8 and was read as {guessed}, as in {_sample(text)}: "
        "where that is garbled, name the encoding with --encoding."
    ]


def _decode_as_told(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        known = "utf-8, cp1252, cp1250, gb18030 and shift_jis are some"
        raise CatalogueError(f"there is no encoding {ascii(encoding)[1:-1]}; {known}") from None
    except (UnicodeError, ValueError) as error:
        at = f" at byte {error.start:,}" if isinstance(error, UnicodeDecodeError) else ""
        raise CatalogueError(
            f"{name} is not in {encoding}{at}: name another with --encoding, or leave it out to guess it."
        ) from error


def _decode_mostly(data: bytes, name: str, encoding: str) -> tuple[str, list[str]]:
    """Decode what can be, and say how many characters cannot."""
    text = data.decode(encoding, errors="replace").removeprefix("\ufeff")
    damaged = text.count("\ufffd")
    if not damaged:
        return text, []
    characters = "character" if damaged == 1 else "characters"
    return text, [f"{name} has {damaged:,} damaged {characters}, read as \ufffd: export it again."]


def _utf16_without_mark(data: bytes) -> str | None:
    """Tell UTF-16 by its zeros: every other byte of plain letters."""
    head = data[: min(len(data), 4096) // 2 * 2]
    half = len(head) // 2
    if half < 2:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.4 and odd < half * 0.1 else None


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether text is UTF-8 but for a few bytes: a file cut within a letter, or one cell pasted wrongly."""
    text = data.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    whole = sum(not letter.isascii() for letter in text) - damaged
    return whole > 4 * damaged


def _guess_encoding(data: bytes) -> str:
    import chardet

    # Lines of plain letters tell nothing and would crowd out those that do.
    lines = dict.fromkeys(match[0] for match in _NOT_ASCII.finditer(data[: 20 * _GUESSED_FROM]))
    telling = b"\n".join(lines)
    found = chardet.detect(
        telling[:_GUESSED_FROM],
        include_encodings=SPREADSHEET_ENCODINGS,
        prefer_superset=True,
        compat_names=False,
    )["encoding"]
    return found or "cp1252"


def _sample(text: str) -> str:
    """Quote the first cell that is not plain letters."""
    for line in text.splitlines():
        if not line.isascii():
            cells = [cell.strip(' "') for cell in re.split(r"[,;\t|]", line) if not cell.isascii()]
            return f'"{printable(cells[0])[:SAMPLE_LENGTH]}"'
    return '""'


def printable(text: str) -> str:
    r"""Escape what a terminal would act on or cannot show.

    Examples
    --------
    >>> printable("Café\x1b[1m")
    'Café\\x1b[1m'
    """
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
