"""Product ids split by a fixed hash: what each of several machines embeds, and how rows are listed."""

import hashlib
from collections.abc import Sequence

BUCKETS = 2**20
"""Into how many buckets ids fall; a part of them is a residue class."""


def bucket_of(product_id: str) -> int:
    """Give the bucket of an id, from 0 to `BUCKETS` - 1: the same on every machine and in every version.

    Examples
    --------
    >>> bucket_of("15970")
    838991
    """
    return int.from_bytes(hashlib.sha256(product_id.encode()).digest()[:4], "big") % BUCKETS


def is_in_part(product_id: str, part: tuple[int, int]) -> bool:
    """Whether an id falls into part i of n, counted from 1."""
    number, n_parts = part
    return bucket_of(product_id) % n_parts == number - 1


def ids_of_part(ids: Sequence[str], part: tuple[int, int]) -> list[str]:
    """Give the ids that fall into part i of n, in their order."""
    return [product_id for product_id in ids if is_in_part(product_id, part)]
