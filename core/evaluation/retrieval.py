"""How well an extractor finds products of the query's kind.

Cosine similarity; relevant = same `articleType`; equal scores are ordered by the gallery's rows; a query is
never its own hit. Precision at k divides by k, also where the gallery is smaller; average precision divides
by the number of relevant products in the gallery, and is 0 where there are none; ``recall_at_10`` is the
share of queries with a relevant hit among the first 10, ``coarse_at_1`` of those whose first hit is relevant.
``fine_at_1`` and ``fine_at_10`` are the same of hits that have the query's colour and gender too, as the
benchmark LookBench counts them. An unknown type, colour or gender ("") equals no other.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import TrainingError
from core.evaluation.metrics import average_precision, bootstrap_intervals, precision_at_k, recall_at_k
from core.evaluation.patterns import PATTERNS, pattern_summary, shared_patterns
from core.evaluation.rankings import check_lengths, iter_rankings, label_codes

RETRIEVAL_FIGURES = ("p_at_10", "p_at_15", "recall_at_10", "map", "coarse_at_1", "fine_at_1", "fine_at_10")
"""The figures of each query, in the order of the columns below."""

COLOUR = "colour_p_at_10"
"""The column after them: how many of the first 10 have the query's colour."""


@dataclass(frozen=True, eq=False)
class LabelledProducts:
    """What retrieval is measured by: each product's id, `articleType` and `baseColour`, "" where unknown.

    Attributes
    ----------
    ids, article_types, colours : sequences of str
    genders : sequence of str
        May be left out, where nothing is to be said of it.
    patterns : bool array (n, number of patterns), optional
        As `core.evaluation.patterns.named_patterns` gives them.

    Raises
    ------
    TrainingError
        If the columns differ in length.
    """

    ids: Sequence[str]
    article_types: Sequence[str]
    colours: Sequence[str]
    genders: Sequence[str] = ()
    patterns: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not len(self.genders):
            object.__setattr__(self, "genders", [""] * len(self.ids))
        columns = (self.ids, self.article_types, self.colours, self.genders)
        lengths = [len(column) for column in columns]
        if len(set(lengths)) > 1:
            raise TrainingError(
                f"Columns of {', '.join(map(str, lengths))} products were given; give one id, article type, "
                "colour and gender for each."
            )

    def __len__(self) -> int:
        """Count the products."""
        return len(self.ids)


@dataclass(frozen=True)
class RetrievalOptions:
    """How figures of retrieval are made."""

    n_resamples: int = 1000  # of the bootstrap
    seed: int = 0


@dataclass(frozen=True, eq=False)
class _QueryFigures:
    """One row a query; columns are `FIGURES`, then `COLOUR`."""

    whole: np.ndarray  # float64 (m, 8)
    without_near_duplicates: np.ndarray  # float64 (m, 8)
    n_left_out: np.ndarray  # int64 (m,): near-duplicates
    n_relevant: np.ndarray  # int64 (m,)
    patterns: np.ndarray  # float64 (m, number of patterns): the share of hits that have the query's; or NaN


