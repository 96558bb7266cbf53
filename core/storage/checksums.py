"""A folder against its manifest: every file's size and sha256."""

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from core.storage.schema import Manifest, ManifestFile

LFS_PROBLEM = "only a git-LFS pointer, the content was not fetched (run `git lfs pull`)"

_MANIFEST = "manifest.json"
_LFS_HEAD = b"version https://git-lfs"
_IGNORED = {".DS_Store", "Thumbs.db", "desktop.ini"}


def find_problems(folder: Path, manifest: Manifest, *, deep: bool) -> list[str]:
    """Say, a sentence each, what differs from the manifest, in the order of the files' names.

    Parameters
    ----------
    folder : Path
        Where the files lie.
    manifest : Manifest
    deep : bool
        Also compute every sha256 and look for files the manifest does not name.
    """
    listed = manifest["files"]
    problems = problems_by_file(folder, listed, deep=deep)
    if deep:
        unexpected = files_in(folder) - set(listed)
        problems |= dict.fromkeys(unexpected, "unexpected, the manifest does not name it")
    return [f"{name}: {problem}" for name, problem in sorted(problems.items())]


def problems_by_file(folder: Path, entries: Mapping[str, ManifestFile], *, deep: bool) -> dict[str, str]:
    """Say what is wrong with each file that differs from its entry in a manifest.

    Parameters
    ----------
    folder : Path
        Where the files lie.
    entries : mapping of name to ManifestFile
    deep : bool
        Also compute every sha256.
    """
    problems = {name: _problem_of(folder, name, entry, deep) for name, entry in sorted(entries.items())}
    return {name: problem for name, problem in problems.items() if problem}


def files_in(folder: Path) -> set[str]:
    """Every file below a folder but its manifest, as relative paths with forward slashes."""
    names = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if (path.is_symlink() or not path.is_dir()) and path.name not in _IGNORED
    }
    return names - {_MANIFEST}


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


def _problem_of(folder: Path, name: str, entry: ManifestFile, deep: bool) -> str:
    # Plain text and one look at the disk: a large catalogue has a picture for each of 40,000 entries.
    if name.startswith("/") or ".." in name.split("/") or "\\" in name:
        return "the manifest's entry is not one that this program writes"
    path = f"{folder}/{name}"
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return "missing"
    if not stat.S_ISREG(status.st_mode):  # a link is none of this program's either
        return "missing"
    size, expected = status.st_size, entry["size"]
    try:
        if size != expected:
            return LFS_PROBLEM if is_lfs_pointer(path) else f"{size} bytes, the manifest says {expected}"
        if deep and sha256(path) != entry["sha256"]:
            return "changed, its sha256 is not the manifest's"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return ""
