"""What a card says of a product."""

import numpy as np
import pandas as pd
import pytest

from pages._shared.widgets.product_grid import product_facts, untold_facts

TEE = {
    "productDisplayName": "Puma Men Striped Navy T-shirt",
    "articleType": "Tshirts",
    "baseColour": "Navy Blue",
    "brandName": "Puma",
    "price": 1499.0,
}


@pytest.mark.parametrize(
    ("changed", "facts"),
    [
        ({}, ["Price 1,499"]),
        ({"price": np.nan}, []),
        ({"productDisplayName": "Cotton classic"}, ["Tshirts", "Navy Blue", "Puma", "Price 1,499"]),
        ({"baseColour": "", "brandName": "Adidas"}, ["Adidas", "Price 1,499"]),
    ],
)
def test_a_card_does_not_say_again_what_the_name_says(changed, facts):
    assert untold_facts(pd.Series(TEE | changed)) == facts


def test_a_price_is_called_one():
    assert product_facts(pd.Series(TEE)) == "Tshirts · Navy Blue · Puma · Price 1,499"
