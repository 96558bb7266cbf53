"""What is fitted and measured, by judged pictures whose right answers are made up."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.trust.figures import trust_figures
from core.evaluation.trust.fitting import (
    choose_class_margin,
    choose_known_margin,
    fit_judges,
    fit_scores,
    fit_something,
    shares_right,
)
from core.evaluation.trust.judging import JudgedView
from core.models.consensus import knn_vote
from core.models.finder.garment import Garment
from core.models.prediction import Prediction
from core.retrieval.verdicts.calibration import Calibration, something_features
from core.retrieval.verdicts.evidence import Evidence
from core.retrieval.verdicts.verdict import reach_verdict

STOCKED = ("Jeans", "Shirts", "Jackets", "Shoes")


def judged(
    kind="Jeans",
    *,
    source="laid",
    margin=4.0,
    types=("Jeans",) * 12,
    scores=0.9,
    sure=None,
    class_scores=None,
    certainty=0.9,
    label="Jeans",
) -> JudgedView:
    prediction = Prediction("vgg19", "Jeans", {"Jeans": 0.97, "Shirts": 0.03}, margin >= 0, margin)
    shown = None if label is None else Garment((0.2, 0.2, 0.8, 0.8), label, certainty, np.ones((1, 1), bool))
    evidence = Evidence([prediction], shown, knn_vote(list(types)), STOCKED)
    kinds = (kind,) if kind else ()
    return JudgedView(
        source,
        kind or "blank",
        kinds,
        kind in ("Jeans", "Shirts"),
        evidence,
        reach_verdict(evidence),
        sure,
        np.full(12, scores),
        np.array([each in kinds for each in types]),
        class_scores or {},
        something_features(evidence, float(scores), np.full((40, 30, 3), 250, np.uint8)),
    )


def many(number=40):
    """Give pictures of jeans that are near, of jackets that are not, and of nothing."""
    generator = np.random.default_rng(3)
    views = []
    for _ in range(number):
        near, far = generator.uniform(0.85, 0.99), generator.uniform(0.4, 0.7)
        views.append(judged(scores=near, margin=generator.normal(3, 1)))
        views.append(
            judged(
                "Jackets",
                source="worn",
                scores=far,
                margin=generator.normal(-3, 1),
                types=("Shoes",) * 12,
                label="Jackets",
            )
        )
        views.append(
            judged("", source="nothing", scores=0.2, margin=-4, types=("Shoes", "Shirts") * 6, label=None)
        )
    return views


def test_scores_are_called_close_by_the_share_of_right_hits():
    scores = fit_scores(many())
    assert 0.7 < scores.close <= scores.very_close <= 0.87
    assert [each.right for each in scores.curve][-1] == 1.0
    assert sum(each.n for each in scores.curve) == 80 * 12


def test_where_hits_are_never_right_no_score_is_close():
    assert fit_scores([judged("Skirts", scores=0.99)] * 3).close > 1


def test_few_garments_are_called_nothing_and_nothing_is():
    something = fit_something(many())
    nothing = {"score": 0.2, "agreement": 0.5, "classifier": -4.0, "garment": 0.0, "smoothness": 1.0}
    assert something.probability(nothing) < something.limit
    jeans = {"score": 0.95, "agreement": 1.0, "classifier": 3.0, "garment": 0.9, "smoothness": 1.0}
    assert something.probability(jeans) >= something.limit


def test_judges_are_counted_by_what_photographs_show():
    mistaken = judged("Jackets", source="worn")  # called jeans by all
    unknown = judged("Jackets", source="worn", margin=-4.0, types=("Jackets", "Shoes", "Shirts") * 4)
    right = [judged() for _ in range(6)]
    judges = fit_judges([*right, mistaken, unknown, judged("", source="nothing", label=None)])
    assert {name: (each.n, each.right) for name, each in judges.items()} == {
        "vgg19": (8, pytest.approx(0.75)),  # laid and worn count the same: six of six, and one of two
        "finder": (8, pytest.approx(0.5)),
        "neighbours": (7, pytest.approx(0.5)),  # of many types once, which says nothing
    }


def test_a_photograph_that_may_be_of_a_class_or_not_counts_for_no_judge():
    assert fit_judges([replace(judged(), known=None)]) == {}


def contested(best_of_class: float) -> JudgedView:
    """Give a jacket called jeans, whose nearest products are jackets."""
    return judged(
        "Jackets",
        types=("Jackets",) * 12,
        scores=0.9,
        sure="Jeans",
        class_scores={"Jeans": best_of_class},
        label=None,
    )


@pytest.mark.parametrize(("best_of_class", "as_shown"), [(0.85, 0.0), (0.75, 1.0)])
def test_a_sure_class_comes_first_only_near_the_best(best_of_class, as_shown):
    assert shares_right(contested(best_of_class), 0.1) == (1.0, as_shown)


def test_a_sure_class_comes_first_where_the_neighbours_agree():
    view = judged(types=("Jeans",) * 7 + ("Shirts",) * 5, sure="Jeans", class_scores={"Jeans": 0.1})
    assert shares_right(view, 0.0) == (pytest.approx(7 / 12), 1.0)


def test_the_margin_ends_before_a_group_loses_right_hits():
    assert choose_class_margin([contested(0.85)]) == 0.04
    assert choose_class_margin([contested(0.1)]) == 0.3


def test_figures_tell_what_held():
    views = many()
    calibration = Calibration({}, {"vgg16": fit_scores(views)}, fit_something(views), 0.1, {})
    figures = trust_figures(views, "vgg16", calibration)
    assert set(figures["verdicts"]) == {"laid", "worn"}
    assert figures["verdicts"]["laid"] == {
        "n": 40,
        "class_right": 1.0,
        "known": 1.0,
        "n_others": 0,
        "others_not_known": None,
        "doubted": 0.0,
        "doubted_wrong": None,
        "undoubted_wrong": 0.0,
    }
    assert figures["verdicts"]["worn"]["others_not_known"] == 1.0
    assert figures["closeness"]["very close"] == {"n": 480, "right": 1.0}
    assert figures["closeness"]["not close"] == {"n": 480, "right": 0.0}
    assert figures["nothing_close"]["nothing"] == {"n": 40, "warned": 1.0}
    assert figures["nothing_close"]["garments"]["warned"] <= 0.05
    assert figures["class_first"]["laid: Jeans"] == {"n": 40, "by_score": 1.0, "as_shown": 1.0}


@pytest.mark.parametrize(
    ("kind", "types", "right"),
    [("Jeans", ("Jeans",), True), ("Shirts", ("Jeans",), False), ("Jackets", ("Jeans",), False)],
)
def test_of_verdicts_that_are_doubted_and_others_it_is_said_how_many_are_wrong(kind, types, right):
    view = judged(kind, types=types * 12)
    assert view.verdict_right is right
    doubted = replace(view, verdict=replace(view.verdict, doubted=True))
    calibration = Calibration({}, {"vgg16": fit_scores([view])}, fit_something(many(4)), 0.1, {})
    figures = trust_figures([view, view, doubted], "vgg16", calibration)["verdicts"]["laid"]
    assert figures["doubted"] == pytest.approx(1 / 3)
    assert figures["doubted_wrong"] == figures["undoubted_wrong"] == float(not right)


MANY_TYPES = ("Shoes", "Jeans", "Jackets") * 4


def test_the_classifier_counts_from_the_least_margin_that_tells_photographs_best():
    views = [judged(margin=margin, label=None, types=MANY_TYPES) for margin in (2.0, 3.0, 5.0)]
    views += [judged("Jackets", margin=margin, label=None, types=MANY_TYPES) for margin in (-2.0, 0.7, 1.2)]
    assert choose_known_margin(views) == 1.5
    assert choose_known_margin(views[:3]) == 0.0, "where there is nothing to be told apart"
