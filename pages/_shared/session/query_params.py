"""What stands in the address beside the bound controls: written in one step, and followed where it moves.

Streamlit runs the page again when a visitor goes back or forward, or opens a link in a running visit, but
only bound controls then take what the address says. Whatever else stands in it is kept here as it was last
written or read: where the address says otherwise, it was the visitor who moved.
"""

import streamlit as st

SEEN = "address"


def put(**said: list[str]) -> None:
    """Write values, one entry of the browser's history for all of them; an empty list takes a name out."""
    changed = {name: values for name, values in said.items() if st.query_params.get_all(name) != values}
    _seen().update(said)
    if changed:
        st.query_params.update(changed)


def said(name: str) -> list[str]:
    """Give what the address says now."""
    return st.query_params.get_all(name)


def moved(name: str) -> list[str] | None:
    """Give what the address says, once, where a visitor and not the page made it say so; else None."""
    now = said(name)
    if now == _seen().get(name, []):
        return None
    _seen()[name] = now
    return now


def restore() -> None:
    """Write all of it again, as if by the visitor: going to another page empties the address."""
    if not any(said(name) for name in _seen()):
        put(**_seen())
        _seen().clear()


def _seen() -> dict[str, list[str]]:
    return st.session_state.setdefault(SEEN, {})
