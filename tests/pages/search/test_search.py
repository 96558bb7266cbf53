import json
import struct
import zlib

import numpy as np
import pytest

from core.errors import ModelError
from core.gallery.further.kept import FurtherPictures
from core.imaging.encode import encode_jpeg
from core.indexing.catalogue_folder import write_further_pictures
from core.storage import artifacts
from pages._shared.search import hit_detail
from tests.catalogue_folders import rewritten
from tests.conftest import ToyModel


def shown(page) -> str:
    kinds = ("title", "header", "markdown", "caption", "error", "warning", "info")
    return "\n".join(element.value for kind in kinds for element in page.get(kind))


def button(page, label: str):
    return next(found for found in page.button if found.label == label)


def upload(page, name: str, data: bytes):
    return page.file_uploader[0].set_value((name, data, "image/jpeg")).run()


def photo(colour=(200, 30, 40)) -> bytes:
    picture = np.full((320, 240, 3), 255, np.uint8)
    picture[40:280, 60:180] = colour
    return encode_jpeg(picture)


def hit_lines(page) -> list[str]:
    return [caption.value for caption in page.caption if " · score " in caption.value]


def test_starts_without_loading_a_model(app, toy_catalogue, toy_models):
    page = app().run()
    assert not page.exception
    assert page.title[0].value == "Find clothes that look like your picture"
    assert "of 20 products" in shown(page)
    assert "kept in memory for this visit and let go soon after" in shown(page)
    assert len([b for b in page.button if b.label == "Try it"]) == 1
    assert toy_models == []


def test_an_uploaded_photo_brings_its_nearest_products(app, toy_catalogue, toy_models):
    page = upload(app().run(), "red.jpg", photo())
    assert not page.exception
    lines = hit_lines(page)
    assert [line.split(" · ")[0] for line in lines] == [str(rank) for rank in range(1, 13)]
    scores = [float(line.split("score ")[1]) for line in lines]
    assert scores == sorted(scores, reverse=True)
    assert page.caption[[c.value for c in page.caption].index(lines[0]) + 1].value.startswith("Price ")
    assert "## Shirt, 80 %" in shown(page)
    assert "None of these" not in shown(page)
    assert toy_models == ["vgg16", "vgg19", "rgb"]


def test_what_is_no_garment_is_not_called_one(app, toy_catalogue, toy_models):
    page = upload(app().run(), "dark.jpg", encode_jpeg(np.zeros((80, 60, 3), np.uint8)))
    assert not page.exception
    assert "## None of these classes" in shown(page)
    assert "So say VGG19 and RGB" in shown(page)
    assert "Shirt, 80 %" not in shown(page)
    assert len(hit_lines(page)) == 12


def test_names_from_files_are_shown_as_they_are(app, toy_catalogue, toy_models):
    page = upload(app().run(), "red.jpg", photo())
    assert "Loom \\*Red\\*" in shown(page)


def test_a_ready_made_query_is_one_click(app, toy_catalogue, toy_models):
    page = app().run()
    button(page, "Try it").click().run()
    assert not page.exception
    assert len(hit_lines(page)) == 12
    button(page, "New search").click().run()
    assert page.title[0].value == "Find clothes that look like your picture"


def test_a_product_is_searched_without_an_extractor_and_never_finds_itself(app, toy_catalogue, toy_models):
    page = app().run()
    page.text_input(key="start-words").set_value("navy jean").run()
    button(page, "More like this").click().run()
    assert not page.exception
    assert len(hit_lines(page)) == 12
    assert page.query_params["product"] == "121"
    assert not [b for b in page.button if b.key == "hit-121"]
    assert toy_models == ["vgg19", "rgb"]
    assert "## Jeans" in shown(page)


def test_an_address_can_name_the_product(app, toy_catalogue, toy_models):
    page = app()
    page.query_params["product"] = "121"
    page.run()
    assert not page.exception
    assert len(hit_lines(page)) == 12


def test_an_address_of_a_product_that_is_not_there_says_so(app, toy_catalogue, toy_models):
    page = app()
    page.query_params["product"] = "9"
    page.run()
    assert "demo has no product 9" in page.warning[0].value.replace("\\", "")
    assert page.title[0].value == "Find clothes that look like your picture"
    assert "product" not in page.query_params


