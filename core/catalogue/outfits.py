"""Complete the look: products of other kinds that go with one, by rule and not by a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import pandas as pd

from core.labels import is_of_kind, label_key

PARTS: Mapping[str, tuple[str, ...]] = {
    "top": ("Tops", "Tshirts", "Shirts", "Kurtas", "Jackets"),
    "bottom": ("Trousers", "Jeans", "Skirts", "Shorts"),
    "whole": ("Dresses", "Sarees"),
    "shoes": ("Shoes",),
    "extra": ("Bags", "Watches", "Belts", "Sunglasses", "Hats", "Earrings", "Scarves"),
}
"""Parts of an outfit, and the kinds that are one."""

WORN_WITH: Mapping[str, tuple[str, ...]] = {
    "top": ("bottom", "shoes", "extra"),
    "bottom": ("top", "shoes", "extra"),
    "whole": ("shoes", "extra"),
    "shoes": ("bottom", "top", "extra"),
    "extra": ("top", "bottom", "shoes"),
}
"""Part to the parts that go with it, the most wanted first."""

NEUTRAL = frozenset(
    [
        *("black", "white", "offwhite", "grey", "greymelange", "charcoal", "navyblue", "beige", "cream"),
        *("khaki", "brown", "tan", "silver"),
    ]
)
"""Colours that go with any other, as `label_key` reduces them."""

FOR_ALL = "Unisex"


@dataclass(frozen=True)
class OutfitItem:
    """A product that goes with another, and what speaks for it."""

    product_id: str
    reason: str  # such as "Men, Casual, Summer; Black goes with Red"


def complete_the_look(product_id: str, products: pd.DataFrame, *, n: int = 3) -> tuple[OutfitItem, ...]:
    """Choose products that go with one, each of another kind.

    A rule, not a model: for the same wearer (unisex is for all), of a part of the outfit that goes with the
    product's, and of these one in a colour that goes with its own (either is neutral, or both are the same)
    that shares usage and season. Without one part, such as shoes, further kinds of the other parts follow.

    Parameters
    ----------
    product_id : str
    products : DataFrame
    n : int
        Products at most.

    Returns
    -------
    tuple of OutfitItem
        Each of another `articleType`, the part most wanted first. Empty where the product is no part of an
        outfit, or not in the table.

    Examples
    --------
    >>> from core.gallery.stored_catalogue import open_catalogue
    >>> demo = open_catalogue("demo").products
    >>> [item.reason for item in complete_the_look("10001", demo)][0]
    'Casual, Winter; also Blue'
    """
    products = products.reset_index(drop=True)
    own = products[products["id"] == product_id]
    part = _part_of(str(own["articleType"].iloc[0])) if len(own) else ""
    if not part:
        return ()
    product = own.iloc[0]
    types = [str(kind) for kind in products["articleType"].unique()]
    part_of = {kind: _part_of(kind) for kind in types}
    fitting = products[
        _for_the_same(products["gender"], str(product["gender"])) & (products["id"] != product_id)
    ]
    best: list[list[tuple[int, int]]] = []
    for wanted in WORN_WITH[part]:
        kinds = [kind for kind in types if part_of[kind] == wanted]
        best.append(_best_of_each_kind(fitting[fitting["articleType"].isin(kinds)], product))
    chosen = _in_turns(best)[:n]
    return tuple(
        OutfitItem(str(products["id"].iloc[row]), _reason(products.iloc[row], product)) for row in chosen
    )


def _best_of_each_kind(fitting: pd.DataFrame, product: pd.Series) -> list[tuple[int, int]]:
    """Give the best product of each kind, as what speaks for it and its row; the best kind first."""
    colours = fitting["baseColour"].astype(str)
    goes_with = colours.isin([one for one in colours.unique() if _goes_with(one, str(product["baseColour"]))])
    points = (
        4 * goes_with.to_numpy(int)
        + 2 * (fitting["usage"] == product["usage"]).to_numpy(int)
        + (fitting["season"] == product["season"]).to_numpy(int)
    )
    of_kind = pd.Series(points, fitting.index).groupby(fitting["articleType"])
    most = fitting[points == of_kind.transform("max").to_numpy(int)]
    # Of equals another one for each product, the same each time.
    lots = [crc32(f"{product['id']} {one}".encode()) for one in most["id"]]
    drawn = pd.Series(lots, most.index).groupby(most["articleType"]).idxmin()
    best = of_kind.max()
    return sorted(((int(best[kind]), int(row)) for kind, row in drawn.items()), key=lambda each: -each[0])


def _in_turns(best: Sequence[Sequence[tuple[int, int]]]) -> list[int]:
    """Take one row of each part after the other, and then the next of each."""
    rounds = range(max(map(len, best), default=0))
    return [of_part[turn][1] for turn in rounds for of_part in best if turn < len(of_part)]


def _part_of(article_type: str) -> str:
    for part, kinds in PARTS.items():
        if any(is_of_kind(article_type, kind) for kind in kinds):
            return part
    return ""


def _for_the_same(genders: pd.Series, gender: str) -> pd.Series:
    return (genders == gender) | (genders == FOR_ALL) if gender != FOR_ALL else genders.notna()


def _goes_with(one: str, other: str) -> bool:
    keys = {label_key(one), label_key(other)}
    return len(keys) == 1 or bool(keys & NEUTRAL)


def _reason(chosen: pd.Series, product: pd.Series) -> str:
    shared = [
        str(chosen[column]) for column in ("gender", "usage", "season") if chosen[column] == product[column]
    ]
    colours = str(chosen["baseColour"]), str(product["baseColour"])
    if all(colours) and _goes_with(*colours):
        shared_colour = (
            f"also {colours[0]}" if colours[0] == colours[1] else f"{colours[0]} goes with {colours[1]}"
        )
        return "; ".join(filter(None, (", ".join(filter(None, shared)), shared_colour)))
    return ", ".join(filter(None, shared))
