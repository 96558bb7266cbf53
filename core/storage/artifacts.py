"""What is kept on disk: models, catalogues and reports, each a folder that describes itself.

Every folder holds a `manifest.json` with the size and sha256 of all its files. It is written beside its
place and moved in whole, so a kill at any moment leaves the old folder or the new one, never a mixture.
Nothing is pickled: arrays are plain `.npy`, everything else JSON, CSV, JPEG or HDF5.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from core.errors import ArtifactError
from core.storage.atomic import (
    current_folder,
    locked,
    names_set_aside,
    new_folder,
    restore_folder,
    write_text,
    writing,
)
from core.storage.checksums import files_in, find_problems, problems_by_file, sha256
from core.storage.naming import folder_kind, folder_title, making_command, remedy
from core.storage.readers import read_json
from core.storage.schema import Manifest, check_schema

SCHEMA_VERSION = 1
"""Raised whenever older code could misread what newer code wrote."""

MANIFEST = "manifest.json"
LIBRARIES = ("numpy", "pandas", "Pillow", "scikit-learn", "openTSNE", "keras", "tensorflow", "tensorflow-cpu")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


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
    """Every folder kept: models, then catalogues, each by name, then the reports.

    Places are given. Where the files of one lie, `current_folder` says: the same, but after a kill.
    """
    for parent in (artifacts_dir() / "models", artifacts_dir() / "catalogues"):
        if not parent.is_dir():
            continue
        shown = {path.name for path in parent.iterdir() if path.is_dir() and not path.name.startswith(".")}
        for name in sorted(shown | names_set_aside(parent)):
            yield parent / name
    if current_folder(reports_dir()).is_dir():
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
        If `target` is taken and `force` is false, or the file system refuses to let `target` be written.
        What the caller's own block raises passes through.
    """
    target = Path(target).absolute()
    with writing(target):
        restore_folder(target)
        _refuse_taken(target, force)

    def finish(work: Path) -> None:
        _write_manifest(work, target, manifest or {})
        _refuse_taken(target, force)

    with new_folder(target, finish) as work:
        yield work


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
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    # Two evaluations that end together must not each keep the folder without the other's report.
    with locked(target.parent):
        restore_folder(target)
        if target.is_dir() and any(target.iterdir()):
            check_folder(target, deep=True)
        with write_folder(target, force=True) as work:
            for path in files_in(target):
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
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False, default=_json_form) + "\n"
    except (TypeError, ValueError) as error:
        raise ArtifactError(f"{path.name} cannot be written as JSON: {error}") from error
    with writing(path):
        write_text(path, text)


# Reading ---------------------------------------------------------------------------------------------


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest.

    Parameters
    ----------
    folder : Path
        Its place. What a killed writer set aside is read where it lies.

    Returns
    -------
    Manifest
        Every field of the file; those that `Manifest` names have the types it gives.

    Raises
    ------
    ArtifactError
        If the folder is missing, has no readable manifest (it is torn), or was written by newer code.
    """
    path = current_folder(folder) / MANIFEST
    if not path.is_file():  # or a living writer has just moved it on
        path = current_folder(folder) / MANIFEST
    if not path.parent.is_dir():
        raise ArtifactError(_missing(Path(folder)))
    if not path.is_file():
        raise ArtifactError(f"{folder_title(folder)} is torn, it has no {MANIFEST}; {remedy(folder)}")
    document = read_json(path)
    # Before anything else is looked at, since newer code may have changed all of it.
    schema = check_schema(document, _Versioned, path=path)["schema"]
    if schema > SCHEMA_VERSION:
        raise ArtifactError(
            f"{folder_title(folder)} has schema {schema}, newer than this version reads "
            f"({SCHEMA_VERSION}); update the code, or {remedy(folder)}"
        )
    check_schema(document, Manifest, path=path)
    return document


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
    return find_problems(current_folder(folder), manifest, deep=deep)


def check_folder(folder: Path, *, deep: bool = False) -> Manifest:
    """Read a folder's manifest after making sure that the folder can be used.

    Raises
    ------
    ArtifactError
        Naming the folder, the first files that differ from the manifest, and how to mend it.
    """
    manifest = read_manifest(folder)
    _refuse_damaged(folder, find_problems(current_folder(folder), manifest, deep=deep))
    return manifest


def check_files(folder: Path, names: Sequence[str]) -> Manifest:
    """Read a folder's manifest after making sure that not a byte of some of its files has changed.

    What else the folder holds may be lost: somebody who does not need it is not kept from the rest.

    Raises
    ------
    ArtifactError
        Naming the folder, those of the files that differ from the manifest, and how to mend it.
    """
    manifest = read_manifest(folder)
    entries = {name: manifest["files"][name] for name in names if name in manifest["files"]}
    problems = problems_by_file(current_folder(folder), entries, deep=True)
    problems |= {name: "missing" for name in names if name not in entries}
    _refuse_damaged(folder, [f"{name}: {problem}" for name, problem in problems.items()])
    return manifest


def fingerprint(path: Path) -> str:
    """Give what changes when a file, or a folder's manifest, changes or moves; empty where it is missing."""
    lies = current_folder(path)
    try:
        status = (lies / MANIFEST if lies.is_dir() else lies).stat()
    except OSError:
        return ""
    # A folder that is put back in its place has the same files by another path.
    aside = "" if lies.name == path.name else lies.name
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}{aside}"


# Steps of the above ----------------------------------------------------------------------------------


class _Versioned(TypedDict):
    schema: int


def _refuse_damaged(folder: Path, problems: Sequence[str]) -> None:
    if problems:
        more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise ArtifactError(
            f"{folder_title(folder)} is damaged: {'; '.join(problems[:3])}{more}; {remedy(folder)}"
        )


def _missing(folder: Path) -> str:
    there = sorted(p.name for p in folder.parent.glob("[!.]*") if p.is_dir())
    have = f" (there: {', '.join(there)})" if there else ""
    command = making_command(folder).removesuffix(" --force")
    how = f"make it with `{command}`" if command else "make it again"
    return f"there is no {folder_title(folder)}{have}; {how}"


def _write_manifest(work: Path, target: Path, fields: Mapping[str, Any]) -> None:
    files = {}
    for name in sorted(files_in(work)):
        if (work / name).is_symlink():
            raise ArtifactError(f"{name} is a link; only plain files can be kept")
        files[name] = {"sha256": sha256(work / name), "size": (work / name).stat().st_size}
    own = {
        "schema": SCHEMA_VERSION,
        "kind": folder_kind(target),
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
        raise ArtifactError(f"{folder_title(target)} exists already; replace it with --force")


def _json_form(value: Any) -> Any:
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
