"""What the command line shows: progress and remarks on standard error, answers as text or JSON."""

import json
import logging
import math
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from tqdm import tqdm

from core.protocols import ProgressStep


class Bars:
    """Progress bars on standard error, one at a time, and only where somebody sees them."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None

    def __call__(self, title: str, total: int) -> ProgressStep:
        """Begin a bar, ending the one before it; gives what to call with each part done and a loss."""
        self.close()
        bar = self._bar = tqdm(
            total=total, desc=title, file=sys.stderr, disable=not sys.stderr.isatty(), dynamic_ncols=True
        )

        def step(n: int, loss: float | None = None) -> None:
            if loss is not None:
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            bar.update(n)

        return step

    def close(self) -> None:
        """End the bar that is shown, if any."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class _BesideBars(logging.Handler):
    """Writes remarks to standard error without tearing a progress bar."""

    def emit(self, record: logging.LogRecord) -> None:
        tqdm.write(self.format(record), file=sys.stderr)


@contextmanager
def remarks() -> Iterator[None]:
    """Show what `core` logs, from INFO on, on standard error."""
    logger, handler = logging.getLogger("core"), _BesideBars()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def failed(why: object) -> int:
    """Say in one line why something could not be done; gives the exit status for that."""
    print(f"error: {' '.join(str(why).split())}", file=sys.stderr)
    return 1


def to_json(document: Any) -> str:
    """Write one JSON document; NumPy's numbers as plain ones, NaN as null.

    Characters beyond ASCII are escaped, so that any terminal's encoding, and a file name in none, survives.
    """
    return json.dumps(to_plain_values(document), indent=2, allow_nan=False)


def to_plain_values(value: Any) -> Any:
    """Turn what NumPy, pathlib and mappings hand over into what JSON has a form for."""
    if isinstance(value, Mapping):
        return {str(key): to_plain_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [to_plain_values(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def printable(text: object) -> str:
    """Make text safe for a terminal: names come from other people's files."""
    return "".join(letter if letter.isprintable() else "�" for letter in str(text))


def number(value: float | None, digits: int = 3) -> str:
    """Write a figure, or a dash where there is none."""
    return "–" if value is None or (isinstance(value, float) and math.isnan(value)) else f"{value:.{digits}f}"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out rows in columns: numbers to the right, text to the left.

    On a terminal a line is cut to its width, so that each row stays one line.
    """
    rows = list(rows)
    cells = [[printable(cell) for cell in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    right = [
        bool(rows) and all(isinstance(row[place], int | float) or _is_figure(row[place]) for row in rows)
        for place in range(len(header))
    ]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    lines = (
        "  ".join(
            cell.rjust(wide) if to_right else cell.ljust(wide)
            for cell, wide, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    )
    return "\n".join(
        line if width is None or len(line) <= width else line[: width - 1] + "…" for line in lines
    )


def _is_figure(cell: object) -> bool:
    text = str(cell)
    return text == "–" or text.replace(".", "").replace("-", "").replace(",", "").removesuffix("%").isdigit()
