"""Several pictures a product: all are embedded, told by content, and each product is found by its best."""

import shutil

import numpy as np
import pytest

from core.gallery.further.kept import FOLDER
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image
from core.indexing.edit import add_products, remove_products
from core.indexing.parts import index_part
from core.retrieval.request import PictureQuery, SearchRequest
from core.retrieval.search import search
from core.storage import artifacts
from tests.unit.indexing.test_update import EXTRACT, ToyModel, add_row, again, drop, holds, picture

BACK, SIDE = picture((250, 240, 3), 28), picture((120, 3, 200), 5)


@pytest.fixture
def several(folder):
    """Give a folder in which two products have further pictures."""
    (folder / "images" / "110_2.jpg").write_bytes(BACK)
    (folder / "images" / "110_3.jpg").write_bytes(SIDE)
    (folder / "images" / "121_2.jpg").write_bytes(picture((3, 250, 240), 8))
    return folder


def first_hit(path):
    request = SearchRequest(PictureQuery.read(path), predict=False)
    return search(request, open_catalogue("shop"), Encoder()).hits[0]


class Encoder:
    def embed(self, extractor, image, key):
        return EXTRACT(ToyModel(), [image])[0]


def kept_files():
    folder = artifacts.catalogue_dir("shop") / FOLDER
    return sorted(
        path.relative_to(folder / "images").as_posix() for path in (folder / "images").rglob("*.jpg")
    )


def test_a_product_is_found_by_its_best_picture(several, kept, embedded):
    report = again(several)
    assert embedded == [20, 3]
    assert (report.n_further, report.n_embedded, report.n_products) == (3, {"vgg16": 23}, 20)
    found = holds(several)
    assert found.further.products == ["110", "110", "121"]
    assert (found.n_pictures("110"), found.n_pictures("121"), found.n_pictures("100")) == (3, 2, 1)
    hit = first_hit(several / "images" / "110_3.jpg")
    assert (hit.product_id, hit.picture) == ("110", 3)
    assert hit.score == pytest.approx(1, abs=1e-4)
    np.testing.assert_array_equal(
        read_image(found.picture_path("110", 3)), read_image(several / "images" / "110_3.jpg")
    )
    hit = first_hit(several / "images" / "110.jpg")
    assert (hit.product_id, hit.picture) == ("110", 1)
    assert kept_files() == ["110/2.jpg", "110/3.jpg", "121/2.jpg"]


def test_where_each_product_has_one_picture_nothing_more_is_kept(folder, kept, embedded):
    report = again(folder)
    assert embedded == [20]
    assert (report.n_further, open_catalogue("shop").further) == (0, None)
    assert not (artifacts.catalogue_dir("shop") / FOLDER).exists()


def test_only_further_pictures_that_are_new_or_changed_are_embedded(several, kept, embedded):
    again(several)
    del embedded[:]
    report = again(several)
    assert embedded == []
    assert report.changes.counts()["unchanged"] == 20
    (several / "images" / "110_2.jpg").write_bytes(picture((9, 99, 9), 17))
    (several / "images" / "121_2.jpg").unlink()
    (several / "images" / "132_2.jpg").write_bytes(SIDE)  # which 110 has too
    report = again(several)
    assert embedded == [1]
    assert report.changes.changed == ("110", "121", "132")
    assert kept_files() == ["110/2.jpg", "110/3.jpg", "132/2.jpg"]
    assert first_hit(several / "images" / "110_2.jpg").picture == 2
    holds(several)
    drop(several, "110")
    for number in (2, 3):
        (several / "images" / f"110_{number}.jpg").unlink()
    again(several)
    assert kept_files() == ["132/2.jpg"]
    assert first_hit(several / "images" / "132_2.jpg").product_id == "132"


def test_one_picture_twice_is_kept_once_and_the_last_of_them_leaves_nothing_behind(folder, kept, embedded):
    images = folder / "images"
    shutil.copyfile(images / "110.jpg", images / "110_2.jpg")
    report = again(folder)
    assert (report.n_further, open_catalogue("shop").further) == (0, None)
    assert artifacts.verify_folder(artifacts.catalogue_dir("shop")) == []
    (images / "110_3.jpg").write_bytes(SIDE)
    (images / "110_4.jpg").write_bytes(SIDE)
    assert again(folder).n_further == 1
    assert kept_files() == ["110/3.jpg"]


def test_one_that_cannot_be_read_is_passed_over_and_named(several, kept, embedded):
    (several / "images" / "110_2.jpg").write_bytes(b"no picture")
    report = again(several)
    assert (report.n_products, report.n_further) == (20, 2)
    (said,) = [line for line in report.summary() if "Passed over, one of several pictures" in line]
    assert "110/2: " in said
    assert first_hit(several / "images" / "110_3.jpg").picture == 3


