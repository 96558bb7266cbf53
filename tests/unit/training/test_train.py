"""A whole training: what it writes, what it goes on from, and what it refuses."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import logging
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest

from core.errors import ArtifactError, TrainingError
from core.imaging.encode import encode_jpeg
from core.models import load_model, vgg
from core.models.extractors import load_extractor
from core.models.names import MODEL_NAMES
from core.storage.atomic import locked
from core.storage.readers import read_json
from core.training import stages, teacher, train, training_loop
from core.training.run.options import Options
from core.training.schedule import PLANS
from tests.unit.training.conftest import Killed, kill_after, no_bar


def titles_of(bars):
    """Make a progress bar that notes its titles."""

    def bar(title, total):
        bars.append(title)
        return no_bar(title, total)

    return bar


def weights(tmp_path, name="rgb"):
    """Read the weights that were kept, in float32."""
    return load_model(name).network.get_weights()


def test_train_writes_a_model_that_serves(shop, small, tmp_path):
    (written,) = train.train(shop, small, no_bar)
    assert {path.name for path in written.iterdir()} == {
        "model.weights.h5", "model.onnx", "history.csv", "card.json", "MODEL_CARD.md", "manifest.json",
    }  # fmt: skip
    history = (written / "history.csv").read_text(encoding="utf-8").splitlines()
    assert history[0] == ",".join(training_loop.HISTORY_COLUMNS)
    assert len(history) == 3
    assert list((tmp_path / ".training").iterdir()) == []
    model = load_model("rgb")
    probabilities = model.predict([np.zeros((50, 70, 3), np.uint8), np.full((9, 9, 3), 255, np.uint8)])
    assert probabilities.shape == (2, 5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert model.classify([np.zeros((50, 70, 3), np.uint8)])[1].dtype == bool
    with pytest.raises(ArtifactError, match="--force"):
        train.train(shop, small, no_bar)


def test_a_killed_run_goes_on_to_the_same_weights(shop, small):
    """The float16 weights are the same bit by bit, whatever state the random generators were in.

    RGB computes in float32; the convolutions of VGG in bfloat16 differ from run to run without any kill.
    """
    train.train(shop, replace(small, force=True), no_bar)
    whole = weights("rgb")
    keras.utils.set_random_seed(5)
    with pytest.raises(Killed):
        train.train(shop, replace(small, force=True), kill_after(3, "rgb"))
    keras.utils.set_random_seed(99)
    train.train(shop, replace(small, force=True, resume=True), no_bar)
    for one, other in zip(whole, weights("rgb"), strict=True):
        np.testing.assert_array_equal(one, other)


def test_resume_goes_on_with_the_epoch_after_the_last_whole_one(shop, small, tmp_path):
    with pytest.raises(Killed):
        train.train(shop, small, kill_after(3, "rgb"))
    assert read_json(tmp_path / ".training/rgb/state.json")["epoch"] == 1
    told = []
    train.train(
        shop, replace(small, resume=True), lambda title, total: lambda n, loss: told.append((title, n))
    )
    assert [n for title, n in told if title == "rgb"] == [8, 8]
    rows = (tmp_path / "models/rgb/history.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["1", "2"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"epochs": 3}, "epochs 3 instead of 2"),
        ({"augmented_views": 65}, "augmented views 65 instead of 64"),
        ({"renders": 5}, "other data"),
        ({"init": "file"}, "other initial weights"),
    ],
)
def test_resume_refuses_other_options_and_other_data(shop, small, tmp_path, change, sentence):
    with pytest.raises(Killed):
        train.train(shop, small, kill_after(3, "rgb"))
    if "init" in change:
        (tmp_path / "own.weights.h5").write_bytes(b"weights")
        change = {"init": str(tmp_path / "own.weights.h5")}
    bars = []
    with pytest.raises(TrainingError, match=f"rgb .*cannot be resumed: {sentence}.*leave out --resume"):
        train.train(shop, replace(small, resume=True, **change), titles_of(bars))
    assert set(bars) <= {"reading products", "drawing garments"}  # before anything was made


def files_of(folder):
    """Note what lies in a folder: a file that was made again has another inode."""
    return {path.name: (path.stat().st_ino, path.read_bytes()) for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("steps", "taught", "sentence"),
    [
        (3, False, "rgb cannot be resumed: a teacher instead of none. "),
        (3, True, "rgb cannot be resumed: no teacher instead of one. "),
        (1, False, "bank cannot be resumed: a teacher instead of none. "),  # before the first epoch has ended
    ],
)
def test_resume_refuses_a_teacher_that_was_not_there_and_keeps_the_view_bank(
    shop, small, tiny_teacher, tmp_path, steps, taught, sentence
):
    with pytest.raises(Killed):
        train.train(shop, replace(small, teacher=taught), kill_after(steps, "rgb"))
    files, bars = files_of(tmp_path / ".training/bank"), []
    with pytest.raises(TrainingError, match=sentence):
        train.train(shop, replace(small, teacher=not taught, resume=True), titles_of(bars))
    assert bars == ["reading products"]
    assert files_of(tmp_path / ".training/bank") == files
    told = []
    resumed = replace(small, teacher=taught, resume=True)
    train.train(shop, resumed, lambda title, total: lambda n, loss: told.append((title, n)))
    assert len([n for title, n in told if title == "making views"]) == 1  # all that are there, told at once
    assert "teacher" not in {title for title, n in told}


def test_resume_refuses_the_default_where_the_teachers_packages_were_installed_since(
    shop, small, tiny_teacher, monkeypatch
):
    default = replace(small, teacher=None)
    monkeypatch.setattr(teacher, "has_packages", lambda: False)
    with pytest.raises(Killed):
        train.train(shop, default, kill_after(3, "rgb"))
    monkeypatch.setattr(teacher, "has_packages", lambda: True)
    with pytest.raises(TrainingError, match="a teacher instead of none"):
        train.train(shop, replace(default, resume=True), no_bar)


def test_resume_refuses_a_teacher_of_other_weights_before_it_touches_the_view_bank(
    shop, small, tiny_teacher, tmp_path, monkeypatch
):
    taught = replace(small, teacher=True)
    with pytest.raises(Killed):
        train.train(shop, taught, kill_after(3, "rgb"))
    files = files_of(tmp_path / ".training/bank")
    monkeypatch.setattr(train, "weights_fingerprint", lambda network: "other")
    with pytest.raises(TrainingError, match="rgb cannot be resumed: other teacher weights"):
        train.train(shop, replace(taught, resume=True), no_bar)
    assert files_of(tmp_path / ".training/bank") == files


def test_resume_refuses_another_base_model_before_anything_is_made(shop, small, tmp_path, monkeypatch):
    with pytest.raises(Killed):
        train.train(shop, small, kill_after(3, "rgb"))
    base, bars = tmp_path / "base.weights.h5", []
    base.write_bytes(b"weights")
    monkeypatch.setattr(stages, "base_weights", lambda plan, names: base)
    with pytest.raises(TrainingError, match="rgb cannot be resumed: a base model instead of none"):
        train.train(shop, replace(small, resume=True), titles_of(bars))
    assert bars == ["reading products"]


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("name", ["bank", "rgb"])
def test_a_state_that_cannot_be_read_blocks_no_training(shop, small, tmp_path, caplog, name, resume):
    with pytest.raises(Killed):
        train.train(shop, small, kill_after(3, "rgb"))
    (tmp_path / ".training" / name / "state.json").write_bytes(b"\0" * 99)
    with caplog.at_level(logging.INFO):
        train.train(shop, replace(small, resume=resume), no_bar)
    assert f"{tmp_path / '.training' / name} is deleted: its state.json cannot be read" in caplog.text
    assert weights(tmp_path)


@pytest.mark.parametrize("lost", [False, True])
def test_heads_are_not_resumed_on_another_network(shop, small, tmp_path, lost):
    with pytest.raises(Killed):
        train.train(shop, small, kill_after(3, "rgb"))
    heads = shutil.copytree(tmp_path / ".training/rgb", tmp_path / ".training/rgb-heads")
    if lost:
        (tmp_path / ".training/rgb/state.json").write_text("{", encoding="utf-8")
    with pytest.raises(Killed):
        train.train(shop, replace(small, resume=True), kill_after(1, "rgb"))
    assert heads.exists() != lost


def test_a_damaged_view_bank_is_made_again_to_the_same_weights(shop, small, tmp_path):
    train.train(shop, replace(small, force=True), no_bar)
    whole = weights(tmp_path)
    with pytest.raises(Killed):
        train.train(shop, replace(small, force=True), kill_after(3, "rgb"))
    views = tmp_path / ".training/bank/views.npy"
    views.write_bytes(views.read_bytes()[:500])
    train.train(shop, replace(small, force=True, resume=True), no_bar)
    for one, other in zip(whole, weights(tmp_path), strict=True):
        np.testing.assert_array_equal(one, other)


def test_resume_refuses_a_damaged_epoch_before_anything_is_made(shop, small, tmp_path):
    with pytest.raises(Killed):
        train.train(shop, small, kill_after(3, "rgb"))
    (tmp_path / ".training/rgb/epoch-1.npz").unlink()
    bars = []
    with pytest.raises(TrainingError, match=r"rgb cannot be resumed: its epoch-1\.npz is missing\. Delete"):
        train.train(shop, replace(small, resume=True), titles_of(bars))
    assert bars == ["reading products"]
    shutil.rmtree(tmp_path / ".training/rgb")  # as the sentence says
    train.train(shop, replace(small, resume=True), no_bar)


def test_a_damaged_teacher_is_trained_anew(shop, small, tiny_teacher, tmp_path, caplog):
    taught = replace(small, teacher=True, force=True)
    train.train(shop, taught, no_bar)
    (tmp_path / ".training/teacher/epoch-1.npz").unlink()
    steps = []
    with caplog.at_level(logging.INFO):
        train.train(shop, taught, lambda title, total: lambda n, loss: steps.append(title))
    assert "the teacher is trained anew: its epoch-1.npz is missing" in caplog.text
    assert steps.count("teacher") == 2


@pytest.fixture
def second(small, monkeypatch):
    """Give options of a run of two models, of which the second would grow from the first."""
    monkeypatch.setitem(PLANS, "second", replace(PLANS["rgb"], name="second", grows_from="rgb"))
    monkeypatch.setitem(stages.TRAINING_BUILDERS, "second", stages.TRAINING_BUILDERS["rgb"])
    monkeypatch.setattr(stages, "base_weights", lambda plan, names: None)
    return replace(small, models=("rgb", "second"))


def test_resume_refuses_a_model_whose_base_would_be_trained_first(shop, second):
    with pytest.raises(Killed):
        train.train(shop, replace(second, models=("second",)), kill_after(3, "second"))
    bars = []
    with pytest.raises(TrainingError, match="second cannot be resumed: a base model instead of none"):
        train.train(shop, replace(second, resume=True), titles_of(bars))
    assert bars == ["reading products"]


def test_a_run_that_starts_over_leaves_no_checkpoint_of_the_run_before(shop, second, tmp_path):
    with pytest.raises(Killed):
        train.train(shop, second, kill_after(3, "second"))
    assert (tmp_path / ".training/second").exists()
    with pytest.raises(Killed):
        train.train(shop, replace(second, force=True), kill_after(1, "rgb"))
    assert not (tmp_path / ".training/second").exists()


@pytest.fixture
def changed_shop(shop, tmp_path):
    """Give the shop with another picture of one training product: as many products, types and colours."""
    folder = shutil.copytree(shop, tmp_path / "changed")
    catalogue = train.read_catalogue(folder)
    row = train.read_training_data(catalogue, None, 0, bar=no_bar).training[0][0].ids[0]
    (folder / "images" / f"{row}.jpg").write_bytes(encode_jpeg(np.full((80, 60, 3), 90, np.uint8)))
    return folder


def test_a_view_bank_of_other_pictures_is_made_anew(shop, small, changed_shop, tmp_path, caplog):
    with pytest.raises(Killed):
        train.train(shop, small, kill_after(1, "rgb"))
    with pytest.raises(Killed), caplog.at_level(logging.INFO):
        train.train(changed_shop, small, kill_after(1, "rgb"))
    assert "what an earlier training of other data kept of bank is deleted" in caplog.text
    views = np.load(tmp_path / ".training/bank/views.npy", mmap_mode="r")
    data = train.read_training_data(train.read_catalogue(changed_shop), None, 0, bar=no_bar)
    np.testing.assert_array_equal(views[: len(data.training[0][0])], data.training[0][0].pixels)


def test_the_same_data_takes_up_a_view_bank_that_a_kill_left(shop, small, tmp_path):
    with pytest.raises(Killed):
        train.train(shop, small, kill_after(1, "rgb"))
    told = []
    train.train(shop, small, lambda title, total: lambda n, loss: told.append((title, n)))
    (views,) = [n for title, n in told if title == "making views"]  # all that are there, told at once
    assert views > 64


def test_two_trainings_at_once_are_refused(shop, small, tmp_path):
    (tmp_path / ".training").mkdir()
    with (
        locked(tmp_path / ".training"),
        pytest.raises(TrainingError, match="Another training is running in"),
    ):
        train.train(shop, small, no_bar)
    train.train(shop, small, no_bar)


def test_a_resumed_run_passes_over_models_that_it_had_finished(shop, small, tmp_path, monkeypatch, caplog):
    """The second model is trained by the plan of the first, which takes least time."""
    monkeypatch.setitem(PLANS, "second", replace(PLANS["rgb"], name="second"))
    monkeypatch.setitem(stages.TRAINING_BUILDERS, "second", stages.TRAINING_BUILDERS["rgb"])
    both = replace(small, models=("rgb", "second"))
    with pytest.raises(Killed):
        train.train(shop, both, kill_after(1, "second"))
    before = (tmp_path / "models/rgb/card.json").read_bytes()
    bars = []
    with pytest.raises(Killed), caplog.at_level(logging.INFO):
        train.train(shop, replace(both, resume=True), kill_after(1, "second"))
    assert "rgb was finished before" in caplog.text
    assert (tmp_path / "models/rgb/card.json").read_bytes() == before
    with pytest.raises(TrainingError, match="cannot be resumed: epochs 5"):
        train.train(shop, replace(both, resume=True, epochs=5), titles_of(bars))
    with pytest.raises(ArtifactError, match=r"Trained already: rgb.*`--resume` goes on"):
        train.train(shop, both, no_bar)


def test_a_teacher_is_kept_for_other_models_of_the_same_data_alone(
    shop, small, changed_shop, tiny_teacher, tmp_path, caplog
):
    taught = replace(small, teacher=True, force=True)
    steps = []

    def bar(title, total):
        return lambda n, loss: steps.append(title)

    train.train(shop, taught, bar)
    assert read_json(tmp_path / "models/rgb/card.json")["teacher"]
    assert [path.name for path in (tmp_path / ".training").iterdir()] == ["teacher"]
    assert steps.count("teacher") == 2
    train.train(shop, taught, bar)
    assert steps.count("teacher") == 2  # as it was kept
    with caplog.at_level(logging.INFO):
        train.train(changed_shop, taught, bar)
    assert "what an earlier training of other data kept of teacher is deleted" in caplog.text
    assert steps.count("teacher") == 4


def test_a_teacher_of_other_imagenet_weights_is_trained_anew(shop, small, tiny_teacher, caplog):
    steps = []

    def bar(title, total):
        return lambda n, loss: steps.append(title)

    taught = replace(small, teacher=True, force=True)
    train.train(shop, taught, bar)
    tiny_teacher.write_bytes(b"other weights")
    with caplog.at_level(logging.INFO):
        train.train(shop, taught, bar)
    assert "the teacher is trained anew: other imagenet weights" in caplog.text
    assert steps.count("teacher") == 4


def test_a_run_of_all_models_keeps_nothing(shop, small, tiny_teacher, tmp_path, monkeypatch):
    for name in ("vgg16", "vgg19", "vae"):
        monkeypatch.delitem(PLANS, name)
    train.train(shop, replace(small, teacher=True), no_bar)
    assert list((tmp_path / ".training").iterdir()) == []


def test_vgg19_starts_at_random_where_the_vgg16_at_hand_knows_other_names(small, tmp_path, caplog):
    folder = tmp_path / "models" / "vgg16"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    (folder / "card.json").write_text(
        '{"names": [141, 46], "temperature": 1.0, "known_logit": 0.0}', encoding="utf-8"
    )
    plan = PLANS["vgg19"]
    assert stages.base_weights(plan, (141, 46)) == folder / "model.weights.h5"
    with caplog.at_level(logging.INFO):
        assert stages.base_weights(plan, (5, 9)) is None
    assert "knows other article types and colours" in caplog.text
    assert stages.base_weights(PLANS["vae"], (5, 9)) is None


def test_a_model_that_does_not_exist_is_refused(shop, small):
    with pytest.raises(TrainingError, match="no model 'resnet'"):
        train.train(shop, replace(small, models=("resnet",)), no_bar)


def test_the_small_cnn_learns_alone_from_originals_and_serves_its_features(
    shop, small, tmp_path, monkeypatch
):
    plan = PLANS["cnn"]
    quick = replace(plan.schedule, epochs=1, views_per_epoch=16, batch=8)
    monkeypatch.setitem(PLANS, "cnn", replace(plan, schedule=quick))
    seen = []
    opened = train.open_view_bank
    monkeypatch.setattr(
        train,
        "open_view_bank",
        lambda folder, batches, teacher, n_augmented, **more: (
            seen.append((teacher, n_augmented)) or opened(folder, batches, teacher, n_augmented, **more)
        ),
    )
    options = replace(small, models=("cnn",), teacher=True, renders=9)
    (written,) = train.train(shop, options, no_bar)
    assert seen == [(None, 0)], "neither teacher nor augmented views, whatever is at hand"
    model = load_extractor("cnn")
    pictures = [np.zeros((50, 70, 3), np.uint8), np.full((9, 9, 3), 255, np.uint8)]
    rows = model.extract(pictures)
    assert rows.shape == (2, model.dimension) == (2, 256)
    assert rows.min() >= 0
    assert not np.allclose(np.linalg.norm(rows, axis=1), 1), "lengths count by Euclidean distance"
    assert read_json(written / "card.json")["dimension"] == 256
    assert "to be compared with" in (written / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert Options().models == MODEL_NAMES


def test_the_mean_of_two_networks_is_of_their_convolutions_alone():
    keras.utils.set_random_seed(1)
    one, other = (vgg.build_vgg(16, names=(3, 2, 2)) for _ in range(2))
    before = {layer.name: layer.get_weights() for layer in one.layers}
    stages.mean_of_convolutions(one, other)
    for name in ("block1_conv1", "block5_conv3"):
        theirs, mine = other.get_layer(name).get_weights(), before[name]
        for mean, first, second in zip(one.get_layer(name).get_weights(), mine, theirs, strict=True):
            np.testing.assert_allclose(mean, (first + second) / 2, atol=1e-6)
    for part, kept in zip(one.get_layer("label").get_weights(), before["label"], strict=True):
        np.testing.assert_array_equal(part, kept)


@pytest.mark.parametrize("changed", [{"init": "scratch"}, {"models": ("vae",)}])
def test_the_mean_is_refused_of_what_is_no_pair_of_vggs(shop, small, tmp_path, changed):
    weights_file = tmp_path / "a.weights.h5"
    weights_file.write_bytes(b"")
    options = replace(small, models=("vgg16",), init=str(weights_file), mean_with=weights_file)
    with pytest.raises(TrainingError, match="--mean-with"):
        train.train(shop, replace(options, **changed), no_bar)
