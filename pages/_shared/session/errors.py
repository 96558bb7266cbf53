"""How an error is shown: what `core` raised on purpose as one sentence, anything else without its insides."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import EngineError, FashionSearchError
from core.gallery.milvus.engine_choice import LOCAL
from pages._shared.session import state

# What looks like an address becomes a link even where it is escaped: a joiner that nobody sees breaks it.
_ADDRESS = re.compile(r"(?<=://)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
_WORD_JOINER = "\u2060"
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>&^=])")


def escape_markdown(text: str) -> str:
    """Escape Markdown: names come from other people's files and must not become headings or links.

    Examples
    --------
    >>> escape_markdown("[blue] *jeans*")
    '\\\\[blue\\\\] \\\\*jeans\\\\*'
    """
    return _MARKUP.sub(r"\\\1", _ADDRESS.sub(_WORD_JOINER, text)).replace("\n", " ")


def error_markdown(error: FashionSearchError | str) -> str:
    """Write a message as Markdown: its commands as code, everything else as it is."""
    parts = str(error).split("`")
    return "".join(f"`{part}`" if odd % 2 else escape_markdown(part) for odd, part in enumerate(parts))


def show_error(error: FashionSearchError, *, key: str) -> None:
    """Show an expected error; where an engine on another machine failed, offer the gallery in this process.

    Parameters
    ----------
    error : FashionSearchError
    key : str
        Tells the places apart in which one page shows errors.
    """
    st.error(error_markdown(error), icon=":material/error:")
    if isinstance(error, EngineError) and state.engine_name() != LOCAL:
        st.button(
            "Search the local gallery",
            key=f"local-{key}",
            icon=":material/computer:",
            help="The same products, searched in the memory of this server.",
            on_click=state.search_locally,
        )


@contextmanager
def stop_on_error() -> Iterator[None]:
    """Show an expected error in place of what the block would have shown, and end the page there."""
    try:
        yield
    except FashionSearchError as error:
        show_error(error, key="page")
        st.stop()
