"""A catalogue indexed again: what is embedded, what is kept, what is said of it."""

import os

import numpy as np
import pytest

from core.catalogue.kaggle import COLUMNS
from core.errors import ArtifactError, ImageError
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg
from core.indexing import build, embed
from core.indexing.pictures import PREPARATION
from core.storage import artifacts
from tests.conftest import ToyModel, garment

EXTRACT = ToyModel.extract  # which no test counts


def again(folder, **options):
    chosen = {"extractors": ["vgg16"], "with_maps": False, "force": True} | options
    return build.index(folder, "shop", **chosen)


def picture(colour=(9, 9, 9), wide=20):
    return encode_jpeg(garment(colour, wide))


def add_row(folder, product_id, cells="Women,Apparel,Topwear,Jeans,Red,Summer,2012,Casual,New jeans"):
    with (folder / "styles.csv").open("a") as table:
        table.write(f"{product_id},{cells}\n")
    (folder / "images" / f"{product_id}.jpg").write_bytes(picture())


def drop_rows(folder, *product_ids):
    lines = (folder / "styles.csv").read_text().splitlines(keepends=True)
    kept = [line for line in lines if line.split(",")[0] not in product_ids]
    (folder / "styles.csv").write_text("".join(kept))


def drop(folder, *product_ids):
    drop_rows(folder, *product_ids)
    for product_id in product_ids:
        (folder / "images" / f"{product_id}.jpg").unlink()


def holds(folder):
    """See that every product is there with the vector of its own picture."""
    found = open_catalogue("shop")
    for product_id in found.products["id"]:
        (expected,) = EXTRACT(ToyModel(), [read_image(folder / "images" / f"{product_id}.jpg")])
        assert np.allclose(found.gallery.vectors("vgg16", [product_id])[0], expected, atol=1e-6)
    assert artifacts.verify_folder(artifacts.catalogue_dir("shop")) == []
    assert [path.name for path in artifacts.catalogue_dir("shop").parent.iterdir()] == ["shop"]
    return found


def test_what_is_unchanged_is_not_embedded_again_and_no_model_is_loaded(folder, kept, embedded, toy_models):
    first = again(folder)
    assert (embedded, first.changes) == ([20], None)
    toy_models.clear()
    for path in (folder / "images").iterdir():
        os.utime(path)  # neither by its date nor by its place, but by content
    report = again(folder)
    assert (embedded, toy_models) == ([20], [])
    assert report.changes.counts() == {"new": 0, "changed": 0, "gone": 0, "unchanged": 20}
    assert report.n_embedded == {"vgg16": 0}
    assert "No picture had to be embedded." in report.summary()
    holds(folder)


def test_only_what_is_new_or_changed_is_embedded(folder, kept, embedded):
    again(folder)
    add_row(folder, "200")
    add_row(folder, "201")
    drop(folder, "101", "112", "143")
    (folder / "images" / "110.jpg").write_bytes(picture((1, 2, 3)))
    table = (folder / "styles.csv").read_text()
    (folder / "styles.csv").write_text(table.replace("Loom *Green* Jean", "A new name"))
    report = again(folder)
    assert embedded == [20, 2]  # the two new products have the same picture
    assert report.changes.new == ("200", "201")
    assert report.changes.gone == ("101", "112", "143")
    assert report.changes.changed == ("110", "122")
    assert report.changes.n_unchanged == 15
    lines = report.summary()
    assert "Since it was indexed before: 2 new, 2 changed, 3 gone, 15 unchanged." in lines
    assert "Embedded 2 pictures by vgg16." in lines
    found = holds(folder)
    assert found.products["productDisplayName"].tolist().count("A new name") == 1
    assert "101" not in found


def test_a_picture_is_known_under_another_id(folder, kept, embedded):
    again(folder)
    first, second = (folder / "images" / f"{one}.jpg" for one in ("100", "101"))
    swapped = second.read_bytes(), first.read_bytes()
    for path, content in zip((first, second), swapped, strict=True):
        path.write_bytes(content)
    report = again(folder)
    assert embedded == [20]
    assert report.changes.changed == ("100", "101")
    holds(folder)


def test_a_picture_that_is_kept_smaller_is_known_by_what_it_was_made_from(folder, kept, embedded):
    large = np.repeat(np.repeat(garment((50, 90, 20), 15), 8, axis=0), 8, axis=1)
    (folder / "images" / "100.jpg").write_bytes(encode_jpeg(large))
    again(folder)
    made_from = artifacts.read_manifest(artifacts.catalogue_dir("shop"))["made_from"]
    assert list(made_from) == ["100"]
    again(folder)
    assert embedded == [20]
    large[:9] = 0
    (folder / "images" / "100.jpg").write_bytes(encode_jpeg(large))
    assert again(folder).changes.changed == ("100",)
    assert embedded == [20, 1]


