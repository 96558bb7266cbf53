import os
from types import SimpleNamespace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

from core.errors import ModelError
from core.explain.grad_cam import class_activation_cells, grad_cam
from core.explain.heatmap import overlay_heat, upsample_cells
from core.models.rgb import build_rgb
from core.models.vgg import build_vgg

LABELS = ("left", "right")


def loaded(network, labels=LABELS):
    return SimpleNamespace(name="toy", labels=labels, network=network)


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


def test_cam_by_hand():
    # Weights are the means of the gradients, 2 and -1; cells are 2*1 - 1*0, 2*3 - 1*2, and -4 made 0.
    activations = np.array([[[1.0, 0.0], [3.0, 2.0], [0.0, 4.0]]])
    gradients = np.array([[[1.0, 0.0], [2.0, -1.0], [3.0, -2.0]]])
    np.testing.assert_allclose(class_activation_cells(activations, gradients), [[0.5, 1.0, 0.0]])


def test_what_speaks_against_a_label_leaves_an_empty_map():
    assert not class_activation_cells(np.ones((2, 2, 1)), -np.ones((2, 2, 1))).any()


def test_the_map_is_where_the_picture_is_bright(toy):
    picture = np.zeros((20, 14, 3), np.uint8)
    picture[2:6, 1:5] = 255
    found = grad_cam(loaded(toy), picture, "left")
    assert found.layer == "only_conv_relu"
    assert found.heat.shape == (20, 14)
    assert found.heat[3, 3] == 1.0
    assert found.heat[15, 10] == 0.0
    assert not found.is_empty


def test_a_black_picture_speaks_for_nothing(toy):
    assert grad_cam(loaded(toy), np.zeros((20, 14, 3), np.uint8), "left").is_empty


def test_the_map_fits_a_picture_of_another_shape(toy):
    picture = np.zeros((40, 200, 3), np.uint8)
    picture[:, :100] = 255
    found = grad_cam(loaded(toy), picture, "left")
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
def test_the_map_of_our_networks_has_at_least_ten_by_seven_cells(depth):
    found = grad_cam(loaded(build_vgg(depth)), np.full((90, 70, 3), 120, np.uint8), "right")
    assert found.layer == f"block4_conv{depth // 4 - (depth == 16)}_relu"
    assert found.cells.shape == (10, 7)


def test_the_colours_are_strongest_where_the_map_is():
    picture = np.full((4, 4, 3), 200, np.uint8)
    heat = np.zeros((4, 4), np.float32)
    heat[0, 0] = 1.0
    coloured = overlay_heat(picture, heat).astype(int)
    assert coloured.dtype == int
    assert np.ptp(coloured[0, 0]) > 80
    assert np.ptp(coloured[3, 3]) == 0


@pytest.mark.parametrize(
    ("network", "label", "layer", "said"),
    [
        ("rgb", "left", None, "no convolutions"),
        ("toy", "hat", None, "no label 'hat'"),
        ("toy", "left", "block9", "no layer 'block9'"),
    ],
)
def test_what_cannot_be_explained_is_said(toy, network, label, layer, said):
    network = toy if network == "toy" else build_rgb()
    with pytest.raises(ModelError, match=said):
        grad_cam(loaded(network), np.zeros((8, 6, 3), np.uint8), label, layer=layer)


def test_a_backend_without_these_gradients_is_said(toy, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(ModelError, match="needs gradients from TensorFlow"):
        grad_cam(loaded(toy), np.zeros((8, 6, 3), np.uint8), "left")
