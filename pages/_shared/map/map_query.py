"""What is marked on the map: the query of the Search page, or a product that was looked up."""

import numpy as np
import streamlit as st

from core.gallery.stored_catalogue import StoredCatalogue
from core.maps.placement import AVERAGED, Placement, place
from core.retrieval.query import nearest_products
from pages._shared.session import cache, state
from pages._shared.session.encoder import VisitEncoder, to_query, upright_photo
from pages._shared.session.errors import escape_markdown
from pages._shared.widgets import product_strip, turning

CLOSE_UP = "map-close-up"
UNMARKED = "map-unmarked"
"""The number of the query whose mark was taken away; the query itself stays that of the Search page."""

NEAREST = 12


def query_to_mark(catalogue: StoredCatalogue) -> state.VisitorQuery | None:
    """Give the query of the Search page, unless its mark was taken away or it is of another catalogue."""
    query = state.query()
    if query is None:
        return None
    if isinstance(query, state.Product) and query.product_id not in catalogue:
        st.info(
            f"Product {escape_markdown(query.product_id)}, which the Search page searches with, is not in "
            f"the catalogue {escape_markdown(catalogue.name)}, so it is not marked.",
            icon=":material/wrong_location:",
        )
        return None
    if st.session_state.get(UNMARKED) == state.query_count():
        st.button("Mark what is searched with", icon=":material/location_on:", on_click=mark_query)
        return None
    return query


def mark_query() -> None:
    """Mark the query of the Search page again."""
    st.session_state.pop(UNMARKED, None)


def take_mark_away() -> None:
    """Mark it no longer; the search with it stays."""
    st.session_state[UNMARKED] = state.query_count()


def show_marked(catalogue: StoredCatalogue, positions: np.ndarray, marked: state.VisitorQuery) -> Placement:
    """Show what is marked and how it was placed."""
    st.markdown("**Marked on the map**")
    own_row, is_query = None, state.query() == marked
    if isinstance(marked, state.Photo):
        asked, marked = marked.turn is not None, upright_photo(marked)
        st.image(cache.image_data_uri(cache.read_photo(marked)), width=120, alt="The picture looked for")
        turning.draw_turning(marked.turn or 0, asked=asked, key="map", on_turn=state.turn_query)
    else:
        own_row = catalogue.row(marked.product_id)
        with st.container(width=130):
            product_strip.show_card(marked.product_id, catalogue)
    with st.spinner("Placing it …"):
        nearest = nearest_products(
            to_query(marked),
            state.extractor_name(),
            NEAREST,
            catalogue=catalogue,
            encoder=VisitEncoder(),
        )
    placed = place(positions, nearest, own_row=own_row)
    st.caption(" ".join(placement_notes(placed, new=isinstance(marked, state.Photo))))
    st.toggle("Close up", key=CLOSE_UP, persist_state="session", help="Shows the mark and its nearest alone.")
    if is_query:
        st.button("Take the mark away", on_click=take_mark_away, help="The search with it stays.")
    return placed


def mark_title(catalogue: StoredCatalogue, marked: state.VisitorQuery) -> str:
    """Name what is marked."""
    if isinstance(marked, state.Product):
        return product_strip.product_title(catalogue, marked.product_id)
    return "Your photo"


def placement_notes(placed: Placement, *, new: bool) -> list[str]:
    """Say how far the place of a mark can be trusted."""
    notes = []
    if new:
        notes.append(
            "The map was drawn without this picture. It stands where its "
            f"{min(AVERAGED, len(placed.ids))} nearest products are on average, each counted by its "
            "score."
        )
        if placed.scattered:
            notes.append(
                "They lie far apart, so the mark stands between them: trust the lines, not the place."
            )
    notes.append(f"Lines lead to its {len(placed.ids)} nearest products.")
    if placed.ids:
        notes.append(f"{placed.kept} of them are also among the {len(placed.ids)} nearest dots.")
    if placed.not_drawn:
        notes.append(f"{placed.not_drawn} more are not drawn on this map.")
    return notes
