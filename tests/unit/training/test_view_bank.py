"""The bank of views: plain pictures first, the same after a kill, every row once a pass."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

from core.training.augment import Views
from core.training.loop import Mixture, Schedule
from core.training.sources import Source, Vocabulary
from core.training.view_bank import Bank, Batches, open_bank, seen_through

VOCABULARY = Vocabulary(("Jeans", "Shirts"), ("Blue", "Red"))


def source(kind, n, height, channels=3):
    rng = np.random.default_rng(n)
    pixels = rng.integers(0, 256, (n, height, height * 3 // 4, channels), np.uint8)
    kinds = np.arange(n) % 2
    return Source(
        kind, pixels, kinds, np.ones(n, int), np.eye(2, dtype=bool)[kinds], kinds, np.array(["a", "b"])[kinds]
    )


@pytest.fixture
def mixture():
    sources = [(source("products", 5, 80), 0.6), (source("photographs", 3, 160), 0.4)]
    return Mixture(sources, VOCABULARY, Views(np.empty((0, 1, 1, 3), np.uint8)), Schedule(batch=4))


class Teacher:
    """Answers with the mean of a view, so that rows can be told apart."""

    def predict_on_batch(self, views):
        mean = views.mean(axis=(1, 2, 3), keepdims=False)[:, None] / 255
        return {
            name: np.tile(mean, (1, width)) for name, width in (("kind", 96), ("colour", 32), ("label", 5))
        }


def made(folder, mixture, teacher=None, on_chunk=lambda n, loss: None):
    return open_bank(folder, mixture, teacher, 10, lambda total: on_chunk)


def test_it_opens_with_every_picture_as_it_is(tmp_path, mixture):
    bank = made(tmp_path, mixture, Teacher())
    assert len(bank) == 18
    assert bank.plain.tolist() == [True] * 8 + [False] * 10
    np.testing.assert_array_equal(bank.views[:5], mixture.sources[0].pixels)
    assert bank.label[:8].tolist() == [0, 1, 0, 1, 0, 0, 1, 0]
    np.testing.assert_array_equal(bank.types.argmax(axis=1), bank.label)
    seen = bank.views.mean(axis=(1, 2, 3)) / 255
    np.testing.assert_allclose(bank.taught["kind"][:, 0], seen, atol=0.01)


def test_a_killed_filling_goes_on_to_the_same_bank(tmp_path, mixture):
    whole = made(tmp_path / "whole", mixture, Teacher())

    class Killed(Exception):
        pass

    told = []

    def die(n, loss):
        told.append(n)
        if len(told) == 4:
            raise Killed

    with pytest.raises(Killed):
        made(tmp_path / "killed", mixture, Teacher(), on_chunk=die)
    told.clear()
    again = made(tmp_path / "killed", mixture, Teacher(), on_chunk=lambda n, loss: told.append(n))
    assert told[0] == 12  # the plain pictures and one batch were kept
    assert sum(told) == 18
    for name in ("views", "label", "types"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(again, name))
    np.testing.assert_array_equal(whole.taught["label"], again.taught["label"])


def test_what_a_network_sees_stands_beside_what_is_known(tmp_path, mixture):
    bank = made(tmp_path, mixture, Teacher())
    images = keras.Input((80, 60, 3))
    corner = keras.layers.Lambda(lambda pixels: pixels[:, 40, 10], name="features")
    network = keras.Model(images, corner(images))
    seen = seen_through(bank, network, "features", lambda total: lambda n, loss: None)
    others = [8, 12, 16]  # a quarter of the rest
    rows = [*range(8), *range(8), *others]
    pixels = np.concatenate([bank.views[:8, 40, -11], bank.views[:8, 40, 10], bank.views[others, 40, 10]])
    np.testing.assert_array_equal(seen.views, pixels)
    np.testing.assert_array_equal(seen.label, bank.label[rows])
    assert not seen.taught
    batches = Batches(seen, np.arange(19), VOCABULARY, Schedule(batch=6), ["label", "types"], mirror=False)
    views, answers = batches[0]
    assert views.shape == (6, 3)
    assert set(answers) == {"label", "types"}


def test_a_pass_shows_every_row_once_and_the_next_in_another_order():
    n = 12
    bank = Bank(
        views=np.zeros((n, 80, 60, 3), np.uint8),
        plain=np.ones(n, bool),
        label=np.arange(n) % 2,
        known=np.ones(n, int),
        colour=np.zeros(n, int),
        types=np.eye(2, dtype=bool)[np.arange(n) % 2],
        taught={},
    )
    batches = Batches(bank, np.arange(3, n), VOCABULARY, Schedule(views_per_epoch=8, batch=4), ["label"])
    rows = np.concatenate([batches._rows(step) for step in range(9)])
    passes = rows.reshape(4, 9)
    assert all(sorted(one) == list(range(3, n)) for one in passes)
    assert len({tuple(one) for one in passes}) == 4
    views, answers = batches[0]
    assert views.shape == (4, 80, 60, 3)
    assert set(answers) == {"label"}
