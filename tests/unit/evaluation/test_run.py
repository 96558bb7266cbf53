"""What a report says about single products, and what becomes of pictures that cannot be read."""

import json
import logging

import numpy as np
import pytest

from core.errors import TrainingError
from core.evaluation import model_outputs, run
from core.evaluation.classification import classification_figures
from core.evaluation.near_duplicates import near_duplicates_of
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.encode import encode_jpeg
from core.labels import LABELS
from tests.conftest import COLOURS, ToyModel, garment
from tests.near_duplicates import tell_again, tell_nothing


class Biased(ToyModel):
    """Calls every wide garment jeans and the others shirts."""

    def classify(self, pictures):
        probabilities = np.full((len(pictures), len(LABELS)), 0.05, np.float32)
        for row, picture in enumerate(pictures):
            wide = picture[40, 15, 0] < 250
            probabilities[row, LABELS.index("Jeans" if wide else "Shirts")] = 0.8
        return probabilities, np.ones(len(pictures), bool)


@pytest.fixture
def measured(toy_products, monkeypatch):
    products = toy_products.copy()
    products.loc[0, "articleType"] = "Shoes"  # none of the classes, so it is in no cell
    pictures = [garment((200, 30, 40), 10 + 3 * LABELS.index(label)) for label in toy_products["articleType"]]
    given = model_outputs.ModelOutputs("toy", Biased("toy"))
    given.add(pictures[:7])
    given.add(pictures[7:])
    return classification_figures(given, products), products


def test_every_mistake_is_named(measured):
    found, products = measured
    assert found["mistakes"]
    types = dict(zip(products["id"], products["articleType"], strict=True))
    for mistake in found["mistakes"]:
        assert mistake["true"] == types[mistake["id"]]
        assert mistake["predicted"] != mistake["true"]
    assert "100" not in {mistake["id"] for mistake in found["mistakes"]}


def test_the_ids_add_up_to_the_confusion(measured):
    found, _ = measured
    table = np.zeros((5, 5), int)
    for mistake in found["mistakes"]:
        table[LABELS.index(mistake["true"]), LABELS.index(mistake["predicted"])] += 1
    for label, ids in found["right"].items():
        table[LABELS.index(label), LABELS.index(label)] += len(ids)
    assert table.tolist() == found["confusion"]
    assert table.sum() == found["n"] == 19


def test_the_time_a_picture_takes_is_kept(measured):
    found, _ = measured
    assert found["ms_per_picture"] > 0


class Gallery:
    name = "shop"
    extractors = ("vgg16", "colour")

    def __init__(self, stale=()):
        self._stale = stale

    def stale(self, name):
        return f"{name} embeddings of shop are stale" if name in self._stale else None


def test_descriptors_are_measured_beside_the_models_as_far_as_indexed(caplog):
    assert run._searched(Gallery(), ("vgg16", "vgg19", "vae")) == ["vgg16", "colour"]
    assert "no embeddings of vae" in caplog.text
    assert run._searched(Gallery(), ("vgg19",)) == ["colour"]
    assert run._searched(None, ("vgg16",)) == []


def test_stale_embeddings_are_not_measured():
    with pytest.raises(TrainingError, match="vgg16 embeddings of shop are stale"):
        run._searched(Gallery(stale=("vgg16",)), ("vgg16",))


def no_bar(title, total):
    return lambda n, loss: None


@pytest.fixture
def data(tmp_path, toy_products):
    """Give a folder of 20 products in Kaggle's layout, and one of photographs."""
    folder, photos = tmp_path / "data", tmp_path / "photos"
    (folder / "images").mkdir(parents=True)
    toy_products.drop(columns=["price", "brandName"]).to_csv(folder / "styles.csv", index=False)
    for row in toy_products.itertuples():
        picture = garment(COLOURS[row.baseColour], 10 + 3 * LABELS.index(row.articleType))
        (folder / "images" / f"{row.id}.jpg").write_bytes(encode_jpeg(picture))
    for kind in ("jeans", "shirt", "shoes"):
        (photos / kind).mkdir(parents=True)
        for number in range(2):
            (photos / kind / f"{number}.jpg").write_bytes(encode_jpeg(garment((20, 30, 90), 12 + number)))
    return folder, photos


