import math

import msgspec

from core.reporting.report_schema import Trust
from core.reporting.trust_tables import (
    VERDICTS,
    class_first_table,
    closeness_table,
    doubt_table,
    reliability_table,
    verdict_table,
)

TRUST = msgspec.convert(
    {
        "verdicts": {
            "laid": {"n": 4, "class_right": 0.75, "known": 1.0, "n_others": 0, "others_not_known": None},
            "worn": {"n": 2, "class_right": 0.5, "doubted": 0.25, "doubted_wrong": 0.5},
        },
        "closeness": {"very close": {"n": 10, "right": 0.9}, "not close": {"n": 0, "right": None}},
        "curve": [{"least": 0.9, "below": 0.95, "n": 3, "right": 0.5}],
        "class_first": {"laid: jeans": {"n": 4, "by_score": 0.8, "as_shown": 1.0}},
    },
    Trust,
)


def test_each_source_has_a_row_and_what_is_missing_is_no_number():
    table = verdict_table(TRUST)
    assert list(table.columns) == ["source", *VERDICTS]
    assert table["source"].tolist() == ["Laid flat", "Worn, as offered"]
    assert table["class_right"].tolist() == [0.75, 0.5]
    assert math.isnan(table["others_not_known"][0])
    assert math.isnan(table["known"][1])


def test_how_often_not_all_agree_stands_where_that_was_counted():
    (worn,) = doubt_table(TRUST).to_dict("records")
    assert (worn["source"], worn["doubted"], worn["doubted_wrong"]) == ("Worn, as offered", 0.25, 0.5)
    assert math.isnan(worn["undoubted_wrong"])


def test_words_and_the_curve_have_their_hits():
    assert closeness_table(TRUST)["n"].tolist() == [10, 0]
    (point,) = reliability_table(TRUST).to_dict("records")
    assert point == {"confidence": 0.925, "n": 3, "accuracy": 0.5}


def test_each_group_says_what_the_class_first_changes():
    assert class_first_table(TRUST).to_dict("records") == [
        {"group": "laid: jeans", "n": 4.0, "by_score": 0.8, "as_shown": 1.0}
    ]


def test_a_report_without_any_has_empty_tables():
    assert [len(table(Trust())) for table in (verdict_table, closeness_table, reliability_table)] == [0, 0, 0]
