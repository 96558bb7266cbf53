"""Every value of every kept file is damaged by type; only the project's errors come out."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.storage import artifacts
from tests import damage

TABLES = ("catalogues/demo/products.csv", "models/vgg19/history.csv")
DOCUMENTS = (
    "catalogues/demo/manifest.json",
    "catalogues/demo/near-duplicates/pairs.json",
    "models/vgg19/manifest.json",
    "models/vgg19/card.json",
    "models/finder/card.json",
    "reports/manifest.json",
)
ARRAYS = (
    "catalogues/demo/embeddings/colour.npy",
    "catalogues/demo/embeddings/vgg16.npy",
    "catalogues/demo/maps/colour-2d.npy",
    "catalogues/demo/maps/colour-3d.npy",
    "catalogues/demo/maps/colour-trust.npy",
    "catalogues/demo/near-duplicates/rough.npy",
)
BYTES = (
    *ARRAYS,
    *TABLES,
    "catalogues/demo/images/100.jpg",
    "catalogues/demo/queries/red.jpg",
    "models/vgg19/card.json",
    "models/vgg19/MODEL_CARD.md",
    "reports/a.json",
    "catalogues/demo/manifest.json",
    "reports/manifest.json",
)


@pytest.fixture
def everything(kept, toy_catalogue):
    damage.with_maps(toy_catalogue)
    damage.write_models_and_report()
    return kept


READERS = {
    "catalogues": damage.read_catalogue,
    "models": damage.read_models,
    "reports": damage.read_reports,
}


def folder_of(everything: Path, file: str) -> Path:
    room, name = file.split("/")[:2]
    return everything / room if room == "reports" else everything / room / name


def read_with(everything: Path, file: str, content: bytes) -> None:
    """Put other content into a file, as if it had been written so, and have its readers read it."""
    folder, path = folder_of(everything, file), everything / file
    path.write_bytes(content)
    if path.name != "manifest.json":
        damage.trust(folder, path.relative_to(folder).as_posix())
    damage.verify(folder)
    damage.tolerate(READERS[file.partition("/")[0]])


def test_undamaged_all_is_read(everything):
    assert [damage.tolerate(read) for read in READERS.values()] == ["", "", ""]
    assert all(artifacts.verify_folder(folder) == [] for folder in artifacts.iter_folders())


@pytest.mark.parametrize("file", DOCUMENTS)
def test_a_document_with_any_value_of_another_type_is_read_or_refused(everything, file):
    document = json.loads((everything / file).read_text())
    contents = list(damage.damaged_documents(document))
    assert len(contents) > 100
    for content in contents:
        read_with(everything, file, content.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("file", TABLES)
def test_a_table_with_any_cell_damaged_is_read_or_refused(everything, file):
    contents = list(damage.damaged_tables((everything / file).read_text()))
    assert len(contents) > 60
    for content in contents:
        read_with(everything, file, content.encode())


@pytest.mark.parametrize("file", ARRAYS)
def test_an_array_of_another_type_shape_or_content_is_read_or_refused(everything, file):
    for array in damage.damaged_arrays(np.load(everything / file)):
        buffer = io.BytesIO()
        np.save(buffer, array)
        read_with(everything, file, buffer.getvalue())


@pytest.mark.parametrize("file", BYTES)
def test_a_file_of_any_other_bytes_is_read_or_refused(everything, file):
    whole = (everything / file).read_bytes()
    for content in damage.damaged_bytes(whole):
        read_with(everything, file, content)


@pytest.mark.parametrize("file", BYTES)
def test_a_file_that_is_gone_a_folder_or_a_link_to_itself_is_said(everything, file):
    path = everything / file
    for put in (lambda: None, path.mkdir, lambda: path.symlink_to(path.name)):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        put()
        damage.verify(folder_of(everything, file))
        for read in READERS.values():
            damage.tolerate(read)
