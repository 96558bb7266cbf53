"""What a report says about single products, so that a figure can be looked into."""

import numpy as np
import pytest

from core.catalogue.kaggle import Catalogue
from core.errors import TrainingError
from core.evaluation import run
from core.labels import LABELS
from tests.conftest import ToyModel, garment


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
    answers = run._Answers("toy", Biased("toy"))
    answers.add(pictures[:7])
    answers.add(pictures[7:])
    catalogue = Catalogue(folder=None, products=products, image_paths=(None,) * 20, report=None)
    return run._classification(answers, catalogue), products


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
