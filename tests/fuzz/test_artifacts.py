"""Manifests, cards, reports, tables and arrays of any content are read, or refused by one sentence."""

import io
import json

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests import damage

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(damage.OTHERS),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=8), parts, max_size=3),
    max_leaves=8,
)
CELLS = st.text(max_size=30) | st.sampled_from(damage.CELLS) | st.floats().map(str) | st.integers().map(str)


@pytest.fixture
def everything(kept, toy_catalogue):
    damage.with_maps(toy_catalogue)
    damage.write_models_and_report()
    return kept


def write(everything, file: str, content: bytes) -> None:
    path = everything / file
    path.write_bytes(content)
    folder = everything.joinpath(*file.split("/")[: 1 if file.startswith("reports/") else 2])
    if path.name != "manifest.json":
        damage.trust(folder, path.relative_to(folder).as_posix())


@pytest.mark.parametrize(
    ("file", "read"),
    [
        ("catalogues/demo/manifest.json", damage.read_catalogue),
        ("models/vgg19/manifest.json", damage.read_models),
        ("models/vgg19/card.json", damage.read_models),
        ("models/finder/card.json", damage.read_models),
        ("reports/manifest.json", damage.read_reports),
        ("reports/a.json", damage.read_reports),
    ],
)
def test_documents_with_any_value_anywhere(everything, file, read):
    document = json.loads((everything / file).read_text())
    spots = list(damage.places(document))
    whole = {path: path.read_bytes() for path in everything.rglob("manifest.json")}

    @given(st.sampled_from(spots), JSON)
    @example((), "\ud800")
    @example((), [[]])
    def read_changed(spot, value):
        for path, content in whole.items():
            path.write_bytes(content)
        changed = damage.changed(document, spot, value)
        write(everything, file, json.dumps(changed).encode("utf-8", "surrogatepass"))
        damage.verify(everything / "catalogues" / "demo")
        damage.tolerate(read)

    read_changed()


def test_tables_with_any_cells(everything):
    path = everything / "catalogues" / "demo" / "products.csv"
    lines = path.read_text().splitlines()
    n_columns = len(lines[0].split(","))

    @given(st.integers(0, 3), st.integers(0, n_columns - 1), CELLS)
    @example(1, 0, "9" * 309)
    @example(1, 10, "inf")
    @example(1, 10, "9" * 309)
    def read_changed(row, column, cell):
        cells = lines[row].split(",")
        cells[column] = cell
        text = "\n".join([*lines[:row], ",".join(cells), *lines[row + 1 :]])
        write(everything, "catalogues/demo/products.csv", text.encode("utf-8", "surrogatepass"))
        damage.tolerate(damage.read_catalogue)

    read_changed()


@pytest.mark.parametrize("file", ["embeddings/colour.npy", "maps/colour-2d.npy", "maps/colour-trust.npy"])
def test_arrays_of_any_type_shape_and_value(everything, file):
    shapes = arrays.array_shapes(min_dims=1, max_dims=3, max_side=20) | st.sampled_from(((20, 2), (20,)))
    kinds = arrays.floating_dtypes() | arrays.integer_dtypes() | arrays.boolean_dtypes()

    @given(shapes.flatmap(lambda shape: arrays.arrays(kinds, shape)))
    def read_changed(array):
        buffer = io.BytesIO()
        np.save(buffer, array)
        write(everything, f"catalogues/demo/{file}", buffer.getvalue())
        damage.tolerate(damage.read_catalogue)

    read_changed()
