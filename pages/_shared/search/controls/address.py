"""What the address says of a search's controls, which is all that is remembered of them.

A control shows what the address says, and writes there what is chosen: a link, going back and going forward
bring back each of them. The address holds keys, not what people read.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from core.gallery.facets import FACET_COLUMNS, price_range
from core.gallery.protocol import Filters
from core.gallery.stored_catalogue import StoredCatalogue
from core.retrieval.request import Order, Query, SearchRequest, WordsQuery
from pages._shared.search import search_cache
from pages._shared.search.feedback import Feedback
from pages._shared.session import query_params, state
from pages._shared.session.encoder import to_query
from pages._shared.widgets.names import DESCRIPTOR_NAMES

FILTERS = dict(zip(FACET_COLUMNS, ("Class", "Colour", "For", "Season", "Usage"), strict=True))
T = TypeVar("T")

UNKNOWN = "Unknown"
"""What an empty value is called."""

TOPS = (6, 12, 24, 48)
WORD = "word"
MOST_WEIGHT = 2.0


@dataclass(frozen=True)
class ControlValues:
    """What the controls are set to; by default nothing is."""

    words: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    price: tuple[float, float] | None = None
    threshold: float = 0.0
    order: str = Order.SCORE.value
    fold: bool = True
    intimates: bool = False
    top: int = 12
    weights: Mapping[str, float] = field(default_factory=dict)

    def request(
        self, query: state.VisitorQuery | None, extractor: str, feedback: Feedback = (), **more: Any
    ) -> SearchRequest:
        """Give the request that they make with a query, or by their words alone."""
        asked: Query = WordsQuery() if query is None else to_query(query)
        return SearchRequest(
            asked,
            extractor=extractor,
            distance=state.distance(),
            weights=self.weights,
            words=self.words,
            liked=tuple(product_id for product_id, liked in feedback if liked),
            disliked=tuple(product_id for product_id, liked in feedback if not liked),
            filters=Filters(dict(self.filters), price=self.price),
            threshold=self.threshold or None,
            order=Order(self.order),
            fold=self.fold,
            intimates=self.intimates,
            top=self.top,
            **more,
        )


@dataclass(frozen=True)
class Address:
    """What the address asks for, and what of it this catalogue does not know."""

    values: ControlValues
    problems: tuple[str, ...] = ()


def read_address(catalogue: StoredCatalogue, extractor: str) -> Address:
    """Read the controls from the address. What is not known is passed over, and said."""
    reader = _Reader()
    values = ControlValues(
        words=tuple(query_params.read(WORD)),
        filters=_filters(catalogue, reader),
        price=reader.one("price", lambda text: _price(text, catalogue), None),
        threshold=reader.one("threshold", lambda text: _number(text, 1.0), 0.0),
        order=reader.one(
            "order", lambda text: _one_of(text, [order.value for order in Order]), Order.SCORE.value
        ),
        fold=reader.one("fold", lambda text: _one_of(text, ["false"]) != "false", True),
        intimates=reader.one("intimates", lambda text: _one_of(text, ["true"]) == "true", False),
        top=reader.one("top", lambda text: int(_one_of(text, list(map(str, TOPS)))), 12),
        weights={
            part: weight
            for part in weighable(catalogue, extractor)
            if (weight := reader.one(weight_name(part), lambda text: _number(text, MOST_WEIGHT), 0.0))
        },
    )
    for name in PARAMETERS:
        query_params.take_visitor_change(name)  # remembered for when the visitor comes back from another page
    return Address(values, tuple(reader.problems))


def write_values(values: ControlValues) -> None:
    """Write all controls to the address. Another request starts at its first page."""
    written: dict[str, list[str]] = {name: [] for name in PARAMETERS}
    written |= {column: list(chosen) for column, chosen in values.filters.items()}
    written |= {weight_name(part): [f"{weight:g}"] for part, weight in values.weights.items() if weight}
    written[WORD] = list(values.words)
    default = ControlValues()
    if values.price is not None:
        written["price"] = [price_text(values.price)]
    for name in ("threshold", "order", "top"):
        if (value := getattr(values, name)) != getattr(default, name):
            written[name] = [f"{value:g}" if isinstance(value, float) else str(value)]
    if not values.fold:
        written["fold"] = ["false"]
    if values.intimates:
        written["intimates"] = ["true"]
    query_params.write(**written, page=[])


def weighable(catalogue: StoredCatalogue, extractor: str) -> list[str]:
    """List the descriptors that can count beside an extractor."""
    return [part for part in DESCRIPTOR_NAMES if part in catalogue.extractors and part != extractor]


def weight_name(part: str) -> str:
    """Name the parameter of a descriptor's weight."""
    return f"weight-{part}"


def price_text(price: tuple[float, float]) -> str:
    """Write a price range as the address has it."""
    return f"{price[0]:g}-{price[1]:g}"


PARAMETERS = (
    WORD,
    *FACET_COLUMNS,
    "price",
    "threshold",
    "order",
    "fold",
    "intimates",
    "top",
    *map(weight_name, DESCRIPTOR_NAMES),
)
"""Names of all parameters in the address that are controls'."""


class _Reader:
    """Reads one parameter after the other, and gathers what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def one(self, name: str, read: Callable[[str], T], default: T) -> T:
        said = query_params.read(name)
        if not said:
            return default
        try:
            return read(said[0])
        except ValueError as error:
            self.problems.append(f"The address says {name}={said[0]}; {error}")
            return default


def _filters(catalogue: StoredCatalogue, reader: _Reader) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, tuple[str, ...]] = {}
    offered = search_cache.filter_values(catalogue.name)
    for column in FACET_COLUMNS:
        said = query_params.read(column)
        if known := tuple(value for value in said if value in offered.get(column, ())):
            chosen[column] = known
        for value in said:
            if value not in known and value not in set(catalogue.products[column]):
                called = FILTERS[column]
                reader.problems.append(f"{catalogue.name} has no product of {called} {value or UNKNOWN}.")
    return chosen


def _price(text: str, catalogue: StoredCatalogue) -> tuple[float, float] | None:
    lowest, highest = price_range(catalogue.products)
    sides = re.fullmatch(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", text, re.ASCII)
    low, high = map(float, sides.groups()) if sides else (1.0, 0.0)
    if not max(low, lowest) <= min(high, highest):
        raise ValueError(f"prices here go from {lowest:g} to {highest:g}, written {lowest:g}-{highest:g}.")
    clipped = max(low, lowest), min(high, highest)
    return None if clipped == (lowest, highest) else clipped


def _number(text: str, most: float) -> float:
    number = float(text) if re.fullmatch(r"\d(\.\d+)?", text, re.ASCII) else -1.0
    if not 0 <= number <= most:
        raise ValueError(f"a number from 0 to {most:g} is expected.")
    return number


def _one_of(text: str, known: Sequence[str]) -> str:
    if text not in known:
        raise ValueError(f"expected is {' or '.join(known)}.")
    return text


def without_column(values: ControlValues, column: str, value: str) -> ControlValues:
    """Give the controls without one value of a filter."""
    left = tuple(other for other in values.filters.get(column, ()) if other != value)
    others = {name: chosen for name, chosen in values.filters.items() if name != column}
    return replace(values, filters={**others, column: left} if left else others)
