"""Folders and files that are replaced whole: after a kill at any moment the old or the new is there.

A folder is filled beside its place as `.NAME.new-RANDOM`; the old one is set aside as `.NAME.old-RANDOM`,
the new one takes its place, and the old one is deleted. What a killed writer leaves has these names too,
so the next writer sweeps it, and the next reader puts back what was set aside last.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: a folder being written is then not told apart from one left behind
    fcntl = None

_MANY_FILES = 500


@contextmanager
def new_folder(target: Path, before_move: Callable[[Path], None]) -> Iterator[Path]:
    """Fill a folder beside `target` and move it in whole.

    Parameters
    ----------
    target : Path
        Its final place; the parent is made where missing.
    before_move : callable
        Called with the filled folder after the block ended well; raising keeps `target` as it was.

    Yields
    ------
    Path
        The empty folder, on the same file system. It is removed if the block raises.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}.new-", dir=target.parent))
    try:
        # The lock dies with the process, which is how `sweep` knows a living writer from a dead one.
        with locked(work):
            work.chmod(0o755)
            yield work
            before_move(work)
            _flush(work)
            _move_in(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old content or the new, whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def restore(target: Path) -> None:
    """Put back the folder that a writer, killed between its two renames, had set aside."""
    target = Path(target).absolute()
    with suppress(OSError):
        if not target.exists():
            for old in _leftovers(target, "old")[-1:]:
                os.rename(old, target)


def set_aside(parent: Path) -> set[str]:
    """Names of the folders in `parent` of which an old version is set aside."""
    return {_target_of(path).name for path in parent.glob(".*.old-*")}


def sweep(target: Path) -> None:
    """Remove what killed writers of `target` left; a folder that a living writer fills stays."""
    for path in _leftovers(target, "new") + (_leftovers(target, "old") if target.exists() else []):
        with suppress(OSError), locked(path, wait=False):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def locked(folder: Path, wait: bool = True) -> Iterator[None]:
    """Hold a folder against other processes; `BlockingIOError` if it is held and `wait` is false."""
    if fcntl is None:
        yield
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(number)


def _move_in(work: Path, target: Path) -> None:
    while True:
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.old-", dir=target.parent))
        aside.rmdir()
        with suppress(FileNotFoundError):
            os.rename(target, aside)
        try:
            os.rename(work, target)
        except OSError:
            # A reader that found the place empty between the two renames has put the old folder back.
            if target.exists():
                continue
            restore(target)
            raise
        _flush_entry(target.parent)
        shutil.rmtree(aside, ignore_errors=True)
        return


def _flush(work: Path) -> None:
    """Have the content on the disk before a rename makes it the one that counts."""
    paths = [path for path in work.rglob("*") if path.is_file()]
    if len(paths) > _MANY_FILES and hasattr(os, "sync"):
        os.sync()  # tens of thousands of pictures: one call for all saves minutes over one call each
        return
    for path in paths:
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _flush_entry(folder: Path) -> None:
    with suppress(OSError):  # Windows opens no folder
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _target_of(leftover: Path) -> Path:
    return leftover.with_name(re.sub(r"\.(old|new)-[^.]*$", "", leftover.name)[1:])


def _leftovers(target: Path, state: str) -> list[Path]:
    """List what writers left of `target`, oldest first."""
    found = target.parent.glob(f".{target.name}.{state}-*") if target.parent.is_dir() else []
    return sorted((path for path in found if _target_of(path) == target), key=lambda p: p.stat().st_mtime)
