"""Which catalogues there are, what is wrong with those that cannot be searched, and what they bring along."""

from functools import lru_cache
from pathlib import Path

from core.errors import ArtifactError
from core.gallery.stored_catalogue import PRODUCTS
from core.storage.artifacts import (
    artifacts_dir,
    catalogue_dir,
    check_folder,
    check_name,
    fingerprint,
    iter_folders,
    read_manifest,
)
from core.storage.atomic import current_folder


def list_catalogues() -> list[str]:
    """Name the catalogues that can be searched, by name."""
    return [name for name, problem in _problems_by_name().items() if not problem]


def broken_catalogues() -> dict[str, str]:
    """Say what is wrong with each catalogue that cannot be searched.

    Returns
    -------
    dict of name to a sentence, with how to mend it
    """
    return {name: problem for name, problem in _problems_by_name().items() if problem}


def ready_made_queries(name: str) -> list[Path]:
    """List the pictures that a catalogue brings along to try a search with, by name."""
    return sorted((current_folder(catalogue_dir(name)) / "queries").glob("*.jpg"))


def _problems_by_name() -> dict[str, str]:
    parent = artifacts_dir() / "catalogues"
    return {path.name: _problem(path) for path in iter_folders() if path.parent == parent}


def _problem(folder: Path) -> str:
    """Say what is wrong with a catalogue, looking no closer than a list of all of them needs."""
    problem, wanted = _from_manifest(folder, fingerprint(folder))
    lies = current_folder(folder)
    if problem or all(_size(lies / file) == size for file, size in wanted):
        return problem
    try:
        check_folder(folder)
    except ArtifactError as error:
        return str(error)
    return ""


@lru_cache(maxsize=64)  # a dashboard asks at every turn, and a large manifest takes a tenth of a second
def _from_manifest(folder: Path, version: str) -> tuple[str, tuple[tuple[str, int], ...]]:
    """Give the problem that a manifest shows, and the files and sizes without which nothing works."""
    try:
        check_name(folder.name)
        files = read_manifest(folder)["files"]
    except ArtifactError as error:
        return str(error), ()
    if not any(file.startswith("embeddings/") for file in files):
        return (
            f"catalogue {folder.name!r} has no embeddings yet; train models, and index it again with "
            f"`python -m core index DATA --name {folder.name} --force`"
        ), ()
    wanted = [PRODUCTS, *(file for file in files if file.endswith(".npy"))]
    return "", tuple((file, files[file]["size"] if file in files else -1) for file in wanted)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