def test_score_number_and_grouping_narrow_what_is_shown(app, toy_catalogue, toy_models):
    page = upload(app().run(), "red.jpg", photo())
    before = hit_lines(page)
    page.select_slider(key="top").set_value(6).run()
    assert hit_lines(page) == before[:6]
    page.radio(key="order").set_value("groups").run()
    headings = [m.value for m in page.markdown if m.value.startswith("## ") and " · " in m.value]
    assert headings == ["## Shirts · 4 of 4"]
    assert "5 classes, of 20 products" in shown(page)
    page.slider(key="threshold").set_value(1.0).run()
    assert "No product scores that high" in shown(page)
    assert toy_models == ["vgg16", "vgg19", "rgb"], "options alone must not load a model again"


def test_words_that_no_product_has_are_answered(app, toy_catalogue, toy_models):
    page = app().run()
    page.text_input(key="start-words").set_value("anorak").run()
    assert "No product here has the word “anorak”" in shown(page)
    assert page.title[0].value == "Find clothes that look like your picture"


def bomb() -> bytes:
    """Give a PNG of a few bytes that claims 400 million pixels."""
    head = struct.pack(">II5B", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"not a picture", "is not a picture that is read"),
        (b"<html>", "is a web page"),
        (b"<svg xmlns=", "SVG"),
        (b"%PDF-1.4", "is a PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"II*\x00", "TIFF"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        (b"\xff\xd8\xff", "damaged"),
        (photo()[:2000], "damaged"),
        (bomb(), "million"),
    ],
)
def test_a_bad_upload_is_explained_and_leaves_the_page_usable(app, toy_catalogue, toy_models, data, said):
    page = upload(app().run(), "x.jpg", data)
    assert not page.exception
    assert len(page.error) == 1
    assert said in page.error[0].value.replace("\\", "")
    assert page.title[0].value == "Find clothes that look like your picture"
    assert toy_models == []
    upload(page, "red.jpg", photo())
    assert len(hit_lines(page)) == 12


def test_a_file_of_more_bytes_than_are_read_is_explained(app, toy_catalogue, toy_models, monkeypatch):
    monkeypatch.setattr("core.imaging.decode.MAX_BYTES", 1024)
    page = upload(app().run(), "x.jpg", photo())
    assert not page.exception
    assert "is larger than" in page.error[0].value


def test_a_photo_is_taken_by_camera(app, toy_catalogue, toy_models):
    page = app().run()
    page.get("button_group")[0].set_value("Camera").run()
    assert not page.file_uploader
    page.get("camera_input")[0].set_value(("camera.jpg", photo(), "image/jpeg")).run()
    assert not page.exception
    assert len(hit_lines(page)) == 12


def test_a_product_whose_picture_is_missing_is_explained(app, toy_catalogue, toy_models):
    page = app().run()
    page.text_input(key="start-words").set_value("navy jean").run()
    (toy_catalogue / "images" / "121.jpg").unlink()
    button(page, "More like this").click().run()
    assert not page.exception
    assert "Its picture is missing" in shown(page)
    assert len(hit_lines(page)) == 12


def test_without_a_catalogue_the_command_that_makes_one_is_shown(app, kept):
    page = app().run()
    assert not page.exception
    assert "python -m core index" in page.error[0].value


def test_a_torn_catalogue_is_named(app, toy_catalogue):
    (toy_catalogue / "products.csv").unlink()
    page = app().run()
    assert not page.exception
    assert any("products" in error.value and "missing" in error.value for error in page.error)


def test_a_newer_catalogue_is_refused_by_name(app, toy_catalogue):
    manifest = json.loads((toy_catalogue / "manifest.json").read_text())
    (toy_catalogue / "manifest.json").write_text(json.dumps(manifest | {"schema": 99}))
    page = app().run()
    assert not page.exception
    assert any("newer" in error.value for error in page.error)


def test_a_missing_classifier_leaves_the_hits(app, toy_catalogue, toy_models, monkeypatch):
    from tests.conftest import ToyModel

    def load(name):
        if name == "vgg19":
            raise ModelError(
                "there is no model 'vgg19'; make it with `python -m core train DATA --model vgg19`"
            )
        return ToyModel(name)

    monkeypatch.setattr("core.models.load_model", load)
    page = upload(app().run(), "red.jpg", photo())
    assert not page.exception
    assert len(hit_lines(page)) == 12
    assert "VGG19 is not asked" in page.warning[0].value
    assert "`python -m core train DATA --model vgg19`" in page.warning[0].value


