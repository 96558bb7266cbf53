"""Which catalogues there are, what is wrong with those that cannot be searched, and what they bring along."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from core.errors import ArtifactError
from core.gallery.catalogue_files import PRODUCTS, CatalogueFiles
from core.storage.artifacts import (
    artifacts_dir,
    catalogue_dir,
    check_name,
    fingerprint,
    iter_folders,
    read_manifest,
)
from core.storage.atomic import current_folder

_QUERY = re.compile(r"queries/[^/]+\.jpg")


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
    """List the whole pictures that a catalogue brings along to try a search with, by name."""
    place = catalogue_dir(name)
    folder = current_folder(place)
    sizes = _from_manifest(place, fingerprint(place)).sizes
    queries = [file for file in sizes if _QUERY.fullmatch(file)]
    return [folder / file for file in sorted(queries) if _size(folder / file) == sizes[file]]


def catalogue_fingerprint(name: str) -> str:
    """Give what changes when a catalogue does, or when a table, embeddings or a map of it is lost or back."""
    place = catalogue_dir(name)
    version = fingerprint(place)
    folder, sizes = current_folder(place), _from_manifest(place, version).sizes
    lost = [file for file, size in sizes.items() if _size(folder / file) != size]
    return f"{version} without {', '.join(lost)}" if lost else version


@dataclass(frozen=True)
class _Listed:
    """What a manifest says of a catalogue, as far as a list of all of them needs it."""

    problem: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)  # of table, embeddings, maps, ready-made queries


def _problems_by_name() -> dict[str, str]:
    parent = artifacts_dir() / "catalogues"
    return {path.name: _problem(path) for path in iter_folders() if path.parent == parent}


def _problem(folder: Path) -> str:
    """Say what is wrong with a catalogue, looking no closer than a list of all of them needs."""
    listed = _from_manifest(folder, fingerprint(folder))
    lies = current_folder(folder)
    if listed.problem or all(_size(lies / file) == size for file, size in listed.sizes.items()):
        return listed.problem
    try:
        CatalogueFiles.of(folder.name)
    except ArtifactError as error:
        return str(error)
    return ""


@lru_cache(maxsize=64)  # a dashboard asks at every turn, and a large manifest takes a tenth of a second
def _from_manifest(folder: Path, version: str) -> _Listed:
    try:
        check_name(folder.name)
        files = read_manifest(folder)["files"]
    except ArtifactError as error:
        return _Listed(str(error))
    sizes = {file: entry["size"] for file, entry in files.items() if not file.startswith("images/")}
    if not any(file.startswith("embeddings/") for file in files):
        return _Listed(
            f"catalogue {folder.name!r} has no embeddings yet; train models, and index it again with "
            f"`python -m core index DATA --name {folder.name} --force`",
            sizes,
        )
    return _Listed("", {PRODUCTS: -1, **sizes})


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return None
