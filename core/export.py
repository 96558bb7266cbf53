"""Tables for a spreadsheet, in which no cell runs as a formula."""

import csv

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_csv(table: pd.DataFrame) -> bytes:
    r"""Write a table as CSV that a spreadsheet opens without running anything.

    A text that starts with ``= + - @``, a tab or a line break gets an apostrophe before it, which
    spreadsheets take for "this is text" (OWASP, CSV Injection). Numbers stay numbers.

    Parameters
    ----------
    table : DataFrame
        Its index is left out.

    Returns
    -------
    bytes
        UTF-8 with a byte order mark, without which Excel misreads accents.

    Examples
    --------
    >>> safe_csv(pd.DataFrame({"file": ["=1+1.jpg"], "score": [-0.5]})).decode("utf-8-sig")
    '"file","score"\n"\'=1+1.jpg",-0.5\n'
    """
    safe = table.map(_safe).rename(columns=_safe)
    # Text is always quoted: a lone carriage return would otherwise end its row.
    text = safe.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    return text.encode("utf-8-sig")


def _safe(cell: object) -> object:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return f"'{cell}"
    return cell
