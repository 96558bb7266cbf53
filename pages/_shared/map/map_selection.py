"""What is selected on the map, and the part of it that the reader has moved to; both outlive the chart."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from core.export import safe_csv
from core.gallery.stored_catalogue import StoredCatalogue
from core.maps.placement import rows_in_view, select_products
from pages._shared.map import map_figure
from pages._shared.session import state
from pages._shared.session.errors import escape_markdown
from pages._shared.widgets import accessibility, hovercard, product_strip

SELECTED, FORGOTTEN, VIEW, FIRST_VIEW = "map-selected", "map-forgotten", "map-view", "map-first-view"

PRODUCTS_A_PAGE = 4
"""Of a selection, which stands beside the chart and is not to be higher."""


def chart_key() -> str:
    """Give the key of the chart: a new one once a selection is forgotten."""
    return f"map-{st.session_state.get(FORGOTTEN, 0)}"


def view_of(frame: str, by: str) -> dict[str, Any]:
    """Keep what the reader has moved to through new colours; not through reruns, which keep the chart."""
    of_frame, of_colour, view = st.session_state.get(VIEW, ("", "", {}))
    if of_frame != frame:
        view = {}
    elif of_colour != by:
        view = hovercard.visible_part(chart_key(), frame) or view
    st.session_state[VIEW] = frame, by, view
    return view


def first_view(figure: dict[str, Any]) -> dict[str, Any]:
    """Give what a chart shows before the reader moves, by axis; an axis that shows all is left out."""
    axes = {name: figure["layout"].get(name, {}) for name in ("xaxis", "yaxis")}
    return {name: {"range": axis["range"]} for name, axis in axes.items() if "range" in axis}


def remember_selection() -> None:
    """Take what was selected on the chart."""
    # A new mark or colour makes a new chart, whose own selection is empty; ours outlives it.
    points = st.session_state[chart_key()].selection.points
    select(map_figure.selected_product_ids(points))


def select(product_ids: Sequence[str]) -> None:
    """Select products."""
    st.session_state[SELECTED] = (state.catalogue_name(), list(product_ids))


def selected(catalogue_name: str) -> list[str]:
    """Give the products that are selected."""
    of_catalogue, ids = st.session_state.get(SELECTED, ("", []))
    return ids if of_catalogue == catalogue_name else []


def toggle_selected(product_id: str) -> None:
    """Select one product more, or one less. What the keyboard does on the chart."""
    ids = selected(state.catalogue_name())
    others = [other for other in ids if other != product_id]
    select(others if len(others) < len(ids) else [*ids, product_id])


def select_in_view(catalogue: StoredCatalogue, positions: np.ndarray) -> None:
    frame = st.session_state.get(VIEW, ("",))[0]
    view = hovercard.visible_part(chart_key(), frame) or st.session_state.get(FIRST_VIEW, {})
    rows = rows_in_view(positions, view)
    select(catalogue.products["id"].iloc[rows].tolist())


def forget_selection() -> None:
    """Select nothing any more."""
    st.session_state.pop(SELECTED, None)
    # Only a chart of another key comes without the outline of what was selected.
    st.session_state[FORGOTTEN] = st.session_state.get(FORGOTTEN, 0) + 1


def show_selection(catalogue: StoredCatalogue) -> None:
    """Show what is selected, beside the chart."""
    ids = selected(catalogue.name)
    if not ids:
        accessibility.announce("")
        return
    chosen = select_products(catalogue.products, ids)
    n = len(chosen.products)
    said = f"{n:,} selected product{'s' if n != 1 else ''}"
    st.header(said)
    accessibility.announce(said)
    for heading, counts in (("Classes", chosen.classes), ("Colours", chosen.colours)):
        st.markdown(f"{heading}: {list_counts(counts)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download as CSV",
            lambda: safe_csv(chosen.products),
            "selection.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button("Forget the selection", on_click=forget_selection, type="tertiary")
    pages = -(-n // PRODUCTS_A_PAGE)
    page = (
        st.pagination(pages, key=f"map-page-{hash(tuple(ids))}", max_visible_pages=5, width="stretch")
        if pages > 1
        else 1
    )
    of_page = chosen.products["id"].iloc[(page - 1) * PRODUCTS_A_PAGE : page * PRODUCTS_A_PAGE]
    product_strip.show_strip(of_page.tolist(), catalogue, "selected", card_width=76)


def list_counts(counts: dict[str, int], most: int = 8) -> str:
    """List the most frequent kinds."""
    listed = [f"{escape_markdown(name)} {n:,}" for name, n in list(counts.items())[:most]]
    rest = sum(counts.values()) - sum(list(counts.values())[:most])
    return " · ".join(listed + ([f"others {rest:,}"] if rest else []))
