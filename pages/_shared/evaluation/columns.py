"""Columns of figures, and what is said where figures are missing."""

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

    Formats = dict[str, str | ColumnConfig]


def decimal_column(title: str) -> "ColumnConfig":
    return st.column_config.NumberColumn(title, format="%.3f")


def count_column(title: str) -> "ColumnConfig":
    return st.column_config.NumberColumn(title, format="%,d")


def show_not_measured(what: str, command: str = "") -> None:
    """Say what a report does not hold, and where one command measures it, by which."""
    st.info(f"{what} not measured in this report.", icon=":material/info:")
    if command:
        st.code(command, language=None, wrap_lines=True)