def evaluate_retrieval(
    gallery: LabelledProducts,
    gallery_vectors: np.ndarray,
    *,
    queries: LabelledProducts,
    query_vectors: np.ndarray,
    labels: Sequence[str],
    near_duplicates: Sequence[Collection[str]] | None = None,
    options: RetrievalOptions | None = None,
) -> dict[str, Any]:
    """Measure an extractor with catalogue products as queries.

    Parameters
    ----------
    gallery : LabelledProducts, n of them
        Those that can be found; each id once.
    gallery_vectors : float array (n, dimension)
        Of any length; only directions count.
    queries : LabelledProducts, m of them
        A query whose id is in the gallery does not find that product.
    query_vectors : float array (m, dimension)
    labels : sequence of str
        The classes whose queries count for ``five`` and ``colour_p_at_10``.
    near_duplicates : sequence of collection of str, optional
        The gallery's ids of each query's near-duplicates, as `core.evaluation.near_duplicates` finds them.
    options : RetrievalOptions, optional

    Returns
    -------
    dict
        ``n_queries``, ``n_gallery``; ``all`` and ``five``, each with `RETRIEVAL_FIGURES`; ``colour_p_at_10``.
        Where both sides have patterns, ``pattern_p_at_10`` as of `core.evaluation.patterns`, of queries of
        the classes, by those of the first 10 hits that are of the query's type. Beside these: ``intervals``
        (95 %, lower and upper bound), ``macro`` (``all`` and ``five`` with each type counting once),
        ``by_class`` (figures and ``n`` of each query type), ``n_without_relevant`` (queries that can find
        nothing relevant), and with `near_duplicates` ``without_near_duplicates``: the mean number left out,
        ``n_left_out``, and the same figures as if these products were not in the gallery. A figure without
        any query is None.

    Raises
    ------
    TrainingError
        If there are no queries, or lengths differ, or gallery ids repeat.

    Examples
    --------
    >>> shirts = LabelledProducts(["1", "2"], ["Shirts", "Shirts"], ["Red", "Blue"])
    >>> found = evaluate_retrieval(
    ...     shirts, np.eye(2), queries=shirts, query_vectors=np.eye(2), labels=["Shirts"]
    ... )
    >>> found["all"]["map"], found["all"]["p_at_10"]
    (1.0, 0.1)
    """
    options = options or RetrievalOptions()
    check_lengths("gallery", gallery_vectors, gallery.ids)
    check_lengths("query", query_vectors, queries.ids)
    measured = _measure_queries(
        gallery,
        gallery_vectors,
        queries=queries,
        query_vectors=query_vectors,
        near_duplicates=near_duplicates,
    )
    types = np.asarray(queries.article_types, str)
    report: dict[str, Any] = {"n_queries": len(queries), "n_gallery": len(gallery)}
    report |= summarise(measured.whole, types, labels=labels, options=options)
    if gallery.patterns is not None and queries.patterns is not None:
        report["pattern_p_at_10"] = pattern_summary(measured.patterns[np.isin(types, list(labels))])
    report["n_without_relevant"] = int((measured.n_relevant == 0).sum())
    if near_duplicates is not None:
        report["without_near_duplicates"] = {"n_left_out": float(measured.n_left_out.mean())} | summarise(
            measured.without_near_duplicates, types, labels=labels, options=options
        )
    return report


def evaluate_baselines(
    gallery: LabelledProducts,
    *,
    queries: LabelledProducts,
    labels: Sequence[str],
    options: RetrievalOptions | None = None,
) -> dict[str, dict[str, Any]]:
    """Measure what takes no picture to reach, for comparison.

    Parameters
    ----------
    gallery, queries, labels, options
        As in `evaluate_retrieval`.

    Returns
    -------
    dict
        ``random``, where products come in random order, and ``colour``, where those of the query's
        `baseColour` come first; each as from `evaluate_retrieval`.
    """
    options = options or RetrievalOptions()
    generator = np.random.default_rng(options.seed)
    noise = [generator.standard_normal((len(products), 32)) for products in (gallery, queries)]
    names = sorted({*gallery.colours, *queries.colours})
    column_of = {name: column for column, name in enumerate(names)}
    by_colour = []
    for products, of_side in zip((gallery, queries), noise, strict=True):
        one_hot = np.eye(len(names))[[column_of[colour] for colour in products.colours]]
        # Noise so small that it only puts products of one colour in random order.
        by_colour.append(np.hstack([one_hot, 0.01 * of_side]))
    return {
        name: evaluate_retrieval(
            gallery,
            of_gallery,
            queries=queries,
            query_vectors=of_queries,
            labels=labels,
            options=options,
        )
        for name, (of_gallery, of_queries) in {"random": noise, "colour": by_colour}.items()
    }


def _measure_queries(
    gallery: LabelledProducts,
    gallery_vectors: np.ndarray,
    *,
    queries: LabelledProducts,
    query_vectors: np.ndarray,
    near_duplicates: Sequence[Collection[str]] | None,
) -> _QueryFigures:
    """Rank the gallery for each query, and measure the ranking with and without near-duplicates."""
    row_of = rows_by_id(gallery.ids)
    own = own_rows(gallery.ids, queries.ids)
    gallery_types, query_types = label_codes(gallery.article_types, queries.article_types)
    gallery_colours, query_colours = label_codes(gallery.colours, queries.colours)
    gallery_genders, query_genders = label_codes(gallery.genders, queries.genders)
    n, columns = len(queries), len(RETRIEVAL_FIGURES) + 1
    measured = _QueryFigures(
        np.zeros((n, columns)),
        np.zeros((n, columns)),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.full((n, len(PATTERNS)), np.nan),
    )
    for query, order, _ in iter_rankings(gallery_vectors, query_vectors):
        order = order[order != own[query]]
        relevant = gallery_types[order] == query_types[query]
        same_colour = gallery_colours[order] == query_colours[query]
        fine = relevant & same_colour & (gallery_genders[order] == query_genders[query])
        measured.n_relevant[query] = relevant.sum()
        measured.whole[query] = ranking_figures(relevant, same_colour, fine)
        if gallery.patterns is not None and queries.patterns is not None:
            hits = gallery.patterns[order[:10][relevant[:10]]]
            measured.patterns[query] = shared_patterns(queries.patterns[query], hits)
        if near_duplicates is not None:
            stay = ~np.isin(order, [row_of[one] for one in near_duplicates[query] if one in row_of])
            measured.n_left_out[query] = len(order) - stay.sum()
            measured.without_near_duplicates[query] = ranking_figures(
                relevant[stay], same_colour[stay], fine[stay]
            )
    return measured


