import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

from core.errors import ModelError
from core.explain.grad_cam import grad_cam, positive_cells
from core.explain.heatmap import overlay_heat, upsample_cells
from core.imaging.resize import letterbox_batch
from core.models.names import WEIGHTS
from core.models.rgb import build_rgb
from core.models.serving.keras_gradients import class_cells
from core.models.serving.keras_network import load_network
from core.models.serving.network import ModelFolder
from core.models.serving.onnx_graph import save_graph
from core.models.serving.onnx_network import OnnxNetwork
from core.models.vgg import build_vgg
from core.storage.checksums import sha256
from core.training.model_export import save_float16

LABELS = ("left", "right")


class Loaded:
    """A network behind what answers for it, as a `LoadedModel` has it."""

    name, labels = "toy", LABELS

    def __init__(self, network, answers=None):
        self.network, self.answers = network, answers
        self.input_size = network.input_shape[1:3]

    def class_cells(self, picture):
        pixels = letterbox_batch([picture], *self.input_size)
        return self.answers.class_cells(pixels) if self.answers else class_cells(self.network, pixels)


@pytest.fixture(scope="module")
def toy():
    """Give a network that says "left" for brightness on the left half and "right" on the right half."""
    images = keras.Input((20, 14, 3))
    convolution = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones", name="only_conv")
    x = keras.layers.ReLU(name="only_conv_relu")(convolution(images))
    halves = keras.layers.Dense(2, use_bias=False, name="label")(keras.layers.Flatten()(x))
    network = keras.Model(images, {"label": halves})
    kernel = np.zeros((20, 14, 2), np.float32)
    kernel[:, :7, 0] = kernel[:, 7:, 1] = 1.0
    network.get_layer("label").set_weights([kernel.reshape(-1, 2)])
    network.trainable = False
    return network


def test_cells_are_channels_weighed_by_the_means_of_their_gradients():
    images = keras.Input((1, 3, 2))
    x = keras.layers.Conv2D(2, 1, use_bias=False, name="only_conv")(images)
    logit = keras.layers.Dense(1, use_bias=False, name="label")(keras.layers.Flatten()(x))
    network = keras.Model(images, {"label": logit})
    network.get_layer("only_conv").kernel.assign(np.eye(2).reshape(1, 1, 2, 2))
    network.get_layer("label").kernel.assign(np.array([[1.0], [0.0], [2.0], [-1.0], [3.0], [-2.0]]))
    # Weights are the means of the gradients, 2 and -1; cells are 2*1 - 1*0, 2*3 - 1*2, and -1*4.
    found = class_cells(network, np.array([[[[1, 0], [3, 2], [0, 4]]]], np.uint8))
    assert found.layer == "only_conv"
    np.testing.assert_allclose(found.cells, [[[2.0, 4.0, -4.0]]])
    np.testing.assert_allclose(positive_cells(found.cells[0]), [[0.5, 1.0, 0.0]])


def test_what_speaks_against_a_label_leaves_an_empty_map():
    assert not positive_cells(-np.ones((2, 2))).any()


def test_the_map_is_where_the_picture_is_bright(toy):
    picture = np.zeros((20, 14, 3), np.uint8)
    picture[2:6, 1:5] = 255
    found = grad_cam(Loaded(toy), picture, "left")
    assert found.layer == "only_conv_relu"
    assert found.heat.shape == (20, 14)
    assert found.heat[3, 3] == 1.0
    assert found.heat[15, 10] == 0.0
    assert not found.is_empty


def test_a_black_picture_speaks_for_nothing(toy):
    assert grad_cam(Loaded(toy), np.zeros((20, 14, 3), np.uint8), "left").is_empty


def test_the_map_fits_a_picture_of_another_shape(toy):
    picture = np.zeros((40, 200, 3), np.uint8)
    picture[:, :100] = 255
    found = grad_cam(Loaded(toy), picture, "left")
    assert found.heat.shape == (40, 200)
    assert found.heat[:, :80].min() > 0.9
    assert found.heat[18:22, 120:].max() < 0.1  # nearer the edge the white around it is mixed in


