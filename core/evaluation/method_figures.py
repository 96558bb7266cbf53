"""One method measured by each of its distances: rankings in, figures with intervals out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from core.evaluation.metrics import bootstrap_intervals, precision_at_k, recall_at_k
from core.evaluation.rankings import iter_score_rankings, label_codes
from core.evaluation.retrieval import (
    RETRIEVAL_FIGURES,
    LabelledProducts,
    RetrievalOptions,
    own_rows,
    ranking_figures,
    summarise,
)
from core.gallery.distances import DistanceIndex
from core.gallery.index import cosine_scores, unit_rows
from core.labels import LABELS
from core.models.compared.methods import Distance, distances_of, ordering_distances
from core.protocols import ProgressStep

PHOTOGRAPH_FIGURES = ("p_at_10", "coarse_at_1")
"""Of each photograph: the share of the first 10 hits, and of the first, that are of its type."""


@dataclass(frozen=True, eq=False)
class MethodQueries:
    """What is looked for in which gallery, and what is right.

    Attributes
    ----------
    gallery, products : LabelledProducts
        Products that are found, and those that are looked for.
    kin : sequence of int arrays
        For each query, the gallery's rows that may be one product with it.
    by_family : bool array (m,)
        Which queries count in the split by family.
    photograph_types : sequence of str
        The `articleType` that each photograph shows.
    options : RetrievalOptions
        Of the intervals.
    """

    gallery: LabelledProducts
    products: LabelledProducts
    kin: Sequence[np.ndarray]
    by_family: np.ndarray
    photograph_types: Sequence[str] = ()
    options: RetrievalOptions = field(default_factory=RetrievalOptions)

    @cached_property
    def own_rows(self) -> np.ndarray:
        """Each query's own row in the gallery, -1 where it is not in it."""
        return own_rows(self.gallery.ids, self.products.ids)

    @cached_property
    def codes(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Types, colours and genders of gallery and queries as numbers."""
        sides = (self.gallery, self.products)
        columns = ("article_types", "colours", "genders")
        return tuple(label_codes(*(getattr(side, column) for side in sides)) for column in columns)


@dataclass(frozen=True, eq=False)
class MethodVectors:
    """What one extractor makes of a gallery and of queries; a row each, of the length that it gives them."""

    gallery: np.ndarray
    products: np.ndarray
    photographs: np.ndarray | None = None


def measure_method(
    name: str, vectors: MethodVectors, queries: MethodQueries, *, step: ProgressStep
) -> dict[str, dict[str, Any]]:
    """Measure an extractor by each of its distances.

    Parameters
    ----------
    name : str
        The extractor.
    vectors : MethodVectors
    queries : MethodQueries
    step : callable
        Is told of each query that is ranked.

    Returns
    -------
    dict of distance to dict
        ``same_order_as`` (the distance whose figures these are, since both put products in one order, else
        None), ``by_id`` and ``by_family``, each ``n`` and what `core.evaluation.retrieval.summarise` says of
        ``all``, ``five``, ``colour_p_at_10`` and their ``intervals``, and ``photographs``, None without any.
    """
    found: dict[str, dict[str, Any]] = {}
    ordering = ordering_distances(name)
    for distance in distances_of(name):
        if distance in ordering:
            scores_of = scorer(distance, vectors.gallery)
            found[distance.value] = {
                "same_order_as": None,
                **_product_figures(scores_of, vectors.products, queries, step),
                "photographs": _photograph_figures(scores_of, vectors.photographs, queries),
            }
        else:
            found[distance.value] = found[Distance.COSINE.value] | {"same_order_as": Distance.COSINE.value}
    return found


def scorer(distance: Distance, rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Give what scores queries, float (k, dimension), against rows: float32 (k, n)."""
    if distance is not Distance.COSINE:
        return DistanceIndex(distance, np.asarray(rows, np.float32)).scores_of
    units = unit_rows(rows, "the gallery")
    return lambda queries: cosine_scores(units, unit_rows(queries, "the queries", np.float64))


def _product_figures(
    scores_of: Callable[[np.ndarray], np.ndarray],
    vectors: np.ndarray,
    queries: MethodQueries,
    step: ProgressStep,
) -> dict[str, Any]:
    """Rank the gallery once for each query, and measure the ranking in either split."""
    columns = len(RETRIEVAL_FIGURES) + 1
    by_id, by_family = (np.zeros((len(queries.products), columns)) for _ in range(2))
    for query, order, _ in iter_score_rankings(scores_of, vectors):
        right = [of_gallery[order] == of_query[query] for of_gallery, of_query in queries.codes]
        same_type, same_colour, same_gender = right
        others = order != queries.own_rows[query]
        by_id[query] = _figures(same_type, same_colour, same_gender, others)
        if queries.by_family[query]:
            strangers = ~np.isin(order, queries.kin[query])
            by_family[query] = _figures(same_type, same_colour, same_gender, strangers & others)
        step(1, None)
    types = np.asarray(queries.products.article_types, str)
    return {
        "by_id": _summary(by_id, types, queries.options),
        "by_family": _summary(by_family[queries.by_family], types[queries.by_family], queries.options),
    }


def _figures(
    same_type: np.ndarray, same_colour: np.ndarray, same_gender: np.ndarray, counted: np.ndarray
) -> tuple[float, ...]:
    relevant, coloured = same_type[counted], same_colour[counted]
    return ranking_figures(relevant, coloured, relevant & coloured & same_gender[counted])


def _summary(figures: np.ndarray, types: np.ndarray, options: RetrievalOptions) -> dict[str, Any]:
    summary = summarise(figures, types, labels=LABELS, options=options)
    kept = {key: summary[key] for key in ("all", "five", "colour_p_at_10", "intervals")}
    return {"n": len(figures), "n_five": int(np.isin(types, LABELS).sum())} | kept


def _photograph_figures(
    scores_of: Callable[[np.ndarray], np.ndarray], vectors: np.ndarray | None, queries: MethodQueries
) -> dict[str, Any] | None:
    """Measure whole photographs as queries against the whole gallery."""
    if vectors is None or not len(vectors):
        return None
    of_gallery, of_photographs = label_codes(queries.gallery.article_types, queries.photograph_types)
    figures = np.zeros((len(vectors), len(PHOTOGRAPH_FIGURES)))
    for query, order, _ in iter_score_rankings(scores_of, vectors):
        relevant = of_gallery[order[:10]] == of_photographs[query]
        figures[query] = precision_at_k(relevant, 10), recall_at_k(relevant, 1)
    options = queries.options
    bounds = bootstrap_intervals(figures, n_resamples=options.n_resamples, seed=options.seed)
    means = dict(zip(PHOTOGRAPH_FIGURES, figures.mean(axis=0).tolist(), strict=True))
    return {"n": len(figures), **means, "macro_p_at_10": _macro(figures[:, 0], queries.photograph_types)} | {
        "intervals": dict(zip(PHOTOGRAPH_FIGURES, bounds.tolist(), strict=True))
    }


def _macro(values: np.ndarray, types: Sequence[str]) -> float:
    """Mean over the types, each counting once."""
    kinds = np.asarray(types, str)
    return float(np.mean([values[kinds == kind].mean() for kind in np.unique(kinds)]))
