import pytest

from core.engine import Prediction
from core.errors import SearchError
from core.labels import LABELS
from core.verdict import NEIGHBOURS, answer, conflicts_first, judge, percent, vote


def says(model: str, label: str, probability: float = 0.9, known: bool = True) -> Prediction:
    rest = (1 - probability) / 4
    return Prediction(model, label, {one: probability if one == label else rest for one in LABELS}, known)


def test_all_agree():
    verdict = judge([says(name, "Tshirts", 0.98) for name in ("rgb", "vgg19", "vgg16")])
    assert verdict.sentence == "T-shirt, 98 %"
    assert verdict.judge == "vgg19"
    assert verdict.agreeing == ("vgg19", "vgg16", "rgb")
    assert not verdict.conflict


def test_who_differs_is_named_with_its_answer():
    verdict = judge([says("vgg19", "Shirts"), says("vae", "Kurtas"), says("rgb", "Jeans", known=False)])
    assert verdict.differing == {"vae": "Kurta", "rgb": "None of these"}
    assert verdict.agreeing == ("vgg19",)
    assert verdict.n_judges == 3


def test_none_of_these_is_the_verdict_and_judges_agree_on_it_whatever_is_nearest():
    verdict = judge([says("vgg19", "Shirts", known=False), says("vgg16", "Skirts", known=False)])
    assert verdict.sentence == "None of these; the nearest is Shirt"
    assert not verdict.conflict


def test_without_vgg19_the_next_judge_speaks():
    assert judge([says(NEIGHBOURS, "Jeans"), says("vae", "Skirts")]).judge == "vae"


def test_without_judges_there_is_no_verdict():
    with pytest.raises(SearchError, match="core train"):
        judge([])


def test_the_neighbours_vote_by_shares_of_the_classes():
    said = vote(["Jeans"] * 6 + ["Skirts"] * 2 + ["Watches"] * 2)
    assert answer(said) == "Jeans"
    assert said.probabilities == {"Tshirts": 0, "Shirts": 0, "Jeans": 0.75, "Skirts": 0.25, "Kurtas": 0}
    assert said.known


def test_neighbours_mostly_of_other_kinds_say_none_of_these():
    assert vote(["Jeans"] * 5 + ["Watches"] * 5).known
    assert not vote(["Jeans"] * 4 + ["Watches"] * 5).known
    alone = vote(["Watches"] * 3)
    assert not alone.known
    assert set(alone.probabilities.values()) == {0.2}


def test_a_draw_goes_to_the_nearest():
    assert vote(["Skirts", "Jeans", "Jeans", "Skirts"]).label == "Skirts"


def test_nobody_to_vote_is_an_error():
    with pytest.raises(SearchError, match="No product"):
        vote([])


def test_conflicts_come_first_then_the_least_sure():
    sure, unsure = judge([says("vgg19", "Jeans", 0.9)]), judge([says("vgg19", "Jeans", 0.6)])
    split = judge([says("vgg19", "Jeans", 0.95), says("rgb", "Skirts")])
    assert conflicts_first([sure, unsure, split, sure]) == [2, 1, 0, 3]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.9949, "99 %"),
        (0.995, "over 99 %"),
        (1.0, "100 %"),
        (0.0049, "below 1 %"),
        (0.0, "0 %"),
        (0.5, "50 %"),
    ],
)
def test_percentages_round_to_certainty_only_when_certain(share, words):
    assert percent(share) == words
