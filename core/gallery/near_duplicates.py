"""Which products of a catalogue are near-duplicates: told when it is indexed, and kept with it.

They are told by `core.imaging.near_duplicates` alone. Products whose pictures were made from the same file
are near-duplicates without a comparison, and are kept as one group, so that a placeholder that stands for
thousands of products is no million pairs.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from core.storage.schema import Count

FOLDER = "near-duplicates"
PAIRS = f"{FOLDER}/pairs.json"
"""`KeptPairs`, as JSON."""

ROUGH = f"{FOLDER}/rough.npy"
"""Rough signatures of the pictures, float16, row by row as the products: NaN where there was no picture. By
them a product that comes later is compared with the few that it is near to."""

DEFINITION = 1
"""What counts as a near-duplicate. To be raised whenever the same two pictures would be told otherwise: then
nothing that was told before is kept when a catalogue is brought up to date."""


class KeptPairs(msgspec.Struct, frozen=True):
    """Near-duplicates as they are kept.

    Attributes
    ----------
    definition : int
        By which they were told.
    same : list of list of product id
        Products whose pictures were made from the same file, two or more each.
    pairs : list of (product id, product id)
        Products with near-duplicate pictures, the first of a group of `same` for all of it.
    """

    definition: Count
    same: list[list[str]]
    pairs: list[tuple[str, str]]


class NearDuplicates:
    """The near-duplicates of a catalogue.

    Parameters
    ----------
    kept : KeptPairs

    Examples
    --------
    >>> found = NearDuplicates(KeptPairs(DEFINITION, [["a", "b"]], [("a", "c")]))
    >>> sorted(found.of("b")), found.of("d")
    (['a', 'c'], [])
    >>> found.leaders(["c", "b", "d", "a"])
    [None, 0, None, 0]
    """

    def __init__(self, kept: KeptPairs) -> None:
        self._same = {group[0]: tuple(group) for group in kept.same}
        self._picture_of = {one: group[0] for group in kept.same for one in group}
        self._alike: dict[str, list[str]] = {}
        for one, other in kept.pairs:
            self._alike.setdefault(one, []).append(other)
            self._alike.setdefault(other, []).append(one)

    def of(self, product_id: str) -> Collection[str]:
        """Give all near-duplicates of a product, itself left out."""
        pictures = self._pictures_like(product_id)
        every = (one for picture in pictures for one in self._same.get(picture, (picture,)))
        return [one for one in every if one != product_id]

    def leaders(self, product_ids: Iterable[str]) -> list[int | None]:
        """Find, for each of some products, the first one that it is a near-duplicate of.

        Parameters
        ----------
        product_ids : iterable of str
            Usually those of hits, in their order.

        Returns
        -------
        list of int or None
            The place of that first one, which is itself no near-duplicate; None where there is none.
        """
        leading: dict[str, int] = {}
        leaders: list[int | None] = []
        for place, product_id in enumerate(product_ids):
            pictures = self._pictures_like(product_id)
            first = min((leading[picture] for picture in pictures if picture in leading), default=None)
            if first is None:
                leading[pictures[0]] = place
            leaders.append(first)
        return leaders

    def _pictures_like(self, product_id: str) -> Sequence[str]:
        """Give a product's picture, and those that are near-duplicates of it."""
        picture = self._picture_of.get(product_id, product_id)
        return (picture, *self._alike.get(picture, ()))
