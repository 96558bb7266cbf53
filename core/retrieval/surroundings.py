"""What the products nearest to a query say of it: whether it is like anything here, and whom it is for."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from core.gallery.index import Neighbours
from core.gallery.stored_catalogue import StoredCatalogue
from core.models.consensus import K_NEIGHBOURS
from core.models.names import DEFAULT_EXTRACTOR
from core.retrieval.agreement import Judgement
from core.retrieval.encoder import default_encoder
from core.retrieval.query import nearest_products
from core.retrieval.request import PictureQuery, ProductQuery, SearchRequest, VectorQuery, WordsQuery
from core.retrieval.verdicts.calibration import Calibration, shows_something

LIKELY_GENDER = 0.6
"""Share of the nearest products from which on a query is likely for whom they are for."""

FOR_ANYBODY = ("", "Unisex")
"""Genders that say nothing of whom a product is for."""


def nearest_to_query(
    request: SearchRequest,
    plain: Mapping[str, np.ndarray],
    catalogue: StoredCatalogue,
    *,
    needed: bool,
) -> Neighbours | None:
    """Find the products nearest to a query as it was handed in.

    Parameters
    ----------
    request : SearchRequest
    plain : mapping of extractor to float array (dimension,)
        The query's vectors, moved by nothing.
    catalogue : StoredCatalogue
    needed : bool
        Whether they are asked for also where products do not differ in gender.

    Returns
    -------
    Neighbours or None
        None for words, which are near nothing, and where nobody asks what is near.
    """
    if isinstance(request.query, WordsQuery) or not (needed or _suggests_gender(request, catalogue)):
        return None
    return nearest_products(
        VectorQuery({request.extractor: plain[request.extractor]}),
        request.extractor,
        K_NEIGHBOURS,
        catalogue=catalogue,
        encoder=default_encoder(),  # asked for nothing: the vector is there
        exclude=own_id(request),
        intimates=request.intimates,
    )


def is_close(
    request: SearchRequest,
    judged: Judgement,
    nearest: Neighbours | None,
    catalogue: StoredCatalogue,
    *,
    calibration: Calibration | None,
    stocked: bool,
) -> bool:
    """Whether anything in the catalogue is close to a query.

    Parameters
    ----------
    request : SearchRequest
    judged : Judgement
    nearest : Neighbours or None
        As from `nearest_to_query`.
    catalogue : StoredCatalogue
    calibration : Calibration or None
        By it a picture's judges and its nearest product say whether there is anything to be found. Without
        one, of another extractor, and for what nobody was asked about, the nearest product must score as high
        as hits of their query's class do.
    stocked : bool
        Whether the query is of a class that the catalogue has.
    """
    if nearest is None or not len(nearest):
        return True
    best = float(nearest.scores[0])
    query, evidence = request.query, judged.evidence
    if (
        calibration is not None
        and evidence is not None
        and isinstance(query, PictureQuery)
        and request.extractor == DEFAULT_EXTRACTOR
    ):
        return shows_something(evidence, best, query.image, calibration)
    meant = catalogue.score_threshold(request.extractor)
    return stocked or meant is None or best >= meant


def likely_gender(
    request: SearchRequest, nearest: Neighbours | None, catalogue: StoredCatalogue
) -> str | None:
    """Say whom a query is for: what its own row says, or what most of the nearest products are for.

    Parameters
    ----------
    request : SearchRequest
        One that is filtered by gender is not asked about.
    nearest : Neighbours or None
        As from `nearest_to_query`.
    catalogue : StoredCatalogue

    Returns
    -------
    str or None
        A value of the catalogue's `gender`. None where it cannot be told, or all products are for the same.
    """
    if nearest is None or not _suggests_gender(request, catalogue):
        return None
    genders = catalogue.products["gender"]
    own = own_id(request)
    if own is not None:
        likely = str(genders.iloc[catalogue.row(own)])
        return None if likely in FOR_ANYBODY else likely
    counts = Counter(str(genders.iloc[catalogue.row(product_id)]) for product_id in nearest.ids)
    likely, most = next(iter(counts.most_common(1)), ("", 0))
    return likely if likely not in FOR_ANYBODY and most >= LIKELY_GENDER * len(nearest) else None


def _suggests_gender(request: SearchRequest, catalogue: StoredCatalogue) -> bool:
    return not request.filters.accepted.get("gender") and catalogue.products["gender"].nunique() > 1


def own_id(request: SearchRequest) -> str | None:
    """Give the product that is the query; None where it is no product."""
    return request.query.product_id if isinstance(request.query, ProductQuery) else None
