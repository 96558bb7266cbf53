"""The training, validation and test split of products, photographs and street photographs.

The split a thing belongs to depends on its id alone, so it stays the same when products are added or
taken away, and every run and every machine agrees on it.
"""

import hashlib
import re
from collections.abc import Collection
from typing import Literal

import pandas as pd

Split = Literal["train", "validation", "test"]

SPLIT_RULE = "sha256(id) as a number modulo 100: below 85 train, below 90 validation, otherwise test"
PHOTO_SPLIT_RULE = "sha256(file stem) modulo 100: below 90 train, otherwise validation"
OUTLINED_SPLIT_RULE = "sha256(id) as a number modulo 100: below 75 train, below 85 validation, otherwise test"

FAMILY_SPLIT_RULE = (
    "a product goes where most is known of its family (products of its type and gender whose names differ in "
    "colours alone, and near-duplicates by picture): train before validation before test, each by its id"
)


def split_of(product_id: str) -> Split:
    """Give the split that a product belongs to, by `SPLIT_RULE`.

    Examples
    --------
    >>> split_of("15970")
    'train'
    """
    number = _number(product_id)
    return "train" if number < 85 else "validation" if number < 90 else "test"


def photo_split_of(stem: str) -> Split:
    """Give the split that a training photograph belongs to, by `PHOTO_SPLIT_RULE`.

    There is no test split: photographs are measured on a folder of their own.
    """
    return "train" if _number(stem) < 90 else "validation"


def outlined_split_of(photo_id: str) -> Split:
    """Give the split that a street photograph belongs to, by `OUTLINED_SPLIT_RULE`.

    Examples
    --------
    >>> [outlined_split_of(photo_id) for photo_id in ("0001", "0002", "0003")]
    ['train', 'test', 'validation']
    """
    number = _number(photo_id)
    return "train" if number < 75 else "validation" if number < 85 else "test"


def family_names(products: pd.DataFrame) -> list[str]:
    """Name the family of each product: those that share one may be colour variants of one product.

    They have type, gender and name in common, the colours in the name left out. A product without a name is
    the only one of its family.

    Parameters
    ----------
    products : DataFrame, length n
        With ``id``, ``articleType``, ``gender``, ``baseColour`` and ``productDisplayName``.

    Returns
    -------
    list of n str

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "id": ["1", "2", "3"],
    ...         "articleType": "Shirts",
    ...         "gender": "Men",
    ...         "baseColour": ["Navy Blue", "Red", "Red"],
    ...         "productDisplayName": ["Arrow Navy Blue Shirt", "Arrow Shirt Red", "Arrow Check Shirt"],
    ...     }
    ... )
    >>> one, other, third = family_names(table)
    >>> one == other, one == third
    (True, False)
    """
    colours = {word for colour in set(products["baseColour"]) for word in _words(colour)}
    columns = (products[name] for name in ("id", "articleType", "gender", "productDisplayName"))
    names = []
    for product_id, kind, gender, name in zip(*columns, strict=True):
        words = [word for word in _words(name) if word not in colours]
        names.append(" ".join([kind, gender, *words]) if words else f"product {product_id}")
    return names


def family_split_of(product_ids: Collection[str]) -> Split:
    """Give the split of products that must stay together, by `FAMILY_SPLIT_RULE`.

    A family that has one product in training is in training: weights trained on the split by id have seen
    nothing of a family that is in the test split.

    Examples
    --------
    >>> family_split_of(["15970"]), {split_of(str(number)) for number in range(9)} >= {"train"}
    ('train', True)
    """
    splits = {split_of(product_id) for product_id in product_ids}
    return "train" if "train" in splits else "validation" if "validation" in splits else "test"


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") % 100
