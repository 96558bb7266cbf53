"""Upright pictures are told from turned ones, and nothing else in the network changes."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from types import SimpleNamespace

import keras
import numpy as np

from core.models.vgg import build_vgg
from core.training.upright import fit_upright


def pictures(n, seed):
    """Draw skies over grounds."""
    generator = np.random.default_rng(seed)
    drawn = np.empty((n, 40, 30, 3), np.uint8)
    for each in drawn:
        each[:20] = generator.integers(180, 256, 3)
        each[20:] = generator.integers(0, 70, 3)
    return drawn


def source(kind, n, seed):
    return SimpleNamespace(kind=kind, pixels=pictures(n, seed))


def test_upright_is_learned_from_what_stands_and_what_was_turned():
    keras.utils.set_random_seed(1)
    network = build_vgg(16, height=32, width=32, names=(2, 3, 8))
    before = {layer.name: layer.get_weights() for layer in network.layers}
    data = SimpleNamespace(
        training=[(source("products", 60, 1), 0.5), (source("renders", 4, 2), 0.5)],
        validation=[source("products", 40, 3)],
        streets=list(pictures(10, 4)),
    )
    figures = fit_upright(network, data)
    assert figures["products"]["n"] == 80
    assert figures["products"]["auc"] > 0.6
    assert np.any(network.get_layer("upright").get_weights()[0] != before["upright"][0])
    for name, weights in before.items():
        if name != "upright":
            for was, now in zip(weights, network.get_layer(name).get_weights(), strict=True):
                np.testing.assert_array_equal(was, now)
