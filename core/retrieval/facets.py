"""Facets: how many hits each value of each column would leave."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.retrieval.ranking import (
    FILTER_COLUMNS,
    SearchOptions,
    _check_column,
    _passes,
    _passes_filter,
    _passes_price,
    matching_rows,
)

FACET_COLUMNS = FILTER_COLUMNS[:5]
"""The columns whose values are counted unless others are asked for."""


def count_matching(products: pd.DataFrame, scores: np.ndarray, options: SearchOptions) -> int:
    """Count the hits of all pages together.

    Parameters
    ----------
    products : DataFrame, length n
    scores : float array (n,)
    options : SearchOptions
    """
    passes = matching_rows(products, options) & _passes(scores, options)
    excluded = passes & (products["id"] == options.exclude).to_numpy() if options.exclude else False
    return int(passes.sum() - np.sum(excluded))


def facet_counts(
    products: pd.DataFrame,
    options: SearchOptions,
    columns: Sequence[str] = FACET_COLUMNS,
    scores: np.ndarray | None = None,
) -> dict[str, dict[str, int]]:
    """Count what choosing each value would find, given all the other filters.

    A column's own filter is left out of its own counts: they show what could be chosen instead.

    Parameters
    ----------
    products : DataFrame, length n
    options : SearchOptions
    columns : sequence of str
    scores : float array (n,), optional
        Where given, only products that reach the threshold are counted.

    Returns
    -------
    dict of column to dict of value to count
        The most frequent first, then by name. Values that would find nothing are left out, except those that
        are chosen. The value "" is unknown.
    """
    reaches = np.ones(len(products), bool) if scores is None else _passes(scores, options)
    if options.exclude is not None:
        reaches = reaches & (products["id"] != options.exclude).to_numpy()
    reaches = reaches & _passes_price(products, options.price)
    passing = {column: _passes_filter(products, column, chosen) for column, chosen in options.filters.items()}
    counts = {}
    for column in columns:
        _check_column(products, column)
        rows = reaches.copy()
        for other, passes in passing.items():
            if other != column:
                rows &= passes
        found = {str(value): int(n) for value, n in products[column][rows].value_counts().items()}
        found = dict.fromkeys(options.filters.get(column, ()), 0) | found
        counts[column] = dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
    return counts
