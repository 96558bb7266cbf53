"""Catalogues indexed by the methods that ours are compared with, when they are asked for."""

import sys

import numpy as np
import pytest

from core.descriptors import load_descriptor
from core.errors import ModelError
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image
from core.indexing import build
from core.indexing.edit import add_products
from core.models.compared.captions import WORDS
from tests.unit.indexing.test_edit import picture


def said(catalogue, product_id):
    return [WORDS[place] for place in np.flatnonzero(catalogue.gallery.vectors("captions", [product_id])[0])]


def test_a_descriptor_is_embedded_and_captions_are_read_from_the_table(folder, kept):
    build.index(folder, "shop", extractors=["cld", "captions"], with_maps=False)
    found = open_catalogue("shop")
    assert found.extractors == ("cld", "captions")
    image = read_image(found.image_path("100"))
    expected = load_descriptor("cld").extract([image])[0]
    np.testing.assert_allclose(found.gallery.vectors("cld", ["100"])[0], expected, rtol=1e-6)
    assert said(found, "100") == ["Tshirts", "Red"]
    assert found.stale("cld") is found.stale("captions") is None
    made = found.manifest["embeddings"]
    assert (made["cld"]["weights"], made["captions"]["weights"]) == ("cld-1", "captions-1")


def test_captions_follow_the_table_when_products_are_added(folder, kept, tmp_path):
    build.index(folder, "shop", extractors=["cld", "captions"], with_maps=False)
    new = tmp_path / "300.jpg"
    new.write_bytes(picture((7, 80, 9)))
    add_products([new], "shop", cells={"articleType": "Jeans", "productDisplayName": "Checked jeans"})
    found = open_catalogue("shop")
    assert said(found, "300") == ["Jeans", "checked"]
    assert said(found, "100") == ["Tshirts", "Red"]
    assert found.gallery.vectors("cld", ["300"]).any()


def test_without_its_library_nothing_is_indexed_and_what_installs_it_is_said(folder, kept, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagehash", None)
    with pytest.raises(ModelError, match=r"phash needs imagehash.*requirements-compare\.txt"):
        build.index(folder, "shop", extractors=["phash"], with_maps=False)
    assert list((kept / "catalogues").iterdir()) == []
