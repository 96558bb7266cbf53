"""The training, validation and test split of products, photographs and street photographs.

The split a thing belongs to depends on its id alone, so it stays the same when products are added or
taken away, and every run and every machine agrees on it.
"""

import hashlib
from typing import Literal

Split = Literal["train", "validation", "test"]

SPLIT_RULE = "sha256(id) as a number modulo 100: below 85 train, below 90 validation, otherwise test"
PHOTO_SPLIT_RULE = "sha256(file stem) modulo 100: below 90 train, otherwise validation"
OUTLINED_SPLIT_RULE = "sha256(id) as a number modulo 100: below 75 train, below 85 validation, otherwise test"


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


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") % 100
