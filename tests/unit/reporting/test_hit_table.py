import pandas as pd

from core.models.prediction import Prediction
from core.reporting.hit_table import BatchAnswer, batch_table, hit_table
from core.retrieval.ranking import Hit
from core.retrieval.verdicts.evidence import Evidence
from core.retrieval.verdicts.verdict import reach_verdict


def products() -> pd.DataFrame:
    return pd.DataFrame(
        {"id": ["7", "8"], "articleType": ["Shirts", "Jeans"], "productDisplayName": ["=Check", "Slim"]}
    )


def test_every_hit_has_a_row_and_what_is_wrong_with_a_picture_one():
    said = Prediction("vgg19", "Shirts", {"Shirts": 0.9, "Jeans": 0.1}, True)
    unknown = Prediction("vgg19", "Jeans", {"Shirts": 0.4, "Jeans": 0.6}, False)
    table = batch_table(
        [
            BatchAnswer(
                "a.jpg",
                "the whole picture",
                reach_verdict(Evidence([said])),
                (Hit("8", 1, 0.75), Hit("7", 2, 0.5)),
            ),
            BatchAnswer("b.jpg", problem="b.jpg is empty", turn=90),
            BatchAnswer("c.jpg", "the whole picture", reach_verdict(Evidence([unknown]))),
        ],
        products(),
    )
    assert list(table.columns) == [
        *("picture", "turned", "looked at", "verdict", "probability", "known", "rank", "score", "closeness"),
        *("product_id", "articleType", "productDisplayName", "problem"),
    ]
    assert table["turned"].tolist() == [0, 0, 90, 0]
    assert table["picture"].tolist() == ["a.jpg", "a.jpg", "b.jpg", "c.jpg"]
    assert table.loc[0, ["verdict", "probability", "known", "rank", "score"]].tolist() == [
        "Shirt, 90 %", 0.9, True, 1, 0.75,
    ]  # fmt: skip
    assert table["product_id"].tolist()[:2] == ["8", "7"]
    assert table["productDisplayName"].tolist()[:2] == ["Slim", "=Check"]
    assert table.loc[2, "problem"] == "b.jpg is empty"
    assert pd.isna(table.loc[2, "verdict"])
    assert pd.isna(table.loc[2, "rank"])
    assert table["looked at"].tolist() == ["the whole picture", "the whole picture", "", "the whole picture"]
    assert table.loc[3, "verdict"] == "None of these classes"
    assert pd.isna(table.loc[3, "probability"])
    assert table.loc[3, "known"] == False  # noqa: E712


def test_no_pictures_make_a_table_without_rows():
    table = batch_table([], products())
    assert len(table) == 0
    assert "problem" in table


def test_hits_are_a_row_each_with_what_was_folded_into_them(toy_products):
    table = hit_table([Hit("121", 1, 0.5, ("130", "140")), Hit("100", 2, 0.25)], toy_products)
    assert table.loc[0, ["rank", "score", "product_id", "articleType"]].tolist() == [1, 0.5, "121", "Jeans"]
    assert table["near_duplicates"].tolist() == ["130 140", ""]
    assert table["product_id"].tolist() == ["121", "100"]
    assert hit_table([], toy_products).empty
