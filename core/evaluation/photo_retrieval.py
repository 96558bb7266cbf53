"""How well everyday photographs find products of their kind: the main job itself.

Similarity, ties and denominators are those of `core.evaluation.retrieval`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.evaluation.metrics import precision_at_k
from core.evaluation.rankings import check_lengths, iter_rankings, label_codes


def evaluate_photo_retrieval(
    query_vectors: np.ndarray,
    query_types: Sequence[str],
    *,
    query_groups: Sequence[str],
    gallery_types: Sequence[str],
    gallery_vectors: np.ndarray,
    predicted_types: Sequence[str] | None = None,
) -> dict[str, Any]:
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
    check_lengths("gallery", gallery_vectors, gallery_types)
    check_lengths("query", query_vectors, query_types, query_groups)
    if predicted_types is not None:
        check_lengths("query", query_vectors, predicted_types)
    gallery_codes, query_codes = label_codes(gallery_types, query_types)
    predicted = np.asarray(query_types if predicted_types is None else predicted_types, str)
    gallery_names = np.asarray(gallery_types, str)

    at_10, at_15, grouped = (np.zeros(len(query_types)) for _ in range(3))
    for query, order, _ in iter_rankings(gallery_vectors, query_vectors):
        relevant = gallery_codes[order] == query_codes[query]
        at_10[query] = precision_at_k(relevant, 10)
        at_15[query] = precision_at_k(relevant, 15)
        grouped[query] = precision_at_k(relevant[gallery_names[order] == predicted[query]], 10)

    of_group = {str(group): np.asarray(query_groups, str) == group for group in dict.fromkeys(query_groups)}
    has_classes = predicted_types is not None
    return {
        "n_queries": len(query_types),
        "p_at_10": float(at_10.mean()),
        "p_at_15": float(at_15.mean()),
        "macro_p_at_10": _mean_over_groups(at_10, of_group),
        "grouped_p_at_10": float(grouped.mean()) if has_classes else None,
        "grouped_macro_p_at_10": _mean_over_groups(grouped, of_group) if has_classes else None,
        "by_class": {
            group: {"n": int(rows.sum()), "p_at_10": float(at_10[rows].mean())}
            for group, rows in of_group.items()
        },
    }


def _mean_over_groups(values: np.ndarray, of_group: dict[str, np.ndarray]) -> float:
    """Mean of the groups' means, each group counting once."""
    return float(np.mean([values[rows].mean() for rows in of_group.values()]))
