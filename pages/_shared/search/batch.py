"""Several pictures searched with at once: a row each, with its class and its first hits."""

from functools import partial

import streamlit as st

from core.errors import FashionSearchError
from core.export import safe_csv
from core.retrieval.batch_table import Answer, as_table
from core.retrieval.consensus import judge
from core.retrieval.ranking import SearchOptions
from pages._shared.search import search_cache
from pages._shared.session import cache, state
from pages._shared.session.errors import error_markdown, escape_markdown
from pages._shared.widgets import product_strip

HITS = 12
"""Hits of each picture that the table to take away holds."""

SHOWN = 5
"""The first of them, which the page shows."""

A_PAGE = 10
ANSWERS = "several-answers"


def show(catalogue, asked: state.PhotoBatch) -> None:
    """Show what was found for each picture."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("New search", icon=":material/arrow_back:", on_click=state.set_query, args=(None,))
    answers = _answers(catalogue, asked)
    unread = sum(bool(answer.problem) for answer in answers)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader(f"{len(answers)} pictures and the products most like them", anchor=False)
        st.download_button(
            "CSV",
            partial(_csv, catalogue, answers),
            "hits.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help=f"The first {HITS} hits of every picture as a table, safe to open in a spreadsheet",
        )
    if unread:
        st.warning(
            f"{unread} of {len(answers)} could not be searched with; each says why.",
            icon=":material/broken_image:",
        )
    pages = -(-len(answers) // A_PAGE)
    where = st.container()
    page = st.pagination(pages, key=f"several-{asked.key}") if pages > 1 else 1
    first = (page - 1) * A_PAGE
    with where:
        for place, answer in enumerate(answers[first : first + A_PAGE], start=first):
            photo = asked.photos[place] if place < len(asked.photos) else None
            _row(catalogue, answer, photo, f"several-{place}")


def _row(catalogue, answer: Answer, photo: state.Photo | None, key: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"{key}-row"):
        if answer.problem:
            named = answer.name in answer.problem
            said = (
                error_markdown(answer.problem)
                if named
                else f"{escape_markdown(answer.name)}: {error_markdown(answer.problem)}"
            )
            st.markdown(f":material/broken_image: {said}")
            return
        with st.container(width=90):
            st.image(search_cache.thumbnail(photo), width="stretch", alt=f"Picture {answer.name}")
        with st.container(width=180, gap="xsmall"):
            st.markdown(f"**{escape_markdown(_says(answer))}**")
            st.caption(escape_markdown(answer.name))
            st.button(
                "Search with this",
                key=f"{key}-open",
                help=f"Open all hits of {escape_markdown(answer.name)}",
                on_click=state.set_query,
                args=(photo,),
            )
        # In one row, which a narrow screen scrolls: the next picture stays in reach.
        cells = st.grid(SHOWN, min_column_width=84, wrap=False, gap="xsmall")
        for hit in answer.hits[:SHOWN]:
            with cells.cell():
                product_strip.show_card(hit.product_id, catalogue, f"{hit.rank} · {hit.score:.3f}")
        if not answer.hits:
            st.caption("No product was found.")


def _says(answer: Answer) -> str:
    return judge([answer.prediction]).sentence if answer.prediction else "Its class is not named"


def _csv(catalogue, answers: list[Answer]) -> bytes:
    return safe_csv(as_table(answers, catalogue.products))


def _answers(catalogue, asked: state.PhotoBatch) -> list[Answer]:
    """Search with each picture once a visit; what is wrong with one keeps none of the others away."""
    extractor = state.extractor_name()
    version = (asked.key, extractor, *cache.versions(catalogue.name, extractor))
    held_version, held = st.session_state.get(ANSWERS, (None, []))
    if held_version == version:
        return held
    bar, answers = st.empty(), []
    for place, photo in enumerate(asked.photos):
        text = f"Searching with {escape_markdown(photo.name)}, {place + 1} of {len(asked.photos)}"
        bar.progress(place / len(asked.photos), text=text)
        answers.append(_answer(catalogue, extractor, photo))
    bar.empty()
    answers += [Answer(name, problem=why) for name, why in asked.left_out]
    st.session_state[ANSWERS] = version, answers
    return answers


def _answer(catalogue, extractor: str, photo: state.Photo) -> Answer:
    try:
        cache.read_photo(photo)
        named = search_cache.named(catalogue.name, photo)
        options = SearchOptions(top=HITS, first=search_cache.class_of(catalogue.name, photo).sure)
        found = search_cache.find(catalogue.name, extractor, photo, options)
        return Answer(photo.name, named, tuple(found.hits))
    except FashionSearchError as error:
        return Answer(photo.name, problem=str(error))
