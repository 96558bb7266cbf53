"""What is read off a map: where a query belongs, what was selected, how many neighbours it keeps.

A map is rows of positions aligned with the products, 2 or 3 numbers each, NaN where a product is not drawn.
Nothing here draws, and nothing here makes maps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.errors import SearchError
from core.gallery.index import Neighbours

AVERAGED = 5
"""How many nearest products say where a new picture belongs."""

SCATTERED = 0.25
"""Neighbours farther from the mark than this share of the map's own extent lie in different places of it."""

LEAST_IN_VIEW = 0.01
"""Share of the map's width that a close-up shows at the least, to either side."""

UNKNOWN, OTHER = "Unknown", "Other"


@dataclass(frozen=True)
class Placement:
    """A query's place on a map, beside what it is truly near to.

    Attributes
    ----------
    position : float array (2,) or (3,)
    ids : tuple of str
        The true nearest products that the map draws, nearest first.
    scores : float32 array (len(ids),)
    ends : float array (len(ids), 2 or 3)
        Where they are drawn.
    not_drawn : int
        How many of the true nearest products the map leaves out.
    kept : int
        How many of `ids` are also among as many nearest dots.
    scattered : bool
        Whether the products that decide the position lie in different places of the map.
    """

    position: np.ndarray
    ids: tuple[str, ...]
    scores: np.ndarray
    ends: np.ndarray
    not_drawn: int
    kept: int
    scattered: bool


@dataclass(frozen=True)
class Selection:
    """Some products of a catalogue, and what they have in common."""

    products: pd.DataFrame  # rows in the catalogue's order
    classes: dict[str, int]  # articleType to how many, most first
    colours: dict[str, int]  # baseColour to how many, most first


def place(positions: np.ndarray, nearest: Neighbours, *, own_row: int | None = None) -> Placement:
    """Find a query's place on a map from its nearest products.

    t-SNE places only what it was computed of. A new point goes to the mean of its nearest products'
    positions, weighted by score: the first guess from which openTSNE, too, starts to place new points
    (Poličar, Stražar and Zupan, "Embedding to reference t-SNE space addresses batch effects", 2023).

    Parameters
    ----------
    positions : float array (n, 2) or (n, 3)
        NaN where a product is not drawn.
    nearest : Neighbours
        The query's true nearest products by cosine, nearest first.
    own_row : int, optional
        Where the query is itself a product: its own dot is its place, if it is drawn.

    Raises
    ------
    SearchError
        If none of the nearest products is drawn.

    Examples
    --------
    >>> nearest = Neighbours(("a", "b"), np.array([0.9, 0.3], np.float32), np.array([0, 1]))
    >>> place(np.array([[0.0, 0.0], [4.0, 0.0], [9.0, 9.0]]), nearest).position.round(3)
    array([1., 0.])
    """
    positions = np.asarray(positions, np.float64)
    drawn = drawn_rows(positions)
    near = drawn[nearest.rows]
    rows, scores = nearest.rows[near], nearest.scores[near]
    own = own_row is not None and drawn[own_row]
    if not len(rows) and not own:
        raise SearchError(
            f"None of the {len(nearest)} products nearest to it is drawn on this map; "
            "look at the one that draws every product"
        )
    deciding = positions[rows[:AVERAGED]]
    if own:
        position = positions[own_row]
    else:
        weights = np.clip(scores[:AVERAGED], 0, None).astype(np.float64)
        position = np.average(deciding, axis=0, weights=weights if weights.any() else None)
    everywhere = positions[drawn]
    extent = np.sqrt(everywhere.var(axis=0).sum())
    apart = np.sqrt(((deciding - position) ** 2).sum(axis=1).mean()) if len(deciding) else 0.0
    return Placement(
        position=position,
        ids=tuple(product_id for product_id, is_drawn in zip(nearest.ids, near, strict=True) if is_drawn),
        scores=scores,
        ends=positions[rows],
        not_drawn=int((~near).sum()),
        kept=_kept(positions, position, rows, own_row),
        scattered=bool(apart > SCATTERED * extent),
    )


def close_up(positions: np.ndarray, placed: Placement) -> np.ndarray:
    """Frame a query and its nearest products.

    Returns
    -------
    float array (2, 2) or (3, 2)
        From where to where on each axis, equally long on all, with the query in the middle.
    """
    everywhere = positions[drawn_rows(positions)]
    reach = float(np.abs(placed.ends - placed.position).max(initial=0.0))
    # Equal products lie on one spot, of which nothing could be seen.
    reach = max(reach, LEAST_IN_VIEW * float(np.ptp(everywhere, axis=0).max()), 1e-6)
    return placed.position[:, None] + 1.2 * reach * np.array([-1.0, 1.0])


