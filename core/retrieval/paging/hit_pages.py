"""One page of hits: by score, a class first, near-duplicates folded, or the classes with their first hits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import StoredCatalogue
from core.labels import label_key, spellings_of
from core.retrieval.paging.folding import fold, folded_page
from core.retrieval.ranking import Group, Hit, group_by_class, rank_hits
from core.retrieval.request import Order, QueryClass, SearchRequest
from core.retrieval.verdicts.calibration import Closeness, ScoreCalibration

OTHER_CLASSES = "Other classes"
"""The group of the hits that are not of the class that comes first."""

GROUPED_AMONG = 1000
"""Nearest products whose classes are grouped: what is further away is of no use to anybody."""

HITS_A_GROUP = 4
"""First hits that are shown of each class; a page has as many classes as these make."""


@dataclass(frozen=True)
class RankedQuery:
    """A request with its vectors and filters: what ranks the products of a catalogue."""

    request: SearchRequest
    vectors: QueryVectors
    catalogue: StoredCatalogue
    filters: Filters

    def ranked(self, top: int, offset: int, first: str | None = None) -> list[Hit]:
        """Give so many hits after so many others, those of a class first."""
        return rank_hits(
            self.catalogue.gallery,
            self.vectors,
            top=top,
            offset=offset,
            filters=self.filters,
            threshold=self.request.threshold,
            first=first,
        )

    def count(self) -> int:
        """Count the hits of all pages."""
        return self.catalogue.gallery.count(
            query=self.vectors, filters=self.filters, threshold=self.request.threshold
        )

    def reachable(self, total: int) -> int:
        """Give how many of so many hits the gallery's engine lists."""
        most = self.catalogue.gallery.counted_among
        return total if most is None else min(total, most)

    def count_by_class(self) -> dict[str, int]:
        """Count the hits of all pages by their `articleType`."""
        return self.catalogue.gallery.count_by(
            "articleType", query=self.vectors, filters=self.filters, threshold=self.request.threshold
        )


@dataclass(frozen=True)
class HitPage:
    """One page of hits, and how many there are."""

    hits: tuple[Hit, ...]
    groups: tuple[Group, ...]
    total: int
    page: int
    n_pages: int
    n_groups: int = 0

    def in_words(self, scale: ScoreCalibration | None, *, nothing_close: bool) -> "HitPage":
        """Say of each hit in words how close it is; nothing where nobody measured what scores mean.

        Where nothing is close, as of a blank picture that one product's ground equals, no hit is called so.
        """
        if scale is None:
            return self

        def said(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
            return tuple(
                replace(hit, closeness=Closeness.NOT_CLOSE if nothing_close else scale.closeness(hit.score))
                for hit in hits
            )

        groups = tuple(replace(group, hits=said(group.hits)) for group in self.groups)
        return replace(self, hits=said(self.hits), groups=groups)


def page_of_hits(asked: RankedQuery, of_class: QueryClass, first: str | None) -> HitPage:
    """Find the page that a request asks for; beyond the last, the last.

    Parameters
    ----------
    asked : RankedQuery
    of_class : QueryClass
        The likeliest comes first among groups; the others follow by their best hit.
    first : str or None
        The class whose hits come before all others.

    Returns
    -------
    HitPage
    """
    request, total = asked.request, asked.count()
    if request.order is Order.GROUPED:
        return _page_of_groups(asked, of_class, total)
    near_duplicates = asked.catalogue.near_duplicates
    if request.fold and near_duplicates is not None:
        page, n_pages, hits = folded_page(
            lambda top, offset: asked.ranked(top, offset, first),
            near_duplicates,
            top=request.top,
            page=request.page,
            total=asked.reachable(total),
        )
    else:
        n_pages = max(1, -(-asked.reachable(total) // request.top))
        page = min(request.page, n_pages)
        hits = asked.ranked(request.top, (page - 1) * request.top, first) if total else []
    return HitPage(tuple(hits), _class_and_others(asked, hits, first, total), total, page, n_pages)


def _class_and_others(
    asked: RankedQuery, hits: Sequence[Hit], first: str | None, total: int
) -> tuple[Group, ...]:
    """Part the hits of the class that comes first from the others, where a page has both."""
    if first is not None:
        types = asked.catalogue.types_of(hit.product_id for hit in hits)
        of_class = tuple(
            hit for hit, kind in zip(hits, types, strict=True) if label_key(kind) == label_key(first)
        )
        others = tuple(hit for hit in hits if hit not in of_class)
        if of_class and others:
            n_first = _counted(first, asked.count_by_class())
            return Group(first, of_class, n_first), Group(OTHER_CLASSES, others, total - n_first)
    return (Group("", tuple(hits)),) if hits else ()


def _page_of_groups(asked: RankedQuery, of_class: QueryClass, total: int) -> HitPage:
    """Group the classes of the nearest products, the likeliest first, each with its first hits."""
    nearest = asked.ranked(GROUPED_AMONG, 0)
    groups = group_by_class(nearest, asked.catalogue.products, of_class.order[:1])
    n_hits = min(HITS_A_GROUP, asked.request.top)
    a_page = max(1, asked.request.top // n_hits)
    n_pages = max(1, -(-len(groups) // a_page))
    page = min(asked.request.page, n_pages)
    counts = asked.count_by_class()
    shown = tuple(
        Group(group.label, _first_of_group(asked, group.hits, n_hits), _counted(group.label, counts))
        for group in groups[(page - 1) * a_page : page * a_page]
    )
    hits = sorted((hit for group in shown for hit in group.hits), key=lambda hit: hit.rank)
    return HitPage(tuple(hits), shown, total, page, n_pages, len(groups))


def _first_of_group(asked: RankedQuery, hits: Sequence[Hit], n_hits: int) -> tuple[Hit, ...]:
    near_duplicates = asked.catalogue.near_duplicates
    if not asked.request.fold or near_duplicates is None:
        return tuple(hits[:n_hits])
    rank_of = {hit.product_id: hit.rank for hit in hits}
    folded = fold(hits, near_duplicates)[:n_hits]
    return tuple(replace(hit, rank=rank_of[hit.product_id]) for hit in folded)


def _counted(label: str, counts: dict[str, int]) -> int:
    return sum(counts[spelled] for spelled in spellings_of(label, counts))
