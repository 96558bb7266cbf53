"""The losses, computed by hand, and the training model that has them."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

from core.models.layers import UnitLength
from core.models.vgg import build_vgg
from core.training.data.sources import Vocabulary
from core.training.losses import (
    LOSSES,
    any_of_cross_entropy,
    build_training_model,
    known_cross_entropy,
    smoothed_cross_entropy,
)
from core.training.schedule import LOSS_WEIGHTS

VOCABULARY = Vocabulary(("Jeans", "Shirts"), ("Blue", "Red", "White"))


def test_every_loss_has_a_weight():
    assert set(LOSSES) == set(LOSS_WEIGHTS)


def test_what_is_unlabelled_costs_nothing():
    logits = np.array([[2.0, 0.0, 0.0, 0.0, 0.0]], np.float32)
    nothing = np.zeros((1, 5), np.float32)
    assert float(smoothed_cross_entropy(nothing, logits)[0]) == 0
    assert float(any_of_cross_entropy(nothing, logits)[0]) == 0
    assert float(known_cross_entropy(np.array([[-1.0]]), np.array([[3.0]], np.float32))[0]) == 0


def test_losses_by_hand():
    logits = np.log(np.array([[0.5, 0.3, 0.2]], np.float32))
    either = np.array([[1.0, 1.0, 0.0]], np.float32)
    assert float(any_of_cross_entropy(either, logits)[0]) == pytest.approx(-np.log(0.8), abs=1e-5)
    assert float(known_cross_entropy(np.array([[1.0]]), np.array([[0.0]], np.float32))[0]) == pytest.approx(
        np.log(2), abs=1e-5
    )
    uniform = np.zeros((1, 5), np.float32)
    target = np.eye(5, dtype=np.float32)[:1]
    assert float(smoothed_cross_entropy(target, uniform)[0]) == pytest.approx(np.log(5), abs=1e-5)


def test_a_network_that_was_trained_before_goes_on_with_its_prototypes():
    network = build_vgg(16, height=32, width=32, names=(2, 3, 8))
    prototypes = np.random.default_rng(0).normal(size=(2, 96)).astype(np.float32)
    network.get_layer("kind_drawn").vectors.assign(prototypes)
    training_model = build_training_model(network, VOCABULARY, (32, 32, 3))
    np.testing.assert_allclose(training_model.get_layer("types").prototypes, prototypes)
    assert np.any(training_model.get_layer("colours").prototypes)  # it has none: they start at random


def test_a_teacher_has_prototypes_of_its_own_and_a_student_takes_them_over():
    images = keras.Input((4, 4, 3))
    features = keras.layers.Flatten()(images)
    heads = {"label": keras.layers.Dense(5)(features), "known": keras.layers.Dense(1)(features)}
    for part, width in (("kind", 96), ("colour", 32), ("look", 32)):
        heads[part] = UnitLength(name=part)(keras.layers.Dense(width)(features))
    teacher = build_training_model(keras.Model(images, heads, name="teacher"), VOCABULARY, (4, 4, 3))
    looks = {"patterns", "collars", "sleeves", "necks", "fits"}
    assert set(teacher.output) == {"label", "known", "kind", "colour", "look", "types", "colours", *looks}
    student = build_training_model(
        build_vgg(16, height=32, width=32, names=(2, 3, 8)), VOCABULARY, (32, 32, 3), teacher
    )
    assert {"distilled_label", "distilled_types"} <= set(student.output)
    np.testing.assert_array_equal(
        student.get_layer("types").prototypes, teacher.get_layer("types").prototypes
    )
    assert not student.get_layer("types").trainable
