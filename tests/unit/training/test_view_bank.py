"""The view bank: originals first, the same after a kill, made anew for another key, every row once a pass."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from core.training.data.augmentation import AugmentedBatches, Augmenter
from core.training.data.sources import LOOK_VALUES, ImageSource, Vocabulary
from core.training.data.view_bank import (
    ViewBank,
    ViewBankBatches,
    feature_bank,
    open_view_bank,
    training_rows,
)
from core.training.schedule import PLANS, Schedule
from core.training.training_loop import KeptState
from tests.unit.training.conftest import Killed

VOCABULARY = Vocabulary(("Jeans", "Shirts"), ("Blue", "Red"))


def source(kind, n, height, channels=3):
    rng = np.random.default_rng(n)
    pixels = rng.integers(0, 256, (n, height, height * 3 // 4, channels), np.uint8)
    kinds = np.arange(n) % 2
    return ImageSource(
        kind=kind,
        ids=np.array([str(row) for row in range(n)], object),
        pixels=pixels,
        label=kinds,
        known=np.ones(n, int),
        types=np.eye(2, dtype=bool)[kinds],
        colour=kinds,
        looks=np.zeros((n, len(LOOK_VALUES)), bool),
        group=np.array(["a", "b"])[kinds],
    )


@pytest.fixture
def batches():
    sources = [(source("products", 5, 80), 0.6), (source("photographs", 3, 160), 0.4)]
    return AugmentedBatches(
        sources, VOCABULARY, Augmenter(np.empty((0, 1, 1, 3), np.uint8)), Schedule(batch=4)
    )


class Teacher:
    """Answers with the mean of a view, so that rows can be told apart."""

    def predict_on_batch(self, views):
        mean = views.mean(axis=(1, 2, 3), keepdims=False)[:, None] / 255
        return {
            name: np.tile(mean, (1, width))
            for name, width in (("kind", 96), ("colour", 32), ("look", 32), ("label", 5))
        }


def made(folder, batches, teacher=None, on_chunk=lambda n, loss: None, key="a"):
    return open_view_bank(folder, batches, teacher, 10, key={"data": key}, bar=lambda total: on_chunk)


def test_it_opens_with_the_originals(tmp_path, batches):
    bank = made(tmp_path, batches, Teacher())
    assert len(bank) == 18
    assert bank.original.tolist() == [True] * 8 + [False] * 10
    np.testing.assert_array_equal(bank.views[:5], batches.sources[0].pixels)
    assert bank.label[:8].tolist() == [0, 1, 0, 1, 0, 0, 1, 0]
    np.testing.assert_array_equal(bank.types.argmax(axis=1), bank.label)
    seen = bank.views.mean(axis=(1, 2, 3)) / 255
    np.testing.assert_allclose(bank.teacher_outputs["kind"][:, 0], seen, atol=0.01)


def test_a_killed_filling_goes_on_to_the_same_bank(tmp_path, batches):
    whole = made(tmp_path / "whole", batches, Teacher())

    told = []

    def die(n, loss):
        told.append(n)
        if len(told) == 4:
            raise Killed

    with pytest.raises(Killed):
        made(tmp_path / "killed", batches, Teacher(), on_chunk=die)
    told.clear()
    again = made(tmp_path / "killed", batches, Teacher(), on_chunk=lambda n, loss: told.append(n))
    assert told[0] == 12  # the originals and one batch were kept
    assert sum(told) == 18
    for name in ("views", "label", "types"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(again, name))
    np.testing.assert_array_equal(whole.teacher_outputs["label"], again.teacher_outputs["label"])


def test_a_bank_that_was_made_from_something_else_is_made_anew(tmp_path, batches, caplog):
    made(tmp_path, batches, Teacher())
    other = [source.take(np.arange(len(source))[::-1]) for source in batches.sources]
    batches.sources = other
    told = []
    kept = made(tmp_path, batches, Teacher(), on_chunk=lambda n, loss: told.append(n))
    assert told == [18]  # the same key: as it was kept
    with caplog.at_level(logging.INFO):
        anew = made(tmp_path, batches, Teacher(), key="b")
    assert "the view bank is made anew: other data" in caplog.text
    np.testing.assert_array_equal(anew.views[:5], other[0].pixels)
    assert not np.array_equal(anew.views[:5], kept.views[:5])


def cut(path):
    path.write_bytes(path.read_bytes()[:500])


def overwrite_header(path):
    path.write_bytes(bytes(128) + path.read_bytes()[128:])


@pytest.mark.parametrize(
    ("name", "damage", "sentence"),
    [
        ("label.npy", Path.unlink, "label.npy is missing"),
        ("views.npy", cut, "views.npy is damaged, it has 500 bytes instead of 259328"),
        (
            "views.npy",
            overwrite_header,
            "views.npy is damaged, it does not begin as an array of 18 rows does",
        ),
        ("state.json", overwrite_header, "its state.json cannot be read"),
    ],
)
def test_a_damaged_bank_is_made_again(tmp_path, batches, caplog, name, damage, sentence):
    whole = made(tmp_path, batches).views.copy()
    damage(tmp_path / name)
    told = []
    with caplog.at_level(logging.INFO):
        again = made(tmp_path, batches, on_chunk=lambda n, loss: told.append(n))
    assert told[0] == 0
    assert f"the view bank is made anew: {sentence}" in caplog.text
    np.testing.assert_array_equal(again.views, whole)


def test_views_are_on_disk_before_the_state_counts_them(tmp_path, batches, monkeypatch):
    done = []
    flush, write = np.memmap.flush, KeptState.write

    def note_flush(array):
        done.append(Path(array.filename).name)
        flush(array)

    def note_write(state, fields):
        done.append(fields["done"])
        write(state, fields)

    monkeypatch.setattr(np.memmap, "flush", note_flush)
    monkeypatch.setattr(KeptState, "write", note_write)
    made(tmp_path, batches, Teacher())
    arrays = {path.name for path in tmp_path.glob("*.npy")}
    assert len(arrays) == 11
    for row in (5, 8, 12, 16, 18):
        at = done.index(row)
        assert set(done[at - len(arrays) : at]) == arrays


def test_features_stand_beside_the_labels_of_their_views(tmp_path, batches):
    bank = made(tmp_path, batches, Teacher())
    images = keras.Input((80, 60, 3))
    corner = keras.layers.Lambda(lambda pixels: pixels[:, 40, 10], name="features")
    network = keras.Model(images, corner(images))
    features = feature_bank(bank, network, "features", bar=lambda total: lambda n, loss: None)
    augmented = [8, 12, 16]  # a quarter of them
    rows = [*range(8), *range(8), *augmented]
    pixels = np.concatenate([bank.views[:8, 40, -11], bank.views[:8, 40, 10], bank.views[augmented, 40, 10]])
    np.testing.assert_array_equal(features.views, pixels)
    np.testing.assert_array_equal(features.label, bank.label[rows])
    assert not features.teacher_outputs
    drawn = ViewBankBatches(
        features, np.arange(19), VOCABULARY, Schedule(batch=6), outputs=["label", "types"], mirror=False
    )
    views, targets = drawn.batch(0)
    assert views.shape == (6, 3)
    assert set(targets) == {"label", "types"}


def bank_of(n, **arrays):
    """Make a bank of black views."""
    defaults = {
        "views": np.zeros((n, 80, 60, 3), np.uint8),
        "original": np.ones(n, bool),
        "label": np.arange(n) % 2,
        "known": np.ones(n, int),
        "colour": np.zeros(n, int),
        "looks": np.zeros((n, len(LOOK_VALUES)), bool),
        "types": np.eye(2, dtype=bool)[np.arange(n) % 2],
    }
    return ViewBank(**defaults | arrays, teacher_outputs={})


def test_a_pass_shows_every_row_once_and_the_next_in_another_order():
    n = 12
    batches = ViewBankBatches(
        bank_of(n), np.arange(3, n), VOCABULARY, Schedule(views_per_epoch=8, batch=4), outputs=["label"]
    )
    rows = np.concatenate([batches.rows_of(step) for step in range(9)])
    passes = rows.reshape(4, 9)
    assert all(sorted(one) == list(range(3, n)) for one in passes)
    assert len({tuple(one) for one in passes}) == 4
    views, targets = batches.batch(0)
    assert views.shape == (4, 80, 60, 3)
    assert set(targets) == {"label"}


def test_a_pass_shows_originals_more_often_than_augmented_views():
    bank = bank_of(
        6,
        original=np.arange(6) < 4,
        label=np.array([0, -1, -1, 2, 1, 1]),
        known=np.array([1, 0, -1, 1, 1, 1]),
    )
    plan = replace(PLANS["vae"], original_repeats=3)
    assert Counter(training_rows(plan, bank)) == {0: 3, 1: 3, 2: 3, 3: 3, 4: 1, 5: 1}
    assert Counter(training_rows(PLANS["rgb"], bank)) == {0: 4, 3: 4, 1: 1}
