"""How well an extractor finds products of the query's kind.

Cosine similarity; relevant = same `articleType`; equal scores are ordered by the gallery's rows; a query is
never its own hit. Precision at k divides by k, also where the gallery is smaller; average precision divides
by the number of relevant products in the gallery, and is 0 where there are none; ``recall_at_10`` is the
share of queries with a relevant hit among the first 10. An unknown type or colour ("") equals no other.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from core.errors import TrainingError
from core.evaluation.metrics import bootstrap_intervals
from core.gallery.index import cosine_scores, ranking, unit_rows

FIGURES = ("p_at_10", "p_at_15", "recall_at_10", "map")
"""The figures of each query, in the order of the columns below."""

QUERIES_AT_ONCE = 64
"""Whole rankings are sorted, so memory grows with queries times gallery: 64 and 40,000 take about 80 MB."""


def evaluate_retrieval(
    gallery_ids: Sequence[str],
    gallery_types: Sequence[str],
    gallery_colours: Sequence[str],
    gallery_vectors: np.ndarray,
    query_ids: Sequence[str],
    query_vectors: np.ndarray,
    query_types: Sequence[str],
    query_colours: Sequence[str],
    labels: Sequence[str],
    *,
    fold_near_duplicates: float | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict:
    """Measure an extractor with catalogue products as queries.

    Parameters
    ----------
    gallery_ids, gallery_types, gallery_colours : sequences of str, length n
        Product id, `articleType` and `baseColour` of each product that can be found.
    gallery_vectors : float array (n, dimension)
        Of any length; only directions count.
    query_ids : sequence of str, length m
        A query whose id is in the gallery does not find that product.
    query_vectors : float array (m, dimension)
    query_types, query_colours : sequences of str, length m
    labels : sequence of str
        The classes whose queries count for ``five`` and ``colour_p_at_10``.
    fold_near_duplicates : float, optional
        Score from which on a product is a near-duplicate of the query. Where given, the figures without these
        products stand beside the others.
    n_resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``n_queries``, ``n_gallery``; ``all`` and ``five``, each with ``p_at_10``, ``p_at_15``,
        ``recall_at_10`` and ``map``; ``colour_p_at_10``. Beside these: ``intervals`` (95 %, lower and upper
        bound, of the same figures), ``macro`` (``all`` and ``five`` with each type counting once),
        ``by_class`` (figures and ``n`` of each query type), ``n_without_relevant`` (queries that can find
        nothing relevant), and with `fold_near_duplicates` ``without_near_duplicates``: the ``limit``, the
        mean number left out, ``n_left_out``, and the same figures as if these products were not in the
        gallery. A figure without any query is None.

    Raises
    ------
    TrainingError
        If there are no queries, or lengths differ, or gallery ids repeat.
    """
    _check_lengths("gallery", gallery_vectors, gallery_ids, gallery_types, gallery_colours)
    _check_lengths("query", query_vectors, query_ids, query_types, query_colours)
    row_of = {product_id: row for row, product_id in enumerate(gallery_ids)}
    if len(row_of) != len(gallery_ids):
        raise TrainingError("The gallery names a product twice; each id must be unique.")
    own_rows = np.array([row_of.get(product_id, -1) for product_id in query_ids], np.int64)
    gallery_type_codes, query_type_codes = _codes(gallery_types, query_types)
    gallery_colour_codes, query_colour_codes = _codes(gallery_colours, query_colours)

    # Columns: FIGURES, then colour agreement.
    figures = np.zeros((len(query_ids), len(FIGURES) + 1))
    folded = np.zeros_like(figures)
    n_left_out = np.zeros(len(query_ids), np.int64)
    n_relevant = np.zeros(len(query_ids), np.int64)
    for query, order, scores in _rankings(gallery_vectors, query_vectors):
        others = order != own_rows[query]
        order, scores = order[others], scores[others]
        relevant = gallery_type_codes[order] == query_type_codes[query]
        same_colour = gallery_colour_codes[order] == query_colour_codes[query]
        n_relevant[query] = relevant.sum()
        figures[query] = _figures(relevant, same_colour)
        if fold_near_duplicates is not None:
            # Near-duplicates score highest, so they are the head of the ranking.
            head = int((scores >= np.float32(fold_near_duplicates)).sum())
            n_left_out[query] = head
            folded[query] = _figures(relevant[head:], same_colour[head:])

    types = np.asarray(query_types, str)
    report = {"n_queries": len(query_ids), "n_gallery": len(gallery_ids)}
    report |= _summary(figures, types, labels, n_resamples, seed)
    report["n_without_relevant"] = int((n_relevant == 0).sum())
    if fold_near_duplicates is not None:
        report["without_near_duplicates"] = {
            "limit": float(fold_near_duplicates),
            "n_left_out": float(n_left_out.mean()),
        } | _summary(folded, types, labels, n_resamples, seed)
    return report


def evaluate_baselines(
    gallery_ids: Sequence[str],
    gallery_types: Sequence[str],
    gallery_colours: Sequence[str],
    query_ids: Sequence[str],
    query_types: Sequence[str],
    query_colours: Sequence[str],
    labels: Sequence[str],
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, dict]:
    """Measure what takes no picture to reach, for comparison.

    Parameters
    ----------
    gallery_ids, gallery_types, gallery_colours, query_ids, query_types, query_colours, labels
        As in `evaluate_retrieval`.
    n_resamples, seed : int

    Returns
    -------
    dict
        ``random``, where products come in random order, and ``colour``, where those of the query's
        `baseColour` come first; each as from `evaluate_retrieval`.
    """
    generator = np.random.default_rng(seed)
    noise = [generator.standard_normal((len(ids), 32)) for ids in (gallery_ids, query_ids)]
    names = sorted({*gallery_colours, *query_colours})
    column_of = {name: column for column, name in enumerate(names)}
    vectors = {"random": noise, "colour": []}
    for colours, of_side in zip((gallery_colours, query_colours), noise, strict=True):
        one_hot = np.eye(len(names))[[column_of[colour] for colour in colours]]
        # Noise so small that it only puts products of one colour in random order.
        vectors["colour"].append(np.hstack([one_hot, 0.01 * of_side]))
    return {
        name: evaluate_retrieval(
            gallery_ids,
            gallery_types,
            gallery_colours,
            of_gallery,
            query_ids,
            of_queries,
            query_types,
            query_colours,
            labels,
            n_resamples=n_resamples,
            seed=seed,
        )
        for name, (of_gallery, of_queries) in vectors.items()
    }


def evaluate_photo_retrieval(
    query_vectors: np.ndarray,
    query_types: Sequence[str],
    query_groups: Sequence[str],
    gallery_types: Sequence[str],
    gallery_vectors: np.ndarray,
    predicted_types: Sequence[str] | None = None,
) -> dict:
    """Measure the main job: everyday photographs as queries against the whole gallery.

    Parameters
    ----------
    query_vectors : float array (m, dimension)
        Of any length; only directions count.
    query_types : sequence of str, length m
        The `articleType` that is relevant to each photograph.
    query_groups : sequence of str, length m
        The folder each photograph lies in, under which it is reported.
    gallery_types : sequence of str, length n
    gallery_vectors : float array (n, dimension)
    predicted_types : sequence of str, length m, optional
        The class a classifier gives each photograph. The grouped figures let only products of that class be
        hits; without it they are None.

    Returns
    -------
    dict
        ``n_queries``, ``p_at_10``, ``p_at_15``, ``macro_p_at_10`` (mean over the groups),
        ``grouped_p_at_10``, ``grouped_macro_p_at_10``, and ``by_class`` with ``n`` and ``p_at_10`` of
        each group.

    Raises
    ------
    TrainingError
        If there are no photographs, or lengths differ.
    """
    _check_lengths("gallery", gallery_vectors, gallery_types)
    _check_lengths("query", query_vectors, query_types, query_groups)
    if predicted_types is not None:
        _check_lengths("query", query_vectors, predicted_types)
    gallery_codes, query_codes = _codes(gallery_types, query_types)
    predicted = np.asarray(query_types if predicted_types is None else predicted_types, str)
    gallery_names = np.asarray(gallery_types, str)

    at_10, at_15, grouped = (np.zeros(len(query_types)) for _ in range(3))
    for query, order, _ in _rankings(gallery_vectors, query_vectors):
        relevant = gallery_codes[order] == query_codes[query]
        at_10[query] = relevant[:10].sum() / 10
        at_15[query] = relevant[:15].sum() / 15
        grouped[query] = relevant[gallery_names[order] == predicted[query]][:10].sum() / 10

    of_group = {group: np.asarray(query_groups, str) == group for group in dict.fromkeys(query_groups)}
    by_class = {
        str(group): {"n": int(rows.sum()), "p_at_10": float(at_10[rows].mean())}
        for group, rows in of_group.items()
    }
    has_classes = predicted_types is not None
    return {
        "n_queries": len(query_types),
        "p_at_10": float(at_10.mean()),
        "p_at_15": float(at_15.mean()),
        "macro_p_at_10": float(np.mean([figures["p_at_10"] for figures in by_class.values()])),
        "grouped_p_at_10": float(grouped.mean()) if has_classes else None,
        "grouped_macro_p_at_10": (
            float(np.mean([grouped[rows].mean() for rows in of_group.values()])) if has_classes else None
        ),
        "by_class": by_class,
    }


def _rankings(
    gallery_vectors: np.ndarray, query_vectors: np.ndarray
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield each query's number, the gallery's rows from nearest to farthest, and their scores."""
    gallery = unit_rows(np.asarray(gallery_vectors), "the gallery")
    queries = unit_rows(np.asarray(query_vectors), "the queries", np.float64)
    for start in range(0, len(queries), QUERIES_AT_ONCE):
        scores = cosine_scores(gallery, queries[start : start + QUERIES_AT_ONCE])
        for number, (order, of_query) in enumerate(zip(ranking(scores), scores, strict=True), start=start):
            yield number, order, of_query[order]


