"""Extractors that are compared with ours and made of networks: layers, captions, and the small CNN."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import pytest

from core.errors import ModelError
from core.labels import LABELS
from core.models.compared.captions import PATTERNS, WORDS, Captions, caption_rows, product_captions
from core.models.compared.cnn import FEATURES, build_cnn
from core.models.compared.network_layers import BLOCKS, NETWORK_LAYERS, LayerExtractor
from core.models.extractors import (
    COMPARED_EXTRACTORS,
    EXTRACTORS,
    MADE_OF_MODELS,
    available_extractors,
    table_vectors,
    weights_at_hand,
)
from core.models.registry import ModelRegistry
from core.models.serving.keras_network import KerasNetwork
from core.models.vgg import build_vgg
from core.storage import artifacts
from tests.conftest import garment


class Layers:
    """Stands for a loaded VGG: each block answers numbers of another size."""

    def __init__(self, sha="a"):
        self.weights_sha256 = sha

    def layer_widths(self, layers):
        return tuple(2 for _ in layers)

    def layer_outputs(self, layers, images):
        means = np.array([image.mean(axis=(0, 1))[:2] for image in images], np.float32).reshape(-1, 2)
        return {layer: 10.0**place * means ** (place + 1) for place, layer in enumerate(layers)}


PICTURES = [garment((200, 30, 40), 15), garment((30, 140, 60), 25)]


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


# Layers --------------------------------------------------------------------------------------------------


def test_the_cosine_of_layers_fused_late_is_the_mean_of_theirs():
    one, other = LayerExtractor("vgg16-layers", lambda name: Layers()).extract(PICTURES)
    answers = Layers().layer_outputs(BLOCKS, PICTURES)
    expected = np.mean([np.prod(unit(rows), axis=0).sum() for rows in answers.values()])
    assert one @ other == pytest.approx(expected, abs=1e-6)
    assert np.linalg.norm(one) == pytest.approx(1)


def test_pooled_layers_stand_end_to_end_as_they_are():
    asked = []
    extractor = LayerExtractor("vgg19-pooled", lambda name: asked.append(name) or Layers())
    rows = extractor.extract(PICTURES)
    assert asked == ["vgg19"]
    assert rows.shape == (2, extractor.dimension) == (2, 8)
    np.testing.assert_array_equal(
        rows, np.concatenate(list(Layers().layer_outputs(BLOCKS, PICTURES).values()), 1)
    )
    assert extractor.extract([]).shape == (0, 8)


@pytest.mark.parametrize("name", NETWORK_LAYERS)
def test_the_layers_asked_for_are_in_the_network(name):
    network = build_vgg(int(NETWORK_LAYERS[name].model.removeprefix("vgg")))
    widths = [network.get_layer(layer).output.shape[-1] for layer in NETWORK_LAYERS[name].layers]
    assert widths == [128, 256, 512, 512]


def test_inner_layers_answer_the_mean_of_a_picture_and_its_mirror_image(tmp_path):
    keras.utils.set_random_seed(4)
    whole = build_cnn()
    whole.save_weights(tmp_path / "model.weights.h5")
    network = KerasNetwork("cnn", (), tmp_path / "model.weights.h5")
    pixels = np.random.default_rng(0).integers(0, 256, (2, 80, 60, 3), np.uint8)
    network.add_layers(("dropout", FEATURES))
    found = network.answer(pixels, ("dropout",))["dropout"]
    upright, mirrored = (
        np.asarray(whole(side.astype(np.float32), training=False)[FEATURES])
        for side in (pixels, pixels[:, :, ::-1])
    )
    np.testing.assert_allclose(found, (upright + mirrored) / 2, atol=1e-5)
    assert network.widths["dropout"] == 256
    with pytest.raises(ModelError, match="cnn has no layer 'fc7'"):
        network.add_layers(("fc7",))


def test_the_small_cnn_gives_classes_and_features_from_centred_rgb():
    network = build_cnn()
    images = np.random.default_rng(1).integers(0, 256, (3, 80, 60, 3)).astype(np.float32)
    outputs = network(images, training=False)
    assert {key: tuple(value.shape) for key, value in outputs.items()} == {
        "label": (3, len(LABELS)), "known": (3, 1), "features": (3, 256),
    }  # fmt: skip
    assert float(np.min(outputs["features"])) >= 0
    centred = keras.Model(network.input, network.get_layer("centred").output)
    np.testing.assert_allclose(centred(images), images / 64 - 2, atol=1e-6)
    assert network.count_params() < 1_000_000


# Captions ------------------------------------------------------------------------------------------------


def said(row):
    return [WORDS[place] for place in np.flatnonzero(row)]


def test_a_product_is_what_the_table_says():
    products = pd.DataFrame(
        {
            "articleType": ["T-Shirts", "Casual Shoes", ""],
            "baseColour": ["Navy Blue", "Red", "NA"],
            "productDisplayName": ["Polo striped tee", "Floral shoe", ""],
        }
    )
    assert [said(row) for row in product_captions(products)] == [
        ["Tshirts", "Navy Blue", "striped"],
        ["Red", "floral", "printed"],
        [],
    ]
    (name,) = table_vectors(["cld", "captions", "vgg16"], products)
    assert name == "captions"
    assert table_vectors(["cld"], products) == {}


def models(*, known=True, patterns=None):
    """Load a classifier that calls everything a skirt, and a network that looks at one pixel."""
    classifier = SimpleNamespace(
        weights_sha256="c",
        classify=lambda images: (
            np.tile(np.eye(5, dtype=np.float32)[3], (len(images), 1)),
            np.full(len(images), known),
        ),
    )
    looks = SimpleNamespace(
        weights_sha256="l",
        name_vectors=lambda part: patterns,
        layer_outputs=lambda layers, images: {
            layers[0]: np.array([image[0, 0, :2] / 255 for image in images], np.float32)
        },
    )
    return {"vgg19": classifier, "vgg16": looks}.__getitem__


def test_a_picture_is_said_by_its_class_its_main_colour_and_its_pattern():
    vectors = np.zeros((len(PATTERNS), 2), np.float32)
    vectors[PATTERNS.index("dots")] = (1, 0)
    picture = garment((200, 30, 40), 15)
    picture[0, 0] = (255, 0, 0)
    assert Captions(models(patterns=vectors)).captions([picture]) == [("Skirts", "Red", "dots")]
    assert Captions(models()).captions([picture]) == [("Skirts", "Red")], "weights without that part"
    assert Captions(models(known=False)).captions([picture]) == [("Red",)], "a class that is not known"
    rows = Captions(models()).extract([picture, garment((20, 30, 90), 15)])
    assert [said(row) for row in rows] == [["Skirts", "Red"], ["Skirts", "Navy Blue"]]


def test_captions_are_the_closer_the_more_words_they_share():
    query, near, far = caption_rows(
        [["Skirts", "Red", "dots"], ["skirt", "Red"], ["Jeans", "Red", "striped"]]
    )
    assert (query @ near, query @ far) == (2, 1)


# By name -------------------------------------------------------------------------------------------------


def test_nothing_is_indexed_by_a_compared_extractor_unless_it_is_asked_for(kept):
    assert not set(available_extractors()) & set(COMPARED_EXTRACTORS)
    assert set(COMPARED_EXTRACTORS) < set(EXTRACTORS)
    assert weights_at_hand("cld") == "cld-1"
    assert weights_at_hand("captions") == "captions-1"
    assert weights_at_hand("vgg19-pooled") is weights_at_hand("cnn") is None
    with artifacts.write_folder(artifacts.model_dir("vgg19")) as work:
        (work / "model.weights.h5").write_bytes(b"v")
    assert (
        weights_at_hand("vgg19-pooled") == weights_at_hand("vgg19-pooled") != weights_at_hand("vgg16-layers")
    )


def test_what_is_made_of_models_shares_them_and_follows_them(kept, monkeypatch):
    loaded = []
    monkeypatch.setattr(
        "core.models.load_model", lambda name: loaded.append(name) or Layers(f"{name}-{len(loaded)}")
    )
    registry = ModelRegistry()
    first = registry.extractor("vgg16-layers")
    assert registry.extractor("vgg16-layers") is first
    registry.get("vgg16")
    assert loaded == ["vgg16"]
    with artifacts.write_folder(artifacts.model_dir("vgg16")) as work:
        (work / "model.weights.h5").write_bytes(b"new")
    assert registry.extractor("vgg16-layers") is not first
    assert loaded == ["vgg16", "vgg16"]
    assert "vgg16-layers" in MADE_OF_MODELS
