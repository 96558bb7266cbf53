"""Ranked hits: one page of them, a class first or not, grouped by class."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from core.errors import SearchError
from core.gallery.index import Neighbours
from core.gallery.protocol import Filters, Gallery, QueryVectors
from core.labels import label_key, spellings_of
from core.retrieval.verdicts.calibration import Closeness


@dataclass(frozen=True)
class Hit:
    """One product found."""

    product_id: str
    rank: int  # from 1, in the whole list of hits, whatever the page
    score: float  # higher is nearer: the cosine, -1 to 1, or what `core.gallery.distances` makes of another
    duplicates: tuple[str, ...] = ()  # near-duplicates folded into this hit, in the order they were in
    picture: int = 1  # of the product's, the one that the query is nearest to; 1 is its first
    closeness: Closeness | None = None  # the score in words, where it was measured what it means


@dataclass(frozen=True)
class Group:
    """Hits that are shown together."""

    label: str  # their `articleType`, as the first of them spells it; "" for hits that are not grouped
    hits: tuple[Hit, ...]  # those of this page
    total: int | None = None  # how many there are on all pages; None where this is not counted


def rank_hits(
    gallery: Gallery,
    query: QueryVectors,
    *,
    top: int,
    offset: int = 0,
    filters: Filters | None = None,
    threshold: float | None = None,
    first: str | None = None,
) -> list[Hit]:
    """Find one page of the products nearest to a query.

    Parameters
    ----------
    gallery : Gallery
    query : QueryVectors, one query
    top : int
        Hits on a page.
    offset : int
        Hits before this page.
    filters : Filters, optional
    threshold : float, optional
        Lowest score of a hit.
    first : str, optional
        `articleType` whose hits, however it is spelled, come before all others. By score alone where it is
        None.

    Returns
    -------
    list of Hit
        Highest score first, equal scores in the catalogue's order; those of the class that is to come first
        are before all others. Empty where nothing matches.

    Raises
    ------
    ArtifactError
        If the gallery has no embeddings of an extractor.
    SearchError
        If a filter names a column or value that the products do not have, or the query does not fit.
    """
    filters = filters or Filters()
    if first is None:
        (found,) = gallery.search(query, top, filters=filters, threshold=threshold, offset=offset)
        return _hits(found, offset, gallery, query)
    accepted = filters.accepted.get("articleType", ())
    if accepted and not spellings_of(first, accepted):
        raise SearchError(f"{first} cannot come first where only {', '.join(accepted)} are looked for.")
    counts = gallery.count_by("articleType", query=query, filters=filters, threshold=threshold)
    spelled = spellings_of(first, counts)
    n_first = sum(counts[spelling] for spelling in spelled)
    hits: list[Hit] = []
    if offset < n_first:
        of_class = filters.accepting("articleType", *spelled)
        (found,) = gallery.search(query, top, filters=of_class, threshold=threshold, offset=offset)
        hits = _hits(found, offset, gallery, query)
    others = filters.rejecting("articleType", *spelled)
    only_first = bool(accepted) and len(spellings_of(first, accepted)) == len(accepted)
    if len(hits) < top and not only_first:
        (found,) = gallery.search(
            query,
            top - len(hits),
            filters=others,
            threshold=threshold,
            offset=max(0, offset - n_first),
        )
        hits += _hits(found, offset + len(hits), gallery, query)
    return hits


def group_by_class(
    hits: Iterable[Hit], products: pd.DataFrame, label_order: Sequence[str] = ()
) -> tuple[Group, ...]:
    """Put hits of one class together.

    Parameters
    ----------
    hits : iterable of Hit
    products : DataFrame
    label_order : sequence of str
        Classes to come first, usually by falling probability of the query's class, however the products spell
        them. The others follow in the order of their best hit. Classes without a hit are left out.

    Returns
    -------
    tuple of Group
        Each hit keeps its rank in the whole list.

    Raises
    ------
    SearchError
        If a hit is no product of the table.
    """
    hits = list(hits)
    wanted = products[products["id"].isin([hit.product_id for hit in hits])]
    label_of = dict(zip(wanted["id"], wanted["articleType"], strict=True))
    groups: dict[str, list[Hit]] = {label_key(label): [] for label in label_order}
    for hit in hits:
        if hit.product_id not in label_of:
            raise SearchError(f"The hit {hit.product_id} is no product of this catalogue; search it again.")
        groups.setdefault(label_key(label_of[hit.product_id]), []).append(hit)
    return tuple(
        Group(label_of[members[0].product_id], tuple(members)) for members in groups.values() if members
    )


def _hits(found: Neighbours, offset: int, gallery: Gallery, query: QueryVectors) -> list[Hit]:
    pictures = gallery.matched_pictures(query, found.ids)
    return [
        Hit(product_id, rank, float(score), picture=picture)
        for rank, (product_id, score, picture) in enumerate(
            zip(found.ids, found.scores, pictures, strict=True), start=offset + 1
        )
    ]