def _figures(relevant: np.ndarray, same_colour: np.ndarray) -> tuple[float, ...]:
    """Figures of one query, from what is right in its full ranking."""
    places = np.flatnonzero(relevant) + 1
    average_precision = np.mean(np.arange(1, len(places) + 1) / places) if len(places) else 0.0
    return (
        relevant[:10].sum() / 10,
        relevant[:15].sum() / 15,
        float(relevant[:10].any()),
        average_precision,
        same_colour[:10].sum() / 10,
    )


def _summary(
    figures: np.ndarray, types: np.ndarray, labels: Sequence[str], n_resamples: int, seed: int
) -> dict:
    """Means of the queries' figures: of all, of the five classes, of each class, and their intervals."""
    five = np.isin(types, list(labels))
    means, intervals = {}, {}
    for name, rows in (("all", np.ones(len(types), bool)), ("five", five)):
        of_rows = figures[rows]
        bounds = (
            bootstrap_intervals(of_rows, n_resamples=n_resamples, seed=seed) if len(of_rows) else [None] * 5
        )
        means[name] = _named(of_rows.mean(axis=0) if len(of_rows) else [None] * 5)
        intervals[name] = {
            figure: None if bound is None else [float(bound[0]), float(bound[1])]
            for figure, bound in zip((*FIGURES, "colour_p_at_10"), bounds, strict=True)
        }
    by_class = {
        str(name): {"n": int((types == name).sum())} | _named(figures[types == name].mean(axis=0))
        for name in np.unique(types)
    }
    of_five = {name: by_class[name] for name in labels if name in by_class}
    colour = means["five"].pop("colour_p_at_10")
    intervals["colour_p_at_10"] = intervals["five"].pop("colour_p_at_10")
    for of_all in (means["all"], intervals["all"]):
        del of_all["colour_p_at_10"]
    return means | {
        "colour_p_at_10": colour,
        "intervals": intervals,
        "macro": {"all": _macro(by_class), "five": _macro(of_five)},
        "by_class": by_class,
    }


