"""Filters and facet counts, on five products laid out by hand."""

import numpy as np
import pytest

from core.errors import SearchError
from core.gallery.facets import facet_counts, filter_values, matching_rows, price_range
from core.gallery.protocol import Filters


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"accepted": {"articleType": ("Shirts",)}}, ["1", "2", "5"]),
        ({"accepted": {"articleType": ("Shirts", "Jeans"), "baseColour": ("Blue",)}}, ["1", "3", "5"]),
        ({"accepted": {"gender": ["Women"], "usage": ["Formal"]}}, ["2"]),
        ({"accepted": {"season": ("",)}}, ["4"]),
        ({"accepted": {"season": ()}}, ["1", "2", "3", "4", "5"]),
        ({"accepted": {"articleType": ("Jeans",), "gender": ("Women",)}}, []),
        ({"rejected": {"articleType": ("Shirts", "Hats")}}, ["3", "4"]),
        ({"accepted": {"gender": ("Men",)}, "rejected": {"season": ("Fall",)}}, ["1"]),
        ({"price": (20, 40)}, ["2", "4"]),
        ({"price": (None, 20)}, ["1", "2"]),
        ({"price": (41, None)}, ["5"]),
        ({"price": (None, None)}, ["1", "2", "4", "5"]),
        ({"without_ids": ("4", "x")}, ["1", "2", "3", "5"]),
        ({"only_ids": ("4", "x")}, ["4"]),
        ({"only_ids": ()}, []),
    ],
)
def test_filters_narrow(products, filters, expected):
    passing = matching_rows(products, Filters(**filters))
    assert products["id"][passing].tolist() == expected


def test_facets_count_what_each_value_would_find(gallery):
    filters = Filters({"articleType": ("Shirts",), "baseColour": ("Blue",)})
    counts = facet_counts(gallery, filters=filters)
    assert counts["articleType"] == {"Shirts": 2, "Jeans": 1}
    assert counts["baseColour"] == {"Blue": 2, "Red": 1}
    assert counts["gender"] == {"Men": 2}
    assert counts["season"] == {"Fall": 1, "Summer": 1}
    assert list(counts) == ["articleType", "baseColour", "gender", "season", "usage"]


def test_facets_obey_threshold_price_and_exclusion(gallery, query):
    filters = Filters({"baseColour": ("Red",)}, price=(0, 30), without_ids=("2",))
    counted = facet_counts(gallery, filters=filters, query=query, threshold=0.8, columns=["baseColour"])
    assert counted == {"baseColour": {"Blue": 1, "Red": 0}}
    everything = facet_counts(gallery, filters=Filters(), columns=["season"])
    assert list(everything["season"].items()) == [("Fall", 2), ("Summer", 2), ("", 1)]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (
            {"accepted": {"label": ("Shirts",)}},
            "cannot be filtered by 'label'; they can by articleType, baseC",
        ),
        ({"accepted": {"price": ("10",)}}, "cannot be filtered by 'price'"),
        ({"accepted": {"brandName": ("Acme",)}}, "cannot be filtered by 'brandName'"),
        ({"rejected": {"label": ("Shirts",)}}, "cannot be filtered by 'label'"),
        ({"accepted": {"articleType": ("Hats",)}}, "No product has articleType 'Hats'; there are Shirts, "),
        ({"accepted": {"articleType": "Shirts"}}, "give a tuple"),
        ({"price": (30, 20)}, "lower price first"),
        ({"price": (float("nan"), 20)}, "lower price first"),
    ],
)
def test_refuses_filters_that_the_products_lack(products, filters, message):
    with pytest.raises(SearchError, match=message) as caught:
        matching_rows(products, Filters(**filters))
    assert "\n" not in str(caught.value)


def test_says_that_there_are_no_prices(products):
    with pytest.raises(SearchError, match="has a price"):
        matching_rows(products.assign(price=np.nan), Filters(price=(1, 2)))


def test_filters_offer_the_columns_in_which_products_differ(products):
    offered = filter_values(products.assign(usage="Casual"))
    assert offered["season"] == ["", "Fall", "Summer"]
    assert "usage" not in offered
    assert price_range(products) == (10.0, 50.0)
    assert price_range(products.assign(price=np.nan)) == (0.0, 0.0)
    assert price_range(products.assign(price=[1.2, 7.9, 3, 4, 5])) == (1.0, 8.0)


def test_an_empty_gallery_has_no_facets(products, query, make_gallery):
    empty = make_gallery(products[:0], {"toy": np.empty((0, 2))})
    assert facet_counts(empty, filters=Filters(), query=query, threshold=0.5)["gender"] == {}