@pytest.mark.parametrize("missing", [("vgg16",), ("vgg16", "vgg19", "rgb")])
def test_a_missing_extractor_is_explained(app, toy_catalogue, monkeypatch, missing):
    from tests.conftest import ToyModel

    def load(name):
        if name in missing:
            raise ModelError(f"there is no model {name!r}")
        return ToyModel(name)

    monkeypatch.setattr("core.models.load_model", load)
    page = upload(app().run(), "red.jpg", photo())
    assert not page.exception
    assert len(page.error) == 1
    assert "there is no model 'vgg16'" in page.error[0].value
    assert ("## Shirt, 80 %" in shown(page)) == ("vgg19" not in missing)
    assert button(page, "New search")


def test_too_little_memory_is_said_instead_of_the_process_dying(
    app, toy_catalogue, toy_models, kept, monkeypatch
):
    (kept / "models" / "vgg16").mkdir(parents=True)
    # Large enough to be refused also where another test has loaded TensorFlow already.
    (kept / "models" / "vgg16" / "model.weights.h5").write_bytes(bytes(8 * 1024**2))
    monkeypatch.setattr("core.models.registry.available_bytes", lambda: 10 * 1024**2)
    page = upload(app().run(), "red.jpg", photo())
    assert "memory is too short for vgg16" in page.error[0].value
    assert "vgg16" not in toy_models


def test_a_search_without_its_class_is_made_again_with_it(app, toy_catalogue, monkeypatch):
    asked = []

    def load(name):
        asked.append(name)
        if name == "vgg19" and asked.count("vgg19") < 4:
            raise ModelError("memory is too short for vgg19")
        return ToyModel(name)

    monkeypatch.setattr("core.models.load_model", load)
    monkeypatch.setattr("core.models.prediction.CONFIDENT_PROBABILITY", 0.8)
    page = upload(app().run(), "red.jpg", photo())
    page.radio(key="order").set_value("class").run()
    page.run()
    assert "## Shirt, 80 %" in shown(page)
    assert "Shirts first, since VGG19 is 80 % sure" in shown(page)


def test_a_product_is_classed_anew_after_its_picture_changed(app, toy_catalogue, toy_models):
    page = app()
    page.query_params["product"] = "121"
    page.run()
    assert "## Jeans" in shown(page)
    assert "So says the catalogue" in shown(page)
    assert "VGG19 and RGB say Shirt" in shown(page)
    kept = {path.name: path.read_bytes() for path in (toy_catalogue / "images").iterdir()}
    files = {name: (toy_catalogue / name).read_bytes() for name in ("products.csv", "embeddings/vgg16.npy")}
    with artifacts.write_folder(toy_catalogue, force=True, manifest={"source": "toy garments"}) as work:
        for name, content in [*files.items(), *((f"images/{name}", data) for name, data in kept.items())]:
            (work / name).parent.mkdir(exist_ok=True)
            (work / name).write_bytes(content)
        (work / "images" / "121.jpg").write_bytes(encode_jpeg(np.zeros((80, 60, 3), np.uint8)))
    page.run()
    assert "VGG19 and RGB say None of these" in shown(page)


def test_a_hit_of_several_pictures_is_opened_with_the_nearest(app, toy_catalogue, toy_models, monkeypatch):
    decoded = np.full((320, 240, 3), 255, np.uint8)
    decoded[40:280, 60:180] = (250, 120, 5)
    with rewritten(toy_catalogue) as work:
        further = FurtherPictures(["121"], [2], ["content"])
        write_further_pictures(work, further, {"vgg16": ToyModel().extract([decoded])})
        (work / further.files()[0]).parent.mkdir(parents=True)
        (work / further.files()[0]).write_bytes(photo((250, 120, 5)))
    page = upload(app().run(), "orange.jpg", photo((250, 120, 5)))
    assert "score 1.000" in hit_lines(page)[0]
    monkeypatch.setattr(hit_detail, "_heat", lambda *of: None)  # what the toy model cannot tell
    shown_pictures = []
    real = hit_detail.cache.picture_data_uri
    monkeypatch.setattr(
        hit_detail.cache, "picture_data_uri", lambda path: shown_pictures.append(path) or real(path)
    )
    page.session_state[hit_detail.OPENED] = "121"
    page.run()
    assert not page.exception
    assert "The nearest of its 2 pictures" in shown(page)
    assert artifacts.catalogue_dir("demo") / further.files()[0] in shown_pictures
    page.session_state[hit_detail.OPENED] = "120"
    page.run()
    assert "The nearest of its" not in shown(page)
