"""How a page takes a picture: one that was handed in, or one of those a catalogue brings along."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import ImageError
from pages._shared import resources, state
from pages._shared.errors import plain, sentence


def take(given) -> None:
    """Make an upload the query and start over with it, or say why it cannot be read; None is no upload."""
    if given is None:
        return
    photo = state.Photo(given.name, given.getvalue())
    try:
        resources.read_photo(photo)
    except ImageError as error:
        st.error(sentence(error), icon=":material/error:")
    else:
        state.ask(photo)
        st.rerun()


def ready_made_row(
    paths: Sequence[Path],
    key: str,
    wording: str,
    on_click: Callable,
    arguments: Callable[[Path], tuple[Any, ...]],
) -> None:
    """Show ready-made queries in one row, which a narrow screen scrolls: what stands below stays in reach.

    `wording` says what a button does, with what the picture shows in the place of ``{}``.
    """
    cells = st.grid(len(paths), min_column_width=84, wrap=False, gap="small")
    for path in paths:
        # Files are called by what they show: 3-jeans-on-a-bed.jpg
        shows = path.stem.lstrip("0123456789-").replace("-", " ").capitalize()
        with cells.cell():
            st.image(resources.picture(path), width="stretch", alt=shows)
            st.button(
                "Try it",
                key=f"{key}-{path.name}",
                help=wording.format(plain(shows)),
                on_click=on_click,
                args=arguments(path),
                width="stretch",
            )
