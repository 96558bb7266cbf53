"""The query parameters beside those of bound controls: written in one step, and followed where they change.

Streamlit runs the page again when a visitor goes back or forward, or opens a link in a running visit, but
only bound controls then take what the address says. Whatever else stands in it is kept here as it was last
written or read: where the address says otherwise, it was the visitor who changed it.
"""

import streamlit as st

LAST_KNOWN = "query-params"


def write(**values: list[str]) -> None:
    """Write query parameters, one entry of the browser's history for all; an empty list removes one."""
    changed = {name: new for name, new in values.items() if st.query_params.get_all(name) != new}
    _last_known().update(values)
    if changed:
        st.query_params.update(changed)


def read(name: str) -> list[str]:
    """Give the values that a query parameter has now."""
    return st.query_params.get_all(name)


def take_visitor_change(name: str) -> list[str] | None:
    """Give a query parameter, once, where the visitor and not the page changed it; else None."""
    now = read(name)
    if now == _last_known().get(name, []):
        return None
    _last_known()[name] = now
    return now


def restore_after_navigation() -> None:
    """Write all of them again, as if by the visitor: going to another page empties the address."""
    if not any(read(name) for name in _last_known()):
        write(**_last_known())
        _last_known().clear()


def keep_after_navigation() -> None:
    """Write all of them again as they were, for another page that shows the same query."""
    if not any(read(name) for name in _last_known()):
        write(**_last_known())


def _last_known() -> dict[str, list[str]]:
    return st.session_state.setdefault(LAST_KNOWN, {})
