"""Training: the split, the views, the losses, and a run that is killed and goes on."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections import Counter
from dataclasses import replace

import keras
import numpy as np
import pytest

from core.catalogue.split import photo_split_of, split_of
from core.demo import render_catalogue
from core.errors import ArtifactError, TrainingError
from core.labels import LABELS
from core.models import load_model
from core.models.vgg import build_vgg
from core.training import loop, train
from core.training.augment import Views, cut_out
from core.training.calibrate import choose_known_logit, choose_temperature, equal_weights
from core.training.objective import build_learner, known_loss, label_loss, names_loss
from core.training.recipes import RECIPES
from core.training.sources import Source, Vocabulary
from core.training.view_bank import Bank


def test_split_is_fixed_and_has_its_shares():
    assert [split_of(str(number)) for number in (15970, 39386, 59263, 21379, 53759)] == [
        "train", "train", "train", "train", "train",
    ]  # fmt: skip
    shares = Counter(split_of(str(number)) for number in range(20_000))
    assert shares["train"] / 20_000 == pytest.approx(0.85, abs=0.01)
    assert shares["validation"] / 20_000 == pytest.approx(0.05, abs=0.01)
    assert {photo_split_of(str(number)) for number in range(200)} == {"train", "validation"}


def test_a_product_is_cut_out_of_its_ground_and_not_holed():
    picture = np.full((80, 60, 3), 255, np.uint8)
    picture[20:60, 15:45] = (200, 30, 30)
    picture[35:40, 25:30] = 255  # a white button is not ground: it does not touch the border
    alpha = cut_out(picture)[..., 3]
    assert alpha[0, 0] == alpha[79, 59] == 0
    assert alpha[37, 27] == 255
    assert alpha[30, 30] == 255


def source(kind="products", n=4, channels=3):
    pixels = np.full((n, 80, 60, channels), 255, np.uint8)
    pixels[:, 20:60, 15:45, :3] = (200, 30, 30)
    label = np.arange(n) % 5
    types = np.eye(5, dtype=bool)[label]
    return Source(
        kind, pixels, label, np.ones(n, int), types, np.zeros(n, int), np.array(LABELS, object)[label]
    )


@pytest.mark.parametrize(("kind", "channels"), [("products", 3), ("photographs", 3), ("renders", 4)])
def test_views_repeat_by_seed_and_differ_otherwise(kind, channels):
    shown = source(kind, channels=channels)
    views = Views(np.zeros((0, 1, 1, 3), np.uint8))
    one, two, three = (views.show(shown, 0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == (160, 120, 3)
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, two)
    assert np.abs(one.astype(int) - three).max() > 0


def test_losses_say_nothing_where_nothing_is_known():
    logits = np.array([[2.0, 0.0, 0.0, 0.0, 0.0]], np.float32)
    nothing = np.zeros((1, 5), np.float32)
    assert float(label_loss(nothing, logits)[0]) == 0
    assert float(names_loss(nothing, logits)[0]) == 0
    assert float(known_loss(np.array([[-1.0]]), np.array([[3.0]], np.float32))[0]) == 0


def test_losses_by_hand():
    logits = np.log(np.array([[0.5, 0.3, 0.2]], np.float32))
    either = np.array([[1.0, 1.0, 0.0]], np.float32)
    assert float(names_loss(either, logits)[0]) == pytest.approx(-np.log(0.8), abs=1e-5)
    assert float(known_loss(np.array([[1.0]]), np.array([[0.0]], np.float32))[0]) == pytest.approx(
        np.log(2), abs=1e-5
    )
    even = np.zeros((1, 5), np.float32)
    assert float(label_loss(np.eye(5, dtype=np.float32)[:1], even)[0]) == pytest.approx(np.log(5), abs=1e-5)


def test_temperature_cools_a_hesitant_and_warms_a_boastful_network():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 5, 2000)
    right = rng.random(2000) < 0.8
    guess = np.where(right, label, (label + 1) % 5)
    logits = np.eye(5)[guess] * 8
    assert choose_temperature(logits, label) > 2
    assert choose_temperature(logits / 20, label) < 0.5


def test_known_limit_separates_and_leaves_out_the_unsaid():
    logits = np.array([-3.0, -2.0, 1.0, 2.0, -9.0])
    known = np.array([0, 0, 1, 1, -1])
    limit = choose_known_logit(logits, known, np.ones(5))
    assert -2 < limit < 1


def test_few_far_pictures_weigh_as_much_as_many_near_ones():
    weights = equal_weights(np.array([1, 1, 1, 1, 0, -1]))
    np.testing.assert_allclose(weights[:5], [0.25, 0.25, 0.25, 0.25, 1.0])


def test_a_network_learns_on_with_the_names_it_has():
    vocabulary = Vocabulary(("Jeans", "Shirts"), ("Blue", "Red", "White"))
    network = build_vgg(16, height=32, width=32, names=(2, 3))
    names = np.random.default_rng(0).normal(size=(2, 96)).astype(np.float32)
    network.get_layer("kind_drawn").vectors.assign(names)
    learner = build_learner(network, vocabulary, (32, 32, 3))
    np.testing.assert_allclose(learner.get_layer("types").vectors, names)
    assert np.any(learner.get_layer("colours").vectors)  # it has none: they start at random


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    render_catalogue(folder, n=100)
    return folder


@pytest.fixture
def small(monkeypatch, tmp_path):
    """RGB alone, two epochs of two batches, hardly any random views."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    recipe = train.RECIPES["rgb"]
    schedule = replace(recipe.schedule, epochs=2, views_per_epoch=16, batch=8)
    monkeypatch.setitem(train.RECIPES, "rgb", replace(recipe, schedule=schedule))
    monkeypatch.setattr(train, "RANDOM_VIEWS", 64)
    yield train.Options(models=("rgb",), teacher=False, renders=0)
    keras.config.set_dtype_policy("float32")


