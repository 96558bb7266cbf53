"""What a stopped `index` has embedded already, kept beside the catalogue until that is whole.

A hidden folder `.NAME.embedded` beside the catalogue holds the small pictures and, chunk by chunk, the
vectors of each extractor. Both go by the content of the product's picture, so that they fit whatever has
become of the table meanwhile, and vectors by the weights that made them too. The folder is also what one
process holds against the others that would change the same catalogue. A part of the products that was
embedded by itself has a folder of its own, `.NAME.embedded-1-of-4`, from which the whole is put together.
"""

import os
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np

from core.errors import ArtifactError
from core.indexing.pictures import PREPARATION, KeptPicture
from core.storage.atomic import locked, writing
from core.storage.naming import checkpoint_folder, checkpoint_folders, folder_title

PATIENCE = 10.0
"""Seconds to wait for another process that changes the catalogue: adding a product takes a few."""

_POLL = 0.1
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


class Checkpoint:
    """Vectors and small pictures by the content of the files that they were made from.

    Parameters
    ----------
    folder : Path
        Its own; what is in it is read.
    versions : mapping of extractor to str or None
        The weights at hand. Vectors of others are passed over, and None takes none.
    parts : sequence of Path
        Folders of parts, whose vectors and pictures are taken from where they are.

    Attributes
    ----------
    vectors : dict of extractor to dict of content to float32 array (dimension,)
    resumed : frozenset of content
        Whose vectors were here already.
    """

    def __init__(self, folder: Path, versions: Mapping[str, str | None], parts: Sequence[Path] = ()) -> None:
        self.folder = folder
        self._pictures_dir = folder / f"pictures-{PREPARATION}"
        self._pictures_dir.mkdir(exist_ok=True)
        self._pictures: dict[str, KeptPicture] = {}
        for place in (*parts, folder):
            self._pictures.update(map(_by_content, (place / self._pictures_dir.name).glob("*.jpg")))
        self._writing = threading.Lock()
        self._versions = versions
        self.vectors: dict[str, dict[str, np.ndarray]] = {name: {} for name in versions}
        self._n_chunks = 0
        for path in sorted(folder.glob("*.npz")):
            self._n_chunks = max(self._n_chunks, int(path.stem)) if path.stem.isdecimal() else self._n_chunks
            self._read_chunk(path)
        for path in (path for part in parts for path in sorted(part.glob("*.npz"))):
            self._read_chunk(path)
        self.resumed = frozenset().union(*self.vectors.values())

    def keep_picture(self, content: str, jpeg: bytes, own: str) -> KeptPicture:
        """Keep a small picture under the content that it was made from; may be called from any thread.

        Its own SHA-256 is part of its name: what a kill tore is told by it.
        """
        with self._writing:
            if content not in self._pictures or not self._pictures[content].undamaged():
                kept = KeptPicture(self._pictures_dir / f"{content}-{own}.jpg", own)
                kept.path.write_bytes(jpeg)
                self._pictures[content] = kept
            return self._pictures[content]

    def picture(self, content: str) -> KeptPicture | None:
        """Give the small picture of this content; None where there is none, or not the one that was kept."""
        kept = self._pictures.get(content)
        return kept if kept is not None and kept.undamaged() else None

    def keep_vectors(self, extractor: str, contents: Sequence[str], vectors: np.ndarray) -> None:
        """Keep the vectors of a chunk, float32 (n, dimension), on the disk when this returns."""
        self.vectors[extractor].update(zip(contents, vectors, strict=True))
        self._n_chunks += 1
        path = self.folder / f"{self._n_chunks:06d}.npz"
        beside = path.with_name(f".{path.name}")
        with beside.open("wb") as file:
            made_by = [extractor, f"{PREPARATION} {self._versions[extractor]}"]
            np.savez(file, made_by=made_by, contents=list(contents), vectors=vectors)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)

    def _read_chunk(self, path: Path) -> None:
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as chunk:
                extractor, version = chunk["made_by"].tolist()
                contents, vectors = chunk["contents"].tolist(), np.asarray(chunk["vectors"], np.float32)
        except _UNREADABLE:
            return  # torn by a power cut: these pictures are embedded once more
        at_hand = self._versions.get(extractor)
        if at_hand is not None and version == f"{PREPARATION} {at_hand}" and len(contents) == len(vectors):
            self.vectors[extractor].update(zip(contents, vectors, strict=True))


def _by_content(path: Path) -> tuple[str, KeptPicture]:
    content, _, own = path.stem.partition("-")
    return content, KeptPicture(path, own)


@contextmanager
def open_checkpoint(target: Path, versions: Mapping[str, str | None]) -> Iterator[Checkpoint]:
    """Hold a catalogue against other writers, and give what a stopped one had embedded of it.

    Parameters
    ----------
    target : Path
        The catalogue's place.
    versions : mapping of extractor to str or None
        As for `Checkpoint`.

    Yields
    ------
    Checkpoint
        With what its parts had embedded. After a clean end its folder and theirs are removed. After an
        exception, as after a kill, they stay, unless nothing was embedded yet.

    Raises
    ------
    ArtifactError
        If another process has been changing the catalogue, or embedding a part, for longer than `PATIENCE`.
    """
    parts = sorted(target.parent.glob(f".{target.name}.embedded-*-of-*"))
    with hold_catalogue(target) as folder, ExitStack() as held:
        for part in parts:
            held.enter_context(_held(part, target))
        with writing(target):
            checkpoint = Checkpoint(folder, versions, parts)
        yield checkpoint
        for path in (path for place in (folder, *parts) for path in place.glob("*.npz")):
            path.unlink(missing_ok=True)
        for part in parts:
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def hold_catalogue(target: Path, part: tuple[int, int] | None = None) -> Iterator[Path]:
    """Hold a catalogue, or part i of n of its products, against other processes that would change it.

    Yields
    ------
    Path
        The folder of what a stopped `index` had embedded. It is removed at the end if nothing of that kind is
        in it, or no longer.

    Raises
    ------
    ArtifactError
        If another process has been changing the catalogue for longer than `PATIENCE`.
    """
    folder = checkpoint_folder(target, part)
    with _held(folder, target):
        for other in checkpoint_folders(target.parent):
            with (
                suppress(OSError),
                locked(other, wait=False),
            ):  # those that nobody holds, and `folder` is held
                _remove_if_empty(other)
        try:
            yield folder
        finally:
            _remove_if_empty(folder)


def _remove_if_empty(folder: Path) -> None:
    """Remove a folder from which no `index` could go on."""
    if next(folder.glob("*.npz"), None) is None:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _held(folder: Path, target: Path) -> Iterator[None]:
    give_up = time.monotonic() + PATIENCE
    with ExitStack() as held:
        while not _hold(folder, target, held):
            if time.monotonic() > give_up:
                raise ArtifactError(
                    f"another process is changing {folder_title(target)}; try again when it is done"
                )
            time.sleep(_POLL)
        yield


def _hold(folder: Path, target: Path, held: ExitStack) -> bool:
    """Make a folder and hold it, if nobody else does; who held it last may be removing it just now."""
    with writing(target):
        folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as mine:
        try:
            number = folder.stat().st_ino
            mine.enter_context(locked(folder, wait=False))
            if folder.stat().st_ino != number:
                return False
        except (BlockingIOError, FileNotFoundError):
            return False
        held.push(mine.pop_all())
    return True
