"""The photo that is searched with, and what chooses a part of it: its garments, or a rectangle."""

import streamlit as st

from core.imaging.resize import shrink
from core.models.finder.labels import garment_name
from pages._shared.search.selection import (
    WHOLE,
    Selection,
    Sides,
    choose_part,
    is_part,
    shown_sides,
    state_key,
)
from pages._shared.session import cache, state
from pages._shared.session.cache_decorator import cached
from pages._shared.session.errors import error_markdown
from pages._shared.widgets.names import garment_choice_text, garment_title
from pages._shared.widgets.photo_canvas import GarmentButton, draw_canvas, reserve_place

OWN = -1
"""The rectangle of one's own, among the numbers of the garments."""

SHOWN_SIDE = 560
"""Longest side that the photo is shown at, in pixels: twice what it takes on the page."""


def reserve_photo(photo: state.Photo) -> None:
    """Reserve the place of a photo, as it was turned, whose garments are still looked for."""
    if (info := photo.info) is not None:
        lies = photo.turn in (90, 270)
        reserve_place(info.height / info.width if lies else info.width / info.height)


def draw_photo(selection: Selection) -> None:
    """Draw the photo, with a button on each garment."""
    drawing = bool(st.session_state.get(state_key("open")))
    draw_canvas(
        _picture(selection.photo),
        [
            GarmentButton(
                number,
                tuple(round(100 * side, 2) for side in garment.box),  # type: ignore[arg-type]
                garment_name(garment.label),
                f"{_title(selection, number)} – search with it",
            )
            for number, garment in enumerate(selection.choice.garments, start=1)
        ],
        key=state_key("canvas"),
        number=selection.choice.number,
        searched=selection.crop,
        own=selection.own is not None,
        drawing=drawing,
        # A photo that its garment fills, as where somebody laid it down for this, leaves nothing to choose.
        large=len(selection.choice.garments) > 1 or selection.crop is not None or drawing,
        on_tapped=_take_tapped,
        on_drawn=_take_drawn,
    )


def draw_garments(selection: Selection) -> None:
    """Say what is searched with, and offer the garments by name beside the whole picture."""
    if selection.problem:
        st.caption(f"Garments are not looked for: {error_markdown(selection.problem)}")
    if not selection.choice.garments and selection.own is None:
        return
    if selection.crop is not None or len(selection.choice.garments) > 1:
        st.caption(_sentence(selection))
    key = state_key("garment")
    own = selection.own is not None
    # Not by `default`, which Streamlit passes over where the state was set as well.
    st.session_state[key] = OWN if own else selection.choice.number
    st.pills(
        "Search with",
        [0, *([OWN] if own else []), *range(1, len(selection.choice.garments) + 1)],
        format_func=lambda number: _title(selection, number),
        key=key,
        required=True,
        on_change=_take_named,
        label_visibility="collapsed",
    )


def draw_own_part(selection: Selection) -> None:
    """Draw what sets a rectangle without a mouse, and says how to draw one."""
    with st.expander("Search with a part", key=state_key("open"), on_change="rerun"):
        st.caption("Draw a rectangle on the photo, by mouse or finger, or set its sides.")
        for name, called, sides in zip(
            ("x", "y"), ("Left to right, %", "Top to bottom, %"), shown_sides(selection), strict=True
        ):
            # Not by `value`, which Streamlit takes amiss where the state was set as well.
            st.session_state[state_key(name)] = sides
            st.slider(called, 0, 100, key=state_key(name), on_change=_take_sides)


def _sentence(selection: Selection) -> str:
    if selection.own is not None:
        return "Searching with the part you chose."
    return f"Searching with {garment_choice_text(selection.choice)}."


def _title(selection: Selection, number: int) -> str:
    return "Your part" if number == OWN else garment_title(selection.choice, number)


def _take_named() -> None:
    number = st.session_state[state_key("garment")]
    if number != OWN:
        choose_part(number)


def _take_sides() -> None:
    sides: Sides = st.session_state[state_key("x")], st.session_state[state_key("y")]
    choose_part(0 if sides == WHOLE else sides)


def _take_tapped() -> None:
    number = st.session_state[state_key("canvas")].get("tapped")
    if type(number) is int:
        choose_part(number)


def _take_drawn() -> None:
    drawn = st.session_state[state_key("canvas")].get("drawn")
    if isinstance(drawn, list) and len(drawn) == 4 and all(type(side) is int for side in drawn):
        left, top, right, bottom = drawn
        if is_part(sides := ((left, right), (top, bottom))):
            choose_part(sides)


@cached(depends_on=(), max_entries=8, scope="session")
def _picture(photo: state.Photo) -> str:
    return cache.image_data_uri(shrink(cache.read_photo(photo), SHOWN_SIDE))
