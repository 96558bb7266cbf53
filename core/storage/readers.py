"""Files read one by one, arrays of numbers and JSON, and refused by a sentence where they are neither."""

import io
import json
import math
import mmap
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ArtifactError
from core.storage.checksums import LFS_PROBLEM, is_lfs_pointer
from core.storage.naming import remedy, short_path

LARGEST_NUMBER = 1e15
"""Numbers of tables and maps beyond it, to either side, are none."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_FLOATS = (np.float16, np.float32, np.float64)

_LONGEST_HEAD = 4096
"""Bytes before the numbers of a `.npy`: fewer than two hundred, for plain numbers."""


def hold_file(path: Path) -> mmap.mmap | None:
    """Map a file into memory, so that its content can be read though it is replaced or deleted later.

    Returns
    -------
    mmap or None
        None where it is missing or empty, and on Windows, where a file that is held cannot be replaced.
    """
    if sys.platform == "win32":
        return None
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None


def load_array(
    path: Path,
    *,
    held: mmap.mmap | None = None,
    rows: int | None = None,
    columns: int | None = None,
    flat: bool = False,
) -> np.ndarray:
    """Load a `.npy` of floating-point numbers, left on disk and mapped read-only.

    Parameters
    ----------
    path : Path
        The file.
    held : mmap, optional
        Its content, from `hold_file`: read instead of what lies there by now, and not copied.
    rows, columns : int, optional
        The shape it must have, where known.
    flat : bool
        One number a row: the shape is (rows,).

    Returns
    -------
    ndarray of shape (rows, columns) or (rows,)
        In the type it was kept in.

    Raises
    ------
    ArtifactError
        If it is missing, no array of numbers, or of another shape.
    """
    path = Path(path)
    if held is None:
        if not path.is_file():
            raise ArtifactError(f"{short_path(path)} is missing; {remedy(path)}")
        if is_lfs_pointer(path):
            raise ArtifactError(f"{path.name}: {LFS_PROBLEM}")
    try:
        array = _array_in(held) if held is not None else np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # its header is a Python literal, which fails in many ways
        raise ArtifactError(
            f"{short_path(path)} is no array of numbers ({reason_of(error)}); {remedy(path)}"
        ) from error
    if array.dtype not in _FLOATS or array.ndim != 2 - flat or not array.shape[-1]:
        raise ArtifactError(f"{short_path(path)} should hold rows of numbers, one a product; {remedy(path)}")
    expected: tuple[int, ...] = (array.shape[0] if rows is None else rows,)
    if not flat:
        expected += (array.shape[1] if columns is None else columns,)
    if array.shape != expected:
        raise ArtifactError(
            f"{short_path(path)} has shape {array.shape}, expected {expected}; {remedy(path)}"
        )
    return array


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    ArtifactError
        If it is missing, a git-LFS pointer, or no JSON (which knows neither NaN nor infinity), or its text
        holds half of a surrogate pair.
    """
    path = Path(path)
    try:
        if is_lfs_pointer(path):
            raise ArtifactError(f"{path.name}: {LFS_PROBLEM}")
        text = path.read_text(encoding="utf-8")
        document = json.loads(text, parse_constant=_refuse_constant)
        if _SURROGATE.search(text):
            # Half of a pair, which JSON can spell, is text that can neither be shown nor written.
            json.dumps(document, ensure_ascii=False).encode()
        return document
    except OSError as error:
        raise ArtifactError(f"cannot read {short_path(path)}: {reason_of(error)}; {remedy(path)}") from error
    except (ValueError, RecursionError) as error:
        raise ArtifactError(
            f"{short_path(path)} is not readable as JSON ({reason_of(error)}); {remedy(path)}"
        ) from error


def read_numbers(cells: Iterable[str]) -> np.ndarray:
    """Read the cells of a table as numbers, float64; NaN where one is no number from -1e15 to 1e15.

    Examples
    --------
    >>> read_numbers(["7", "-0.5", "", "dear", "inf", "9" * 400]).tolist()
    [7.0, -0.5, nan, nan, nan, nan]
    """
    return np.array([_number(cell) for cell in cells], np.float64)


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except (ValueError, OverflowError):
        return math.nan
    return value if abs(value) <= LARGEST_NUMBER else math.nan


def reason_of(error: Exception) -> str:
    """Say what the file system or a parser refused, without the path: that may be seen by visitors."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _array_in(held: mmap.mmap) -> np.ndarray:
    """Give the array of a `.npy` where it lies in memory, read-only."""
    head = io.BytesIO(held[:_LONGEST_HEAD])  # with a place of its own, since threads share what is held
    version = np.lib.format.read_magic(head)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read_header:
        raise ValueError(f"its format is {version}")
    shape, is_fortran, dtype = read_header[version](head)
    if dtype.hasobject:
        raise ValueError("it holds objects")
    flat = np.frombuffer(held, dtype, math.prod(shape), head.tell())
    return flat.reshape(shape, order="F" if is_fortran else "C")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")
