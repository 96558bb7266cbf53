"""Underwear, swimwear and nightwear, on a small table."""

import numpy as np
import pandas as pd
import pytest

from core.gallery.intimates import intimate_types, leave_out_intimates
from core.gallery.local import LocalGallery
from core.gallery.protocol import Filters


def gallery_of(*types: str) -> LocalGallery:
    products = pd.DataFrame({"id": [str(row) for row in range(len(types))], "articleType": types})
    products["gender"] = ["Women" if row % 2 else "Men" for row in range(len(types))]
    return LocalGallery(products, {"toy": lambda: np.eye(len(types), dtype=np.float32)})


SHOP = gallery_of("Shirts", "Bra", "Jeans", "boxers", "Shirts", "Shirts")


def test_types_are_told_however_they_are_spelled():
    assert intimate_types(["Bras", "Night-Suit", "Tshirts", "Track Pants", ""]) == ("Bras", "Night-Suit")


def test_they_are_left_out_of_any_other_query():
    filters, n_left_out = leave_out_intimates(Filters(), SHOP, own_type="Shirts")
    assert n_left_out == 2
    assert SHOP.count_by("articleType", filters=filters) == {"Shirts": 3, "Jeans": 1}
    kept = Filters(rejected={"articleType": ("Jeans",)})
    filters, _ = leave_out_intimates(kept, SHOP)
    assert SHOP.count_by("articleType", filters=filters) == {"Shirts": 3}


@pytest.mark.parametrize(
    ("filters", "own_type"),
    [
        (Filters(), "briefs"),
        (Filters({"articleType": ("Bra", "boxers")}), ""),
        (Filters(only_ids=("1",)), ""),
    ],
)
def test_a_query_of_that_kind_finds_them(filters, own_type):
    assert leave_out_intimates(filters, SHOP, own_type=own_type) == (filters, 0)


def test_a_shop_of_nothing_else_is_searched_whole():
    assert leave_out_intimates(Filters(), gallery_of("Bra", "Briefs", "Socks")) == (Filters(), 0)
