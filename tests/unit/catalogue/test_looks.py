"""What products' names say of their look, and what they only seem to say."""

import pytest

from core.catalogue.looks import LOOKS, look_of


@pytest.mark.parametrize(
    ("name", "attribute", "values"),
    [
        ("Arrow Men Blue Stripes Shirt", "pattern", {"striped"}),
        ("Highlander Men Check Red Shirt", "pattern", {"checked"}),
        ("Women Polka Dot Skirt", "pattern", {"dots", "printed"}),
        ("Lee Men Mid-Wash Blue Jeans", "pattern", set()),
        ("Levis Men Washed Blue Jeans", "pattern", {"washed"}),
        ("Men Striped and Checked Shirt", "pattern", {"striped", "checked"}),
        ("Puma Men Polo T-shirt", "collar", {"polo"}),
        ("U.S. Polo Assn. Men Brown Belt", "collar", set()),
        ("Half Sleeve Kurta", "sleeve", {"short"}),
        ("Men V-Neck T-shirt", "neck", {"v"}),
        ("Women Skinny Fit Jeans", "fit", {"slim"}),
        ("Checkmate Watch", "pattern", set()),
        ("", "fit", set()),
    ],
)
def test_a_look_is_what_the_name_says(name, attribute, values):
    assert look_of(name)[attribute] == values


def test_every_attribute_is_answered():
    assert list(look_of("anything")) == list(LOOKS)
