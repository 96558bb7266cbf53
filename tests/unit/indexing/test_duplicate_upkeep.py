"""Near-duplicates told by `index`, and kept up to date by it, by `add` and by `remove`."""

import numpy as np
import pytest

from core.gallery.stored_catalogue import open_catalogue
from core.imaging import near_duplicates
from core.imaging.encode import encode_jpeg
from core.indexing import duplicate_upkeep
from core.indexing.edit import add_products, remove_products
from core.storage.artifacts import catalogue_dir
from tests.near_duplicates import tell_nothing
from tests.unit.indexing.test_update import add_row, again, drop


def patterned(seed: int, *, light: float = 1.0) -> bytes:
    """Draw a garment with a pattern of its own; another light makes another file of the same garment."""
    blocks = np.random.default_rng(seed).integers(30, 200, (6, 4, 3))
    picture = np.full((80, 60, 3), 255.0)
    picture[10:70, 10:50] = np.kron(blocks, np.ones((10, 10, 1))) * light
    return encode_jpeg(picture.astype(np.uint8))


@pytest.fixture
def shop(folder, kept, embedded):
    """Give the folder of an indexed catalogue: 101 is 100 again lit otherwise, 112 and 113 are one file."""
    for row, path in enumerate(sorted((folder / "images").iterdir())):
        path.write_bytes(patterned(row))
    (folder / "images" / "101.jpg").write_bytes(patterned(0, light=0.97))
    (folder / "images" / "113.jpg").write_bytes((folder / "images" / "112.jpg").read_bytes())
    again(folder)
    return folder


@pytest.fixture
def looked(shop, monkeypatch):
    """Give the list of what was made small since the catalogue was indexed, and count comparisons in it."""
    calls = []
    small, compare = duplicate_upkeep.small_garment, near_duplicates._one_way
    monkeypatch.setattr(
        duplicate_upkeep, "small_garment", lambda picture: calls.append("looked") or small(picture)
    )
    monkeypatch.setattr(
        near_duplicates, "_one_way", lambda one, other: calls.append("compared") or compare(one, other)
    )
    return calls


def groups() -> set[frozenset[str]]:
    found = open_catalogue("shop")
    told = {one: frozenset([one, *found.near_duplicates.of(one)]) for one in found.products["id"]}
    return {group for group in told.values() if len(group) > 1}


TWINS = {frozenset({"100", "101"}), frozenset({"112", "113"})}


def as_if_indexed_anew(folder):
    """See that bringing the catalogue up to date told what telling everything again would."""
    before, rough = groups(), np.asarray(open_catalogue("shop").rough_signatures())
    kept = open_catalogue("shop")
    told = duplicate_upkeep.tell_near_duplicates(kept.images_dir, kept.products["id"].tolist(), None)
    np.testing.assert_array_equal(rough, told.rough)
    assert kept._files.read_near_duplicates(kept.products["id"]) == told.kept
    return before


def test_near_duplicates_are_told_when_a_catalogue_is_indexed(shop):
    assert as_if_indexed_anew(shop) == TWINS
    assert open_catalogue("shop").rough_signatures().shape == (20, 73)


def test_what_is_unchanged_is_not_compared_again(shop, looked):
    again(shop)
    assert looked == []
    assert groups() == TWINS


def test_only_what_is_new_or_changed_is_compared(shop, looked):
    drop(shop, "101", "113")
    add_row(shop, "200")
    (shop / "images" / "200.jpg").write_bytes(patterned(5, light=1.03))  # the sixth product's garment
    (shop / "images" / "143.jpg").write_bytes(patterned(99))
    again(shop)
    n_looked = looked.count("looked")
    assert 2 <= n_looked <= 2 + 2 * 32
    assert as_if_indexed_anew(shop) == {frozenset({"111", "200"})}


def test_products_are_added_and_removed_with_their_near_duplicates(shop, looked, tmp_path):
    new, copy = tmp_path / "300.jpg", tmp_path / "301.jpg"
    new.write_bytes(patterned(6, light=0.96))  # the garment of 112 and 113
    copy.write_bytes((shop / "images" / "112.jpg").read_bytes())
    add_products([new, copy], "shop")
    twins = frozenset({"100", "101"})
    assert as_if_indexed_anew(shop) == {twins, frozenset({"112", "113", "300", "301"})}
    remove_products(["100", "112"], "shop")
    assert as_if_indexed_anew(shop) == {frozenset({"113", "300", "301"})}


def test_a_picture_that_cannot_be_read_is_a_near_duplicate_of_nothing(shop, tmp_path):
    found = open_catalogue("shop")
    (found.images_dir / "100.jpg").unlink()
    (found.images_dir / "120.jpg").write_bytes(b"no picture")
    told = duplicate_upkeep.tell_near_duplicates(found.images_dir, found.products["id"].tolist(), None)
    rows = [found.row(one) for one in ("100", "120")]
    assert np.isnan(told.rough[rows]).all()
    assert (told.kept.same, told.kept.pairs) == ([["112", "113"]], [])


def test_what_was_told_by_another_definition_is_told_again(shop, looked, monkeypatch):
    monkeypatch.setattr("core.gallery.catalogue_files.DEFINITION", 2)
    monkeypatch.setattr("core.indexing.duplicate_upkeep.DEFINITION", 2)
    assert open_catalogue("shop").near_duplicates is None
    again(shop)
    assert looked.count("looked") == 19
    assert groups() == TWINS


def test_where_nothing_was_told_adding_a_product_compares_nothing(shop, looked, tmp_path):
    tell_nothing(catalogue_dir("shop"))
    new = tmp_path / "300.jpg"
    new.write_bytes(patterned(6))
    add_products([new], "shop")
    assert open_catalogue("shop").near_duplicates is None
    assert looked == []
    again(shop)
    assert groups() == TWINS
