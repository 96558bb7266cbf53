"""What a bug report needs: versions, memory, models, catalogues, permissions, the port."""

import os
import platform
import socket
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from core import __version__
from core.errors import ArtifactError
from core.free_memory import available_bytes
from core.gallery.catalogue_list import broken_catalogues, list_catalogues
from core.gallery.stored_catalogue import open_catalogue
from core.models.names import FINDER, MODEL_NAMES, WEIGHTS
from core.models.registry import TENSORFLOW_BYTES, WEIGHTS_IN_MEMORY
from core.storage.artifacts import artifacts_dir, check_folder, model_dir
from core.storage.atomic import current_folder
from core.storage.leftovers import find_leftovers

LIBRARIES = (
    "streamlit",
    "tensorflow",
    "keras",
    "h5py",
    "scikit-learn",
    "scipy",
    "openTSNE",
    "pandas",
    "numpy",
    "pillow",
    "pillow-heif",
    "plotly",
    "msgspec",
)
"""Packages whose versions are told."""

STAND_INS = {"tensorflow": "tensorflow-cpu"}
"""What may be installed under another name."""

MISSING = "missing"

PORT = 8501

MB = 1024**2


@dataclass(frozen=True)
class Diagnosis:
    """What was found, and what of it keeps the dashboard from serving all it has.

    Attributes
    ----------
    versions : dict of str to str
        Of this package, Python, the system and each library; "missing" where it is not installed.
    processors : int
    memory_left, memory_needed : int or None
        Megabytes that this process can still take, and that TensorFlow and all models take; None is unknown.
    artifacts : dict of str to str
        The folder of what is kept, and whether it can be read and written.
    models, catalogues : dict of str to str
        By name, what there is of it, or what is wrong.
    leftovers : tuple of str
        What commands that were killed left, a sentence each.
    port : str
        Whether the dashboard can be served there.
    problems : tuple of str
        A sentence each; empty where all is well.
    """

    versions: dict[str, str]
    processors: int
    memory_left: int | None
    memory_needed: int
    artifacts: dict[str, str]
    models: dict[str, str]
    catalogues: dict[str, str]
    leftovers: tuple[str, ...]
    port: str
    problems: tuple[str, ...]


def diagnose(*, port: int = PORT) -> Diagnosis:
    """Look at everything that serving needs; loads no model and changes nothing.

    Parameters
    ----------
    port : int
        Where the dashboard is, or is to be, served.

    Returns
    -------
    Diagnosis
    """
    problems: list[str] = []
    versions = _versions(problems)
    left, needed = available_bytes(), _bytes_needed()
    if left is not None and left < needed:
        problems.append(
            f"{left // MB} MB of memory are left, TensorFlow and all models take {needed // MB} MB: some "
            "models will be refused; serve with more memory"
        )
    return Diagnosis(
        versions=versions,
        processors=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_left=None if left is None else left // MB,
        memory_needed=needed // MB,
        artifacts=_artifacts(problems),
        models=_models(problems),
        catalogues=_catalogues(problems),
        leftovers=tuple(left.sentence() for left in find_leftovers()),
        port=_port(port, problems),
        problems=tuple(problems),
    )


def _versions(problems: list[str]) -> dict[str, str]:
    versions = {"fashion image search": __version__, "Python": platform.python_version()}
    versions["system"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    for name in LIBRARIES:
        versions[name] = _version(name)
    absent = [name for name in LIBRARIES if versions[name] == MISSING]
    if absent:
        problems.append(
            f"not installed: {', '.join(absent)}; run `make run`, or `pip install -r requirements.txt`"
        )
    return versions


def _version(name: str) -> str:
    for package in (name, STAND_INS.get(name, name)):
        try:
            return metadata.version(package) + ("" if package == name else f" ({package})")
        except metadata.PackageNotFoundError:
            continue
    return MISSING


def _bytes_needed() -> int:
    weights = (current_folder(model_dir(name)) / WEIGHTS for name in (*MODEL_NAMES, FINDER))
    return TENSORFLOW_BYTES + WEIGHTS_IN_MEMORY * sum(
        path.stat().st_size for path in weights if path.is_file()
    )


def _artifacts(problems: list[str]) -> dict[str, str]:
    folder = artifacts_dir()
    found = {"folder": str(folder), "read": "yes", "written": "yes"}
    if not os.access(folder, os.R_OK | os.X_OK):
        found |= {"read": "no", "written": "no"}
        problems.append(f"{folder} cannot be read; set ARTIFACTS_DIR, or give this user access")
    elif not _can_write(folder):
        found["written"] = "no: it serves, `index` and `train` do not work"
    return found


def _can_write(folder: Path) -> bool:
    """Whether a file can be made there; the system's own answer passes over read-only file systems."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _models(problems: list[str]) -> dict[str, str]:
    found = {}
    for name in (*MODEL_NAMES, FINDER):
        try:
            manifest = check_folder(model_dir(name))
            found[name] = f"weights of {manifest['created'][:10]}"
        except ArtifactError as error:
            found[name] = "cannot be used"
            problems.append(str(error))
    return found


def _catalogues(problems: list[str]) -> dict[str, str]:
    found = {}
    for name in list_catalogues():
        try:
            catalogue = open_catalogue(name)
            extractors = ", ".join(catalogue.extractors) or "no embeddings"
            found[name] = f"{len(catalogue):,} products, {extractors}"
            problems.extend(stale for each in catalogue.extractors if (stale := catalogue.stale(each)))
        except ArtifactError as error:
            found[name] = "cannot be used"
            problems.append(str(error))
    for name, problem in broken_catalogues().items():
        found[name] = "cannot be used"
        problems.append(problem)
    if not found:
        problems.append("there is no catalogue; make one with `python -m core index DATA --name NAME`")
    return found


def _port(port: int, problems: list[str]) -> str:
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind(("", port))
            return f"{port} is free"
        except OSError as error:
            reason = error.strerror or "in use"
    if _is_served(port):
        return f"{port} serves a dashboard"
    problems.append(f"port {port} cannot be taken ({reason}); choose another, as in `make run PORT=8600`")
    return f"{port} cannot be taken"


def _is_served(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def diagnosis_lines(found: Diagnosis) -> Iterable[str]:
    """Write a diagnosis out, a line each, the problems last."""
    for name, version in found.versions.items():
        yield f"{name}: {version}"
    left = "unknown" if found.memory_left is None else f"{found.memory_left:,} MB left"
    yield f"memory: {left}, {found.memory_needed:,} MB for TensorFlow and all models"
    yield f"processors: {found.processors}"
    yield "; ".join(f"{what}: {said}" for what, said in found.artifacts.items())
    for kind, of_kind in (("model", found.models), ("catalogue", found.catalogues)):
        for name, said in of_kind.items():
            yield f"{kind} {name}: {said}"
    for left in found.leftovers:
        yield f"left over: {left}"
    yield f"port: {found.port}"
    for problem in found.problems:
        yield f"problem: {' '.join(problem.split())}"
