"""A score split over places adds up to the score, and looks where the pictures are alike."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from core.descriptors import DESCRIPTORS, load_descriptor
from core.errors import ModelError
from core.explain.descriptor_scores import descriptor_scores
from core.explain.heatmap import heat_above_mean, overlay_cells
from core.explain.similarity_map import similarity_map
from core.imaging.resize import letterbox_batch
from core.models.names import WEIGHTS
from core.models.serving.keras_network import KerasNetwork
from core.models.serving.network import ModelFolder
from core.models.serving.onnx_graph import save_graph
from core.models.serving.onnx_network import OnnxNetwork
from core.models.vgg import build_vgg
from core.storage.checksums import sha256
from core.training.model_export import save_float16


class Model:
    """A network behind what answers for it, as a `LoadedModel` has it."""

    name = "vgg16"

    def __init__(self, network, answers):
        self.network, self.answers = network, answers
        self.input_size = answers.input_size

    def score_places(self, pictures):
        return self.answers.score_places(letterbox_batch(pictures, *self.input_size))


@pytest.fixture(scope="module", params=["keras", "onnx"])
def model(request, tmp_path_factory):
    keras.utils.set_random_seed(4)
    network = build_vgg(16, names=(7, 4, 3))
    rng = np.random.default_rng(5)
    for part, count in (("kind", 7), ("colour", 4), ("look", 3)):
        drawing = network.get_layer(f"{part}_drawn")
        vectors = rng.normal(size=(count, drawing.vectors.shape[1]))
        drawing.vectors.assign(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
        drawing.strength.assign(0.5)
    for layer in network.layers:  # trained networks have biases, which belong to no place
        if hasattr(layer, "bias") and layer.bias is not None:
            layer.bias.assign(rng.normal(0, 0.05, layer.bias.shape))
    network.get_layer("embedding").share.assign((0.5, 0.3, 0.2))
    weights = tmp_path_factory.mktemp("vgg16") / WEIGHTS
    save_float16(network, weights)
    served = KerasNetwork("vgg16", (7, 4, 3), weights)
    if request.param == "keras":
        return Model(served.model, served)
    save_graph(served.model, weights, ("embedding",), mirrored=True, explained="score")
    folder = ModelFolder("vgg16", weights.parent, sha256(weights), has_graph=True)
    return Model(served.model, OnnxNetwork(folder))


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(6)
    query = np.full((80, 60, 3), 255, np.uint8)
    query[20:70, 15:45] = rng.integers(0, 200, (50, 30, 3))
    hit = np.full((90, 120, 3), 255, np.uint8)
    hit[30:80, 40:70] = query[20:70, 15:45]
    return query, hit


def both_ways(pictures) -> np.ndarray:
    """Stack pictures as the network sees them, then their mirror images."""
    seen = letterbox_batch(pictures, 80, 60).astype(np.float32)
    return np.concatenate([seen, seen[:, :, ::-1]])


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_contributions_of_either_picture_add_up_to_the_score(model, pictures):
    match = similarity_map(model, *pictures)
    layers = ("embedding", "kind_drawn", "colour_drawn", "look_drawn")
    inside = keras.Model(model.network.input, [model.network.get_layer(name).output for name in layers])
    answers = [np.asarray(rows) for rows in inside(both_ways(pictures), training=False)]
    cosine = {
        name: float(np.dot(*unit(rows[:2] + rows[2:]))) for name, rows in zip(layers, answers, strict=True)
    }
    assert match.score == pytest.approx(cosine["embedding"], abs=1e-4)
    assert list(match.parts) == ["kind", "colour", "look"]
    for part, found in match.parts.items():
        assert found == pytest.approx(cosine[f"{part}_drawn"], abs=1e-4)
    for cells in (match.query_cells, match.hit_cells):
        assert cells.shape == (10, 7)
        assert cells.std() > 1e-4
        assert cells.sum() == pytest.approx(match.score, abs=1e-4)


def test_a_mirrored_picture_matches_in_the_mirrored_places(model, pictures):
    query, hit = pictures
    match, mirrored = (similarity_map(model, way, hit) for way in (query, query[:, ::-1]))
    assert mirrored.score == pytest.approx(match.score, abs=1e-5)
    np.testing.assert_allclose(mirrored.query_cells, match.query_cells[:, ::-1], atol=1e-5)
    np.testing.assert_allclose(mirrored.hit_cells, match.hit_cells, atol=1e-5)


def test_a_place_contributes_what_the_score_loses_without_it(model, pictures):
    """Near the picture the network is linear but for rare kinks, so a small loss is proportional."""
    match = similarity_map(model, *pictures)
    network, layer = model.network, match.layer
    assert layer == "block4_conv3_relu"
    parts, shares = ("kind", "colour", "look"), (0.5, 0.3, 0.2)
    seen = ["block2_conv2_relu", "block3_conv3_relu", layer]
    means = [network.get_layer(f"block{block}_features").output for block in (2, 3)]
    tail = keras.Model(
        [*means, network.get_layer(layer).output],
        [network.get_layer(f"{part}_projection").output for part in parts],
    )
    inside = keras.Model(
        network.input, [*(network.get_layer(name).output for name in seen), network.output["embedding"]]
    )
    *activations, embedding = (np.asarray(x) for x in inside(both_ways(pictures)))
    query_length, hit_length = np.linalg.norm(embedding[:2] + embedding[2:], axis=1)
    hit = (embedding[1] + embedding[3]) / hit_length / query_length

    def losses_of(activations):
        """Take a little of each place, lengths and pull being those of the whole, as the split holds them."""

        def answers(*changed):
            early = [each.mean(axis=(1, 2)) for each in changed[:2]]
            return [np.asarray(rows) for rows in tail([*early, changed[2]])]

        whole = answers(*activations)

        def score(*changed):
            total, at = 0.0, 0
            for part, share, rows, held in zip(parts, shares, answers(*changed), whole, strict=True):
                length = np.linalg.norm(held)
                pull = np.asarray(network.get_layer(f"{part}_drawn").pull(held / length))
                drawn = (rows / length + pull) / np.linalg.norm(held / length + pull)
                wide = drawn.shape[1]
                total += np.sqrt(share) * float(drawn[0] @ hit[at : at + wide])
                at += wide
            return total

        losses, dim = np.zeros((10, 7)), 1e-3
        for row, column in np.ndindex(10, 7):
            dimmed = [each.copy() for each in activations]
            for each in dimmed:
                (top, bottom), (left, right) = (
                    (place * side // cells, (place + 1) * side // cells)
                    for place, side, cells in zip((row, column), each.shape[1:], (10, 7), strict=False)
                )
                each[0, top:bottom, left:right] *= 1 - dim
            losses[row, column] = (score(*activations) - score(*dimmed)) / dim
        return losses

    one, other = (losses_of([each[way : way + 1] for each in activations]) for way in (0, 2))
    losses = one + other[:, ::-1]
    even = (match.score - losses.sum()) / losses.size
    np.testing.assert_allclose(match.query_cells, losses + even, atol=0.12 * np.abs(losses).max())


def test_heat_is_what_lies_beyond_an_even_share():
    np.testing.assert_allclose(
        heat_above_mean(np.array([[0.1, 0.1], [0.2, 0.4]])), [[0, 0], [0, 1]], atol=1e-6
    )
    assert not heat_above_mean(np.full((2, 2), 0.25)).any()


def test_a_small_picture_is_enlarged_and_coloured_where_it_counted():
    cells = np.zeros((10, 7))
    cells[2, 3] = 1
    shown = overlay_cells(np.full((80, 60, 3), 128, np.uint8), cells, (80, 60), min_height=160).astype(int)
    assert shown.shape == (160, 120, 3)
    assert np.ptp(shown[40, 60]) > 80  # a warm colour
    assert np.ptp(shown[140, 60]) == 0  # grey


def test_a_picture_matches_itself_wholly(model, pictures):
    match = similarity_map(model, pictures[0], pictures[0])
    assert match.score == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(match.query_cells, match.hit_cells, atol=1e-5)


def test_what_does_not_split_says_so(pictures):
    with pytest.raises(ModelError, match="score of vae does not split over places; take vgg16"):
        similarity_map(SimpleNamespace(name="vae"), *pictures)


def test_descriptors_say_how_alike_in_what():
    red = np.full((80, 60, 3), 255, np.uint8)
    red[20:60, 15:45] = (200, 30, 40)
    blue = np.where((red == 255).all(axis=2, keepdims=True), red, np.array([40, 60, 190], np.uint8))
    scores = descriptor_scores(red, blue)
    assert tuple(scores) == DESCRIPTORS
    assert scores["shape"] > 0.99
    assert scores["texture"] > 0.99
    assert scores["colour"] < 0.05
    rows = load_descriptor("colour").extract([red, blue])
    assert scores["colour"] == pytest.approx(float(rows[0] @ rows[1]), abs=1e-6)
