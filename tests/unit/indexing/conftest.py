"""A folder of products, and models of 16 numbers whose weights are known, so that vectors can be stale."""

import numpy as np
import pytest

from core import models
from core.imaging.encode import encode_jpeg
from tests.conftest import COLOURS, garment


@pytest.fixture
def folder(tmp_path, toy_products):
    """Give a folder in Kaggle's layout, its products without price and brand."""
    data = tmp_path / "shop"
    (data / "images").mkdir(parents=True)
    toy_products.drop(columns=["price", "brandName"]).to_csv(data / "styles.csv", index=False)
    for row in toy_products.itertuples():
        # No two alike: they are told apart by content.
        picture = garment(COLOURS[row.baseColour], 10 + int(row.id) % 9)
        picture[0, 0] = int(row.id)
        (data / "images" / f"{row.id}.jpg").write_bytes(encode_jpeg(picture))
    return data


@pytest.fixture
def toy_class(toy_models):
    """Give the class of the models that stand in for real ones, to be changed by a test."""
    found = type(models.load_model("any"))
    toy_models.clear()
    return found


@pytest.fixture
def weights(monkeypatch):
    """Give the weights at hand by extractor, to be changed by a test."""
    at_hand = {"vgg16": "v1", "vae": "v1"}
    for module in ("build", "edit", "parts"):
        monkeypatch.setattr(f"core.indexing.{module}.weights_at_hand", at_hand.get)
    return at_hand


@pytest.fixture
def embedded(toy_class, weights, monkeypatch):
    """Give the list of how many pictures each call of an extractor embedded."""
    counts: list[int] = []
    extract = toy_class.extract

    def counted(self, pictures) -> np.ndarray:
        counts.append(len(pictures))
        return extract(self, pictures)

    monkeypatch.setattr(toy_class, "extract", counted)
    return counts
