"""The table of verdicts: pictures that need a look first, and no probability of what is not said."""

import pandas as pd

from core.labels import LABELS
from core.models.consensus import knn_vote
from core.models.prediction import Prediction
from core.reporting.class_table import ClassifiedImage, class_table, conflicts_first
from core.retrieval.verdicts.evidence import Evidence
from core.retrieval.verdicts.verdict import reach_verdict


def says(model: str, label: str, probability: float = 0.9, known: bool = True) -> Prediction:
    rest = (1 - probability) / 4
    return Prediction(model, label, {one: probability if one == label else rest for one in LABELS}, known)


def judged(name: str, *said: Prediction, types: tuple[str, ...] = ()) -> ClassifiedImage:
    if not said:
        return ClassifiedImage(name, problem="torn")
    vote = knn_vote(types) if types else None
    verdict = reach_verdict(Evidence(said, vote=vote, stocked=(*LABELS, *types)))
    return ClassifiedImage(name, "the whole picture", said, vote, verdict)


def test_conflicts_come_first_then_the_least_sure_and_unread_ones_last():
    sure = judged("a", says("vgg19", "Jeans", 0.9))
    unsure = judged("b", says("vgg19", "Jeans", 0.6))
    split = judged("c", says("vgg19", "Jeans", 0.95), says("rgb", "Skirts"))
    assert conflicts_first([judged("d"), sure, unsure, split, sure]) == [3, 2, 1, 4, 0]


def test_the_table_has_a_row_for_every_picture_and_a_column_for_every_judge():
    table = class_table(
        [judged("a.jpg", says("rgb", "Skirts"), says("vgg19", "Jeans", 0.75)), judged("b.jpg")]
    )
    assert list(table.columns) == [
        "file", "turned", "looked at", "verdict", "sureness", "probability", "known", "agree",
        "vgg19", "rgb", "problem",
    ]  # fmt: skip
    first, torn = (row for _, row in table.iterrows())
    assert (first["verdict"], first["sureness"], first["probability"]) == ("Jeans, 75 %", "likely", 0.75)
    assert (first["looked at"], first["agree"], first["known"]) == ("the whole picture", "1 of 2", True)
    assert (first["vgg19"], first["rgb"], first["problem"]) == ("Jeans", "Skirt", "")
    assert torn["problem"] == "torn"
    assert pd.isna(torn["probability"])
    assert pd.isna(torn["verdict"])


def test_no_probability_stands_beside_a_verdict_that_it_is_not_of():
    table = class_table(
        [
            judged("shoe.jpg", says("vgg19", "Jeans", 0.9159, known=False)),
            judged("saree.jpg", says("vgg19", "Jeans", 0.9159, known=False), types=("Sarees",) * 12),
        ]
    )
    assert table["verdict"].tolist() == ["None of these classes", "Sarees: 12 of 12 nearest"]
    assert pd.isna(table["probability"][0])
    assert table["probability"][1] == 1.0
    assert table["known"].tolist() == [False, False]
    assert table["neighbours"].tolist()[1] == "Sarees: 12 of 12 nearest"
