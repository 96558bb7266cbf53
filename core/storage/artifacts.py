"""What is kept on disk: models, catalogues and reports, each a folder that describes itself.

Every folder holds a `manifest.json` with the size and sha256 of all its files. It is written beside its
place and moved in whole, so a kill at any moment leaves the old folder or the new one, never a mixture.
Nothing is pickled: arrays are plain `.npy`, everything else JSON, CSV, JPEG or HDF5.
"""

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ArtifactError
from core.storage.atomic import locked, new_folder, restore, set_aside, write_text

SCHEMA_VERSION = 1
"""Raised whenever older code could misread what newer code wrote."""

MANIFEST = "manifest.json"
LIBRARIES = ("numpy", "pandas", "Pillow", "scikit-learn", "openTSNE", "keras", "tensorflow", "tensorflow-cpu")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_KINDS = {"models": "model", "catalogues": "catalogue", "reports": "reports"}
_MAKERS = {
    "model": "python -m core train DATA --model {name} --force",
    "catalogue": "python -m core index DATA --name {name} --force",
    "reports": "python -m core evaluate DATA --report NAME",
}
_LFS_HEAD = b"version https://git-lfs"
_IGNORED = {".DS_Store", "Thumbs.db", "desktop.ini"}


# Places ----------------------------------------------------------------------------------------------


def artifacts_dir() -> Path:
    """Folder of everything kept: `ARTIFACTS_DIR`, or `artifacts/` beside this package.

    Never depends on the working directory, so a service, a test and a shell see the same models.
    """
    chosen = os.environ.get("ARTIFACTS_DIR", "").strip()
    return Path(chosen).expanduser().absolute() if chosen else Path(__file__).parents[2] / "artifacts"


def check_name(name: str) -> str:
    """Give back a name that is safe as a folder's or file's name.

    Raises
    ------
    ArtifactError
        If it is not 1 to 64 letters, digits, `-`, `_` or `.`, or starts with `-` or `.`.
    """
    if not _NAME.fullmatch(name):
        raise ArtifactError(
            f"{name!r} cannot be a name here: use 1 to 64 letters, digits, '-', '_' or '.', "
            "starting with a letter, digit or '_'"
        )
    return name


def model_dir(name: str) -> Path:
    """Folder of one model's weights, history and card."""
    return artifacts_dir() / "models" / check_name(name)


def catalogue_dir(name: str) -> Path:
    """Folder of one indexed catalogue."""
    return artifacts_dir() / "catalogues" / check_name(name)


def reports_dir() -> Path:
    """Folder of all measured figures, one JSON a task."""
    return artifacts_dir() / "reports"


def iter_folders() -> Iterator[Path]:
    """Every folder kept: models, then catalogues, each by name, then the reports."""
    for parent in (artifacts_dir() / "models", artifacts_dir() / "catalogues"):
        if not parent.is_dir():
            continue
        shown = {path.name for path in parent.iterdir() if path.is_dir() and not path.name.startswith(".")}
        for name in sorted(shown | set_aside(parent)):
            restore(parent / name)
            yield parent / name
    restore(reports_dir())
    if reports_dir().is_dir():
        yield reports_dir()


# Writing ---------------------------------------------------------------------------------------------


@contextmanager
def write_folder(
    target: Path, *, force: bool = False, manifest: Mapping[str, Any] | None = None
) -> Iterator[Path]:
    """Fill a folder all or nothing.

    Parameters
    ----------
    target : Path
        The folder's final place; its parent decides the kind (`models`, `catalogues`).
    force : bool
        Whether a folder already there may be replaced.
    manifest : Mapping, optional
        The caller's own fields. Read when the block ends, so they may be filled in inside it.

    Yields
    ------
    Path
        An empty folder beside `target`. On a clean end it gets its `manifest.json` and takes the
        place of `target`; on an exception it is removed and `target` stays as it was.

    Raises
    ------
    ArtifactError
        If `target` is taken and `force` is false, or the file system refuses.
    """
    target = Path(target).absolute()
    restore(target)
    _refuse_taken(target, force)

    def finish(work: Path) -> None:
        _write_manifest(work, target, manifest or {})
        _refuse_taken(target, force)

    try:
        with new_folder(target, finish) as work:
            yield work
    except OSError as error:
        raise ArtifactError(f"{target} could not be written: {error}") from error


