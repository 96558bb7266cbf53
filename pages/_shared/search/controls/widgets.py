"""The widgets of a search's controls: they show what the address says, and write there what is chosen."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.gallery.facets import price_range
from core.gallery.stored_catalogue import StoredCatalogue
from core.models.compared.methods import Distance
from core.retrieval.request import Order, SearchResponse
from core.retrieval.verdicts.calibration import calibration_at_hand
from pages._shared.search import search_cache
from pages._shared.search.controls import score_histogram
from pages._shared.search.controls.address import (
    FILTERS,
    MOST_WEIGHT,
    TOPS,
    UNKNOWN,
    ControlValues,
    price_text,
    weighable,
    weight_name,
)
from pages._shared.search.controls.names import ORDERS
from pages._shared.session import query_params, state
from pages._shared.session.errors import error_markdown
from pages._shared.widgets.names import DESCRIPTOR_NAMES

THRESHOLD = "threshold"
CONTROLS_WIDTH = 310
"""Of what opens, in pixels: hits stay in view beside it, and a phone is wide enough."""


@dataclass(frozen=True)
class ControlPlaces:
    """The places that an answer fills: the filters with their counts, and how scores are spread."""

    at_filters: DeltaGenerator
    at_distribution: DeltaGenerator


def draw_controls(catalogue: StoredCatalogue, values: ControlValues) -> ControlPlaces:
    """Draw the controls but for the filters, whose counts the answer brings."""
    narrow = st.popover("Filter", icon=":material/filter_alt:")
    arrange = st.popover("Arrange", icon=":material/sort:")
    extractor = state.extractor_name()
    with arrange, st.container(width=CONTROLS_WIDTH):
        _draw_order(catalogue, values)
        _draw_weights(catalogue, extractor, values)
    with narrow, st.container(width=CONTROLS_WIDTH):
        at_filters = st.container()
        _draw_price(catalogue, values)
        _draw_threshold(catalogue, extractor, values)
        at_distribution = st.container()
    return ControlPlaces(at_filters, at_distribution)


def draw_answer(
    places: ControlPlaces, response: SearchResponse, catalogue: StoredCatalogue, values: ControlValues
) -> None:
    """Draw the filters with their counts, and the scores, into the places left for them."""
    with places.at_filters:
        draw_filters(catalogue.name, values, response.facets)
        if response.n_left_out or values.intimates:
            _draw_intimates(values, response.n_left_out)
    if response.distribution is not None:
        with places.at_distribution:
            score_histogram.draw(response.distribution, values.threshold, response.counted_among)


def draw_filters(catalogue_name: str, values: ControlValues, facets: Mapping[str, Mapping[str, int]]) -> None:
    """Draw a filter for each column in which products differ, with the counts that are known."""
    cells = st.grid(2, min_column_width=120, gap="small")
    for column, offered in search_cache.filter_values(catalogue_name).items():
        key = f"{column}-{catalogue_name}"
        _show(key, list(values.filters.get(column, ())))
        with cells.cell():
            st.multiselect(
                FILTERS[column],
                offered,
                format_func=partial(_label_with_count, facets.get(column)),
                key=key,
                placeholder="Any",
                on_change=_take,
                args=(key, column, partial(_values_of_labels, offered)),
            )


def _draw_intimates(values: ControlValues, n_left_out: int) -> None:
    """Draw the switch behind which the kinds are that a query of another kind does not find."""
    _show("intimates", values.intimates)
    st.toggle(
        "Underwear, swimwear and nightwear",
        key="intimates",
        help="They are left out of what looks like other garments"
        + (f": {n_left_out:,} here." if n_left_out else "."),
        on_change=_take,
        args=("intimates", "intimates", lambda shown: ["true"] if shown else []),
    )


def _draw_order(catalogue: StoredCatalogue, values: ControlValues) -> None:
    _show("order", values.order)
    st.radio(
        "Order",
        list(ORDERS),
        format_func=ORDERS.__getitem__,
        key="order",
        on_change=_take,
        args=("order", "order", lambda order: [] if order == Order.SCORE.value else [order]),
    )
    why_not = catalogue.not_folded()
    _show("fold", values.fold and not why_not)
    st.toggle(
        "Fold near-duplicates",
        key="fold",
        disabled=bool(why_not),
        help=error_markdown(why_not)
        if why_not
        else "Products whose pictures show nearly the same as a hit before them are folded into it.",
        on_change=_take,
        args=("fold", "fold", lambda fold: [] if fold else ["false"]),
    )
    _show("top", values.top)
    st.select_slider(
        "How many",
        TOPS,
        key="top",
        on_change=_take,
        args=("top", "top", lambda top: [] if top == ControlValues.top else [str(top)]),
    )


def _draw_weights(catalogue: StoredCatalogue, extractor: str, values: ControlValues) -> None:
    offered = weighable(catalogue, extractor)
    if not offered:
        st.caption(
            "This catalogue has no descriptors of shape, colour and texture. Index it again with "
            f"`python -m core index DATA --name {catalogue.name} --force`."
        )
        return
    st.markdown("Re-rank", help="How much each counts beside what you look by, which counts 1.")
    for part in offered:
        name = weight_name(part)
        _show(name, values.weights.get(part, 0.0))
        st.slider(
            DESCRIPTOR_NAMES[part],
            0.0,
            MOST_WEIGHT,
            step=0.1,
            key=name,
            on_change=_take,
            args=(name, name, _number_text),
        )


def _draw_price(catalogue: StoredCatalogue, values: ControlValues) -> None:
    lowest, highest = price_range(catalogue.products)
    if lowest == highest:
        return
    key = f"price-{catalogue.name}"
    _show(key, values.price or (lowest, highest))
    st.slider(
        "Price",
        lowest,
        highest,
        step=1.0,
        format="%.0f",
        key=key,
        on_change=_take,
        args=(key, "price", lambda price: [] if price == (lowest, highest) else [price_text(price)]),
    )


def _draw_threshold(catalogue: StoredCatalogue, extractor: str, values: ControlValues) -> None:
    _show(THRESHOLD, values.threshold)
    st.slider(
        "Score at least",
        0.0,
        1.0,
        step=0.01,
        key=THRESHOLD,
        help="1 is the same, 0 is nothing in common. At 0 every product counts.",
        on_change=_take,
        args=(THRESHOLD, THRESHOLD, _number_text),
    )
    least, meaning = _meant_threshold(catalogue, extractor)
    if least is not None:
        least = min(1.0, float(np.ceil(round(100 * least, 6)) / 100))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(f"Set to {least:.2f}", key="threshold-meant", on_click=_set_threshold, args=(least,))
            st.caption(meaning)


def _meant_threshold(catalogue: StoredCatalogue, extractor: str) -> tuple[float | None, str]:
    """Give the least score that means much, and what it means: measured on photographs, or on products."""
    calibration = calibration_at_hand() if state.distance() is Distance.COSINE else None
    scores = calibration.scores.get(extractor) if calibration else None
    if scores is None:
        return catalogue.score_threshold(extractor, state.distance()), (
            "From there up, 95 % of the hits are of the query's class: measured with products of this "
            "catalogue as queries, without re-ranking. A photo scores lower."
        )
    if scores.close > 1:
        return None, ""
    return scores.close, (
        f"From there up hits are called close: of those that photographs found, "
        f"{100 * scores.right_from_close:.0f} % were of the right kind."
    )


def _set_threshold(value: float) -> None:
    query_params.write(threshold=_number_text(value), page=[])


def _show(key: str, value: object) -> None:
    """Have a widget show a value. Not by its default, which Streamlit takes amiss where the state was set."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def _take(key: str, name: str, write: Callable[[Any], list[str]]) -> None:
    """Write what a widget was set to into the address; another request starts at its first page."""
    query_params.write(**{name: write(st.session_state[key])}, page=[])


def _number_text(value: float) -> list[str]:
    return [f"{value:g}"] if value else []


def _label_with_count(counts: Mapping[str, int] | None, value: str) -> str:
    return (value or UNKNOWN) if counts is None else f"{value or UNKNOWN} ({counts.get(value, 0):,})"


def _values_of_labels(offered: list[str], chosen: list[str]) -> list[str]:
    """Turn labels of an earlier run back into the values that they stood for.

    A multiselect tells the server the labels that it shows, and Streamlit takes a label that it no longer
    knows for a value: "Jeans (150)", once another filter has made it "Jeans (40)".
    """
    return [value for value in (_without_count(label, offered) for label in chosen) if value in offered]


def _without_count(label: str, offered: list[str]) -> str:
    if label in offered:
        return label
    name = re.sub(r" \([\d,]+\)$", "", label)
    return "" if name == UNKNOWN and UNKNOWN not in offered else name
