"""Which products and photographs are trained on, which choose, and which only measure.

The part a thing belongs to depends on its id alone, so it stays the same when products are added or
taken away, and every run and every machine agrees on it.
"""

import hashlib
from typing import Literal

Part = Literal["train", "validation", "test"]

RULE = "sha256(id) as a number modulo 100: below 85 train, below 90 validation, otherwise test"
PHOTO_RULE = "sha256(file stem) modulo 100: below 90 train, otherwise validation"


def part_of(product_id: str) -> Part:
    """Say which part a product belongs to, by `RULE`.

    >>> part_of("15970")
    'train'
    """
    number = _number(product_id)
    return "train" if number < 85 else "validation" if number < 90 else "test"


def photo_part_of(stem: str) -> Part:
    """Say which part a training photograph belongs to, by `PHOTO_RULE`.

    There is no test part: photographs are measured on a folder of their own.
    """
    return "train" if _number(stem) < 90 else "validation"


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") % 100
