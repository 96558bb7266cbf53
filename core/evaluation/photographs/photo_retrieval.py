"""How well everyday photographs find products of their kind: the main job itself.

Similarity, ties and denominators are those of `core.evaluation.retrieval`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.errors import TrainingError
from core.evaluation.metrics import precision_at_k


def evaluate_photo_retrieval(
    hit_types: Sequence[Sequence[str]],
    query_types: Sequence[str],
    *,
    query_groups: Sequence[str],
    grouped_hit_types: Sequence[Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Measure the main job by the hits of everyday photographs.

    Parameters
    ----------
    hit_types : sequence of sequences of str, length m
        `articleType` of each photograph's first 15 hits, the nearest first.
    query_types : sequence of str, length m
        The `articleType` that is relevant to each photograph.
    query_groups : sequence of str, length m
        The folder each photograph lies in, under which it is reported.
    grouped_hit_types : sequence of sequences of str, length m, optional
        The first 10 hits where only products of the class that a classifier gives the photograph may be
        hits; without them the grouped figures are None.

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

    Examples
    --------
    >>> hits = [["Jeans"] * 9 + ["Skirts"] * 6]
    >>> evaluate_photo_retrieval(hits, ["Jeans"], query_groups=["jeans"])["p_at_10"]
    0.9
    """
    lengths = {len(hit_types), len(query_types), len(query_groups), len(grouped_hit_types or hit_types)}
    if len(lengths) > 1 or not len(query_types):
        raise TrainingError(
            f"Hits of {len(hit_types)} photographs came with {len(query_types)} types and "
            f"{len(query_groups)} groups; give one of each for at least one photograph."
        )
    at_10, at_15 = (_precisions(hit_types, query_types, k) for k in (10, 15))
    grouped = None if grouped_hit_types is None else _precisions(grouped_hit_types, query_types, 10)
    of_group = {str(group): np.asarray(query_groups, str) == group for group in dict.fromkeys(query_groups)}
    return {
        "n_queries": len(query_types),
        "p_at_10": float(at_10.mean()),
        "p_at_15": float(at_15.mean()),
        "macro_p_at_10": _mean_over_groups(at_10, of_group),
        "grouped_p_at_10": None if grouped is None else float(grouped.mean()),
        "grouped_macro_p_at_10": None if grouped is None else _mean_over_groups(grouped, of_group),
        "by_class": {
            group: {"n": int(rows.sum()), "p_at_10": float(at_10[rows].mean())}
            for group, rows in of_group.items()
        },
    }


def _precisions(hit_types: Sequence[Sequence[str]], query_types: Sequence[str], k: int) -> np.ndarray:
    return np.array(
        [
            precision_at_k(np.array([found == wanted for found in types], bool), k)
            for types, wanted in zip(hit_types, query_types, strict=True)
        ]
    )


def _mean_over_groups(values: np.ndarray, of_group: dict[str, np.ndarray]) -> float:
    """Mean of the groups' means, each group counting once."""
    return float(np.mean([values[rows].mean() for rows in of_group.values()]))
