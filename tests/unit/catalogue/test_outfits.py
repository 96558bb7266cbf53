"""Products that go with another, by rule."""

import pandas as pd
import pytest

from core.catalogue.outfits import complete_the_look
from core.labels import label_key


def table(*rows: tuple[str, str, str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["id", "articleType", "gender", "usage", "season", "baseColour"])


SHOP = table(
    ("tee", "Tshirts", "Men", "Casual", "Summer", "Red"),
    ("jeans-red", "Jeans", "Men", "Casual", "Summer", "Green"),
    ("jeans", "Jeans", "Men", "Casual", "Summer", "Black"),
    ("jeans-formal", "Jeans", "Men", "Formal", "Summer", "Black"),
    ("skirt", "Skirts", "Women", "Casual", "Summer", "Black"),
    ("shoes", "Casual Shoes", "Unisex", "Casual", "Winter", "Red"),
    ("bag", "Backpacks", "Men", "Casual", "Summer", "Grey"),
    ("shirt", "Shirts", "Men", "Casual", "Summer", "White"),
    ("pen", "Pens", "Men", "Casual", "Summer", "White"),
)


def ids(outfit) -> list[str]:
    return [item.product_id for item in outfit]


def test_one_of_each_part_that_goes_with_it_is_chosen():
    outfit = complete_the_look("tee", SHOP)
    assert ids(outfit) == ["jeans", "shoes", "bag"]
    assert [item.reason for item in outfit] == [
        "Men, Casual, Summer; Black goes with Red",
        "Casual; also Red",
        "Men, Casual, Summer; Grey goes with Red",
    ]


def test_no_kind_comes_twice_and_missing_parts_are_filled_by_further_kinds():
    few = SHOP[~SHOP["id"].isin(["shoes", "bag"])]
    assert set(ids(complete_the_look("jeans", few))) == {"tee", "shirt"}
    assert ids(complete_the_look("tee", few)) == ["jeans"]
    assert ids(complete_the_look("tee", SHOP, n=1)) == ["jeans"]


def test_no_colour_that_fits_leaves_the_rest_of_the_rule():
    only = SHOP[SHOP["id"].isin(["tee", "jeans-red"])]
    (item,) = complete_the_look("tee", only)
    assert (item.product_id, item.reason) == ("jeans-red", "Men, Casual, Summer")


@pytest.mark.parametrize("product_id", ["pen", "nothing"])
def test_what_is_no_part_of_an_outfit_has_none(product_id):
    assert complete_the_look(product_id, SHOP) == ()


def test_spellings_and_row_numbers_do_not_matter():
    other = SHOP.assign(articleType=SHOP["articleType"].str.lower()).iloc[::-1]
    assert ids(complete_the_look("tee", other)) == ids(complete_the_look("tee", SHOP))
    assert label_key("Off White") == "offwhite"
