"""Makes sure that `app.py` runs around a page, whichever address a server is asked for first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

FRAMED = "framed"
PAGES = Path(__file__).parents[1]


@contextmanager
def around_page() -> Iterator[None]:
    """Tell the page that `app.py` runs around it."""
    st.session_state[FRAMED] = True
    try:
        yield
    finally:
        st.session_state.pop(FRAMED, None)


def required() -> None:
    """Start over with `app.py` where a page was run without it. The first line of every page.

    Until `st.navigation` has been called once in a process, Streamlit takes every file in `pages/` for a page
    of its own: a server just started, or woken, would answer the address of a page with that page bare.
    """
    if FRAMED not in st.session_state:
        st.navigation([st.Page(path) for path in sorted(PAGES.glob("*.py"))], position="hidden")
        st.rerun()
