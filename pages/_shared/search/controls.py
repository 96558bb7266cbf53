"""The controls beside a search, and the request that they make. None of them embeds a picture again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.gallery.facets import FACET_COLUMNS, price_range
from core.gallery.protocol import Filters, Price
from core.gallery.stored_catalogue import StoredCatalogue
from core.retrieval.request import Order, Query, SearchRequest, SearchResponse
from pages._shared.search import score_histogram, search_cache
from pages._shared.search.feedback import Feedback
from pages._shared.session import query_params, state
from pages._shared.session.errors import escape_markdown
from pages._shared.widgets.names import DESCRIPTOR_NAMES

FILTERS = dict(zip(FACET_COLUMNS, ("Class", "Colour", "For", "Season", "Usage"), strict=True))
UNKNOWN = "Unknown"
"""What an empty value is called."""
THRESHOLD = "threshold"
KEPT: dict[str, Any] = {"persist_state": "session", "bind": "query-params"}
"""What makes a control outlive a visit to another page, and stand in the address."""
ORDERS = {
    Order.SCORE.value: "By score alone",
    Order.CLASS_FIRST.value: "Sure class first",
    Order.GROUPED.value: "Grouped by class",
}
ORDER = "order"
CONTROLS_WIDTH = 310
"""Of what opens, in pixels: hits stay in view beside it, and a phone is wide enough."""


@dataclass(frozen=True)
class Controls:
    """What the controls ask for, and the places that its answer fills."""

    request: SearchRequest
    at_filters: DeltaGenerator
    at_distribution: DeltaGenerator


def draw_controls(catalogue: StoredCatalogue, query: Query, feedback: Feedback) -> Controls:
    """Draw the controls but for the filters, whose counts the answer brings, and give their request."""
    extractor = state.extractor_name()
    narrow = st.popover("Filter", icon=":material/filter_alt:")
    arrange = st.popover("Arrange", icon=":material/sort:")
    with arrange, st.container(width=CONTROLS_WIDTH):
        order = st.radio("Order", list(ORDERS), format_func=ORDERS.__getitem__, key=ORDER, **KEPT)
        fold = st.toggle(
            "Fold near-duplicates",
            key="fold",
            **KEPT,
            help="Products whose pictures show nearly the same as a hit before them are folded into it.",
        )
        top = st.select_slider("How many", [6, 12, 24, 48], 12, key="top", **KEPT)
        weights = _draw_weights(catalogue, extractor)
    with narrow, st.container(width=CONTROLS_WIDTH):
        at_filters = st.container()
        price = _draw_price(catalogue)
        threshold = _draw_threshold(catalogue, extractor)
        at_distribution = st.container()
    request = SearchRequest(
        query,
        extractor=extractor,
        weights=weights,
        liked=tuple(product_id for product_id, liked in feedback if liked),
        disliked=tuple(product_id for product_id, liked in feedback if not liked),
        filters=Filters(_chosen_filters(catalogue.name), price=price),
        threshold=threshold or None,
        order=Order(order),
        fold=fold,
        top=top,
        facets=tuple(search_cache.filter_values(catalogue.name)),
        distribution=True,
    )
    return Controls(request, at_filters, at_distribution)


def draw_answer(controls: Controls, response: SearchResponse, catalogue: StoredCatalogue) -> None:
    """Draw the filters with their counts, and the scores, into the places left for them."""
    with controls.at_filters:
        _draw_filters(catalogue.name, response.facets)
    if response.distribution is not None:
        with controls.at_distribution:
            score_histogram.draw(response.distribution, controls.request.threshold or 0.0)


def _draw_weights(catalogue: StoredCatalogue, extractor: str) -> dict[str, float]:
    offered = [part for part in DESCRIPTOR_NAMES if part in catalogue.extractors and part != extractor]
    if not offered:
        st.caption(
            "This catalogue has no descriptors of shape, colour and texture. Index it again with "
            f"`python -m core index DATA --name {catalogue.name} --force`."
        )
        return {}
    st.markdown("Re-rank", help="How much each counts beside what you look by, which counts 1.")
    weights = {
        part: st.slider(DESCRIPTOR_NAMES[part], 0.0, 2.0, step=0.1, key=f"weight-{part}", **KEPT)
        for part in offered
    }
    return {part: weight for part, weight in weights.items() if weight}


def _draw_price(catalogue: StoredCatalogue) -> Price | None:
    lowest, highest = price_range(catalogue.products)
    if lowest == highest:
        return None
    price = st.slider(
        "Price",
        lowest,
        highest,
        (lowest, highest),
        1.0,
        format="%.0f",
        key=f"price-{catalogue.name}",
        **KEPT,
    )
    return None if price == (lowest, highest) else price


def _draw_threshold(catalogue: StoredCatalogue, extractor: str) -> float:
    threshold = st.slider(
        "Score at least",
        0.0,
        1.0,
        step=0.01,
        key=THRESHOLD,
        **KEPT,
        help="1 is the same direction, 0 is nothing in common. At 0 every product counts.",
    )
    meant = catalogue.score_threshold(extractor)
    if meant is not None:
        meant = min(1.0, float(np.ceil(round(100 * meant, 6)) / 100))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(f"Set to {meant:.2f}", key="threshold-meant", on_click=_set_threshold, args=(meant,))
            st.caption(
                "From there up, 95 % of the hits are of the query's class: measured with products of this "
                "catalogue as queries, without re-ranking. A photo scores lower."
            )
    return threshold


def _set_threshold(value: float) -> None:
    st.session_state[THRESHOLD] = value


def _chosen_filters(catalogue_name: str) -> dict[str, tuple[str, ...]]:
    """Give the filters as they are set, by the address or by an earlier run, before they are drawn."""
    chosen = {}
    for column, values in search_cache.filter_values(catalogue_name).items():
        key = _filter_key(column, catalogue_name)
        _follow_address(column, key, values)
        _keep_values(key, values)
        chosen[column] = tuple(st.session_state.get(key) or ())
    return {column: accepted for column, accepted in chosen.items() if accepted}


def _draw_filters(catalogue_name: str, facets: Mapping[str, Mapping[str, int]]) -> None:
    cells = st.grid(2, min_column_width=120, gap="small")
    chosen: dict[str, list[str]] = {}
    for column, values in search_cache.filter_values(catalogue_name).items():
        with cells.cell():
            chosen[column] = st.multiselect(
                FILTERS[column],
                values,
                format_func=partial(_label_with_count, facets[column]),
                key=_filter_key(column, catalogue_name),
                placeholder="Any",
                persist_state="session",
            )
    query_params.write(**chosen)


def _label_with_count(counts: Mapping[str, int], value: str) -> str:
    return f"{value or UNKNOWN} ({counts.get(value, 0):,})"


def _filter_key(column: str, catalogue_name: str) -> str:
    return f"{column}-{catalogue_name}"


def _follow_address(column: str, key: str, values: list[str]) -> None:
    """Set a filter to what the address says, where a link, or going back or forward, changed it.

    Not by `bind`, which would write what the filter shows: the counts too, and they change.
    """
    if (said := query_params.take_visitor_change(column)) is not None:
        st.session_state[key] = [value for value in said if value in values]


def _keep_values(key: str, values: list[str]) -> None:
    """Turn labels of an earlier run back into the values that they stood for.

    A multiselect tells the server the labels that it shows, and Streamlit takes a label that it no longer
    knows for a value: "Jeans (150)", once another filter has made it "Jeans (40)".
    """
    chosen = st.session_state.get(key) or []
    kept = [value for value in (_without_count(label, values) for label in chosen) if value in values]
    if kept != chosen:
        st.session_state[key] = kept


def _without_count(label: str, values: list[str]) -> str:
    if label in values:
        return label
    name = re.sub(r" \([\d,]+\)$", "", label)
    return "" if name == UNKNOWN and UNKNOWN not in values else name


def summary(request: SearchRequest, response: SearchResponse) -> str:
    """Say in a line how many hits there are, what narrows them, and what orders them."""
    filters = request.filters
    chosen = [escape_markdown(value or UNKNOWN) for values in filters.accepted.values() for value in values]
    if filters.price:
        lowest, highest = filters.price_bounds
        chosen.append(f"{lowest:,.0f} to {highest:,.0f}")
    if request.threshold:
        chosen.append(f"scores from {request.threshold:.2f}")
    narrowed = f", narrowed to {', '.join(chosen)}" if chosen else ""
    hits = "hit" if response.total == 1 else "hits"
    folded = ", near-duplicates folded among the nearest" if request.fold else ""
    return f"{response.total:,} {hits}{narrowed} · {_ordered(request, response)}{folded}"


def _ordered(request: SearchRequest, response: SearchResponse) -> str:
    if request.order is Order.GROUPED:
        return "grouped by class"
    if response.first:
        return f"{escape_markdown(response.first)} first, {response.query_class.reason}"
    if request.order is Order.CLASS_FIRST and not response.query_class.sure and response.query_class.reason:
        return f"by score alone, {escape_markdown(response.query_class.reason)}"
    return "by score alone"


def offer_other_order(request: SearchRequest, response: SearchResponse) -> None:
    """Offer, beside the hits, to put the sure class first, or no longer."""
    turn_off = response.first is not None
    sure = response.query_class.sure
    if not turn_off and (sure is None or request.order is not Order.SCORE):
        return
    order = Order.SCORE if turn_off else Order.CLASS_FIRST
    st.button(
        ORDERS[order.value] if turn_off else f"{escape_markdown(sure or '')} first",
        key="order-other",
        type="tertiary",
        icon=":material/swap_vert:",
        on_click=_set_order,
        args=(order.value,),
    )


def _set_order(order: str) -> None:
    st.session_state[ORDER] = order