def drawn_rows(positions: np.ndarray) -> np.ndarray:
    """Which products a map draws.

    Returns
    -------
    bool array (n,)
    """
    return np.isfinite(positions).all(axis=1)


def rows_in_view(positions: np.ndarray, view: Mapping[str, Any]) -> np.ndarray:
    """List the rows whose dots are seen.

    Parameters
    ----------
    positions : float array (n, 2)
        NaN where a product is not drawn.
    view : mapping
        ``{"xaxis": {"range": [left, right]}, "yaxis": {"range": [bottom, top]}}``; without one of them, all
        of that axis is seen.

    Returns
    -------
    int array

    Examples
    --------
    >>> positions = np.array([[0, 0], [1, 1], [np.nan, np.nan], [5, 1]], np.float32)
    >>> rows_in_view(positions, {"xaxis": {"range": [0.5, 6]}, "yaxis": {"range": [0, 2]}}).tolist()
    [1, 3]
    >>> rows_in_view(positions, {}).tolist()
    [0, 1, 3]
    """
    seen = drawn_rows(positions)
    for column, axis in enumerate(("xaxis", "yaxis")):
        if axis in view:
            low, high = sorted(view[axis]["range"])
            seen &= (positions[:, column] >= low) & (positions[:, column] <= high)
    return np.flatnonzero(seen)


def select_products(products: pd.DataFrame, ids: Sequence[str]) -> Selection:
    """Take the products of these ids and count their classes and colours.

    Parameters
    ----------
    products : DataFrame
        A catalogue's.
    ids : sequence of str
        In any order; one that comes twice counts once.

    Raises
    ------
    SearchError
        If the catalogue lacks one of them.
    """
    chosen = products[products["id"].isin(ids)]
    if len(chosen) < len(set(ids)):
        missing = next(product_id for product_id in ids if product_id not in set(chosen["id"]))
        raise SearchError(f"The selection names product {missing}, which this catalogue lacks; select again")
    return Selection(
        chosen,
        chosen["articleType"].replace("", UNKNOWN).value_counts().to_dict(),
        chosen["baseColour"].replace("", UNKNOWN).value_counts().to_dict(),
    )


def group_rare_values(values: pd.Series, most: int, first: Sequence[str] = ()) -> pd.Series:
    """Keep the values that are worth a colour of their own, and call the rest "Other".

    Parameters
    ----------
    values : Series of str
        Empty where unknown.
    most : int
        How many keep their name.
    first : sequence of str
        These keep it in any case, where they occur.

    Returns
    -------
    Series of str
        On the same rows, with `UNKNOWN` and `OTHER` for what has no name of its own.
    """
    counts = values[values != ""].value_counts()
    named = [value for value in first if value in counts.index]
    named += [value for value in counts.index if value not in named][: max(0, most - len(named))]
    return values.where(values.isin(named) | (values == ""), OTHER).where(values != "", UNKNOWN)


def mean_preservation(preservation: np.ndarray) -> float:
    """Mean share of its neighbours that the map keeps beside a product.

    Parameters
    ----------
    preservation : float array (n,)
        Of each product, see `core.maps.tsne.neighbourhood_preservation`; NaN where it is unknown.

    Returns
    -------
    float
        0 to 1; NaN of an empty map.

    Examples
    --------
    >>> mean_preservation(np.array([0.5, 1.0, np.nan]))
    0.75
    """
    preservation = np.asarray(preservation, np.float64)
    known = preservation[np.isfinite(preservation)]
    return float(known.mean()) if len(known) else float("nan")


def colour_range(values: np.ndarray) -> tuple[float, float]:
    """Give the ends of a colour scale for numbers: their 1st and 98th percentile.

    A few very dear products would otherwise leave one colour to all others.

    Parameters
    ----------
    values : float array (n,)
        At least one of them finite.

    Examples
    --------
    >>> low, high = colour_range(np.array([*range(100), 1_000_000.0, np.nan]))
    >>> low, high
    (1.0, 98.0)
    """
    low, high = np.percentile(values[np.isfinite(values)], [1, 98])
    return float(low), float(high)


def _kept(positions: np.ndarray, position: np.ndarray, rows: np.ndarray, own_row: int | None) -> int:
    """Count the true neighbours among as many nearest dots."""
    distances = ((positions - position) ** 2).sum(axis=1)
    distances[~np.isfinite(distances)] = np.inf
    if own_row is not None:
        distances[own_row] = np.inf
    nearest = np.argsort(distances, kind="stable")[: len(rows)]
    return len(np.intersect1d(nearest, rows))
