"""The split by family: colour variants and near-duplicates of a product stay on one side."""

import pandas as pd

from core.catalogue.split import family_names, family_split_of, split_of

COLUMNS = ["id", "articleType", "gender", "baseColour", "productDisplayName"]


def families(*rows):
    names = family_names(
        pd.DataFrame([(str(number), *row) for number, row in enumerate(rows)], columns=COLUMNS)
    )
    return [names.index(name) for name in names]


def of_split(split):
    return next(str(number) for number in range(1000) if split_of(str(number)) == split)


def test_names_that_differ_in_colours_alone_are_one_family():
    assert families(
        ("Shirts", "Men", "Navy Blue", "Arrow Men Navy Blue Shirt"),
        ("Shirts", "Men", "Red", "Arrow Men RED Shirt"),
        ("Shirts", "Men", "Red", "Arrow Men Check Red Shirt"),
        ("Shirts", "Women", "Red", "Arrow Men Red Shirt"),
        ("Tshirts", "Men", "Red", "Arrow Men Red Shirt"),
    ) == [0, 0, 2, 3, 4]


def test_products_without_a_name_are_no_family():
    unnamed = [("Shirts", "Men", "Red", ""), ("Shirts", "Men", "Red", ""), ("Shirts", "Men", "Red", "Red")]
    assert families(*unnamed) == [0, 1, 2]


def test_a_family_goes_where_most_is_known_of_it():
    train, validation, test = (of_split(split) for split in ("train", "validation", "test"))
    assert family_split_of([test]) == "test"
    assert family_split_of([test, validation]) == "validation"
    assert family_split_of([test, validation, train]) == "train"
