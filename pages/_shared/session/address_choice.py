"""A choice of the sidebar that every page shares and the address holds, by its key and not by its label."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages._shared.session.errors import escape_markdown

KNOWN = "in-address"
"""What the address said of each choice when it was last looked at."""


def choose_by_address(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    default: str,
    navigated: bool,
    format_func: Callable[[str], str] = str,
    help: str | None = None,
) -> None:
    """Draw a select box that follows the address, and writes there what is chosen.

    A value that is none of the options is said to be, and the choice stays what it was.

    Parameters
    ----------
    label : str
    options : sequence of str
        Keys, which the address holds.
    key : str
        Of the state and of the query parameter.
    default : str
        The option that is not written to the address.
    navigated : bool
        Whether the visitor came from another page just now, which empties the address and changes nothing.
    format_func : callable
        From a key to what people read.
    help : str, optional
    """
    said = st.query_params.get(key, "")
    known = st.session_state.setdefault(KNOWN, {})
    if said in options:
        if said != known.get(key, ""):
            st.session_state[key] = said
    elif said:
        listed = ", ".join(map(escape_markdown, options))
        st.warning(
            f"The address says {key}={escape_markdown(said)}; there is {listed}.", icon=":material/link_off:"
        )
    elif known.get(key, "") and not navigated:
        st.session_state[key] = default
    if st.session_state.get(key) not in options:
        st.session_state[key] = default
    st.selectbox(label, options, key=key, format_func=format_func, help=help, persist_state="session")
    chosen = "" if st.session_state[key] == default else st.session_state[key]
    if chosen and chosen != said:
        st.query_params[key] = chosen
    elif not chosen and said in options:
        st.query_params.pop(key, None)
    known[key] = said if said and said not in options and not chosen else chosen
