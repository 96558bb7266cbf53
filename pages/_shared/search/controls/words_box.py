"""The box that takes words of the catalogue's own, with a photo, a product, or alone."""

import streamlit as st

from core.gallery.stored_catalogue import StoredCatalogue
from core.retrieval.words.vocabulary import read_words
from pages._shared.search.controls.address import WORD
from pages._shared.session import cache, query_params, state
from pages._shared.session.errors import escape_markdown

UNKNOWN_WORDS = "unknown-words"
"""The last words that no product has, with those that are spelled alike."""


def draw_words_box(catalogue: StoredCatalogue, *, key: str, label: str, placeholder: str) -> None:
    """Draw the box; what is typed becomes chips, a product's id the query."""
    box = f"{key}-words"
    st.text_input(
        label,
        key=box,
        placeholder=placeholder,
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=_take_words,
        args=(catalogue.name, box),
        help="A class, a colour, a brand, men or women narrow the hits; any other word of products' names, "
        "such as striped or full sleeve, moves them.",
    )


def draw_unknown_words(catalogue: StoredCatalogue, *, key: str) -> None:
    """Say which words no product has, and offer those that are spelled alike."""
    unknown: dict[str, tuple[str, ...]] = st.session_state.get(UNKNOWN_WORDS, {})
    for row, (word, alike) in enumerate(unknown.items()):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.caption(
                f":material/search_off: No product here has the word “{escape_markdown(word)}”.",
                width="content",
            )
            for place, near in enumerate(alike):
                st.button(
                    escape_markdown(near),
                    key=f"{key}-alike-{row}-{place}",
                    help=f"Search for {escape_markdown(near)} instead of {escape_markdown(word)}",
                    on_click=_add_words,
                    args=(catalogue.name, near),
                )


def forget_unknown_words() -> None:
    """Have them said no longer."""
    st.session_state.pop(UNKNOWN_WORDS, None)


def _take_words(catalogue_name: str, box: str) -> None:
    text = str(st.session_state[box] or "").strip()
    st.session_state[box] = ""
    if text in cache.catalogue(catalogue_name):
        forget_unknown_words()
        state.set_query(state.Product(text))
    else:
        _add_words(catalogue_name, text)


def _add_words(catalogue_name: str, text: str) -> None:
    read = read_words([text], cache.catalogue(catalogue_name).products)
    st.session_state[UNKNOWN_WORDS] = read.unknown
    new = dict.fromkeys((*query_params.read(WORD), *(term.text for term in read.terms)))
    query_params.write(**{WORD: list(new)}, page=[])
