import pandas as pd
import pytest

from core.errors import SearchError
from core.labels import LABELS
from core.models.consensus import (
    KNN,
    ClassifiedImage,
    combine_predictions,
    conflicts_first,
    knn_vote,
    predict_all,
    prediction_table,
)
from core.models.prediction import (
    CONFIDENT_PROBABILITY,
    Prediction,
    confident_class,
    percent_text,
    prediction_text,
)
from tests.conftest import ToyModel, garment


def says(model: str, label: str, probability: float = 0.9, known: bool = True) -> Prediction:
    rest = (1 - probability) / 4
    return Prediction(model, label, {one: probability if one == label else rest for one in LABELS}, known)


def test_all_agree():
    verdict = combine_predictions([says(name, "Tshirts", 0.98) for name in ("rgb", "vgg19", "vgg16")])
    assert verdict.sentence == "T-shirt, 98 %"
    assert verdict.judge == "vgg19"
    assert verdict.agreeing == ("vgg19", "vgg16", "rgb")
    assert not verdict.conflict


def test_who_differs_is_named_with_its_answer():
    verdict = combine_predictions(
        [says("vgg19", "Shirts"), says("vae", "Kurtas"), says("rgb", "Jeans", known=False)]
    )
    assert verdict.differing == {"vae": "Kurta", "rgb": "None of these"}
    assert verdict.agreeing == ("vgg19",)
    assert verdict.n_judges == 3


def test_none_of_these_is_the_verdict_and_judges_agree_on_it_whatever_is_nearest():
    verdict = combine_predictions(
        [says("vgg19", "Shirts", known=False), says("vgg16", "Skirts", known=False)]
    )
    assert verdict.sentence == "None of these; the nearest is Shirt"
    assert not verdict.conflict


def test_without_vgg19_the_next_judge_speaks():
    assert combine_predictions([says(KNN, "Jeans"), says("vae", "Skirts")]).judge == "vae"


def test_without_judges_there_is_no_verdict():
    with pytest.raises(SearchError, match="core train"):
        combine_predictions([])


def test_the_neighbours_vote_by_shares_of_the_classes():
    said = knn_vote(["Jeans"] * 6 + ["Skirts"] * 2 + ["Watches"] * 2)
    assert prediction_text(said) == "Jeans"
    assert said.probabilities == {"Tshirts": 0, "Shirts": 0, "Jeans": 0.75, "Skirts": 0.25, "Kurtas": 0}
    assert said.known


def test_neighbours_mostly_of_other_kinds_say_none_of_these():
    assert knn_vote(["Jeans"] * 5 + ["Watches"] * 5).known
    assert not knn_vote(["Jeans"] * 4 + ["Watches"] * 5).known
    alone = knn_vote(["Watches"] * 3)
    assert not alone.known
    assert set(alone.probabilities.values()) == {0.2}


def test_a_draw_goes_to_the_nearest():
    assert knn_vote(["Skirts", "Jeans", "Jeans", "Skirts"]).label == "Skirts"


def test_nobody_to_vote_is_an_error():
    with pytest.raises(SearchError, match="No product"):
        knn_vote([])


def judged(name: str, *said: Prediction) -> ClassifiedImage:
    return (
        ClassifiedImage(name, said, combine_predictions(said))
        if said
        else ClassifiedImage(name, problem="torn")
    )


def test_conflicts_come_first_then_the_least_sure_and_unread_ones_last():
    sure = judged("a", says("vgg19", "Jeans", 0.9))
    unsure = judged("b", says("vgg19", "Jeans", 0.6))
    split = judged("c", says("vgg19", "Jeans", 0.95), says("rgb", "Skirts"))
    assert conflicts_first([judged("d"), sure, unsure, split, sure]) == [3, 2, 1, 4, 0]


def test_the_table_has_a_row_for_every_picture_and_a_column_for_every_judge():
    table = prediction_table(
        [
            judged("a.jpg", says("rgb", "Skirts"), says("vgg19", "Jeans", 0.75)),
            judged("b.jpg"),
            judged("c.jpg", says("vgg19", "Jeans", known=False)),
        ]
    )
    assert list(table.columns)[6:] == ["vgg19", "rgb", "problem"]
    assert table["file"].tolist() == ["a.jpg", "b.jpg", "c.jpg"]
    first, torn, none = (row for _, row in table.iterrows())
    assert (first["verdict"], first["probability"], first["agree"]) == ("Jeans", 0.75, "1 of 2")
    assert (first["vgg19"], first["rgb"], first["problem"]) == ("Jeans", "Skirt", "")
    assert torn["problem"] == "torn"
    assert pd.isna(torn["probability"])
    assert pd.isna(torn["verdict"])
    assert (none["verdict"], none["nearest class"], none["known"]) == ("None of these", "Jeans", False)
    assert pd.isna(none["rgb"])


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


def test_every_judge_at_hand_is_asked():
    picture = garment((200, 30, 40), 16)
    said = predict_all(picture, [ToyModel("vgg19"), ToyModel("rgb")], list(LABELS))
    assert [one.model for one in said] == ["vgg19", "rgb", KNN]
    assert said[0].label == "Shirts"
    assert set(said[2].probabilities.values()) == {0.2}


def test_without_a_catalogue_nobody_votes():
    assert [one.model for one in predict_all(garment((0, 0, 0), 9), [ToyModel("vae")])] == ["vae"]


def test_a_class_is_sure_where_it_is_known_and_probable_enough():
    assert confident_class(says("vgg19", "Jeans", CONFIDENT_PROBABILITY)) == "Jeans"
    assert confident_class(says("vgg19", "Jeans", CONFIDENT_PROBABILITY - 0.001)) is None
    assert confident_class(says("vgg19", "Jeans", 0.99, known=False)) is None
