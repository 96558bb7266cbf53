"""Folders and files that are replaced whole: after a kill at any moment the old or the new is there.

A folder is filled beside its place as `.NAME.new-RANDOM`; the old one is set aside as `.NAME.old-RANDOM`,
the new one takes its place, and the old one is deleted. What a killed writer leaves has these names too.
A reader reads what was set aside last where it lies; only the next writer puts it back. The next writer of
anything beside it removes the rest.
"""

import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from core.errors import ArtifactError

if sys.platform != "win32":  # there, a folder being written is not told apart from one left behind
    import fcntl

_MANY_FILES = 500
_LEFTOVER = re.compile(r"\.(?P<target>.+)\.(old|new)-[^.]*")


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

    Raises
    ------
    ArtifactError
        If the file system refuses one of the steps taken here. What the block itself raises passes through
        as it is: a source that cannot be read is no fault of `target`.
    """
    with ExitStack() as held:
        with writing(target):
            restore_folder(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(target)
            work = _work_folder(target, held)
            work.chmod(0o755)
        yield work
        with writing(target):
            before_move(work)
            _flush(work)
            _move_in(work, target)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Name what was being written where the file system refuses.

    Raises
    ------
    ArtifactError
        In place of an `OSError` of the block.
    """
    try:
        yield
    except OSError as error:
        raise ArtifactError(f"{target} could not be written: {error}") from error


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


def current_folder(target: Path) -> Path:
    """Say where a folder lies now, changing nothing.

    Parameters
    ----------
    target : Path
        Its place.

    Returns
    -------
    Path
        `target`; or, where a writer was killed between its two renames, what it had set aside last.
    """
    target = Path(target).absolute()
    # Seen from here a living writer between its renames looks the same: what it set aside is whole too.
    return target if os.path.exists(target) else next(reversed(_leftovers(target, "old")), target)


def restore_folder(target: Path) -> None:
    """Put back the folder that a writer, killed between its two renames, had set aside. For writers only."""
    with suppress(OSError):
        if (folder := current_folder(target)) != Path(target).absolute():
            os.rename(folder, target)


def names_set_aside(parent: Path) -> set[str]:
    """Names of the folders in `parent` of which an old version is set aside."""
    return {target_name(path) for path in parent.glob(".*.old-*")}


def target_name(path: Path) -> str:
    """Name the folder that a set-aside or half-written one belongs to; other folders have their own name.

    Examples
    --------
    >>> target_name(Path("models/.vgg16.old-x1y2")), target_name(Path("models/vgg16"))
    ('vgg16', 'vgg16')
    """
    leftover = _LEFTOVER.fullmatch(path.name)
    return leftover["target"] if leftover else path.name


def remove_leftovers(target: Path) -> None:
    """Remove what killed writers left beside `target`, of it and of others; what a living one fills stays."""
    for path in abandoned_folders(target.parent):
        if sys.platform == "win32" and target_name(path) != target.name:
            continue
        with suppress(OSError), locked(path, wait=False):
            shutil.rmtree(path, ignore_errors=True)


def abandoned_folders(parent: Path) -> list[Path]:
    """List what killed writers left in a folder and nobody puts back, by name; changes nothing."""
    left = [path for path in parent.glob(".*") if _LEFTOVER.fullmatch(path.name)]
    # Listed before it is asked what is in its place: what is set aside meanwhile is not among them.
    return sorted(
        path
        for path in left
        if (f".{target_name(path)}.new-" in path.name or (parent / target_name(path)).exists())
        and not is_held(path)
    )


def is_held(folder: Path) -> bool:
    """Whether a running process holds a folder; one that has gone is held by nobody."""
    try:
        with locked(folder, wait=False):
            return False
    except OSError as error:
        return isinstance(error, BlockingIOError)


@contextmanager
def locked(folder: Path, wait: bool = True) -> Iterator[None]:
    """Hold a folder against other processes; `BlockingIOError` if it is held and `wait` is false."""
    if sys.platform == "win32":
        yield
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(number)


def _work_folder(target: Path, held: ExitStack) -> Path:
    """Make the folder that is filled, and hold it; it is removed when `held` ends."""
    while True:
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.new-", dir=target.parent))
        with ExitStack() as mine, suppress(FileNotFoundError):
            mine.callback(shutil.rmtree, work, ignore_errors=True)
            # The lock dies with the process: that is how a living writer is known from a dead one.
            mine.enter_context(locked(work))
            if work.exists():  # until it is locked, another writer may take it for one left behind
                held.push(mine.pop_all())
                return work


def _move_in(work: Path, target: Path) -> None:
    while True:
        # Nothing has this name before the old folder does, which no other writer could mistake then.
        aside = target.with_name(f".{target.name}.old-{secrets.token_hex(4)}")
        with suppress(FileNotFoundError):
            os.rename(target, aside)
        try:
            os.rename(work, target)
        except OSError:
            # Another writer that found the place empty between the two renames has put the old folder back.
            if target.exists():
                continue
            restore_folder(target)
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


def _leftovers(target: Path, state: str) -> list[Path]:
    """List what writers left of `target`, oldest first."""
    changed = {}
    for path in target.parent.glob(f".{target.name}.{state}-*") if os.path.isdir(target.parent) else ():
        with suppress(OSError):  # its writer may be done by now
            if target_name(path) == target.name:
                changed[path] = path.stat().st_mtime
    return sorted(changed, key=changed.__getitem__)
