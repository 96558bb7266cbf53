"""What a photo is turned by: a button that turns it, and a line that says so, with the way back."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.retrieval.photograph.upright import turn_text

ASKED = "turns-asked"
"""Photos beside the query: their keys to the degrees clockwise that the visitor turned them by."""

QUARTER = 90
TURN, UNDO = "turn-photo", "turn-undo"
"""What the keys of the buttons begin with."""

_STYLE = f"""
[class*="st-key-{TURN}-"] button {{ min-height: 2.5rem; }}
[class*="st-key-{TURN}-"] [data-testid="stMarkdownContainer"] {{
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}}
"""


def draw_turning(turn: int, *, asked: bool, key: str, on_turn: Callable[[int], None]) -> None:
    """Draw the button and, where the photo is turned, the line beside it; see `draw_turn_line`."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"turning-{key}"):
        draw_turn_button(key, partial(on_turn, quarter_further(turn)))
        draw_turn_line(turn, asked=asked, key=key, on_turn=on_turn)


def draw_turn_button(key: str, on_click: Callable[[], None]) -> None:
    """Offer to turn a photo by a quarter; `key` tells two on one page apart."""
    st.html(f"<style>{_STYLE}</style>")
    says = "Turn the photo by a quarter to the right"
    st.button(
        says,
        key=f"{TURN}-{key}",
        icon=":material/rotate_90_degrees_cw:",
        help=says,
        on_click=on_click,
    )


def draw_turn_line(turn: int, *, asked: bool, key: str, on_turn: Callable[[int], None]) -> None:
    """Say what a photo was turned by, with a way to undo that; nothing where it was not turned.

    Parameters
    ----------
    turn : int
        Degrees clockwise that the photo is turned by now.
    asked : bool
        Whether the visitor said so; else it was turned back because it was likely turned.
    key : str
        Tells two on one page apart.
    on_turn : callable
        Is told the degrees clockwise that it is to be turned by.
    """
    if not turn:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"turned-{key}"):
        st.caption(turn_sentence(turn, asked=asked), width="content")
        st.button(
            "Undo",
            key=f"{UNDO}-{key}",
            type="tertiary",
            icon=":material/undo:",
            help="Show the photo as it was handed in",
            on_click=on_turn,
            args=(0,),
        )


def quarter_further(turn: int) -> int:
    """Turn by another quarter to the right: degrees clockwise.

    Examples
    --------
    >>> quarter_further(0), quarter_further(270)
    (90, 0)
    """
    return (turn + QUARTER) % 360


def turn_sentence(turn: int, *, asked: bool) -> str:
    """Say what a photo was turned by, and why where the visitor did not ask for it."""
    return f"Turned {turn_text(turn)}{'' if asked else ' to stand upright'}"


def asked_turn(photo_key: str) -> int | None:
    """Give what the visitor turned a photo beside the query by; None where nobody said."""
    asked: dict[str, int] = st.session_state.get(ASKED, {})
    return asked.get(photo_key)


def ask_for_turn(photo_key: str, turn: int) -> None:
    """Turn a photo beside the query."""
    st.session_state.setdefault(ASKED, {})[photo_key] = turn
