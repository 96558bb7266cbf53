"""How often the hits of a product share its pattern, as far as products' names say it."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from core.catalogue.looks import LOOKS, look_of
from core.evaluation.rankings import iter_rankings, label_codes

PATTERNS: tuple[str, ...] = tuple(LOOKS["pattern"])

LEAST_QUERIES = 20
"""A pattern that fewer queries have counts for no mean."""


def named_patterns(names: Iterable[str]) -> np.ndarray:
    """Return which patterns products' names say, bool (n, number of `PATTERNS`).

    Examples
    --------
    >>> named_patterns(["Striped shirt", "Bag", "Floral print skirt"]).sum(axis=1).tolist()
    [1, 0, 2]
    """
    said = [look_of(name)["pattern"] for name in names]
    return np.array([[pattern in of for pattern in PATTERNS] for of in said], bool).reshape(-1, len(PATTERNS))


def pattern_precision(
    gallery: tuple[Sequence[str], np.ndarray],
    gallery_vectors: np.ndarray,
    *,
    queries: tuple[Sequence[str], np.ndarray],
    query_vectors: np.ndarray,
    own_rows: np.ndarray,
    k: int = 10,
) -> dict[str, Any]:
    """Measure the share of hits with the query's pattern, of hits of its article type whose names say one.

    Parameters
    ----------
    gallery, queries : (article types, bool array (n, number of `PATTERNS`))
        Patterns as `named_patterns` gives them; a query whose name says none does not count.
    gallery_vectors, query_vectors : float arrays (n, dimension), (m, dimension)
        Only directions count.
    own_rows : int array (m,)
        Each query's own row in the gallery, which it does not find; −1 where it is not in it.
    k : int
        Hits that are looked at.

    Returns
    -------
    dict
        By pattern ``n``, the queries that have it and a hit that counts, and ``p_at_10``, None without any;
        and ``mean`` of ``p_at_10`` over the patterns of at least `LEAST_QUERIES`, None without any.

    Examples
    --------
    >>> shirts = (["Shirts"] * 3, named_patterns(["striped", "stripes", "checked"]))
    >>> found = pattern_precision(
    ...     shirts, np.eye(3), queries=shirts, query_vectors=np.eye(3), own_rows=np.arange(3)
    ... )
    >>> found["striped"]
    {'n': 2, 'p_at_10': 0.5}
    """
    gallery_types, query_types = label_codes(gallery[0], queries[0])
    rows = np.flatnonzero(queries[1].any(axis=1))
    shares: dict[str, list[float]] = {pattern: [] for pattern in PATTERNS}
    for place, order, _ in iter_rankings(gallery_vectors, query_vectors[rows]):
        query = rows[place]
        hits = order[order != own_rows[query]][:k]
        hits = hits[(gallery_types[hits] == query_types[query]) & gallery[1][hits].any(axis=1)]
        if not len(hits):
            continue
        for number in np.flatnonzero(queries[1][query]):
            shares[PATTERNS[number]].append(float(gallery[1][hits, number].mean()))
    report: dict[str, Any] = {
        pattern: {"n": len(values), "p_at_10": float(np.mean(values)) if values else None}
        for pattern, values in shares.items()
    }
    counted = [float(np.mean(values)) for values in shares.values() if len(values) >= LEAST_QUERIES]
    return report | {"mean": float(np.mean(counted)) if counted else None}
