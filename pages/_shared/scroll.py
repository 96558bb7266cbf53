"""Back to the top where a new query replaces the page: Streamlit leaves the old place scrolled to."""

import streamlit as st


def to_top(turn: int) -> None:
    """Scroll up once for each turn. The script is fixed text; only the number of the turn goes into it."""
    st.html(
        f"<script>/* turn {turn:d} */"
        "document.querySelector('[data-testid=\"stMain\"]')?.scrollTo(0, 0);</script>",
        unsafe_allow_javascript=True,
    )