def _named(values: Sequence[float | None]) -> dict[str, float | None]:
    names = (*FIGURES, "colour_p_at_10")
    return {name: None if value is None else float(value) for name, value in zip(names, values, strict=True)}


def _macro(by_class: dict[str, dict]) -> dict[str, float | None]:
    """Means over classes, each counting once."""
    return {
        name: float(np.mean([figures[name] for figures in by_class.values()])) if by_class else None
        for name in FIGURES
    }


def _codes(gallery: Sequence[str], queries: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers for names, quicker to compare; unknown ones ("") differ from each other's."""
    names, codes = np.unique(np.asarray([*gallery, *queries], str), return_inverse=True)
    codes = codes.astype(np.int32)
    of_gallery, of_queries = codes[: len(gallery)], codes[len(gallery) :]
    of_gallery[names[of_gallery] == ""] = -1
    of_queries[names[of_queries] == ""] = -2
    return of_gallery, of_queries


def _check_lengths(side: str, vectors: np.ndarray, *columns: Sequence[str]) -> None:
    if any(len(column) != len(vectors) for column in columns):
        lengths = ", ".join(str(len(column)) for column in columns)
        raise TrainingError(
            f"The {side} has {len(vectors)} vectors but columns of {lengths}; give one for each."
        )
    if len(vectors) == 0:
        raise TrainingError(f"The {side} is empty; retrieval needs at least one product on either side.")
