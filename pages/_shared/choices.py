"""The controls beside a search, and what they choose. None of them embeds a picture again."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.search import FACET_COLUMNS, SearchOptions
from pages._shared import searching, state
from pages._shared.errors import plain

NEARLY_THE_SAME = 0.998
"""Score by VGG16 from which on two products are near-duplicates. In the demo the same garment drawn twice has
0.999, the same cut in another cloth 0.996."""

FILTERS = dict(zip(FACET_COLUMNS, ("Class", "Colour", "For", "Season", "Usage"), strict=True))
PARTS = {"shape": "Shape", "colour": "Colour", "texture": "Texture"}
THRESHOLD = "threshold"
KEPT: dict[str, Any] = {"persist_state": "session", "bind": "query-params"}
"""What makes a control outlive a visit to another page, and stand in the address."""
BINS = 50
GREY, ACCENT = "#8c8f93", "#c4516a"
"""Colours that stand out on a light page and on a dark one."""


@dataclass(frozen=True)
class Choices:
    """What the controls say."""

    options: SearchOptions
    grouped: bool
    weights: dict[str, float]  # of descriptors, beside the extractor's 1


def ask(catalogue, query: state.Query, thumbs: searching.Thumbs) -> Choices:
    """Draw the controls and give what they say."""
    extractor = state.extractor()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        top = st.select_slider("How many", [6, 12, 24, 48], 12, key="top", width=180, **KEPT)
        grouped = st.toggle("Group by class", key="grouped", **KEPT)
        fold = st.toggle(
            "Fold near-duplicates",
            key="fold",
            **KEPT,
            help="Products that show nearly the same as a hit before them are folded into it.",
        )
    with st.expander("Filter, least score, re-rank", icon=":material/tune:"):
        by_filter, by_score, by_part = st.tabs(["Filter", "Least score", "Re-rank"])
        with by_part:
            weights = _ask_for_weights(catalogue, extractor)
        with by_score:
            least = _ask_for_threshold(catalogue, extractor, query, weights, thumbs)
        with by_filter:
            filters, price = _ask_for_filters(catalogue, extractor, query, weights, thumbs, least)
    options = SearchOptions(
        top=top,
        threshold=least or None,
        filters=filters,
        price=price,
        fold=NEARLY_THE_SAME if fold else None,
    )
    return Choices(options, grouped, weights)


def _ask_for_weights(catalogue, extractor: str) -> dict[str, float]:
    offered = [part for part in PARTS if part in catalogue.extractors and part != extractor]
    if not offered:
        st.caption(
            "This catalogue has no descriptors of shape, colour and texture. Index it again with "
            f"`python -m core index DATA --name {catalogue.name} --force`."
        )
        return {}
    st.caption("How much each counts beside what you look by, which counts 1.")
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
    meant = searching.meaningful_score(catalogue.name, extractor)
    if meant is not None:
        meant = min(1.0, float(np.ceil(round(100 * meant, 6)) / 100))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(f"Set to {meant:.2f}", key="threshold-meant", on_click=_set_threshold, args=(meant,))
            st.caption(
                "From there up, 95 % of the hits are of the query's class: measured with products of this "
                "catalogue as queries, without re-ranking. A photo scores lower."
            )
    values = searching.all_scores(catalogue.name, extractor, query, weights, thumbs)
    st.plotly_chart(_distribution(values, least), key="scores", config={"displayModeBar": False})
    st.caption(f"How many of the {len(values):,} products have which score; the least is dashed.")
    return least


def _set_threshold(value: float) -> None:
    st.session_state[THRESHOLD] = value


def _distribution(values: np.ndarray, least: float) -> go.Figure:
    counts, edges = np.histogram(values, BINS)
    chart = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=np.diff(edges),
            marker={"color": GREY, "line": {"width": 0}},
            hovertemplate="%{y} products at %{x:.2f}<extra></extra>",
        )
    )
    if least:
        chart.add_vline(least, line={"dash": "dash", "color": ACCENT})
    chart.update_layout(height=160, margin={"l": 0, "r": 0, "t": 8, "b": 0}, bargap=0, dragmode=False)
    # By its logarithm: a dozen hits beside thousands of products would not be seen.
    chart.update_yaxes(type="log", title=None, dtick=1)
    chart.update_xaxes(title="Score")
    return chart


def _ask_for_filters(catalogue, extractor, query, weights, thumbs, least):
    values = searching.filter_values(catalogue.name)
    keys = {column: f"{column}-{catalogue.name}" for column in values}
    for column, key in keys.items():
        _from_address(column, key, values[column])
    # Counted by what was chosen before this run: the choice of one changes the numbers of the others.
    before = {column: tuple(st.session_state.get(key) or ()) for column, key in keys.items()}
    lowest, highest = searching.price_range(catalogue.name)
    price_key = f"price-{catalogue.name}"
    price = st.session_state.get(price_key)
    narrowed = SearchOptions(threshold=least or None, filters=before, price=price)
    counts = searching.counts(catalogue.name, extractor, query, narrowed, weights, thumbs)
    filters = {}
    cells = st.grid(min_column_width=150, gap="small")
    for column, key in keys.items():
        with cells.cell():
            filters[column] = tuple(
                st.multiselect(
                    FILTERS[column],
                    values[column],
                    format_func=lambda value, of=counts[column]: (
                        f"{value or 'Unknown'} ({of.get(value, 0):,})"
                    ),
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
    for column in keys:
        _to_address(column, given.get(column, ()))
    return given, None if price in (None, (lowest, highest)) else price


def _from_address(column: str, key: str, values: list[str]) -> None:
    """Start a filter with what the address says.

    Not by `bind`, which would write what the filter shows: the counts too, and they change.
    """
    if key not in st.session_state and column in st.query_params:
        st.session_state[key] = [value for value in st.query_params.get_all(column) if value in values]


def _to_address(column: str, chosen: tuple[str, ...]) -> None:
    if tuple(st.query_params.get_all(column)) != chosen:
        st.query_params[column] = list(chosen)
        if not chosen:
            del st.query_params[column]


def summary(total: int, choices: Choices) -> str:
    """Say in a line how many hits there are and what narrows them."""
    chosen = [plain(value or "Unknown") for values in choices.options.filters.values() for value in values]
    narrowed = f", narrowed to {', '.join(chosen)}" if chosen else ""
    return f"{total:,} {'hit' if total == 1 else 'hits'}{narrowed}"
