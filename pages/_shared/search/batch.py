"""Several pictures searched with at once: a row each, with what it is and its first hits."""

from functools import partial

import streamlit as st

from core.errors import FashionSearchError
from core.export import safe_csv
from core.gallery.stored_catalogue import StoredCatalogue
from core.reporting.hit_table import BatchAnswer, batch_table
from pages._shared.search import search_cache
from pages._shared.session import state
from pages._shared.session.errors import error_markdown, escape_markdown
from pages._shared.widgets import product_strip
from pages._shared.widgets.names import garment_choice_text

HITS = 12
"""Hits of each picture that the table to take away holds."""

SHOWN = 5
"""The first of them, which the page shows."""

A_PAGE = 10


def show_batch(catalogue: StoredCatalogue, asked: state.PhotoBatch) -> None:
    """Show what was found for each picture."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("New search", icon=":material/arrow_back:", on_click=state.set_query, args=(None,))
    answers = _answers(catalogue, asked)
    unread = sum(bool(answer.problem) for answer in answers)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title(f"{len(answers)} pictures and the products most like them", anchor=False)
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
    page = st.pagination(pages, key=f"several-{state.query_count()}") if pages > 1 else 1
    first = (page - 1) * A_PAGE
    with where:
        for place, answer in enumerate(answers[first : first + A_PAGE], start=first):
            photo = asked.photos[place] if place < len(asked.photos) else None
            _row(catalogue, answer, photo, f"several-{place}")


def _row(catalogue: StoredCatalogue, answer: BatchAnswer, photo: state.Photo | None, key: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"{key}-row"):
        if photo is None or answer.problem:
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
            heading = answer.verdict.heading if answer.verdict else "Its class is not named"
            st.markdown(f"**{escape_markdown(heading)}**")
            st.caption(f"{escape_markdown(answer.name)} · {escape_markdown(answer.looked_at)}")
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


def _csv(catalogue: StoredCatalogue, answers: list[BatchAnswer]) -> bytes:
    return safe_csv(batch_table(answers, catalogue.products))


def _answers(catalogue: StoredCatalogue, asked: state.PhotoBatch) -> list[BatchAnswer]:
    """Search with each picture; what is wrong with one keeps none of the others away.

    Each answer is remembered as it comes: whoever clicks meanwhile does not start anew.
    """
    bar, answers = st.empty(), []
    for place, photo in enumerate(asked.photos):
        text = f"Searching with {escape_markdown(photo.name)}, {place + 1} of {len(asked.photos)}"
        bar.progress(place / len(asked.photos), text=text)
        answers.append(_answer(catalogue, state.extractor_name(), photo))
    bar.empty()
    return answers + [BatchAnswer(name, problem=why) for name, why in asked.left_out]


def _answer(catalogue: StoredCatalogue, extractor: str, photo: state.Photo) -> BatchAnswer:
    try:
        found = search_cache.find_first(catalogue.name, extractor, photo, HITS)
        response, looked_at = found.response, garment_choice_text(found.choice)
        return BatchAnswer(photo.name, looked_at, response.verdict, response.hits)
    except FashionSearchError as error:
        return BatchAnswer(photo.name, problem=str(error))
