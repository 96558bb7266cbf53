"""The hits of a query, and what narrows, orders, refines and takes them away. A control runs this alone."""

from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.catalogue.import_report import count_text
from core.errors import FashionSearchError
from core.gallery.stored_catalogue import StoredCatalogue
from core.reporting.hit_table import hits_csv
from core.retrieval.encoder import ModelEncoder
from core.retrieval.photograph.upright import turned_name
from core.retrieval.ranking import Group
from core.retrieval.request import Order, SearchRequest, SearchResponse
from core.retrieval.search import MOST_EXPORTED
from pages._shared.search import feedback, hit_detail, search_cache
from pages._shared.search.controls import chips, summary, widgets, words_box
from pages._shared.search.controls.address import WORD, ControlValues, read_address
from pages._shared.session import app_frame, cache, query_params, state
from pages._shared.session.errors import error_markdown, escape_markdown, show_error
from pages._shared.session.stores import private_digest
from pages._shared.widgets import accessibility, product_grid, scroll

NOTHING_CLOSE = "Nothing in the catalogue is close. The hits are the nearest there are."

PAGE = "page-of-hits"
"""The request that is shown, its page, and how often that was set from outside its widget."""

TURNED = "page-turned"
"""The request whose pages were turned last, and how many were turned in this visit."""


@st.fragment
def show_results(catalogue_name: str, query: state.VisitorQuery | None, query_count: int) -> None:
    """Show the hits and what narrows and orders them; a control runs this alone.

    The catalogue is opened in each run: it may have been indexed again since the page was drawn.

    Parameters
    ----------
    catalogue_name : str
    query : Photo, Product or None
        None where words alone are looked for.
    query_count : int
        `state.query_count` when the page was drawn.
    """
    if query_count != state.query_count() or (query is None and not query_params.read(WORD)):
        st.rerun()  # another query, which the rest of the page has to show too
    with st.container(key="found"):
        with st.container(key="hits-title"):
            title = "The products most like it" if query is not None else "Products by your words"
            st.title(title, anchor=False)
        try:
            catalogue = cache.catalogue(catalogue_name)
            if stale := catalogue.stale(state.extractor_name()):
                st.warning(error_markdown(stale), icon=":material/update:")
            with app_frame.tell_waiting(), st.spinner(_waiting_text()):
                _search_and_show(catalogue, query)
        except FashionSearchError as error:
            show_error(error, key="results")


def _waiting_text() -> str:
    """Say what a search waits for: a server that was just started has to load its models first."""
    loaded = cache.model_registry().is_loaded(state.extractor_name())
    return "Looking …" if loaded else "Loading the models, once …"


def _search_and_show(catalogue: StoredCatalogue, query: state.VisitorQuery | None) -> None:
    address = read_address(catalogue, state.extractor_name())
    given = feedback.current_feedback(catalogue)
    places, at_csv = draw_control_row(catalogue, address.values, with_words=True)
    chips.draw_chips(address, key="hits", words_alone=query is None)
    at_warning = st.container()
    feedback.hide_button_labels()
    at_summary = st.container(horizontal=True, vertical_alignment="center", key="hits-summary")
    at_hits = st.container(key="hits")
    asked = address.values.request(
        query,
        state.extractor_name(),
        given,
        facets=tuple(search_cache.filter_values(catalogue.name)),
        distribution=True,
    )
    request, response = _requested_page(catalogue.name, asked)
    widgets.draw_answer(places, response, catalogue, address.values)
    if response.nothing_close:
        at_warning.warning(NOTHING_CLOSE, icon=":material/search_off:")
    accessibility.announce(
        f"{count_text(response.total, 'hit')} found, page {response.page} of {response.n_pages}"
    )
    with at_summary:
        st.caption(summary.summary(request, response, len(catalogue)), width="content")
        summary.offer_other_order(request, response)
        summary.offer_gender(response)
        feedback.draw_feedback_bar(given)
    with at_csv:
        _offer_csv(catalogue, request, response, query)
    with at_hits:
        if response.hits:
            _show_hits(catalogue, query, request, response, given)
        else:
            chips.draw_ways_out(_ways_out(catalogue.name, query, given, address.values))


