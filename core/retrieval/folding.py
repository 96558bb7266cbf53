"""Hits that are near-duplicates, folded into the first of them."""

from collections.abc import Sequence
from dataclasses import replace

from core.imaging.near_duplicates import GarmentSignature, duplicate_leaders
from core.retrieval.ranking import Hit


def fold(hits: Sequence[Hit], looks: Sequence[GarmentSignature | None]) -> list[Hit]:
    """Fold each near-duplicate among hits into the hit before it that it nearly equals.

    Parameters
    ----------
    hits : sequence of Hit
        From the first on.
    looks : sequence of GarmentSignature or None
        One for each hit.

    Returns
    -------
    list of Hit
        With ranks counted anew.
    """
    into: dict[int, list[str]] = {}
    for place, leader in enumerate(duplicate_leaders(looks)):
        into.setdefault(place if leader is None else leader, []).append(hits[place].product_id)
    return [
        replace(hits[place], rank=rank, duplicates=tuple(ids[1:]))
        for rank, (place, ids) in enumerate(into.items(), start=1)
    ]


def near_duplicates_among(hits: Sequence[Hit], looks: Sequence[GarmentSignature | None]) -> dict[str, str]:
    """Say which hits show nearly the same as one before them.

    Parameters
    ----------
    hits : sequence of Hit
    looks : sequence of GarmentSignature or None
        One for each hit.

    Returns
    -------
    dict of product id to product id
        Of a hit to that of the first hit that it nearly equals. Hits that equal none are left out.
    """
    leaders = duplicate_leaders(looks)
    return {
        hits[place].product_id: hits[leader].product_id
        for place, leader in enumerate(leaders)
        if leader is not None
    }
