import json

import numpy as np
import pandas as pd
import pytest

from core.catalogue.kaggle import COLUMNS
from core.descriptors import DESCRIPTORS, load_descriptor
from core.descriptors.colour import Colour
from core.errors import ArtifactError, CatalogueError, ModelError
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image, read_info
from core.imaging.encode import encode_jpeg
from core.indexing import build, embed
from core.storage import artifacts
from tests.conftest import garment


def no_bar(title, total):
    return lambda n, loss: None


def test_row_by_row_the_same_though_pictures_are_unreadable(folder, kept, toy_class, monkeypatch):
    monkeypatch.setattr(embed, "CHUNK", 3)  # so that broken pictures lie in several chunks
    (folder / "images" / "101.jpg").write_bytes(b"no picture")
    (folder / "images" / "143.jpg").write_bytes((folder / "images" / "143.jpg").read_bytes()[:400])
    (folder / "images" / "112.jpg").unlink()
    report = build.index(folder, "shop", extractors=["vgg16", "vae"], with_maps=False, bar=no_bar)
    found = open_catalogue("shop")
    assert list(report.unreadable) == ["101", "143"]
    assert report.read.missing_images == ("112",)
    assert report.n_products == len(found) == 17
    assert found.extractors == ("vgg16", "vae")
    for product_id in found.products["id"]:
        (expected,) = toy_class().extract([read_image(folder / "images" / f"{product_id}.jpg")])
        assert np.allclose(found.gallery.vectors("vgg16", [product_id])[0], expected, atol=1e-6)
        assert found.image_path(product_id).is_file()
    assert {path.stem for path in found.images_dir.iterdir()} == set(found.products["id"])
    lines = report.summary()
    assert any("101" in line and "cannot be read" in line for line in lines)
    assert lines[-1].startswith("Indexed 17 products by vgg16, vae: ")


def test_what_is_kept_describes_itself(folder, kept, toy_class, monkeypatch):
    monkeypatch.setattr(toy_class, "weights_sha256", "abc", raising=False)
    build.index(folder, "shop", extractors=["vgg16"], with_maps=False, notes={"drawn": {"seed": 1}})
    manifest = artifacts.read_manifest(kept / "catalogues" / "shop")
    assert manifest["embeddings"] == {"vgg16": {"weights": "abc", "dimension": 16}}
    assert manifest["source"] == "shop"
    assert manifest["n_products"] == 20
    assert manifest["drawn"] == {"seed": 1}
    assert manifest["read"]["n_rows"] == 20
    assert manifest["labels"] == list(toy_class.labels)
    assert str(folder.parent) not in json.dumps(manifest)
    assert artifacts.verify_folder(kept / "catalogues" / "shop") == []


def test_the_table_keeps_every_column_and_odd_cells(folder, kept, toy_models):
    path = folder / "styles.csv"
    path.write_text(path.read_text().replace("Loom *Red* Tshirt", '"A ""tee"", red; é"').replace("2012", ""))
    build.index(folder, "shop", extractors=["vgg16"], with_maps=False)
    header = (kept / "catalogues" / "shop" / "products.csv").read_text().splitlines()[0]
    assert header == ",".join(COLUMNS)
    products = open_catalogue("shop").products
    assert products["productDisplayName"].iloc[0] == 'A "tee", red; é'
    assert set(products["year"]) == {""}
    assert products["price"].isna().all()
    assert pd.read_csv(folder / "styles.csv").shape[0] == len(products)


def test_maps_are_drawn_unless_told_otherwise(folder, kept, toy_models):
    bars = []

    def bar(title, total):
        done = [title, total]
        bars.append(done)
        return lambda n, loss: done.__setitem__(1, done[1] - n)

    build.index(folder, "shop", extractors=["vgg16"], bar=bar)
    found = open_catalogue("shop")
    assert found.map("vgg16", "2d").shape == (20, 2)
    assert found.map("vgg16", "3d").shape == (20, 3)
    assert found.map("vgg16", "trust").shape == (20,)
    assert bars == [
        ["indexing products", 0],
        ["looking for near-duplicates", 0],
        ["comparing pictures", 0],
        ["drawing maps by vgg16", 0],
    ]
    build.index(folder, "shop", extractors=["vgg16"], with_maps=False, force=True)
    assert open_catalogue("shop").map("vgg16", "2d") is None


def with_segment(content: bytes, marker: int, payload: bytes) -> bytes:
    """Put an application's segment behind the header, as cameras and editors do."""
    header = 4 + int.from_bytes(content[4:6], "big") - 2 + 2
    segment = bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload
    return content[:header] + segment + content[header:]


GPS = b"<exif:GPSLatitude>52,31.2N</exif:GPSLatitude>"


@pytest.mark.parametrize(
    "change",
    [
        lambda content: with_segment(content, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + GPS),
        lambda content: with_segment(content, 0xED, b"Photoshop 3.0\0" + GPS),
        lambda content: with_segment(content, 0xFE, GPS),
        lambda content: with_segment(
            with_segment(content, 0xE1, b"Exif\0\0" + GPS), 0xE2, b"ICC_PROFILE\0\1\1" + b"0" * 65_000
        ),
        lambda content: content + GPS,
    ],
    ids=["XMP", "Photoshop", "comment", "EXIF after a large profile", "after the end"],
)
def test_no_metadata_of_a_picture_is_kept(folder, kept, toy_models, change):
    plain = (folder / "images" / "101.jpg").read_bytes()
    private = change(plain)
    assert GPS in private
    (folder / "images" / "101.jpg").write_bytes(private)
    (folder / "queries").mkdir()
    (folder / "queries" / "a.jpg").write_bytes(private)
    report = build.index(folder, "shop", extractors=["vgg16"], with_maps=False)
    assert not report.unreadable
    for path in (
        open_catalogue("shop").image_path("101"),
        open_catalogue("shop").folder / "queries" / "a.jpg",
    ):
        assert GPS not in path.read_bytes()
        assert read_info(path).format == "JPEG"
        assert np.abs(read_image(path).astype(int) - read_image(folder / "images" / "101.jpg")).mean() < 3


