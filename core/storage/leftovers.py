"""What commands that were killed left beside what is kept, and how much of the disk it takes.

The next command that writes beside it removes what nobody needs. What a stopped `index` has embedded stays:
the same command goes on from it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.storage.artifacts import artifacts_dir
from core.storage.atomic import abandoned_folders, is_held, target_name
from core.storage.naming import checkpoint_folders, checkpoint_name

_MB = 1024**2


@dataclass(frozen=True)
class Leftover:
    """A folder that no running process holds.

    Attributes
    ----------
    path : Path
    name : str
        Of the model, the catalogue or the reports that it was to become, or was.
    n_bytes : int
        Of all files in it.
    is_resumed : bool
        Whether `index` goes on from it.
    """

    path: Path
    name: str
    n_bytes: int
    is_resumed: bool

    def sentence(self) -> str:
        """Say what it is, and what becomes of it."""
        size = f"{self.path} holds {self.n_bytes / _MB:,.1f} MB"
        if self.is_resumed:
            return (
                f"{size} that a stopped `index` of {self.name} has embedded: the same command goes on from "
                "it; delete it where that is not wanted"
            )
        return f"{size} left by a command that was killed; the next one that writes there removes it"


def find_leftovers() -> list[Leftover]:
    """Find what killed commands left, changing nothing; of models, catalogues and reports, by name."""
    found = []
    for parent in (artifacts_dir(), artifacts_dir() / "models", artifacts_dir() / "catalogues"):
        found += [Leftover(path, target_name(path), _size(path), False) for path in abandoned_folders(parent)]
        found += [
            Leftover(path, checkpoint_name(path), _size(path), any(path.glob("*.npz")))
            for path in checkpoint_folders(parent)
            if not is_held(path)
        ]
    return sorted(found, key=lambda left: (left.name, left.path))


def _size(folder: Path) -> int:
    return sum(_sizes(folder))


def _sizes(folder: Path) -> Iterator[int]:
    for path in folder.rglob("*"):
        with suppress(OSError):  # it may be removed by now
            yield path.lstat().st_size if path.is_file() else 0
