import logging

import numpy as np
import pytest

from core.models.consensus import knn_vote
from core.models.finder.garment import Garment
from core.models.prediction import Prediction
from core.retrieval.verdicts import calibration as module
from core.retrieval.verdicts.calibration import (
    CALIBRATED,
    LARGEST_MARGIN,
    Calibration,
    Closeness,
    JudgeAccuracy,
    LogisticWeights,
    ScoreCalibration,
    calibration_at_hand,
    calibration_path,
    is_very_close,
    judge_worth,
    shows_something,
    something_features,
)
from core.retrieval.verdicts.evidence import Evidence
from core.retrieval.verdicts.smoothness import smoothness
from core.storage.artifacts import write_json

ALL = ("Jeans", "Shoes")
BLANK = np.full((40, 30, 3), 250, np.uint8)


def said(margin: float) -> Prediction:
    return Prediction("vgg19", "Jeans", {"Jeans": 0.9, "Shirts": 0.1}, margin >= 0, margin)


def a_garment(label: str, certainty: float) -> Garment:
    return Garment((0.2, 0.2, 0.8, 0.8), label, certainty, np.ones((1, 1), bool))


def measured(**changes) -> Calibration:
    fields = {
        "weights": dict.fromkeys(CALIBRATED, "abc"),
        "scores": {"vgg16": ScoreCalibration(0.9, 0.8, 0.85, ())},
        "something": LogisticWeights(
            {"score": 10.0, "agreement": 0.0, "classifier": 0.0, "garment": 0.0, "smoothness": 0.0}, -5.0, 0.5
        ),
        "class_margin": 0.1,
        "measured_on": {"laid": 3},
        "judges": {"vgg19": JudgeAccuracy(n=98, right=0.9), "rgb": JudgeAccuracy(n=98, right=0.4)},
    }
    return Calibration(**(fields | changes))


def test_judges_answers_become_features():
    vote = knn_vote(["Jeans"] * 9 + ["Shoes"] * 3)
    evidence = Evidence([said(40.0)], a_garment("Dresses", 0.7), vote, ALL)
    assert something_features(evidence, 0.6, BLANK) == {
        "score": 0.6,
        "agreement": 0.75,
        "classifier": LARGEST_MARGIN,
        "garment": 0.7,
        "smoothness": 1.0,
    }
    assert something_features(Evidence(), 0.6, BLANK) == {
        "score": 0.6,
        "agreement": 0.0,
        "classifier": 0.0,
        "garment": 0.0,
        "smoothness": 1.0,
    }


def test_neighbouring_pixels_tell_noise_from_a_picture():
    noise = np.random.default_rng(4).integers(0, 256, (80, 60, 3), np.uint8)
    shaded = np.linspace(0, 255, 80).astype(np.uint8)[:, None, None].repeat(60, 1).repeat(3, 2)
    assert abs(smoothness(noise)) < 0.1 < 0.95 < smoothness(shaded)
    assert smoothness(np.zeros((1, 1, 3), np.uint8)) == 1.0


def test_a_low_score_means_that_nothing_is_there():
    assert shows_something(Evidence(), 0.6, BLANK, measured())
    assert not shows_something(Evidence(), 0.4, BLANK, measured())


@pytest.fixture
def at_hand(kept, monkeypatch):
    monkeypatch.setattr(module, "kept_weights_sha256", lambda name: "abc")
    calibration_path().parent.mkdir(parents=True)
    write_json(calibration_path(), module.msgspec.to_builtins(measured()))
    return calibration_path()


def test_a_calibration_is_read_back(at_hand):
    found = calibration_at_hand()
    assert found == measured()
    assert found.scores["vgg16"].closeness(0.85) is Closeness.CLOSE


def test_without_a_measure_no_score_is_very_close():
    assert is_very_close(0.9, "vgg16", measured())
    assert not is_very_close(0.89, "vgg16", measured())
    assert not is_very_close(0.99, "vae", measured())
    assert not is_very_close(0.99, "vgg16", None)


def test_judges_are_worth_what_they_were_right_about():
    worth = judge_worth(measured())
    assert worth["vgg19"] > 2
    assert worth["rgb"] == 0
    once = JudgeAccuracy(n=1, right=1.0)
    assert once.worth < JudgeAccuracy(n=98, right=0.9).worth, "one photograph makes nobody infallible"
    assert judge_worth(None) == {}


def test_where_no_judge_was_measured_each_is_worth_the_same(at_hand):
    document = module.msgspec.to_builtins(measured())
    del document["judges"]
    write_json(at_hand, document)
    assert judge_worth(calibration_at_hand()) == {}


def test_a_calibration_of_other_weights_is_not_used_and_named(at_hand, monkeypatch, caplog):
    monkeypatch.setattr(module, "kept_weights_sha256", lambda name: "other" if name == "vgg19" else "abc")
    with caplog.at_level(logging.WARNING):
        assert calibration_at_hand() is None
        assert calibration_at_hand() is None
    assert [record.message.count("other weights of vgg19;") for record in caplog.records] == [1]


def test_a_calibration_that_is_written_again_is_read_again(at_hand):
    assert calibration_at_hand().class_margin == 0.1
    write_json(at_hand, module.msgspec.to_builtins(measured(class_margin=0.2)))
    assert calibration_at_hand().class_margin == 0.2


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"weights": 3}',
        module.msgspec.json.encode(measured(judges={"rgb": JudgeAccuracy(n=3, right=1.5)})).decode(),
    ],
)
def test_a_damaged_calibration_is_said_and_does_without(at_hand, caplog, content):
    at_hand.write_text(content)
    with caplog.at_level(logging.WARNING):
        assert calibration_at_hand() is None
    assert "Scores are shown without a word" in caplog.text


def test_without_a_calibration_there_is_none(kept):
    assert calibration_at_hand() is None