def test_the_next_one_stands_for_a_first_one_that_cannot_be_read(several, kept, embedded):
    images = several / "images"
    sound = (images / "110.jpg").read_bytes()
    (images / "110.jpg").write_bytes(b"no picture")
    (images / "121.jpg").write_bytes(b"no picture")
    (images / "121_2.jpg").write_bytes(b"nor this")
    report = again(several)
    assert (report.n_products, report.n_further) == (19, 1)
    assert set(report.unreadable) == {"121"}
    passed_over = [line for line in report.summary() if "Passed over, one of several pictures" in line]
    assert len(passed_over) == 1
    assert "110/1: 110.jpg is not a picture" in passed_over[0]
    assert passed_over[0].endswith("110_2.jpg stands for it.")
    assert kept_files() == ["110/3.jpg"]
    hit = first_hit(images / "110_2.jpg")
    assert (hit.product_id, hit.picture) == ("110", 1)
    assert hit.score == pytest.approx(1, abs=1e-4)
    assert artifacts.verify_folder(artifacts.catalogue_dir("shop")) == []
    # Again it is the same, without a word of how it was before; what changes in its place is seen.
    report = again(several)
    assert (report.changes.counts()["changed"], report.kept_before) == (0, {})
    assert "110/1" in report.unreadable_further
    (images / "110.jpg").write_bytes(sound)
    report = again(several)
    assert report.changes.changed == ("110",)
    assert first_hit(images / "110_2.jpg").picture == 2
    assert kept_files() == ["110/2.jpg", "110/3.jpg"]


def test_one_that_could_be_read_before_is_kept_rather_than_replaced_by_the_next(several, kept, embedded):
    again(several)
    images = several / "images"
    sound = (images / "110.jpg").read_bytes()
    (images / "110.jpg").write_bytes(b"half copied")
    report = again(several)
    assert set(report.kept_before) == {"110"}
    assert (report.n_products, report.n_further) == (20, 3)
    again_read = images.parent / "before.jpg"
    again_read.write_bytes(sound)
    assert first_hit(again_read).picture == 1
    assert first_hit(images / "110_2.jpg").picture == 2
    report = again(several, allow_loss=True)
    assert set(report.unreadable_further) == {"110/1"}
    assert first_hit(images / "110_2.jpg").picture == 1


def test_single_products_come_and_go_beside_them(several, kept, embedded, tmp_path):
    again(several)
    new = tmp_path / "300.jpg"
    new.write_bytes(picture((7, 80, 9)))
    del embedded[:]
    add_products([new], "shop")
    assert embedded == [1]
    assert first_hit(several / "images" / "110_3.jpg").picture == 3
    other = tmp_path / "110.jpg"
    other.write_bytes(picture((200, 200, 9), 3))
    add_products([other], "shop")
    assert first_hit(several / "images" / "110_3.jpg").product_id == "110"
    remove_products(["110"], "shop")
    assert kept_files() == ["121/2.jpg"]
    assert first_hit(several / "images" / "110_3.jpg").product_id != "110"
    hit = first_hit(several / "images" / "121_2.jpg")
    assert (hit.product_id, hit.picture) == ("121", 2)
    assert artifacts.verify_folder(artifacts.catalogue_dir("shop")) == []
    remove_products(["121"], "shop")
    assert open_catalogue("shop").further is None


def test_parts_embed_them_too(several, kept, embedded):
    for number in (1, 2):
        index_part(several, "shop", (number, 2), extractors=["vgg16"])
    assert sum(embedded) == 23
    del embedded[:]
    again(several, force=False)
    assert embedded == []
    assert first_hit(several / "images" / "110_3.jpg").picture == 3


def test_parts_pass_over_a_first_one_that_cannot_be_read(several, kept, embedded):
    (several / "images" / "110.jpg").write_bytes(b"no picture")
    reports = [index_part(several, "shop", (number, 2), extractors=["vgg16"]) for number in (1, 2)]
    assert sum(report.n_products for report in reports) == 20
    assert [one for report in reports for one in report.unreadable] == ["110/1"]
    del embedded[:]
    assert again(several, force=False).n_products == 20
    assert embedded == []


def test_a_lost_file_of_theirs_costs_no_more_than_that(several, kept, embedded):
    again(several)
    folder = artifacts.catalogue_dir("shop") / FOLDER
    (folder / "embeddings" / "vgg16.npy").unlink()
    found = open_catalogue("shop")
    (problem,) = found.problems
    assert "finds products by their first picture alone" in problem
    assert (
        search(
            SearchRequest(PictureQuery.read(several / "images" / "110.jpg"), predict=False), found, Encoder()
        )
        .hits[0]
        .product_id
        == "110"
    )
    add_row(several, "400")
    del embedded[:]
    again(several)
    assert embedded == [1, 3], "the new product's, and what was lost"
    assert open_catalogue("shop").problems == ()
