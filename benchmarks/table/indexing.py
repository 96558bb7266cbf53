"""Making a folder of products searchable, and keeping it so: `python -m core index` as it is run."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.served import ROOT
from benchmarks.table.row import Row
from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg
from core.models.extractors import load_extractor
from core.models.names import LEARNED_EXTRACTORS
from core.storage.artifacts import artifacts_dir

EXTRACTORS = (*LEARNED_EXTRACTORS, "colour", "texture", "shape")
SAMPLE = 2000
"""Pictures by which decoding and extraction alone are timed."""

NEW, CHANGED, GONE = 100, 50, 20


def index_rows(data: Path) -> list[Row]:
    """Index a folder, change it a little, and index it again.

    Parameters
    ----------
    data : Path
        In Kaggle's layout: `styles.csv` and `images/`.
    """
    with tempfile.TemporaryDirectory() as temporary:
        artifacts, folder = Path(temporary) / "artifacts", Path(temporary) / "shop"
        shutil.copytree(artifacts_dir() / "models", artifacts / "models")
        header, *lines = (data / "styles.csv").read_text(encoding="utf-8").splitlines()
        _copy(data, folder, [header, *lines[NEW:]])
        whole = _index(folder, artifacts)
        for line in lines[NEW + GONE : NEW + GONE + CHANGED]:
            _mirror(folder / "images" / f"{line.split(',')[0]}.jpg")
        _copy(data, folder, [header, *lines[:NEW], *lines[NEW + GONE :]])
        again = _index(folder, artifacts)
    alone, n_products = _decoding_and_extraction(data), len(lines) - NEW
    return [
        Row(
            f"index {n_products:,} products, {len(EXTRACTORS)} extractors, no map",
            whole,
            "s",
            at_most=600,
            reference="decoding and extraction alone",
            reference_value=alone * n_products,
            times_reference=1.15,
            note=f"the reference from {SAMPLE:,} pictures",
        ),
        Row(
            f"index again: {NEW} new, {CHANGED} changed, {GONE} gone",
            again,
            "s",
            reference="a full index",
            reference_value=whole,
        ),
    ]


def _copy(data: Path, folder: Path, table: list[str]) -> None:
    """Lay a folder out with this table, its pictures being links to those of the data."""
    folder.mkdir(exist_ok=True)
    if not (folder / "images").exists():
        shutil.copytree(data / "images", folder / "images", copy_function=os.link)
    (folder / "styles.csv").write_text("\n".join(table) + "\n", encoding="utf-8")


def _mirror(path: Path) -> None:
    """Change a picture; it is a link, so a new file takes its place."""
    mirrored = encode_jpeg(np.ascontiguousarray(read_image(path)[:, ::-1]))
    path.unlink()
    path.write_bytes(mirrored)


def _index(folder: Path, artifacts: Path) -> float:
    command = [sys.executable, "-m", "core", "index", str(folder), "--name", "shop", "--no-map", "--force"]
    for extractor in EXTRACTORS:
        command += ["--extractor", extractor]
    began = time.monotonic()
    subprocess.run(
        command, cwd=ROOT, env=os.environ | {"ARTIFACTS_DIR": str(artifacts)}, check=True, capture_output=True
    )
    return time.monotonic() - began


def _decoding_and_extraction(data: Path) -> float:
    """Give the seconds that one picture takes to be decoded and embedded by all extractors."""
    loaded = [load_extractor(name) for name in EXTRACTORS]
    paths = list(islice(sorted((data / "images").iterdir()), SAMPLE))
    began = time.monotonic()
    for at in range(0, len(paths), 64):
        pictures = [read_image(path) for path in paths[at : at + 64]]
        for extractor in loaded:
            extractor.extract(pictures)
    return (time.monotonic() - began) / len(paths)
