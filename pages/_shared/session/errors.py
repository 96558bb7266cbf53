"""How an error is shown: what `core` raised on purpose as one sentence, anything else without its insides."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import FashionSearchError

_MARKUP = re.compile(r"([\\*_{}\[\]()#+\-.!|~$:<>&^=])")


def plain(text: str) -> str:
    """Show text as it is: names come from other people's files and must not become headings or links."""
    return _MARKUP.sub(r"\\\1", text).replace("\n", " ")


def sentence(error: FashionSearchError | str) -> str:
    """Keep the commands of a message as code and everything else as it is."""
    parts = str(error).split("`")
    return "".join(f"`{part}`" if odd % 2 else plain(part) for odd, part in enumerate(parts))


@contextmanager
def shown_and_stopped() -> Iterator[None]:
    """Show an expected error in place of what the block would have shown, and end the page there."""
    try:
        yield
    except FashionSearchError as error:
        st.error(sentence(error), icon=":material/error:")
        st.stop()
