"""The vote of the nearest products, and percentages that never claim too much."""

import pytest

from core.errors import SearchError
from core.labels import LABELS
from core.models.consensus import CLASSIFIER_PRIORITY, judge_rank, knn_vote
from core.models.prediction import CONFIDENT_PROBABILITY, Prediction, confident_class, percent_text


def says(model: str, label: str, probability: float = 0.9, known: bool = True) -> Prediction:
    rest = (1 - probability) / 4
    return Prediction(model, label, {one: probability if one == label else rest for one in LABELS}, known)


def test_the_neighbours_vote_by_their_types_the_most_first():
    vote = knn_vote(["Skirts"] * 2 + ["Jeans"] * 6 + ["Watches"] * 4)
    assert vote.counts == {"Jeans": 6, "Watches": 4, "Skirts": 2}
    assert (vote.leader, vote.share, vote.n) == ("Jeans", 0.5, 12)
    assert vote.text == "Jeans: 6 of 12 nearest"


def test_spellings_of_a_class_are_counted_together_as_the_class():
    vote = knn_vote(["t-shirt", "T SHIRTS", "tshirts", "Camisetas", "camisetas"])
    assert vote.counts == {"Tshirts": 3, "Camisetas": 2}


def test_a_draw_goes_to_the_nearest():
    assert knn_vote(["Skirts", "Jeans", "Jeans", "Skirts"]).leader == "Skirts"


def test_products_of_unknown_type_are_called_that():
    assert knn_vote(["", "", "Jeans"]).text == "Unknown: 2 of 3 nearest"


def test_nobody_to_vote_is_an_error():
    with pytest.raises(SearchError, match="No product"):
        knn_vote([])


def test_judges_have_an_order_and_others_come_last():
    judges = ["other", "rgb", "vgg16", "vgg19"]
    assert sorted(judges, key=judge_rank) == ["vgg19", "vgg16", "rgb", "other"]
    assert judge_rank("other") == len(CLASSIFIER_PRIORITY)


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
    assert percent_text(share) == words


def test_a_class_is_sure_where_it_is_known_and_probable_enough():
    assert confident_class(says("vgg19", "Jeans", CONFIDENT_PROBABILITY)) == "Jeans"
    assert confident_class(says("vgg19", "Jeans", CONFIDENT_PROBABILITY - 0.001)) is None
    assert confident_class(says("vgg19", "Jeans", 0.99, known=False)) is None
