"""From a query's vector to hits: filters, threshold, paging, order, grouping, refining.

Pure functions of an `Index`, the products that belong to its rows, and a query's vector. Nothing here embeds
a picture, so a changed option costs only what it changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.errors import SearchError
from core.retrieval.index import Index, ranking

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


@dataclass(frozen=True)
class Hit:
    """One product found."""

    product_id: str
    rank: int  # from 1, in the whole list of hits, whatever the page
    score: float  # cosine similarity, -1 to 1, higher is nearer
    duplicates: tuple[str, ...] = ()  # near-duplicates folded into this hit, in the order they were in


@dataclass(frozen=True)
class SearchOptions:
    """What narrows a search, and how much of the answer is wanted."""

    top: int = 12  # hits on a page
    offset: int = 0  # hits before this page
    threshold: float | None = None  # lowest score of a hit; None takes any
    filters: Mapping[str, Sequence[str]] = field(
        default_factory=dict
    )  # column -> accepted values; "" is unknown
    price: tuple[float | None, float | None] | None = None  # lowest and highest, both included; None is open
    exclude: str | None = None  # the product that was the query
    first: str | None = None  # articleType whose hits come before all others; None is by score alone

    def __post_init__(self) -> None:
        if self.top < 1 or self.offset < 0:
            raise SearchError(
                f"A page of {self.top} hits after {self.offset} was asked for; "
                "top must be at least 1 and offset at least 0."
            )
        if self.threshold is not None and not -1 <= self.threshold <= 1:  # also refuses NaN
            raise SearchError(f"The threshold is {self.threshold}; a cosine lies between -1 and 1.")


def search(
    index: Index, products: pd.DataFrame, query: np.ndarray, options: SearchOptions | None = None
) -> list[Hit]:
    """Find the products nearest to a query.

    Parameters
    ----------
    index : Index
        The gallery.
    products : DataFrame, length len(index)
        Row *i* describes ``index.ids[i]``.
    query : float array (dimension,)
    options : SearchOptions, optional

    Returns
    -------
    list of Hit
        One page, highest score first, equal scores in the catalogue's order; those of the class that is to
        come first are before all others. Empty where nothing matches.

    Raises
    ------
    SearchError
        If a filter names a column or value that the products do not have, or the query does not fit.
    """
    options = options or SearchOptions()
    _check_aligned(index, products)
    if options.first is not None:
        return rank(index, products, index.scores(query), options)
    matching = matching_rows(products, options)
    rows = None if matching.all() else matching
    found = index.search(query, options.offset + options.top, rows=rows, exclude=options.exclude)[0]
    page = slice(options.offset, None)
    reaches = _passes(found.scores, options)[page]
    return _hits(index, products, found.rows[page][reaches], found.scores[page][reaches], options)


def rank(
    index: Index, products: pd.DataFrame, scores: np.ndarray, options: SearchOptions | None = None
) -> list[Hit]:
    """Make hits of scores that are already there, such as those of `combined_scores`.

    Parameters
    ----------
    index : Index
        Names the rows.
    products : DataFrame, length n
    scores : float32 array (n,)
        One for each row of the index.
    options : SearchOptions, optional

    Returns
    -------
    list of Hit
        As from `search`.
    """
    options = options or SearchOptions()
    _check_aligned(index, products)
    scores = np.asarray(scores, np.float32)
    if scores.shape != (len(index),) or np.isnan(scores).any():
        raise SearchError(f"Scores of shape {scores.shape} do not give {len(index)} products a number each.")
    rows = np.flatnonzero(matching_rows(products, options) & _passes(scores, options))
    if options.exclude in index:
        rows = rows[rows != index.row(options.exclude)]
    wanted = options.offset + options.top
    parts = [rows]
    if options.first is not None:
        of_class = (products["articleType"] == options.first).to_numpy(bool)[rows]
        parts = [rows[of_class], rows[~of_class]]
    rows = np.concatenate([part[ranking(scores[None, part], wanted)[0]] for part in parts])
    rows = rows[options.offset : wanted]
    return _hits(index, products, rows, scores[rows], options)


def matching_rows(products: pd.DataFrame, options: SearchOptions) -> np.ndarray:
    """Which products pass the filters and the price range.

    A product passes a filter if its value is one of those accepted; a filter that accepts none is no filter.
    A product without a price passes no price range.

    Returns
    -------
    bool array (n,)

    Raises
    ------
    SearchError
        If a filter names a column or value that the products do not have, or the range is upside down.
    """
    passes = np.ones(len(products), bool)
    for column, accepted in options.filters.items():
        passes &= _passes_filter(products, column, accepted)
    return passes & _passes_price(products, options.price)


def group_by_class(
    hits: Iterable[Hit], products: pd.DataFrame, label_order: Sequence[str] = ()
) -> dict[str, list[Hit]]:
    """Put hits of one class together.

    Parameters
    ----------
    hits : iterable of Hit
    products : DataFrame
    label_order : sequence of str
        Classes to come first, usually by falling probability of the query's class. The others follow in the
        order of their best hit. Classes without a hit are left out.

    Returns
    -------
    dict of articleType to list of Hit
        Each hit keeps its rank in the whole list.
    """
    hits = list(hits)
    wanted = products[products["id"].isin([hit.product_id for hit in hits])]
    label_of = dict(zip(wanted["id"], wanted["articleType"], strict=True))
    groups: dict[str, list[Hit]] = {label: [] for label in label_order}
    for hit in hits:
        if hit.product_id not in label_of:
            raise SearchError(f"The hit {hit.product_id} is no product of this catalogue; search it again.")
        groups.setdefault(label_of[hit.product_id], []).append(hit)
    return {label: members for label, members in groups.items() if members}


def _hits(
    index: Index,
    products: pd.DataFrame,
    rows: np.ndarray,
    scores: np.ndarray,
    options: SearchOptions,
) -> list[Hit]:
    """Make hits of rows and scores, and see that index and products mean the same rows."""
    hits = []
    for place, (row, product_id) in enumerate(zip(rows, products["id"].iloc[rows], strict=True)):
        if index.ids[row] != product_id:
            raise SearchError(
                f"Row {row} is product {index.ids[row]} in the index but {product_id} in the table; "
                "index the catalogue again."
            )
        hits.append(Hit(str(product_id), options.offset + place + 1, float(scores[place])))
    return hits


def _passes(scores: np.ndarray, options: SearchOptions) -> np.ndarray:
    if options.threshold is None:
        return np.ones(np.shape(scores), bool)
    # Compared as float32, so that a hit's own score, used as a threshold, keeps that hit.
    return np.asarray(scores, np.float32) >= np.float32(options.threshold)


def _passes_filter(products: pd.DataFrame, column: str, accepted: Sequence[str]) -> np.ndarray:
    _check_column(products, column)
    if isinstance(accepted, str):
        raise SearchError(f"The filter on {column} is the text '{accepted}'; give a tuple of values.")
    if not accepted:
        return np.ones(len(products), bool)
    passes = np.zeros(len(products), bool)
    for value in accepted:
        of_value = (products[column] == value).to_numpy(bool)
        if not of_value.any():
            raise SearchError(f"No product has {column} '{value}'; there are {_listed(products[column])}.")
        passes |= of_value
    return passes


def _passes_price(products: pd.DataFrame, price: tuple[float | None, float | None] | None) -> np.ndarray:
    if price is None:
        return np.ones(len(products), bool)
    lowest, highest = (-np.inf if price[0] is None else price[0]), (np.inf if price[1] is None else price[1])
    if not lowest <= highest:
        raise SearchError(f"The price range {lowest} to {highest} holds nothing; give the lower price first.")
    prices = products["price"].to_numpy(np.float64)
    if len(prices) and np.isnan(prices).all():
        raise SearchError("No product of this catalogue has a price; search without a price range.")
    return (prices >= lowest) & (prices <= highest)


def _check_column(products: pd.DataFrame, column: str) -> None:
    if column not in FILTER_COLUMNS or column not in products:
        known = ", ".join(name for name in FILTER_COLUMNS if name in products)
        raise SearchError(f"Products cannot be filtered by '{column}'; they can by {known}.")


def _check_aligned(index: Index, products: pd.DataFrame) -> None:
    if len(products) != len(index):
        raise SearchError(
            f"The index holds {len(index)} products but the table {len(products)}; index the catalogue again."
        )


def _listed(values: pd.Series, most: int = 12) -> str:
    """Name the most frequent values, for an error's one line."""
    names = [str(value) or "'' (unknown)" for value in values.value_counts().index]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
