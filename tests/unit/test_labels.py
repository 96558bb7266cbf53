"""Spellings of the classes, and what a type of product rules out."""

import pytest

from core.labels import (
    LABELS,
    NARROWER_TYPES,
    is_of_kind,
    label_key,
    match_label,
    rules_out,
    spellings_of,
)


@pytest.mark.parametrize(
    "spelling", ["Tshirts", "tshirts", "T-Shirt", "t shirt", "T-SHIRTS", "tshirt", "Tshirt "]
)
def test_case_hyphens_blanks_and_the_plural_do_not_matter(spelling):
    assert match_label(spelling) == "Tshirts"


@pytest.mark.parametrize(
    "other", ["Camisetas", "Shoes", "Shorts", "Sweatshirts", "Kurtis", "", "-", "Nightshirts"]
)
def test_other_types_are_none_of_the_classes(other):
    assert match_label(other) is None


def test_no_two_names_of_the_data_set_are_one():
    names = [*LABELS, *NARROWER_TYPES, *(name for narrower in NARROWER_TYPES.values() for name in narrower)]
    assert len({label_key(name) for name in names}) == len(set(names))


def test_plurals_of_both_kinds_are_left_out():
    pairs = [
        ("Dresses", "dress"),
        ("Watches", "watch"),
        ("Shoes", "shoe"),
        ("Clutches", "Clutch"),
        ("Jeans", "jean"),
    ]
    assert all(label_key(one) == label_key(other) for one, other in pairs)


def test_what_has_no_letter_is_only_itself():
    assert spellings_of("-", ["", "-", "–"]) == ("-",)


def test_a_narrower_type_is_of_its_kind_and_not_the_other_way_round():
    assert is_of_kind("sports shoes", "Shoes")
    assert not is_of_kind("Shoes", "Sports Shoes")
    assert not is_of_kind("Shorts", "Shirts")


def test_a_broader_word_does_not_rule_a_class_out():
    assert not rules_out("Tops", "Tshirts")
    assert rules_out("Tops", "Jeans")
    assert not rules_out("trousers", "Jeans")
    assert rules_out("Camisetas", "Tshirts")