def no_bar(title, total):
    return lambda n, loss: None


def test_a_pass_shows_pictures_as_they_are_more_often_than_random_views():
    n = 6
    bank = Bank(
        views=np.zeros((n, 8, 6, 3), np.uint8),
        plain=np.arange(n) < 4,
        label=np.array([0, -1, -1, 2, 1, 1]),
        known=np.array([1, 0, -1, 1, 1, 1]),
        colour=np.zeros(n, int),
        types=np.zeros((n, 2), bool),
        taught={},
    )
    recipe = replace(RECIPES["vae"], plain_times=3)
    assert Counter(train.shown_rows(recipe, bank)) == {0: 3, 1: 3, 2: 3, 3: 3, 4: 1, 5: 1}
    assert Counter(train.shown_rows(RECIPES["rgb"], bank)) == {0: 4, 3: 4, 1: 1}


def test_train_writes_a_model_that_serves(folder, small, tmp_path):
    (written,) = train.train(folder, small, no_bar)
    assert {path.name for path in written.iterdir()} == {
        "model.weights.h5", "history.csv", "card.json", "MODEL_CARD.md", "manifest.json",
    }  # fmt: skip
    history = (written / "history.csv").read_text().splitlines()
    assert history[0] == ",".join(loop.HISTORY_COLUMNS)
    assert len(history) == 3
    assert not (tmp_path / ".training" / "rgb").exists()
    model = load_model("rgb")
    probabilities = model.predict([np.zeros((50, 70, 3), np.uint8), np.full((9, 9, 3), 255, np.uint8)])
    assert probabilities.shape == (2, 5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert model.classify([np.zeros((50, 70, 3), np.uint8)])[1].dtype == bool
    with pytest.raises(ArtifactError, match="--force"):
        train.train(folder, small, no_bar)


def test_a_killed_run_goes_on_to_the_same_weights(folder, small, tmp_path, monkeypatch):
    keras.utils.set_random_seed(5)
    train.train(folder, replace(small, force=True), no_bar)
    whole = (tmp_path / "models/rgb/model.weights.h5").read_bytes()

    class Killed(Exception):
        pass

    def die_in_second_epoch(title, total):
        seen = []

        def step(n, loss):
            seen.append(n)
            if title == "rgb" and len(seen) == 3:
                raise Killed

        return step

    keras.utils.set_random_seed(5)
    with pytest.raises(Killed):
        train.train(folder, replace(small, force=True), die_in_second_epoch)
    keras.utils.set_random_seed(99)
    train.train(folder, replace(small, force=True, resume=True), no_bar)
    resumed = load_model("rgb")
    rows = (tmp_path / "models/rgb/history.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["1", "2"]
    (tmp_path / "models/rgb/model.weights.h5").write_bytes(whole)
    picture = [np.full((20, 15, 3), 90, np.uint8)]
    assert resumed.predict(picture).shape == (1, 5)


def test_resume_refuses_another_schedule(folder, small, tmp_path):
    checkpoint = loop.Checkpoint(tmp_path / ".training" / "rgb")
    other = loop.Schedule(epochs=9)
    network = train.RECIPES["rgb"].build((1, 1))
    network.compile(keras.optimizers.AdamW())
    checkpoint.keep(network, other, 1, {"epoch": 1})
    with pytest.raises(TrainingError, match="leave out --resume"):
        train.train(folder, replace(small, resume=True), no_bar)


def test_a_folder_without_the_classes_cannot_be_learned(folder, small, tmp_path):
    other = tmp_path / "other"
    (other / "images").mkdir(parents=True)
    for path in list((folder / "images").iterdir())[:40]:
        (other / "images" / path.name).write_bytes(path.read_bytes())
    lines = (folder / "styles.csv").read_text().splitlines()
    for label in LABELS:
        lines = [line.replace(f",{label},", ",Watches,") for line in lines]
    (other / "styles.csv").write_text("\n".join(lines))
    with pytest.raises(TrainingError, match="no product of the five classes"):
        train.train(other, small, no_bar)
    with pytest.raises(TrainingError, match="no model 'resnet'"):
        train.train(folder, replace(small, models=("resnet",)), no_bar)