def draw_control_row(
    catalogue: StoredCatalogue, values: ControlValues, *, with_words: bool
) -> tuple[widgets.ControlPlaces, DeltaGenerator]:
    """Draw the controls in one row; give the places that the answer fills, and that of the table to take."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        if with_words:
            with st.container(width=260, key="words"):
                words_box.draw_words_box(
                    catalogue, key="hits", label="Add words", placeholder="Add words: red, full sleeve …"
                )
        places = widgets.draw_controls(catalogue, values)
        at_csv = st.container(width="content")
    words_box.draw_unknown_words(catalogue, key="hits")
    return places, at_csv


def _ways_out(
    catalogue_name: str,
    query: state.VisitorQuery | None,
    given: feedback.Feedback,
    values: ControlValues,
) -> list[tuple[chips.Chip, int]]:
    """List what can be taken off so that products are found, and how many; the most first."""
    ways = []
    for chip in chips.chips_of(values, words_alone=query is None):
        if chip.narrows:
            request = chip.without.request(query, state.extractor_name(), given, predict=False)
            ways.append((chip, search_cache.find(catalogue_name, request.extractor, request).total))
    return sorted((way for way in ways if way[1]), key=lambda way: -way[1])


def _requested_page(catalogue_name: str, request: SearchRequest) -> tuple[SearchRequest, SearchResponse]:
    """Find the page of hits that is asked for below them, or in the address."""
    # Another request starts at its first page. Keys of widgets reach the server's log.
    key = f"hits-{private_digest(request.key)[:16]}"
    of_request, page, drawn = st.session_state.get(PAGE, ("", 1, 0))
    if of_request != key:
        page, drawn = 1, drawn + 1  # no widget of another request is asked
    if (said := query_params.take_visitor_change("page")) is not None:
        page, drawn = _page_number(said), drawn + 1
    elif (widget := f"{key}-{drawn}") in st.session_state:
        page = st.session_state[widget]
    request = replace(request, page=page)
    response = search_cache.find(catalogue_name, request.extractor, request)
    drawn += response.page != page
    st.session_state[PAGE] = key, response.page, drawn
    if response.n_pages > 1:
        # A widget's value may not be set: where another page is to be shown, it is a new one.
        st.pagination(
            response.n_pages,
            default=response.page,
            key=f"{key}-{drawn}",
            max_visible_pages=5,
            on_change=_turn_page,
            args=(key,),
            width="stretch",
        )
        turned = st.session_state.get(TURNED, ("", 0))
        if turned[0] == key:
            scroll.to_hits(turned[1])
    query_params.write(page=[str(response.page)] if response.page > 1 else [])
    return request, response


def _page_number(said: list[str]) -> int:
    """Read a page's number from the address; whatever is none is the first."""
    return max(1, int(said[0])) if said and said[0].isdecimal() and len(said[0]) < 9 else 1


def _turn_page(key: str) -> None:
    before = st.session_state.get(TURNED, ("", 0))
    st.session_state[TURNED] = key, before[1] + 1


def _offer_csv(
    catalogue: StoredCatalogue,
    request: SearchRequest,
    response: SearchResponse,
    query: state.VisitorQuery | None,
) -> None:
    n = response.total if request.threshold is not None else min(response.total, MOST_EXPORTED)
    st.download_button(
        "CSV",
        partial(
            hits_csv,
            request,
            catalogue,
            query_name=query_name(query),
            # Made when it is asked for, outside the visit: what the visit remembers is not at hand then.
            encoder=ModelEncoder(cache.model_registry()),
        ),
        "hits.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        help=f"{'The nearest' if n < response.total else 'All'} {n:,} as a table with the query and its "
        "filters, safe to open in a spreadsheet",
        disabled=not response.hits,
    )


def query_name(query: state.VisitorQuery | None) -> str:
    """Say in a word what is searched with."""
    if query is None:
        return "words"
    if isinstance(query, state.Photo):
        return turned_name(query.name, query.turn or 0)
    return f"product {query.product_id}"


def _show_hits(
    catalogue: StoredCatalogue,
    query: state.VisitorQuery | None,
    request: SearchRequest,
    response: SearchResponse,
    given: feedback.Feedback,
) -> None:
    for group in response.groups:
        if group.label:
            _draw_group_heading(group, request)
        product_grid.show_hits(
            group.hits,
            catalogue,
            "hit",
            on_open=hit_detail.open_detail,
            foot=lambda hit: feedback.draw_buttons(given, hit.product_id, "hit"),
        )
    for hit in response.hits:
        if hit_detail.is_opened(hit.product_id):
            hit_detail.show_detail(catalogue.name, query, hit, given)


def _draw_group_heading(group: Group, request: SearchRequest) -> None:
    """Name a class, say how many there are of it, and where classes are grouped, lead to all of them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        text = f"## {escape_markdown(group.label)} · {len(group.hits)} of {group.total:,}"
        st.markdown(text, width="content")
        if request.order is Order.GROUPED and (group.total or 0) > len(group.hits):
            st.button(
                "Show all",
                key=f"group-{group.label}",
                type="tertiary",
                help=f"Only {escape_markdown(group.label)}, nearest first",
                on_click=_show_class,
                args=(group.label,),
            )


def _show_class(label: str) -> None:
    query_params.write(articleType=[label], order=[], page=[])
