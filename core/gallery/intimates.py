"""Underwear, swimwear and nightwear: hits of a query of that kind, and of others where they are asked for.

A photograph that is turned, or shows bare skin, lies near to pictures of bodies in briefs; nobody who looks
for a T-shirt wants to show those around.
"""

from collections.abc import Iterable

from core.gallery.protocol import Filters, Gallery
from core.labels import label_key

INTIMATE_TYPES: tuple[str, ...] = (
    *("Briefs", "Bra", "Trunk", "Boxers", "Innerwear Vests", "Camisoles", "Shapewear", "Thermals"),
    *("Innerwear", "Underwear", "Lingerie", "Panties", "Knickers", "Thongs", "Corsets", "Boxer Shorts"),
    *("Swimwear", "Swimsuits", "Bikinis", "Swim Trunks", "Swim Shorts"),
    *("Nightdress", "Night suits", "Baby Dolls", "Bath Robe", "Robe", "Nightwear", "Sleepwear"),
    *("Pyjamas", "Pajamas"),
)
"""Article types that are intimate, as the data set and other shops call them."""

OF_THAT_KIND = 0.5
"""Share of the products that pass a query's filters from which on it is a query of that kind itself."""

_KEYS = frozenset(map(label_key, INTIMATE_TYPES))


def intimate_types(article_types: Iterable[str]) -> tuple[str, ...]:
    """Give those article types, however they are spelled, that are intimate.

    Examples
    --------
    >>> intimate_types(["Shirts", "bras", "Swim-wear", "Lounge Pants"])
    ('bras', 'Swim-wear')
    """
    return tuple(kind for kind in article_types if label_key(kind) in _KEYS)


def leave_out_intimates(filters: Filters, gallery: Gallery, *, own_type: str = "") -> tuple[Filters, int]:
    """Narrow the filters of a query so that intimate products are no hits, unless it is of that kind.

    Parameters
    ----------
    filters : Filters
        Where most of what passes them is intimate, that is what is looked for.
    gallery : Gallery
    own_type : str
        The `articleType` of the product that is the query.

    Returns
    -------
    filters : Filters
    n_left_out : int
        Products that pass no longer.
    """
    counts = gallery.count_by("articleType", filters=filters)
    intimate = intimate_types(counts)
    n_left_out = sum(counts[kind] for kind in intimate)
    if intimate_types([own_type]) or n_left_out >= OF_THAT_KIND * sum(counts.values()):
        return filters, 0
    rejected = (*filters.rejected.get("articleType", ()), *intimate)
    return (filters.rejecting("articleType", *rejected), n_left_out) if intimate else (filters, 0)
