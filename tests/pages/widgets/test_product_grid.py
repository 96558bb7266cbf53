"""What a card says of a product."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.visitor import is_hit_line
from core.retrieval.ranking import Hit
from core.retrieval.verdicts.calibration import Closeness
from pages._shared.widgets.product_grid import place_in_words, product_facts, untold_facts

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


@pytest.mark.parametrize("closeness", [None, *Closeness])
def test_the_benchmarks_know_a_hit_by_its_place(closeness):
    assert is_hit_line(place_in_words(Hit("1", 3, 0.91, closeness=closeness)))
