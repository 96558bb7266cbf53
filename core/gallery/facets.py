"""Facets: the columns that a search is filtered by, and how many hits each value would leave."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.errors import SearchError
from core.gallery.protocol import Filters, Gallery, QueryVectors

FILTER_COLUMNS = (
    "articleType",
    "baseColour",
    "gender",
    "season",
    "usage",
    "masterCategory",
    "subCategory",
    "year",
    "brandName",
)
"""Columns that a search can be filtered by, by value. Price is filtered by range."""

FACET_COLUMNS = FILTER_COLUMNS[:5]
"""The columns whose values are counted unless others are asked for."""


def matching_rows(products: pd.DataFrame, filters: Filters) -> np.ndarray:
    """Which products pass the filters.

    Parameters
    ----------
    products : DataFrame, length n
    filters : Filters

    Returns
    -------
    bool array (n,)

    Raises
    ------
    SearchError
        If a filter names a column or an accepted value that the products do not have, or a price range is
        given where no product has a price.
    """
    passes = np.ones(len(products), bool)
    for column, values in filters.accepted.items():
        check_filter_column(products, column)
        if values:
            of_values = products[column].isin(list(values)).to_numpy(bool)
            _check_values(products[column], of_values, values)
            passes &= of_values
    for column, values in filters.rejected.items():
        check_filter_column(products, column)
        passes &= ~products[column].isin(list(values)).to_numpy(bool)
    if filters.price is not None:
        prices = products["price"].to_numpy(np.float64)
        if len(prices) and np.isnan(prices).all():
            raise SearchError("No product of this catalogue has a price; search without a price range.")
        lowest, highest = filters.price_bounds
        passes &= (prices >= lowest) & (prices <= highest)
    if filters.only_ids is not None:
        passes &= products["id"].isin(filters.only_ids).to_numpy(bool)
    if filters.without_ids:
        passes &= ~products["id"].isin(filters.without_ids).to_numpy(bool)
    return passes


def facet_counts(
    gallery: Gallery,
    *,
    filters: Filters,
    query: QueryVectors | None = None,
    threshold: float | None = None,
    columns: Sequence[str] = FACET_COLUMNS,
) -> dict[str, dict[str, int]]:
    """Count what choosing each value would find, given all the other filters.

    A column's own filter is left out of its own counts: they show what could be chosen instead.

    Parameters
    ----------
    gallery : Gallery
    filters : Filters
    query : QueryVectors, one query, and threshold : float, optional
        Where both are given, only products that score as much are counted.
    columns : sequence of str

    Returns
    -------
    dict of column to dict of value to count
        The most frequent first, then by name. Values that would find nothing are left out, except those that
        are chosen. The value "" is unknown.

    Raises
    ------
    SearchError
        As from `matching_rows`.
    """
    counts = {}
    for column in columns:
        others = filters.without_column(column)
        found = gallery.count_by(column, query=query, filters=others, threshold=threshold)
        found = dict.fromkeys(filters.accepted.get(column, ()), 0) | found
        counts[column] = dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
    return counts


def filter_values(products: pd.DataFrame, columns: Sequence[str] = FACET_COLUMNS) -> dict[str, list[str]]:
    """List what products can be filtered to, by column; columns in which all are alike are left out."""
    values = {column: sorted(products[column].unique()) for column in columns}
    return {column: listed for column, listed in values.items() if len(listed) > 1}


def price_range(products: pd.DataFrame) -> tuple[float, float]:
    """Give the lowest and highest price, whole numbers; twice 0 where none is known."""
    prices = products["price"].dropna()
    return (float(np.floor(prices.min())), float(np.ceil(prices.max()))) if len(prices) else (0.0, 0.0)


def check_filter_column(products: pd.DataFrame, column: str) -> None:
    """Refuse a column that products cannot be filtered by.

    Raises
    ------
    SearchError
    """
    if column not in FILTER_COLUMNS or column not in products:
        known = ", ".join(name for name in FILTER_COLUMNS if name in products)
        raise SearchError(f"Products cannot be filtered by '{column}'; they can by {known}.")


def _check_values(column: pd.Series, of_values: np.ndarray, values: Sequence[str]) -> None:
    there = set(column[of_values].unique())
    for value in values:
        if value not in there:
            listed = _listed(column.value_counts())
            raise SearchError(f"No product has {column.name} '{value}'; there are {listed}.")


def _listed(counts: pd.Series, most: int = 12) -> str:
    """Name the most frequent values, for an error's one line."""
    names = [str(value) or "'' (unknown)" for value in counts.index]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
