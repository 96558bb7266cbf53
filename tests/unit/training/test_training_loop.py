"""A stage that is stopped and resumed, and what a checkpoint is compared by."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import types
from pathlib import Path

import keras
import numpy as np
import pytest

from core.errors import TrainingError
from core.training.schedule import Schedule, build_optimizer
from core.training.training_loop import Checkpoint, KeptState, _drawn_ahead, code_fingerprint


def build_model():
    """Build a model with every kind of state: weights, moving averages, a random state, an optimizer."""
    inputs = keras.Input((6,))
    x = keras.layers.BatchNormalization()(keras.layers.Dense(8)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.5)(x)))
    model.compile(build_optimizer(Schedule(epochs=2, views_per_epoch=40, batch=4)), loss="mse")
    return model


def run_epoch(model, seed):
    rng = np.random.default_rng(seed)
    model.fit(rng.normal(size=(40, 6)), rng.normal(size=(40, 1)), batch_size=4, shuffle=False, verbose=0)


def test_a_restored_model_goes_on_exactly_as_the_one_that_was_saved(tmp_path):
    keras.utils.set_random_seed(1)
    model = build_model()
    run_epoch(model, 1)
    Checkpoint(tmp_path / "stage", {"data": "a"}).save(model, 1, {"epoch": 1})
    run_epoch(model, 2)

    keras.utils.set_random_seed(2)
    restored, checkpoint = build_model(), Checkpoint(tmp_path / "stage", {"data": "a"})
    assert checkpoint.restore(restored) == 1
    assert checkpoint.history == [{"epoch": 1}]
    run_epoch(restored, 2)
    for one, other in zip(model.get_weights(), restored.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(restored.optimizer.iterations) == 20


def test_a_checkpoint_of_other_data_or_options_is_refused_by_name(tmp_path):
    model = build_model()
    key = {"data": "a", "schedule": {"epochs": 2, "seed": 1}, "losses": ["x", {"label": 1.0}]}
    Checkpoint(tmp_path, key).save(model, 1, {"epoch": 1})
    assert Checkpoint(tmp_path, key).differences() == ""
    other = {"data": "b", "schedule": {"epochs": 9, "seed": 1}, "losses": ["x", {"label": 2.0}]}
    with pytest.raises(TrainingError, match=r"other data, epochs 9 instead of 2, other losses.*--resume"):
        Checkpoint(tmp_path, other).restore(model)
    assert Checkpoint(tmp_path, {"data": "a"}).differences() == ""  # only what is asked about is compared


def test_what_an_older_version_kept_without_a_key_is_not_taken_for_ones_own(tmp_path):
    (tmp_path / "state.json").write_text('{"epoch": 3}', encoding="utf-8")
    assert KeptState(tmp_path, {"data": "a"}).differences() == "other data"
    assert KeptState(tmp_path / "nothing", {"data": "a"}).differences() == ""


def test_a_state_that_cannot_be_read_is_as_none_and_says_so(tmp_path):
    for text in ("{", "[1]"):
        (tmp_path / "state.json").write_text(text, encoding="utf-8")
        assert KeptState(tmp_path, {}).read() == {}
        assert KeptState(tmp_path, {}).differences() == "its state.json cannot be read"


def flip_last_weight(path):
    """Change a byte of the last array, which lies before the archive's directory."""
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") - 1] ^= 255
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (Path.unlink, "its epoch-1.npz is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:500]), "its epoch-1.npz is damaged"),
        (flip_last_weight, "its epoch-1.npz is damaged"),
    ],
)
def test_a_damaged_epoch_is_refused_by_a_sentence(tmp_path, damage, sentence):
    model, checkpoint = build_model(), Checkpoint(tmp_path / "stage", {"data": "a"})
    checkpoint.save(model, 1, {"epoch": 1})
    assert checkpoint.damage() == ""
    damage(tmp_path / "stage" / "epoch-1.npz")
    with pytest.raises(
        TrainingError, match=f"kept of stage cannot be resumed: {sentence}.*Delete .*stage and"
    ):
        checkpoint.restore(model)


def test_an_epoch_is_on_disk_before_the_state_names_it(tmp_path, monkeypatch):
    synced, fsync = [], os.fsync

    def note(number):
        synced.append(os.fstat(number).st_ino)
        fsync(number)

    monkeypatch.setattr(os, "fsync", note)
    Checkpoint(tmp_path, {}).save(build_model(), 1, {"epoch": 1})
    files = [(tmp_path / name).stat().st_ino for name in ("epoch-1.npz", "state.json")]
    assert [number for number in synced if number in files] == files


def test_a_code_fingerprint_sees_code_and_neither_comments_nor_docstrings(monkeypatch):
    def of(source):
        monkeypatch.setattr("inspect.getsource", lambda module: source)
        return code_fingerprint(types.ModuleType("any"))

    before = of('"""Words."""\ndef f(x):\n    return x + 1\n')
    assert of('"""Others."""\n\n\ndef f(x):\n    """Add."""\n    return x + 1  # one more\n') == before
    assert of("def f(x):\n    return x + 2\n") != before


def test_batches_are_drawn_ahead_and_come_in_order():
    drawn = []

    class Numbers:
        schedule = Schedule()

        def batch(self, step):
            drawn.append(step)
            return np.array([step]), {}

    steps = range(5, 45)
    ahead = _drawn_ahead(Numbers(), steps)
    assert [int(views[0]) for views, _ in ahead] == list(steps)
    assert sorted(drawn) == list(steps)  # each once, and none of the next epoch
