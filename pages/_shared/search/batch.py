"""Several pictures searched with at once: a row each, with what it is and its first hits."""

from functools import partial

import streamlit as st

from core.errors import FashionSearchError
from core.export import safe_csv
from core.gallery.stored_catalogue import StoredCatalogue
from core.reporting.hit_table import BatchAnswer, batch_table, request_text
from core.retrieval.ranking import Hit
from core.retrieval.request import SearchRequest
from pages._shared.search import hit_detail, results, search_cache
from pages._shared.search.controls import chips, widgets
from pages._shared.search.controls.address import read_address
from pages._shared.session import state
from pages._shared.session.errors import error_markdown, escape_markdown
from pages._shared.widgets import product_strip, turning
from pages._shared.widgets.names import garment_choice_text

SHOWN = 5
"""The first hits of each picture, which the page shows."""

A_PAGE = 10


def show_batch(catalogue: StoredCatalogue, asked: state.PhotoBatch) -> None:
    """Show what was found for each picture."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("New search", icon=":material/arrow_back:", on_click=state.set_query, args=(None,))
    address = read_address(catalogue, state.extractor_name())
    at_title = st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute")
    places, at_csv = results.draw_control_row(catalogue, address.values, with_words=True)
    with places.at_filters:
        widgets.draw_filters(catalogue.name, address.values, {})
    chips.draw_chips(address, key="several")
    # The query is each photo in turn.
    request = address.values.request(state.Product(""), state.extractor_name())
    answers = _answers(catalogue, asked, request)
    unread = sum(bool(answer.problem) for answer in answers)
    with at_title:
        st.title(f"{len(answers)} pictures and the products most like them", anchor=False)
    with at_csv:
        st.download_button(
            "CSV",
            partial(_csv, catalogue, answers, request_text(request)),
            "hits.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help=f"The first {request.top} hits of every picture as a table, safe to open in a spreadsheet",
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
        product_strip.align_cards()
        for place, answer in enumerate(answers[first : first + A_PAGE], start=first):
            photo = asked.photos[place] if place < len(asked.photos) else None
            _row(catalogue, answer, photo, request, f"several-{place}")


def _row(
    catalogue: StoredCatalogue,
    answer: BatchAnswer,
    photo: state.Photo | None,
    request: SearchRequest,
    key: str,
) -> None:
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
            upright = photo.turned(answer.turn)
            st.image(search_cache.thumbnail(upright), width="stretch", alt=f"Picture {answer.name}")
        with st.container(width=180, gap="xsmall"):
            heading = answer.verdict.heading if answer.verdict else "Its class is not named"
            st.markdown(f"**{escape_markdown(heading)}**")
            st.caption(f"{escape_markdown(answer.name)} · {escape_markdown(answer.looked_at)}")
            if answer.turn:
                st.caption(turning.turn_sentence(answer.turn, asked=False))
            if answer.nothing_close:
                st.caption(f":orange[:material/search_off: {results.NOTHING_CLOSE}]")
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
                place = f"{hit.rank} · {hit.closeness or f'{hit.score:.3f}'}"
                product_strip.show_card(hit.product_id, catalogue, place)
                _draw_ways_on(hit, catalogue, photo, request, key)
        if not answer.hits:
            st.caption("No product scores that high or passes the filters. Take one off above.")


def _draw_ways_on(
    hit: Hit, catalogue: StoredCatalogue, photo: state.Photo, request: SearchRequest, key: str
) -> None:
    """Lead on from a hit: to what looks like it, and to why it matched."""
    st.button(
        "More like this",
        key=f"{key}-more-{hit.product_id}",
        type="tertiary",
        on_click=state.set_query,
        args=(state.Product(hit.product_id),),
    )
    asked = f"{key} {hit.product_id}"
    st.button(
        "Why",
        key=f"{key}-why-{hit.product_id}",
        type="tertiary",
        help="Why it matched",
        on_click=hit_detail.open_detail,
        args=(asked,),
    )
    if hit_detail.is_opened(asked):
        found = search_cache.find_first(catalogue.name, request.extractor, photo, request)
        searched = search_cache.first_part(photo.turned(found.turn), found.choice)
        hit_detail.show_detail(catalogue.name, searched, hit, None)


def _csv(catalogue: StoredCatalogue, answers: list[BatchAnswer], asked: str) -> bytes:
    return safe_csv(batch_table(answers, catalogue.products).assign(asked=asked))


def _answers(
    catalogue: StoredCatalogue, asked: state.PhotoBatch, request: SearchRequest
) -> list[BatchAnswer]:
    """Search with each picture; what is wrong with one keeps none of the others away.

    Each answer is remembered as it comes: whoever clicks meanwhile does not start anew.
    """
    bar, answers = st.empty(), []
    for place, photo in enumerate(asked.photos):
        text = f"Searching with {escape_markdown(photo.name)}, {place + 1} of {len(asked.photos)}"
        bar.progress(place / len(asked.photos), text=text)
        answers.append(_answer(catalogue, photo, request))
    bar.empty()
    return answers + [BatchAnswer(name, problem=why) for name, why in asked.left_out]


def _answer(catalogue: StoredCatalogue, photo: state.Photo, request: SearchRequest) -> BatchAnswer:
    try:
        found = search_cache.find_first(catalogue.name, request.extractor, photo, request)
        response, looked_at = found.response, garment_choice_text(found.choice)
        return BatchAnswer(
            photo.name,
            looked_at,
            response.verdict,
            response.hits,
            nothing_close=response.nothing_close,
            turn=found.turn,
        )
    except FashionSearchError as error:
        return BatchAnswer(photo.name, problem=str(error))
