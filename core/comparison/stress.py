"""How a method's hits hold while the picture that is searched with is altered step by step."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.comparison.alterations import ALTERATIONS, Alteration
from core.comparison.methods import COMPARED
from core.gallery.protocol import QueryVectors
from core.gallery.stored_catalogue import StoredCatalogue
from core.models.compared.methods import extractor_and_distance
from core.protocols import Bar, no_progress
from core.retrieval.encoder import Encoder, default_encoder
from core.retrieval.query import picture_of, query_vectors
from core.retrieval.ranking import rank_hits
from core.retrieval.request import PictureQuery, ProductQuery

RANKED_AMONG = 100
"""Nearest products among which one is looked for: who looks further by eye?"""

UNALTERED = "as it is"
"""The step before the first, at which the picture is what it was."""


@dataclass(frozen=True)
class HeldStep:
    """What is left of a method's hits at one step of an alteration.

    Attributes
    ----------
    step : str
        The strength in words, such as "15°"; `UNALTERED` for the picture as it is.
    kept : float
        Share of the original picture's first hits that are still among the first `COMPARED`.
    rank : int or None
        Of the product that is followed; None where it is not among the nearest `RANKED_AMONG`.
    """

    step: str
    kept: float
    rank: int | None


@dataclass(frozen=True)
class HeldHits:
    """How one method's hits hold under one alteration.

    Attributes
    ----------
    method, alteration : str
        By their names.
    followed : str
        The product whose rank is followed: the query itself where it is a product, else the first hit.
    steps : tuple of HeldStep
        From the picture as it is to the strongest step.
    """

    method: str
    alteration: str
    followed: str
    steps: tuple[HeldStep, ...]

    @property
    def kept(self) -> float:
        """Mean share of the first hits that is kept, over all steps but that of the picture as it is."""
        altered = self.steps[1:]
        return sum(step.kept for step in altered) / len(altered)


def stress(
    query: PictureQuery | ProductQuery,
    catalogue: StoredCatalogue,
    *,
    methods: Sequence[str] | None = None,
    alterations: Sequence[str] = tuple(ALTERATIONS),
    encoder: Encoder | None = None,
    bar: Bar = no_progress,
) -> list[HeldHits]:
    """Search with a picture, altered step by step, by several methods.

    Parameters
    ----------
    query : PictureQuery or ProductQuery
        Of a product, its picture is altered, and the product itself may be found.
    catalogue : StoredCatalogue
    methods : sequence of str, optional
        Extractors, each by the cosine, or by another distance as in "cld:weighted"; by default all that the
        catalogue has embeddings of.
    alterations : sequence of str
        Of `core.comparison.alterations.ALTERATIONS`; all by default.
    encoder : Encoder, optional
        What embeds a picture; by default the models of this process.
    bar : callable
        Makes a progress bar: ``bar(title, total)`` returns ``step(n, loss)``.

    Returns
    -------
    list of HeldHits
        One for each alteration and method, in this order.

    Raises
    ------
    ArtifactError, ModelError
        If a method is not at hand.
    ImageError
        If a product's picture cannot be read.
    SearchError
        If there is no such product, or a distance is none of the extractor's or of the engine's.
    """
    chosen = tuple(catalogue.extractors if methods is None else methods)
    step = bar("altering", len(chosen) * len(alterations))
    held = []
    for name in alterations:
        for method in chosen:
            held.append(hold(query, method, ALTERATIONS[name], catalogue, encoder=encoder))
            step(1)
    return held


def hold(
    query: PictureQuery | ProductQuery,
    method: str,
    alteration: Alteration,
    catalogue: StoredCatalogue,
    *,
    encoder: Encoder | None = None,
) -> HeldHits:
    """Follow one method's hits through the steps of one alteration.

    Parameters
    ----------
    query, catalogue, encoder
        As for `stress`.
    method : str
        The extractor's name, and the distance if it is not the cosine.
    alteration : Alteration

    Returns
    -------
    HeldHits

    Raises
    ------
    ArtifactError, ModelError, ImageError, SearchError
        As from `stress`.
    """
    encoder = encoder or default_encoder()
    catalogue = catalogue.pinned()
    catalogue.open_index(extractor_and_distance(method)[0])
    picture = picture_of(query, catalogue)
    original = _nearest(picture, method, catalogue, encoder)
    followed = query.product_id if isinstance(query, ProductQuery) else original[0]
    steps = [_held_step(UNALTERED, original, original, followed)]
    for each in alteration.steps:
        altered = PictureQuery(alteration.apply(picture.image, each.strength))
        steps.append(_held_step(each.text, _nearest(altered, method, catalogue, encoder), original, followed))
    return HeldHits(method, alteration.name, followed, tuple(steps))


def held_table(held: Sequence[HeldHits]) -> pd.DataFrame:
    """Give one row a step: ``alteration``, ``method``, ``step``, ``place`` (from 0), ``kept``, ``rank``.

    ``rank`` is NaN where the followed product is not among the nearest `RANKED_AMONG`.
    """
    return pd.DataFrame(
        [
            {
                "alteration": each.alteration,
                "method": each.method,
                "step": step.step,
                "place": place,
                "kept": step.kept,
                "rank": float("nan") if step.rank is None else float(step.rank),
            }
            for each in held
            for place, step in enumerate(each.steps)
        ],
        columns=["alteration", "method", "step", "place", "kept", "rank"],
    )


def _nearest(picture: PictureQuery, method: str, catalogue: StoredCatalogue, encoder: Encoder) -> list[str]:
    """Give the ids of the nearest products to a picture."""
    extractor, distance = extractor_and_distance(method)
    vector = query_vectors(picture, (extractor,), catalogue, encoder)[extractor]
    asked = QueryVectors.of(extractor, vector, distance)
    hits = rank_hits(catalogue.gallery, asked, top=RANKED_AMONG)
    return [hit.product_id for hit in hits]


def _held_step(step: str, found: Sequence[str], original: Sequence[str], followed: str) -> HeldStep:
    first = original[:COMPARED]
    kept = len(set(found[:COMPARED]) & set(first)) / len(first)
    return HeldStep(step, kept, found.index(followed) + 1 if followed in found else None)
