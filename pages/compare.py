"""Compare: one query, one row of hits a method, side by side; or two rows without names, and a vote."""

import streamlit as st

from pages._shared.compare import query_choice, rows, taste_test
from pages._shared.session import app_frame
from pages._shared.session.errors import stop_on_error

BESIDE, BLIND = "Side by side", "Blind taste test"


def main() -> None:
    asked = query_choice.begin_page(
        "Methods side by side", "What does each method find, and which finds better?", key="compare"
    )
    if asked is None:
        return
    with asked.beside:
        room = st.segmented_control(
            "What to do",
            [BESIDE, BLIND],
            default=BESIDE,
            required=True,
            key="compare-room",
            persist_state="session",
        )
        methods = query_choice.choose_methods(asked.catalogue)
    if not methods:
        st.info("Choose a method.", icon=":material/info:")
        return
    # Below both columns: ten hits in a row take all the width there is.
    with stop_on_error():
        found = rows.search_by_methods(asked.catalogue, asked.searched, methods)
        if room == BLIND:
            taste_test.show_taste_test(asked.catalogue, asked.searched, found)
        else:
            rows.show_rows(asked.catalogue, found)


app_frame.require_app()
main()
