"""What tests share: everything kept in a temporary folder, a toy catalogue, and a model of 16 numbers."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.gallery.milvus.engine_choice import EngineChoice
from core.gallery.near_duplicates import DEFINITION, KeptPairs
from core.imaging.duplicate_search import ROUGH_NUMBERS
from core.imaging.encode import encode_jpeg
from core.imaging.resize import letterbox
from core.indexing.duplicate_upkeep import ToldDuplicates
from core.labels import LABELS
from core.retrieval.encoder import default_encoder
from core.storage import artifacts
from tests.engines import catalogue_written, drop_collections, local_gallery, milvus_gallery
from tests.turning import likely_upright

COLOURS = {"Red": (200, 30, 40), "Navy Blue": (20, 30, 90), "Green": (30, 140, 60), "White": (235, 235, 230)}


class ToyModel:
    """An extractor and classifier of what is left of a picture at 16 numbers; no network behind it."""

    dimension = 16
    labels = LABELS

    def __init__(self, name: str = "vgg16") -> None:
        self.name = name

    def extract(self, pictures) -> np.ndarray:
        grey = [letterbox(picture, 4, 4).mean(axis=2).ravel() - 127 for picture in pictures]
        colour = [np.tile(picture.mean(axis=(0, 1)) - 127, 6)[:16] for picture in pictures]
        vectors = np.array(grey, np.float32).reshape(-1, 16) + 2 * np.array(colour, np.float32).reshape(
            -1, 16
        )
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    def predict(self, pictures) -> np.ndarray:
        return self.classify(pictures)[0]

    def classify(self, pictures) -> tuple[np.ndarray, np.ndarray]:
        probabilities, margins = self.judge(pictures)
        return probabilities, margins >= 0

    def judge(self, pictures) -> tuple[np.ndarray, np.ndarray]:
        """Call everything a shirt, and know it where there is white around it."""
        probabilities = np.tile(np.array([0.05, 0.8, 0.1, 0.03, 0.02], np.float32), (len(pictures), 1))
        known = [picture[0, 0].min() > 200 for picture in pictures]
        return probabilities, np.where(known, 4.0, -4.0).astype(np.float32)

    def upright(self, pictures) -> np.ndarray:
        """Take every picture for upright."""
        return np.ones(len(pictures), np.float32)


def garment(colour: tuple[int, int, int], wide: int) -> np.ndarray:
    """Draw a block of colour on white: enough for the toy model to tell garments apart."""
    picture = np.full((80, 60, 3), 255, np.uint8)
    picture[10:70, 30 - wide : 30 + wide] = colour
    return picture


@pytest.fixture
def kept(tmp_path, monkeypatch) -> Path:
    """Give the folder that stands for `artifacts/`, empty."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    default_encoder.cache_clear()  # models of another folder
    return tmp_path / "artifacts"


@pytest.fixture(scope="session")
def milvus_lite(tmp_path_factory) -> EngineChoice:
    """Give the embedded engine, in a folder of its own."""
    return EngineChoice("milvus", str(tmp_path_factory.mktemp("milvus") / "tests.db"))


@pytest.fixture
def engine() -> str:
    """Name what searches: to be parametrised where tests hold for every engine."""
    return "local"


@pytest.fixture
def engine_choice(engine, request) -> EngineChoice | None:
    """Give the embedded engine, emptied afterwards, or None for the one of this process."""
    if engine == "local":
        yield None
        return
    choice = request.getfixturevalue("milvus_lite")
    yield choice
    drop_collections(choice)


@pytest.fixture
def make_gallery(engine_choice):
    """Give a function from products and vectors by extractor to the gallery of this engine."""
    return local_gallery if engine_choice is None else partial(milvus_gallery, engine_choice)


@pytest.fixture
def toy_products() -> pd.DataFrame:
    """Give 20 products: four colours of each class."""
    rows = [
        {
            "id": str(100 + 10 * number + place),
            "gender": "Women",
            "masterCategory": "Apparel",
            "subCategory": "Topwear",
            "articleType": label,
            "baseColour": colour,
            "season": "Summer",
            "year": "2012",
            "usage": "Casual",
            "productDisplayName": f"Loom *{colour}* {label[:-1]}",
            "price": 499.0 + number,
            "brandName": "Loom",
        }
        for number, label in enumerate(LABELS)
        for place, colour in enumerate(COLOURS)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def toy_catalogue(kept, toy_products, engine_choice) -> Path:
    """Give the folder of an indexed catalogue called `demo`, with a ready-made query."""
    pictures = [
        garment(COLOURS[colour], 10 + 3 * LABELS.index(label))
        for label, colour in zip(toy_products["articleType"], toy_products["baseColour"], strict=True)
    ]
    vectors = {"vgg16": ToyModel().extract(pictures)}
    with catalogue_written("demo", toy_products, vectors, engine_choice) as work:
        for folder in ("images", "queries"):
            (work / folder).mkdir()
        for product_id, picture in zip(toy_products["id"], pictures, strict=True):
            (work / "images" / f"{product_id}.jpg").write_bytes(encode_jpeg(picture))
        (work / "queries" / "red.jpg").write_bytes(encode_jpeg(garment(COLOURS["Red"], 16)))
        # No two of them are near-duplicates; a test that makes some has them told again.
        rough = np.full((len(pictures), ROUGH_NUMBERS), np.nan, np.float16)
        ToldDuplicates(KeptPairs(DEFINITION, [], []), rough).write(work)
    return artifacts.catalogue_dir("demo")


@pytest.fixture
def knows_upright(monkeypatch) -> None:
    """Have the toy model tell by a bright corner which way up a picture is."""
    monkeypatch.setattr(ToyModel, "upright", lambda self, pictures: [likely_upright(p) for p in pictures])


@pytest.fixture
def toy_models(monkeypatch):
    """Put toy models in place of all real ones; gives the names in the order they were asked for."""
    asked = []

    def load(name: str) -> ToyModel:
        asked.append(name)
        return ToyModel(name)

    monkeypatch.setattr("core.models.load_model", load)
    return asked