def test_embeddings_of_other_weights_are_made_anew(folder, kept, embedded, weights):
    again(folder)
    weights["vgg16"] = "v2"
    report = again(folder)
    assert embedded == [20, 20]
    assert report.changes.n_unchanged == 20
    manifest = artifacts.read_manifest(artifacts.catalogue_dir("shop"))
    assert manifest["embeddings"]["vgg16"]["weights"] == "v2"
    assert open_catalogue("shop").stale("vgg16") is None


def test_embeddings_of_pictures_that_were_prepared_otherwise_are_made_anew(
    folder, kept, embedded, monkeypatch
):
    again(folder)
    for module in ("build", "previous", "checkpoint"):
        monkeypatch.setattr(f"core.indexing.{module}.PREPARATION", PREPARATION + 1)
    report = again(folder)
    assert embedded == [20, 20]
    assert report.changes.n_unchanged == 20
    again(folder)
    assert embedded == [20, 20]


def test_another_extractor_is_added_without_embedding_by_the_first_again(folder, kept, embedded):
    again(folder)
    report = again(folder, extractors=["vgg16", "vae"])
    assert report.n_embedded == {"vgg16": 0, "vae": 20}
    assert holds(folder).extractors == ("vgg16", "vae")
    again(folder)
    assert open_catalogue("shop").extractors == ("vgg16",)


def test_a_model_that_was_trained_again_meanwhile_is_refused(folder, kept, embedded, toy_class, monkeypatch):
    monkeypatch.setattr(toy_class, "weights_sha256", "v2", raising=False)
    with pytest.raises(Exception, match="vgg16 was trained again while products were indexed"):
        again(folder)


def test_what_is_damaged_in_the_old_catalogue_is_mended(folder, kept, embedded):
    again(folder)
    shop = artifacts.catalogue_dir("shop")
    (shop / "images" / "100.jpg").write_bytes((shop / "images" / "101.jpg").read_bytes())
    (shop / "images" / "102.jpg").unlink()
    again(folder)
    assert embedded == [20]
    holds(folder)
    (shop / "embeddings" / "vgg16.npy").write_bytes(b"torn")
    again(folder)
    assert embedded == [20, 20]
    holds(folder)
    (shop / "manifest.json").unlink()
    assert again(folder).changes is None
    holds(folder)


@pytest.fixture
def drawn(monkeypatch):
    """Give the list of catalogues that maps were drawn of: name of the extractor, and how many products."""
    found = []

    def draw(vectors, classes, title, bar):
        # Whoever opens the catalogue now can search in it.
        assert len(open_catalogue("shop").embeddings("vgg16")) == len(vectors)
        found.append((title.split()[-1], len(vectors)))
        places = np.random.default_rng(len(found)).normal(size=(len(vectors), 3)).astype(np.float32)
        return {"2d": places[:, :2].copy(), "3d": places, "trust": np.ones(len(vectors), np.float32)}

    monkeypatch.setattr(build, "draw_maps", draw)
    return found


def test_maps_come_after_the_catalogue_and_are_kept_while_it_is_the_same(folder, kept, embedded, drawn):
    assert again(folder, with_maps=True).maps == {"vgg16": "drawn"}
    assert drawn == [("vgg16", 20)]
    before = np.array(open_catalogue("shop").map("vgg16", "2d"))
    report = again(folder, with_maps=True)
    assert report.maps == {"vgg16": "kept"}
    assert "Maps by vgg16: kept." in report.summary()
    assert np.array_equal(open_catalogue("shop").map("vgg16", "2d"), before)
    again(folder)  # draws none, and what need not be drawn is kept
    assert np.array_equal(open_catalogue("shop").map("vgg16", "2d"), before)
    assert drawn == [("vgg16", 20)]


def test_a_few_products_are_placed_on_the_map_and_many_draw_it_anew(folder, kept, embedded, drawn):
    again(folder, with_maps=True)
    found = open_catalogue("shop")
    before = dict(zip(found.products["id"], found.map("vgg16", "2d"), strict=True))
    add_row(folder, "099")
    again(folder, with_maps=True)
    found = open_catalogue("shop")
    places = dict(zip(found.products["id"], found.map("vgg16", "2d"), strict=True))
    assert drawn == [("vgg16", 20)]
    assert all(np.array_equal(places[product_id], place) for product_id, place in before.items())
    assert np.isfinite(places["099"]).all()
    add_row(folder, "098")
    again(folder, with_maps=True)
    assert drawn == [("vgg16", 20), ("vgg16", 22)]
    holds(folder)


def test_a_product_that_is_added_while_maps_are_drawn_stays(folder, kept, embedded, monkeypatch):
    def draw(vectors, classes, title, bar):
        if len(vectors) == 20:
            add_row(folder, "200")
            again(folder)
        places = np.random.default_rng(0).normal(size=(len(vectors), 3)).astype(np.float32)
        return {"2d": places[:, :2].copy(), "3d": places, "trust": np.ones(len(vectors), np.float32)}

    monkeypatch.setattr(build, "draw_maps", draw)
    again(folder, with_maps=True)
    found = holds(folder)
    assert "200" in found
    assert found.map("vgg16", "2d").shape == (21, 2)