@pytest.fixture
def evaluate(toy_catalogue, data, monkeypatch):
    """Measure a toy model on the folders, with the toy catalogue as gallery."""

    def load(name):
        model = Biased(name)
        model.weights_sha256 = "abc"
        return model

    monkeypatch.setattr(run, "available_models", lambda: ("vgg16",))
    monkeypatch.setattr(run, "load_model", load)
    monkeypatch.setattr(model_outputs, "CHUNK", 3)  # so that broken pictures lie in several chunks

    def measure(**changed):
        options = {"split": "all", "photos": data[1], "catalogue": "demo", "bar": no_bar} | changed
        result = run.evaluate(data[0], **options)
        for figures in result["classification"].values():
            figures.pop("ms_per_picture", None)
        return result

    return measure


def test_without_an_unreadable_picture_none_is_counted(evaluate):
    result = evaluate()
    nothing = {"n": 0, "names": []}
    assert result["unreadable"] == {"products": nothing, "photos": nothing}
    assert result["measured_on"]["n_products"] == result["classification"]["vgg16"]["n"] == 20
    assert result["retrieval"]["vgg16"]["n_queries"] == 20
    assert result["photo_retrieval"]["vgg16"]["n_queries"] == 4
    json.dumps(result, allow_nan=False)


def test_an_unreadable_picture_is_named_counted_and_left_out(evaluate, data, caplog):
    folder, photos = data
    # What is measured must be the same as where these pictures were never there.
    broken = [folder / "images" / "101.jpg", folder / "images" / "112.jpg", folder / "images" / "143.jpg"]
    broken += [photos / "shirt" / "0.jpg", photos / "shoes" / "1.jpg"]
    kept = {path: path.read_bytes() for path in broken}
    for path in broken:
        path.unlink()
    expected = evaluate()
    for path, content in kept.items():
        path.write_bytes(content[:300] if path.stem == "143" else b"no picture")
    with caplog.at_level(logging.WARNING, "core.evaluation"):
        result = evaluate()
    assert result["unreadable"] == {
        "products": {"n": 3, "names": ["101", "112", "143"]},
        "photos": {"n": 2, "names": ["shirt/0.jpg", "shoes/1.jpg"]},
    }
    assert result | {"unreadable": None} == expected | {"unreadable": None}
    assert result["measured_on"]["n_products"] == 17
    for name in ("101", "112", "143", "shirt/0.jpg", "shoes/1.jpg"):
        assert f"its picture cannot be read: {name}: " in caplog.text


def test_near_duplicates_are_those_that_the_catalogue_tells(evaluate, toy_catalogue, caplog):
    twin = (toy_catalogue / "images" / "100.jpg").read_bytes()
    (toy_catalogue / "images" / "110.jpg").write_bytes(twin)
    tell_again(toy_catalogue)
    without = evaluate()["retrieval"]["vgg16"]["without_near_duplicates"]
    assert without["n_left_out"] == pytest.approx(2 / 20)
    tell_nothing(toy_catalogue)
    assert "without_near_duplicates" not in evaluate()["retrieval"]["vgg16"]
    assert "No figures without near-duplicates: Near-duplicates of demo were not told" in caplog.text


def test_pictures_that_are_not_of_the_catalogue_are_told_by_the_same_rule(toy_catalogue, data):
    tell_again(toy_catalogue)
    gallery = open_catalogue("demo")
    pictures = data[0] / "images"
    paths = [pictures / "142.jpg", pictures / "142.jpg", pictures / "none.jpg"]
    found = near_duplicates_of(["new", "100", "broken"], paths, gallery)
    assert found == [frozenset({"142"}), frozenset(), frozenset()]


def test_many_unreadable_pictures_do_not_flood_the_log(evaluate, data, caplog):
    for path in sorted((data[0] / "images").iterdir())[:15]:
        path.write_bytes(b"no picture")
    assert evaluate()["unreadable"]["products"]["n"] == 15
    lines = [line for line in caplog.messages if line.startswith("Left out")]
    assert len(lines) == model_outputs.NAMED + 1
    assert lines[-1] == "Left out for the same reason, 5 more: 122, 123, 130, 131, 132."


@pytest.mark.parametrize(("place", "what"), [(0, "20 pictures of products"), (1, "6 .* photographs")])
def test_where_not_one_picture_can_be_read_it_is_said(evaluate, data, place, what):
    for path in data[place].glob("*/*.jpg"):
        path.write_bytes(b"no picture")
    with pytest.raises(TrainingError, match=f"Not one of {what} can be read; .*expected"):
        evaluate()


def test_without_a_readable_photograph_of_a_label_the_others_are_measured(evaluate, data, caplog):
    for kind in ("jeans", "shirt"):
        for path in (data[1] / kind).iterdir():
            path.write_bytes(b"no picture")
    result = evaluate()
    assert result["photo_retrieval"] == {}
    assert result["photos"]["vgg16"]["by_class"]["shoes"]["n"] == 2
    assert "can be read to search with" in caplog.text
