"""Makes sure that `app.py` runs around a page, whichever address a server is asked for first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.inference_queue import INFERENCE
from pages._shared.session import state
from pages._shared.session.cache_decorator import visit_id
from pages._shared.session.stores import VISITS

FRAMED = "framed"
BEFORE = "page-before"
PAGES = Path(__file__).parents[2]


@contextmanager
def around_page(name: str) -> Iterator[None]:
    """Tell the page that `app.py` runs around it, and remember which page ran last."""
    st.session_state[FRAMED] = name
    VISITS.enter(visit_id())
    state.start_visit()
    try:
        with tell_waiting():
            yield
    finally:
        st.session_state[BEFORE] = st.session_state.pop(FRAMED, name)


@contextmanager
def tell_waiting() -> Iterator[None]:
    """Tell a visitor whose picture waits how many come before. A fragment, which runs alone, says so too."""
    notice: DeltaGenerator | None = None

    def tell(before: int) -> None:
        nonlocal notice
        text = f"Many visitors are here: {before} before you." if before else "Your turn."
        # Beside the page: nothing on it moves.
        notice = (notice or st).toast(
            text, icon=":material/hourglass:", duration="infinite" if before else "short"
        )

    with INFERENCE.telling(tell):
        yield


def goes_to(name: str) -> bool:
    """Whether the visitor comes to this page from another one; to be asked before the page runs."""
    return st.session_state.get(BEFORE, name) != name


def came_from_another_page() -> bool:
    """Whether the visitor came here from another page just now."""
    here = st.session_state.get(FRAMED)
    return st.session_state.get(BEFORE, here) != here


def require_app() -> None:
    """Start over with `app.py` where a page was run without it. The first line of every page.

    Until `st.navigation` has been called once in a process, Streamlit takes every file in `pages/` for a page
    of its own: a server just started, or woken, would answer the address of a page with that page bare.
    """
    if FRAMED not in st.session_state:
        st.navigation([st.Page(path) for path in sorted(PAGES.glob("*.py"))], position="hidden")
        st.rerun()