def write_report(name: str, document: Any) -> Path:
    """Add or replace one report, leaving the others as they are; return its path.

    Raises
    ------
    ArtifactError
        If the name is not safe, or the reports at hand do not match their manifest: writing a new one
        would hide that.
    """
    target, name = reports_dir(), f"{check_name(name)}.json"
    if name == MANIFEST:
        raise ArtifactError("a report cannot be called 'manifest'; choose another name")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Two evaluations that end together must not each keep the folder without the other's report.
    with locked(target.parent):
        restore(target)
        if target.is_dir() and any(target.iterdir()):
            check_folder(target, deep=True)
        with write_folder(target, force=True) as work:
            for path in _files(target):
                shutil.copyfile(target / path, work / path)
            write_json(work / name, document)
    return target / name


def write_json(path: Path, document: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one, whole.

    Raises
    ------
    ArtifactError
        If the document holds NaN, infinity, or what JSON has no form for.
    """
    path = Path(path)
    try:
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False, default=_plain) + "\n"
    except (TypeError, ValueError) as error:
        raise ArtifactError(f"{path.name} cannot be written as JSON: {error}") from error
    try:
        write_text(path, text)
    except OSError as error:
        raise ArtifactError(f"{path} could not be written: {error}") from error


# Reading ---------------------------------------------------------------------------------------------


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a folder's manifest.

    Raises
    ------
    ArtifactError
        If the folder is missing, has no readable manifest (it is torn), or was written by newer code.
    """
    folder = Path(folder)
    restore(folder)
    kind = _kind(folder)
    if not folder.is_dir():
        there = sorted(p.name for p in folder.parent.glob("[!.]*") if p.is_dir())
        have = f" (there: {', '.join(there)})" if there else ""
        raise ArtifactError(f"there is no {kind} {folder.name!r}{have}; {_mend(folder, make=True)}")
    if not (folder / MANIFEST).is_file():
        raise ArtifactError(f"{kind} {folder.name!r} is torn, it has no {MANIFEST}; {_mend(folder)}")
    manifest = read_json(folder / MANIFEST)
    schema = manifest.get("schema") if isinstance(manifest, dict) else None
    if not isinstance(schema, int) or not isinstance(manifest.get("files"), dict):
        raise ArtifactError(
            f"{kind} {folder.name!r} has a {MANIFEST} without schema or files; {_mend(folder)}"
        )
    if schema > SCHEMA_VERSION:
        raise ArtifactError(
            f"{kind} {folder.name!r} has schema {schema}, newer than this version reads "
            f"({SCHEMA_VERSION}); update the code, or {_mend(folder)}"
        )
    return manifest


def verify_folder(folder: Path, *, deep: bool = True) -> list[str]:
    """Compare a folder with its manifest and name every file that differs.

    Parameters
    ----------
    folder : Path
        A folder that `write_folder` made.
    deep : bool
        Also compute every sha256 and look for files the manifest does not name.

    Returns
    -------
    list of str
        One sentence a problem, in the order of the files' names; empty where all is well.
    """
    try:
        manifest = read_manifest(folder)
    except ArtifactError as error:
        return [str(error)]
    return _problems(Path(folder), manifest, deep)


def check_folder(folder: Path, *, deep: bool = False) -> dict[str, Any]:
    """Read a folder's manifest after making sure that the folder can be used.

    Raises
    ------
    ArtifactError
        Naming the folder, the first files that differ from the manifest, and how to mend it.
    """
    manifest = read_manifest(folder)
    problems = _problems(Path(folder), manifest, deep)
    if problems:
        more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise ArtifactError(
            f"{_kind(Path(folder))} {Path(folder).name!r} is damaged: {'; '.join(problems[:3])}{more}; "
            f"{_mend(Path(folder))}"
        )
    return manifest


def load_array(
    path: Path,
    *,
    rows: int | None = None,
    columns: int | None = None,
    mmap: bool = False,
    flat: bool = False,
) -> np.ndarray:
    """Load a `.npy` of plain numbers.

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
        raise ArtifactError(f"{path.name} is missing in {path.parent}; {_mend(path.parent)}")
    if is_lfs_pointer(path):
        raise ArtifactError(f"{path.name}: {_LFS_PROBLEM}")
    try:
        array = np.load(path, allow_pickle=False, mmap_mode="r" if mmap else None)
    except (OSError, ValueError, EOFError) as error:
        raise ArtifactError(f"{path} is no array of numbers ({error}); {_mend(path.parent)}") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub" or array.ndim != 2 - flat:
        raise ArtifactError(f"{path} should hold rows of numbers, one a product; {_mend(path.parent)}")
    expected = (array.shape[0] if rows is None else rows,)
    if not flat:
        expected += (array.shape[1] if columns is None else columns,)
    if array.shape != expected:
        raise ArtifactError(f"{path} has shape {array.shape}, expected {expected}; {_mend(path.parent)}")
    return array


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    ArtifactError
        If it is missing, a git-LFS pointer, or no JSON.
    """
    path = Path(path)
    try:
        if is_lfs_pointer(path):
            raise ArtifactError(f"{path.name}: {_LFS_PROBLEM}")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtifactError(f"cannot read {path}: {error.strerror or error}; {_mend(path.parent)}") from error
    except ValueError as error:
        raise ArtifactError(f"{path} is not readable as JSON ({error}); {_mend(path.parent)}") from error


def fingerprint(path: Path) -> str:
    """Give what changes when a file, or a folder's manifest, changes; empty where it is missing."""
    try:
        found = (path / MANIFEST if path.is_dir() else path).stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"


def sha256(path: Path | str) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_lfs_pointer(path: Path | str) -> bool:
    """Whether a file is the stub that git leaves where git-LFS did not fetch the content."""
    if Path(path).stat().st_size > 1024:
        return False
    with Path(path).open("rb") as file:
        return file.read(len(_LFS_HEAD)) == _LFS_HEAD


_LFS_PROBLEM = "only a git-LFS pointer, the content was not fetched (run `git lfs pull`)"


# Steps of the above ----------------------------------------------------------------------------------


def _kind(folder: Path) -> str:
    return _KINDS.get(folder.parent.name) or _KINDS.get(folder.name) or "folder"


def _mend(path: Path, make: bool = False) -> str:
    """How to get a kept folder back, from its own path or that of a file or folder in it."""
    folder = next((place for place in (path, *path.parents) if _kind(place) in _MAKERS), path)
    command = _MAKERS.get(_kind(folder), "").format(name=folder.name)
    if not command:
        return "make it again"
    if make:
        return f"make it with `{command.removesuffix(' --force')}`"
    return f"restore it from git, or make it again with `{command}`"


def _problems(folder: Path, manifest: Mapping[str, Any], deep: bool) -> list[str]:
    listed: dict[str, Any] = manifest["files"]
    problems = {name: _verify_file(folder, name, entry, deep) for name, entry in listed.items()}
    if deep:
        unexpected = _files(folder) - set(listed)
        problems |= dict.fromkeys(unexpected, "unexpected, the manifest does not name it")
    return [f"{name}: {problem}" for name, problem in sorted(problems.items()) if problem]


def _verify_file(folder: Path, name: str, entry: Any, deep: bool) -> str:
    # Plain text and one look at the disk: a large catalogue has a picture for each of 40,000 entries.
    if name.startswith("/") or ".." in name.split("/") or "\\" in name or not isinstance(entry, dict):
        return "the manifest's entry is not one that this program writes"
    path = f"{folder}/{name}"
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return "missing"
    if not stat.S_ISREG(found.st_mode):  # a link is none of this program's either
        return "missing"
    size, expected = found.st_size, entry.get("size")
    if size != expected:
        return _LFS_PROBLEM if is_lfs_pointer(path) else f"{size} bytes, the manifest says {expected}"
    if deep and sha256(path) != entry.get("sha256"):
        return "changed, its sha256 is not the manifest's"
    return ""


def _files(folder: Path) -> set[str]:
    """Every file below a folder but its manifest, as relative paths with forward slashes."""
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if (path.is_symlink() or not path.is_dir()) and path.name not in _IGNORED
    }
    return found - {MANIFEST}


def _write_manifest(work: Path, target: Path, fields: Mapping[str, Any]) -> None:
    files = {}
    for name in sorted(_files(work)):
        if (work / name).is_symlink():
            raise ArtifactError(f"{name} is a link; only plain files can be kept")
        files[name] = {"sha256": sha256(work / name), "size": (work / name).stat().st_size}
    own = {
        "schema": SCHEMA_VERSION,
        "kind": _kind(target),
        "created": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    write_json(work / MANIFEST, {**own, "libraries": _libraries(), **fields, **own, "files": files})


def _libraries() -> dict[str, str]:
    versions = {}
    for name in LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return versions


def _refuse_taken(target: Path, force: bool) -> None:
    if not force and target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ArtifactError(f"{_kind(target)} {target.name!r} exists already; replace it with --force")


def _plain(value: Any) -> Any:
    """JSON's form of what NumPy, pathlib and pandas hand over."""
    forms: tuple[tuple[type, Callable[[Any], Any]], ...] = (
        (np.generic, lambda v: v.item()),
        (np.ndarray, lambda v: v.tolist()),
        (Path, str),
        (tuple, list),
        (set, sorted),
    )
    for kind, form in forms:
        if isinstance(value, kind):
            return form(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")
