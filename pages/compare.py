"""Compare: one query, one row of hits a method, side by side; or two rows without names, and a vote."""

import streamlit as st

from pages._shared.compare import query_choice, rows, taste_test
from pages._shared.search import query_panel
from pages._shared.session import app_frame
from pages._shared.session.errors import stop_on_error

BESIDE, BLIND = "Side by side", "Blind taste test"


def main() -> None:
    st.title("Methods side by side")
    catalogue, query = query_choice.open_query()
    if query is None:
        st.markdown(
            "What does each method find, and which finds better? Hand in a picture or take a product."
        )
        query_choice.ask_for_query(catalogue, "compare")
        return
    about, beside = st.columns([1, 3], gap="medium")
    with about, stop_on_error():
        searched = query_panel.draw_query(catalogue, query).searched
    with beside:
        room = st.segmented_control(
            "What to do",
            [BESIDE, BLIND],
            default=BESIDE,
            required=True,
            key="compare-room",
            persist_state="session",
        )
        methods = query_choice.choose_methods(catalogue)
    if not methods:
        st.info("Choose a method.", icon=":material/info:")
        return
    # Below both columns: ten hits in a row take all the width there is.
    with stop_on_error():
        found = rows.search_by_methods(catalogue, searched, methods)
        if room == BLIND:
            taste_test.show_taste_test(catalogue, searched, found)
        else:
            rows.show_rows(catalogue, found)


app_frame.require_app()
main()
