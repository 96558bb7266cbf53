"""How often the hits of a product share its pattern, as far as products' names say it."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from core.catalogue.looks import LOOKS, look_of

PATTERNS: tuple[str, ...] = tuple(LOOKS["pattern"])

LEAST_QUERIES = 20
"""A pattern that fewer queries have does not count for the mean."""


def named_patterns(names: Iterable[str]) -> np.ndarray:
    """Return which patterns products' names say, bool (n, number of `PATTERNS`).

    Examples
    --------
    >>> named_patterns(["Striped shirt", "Bag", "Floral skirt"]).sum(axis=1).tolist()
    [1, 0, 2]
    """
    said = [look_of(name)["pattern"] for name in names]
    return np.array([[pattern in of for pattern in PATTERNS] for of in said], bool).reshape(-1, len(PATTERNS))


def shared_patterns(query: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Return the share of the hits that have each pattern of the query.

    Parameters
    ----------
    query : bool array (number of patterns,)
    hits : bool array (k, number of patterns)
        Of the hits that are looked at; those whose names say no pattern do not count.

    Returns
    -------
    float array (number of patterns,)
        NaN for patterns that the query has not, and for all where no hit counts.

    Examples
    --------
    >>> striped, checked, unsaid = [True, False], [False, True], [False, False]
    >>> shared_patterns(np.array(striped), np.array([striped, checked, unsaid])).tolist()
    [0.5, nan]
    """
    said = hits[hits.any(axis=1)]
    shares = said.mean(axis=0) if len(said) else np.full(len(query), np.nan)
    return np.where(query, shares, np.nan)


def pattern_summary(shares: np.ndarray, patterns: Sequence[str] = PATTERNS) -> dict[str, Any]:
    """Average the rows of `shared_patterns` of many queries.

    Parameters
    ----------
    shares : float array (n, number of patterns)
    patterns : sequence of str

    Returns
    -------
    dict
        By pattern ``n``, the queries with it that have a hit which counts, and ``p_at_10``, None without any;
        and ``mean`` of ``p_at_10`` over the patterns of at least `LEAST_QUERIES`, None without any.

    Examples
    --------
    >>> pattern_summary(np.array([[0.5, np.nan], [1.0, np.nan]]), ("striped", "dots"))
    {'striped': {'n': 2, 'p_at_10': 0.75}, 'dots': {'n': 0, 'p_at_10': None}, 'mean': None}
    """
    report: dict[str, Any] = {}
    counted = []
    for pattern, column in zip(patterns, shares.T, strict=True):
        values = column[~np.isnan(column)]
        report[pattern] = {"n": len(values), "p_at_10": float(values.mean()) if len(values) else None}
        if len(values) >= LEAST_QUERIES:
            counted.append(float(values.mean()))
    return report | {"mean": float(np.mean(counted)) if counted else None}
