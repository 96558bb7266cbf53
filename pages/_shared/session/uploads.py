"""How a page takes pictures: those that were handed in, or one of those a catalogue brings along."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from core.imaging.encode import encode_jpeg
from pages._shared.session import cache, state
from pages._shared.session.errors import error_markdown, escape_markdown

MAX_PHOTOS = 100
"""Pictures at once: some ten seconds' work."""

PRIVACY = (
    "Your photo is seen by nobody else. It is shrunk to 720 pixels, kept in memory for this visit and let "
    "go soon after. While a file above 1 MB arrives, it passes through a temporary file without a name."
)

TAKEN = "photos-taken"
"""Files of this visit's widgets that were looked at, by their ids."""

MAX_TAKEN = 400
"""Most files that are remembered so: twice what any widget takes at once."""

XSRF_COOKIE = "_streamlit_xsrf"


def take_uploads(
    files: Sequence[UploadedFile], *, owner: str = state.SEARCH, most: int | None = None
) -> list[state.Photo]:
    """Take the pictures out of a widget's files, each once, and let the files' bytes go.

    The widget goes on showing its files. What cannot be read has its `problem`.

    Parameters
    ----------
    files : sequence of UploadedFile
        Of a widget, all that it has now.
    owner : str
        The part of the pages that needs them.
    most : int, optional
        Files that are looked at; `MAX_PHOTOS` by default.
    """
    most = MAX_PHOTOS if most is None else most
    taken: dict[str, state.Photo] = st.session_state.setdefault(TAKEN, {})
    for file in files[most:]:
        taken[file.file_id] = state.Photo(file.name, file.file_id, problem=_not_looked_at(most))
        _let_go(file)
    new = [file for file in files if file.file_id not in taken]
    bar = st.empty() if len(new) > 1 else None  # an empty place takes some on the page too
    for place, file in enumerate(new):
        if bar:
            bar.progress(place / len(new), text=f"Reading picture {place + 1} of {len(new)}")
        taken[file.file_id] = state.Photo.take(file.name, file.getvalue(), owner=owner)
        _let_go(file)
    if bar:
        bar.empty()
    photos = [taken[file.file_id] for file in files]
    for file_id in [file_id for file_id in taken if file_id not in {file.file_id for file in files}]:
        if len(taken) > MAX_TAKEN:
            del taken[file_id]
    return photos


def explain_blocked_uploads() -> None:
    """Say beside an uploader why the browser will not let files through, where that is so.

    Uploads are guarded by a cookie (XSRF), and a browser holds it back from a page shown in a frame of
    another site.
    """
    if not st.get_option("server.enableXsrfProtection") or not st.context.headers:
        return
    if XSRF_COOKIE not in st.context.cookies:
        st.warning(
            "Uploads do not work here: this page is shown inside another site, and the browser holds back "
            "the cookie that guards them. Open it in a tab of its own. Pasting a picture, the ready-made "
            "ones and products work here too.",
            icon=":material/tab:",
        )


def query_by_upload(given: UploadedFile | None) -> None:
    """Make an upload the query and start over with it, or say why it cannot be read; None is no upload."""
    if given is not None:
        query_by_photo(*take_uploads([given]))


def query_by_photos(photos: Sequence[state.Photo]) -> None:
    """Make photos the query: one alone as it is, several side by side, whatever may be wrong with some."""
    if len(photos) == 1:
        query_by_photo(photos[0])
    if len(photos) > 1:
        state.set_query(limit_batch(photos))
        st.rerun()


def limit_batch(photos: Sequence[state.Photo]) -> state.PhotoBatch:
    """Put photos side by side, as many as there is time for."""
    left_out = tuple((photo.name, _not_looked_at(MAX_PHOTOS)) for photo in photos[MAX_PHOTOS:])
    return state.PhotoBatch(tuple(photos[:MAX_PHOTOS]), left_out)


def query_by_photo(photo: state.Photo) -> None:
    """Make a photo the query and start over with it, or say why it cannot be read."""
    if photo.problem:
        st.error(error_markdown(photo.problem), icon=":material/error:")
    else:
        state.set_query(photo)
        st.rerun()


def query_by_picture(name: str, picture: np.ndarray) -> None:
    """Make a drawing, uint8 (height, width, 3), the query as if it were a photo. Meant as a callback."""
    state.set_query(state.Photo.take(f"{name}.jpg", encode_jpeg(picture, 95)).turned(0))


def _not_looked_at(most: int) -> str:
    return f"not looked at: {most} pictures are taken at once"


def _let_go(file: UploadedFile) -> None:
    """Put nothing in the place of a file's bytes; the record stays, so that the widget keeps its value."""
    run = get_script_run_ctx()
    if run is not None:
        empty = UploadedFileRec(file.file_id, file.name, file.type, b"")
        run.uploaded_file_mgr.add_file(run.session_id, empty)  # type: ignore[attr-defined]


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
    for place, path in enumerate(paths):
        # Files are called by what they show: 3-jeans-on-a-bed.jpg
        shows = path.stem.lstrip("0123456789-").replace("-", " ").capitalize()
        with cells.cell():
            if uri := cache.picture_data_uri(path):
                st.image(uri, width="stretch", alt=shows)
            st.button(
                "Try it",
                key=f"{key}-ready-made-{place}",
                help=wording.format(escape_markdown(shows)),
                on_click=on_click,
                args=arguments(path),
                width="stretch",
            )
