"""How a page takes pictures: those that were handed in, or one of those a catalogue brings along."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.errors import ImageError
from pages._shared.session import cache, state
from pages._shared.session.errors import error_markdown, escape_markdown

MAX_PHOTOS = 100
"""Pictures at once: some ten seconds' work."""

MAX_TOTAL_BYTES = 200 * 1024**2
"""What they may take together: they are held in memory until others are handed in."""


def query_by_upload(given: UploadedFile | None) -> None:
    """Make an upload the query and start over with it, or say why it cannot be read; None is no upload."""
    if given is not None:
        query_by_photo(state.Photo(given.name, given.getvalue()))


def query_by_photos(photos: Sequence[state.Photo]) -> None:
    """Make photos the query: one alone as it is, several side by side, whatever may be wrong with some."""
    if len(photos) == 1:
        query_by_photo(photos[0])
    if len(photos) > 1:
        state.set_query(limit_batch(photos))
        st.rerun()


def limit_batch(photos: Sequence[state.Photo]) -> state.PhotoBatch:
    """Put photos side by side, as many as there is time and memory for."""
    kept: list[state.Photo] = []
    left_out: list[tuple[str, str]] = []
    n_bytes = 0
    for photo in photos:
        n_bytes += len(photo.data)
        if len(kept) == MAX_PHOTOS:
            left_out.append((photo.name, f"not looked at: {MAX_PHOTOS} pictures are taken at once"))
        elif n_bytes > MAX_TOTAL_BYTES:
            n_bytes -= len(photo.data)
            left_out.append(
                (photo.name, f"not looked at: {MAX_TOTAL_BYTES >> 20} MB are taken at once, hand it in alone")
            )
        else:
            kept.append(photo)
    return state.PhotoBatch(tuple(kept), tuple(left_out))


def query_by_photo(photo: state.Photo) -> None:
    """Make a photo the query and start over with it, or say why it cannot be read."""
    try:
        cache.read_photo(photo)
    except ImageError as error:
        st.error(error_markdown(error), icon=":material/error:")
    else:
        state.set_query(photo)
        st.rerun()


def show_ready_made_row(
    paths: Sequence[Path],
    key: str,
    wording: str,
    on_click: Callable[..., None],
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
            st.image(cache.picture_data_uri(path), width="stretch", alt=shows)
            st.button(
                "Try it",
                key=f"{key}-{path.name}",
                help=wording.format(escape_markdown(shows)),
                on_click=on_click,
                args=arguments(path),
                width="stretch",
            )
