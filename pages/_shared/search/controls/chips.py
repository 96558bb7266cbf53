"""What is set, as chips: each takes off what it says, and where nothing was found they are the ways out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from core.catalogue.import_report import count_text
from pages._shared.search.controls.address import (
    FILTERS,
    UNKNOWN,
    Address,
    ControlValues,
    without_column,
    write_values,
)
from pages._shared.search.controls.names import ORDERS
from pages._shared.session import state
from pages._shared.session.errors import error_markdown, escape_markdown
from pages._shared.widgets.names import DESCRIPTOR_NAMES


@dataclass(frozen=True)
class Chip:
    """Something that is set, and the controls without it."""

    text: str
    without: ControlValues
    narrows: bool  # whether more is found without it


def chips_of(values: ControlValues, *, words_alone: bool = False) -> list[Chip]:
    """List what is set. The last word is none where nothing else is looked for."""
    chips = []
    for word in values.words:
        left = tuple(other for other in values.words if other != word)
        chips.append(Chip(f"“{word}”", replace(values, words=left), bool(left) or not words_alone))
    for column, chosen in values.filters.items():
        chips += [
            Chip(f"{FILTERS[column]}: {value or UNKNOWN}", without_column(values, column, value), True)
            for value in chosen
        ]
    if values.price is not None:
        low, high = values.price
        chips.append(Chip(f"Price: {low:,.0f} to {high:,.0f}", replace(values, price=None), True))
    if values.threshold:
        chips.append(Chip(f"Score: from {values.threshold:.2f}", replace(values, threshold=0.0), True))
    default = ControlValues()
    if values.order != default.order:
        chips.append(Chip(ORDERS[values.order], replace(values, order=default.order), False))
    if not values.fold:
        chips.append(Chip("Near-duplicates one by one", replace(values, fold=True), False))
    if values.intimates:
        chips.append(Chip("With underwear and nightwear", replace(values, intimates=False), False))
    if values.top != default.top:
        chips.append(Chip(f"{values.top} a page", replace(values, top=default.top), False))
    for part, weight in values.weights.items():
        others = {name: other for name, other in values.weights.items() if name != part}
        chips.append(Chip(f"{DESCRIPTOR_NAMES[part]} × {weight:g}", replace(values, weights=others), False))
    return chips


def draw_chips(address: Address, *, key: str, words_alone: bool = False, on_hits: bool = True) -> None:
    """Draw what is set, and what of the address is not known here."""
    for problem in address.problems:
        st.warning(error_markdown(problem), icon=":material/link_off:")
    chips = chips_of(address.values, words_alone=words_alone)
    if not chips and not address.problems:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"{key}-chips"):
        # Keys reach logs: what was typed is no part of them.
        for place, chip in enumerate(chips):
            st.button(
                escape_markdown(chip.text),
                key=f"{key}-chip-{place}",
                icon=":material/close:",
                icon_position="right",
                help=f"Take off {escape_markdown(chip.text)}",
                on_click=write_values,
                args=(chip.without,),
            )
        if len(chips) > 1 or address.problems:
            left = ControlValues(words=address.values.words if words_alone else ())
            st.button("Clear all", key=f"{key}-clear", type="tertiary", on_click=write_values, args=(left,))
        if on_hits and chips:
            st.button(
                "New search without these",
                key=f"{key}-new",
                type="tertiary",
                icon=":material/restart_alt:",
                on_click=_start_afresh,
            )


def draw_ways_out(ways: Sequence[tuple[Chip, int]]) -> None:
    """Say that nothing was found, and offer to take off what keeps products away."""
    with st.container(key="nothing-found"):
        st.info("No product scores that high or passes the filters.", icon=":material/tune:")
        with st.container(horizontal=True, gap="small"):
            for place, (chip, n) in enumerate(ways):
                text = f"Without {escape_markdown(chip.text)}: {count_text(n, 'product')}"
                st.button(text, key=f"way-{place}", on_click=write_values, args=(chip.without,))
            if len(ways) != 1:
                st.button("Clear all", key="way-clear", on_click=write_values, args=(ControlValues(),))


def _start_afresh() -> None:
    write_values(ControlValues())
    state.set_query(None)
