"""Single products put into a catalogue and taken out of it."""

import numpy as np
import pytest

from core.errors import ArtifactError, CatalogueError, ModelError
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg
from core.indexing import build
from core.indexing.edit import add_products, parse_cells, remove_products
from core.indexing.previous import read_previous
from core.storage import artifacts
from tests.unit.indexing.test_update import EXTRACT, ToyModel, again, drop_rows, picture


@pytest.fixture
def shop(folder, kept, embedded, monkeypatch):
    """Give the folder of a catalogue that is indexed, with maps, and two ready-made queries."""

    def draw(vectors, classes, title, bar):
        places = np.random.default_rng(0).normal(size=(len(vectors), 3)).astype(np.float32)
        return {"2d": places[:, :2].copy(), "3d": places, "trust": np.ones(len(vectors), np.float32)}

    monkeypatch.setattr(build, "draw_maps", draw)
    (folder / "queries").mkdir()
    (folder / "queries" / "a.jpg").write_bytes(picture())
    again(folder, with_maps=True)
    del embedded[:]
    return folder


def vector_of(path):
    return EXTRACT(ToyModel(), [read_image(path)])[0]


def whole():
    assert artifacts.verify_folder(artifacts.catalogue_dir("shop")) == []
    assert [path.name for path in artifacts.catalogue_dir("shop").parent.iterdir()] == ["shop"]
    found = open_catalogue("shop")
    assert {path.stem for path in found.images_dir.iterdir()} == set(found.products["id"])
    assert (found.folder / "queries" / "a.jpg").is_file()
    assert found.map("vgg16", "2d").shape == (len(found), 2)
    assert found.manifest["n_products"] == len(found)
    return found


def test_a_product_is_added_by_its_picture(shop, embedded, tmp_path):
    new = tmp_path / "300.jpg"
    new.write_bytes(picture((7, 80, 9)))
    before = open_catalogue("shop")
    report = add_products([new], "shop", cells={"articleType": "Jeans", "price": "499"})
    assert (report.added, report.replaced, report.n_products) == (("300",), (), 21)
    assert embedded == [1]
    found = whole()
    row = found.products.iloc[found.row("300")]
    assert (row["articleType"], row["price"], row["baseColour"]) == ("Jeans", 499.0, "")
    assert np.allclose(found.gallery.vectors("vgg16", ["300"])[0], vector_of(new), atol=1e-6)
    ids = before.products["id"].tolist()
    assert np.array_equal(found.gallery.vectors("vgg16", ids), before.gallery.vectors("vgg16", ids))
    assert np.array_equal(found.map("vgg16", "2d")[:20], before.map("vgg16", "2d"))


def test_a_product_is_replaced_in_its_row_and_keeps_its_cells(shop, embedded, tmp_path):
    new = tmp_path / "110.jpg"
    new.write_bytes(picture((7, 80, 9)))
    before = open_catalogue("shop").products
    report = add_products([new], "shop", cells={"usage": "Formal"})
    assert (report.added, report.replaced) == ((), ("110",))
    found = whole()
    row = found.row("110")
    assert found.products["id"].tolist() == before["id"].tolist()
    assert found.products["usage"].iloc[row] == "Formal"
    assert found.products["productDisplayName"].iloc[row] == before["productDisplayName"].iloc[row]
    assert np.allclose(found.gallery.vectors("vgg16", ["110"])[0], vector_of(new), atol=1e-6)
    assert found.image_path("110").read_bytes() == new.read_bytes()


def test_the_cells_of_a_product_of_a_folder_come_from_its_table(shop, embedded):
    add_row = "400,Men,Apparel,Topwear,Shirts,Blue,Winter,2015,Formal,A shirt of the shop\n"
    with (shop / "styles.csv").open("a") as table:
        table.write(add_row)
    (shop / "images" / "400.jpg").write_bytes(picture((7, 80, 9)))
    add_products([shop / "images" / "400.jpg"], "shop")
    found = whole()
    assert found.products["productDisplayName"].iloc[found.row("400")] == "A shirt of the shop"
    report = again(shop)
    assert report.changes.counts() == {"new": 0, "changed": 0, "gone": 0, "unchanged": 21}
    assert embedded == [1]


def test_a_known_picture_is_not_embedded_again(shop, embedded, tmp_path):
    same = tmp_path / "500.jpg"
    same.write_bytes((shop / "images" / "100.jpg").read_bytes())
    add_products([same], "shop")
    assert embedded == []
    whole()


