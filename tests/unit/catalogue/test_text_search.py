import pandas as pd
import pytest

from core.catalogue.text_search import TEXT_COLUMNS, find_products_by_text


def table(**columns: list[str]) -> pd.DataFrame:
    made = pd.DataFrame("", index=range(len(columns["id"])), columns=["id", *TEXT_COLUMNS])
    return made.assign(**columns)


@pytest.fixture
def products():
    return table(
        id=["10", "11", "12"],
        productDisplayName=["Turtle Check Men Navy Shirt", "Plain T-shirt", "(Odd) name.* 10"],
        baseColour=["Navy Blue", "White", "Red"],
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["10", "11", "12"]),
        ("  ", ["10", "11", "12"]),
        ("SHIRT navy", ["10"]),
        ("shirt", ["10"]),
        ("t-sh", ["11"]),
        ("t shirt", ["11"]),
        ("blue white", []),
        (".*", []),
        ("(odd)", ["12"]),
        ("10", ["10", "12"]),
        ("11", ["11"]),
        ("1", ["12"]),
    ],
)
def test_all_words_count_from_their_start_in_any_order(products, words, found):
    assert find_products_by_text(products, words) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("sku-10023", ["SKU-10023"]),
        ("SKU 10023", ["SKU-10023"]),
        ("10023", ["SKU-10023"]),
        ("1002", []),
        ("8779/10023/401", ["8779-10023-401"]),
        ("fit", ["SKU-10023"]),
        ("slim-fit", ["SKU-10023"]),
        ("cafe", ["7"]),
        ("CAFÉ", ["7"]),
        ("cafe\u0301", ["7"]),
        ("strasse", ["7"]),
    ],
)
def test_case_accents_and_marks_between_words_do_not_count(words, found):
    products = table(
        id=["SKU-10023", "7", "8779-10023-401"],
        productDisplayName=["Blue Slim-fit Jeans", "Café Straße Tee", "Skirt"],
    )
    if words == "10023":
        found = [*found, "8779-10023-401"]
    assert find_products_by_text(products, words) == found


def test_no_products_are_no_error(products):
    assert find_products_by_text(products.iloc[:0], "shirt") == []


def test_a_line_break_in_a_name_moves_no_other_product():
    products = table(id=["1", "2"], productDisplayName=["Two\nlines", "Last"])
    assert find_products_by_text(products, "last") == ["2"]
    assert find_products_by_text(products, "lines") == ["1"]
