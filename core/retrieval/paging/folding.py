"""Hits that are near-duplicates, folded into the first of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.imaging.near_duplicates import GarmentSignature, duplicate_leaders
from core.retrieval.ranking import Hit

FOLDED_AMONG = 240
"""Nearest products among which near-duplicates fold. Further hits come as they are: comparing two pictures
takes a millisecond, and whoever opens the last page would wait for all of them."""

COMPARED_WITHIN = 36
"""Hits that are compared with each other and with as many before them: near-duplicates score nearly alike."""

Looks = Sequence[GarmentSignature | None]


def fold(hits: Sequence[Hit], looks: Looks) -> list[Hit]:
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
    for place, leader in enumerate(_leaders(looks)):
        into.setdefault(place if leader is None else leader, []).append(hits[place].product_id)
    return [
        replace(hits[place], rank=rank, duplicates=tuple(ids[1:]))
        for rank, (place, ids) in enumerate(into.items(), start=1)
    ]


def near_duplicates_among(hits: Sequence[Hit], looks: Looks) -> dict[str, str]:
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
    leaders = _leaders(looks)
    return {
        hits[place].product_id: hits[leader].product_id
        for place, leader in enumerate(leaders)
        if leader is not None
    }


def folded_page(
    ranked: Callable[[int, int], list[Hit]],
    looks_of: Callable[[Sequence[Hit]], Looks],
    *,
    top: int,
    page: int,
    total: int,
) -> tuple[int, int, list[Hit]]:
    """Find one page of hits into which their near-duplicates are folded.

    Parameters
    ----------
    ranked : callable
        Gives so many hits after so many others.
    looks_of : callable
        Gives what hits look like, None where a picture cannot be read.
    top : int
        Hits on a page.
    page : int
        From 1. The last there is, where there are fewer.
    total : int
        Hits of all pages with their near-duplicates.

    Returns
    -------
    page, n_pages : int
        Near-duplicates that have not been looked at yet count as hits: there may be fewer pages in the end.
    hits : list of Hit
        With ranks counted anew. Beyond the nearest `FOLDED_AMONG` they come as they are.
    """
    among = min(total, FOLDED_AMONG)
    looked, folded = 0, list[Hit]()
    while looked < among and len(folded) < page * top:
        looked = min(among, max(looked, (page - 1) * top) + 2 * top)
        nearest = ranked(looked, 0)
        folded = fold(nearest, looks_of(nearest))
    left = len(folded) + total - looked
    n_pages = max(1, -(-left // top))
    page = min(page, n_pages)
    before = (page - 1) * top
    hits = folded[before : before + top]
    if len(hits) < top and looked < total:
        further = ranked(top - len(hits), looked + max(0, before - len(folded)))
        hits += [replace(hit, rank=hit.rank - looked + len(folded)) for hit in further]
    return page, n_pages, hits


def _leaders(looks: Looks) -> list[int | None]:
    """Find the first hit that each nearly equals, block by block: memory grows with the square of a block."""
    leaders: list[int | None] = []
    for start in range(0, len(looks), COMPARED_WITHIN):
        before = max(0, start - COMPARED_WITHIN)
        within = duplicate_leaders(looks[before : start + COMPARED_WITHIN])
        for leader in within[start - before :]:
            first = None if leader is None else before + leader
            leaders.append(first if first is None or leaders[first] is None else leaders[first])
    return leaders
