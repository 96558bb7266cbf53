"""What a search says by a calibration: words for scores, warnings, and whether a sure class comes first."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from core.gallery.protocol import Filters
from core.gallery.stored_catalogue import open_catalogue
from core.retrieval import agreement
from core.retrieval import search as module
from core.retrieval.request import Order, PictureQuery, ProductQuery, SearchRequest
from core.retrieval.search import search
from core.retrieval.verdicts.calibration import Calibration, JudgeAccuracy, LogisticWeights, ScoreCalibration
from tests.conftest import garment
from tests.unit.retrieval.test_search import ToyEncoder, types

NOTHING_TELLS = dict.fromkeys(("score", "agreement", "classifier", "garment"), 0.0)
CALIBRATION = Calibration(
    weights={},
    scores={"vgg16": ScoreCalibration(0.9, 0.5, 0.8, ())},
    something=LogisticWeights({**NOTHING_TELLS, "smoothness": 20.0}, -10.0, 0.5),
    class_margin=0.0,
    measured_on={},
)
RED = PictureQuery(garment((190, 45, 60), 15))
NOISE = PictureQuery(np.random.default_rng(2).integers(0, 256, (80, 60, 3), np.uint8))


@pytest.fixture
def demo(toy_catalogue):
    return open_catalogue("demo")


@pytest.fixture
def calibrated(monkeypatch):
    def measured(**changes):
        calibration = Calibration(
            **({f: getattr(CALIBRATION, f) for f in CALIBRATION.__struct_fields__} | changes)
        )
        monkeypatch.setattr(module, "calibration_at_hand", lambda: calibration)

    measured()
    return measured


def test_hits_are_called_close_by_their_scores_in_every_group(demo, calibrated):
    response = search(SearchRequest(RED, top=20), demo, ToyEncoder())
    for hit in response.hits:
        expected = "very close" if hit.score >= 0.9 else "close" if hit.score >= 0.5 else "not close"
        assert hit.closeness == expected
    assert len({hit.closeness for hit in response.hits}) > 1
    grouped = search(SearchRequest(RED, order="groups"), demo, ToyEncoder())
    assert all(hit.closeness for group in grouped.groups for hit in group.hits)


def test_scores_of_a_query_that_was_moved_have_no_word(demo, calibrated):
    liked = search(SearchRequest(RED, liked=("121",)), demo, ToyEncoder())
    assert {hit.closeness for hit in liked.hits} == {None}


def test_without_a_calibration_there_is_no_word(demo, monkeypatch):
    monkeypatch.setattr(module, "calibration_at_hand", lambda: None)
    assert {hit.closeness for hit in search(SearchRequest(RED), demo, ToyEncoder()).hits} == {None}


def test_a_picture_with_nothing_in_it_is_said_to_be_that(demo, calibrated):
    calibrated(scores={"vgg16": ScoreCalibration(-1.0, -1.0, 0.8, ())})  # any score is very close
    noise = search(SearchRequest(NOISE), demo, ToyEncoder())
    assert noise.nothing_close
    assert {hit.closeness for hit in noise.hits} == {"not close"}, "whatever its hits score"
    assert not search(SearchRequest(RED), demo, ToyEncoder()).nothing_close
    assert not search(SearchRequest(ProductQuery("121")), demo, ToyEncoder()).nothing_close


def test_a_sure_class_that_no_neighbour_is_of_comes_first_only_near_the_best(demo, calibrated):
    request = SearchRequest(RED, order=Order.CLASS_FIRST)
    far = search(request, demo, ToyEncoder("Kurtas"))
    assert (far.first, far.query_class.sure) == (None, None)
    assert far.query_class.reason == "since the nearest products are of another class"
    assert types(far, demo) == types(search(replace(request, order=Order.SCORE), demo, ToyEncoder()), demo)
    calibrated(class_margin=2.0)
    near = search(request, demo, ToyEncoder("Kurtas"))
    assert near.first == "Kurtas"
    assert types(near, demo)[:4] == ["Kurtas"] * 4


def test_a_sure_class_that_the_filters_leave_out_is_no_error(demo, calibrated):
    only_jeans = Filters({"articleType": ("Jeans",)})
    for order in Order:
        response = search(SearchRequest(RED, filters=only_jeans, order=order), demo, ToyEncoder("Kurtas"))
        assert set(types(response, demo)) == {"Jeans"}
        assert response.first is None


@pytest.mark.parametrize(("above", "very_close"), [(-0.01, True), (0.01, False)])
def test_the_nearest_products_know_whether_they_are_very_close(demo, monkeypatch, above, very_close):
    best = search(SearchRequest(RED), demo, ToyEncoder()).hits[0].score
    scores = {"vgg16": ScoreCalibration(best + above, 0.5, 0.8, ())}
    calibration = msgspec.structs.replace(CALIBRATION, scores=scores)
    monkeypatch.setattr(agreement, "calibration_at_hand", lambda: calibration)
    vote = agreement.neighbour_vote(RED, "vgg16", demo, ToyEncoder())
    assert vote.very_close is very_close


class ContradictedEncoder(ToyEncoder):
    """Whose second classifier says jeans."""

    def classify(self, classifier, image, key):
        return (ToyEncoder("Jeans") if classifier == agreement.SECOND_OPINION else super()).classify(
            classifier, image, key
        )


def test_a_judge_is_weighed_by_what_it_was_measured_to_be_worth(demo, monkeypatch):
    for right, doubted in ((0.99, True), (0.5, False)):
        judges = {"vgg19": JudgeAccuracy(90, 0.9), agreement.SECOND_OPINION: JudgeAccuracy(90, right)}
        calibration = msgspec.structs.replace(CALIBRATION, judges=judges)
        monkeypatch.setattr(agreement, "calibration_at_hand", lambda calibration=calibration: calibration)
        verdict = search(SearchRequest(RED, agreement=True), demo, ContradictedEncoder("Kurtas")).verdict
        assert (verdict.conflict, verdict.doubted) == (True, doubted)


def test_the_classifier_knows_photographs_from_a_margin_of_their_own(demo, monkeypatch):
    calibration = msgspec.structs.replace(CALIBRATION, known_margin=1.0)
    monkeypatch.setattr(agreement, "calibration_at_hand", lambda: calibration)
    for query, known in ((RED, False), (ProductQuery("100"), True)):
        judged = agreement.judge_query(query, "vgg16", demo, ToyEncoder("Kurtas"), second_opinion=True)
        assert judged.prediction.known is known
        assert judged.prediction.label == "Kurtas"