def test_ready_made_queries_come_along(folder, kept, toy_models):
    (folder / "queries").mkdir()
    (folder / "queries" / "1-a-shirt.jpg").write_bytes(encode_jpeg(garment((9, 9, 9), 20)))
    (folder / "queries" / "notes.txt").write_text("no query")
    build.index(folder, "shop", extractors=["vgg16"], with_maps=False)
    queries = open_catalogue("shop").folder / "queries"
    assert [path.name for path in queries.iterdir()] == ["1-a-shirt.jpg"]


def test_a_taken_name_is_refused_before_any_work(folder, toy_catalogue, toy_models):
    before = (toy_catalogue / "manifest.json").read_bytes()
    with pytest.raises(ArtifactError, match="'demo' exists already; replace it with --force"):
        build.index(folder, "demo", extractors=["vgg16"])
    assert toy_models == []
    build.index(folder, "demo", extractors=["vgg16"], with_maps=False, force=True)
    assert (toy_catalogue / "manifest.json").read_bytes() != before


def test_an_interruption_leaves_the_previous_catalogue(folder, toy_catalogue, toy_class, monkeypatch):
    before = (toy_catalogue / "manifest.json").read_bytes()

    def interrupted(self, pictures):
        raise KeyboardInterrupt

    monkeypatch.setattr(toy_class, "extract", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build.index(folder, "demo", extractors=["vgg16"], force=True)
    assert (toy_catalogue / "manifest.json").read_bytes() == before
    assert [path.name for path in toy_catalogue.parent.iterdir()] == ["demo"]
    assert artifacts.verify_folder(toy_catalogue) == []


@pytest.mark.parametrize("answer", [np.full((20, 16), np.nan), np.ones((20, 15)), np.ones((19, 16))])
def test_an_extractor_that_answers_nonsense_is_refused(folder, kept, toy_class, monkeypatch, answer):
    monkeypatch.setattr(toy_class, "extract", lambda self, pictures: answer)
    with pytest.raises(ModelError, match="vgg16 answered 20 pictures"):
        build.index(folder, "shop", extractors=["vgg16"])
    assert list((kept / "catalogues").iterdir()) == []


def test_without_a_readable_picture_there_is_no_catalogue(folder, kept, toy_models):
    for path in (folder / "images").iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(CatalogueError, match="Not one of 20 pictures can be read"):
        build.index(folder, "shop", extractors=["vgg16"])


def test_without_models_the_descriptors_make_a_catalogue_searchable(folder, kept):
    report = build.index(folder, "shop")
    found = open_catalogue("shop")
    assert found.extractors == report.extractors == DESCRIPTORS
    assert [found.gallery.dimension(name) for name in DESCRIPTORS] == [
        load_descriptor(name).dimension for name in DESCRIPTORS
    ]
    assert found.map("colour", "2d") is None
    assert report.summary()[-2].startswith("No model is trained yet")


def test_models_that_were_not_chosen_are_not_called_untrained(folder, kept, monkeypatch):
    monkeypatch.setattr(build, "available_extractors", lambda: ("vgg16", "vae", "colour"))
    summary = build.index(folder, "shop", extractors=["colour"], with_maps=False).summary()
    assert not any("No model is trained" in line for line in summary)
    assert summary[-2].startswith("No learned extractor was chosen")
    assert "for vgg16, vae." in summary[-2]


def test_a_picture_that_lacks_its_end_keeps_its_product(folder, kept, toy_models):
    path = folder / "images" / "101.jpg"
    whole = path.read_bytes()
    path.write_bytes(whole[:-2])
    report = build.index(folder, "shop", extractors=["vgg16"], with_maps=False)
    assert report.n_products == 20
    assert report.read.incomplete_pictures == ("101",)
    kept_picture = open_catalogue("shop").image_path("101")
    assert kept_picture.read_bytes().endswith(b"\xff\xd9")
    assert np.abs(read_image(kept_picture).astype(int) - read_image(whole)).mean() < 3


def test_ids_spelled_otherwise_are_kept_by_their_pictures(folder, kept, toy_models):
    table = pd.read_csv(folder / "styles.csv", dtype=str)
    table.assign(id="A/" + table["id"] + ".0").to_csv(folder / "styles.csv", index=False)
    for path in (folder / "images").iterdir():
        path.rename(path.with_name(f"a_{path.stem}_0.jpg"))
    build.index(folder, "shop", extractors=["vgg16"], with_maps=False)
    found = open_catalogue("shop")
    assert found.products["id"].tolist() == [f"a_{product_id}_0" for product_id in table["id"]]
    assert all(found.image_path(product_id).is_file() for product_id in found.products["id"])


def test_vectors_of_an_older_descriptor_are_stale(folder, kept, monkeypatch):
    build.index(folder, "shop", extractors=["colour"], with_maps=False)
    assert open_catalogue("shop").stale("colour") is None
    monkeypatch.setattr(Colour, "version", "colour-of-tomorrow")
    assert "colour embeddings of shop are stale" in open_catalogue("shop").stale("colour")


def test_what_only_classifies_cannot_index(folder, kept):
    with pytest.raises(ModelError, match="'vgg19' classifies and does not extract"):
        build.index(folder, "shop", extractors=["vgg19"])