def own_rows(gallery_ids: Sequence[str], query_ids: Sequence[str]) -> np.ndarray:
    """Give each query's own row in the gallery, -1 where it is not in it."""
    row_of = rows_by_id(gallery_ids)
    return np.array([row_of.get(product_id, -1) for product_id in query_ids], np.int64)


def rows_by_id(gallery_ids: Sequence[str]) -> dict[str, int]:
    """Give each product's row in the gallery."""
    row_of = {product_id: row for row, product_id in enumerate(gallery_ids)}
    if len(row_of) != len(gallery_ids):
        raise TrainingError("The gallery names a product twice; each id must be unique.")
    return row_of


def ranking_figures(relevant: np.ndarray, same_colour: np.ndarray, fine: np.ndarray) -> tuple[float, ...]:
    """Measure one query by what is right in its full ranking: `RETRIEVAL_FIGURES`, then `COLOUR`."""
    return (
        precision_at_k(relevant, 10),
        precision_at_k(relevant, 15),
        recall_at_k(relevant, 10),
        average_precision(relevant),
        recall_at_k(relevant, 1),
        recall_at_k(fine, 1),
        recall_at_k(fine, 10),
        precision_at_k(same_colour, 10),
    )


def summarise(
    figures: np.ndarray, types: np.ndarray, *, labels: Sequence[str], options: RetrievalOptions
) -> dict[str, Any]:
    """Average figures over queries: all, those of the five classes, those of each class; with intervals.

    Parameters
    ----------
    figures : float array (m, 8)
        As from `ranking_figures`.
    types : str array (m,)
        The queries' article types.
    labels : sequence of str
        The five classes.
    options : RetrievalOptions
    """
    means, intervals = {}, {}
    for name, rows in (("all", np.ones(len(types), bool)), ("five", np.isin(types, list(labels)))):
        means[name], intervals[name] = _means_and_intervals(figures[rows], options)
    by_class = {
        str(name): {"n": int((types == name).sum())} | _named(figures[types == name].mean(axis=0))
        for name in np.unique(types)
    }
    of_five = {name: by_class[name] for name in labels if name in by_class}
    return {
        "all": _without_colour(means["all"]),
        "five": _without_colour(means["five"]),
        COLOUR: means["five"][COLOUR],
        "intervals": {
            "all": _without_colour(intervals["all"]),
            "five": _without_colour(intervals["five"]),
            COLOUR: intervals["five"][COLOUR],
        },
        "macro": {"all": _macro(by_class), "five": _macro(of_five)},
        "by_class": by_class,
    }


def _means_and_intervals(
    figures: np.ndarray, options: RetrievalOptions
) -> tuple[dict[str, float | None], dict[str, list[float] | None]]:
    """Mean of each column, and the bounds of its 95 % interval; None without queries."""
    names = (*RETRIEVAL_FIGURES, COLOUR)
    if not len(figures):
        return dict.fromkeys(names), dict.fromkeys(names)
    bounds = bootstrap_intervals(figures, n_resamples=options.n_resamples, seed=options.seed)
    return {**_named(figures.mean(axis=0))}, {
        name: [float(low), float(high)] for name, (low, high) in zip(names, bounds, strict=True)
    }


def _without_colour(by_figure: dict[str, Any]) -> dict[str, Any]:
    return {name: by_figure[name] for name in RETRIEVAL_FIGURES}


def _named(values: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in zip((*RETRIEVAL_FIGURES, COLOUR), values, strict=True)}


def _macro(by_class: dict[str, dict[str, Any]]) -> dict[str, float | None]:
    """Means over classes, each counting once."""
    return {
        name: float(np.mean([figures[name] for figures in by_class.values()])) if by_class else None
        for name in RETRIEVAL_FIGURES
    }
