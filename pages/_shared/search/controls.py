"""The controls beside a search, and what they choose. None of them embeds a picture again."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.retrieval.facets import FACET_COLUMNS
from core.retrieval.ranking import SearchOptions
from pages._shared.search import score_histogram, search_cache
from pages._shared.session import cache, query_params, state
from pages._shared.session.errors import escape_markdown

FILTERS = dict(zip(FACET_COLUMNS, ("Class", "Colour", "For", "Season", "Usage"), strict=True))
UNKNOWN = "Unknown"
"""What an empty value is called."""
PARTS = {"shape": "Shape", "colour": "Colour", "texture": "Texture"}
THRESHOLD = "threshold"
KEPT: dict[str, Any] = {"persist_state": "session", "bind": "query-params"}
"""What makes a control outlive a visit to another page, and stand in the address."""
CLASS_FIRST, BY_SCORE, GROUPED = "class", "score", "groups"
ORDERS = {CLASS_FIRST: "Sure class first", BY_SCORE: "By score alone", GROUPED: "Grouped by class"}
ORDER = "order"
CONTROLS_WIDTH = 310
"""Of what opens, in pixels: hits stay in view beside it, and a phone is wide enough."""


@dataclass(frozen=True)
class Choices:
    """What the controls say."""

    options: SearchOptions
    order: str  # one of ORDERS
    fold: bool  # whether near-duplicates are folded into one
    weights: dict[str, float]  # of descriptors, beside the extractor's 1
    of_class: search_cache.QueryClass


def ask(
    catalogue, query: state.Query, thumbs: search_cache.Thumbs, of_class: search_cache.QueryClass
) -> Choices:
    """Draw the controls and give what they say."""
    extractor = state.extractor_name()
    narrow = st.popover("Filter", icon=":material/filter_alt:")
    arrange = st.popover("Arrange", icon=":material/sort:")
    with arrange, st.container(width=CONTROLS_WIDTH):
        order = st.radio("Order", list(ORDERS), format_func=ORDERS.get, key=ORDER, **KEPT)
        fold = st.toggle(
            "Fold near-duplicates",
            key="fold",
            **KEPT,
            help="Products whose pictures show nearly the same as a hit before them are folded into it.",
        )
        top = st.select_slider("How many", [6, 12, 24, 48], 12, key="top", **KEPT)
        weights = _ask_for_weights(catalogue, extractor)
    with narrow, st.container(width=CONTROLS_WIDTH):
        at_filters = st.container()
        least = _ask_for_threshold(catalogue, extractor, query, weights, thumbs)
        with at_filters:
            filters, price = _ask_for_filters(catalogue, extractor, query, weights, thumbs, least)
    classes = filters.get("articleType", (of_class.sure,))
    first = of_class.sure if order == CLASS_FIRST and of_class.sure in classes else None
    options = SearchOptions(top=top, threshold=least or None, filters=filters, price=price, first=first)
    return Choices(options, order, fold, weights, of_class)


def _ask_for_weights(catalogue, extractor: str) -> dict[str, float]:
    offered = [part for part in PARTS if part in catalogue.extractors and part != extractor]
    if not offered:
        st.caption(
            "This catalogue has no descriptors of shape, colour and texture. Index it again with "
            f"`python -m core index DATA --name {catalogue.name} --force`."
        )
        return {}
    st.markdown("Re-rank", help="How much each counts beside what you look by, which counts 1.")
    return {
        part: st.slider(PARTS[part], 0.0, 2.0, step=0.1, key=f"weight-{part}", **KEPT) for part in offered
    }


def _ask_for_threshold(catalogue, extractor, query, weights, thumbs) -> float:
    least = st.slider(
        "Score at least",
        0.0,
        1.0,
        step=0.01,
        key=THRESHOLD,
        **KEPT,
        help="1 is the same direction, 0 is nothing in common. At 0 every product counts.",
    )
    meant = cache.meaningful_score(catalogue.name, extractor)
    if meant is not None:
        meant = min(1.0, float(np.ceil(round(100 * meant, 6)) / 100))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(f"Set to {meant:.2f}", key="threshold-meant", on_click=_set_threshold, args=(meant,))
            st.caption(
                "From there up, 95 % of the hits are of the query's class: measured with products of this "
                "catalogue as queries, without re-ranking. A photo scores lower."
            )
    values = search_cache.all_scores(catalogue.name, extractor, query, weights, thumbs)
    score_histogram.show(values, least)
    return least


def _set_threshold(value: float) -> None:
    st.session_state[THRESHOLD] = value


def _ask_for_filters(catalogue, extractor, query, weights, thumbs, least):
    values = search_cache.filter_values(catalogue.name)
    keys = {column: f"{column}-{catalogue.name}" for column in values}
    for column, key in keys.items():
        _from_address(column, key, values[column])
        _keep_values(key, values[column])
    # Counted by what was chosen before this run: the choice of one changes the numbers of the others.
    before = {column: tuple(st.session_state.get(key) or ()) for column, key in keys.items()}
    lowest, highest = search_cache.price_range(catalogue.name)
    price_key = f"price-{catalogue.name}"
    price = st.session_state.get(price_key)
    narrowed = SearchOptions(threshold=least or None, filters=before, price=price)
    counts = search_cache.counts(catalogue.name, extractor, query, narrowed, weights, thumbs)
    filters = {}
    cells = st.grid(2, min_column_width=120, gap="small")
    for column, key in keys.items():
        with cells.cell():
            filters[column] = tuple(
                st.multiselect(
                    FILTERS[column],
                    values[column],
                    format_func=lambda value, of=counts[column]: f"{value or UNKNOWN} ({of.get(value, 0):,})",
                    key=key,
                    placeholder="Any",
                    persist_state="session",
                )
            )
    if lowest < highest:
        price = st.slider(
            "Price",
            lowest,
            highest,
            (lowest, highest),
            1.0,
            format="%.0f",
            key=price_key,
            **KEPT,
        )
    given = {column: chosen for column, chosen in filters.items() if chosen}
    query_params.write(**{column: list(given.get(column, ())) for column in keys})
    return given, None if price in (None, (lowest, highest)) else price


def _from_address(column: str, key: str, values: list[str]) -> None:
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


def summary(total: int, choices: Choices) -> str:
    """Say in a line how many hits there are, what narrows them, and what orders them."""
    options = choices.options
    chosen = [escape_markdown(value or UNKNOWN) for values in options.filters.values() for value in values]
    if options.price:
        chosen.append(f"{options.price[0]:,.0f} to {options.price[1]:,.0f}")
    if options.threshold:
        chosen.append(f"scores from {options.threshold:.2f}")
    narrowed = f", narrowed to {', '.join(chosen)}" if chosen else ""
    return f"{total:,} {'hit' if total == 1 else 'hits'}{narrowed} · {_ordered(choices)}"


def _ordered(choices: Choices) -> str:
    if choices.order == GROUPED:
        return "grouped by class"
    if choices.options.first:
        return f"{escape_markdown(choices.options.first)} first, {choices.of_class.why}"
    if choices.order == CLASS_FIRST and choices.of_class.why and not choices.of_class.sure:
        return f"by score alone, {choices.of_class.why}"
    return "by score alone"


def offer_other_order(choices: Choices) -> None:
    """Offer, beside the hits, to turn the sure class off and on."""
    turn_off = choices.options.first is not None
    if not turn_off and (choices.of_class.sure is None or choices.order != BY_SCORE):
        return
    st.button(
        ORDERS[BY_SCORE] if turn_off else f"{escape_markdown(choices.of_class.sure)} first",
        key="order-other",
        type="tertiary",
        icon=":material/swap_vert:",
        on_click=_set_order,
        args=(BY_SCORE if turn_off else CLASS_FIRST,),
    )


def _set_order(order: str) -> None:
    st.session_state[ORDER] = order
