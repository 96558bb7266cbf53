"""How a page takes pictures: those that were handed in, or one of those a catalogue brings along."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import ImageError
from pages._shared.session import cache, state
from pages._shared.session.errors import plain, sentence

MOST = 100
"""Pictures at once: some ten seconds' work."""

MOST_BYTES = 200 * 1024**2
"""What they may take together: they are held in memory until others are handed in."""


def take(given) -> None:
    """Make an upload the query and start over with it, or say why it cannot be read; None is no upload."""
    if given is not None:
        take_photo(state.Photo(given.name, given.getvalue()))


def take_all(photos: Sequence[state.Photo]) -> None:
    """Make photos the query: one alone as it is, several side by side, whatever may be wrong with some."""
    if len(photos) == 1:
        take_photo(photos[0])
    if len(photos) > 1:
        state.ask(several(photos))
        st.rerun()


def several(photos: Sequence[state.Photo]) -> state.Several:
    """Put photos side by side, as many as there is time and memory for."""
    kept, left_out, n_bytes = [], [], 0
    for photo in photos:
        n_bytes += len(photo.data)
        if len(kept) == MOST:
            left_out.append((photo.name, f"not looked at: {MOST} pictures are taken at once"))
        elif n_bytes > MOST_BYTES:
            n_bytes -= len(photo.data)
            left_out.append(
                (photo.name, f"not looked at: {MOST_BYTES >> 20} MB are taken at once, hand it in alone")
            )
        else:
            kept.append(photo)
    return state.Several(tuple(kept), tuple(left_out))


def take_photo(photo: state.Photo) -> None:
    """Make a photo the query and start over with it, or say why it cannot be read."""
    try:
        cache.read_photo(photo)
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
            st.image(cache.picture(path), width="stretch", alt=shows)
            st.button(
                "Try it",
                key=f"{key}-{path.name}",
                help=wording.format(plain(shows)),
                on_click=on_click,
                args=arguments(path),
                width="stretch",
            )
