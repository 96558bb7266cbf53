"""Hits judged by thumbs, in the order they were given, so that the last can be taken back."""

import streamlit as st

from pages._shared.state import Query

THUMBS = "thumbs"
"""The query's key, and what was judged for it; another query starts without."""


def given(query: Query) -> tuple[tuple[str, bool], ...]:
    """Give the products judged for a query, and whether each was liked."""
    key, judged = st.session_state.get(THUMBS, ("", ()))
    return judged if key == query.key else ()


def give(query: Query, product_id: str, liked: bool) -> None:
    """Judge a hit; the same thumb again takes it back."""
    judged = given(query)
    others = tuple(thumb for thumb in judged if thumb[0] != product_id)
    again = (product_id, liked) in judged
    st.session_state[THUMBS] = query.key, others if again else (*others, (product_id, liked))


def undo(query: Query) -> None:
    """Take the last thumb back."""
    st.session_state[THUMBS] = query.key, given(query)[:-1]


def start_over() -> None:
    """Take all thumbs back."""
    st.session_state.pop(THUMBS, None)


def buttons(query: Query, product_id: str, key: str) -> None:
    """Draw both thumbs of a hit."""
    judged = dict(given(query)).get(product_id)
    for liked, icon, says in (
        (True, ":material/thumb_up:", "More like this one"),
        (False, ":material/thumb_down:", "Less like this one"),
    ):
        st.button(
            "",
            key=f"{key}-{'up' if liked else 'down'}-{product_id}",
            icon=icon,
            help=says,
            type="primary" if judged is liked else "tertiary",
            on_click=give,
            args=(query, product_id, liked),
        )


def bar(query: Query) -> None:
    """Say how the query was moved, and offer the ways back."""
    judged = given(query)
    if not judged:
        return
    up = sum(liked for _, liked in judged)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"Moved by {up} thumbs up and {len(judged) - up} down")
        st.button("Undo", icon=":material/undo:", key="thumbs-undo", on_click=undo, args=(query,))
        st.button("Start over", icon=":material/restart_alt:", key="thumbs-over", on_click=start_over)
