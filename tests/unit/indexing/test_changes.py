"""A folder that looks half-written replaces nothing."""

import os

import pytest

from core.catalogue.kaggle import read_catalogue
from core.errors import CatalogueError
from core.gallery.stored_catalogue import open_catalogue
from core.indexing import build, changes
from core.storage import artifacts
from tests.unit.indexing.test_update import again, drop, drop_rows


@pytest.fixture
def shop(folder, kept, embedded):
    """Give the folder of a catalogue that is indexed."""
    again(folder)
    return folder


def refused(shop, *said):
    """See that indexing is refused, with all this, and has changed nothing."""
    before = (artifacts.catalogue_dir("shop") / "manifest.json").read_bytes()
    with pytest.raises(CatalogueError) as error:
        again(shop)
    for text in (*said, "The catalogue stays as it was", "--allow-loss"):
        assert text in str(error.value)
    assert (artifacts.catalogue_dir("shop") / "manifest.json").read_bytes() == before
    assert artifacts.verify_folder(artifacts.catalogue_dir("shop")) == []


def rewrite(shop, text):
    (shop / "styles.csv").write_text(text)


@pytest.mark.parametrize("cut", [10, 30, 55, 200, 700])
def test_a_table_that_breaks_off_in_a_row_is_half_written(shop, cut):
    rewrite(shop, (shop / "styles.csv").read_text()[:-cut])
    refused(shop, "styles.csv ends in the middle of a row")
    assert again(shop, allow_loss=True).changes.n_unchanged < 20


def test_a_table_without_a_last_line_end_is_none_the_worse(shop):
    rewrite(shop, (shop / "styles.csv").read_text().rstrip("\n"))
    assert again(shop).changes.n_unchanged == 20
    drop_rows(shop, "101", "110")
    rewrite(shop, (shop / "styles.csv").read_text().rstrip("\n"))
    assert again(shop).changes.gone == ("101", "110")


def test_many_rows_that_vanish_while_their_pictures_stay_are_half_written(shop):
    drop_rows(shop, *open_catalogue("shop").products["id"][:11])
    refused(shop, "the rows of 11 products of 20 are gone, though each picture is still there (100, 101")
    assert again(shop, allow_loss=True).n_products == 9


def test_many_pictures_that_vanish_while_their_rows_stay_are_half_written(shop):
    for path in sorted((shop / "images").iterdir())[:11]:
        path.unlink()
    refused(shop, "the pictures of 11 products of 20 are gone, though each row is still there")


def test_products_whose_row_and_picture_are_gone_are_gone(shop):
    drop(shop, *open_catalogue("shop").products["id"][:15])
    assert len(again(shop).changes.gone) == 15


def test_a_few_rows_may_go_alone(shop):
    drop_rows(shop, *open_catalogue("shop").products["id"][:10])
    assert len(again(shop).changes.gone) == 10


@pytest.mark.parametrize("change", [lambda text: "", lambda text: text.replace("id,", "number,", 1)])
def test_a_table_that_cannot_be_read_changes_nothing(shop, change):
    rewrite(shop, change((shop / "styles.csv").read_text()))
    with pytest.raises(CatalogueError):
        again(shop)
    assert len(open_catalogue("shop")) == 20


def test_a_table_that_is_written_to_while_it_is_read_is_read_again(folder, monkeypatch):
    monkeypatch.setattr(changes, "PAUSE", 0.001)
    reads = []

    def read(data, options):
        found = read_catalogue(data, options)
        reads.append(len(found))
        if len(reads) == 1:
            drop_rows(folder, "100")
        return found

    monkeypatch.setattr(changes, "read_catalogue", read)
    assert len(changes.read_settled_catalogue(folder)) == 19
    assert reads == [20, 19]


def test_a_table_that_is_written_to_for_long_is_refused(folder, kept, embedded, monkeypatch):
    monkeypatch.setattr(changes, "PAUSE", 0.001)
    reads = []

    def read(data, options):
        reads.append(read_catalogue(data, options))
        os.utime(folder / "styles.csv", (len(reads), len(reads)))
        return reads[-1]

    monkeypatch.setattr(changes, "read_catalogue", read)
    with pytest.raises(CatalogueError, match="its table is being written just now"):
        build.index(folder, "shop", extractors=["vgg16"])
