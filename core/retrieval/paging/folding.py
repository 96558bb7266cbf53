"""Hits that are near-duplicates, folded into the first of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.gallery.near_duplicates import NearDuplicates
from core.retrieval.ranking import Hit


def fold(hits: Sequence[Hit], near_duplicates: NearDuplicates) -> list[Hit]:
    """Fold each near-duplicate among hits into the first hit that it nearly equals.

    Parameters
    ----------
    hits : sequence of Hit
        From the first on.
    near_duplicates : NearDuplicates
        Of the catalogue.

    Returns
    -------
    list of Hit
        With ranks counted anew.
    """
    into: dict[int, list[str]] = {}
    for place, leader in enumerate(near_duplicates.leaders(hit.product_id for hit in hits)):
        into.setdefault(place if leader is None else leader, []).append(hits[place].product_id)
    return [
        replace(hits[place], rank=rank, duplicates=tuple(ids[1:]))
        for rank, (place, ids) in enumerate(into.items(), start=1)
    ]


def folded_page(
    ranked: Callable[[int, int], list[Hit]],
    near_duplicates: NearDuplicates,
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
    near_duplicates : NearDuplicates
        Of the catalogue.
    top : int
        Hits on a page.
    page : int
        From 1. The last there is, where there are fewer.
    total : int
        Hits of all pages with their near-duplicates.

    Returns
    -------
    page, n_pages : int
        Hits beyond this page count though they may be near-duplicates: there may be fewer pages in the end.
    hits : list of Hit
        With ranks counted anew, each with those of its near-duplicates that come up to the end of the page.
    """
    page = min(page, max(1, -(-total // top)))
    looked, folded = 0, list[Hit]()
    while looked < total and len(folded) <= page * top:
        # Half as many again as would do without near-duplicates, and then twice as many as before.
        looked = min(total, max(2 * looked, page * top + page * top // 2 + 1))
        folded = fold(ranked(looked, 0), near_duplicates)
    n_pages = max(1, -(-(len(folded) + total - looked) // top))
    page = min(page, n_pages)
    return page, n_pages, folded[(page - 1) * top : page * top]
