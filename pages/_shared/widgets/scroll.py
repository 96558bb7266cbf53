"""To where reading goes on where the page is replaced: Streamlit leaves the old place scrolled to."""

import streamlit as st

_TOP = "document.querySelector('[data-testid=\"stMain\"]')?.scrollTo(0, 0)"
_HITS = "document.querySelector('.st-key-hits')?.scrollIntoView()"


def to_top(turn: int) -> None:
    """Scroll up once for each turn. The script is fixed text; only the number of the turn goes into it."""
    _once(f"turn {turn:d}", _TOP)


def to_hits(page: int) -> None:
    """Scroll to the first of the hits once for each page of them that is turned to."""
    _once(f"page {page:d}", _HITS)


def _once(when: str, script: str) -> None:
    st.html(f"<script>/* {when} */ {script};</script>", unsafe_allow_javascript=True)
