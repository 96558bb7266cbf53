import pandas as pd
import pytest

from core.catalogue.text_search import TEXT_COLUMNS, find_products_by_text


@pytest.fixture
def products():
    table = pd.DataFrame("", index=range(3), columns=["id", *TEXT_COLUMNS])
    table["id"] = ["10", "11", "12"]
    table["productDisplayName"] = ["Turtle Check Men Navy Shirt", "Plain T-shirt", "(Odd) name.* 10"]
    table["baseColour"] = ["Navy Blue", "White", "Red"]
    return table


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["10", "11", "12"]),
        ("  ", ["10", "11", "12"]),
        ("SHIRT navy", ["10"]),
        ("shirt", ["10"]),
        ("t-sh", ["11"]),
        ("blue white", []),
        (".*", []),
        ("(odd)", ["12"]),
        ("10", ["10", "12"]),
        ("11", ["11"]),
    ],
)
def test_all_words_count_from_their_start_in_any_order(products, words, found):
    assert find_products_by_text(products, words) == found


def test_no_products_are_no_error(products):
    assert find_products_by_text(products.iloc[:0], "shirt") == []