@pytest.mark.parametrize("stopped_at", [1, 3, 6])
def test_after_a_stop_the_embedded_part_is_kept(folder, kept, embedded, toy_class, monkeypatch, stopped_at):
    monkeypatch.setattr(embed, "CHUNK", 3)
    extract = toy_class.extract

    def stopping(self, pictures):
        if len(embedded) == stopped_at:
            raise KeyboardInterrupt
        return extract(self, pictures)

    with monkeypatch.context() as patch:
        patch.setattr(toy_class, "extract", stopping)
        with pytest.raises(KeyboardInterrupt):
            again(folder)
    assert not artifacts.catalogue_dir("shop").exists()
    (folder / "images" / "100.jpg").write_bytes(picture())  # changed since then
    add_row(folder, "099")
    del embedded[:]
    report = again(folder)
    assert report.n_resumed == 3 * stopped_at - 1
    assert sum(embedded) == 20 - 3 * stopped_at + 1
    assert any(line.startswith("Went on after a stop: ") for line in report.summary())
    holds(folder)


def test_what_was_embedded_by_other_weights_before_a_stop_is_not_taken(
    folder, kept, embedded, weights, toy_class, monkeypatch
):
    monkeypatch.setattr(embed, "CHUNK", 3)
    with monkeypatch.context() as patch:
        patch.setattr("core.indexing.build.write_products", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            again(folder)
    weights["vgg16"] = "v2"
    del embedded[:]
    assert again(folder).n_resumed == 0
    assert sum(embedded) == 20
    holds(folder)


def test_a_picture_that_vanishes_while_it_is_read_keeps_its_product(folder, kept, embedded, monkeypatch):
    again(folder)
    before = open_catalogue("shop").gallery.vectors("vgg16", ["100"])
    read_content = embed.read_content

    def vanishing(path):
        if path.name in ("100.jpg", "200.jpg"):
            raise ImageError(f"{path.name} is not there, expected a picture: check the path.")
        return read_content(path)

    monkeypatch.setattr(embed, "read_content", vanishing)
    add_row(folder, "200")
    report = again(folder)
    assert list(report.kept_before) == ["100"]
    assert list(report.unreadable) == ["200"]
    assert any(
        "Kept as it was before" in line and "100.jpg is not there" in line for line in report.summary()
    )
    assert np.array_equal(open_catalogue("shop").gallery.vectors("vgg16", ["100"]), before)
    holds(folder)
    assert report.changes.counts() == {"new": 0, "changed": 0, "gone": 0, "unchanged": 20}
    assert list(again(folder, allow_loss=True).unreadable) == ["100", "200"]


def test_a_column_that_the_table_loses_keeps_its_values(folder, kept, embedded):
    again(folder)
    table = (folder / "styles.csv").read_text()
    (folder / "styles.csv").write_text(table.replace("baseColour", "shade", 1))
    add_row(folder, "200")
    report = again(folder)
    assert report.kept_columns == {"baseColour": 20}
    assert any("no baseColour any more, 20 products keep theirs" in line for line in report.summary())
    colours = open_catalogue("shop").products["baseColour"].tolist()
    assert colours[:4] == ["Red", "Navy Blue", "Green", "White"]
    assert colours[-1] == ""
    assert again(folder, allow_loss=True).kept_columns == {}
    assert set(open_catalogue("shop").products["baseColour"]) == {""}


def test_a_price_outlives_a_table_without_prices(folder, kept, embedded, toy_products):
    toy_products.to_csv(folder / "styles.csv", index=False)
    again(folder)
    toy_products[list(COLUMNS[:-2])].to_csv(folder / "styles.csv", index=False)
    assert again(folder).kept_columns == {"price": 20, "brandName": 20}
    assert open_catalogue("shop").products["price"].tolist() == toy_products["price"].tolist()


def test_two_processes_do_not_change_one_catalogue_at_once(folder, kept, embedded, monkeypatch):
    monkeypatch.setattr("core.indexing.checkpoint.PATIENCE", 0.2)
    again(folder)

    def meanwhile(vectors, *others):
        with pytest.raises(ArtifactError, match="another process is changing catalogue 'shop'"):
            again(folder)
        return {}

    monkeypatch.setattr(build, "carried_maps", meanwhile)
    again(folder)
    holds(folder)


def test_a_query_that_cannot_be_read_stops_nothing(folder, kept, embedded, caplog):
    (folder / "queries").mkdir()
    (folder / "queries" / "a.jpg").write_bytes(b"no picture")
    (folder / "queries" / "b.jpg").write_bytes(picture())
    again(folder)
    assert [path.name for path in (open_catalogue("shop").folder / "queries").iterdir()] == ["b.jpg"]
    assert "a.jpg" in caplog.text
