"""Files read one by one, arrays of numbers and JSON, and refused by a sentence where they are neither."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ArtifactError
from core.storage.checksums import LFS_PROBLEM, is_lfs_pointer
from core.storage.naming import remedy, short_path

_FLOATS = (np.float16, np.float32, np.float64)


def load_array(
    path: Path,
    *,
    rows: int | None = None,
    columns: int | None = None,
    mmap: bool = False,
    flat: bool = False,
) -> np.ndarray:
    """Load a `.npy` of floating-point numbers.

    Parameters
    ----------
    path : Path
        The file.
    rows, columns : int, optional
        The shape it must have, where known.
    mmap : bool
        Leave the numbers on disk and map them read-only.
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
    if not path.is_file():
        raise ArtifactError(f"{short_path(path)} is missing; {remedy(path)}")
    if is_lfs_pointer(path):
        raise ArtifactError(f"{path.name}: {LFS_PROBLEM}")
    try:
        array = np.load(path, allow_pickle=False, mmap_mode="r" if mmap else None)
    except Exception as error:  # its header is a Python literal, which fails in many ways
        raise ArtifactError(
            f"{short_path(path)} is no array of numbers ({reason_of(error)}); {remedy(path)}"
        ) from error
    fits = isinstance(array, np.ndarray) and array.dtype in _FLOATS and array.ndim == 2 - flat
    if not fits or array.shape[-1] == 0:
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
        If it is missing, a git-LFS pointer, or no JSON (which knows neither NaN nor infinity).
    """
    path = Path(path)
    try:
        if is_lfs_pointer(path):
            raise ArtifactError(f"{path.name}: {LFS_PROBLEM}")
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise ArtifactError(f"cannot read {short_path(path)}: {reason_of(error)}; {remedy(path)}") from error
    except (ValueError, RecursionError) as error:
        raise ArtifactError(
            f"{short_path(path)} is not readable as JSON ({reason_of(error)}); {remedy(path)}"
        ) from error


def reason_of(error: Exception) -> str:
    """Say what the file system or a parser refused, without the path: that may be seen by visitors."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")