def test_white_that_the_frame_added_is_left_off():
    cells = np.zeros((8, 6), np.float32)
    cells[:2] = cells[-2:] = 1.0  # only where a wide picture has its margins
    assert upsample_cells(cells, (40, 60), (80, 60)).max() < 1.0
    assert upsample_cells(cells, (40, 60), (80, 60))[15:25].max() == 0.0


def test_a_flat_map_stays_flat_at_any_size():
    np.testing.assert_allclose(
        upsample_cells(np.full((5, 3), 0.5, np.float32), (123, 77), (80, 60)), 0.5, atol=1e-6
    )


@pytest.mark.parametrize("depth", [16, 19])
def test_the_map_of_our_networks_has_ten_by_seven_cells(depth):
    found = grad_cam(Loaded(build_vgg(depth)), np.full((90, 70, 3), 120, np.uint8), "right")
    assert found.layer == f"block4_conv{depth // 4 - (depth == 16)}_relu"
    assert found.cells.shape == (10, 7)


def test_a_graph_maps_as_keras_does(tmp_path):
    keras.utils.set_random_seed(3)
    weights = tmp_path / WEIGHTS
    network = build_vgg(19)
    for layer in network.layers:
        if layer.name.startswith("block") and layer.weights:
            layer.bias.assign(np.random.default_rng(1).normal(0, 0.1, layer.bias.shape))
    save_float16(network, weights)
    network = load_network("vgg19", (7, 4, 3), weights)
    save_graph(network, weights, ("label", "known"), mirrored=True, explained="class")
    graph = OnnxNetwork(ModelFolder("vgg19", tmp_path, sha256(weights), has_graph=True))
    picture = np.random.default_rng(2).integers(0, 256, (80, 60, 3), dtype=np.uint8)
    ours, theirs = (Loaded(network, answers).class_cells(picture) for answers in (graph, None))
    assert ours.layer == theirs.layer == "block4_conv4_relu"
    assert ours.cells.shape == theirs.cells.shape == (5, 10, 7)
    assert theirs.cells.std() > 0
    np.testing.assert_allclose(ours.cells, theirs.cells, atol=1e-3 * np.abs(theirs.cells).max())


def test_the_colours_are_strongest_where_the_map_is():
    picture = np.full((4, 4, 3), 200, np.uint8)
    heat = np.zeros((4, 4), np.float32)
    heat[0, 0] = 1.0
    coloured = overlay_heat(picture, heat).astype(int)
    assert coloured.dtype == int
    assert np.ptp(coloured[0, 0]) > 80
    assert np.ptp(coloured[3, 3]) == 0


def test_what_cannot_be_explained_is_said(toy, tmp_path):
    picture = np.zeros((8, 6, 3), np.uint8)
    with pytest.raises(ModelError, match="no convolutions"):
        grad_cam(Loaded(build_rgb()), picture, "left")
    with pytest.raises(ModelError, match="no label 'hat'"):
        grad_cam(Loaded(toy), picture, "hat")
    weights = tmp_path / WEIGHTS
    save_float16(build_rgb(), weights)
    network = load_network("rgb", (7, 4, 3), weights)
    save_graph(network, weights, ("label", "known"), mirrored=True)
    graph = OnnxNetwork(ModelFolder("rgb", tmp_path, sha256(weights), has_graph=True))
    with pytest.raises(ModelError, match="does not say where it looks for a class; take vgg19"):
        grad_cam(Loaded(network, graph), picture, "left")


def test_a_backend_without_these_gradients_is_said(toy, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(ModelError, match="needs gradients from TensorFlow"):
        grad_cam(Loaded(toy), np.zeros((8, 6, 3), np.uint8), "left")