def test_one_unreadable_picture_stops_no_other(shop, embedded, tmp_path):
    (tmp_path / "300.jpg").write_bytes(picture())
    (tmp_path / "301.jpg").write_bytes(b"no picture")
    report = add_products([tmp_path / "300.jpg", tmp_path / "301.jpg"], "shop")
    assert report.added == ("300",)
    assert list(report.unreadable) == ["301"]
    assert any("301.jpg is not a picture" in line for line in report.summary())
    with pytest.raises(CatalogueError, match=r"Nothing was added: 301: 301\.jpg is not a picture"):
        add_products([tmp_path / "301.jpg"], "shop")
    assert len(whole()) == 21


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"colour": "Red"}, "has no colour to be set"),
        ({"id": "7"}, "has no id to be set"),
        ({"price": "dear"}, "'dear' is no price"),
        ({"year": "1"}, "'1' is no year"),
    ],
)
def test_cells_that_fit_no_column_are_refused(cells, said):
    with pytest.raises(CatalogueError, match=said):
        parse_cells(cells)


def test_names_that_are_no_ids_and_two_of_one_id_are_refused(shop, tmp_path):
    (tmp_path / ".hidden").write_bytes(picture())
    with pytest.raises(CatalogueError, match="cannot be an id"):
        add_products([tmp_path / ".hidden"], "shop")
    with pytest.raises(CatalogueError, match="300 was given two pictures"):
        add_products([tmp_path / "300.jpg", tmp_path / "300.png"], "shop")


def test_nothing_is_added_to_stale_embeddings(shop, embedded, weights, tmp_path):
    weights["vgg16"] = "v2"
    (tmp_path / "300.jpg").write_bytes(picture())
    with pytest.raises(
        ArtifactError, match=r"vgg16 embeddings of shop are stale.*index DATA --name shop --force"
    ):
        add_products([tmp_path / "300.jpg"], "shop")
    remove_products(["100"], "shop")  # which mixes nothing
    assert len(whole()) == 19


def test_a_model_that_answers_nonsense_changes_nothing(shop, toy_class, monkeypatch, tmp_path):
    monkeypatch.setattr(toy_class, "extract", lambda self, pictures: np.ones((1, 3)))
    (tmp_path / "300.jpg").write_bytes(picture())
    with pytest.raises(ModelError, match="expected finite numbers"):
        add_products([tmp_path / "300.jpg"], "shop")
    assert len(whole()) == 20


def test_products_are_removed(shop, embedded):
    before = open_catalogue("shop")
    report = remove_products(["100", "143", "100"], "shop")
    assert (report.removed, report.n_products) == (("100", "143"), 18)
    found = whole()
    assert "100" not in found
    left = found.products["id"].tolist()
    assert np.array_equal(found.gallery.vectors("vgg16", left), before.gallery.vectors("vgg16", left))
    assert embedded == []


def test_nothing_is_removed_where_one_is_unknown_or_none_would_be_left(shop):
    with pytest.raises(CatalogueError, match="shop has no product 'nope', and nothing was removed"):
        remove_products(["100", "nope"], "shop")
    with pytest.raises(CatalogueError, match="Not one product of shop would be left"):
        remove_products(open_catalogue("shop").products["id"].tolist(), "shop")
    assert len(whole()) == 20


def test_a_damaged_or_missing_catalogue_is_refused(shop, tmp_path):
    (tmp_path / "300.jpg").write_bytes(picture())
    with pytest.raises(ArtifactError, match="there is no catalogue 'nope'"):
        add_products([tmp_path / "300.jpg"], "nope")
    changed = artifacts.catalogue_dir("shop") / "images" / "100.jpg"
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    with pytest.raises(ArtifactError, match="is damaged"):
        remove_products(["100"], "shop")
    assert sorted(path.name for path in artifacts.catalogue_dir("shop").parent.iterdir()) == ["shop"]


def test_what_pictures_were_made_from_is_known_after_an_edit(shop, embedded, tmp_path):
    large = np.full((900, 700, 3), 90, np.uint8)
    (tmp_path / "600.jpg").write_bytes(encode_jpeg(large))
    add_products([tmp_path / "600.jpg"], "shop")
    remove_products(["100"], "shop")
    made_from = read_previous(artifacts.catalogue_dir("shop")).manifest["made_from"]
    assert list(made_from) == ["600"]
    drop_rows(shop, "100")
    remove_products(["600"], "shop")
    assert read_previous(artifacts.catalogue_dir("shop")).manifest["made_from"] == {}
