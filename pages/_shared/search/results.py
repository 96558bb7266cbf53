"""The hits of a query, and what narrows, orders, refines and takes them away. A control runs this alone."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import FashionSearchError
from core.export import safe_csv
from core.gallery.stored_catalogue import StoredCatalogue
from core.reporting.hit_table import hit_table
from core.retrieval.ranking import Hit
from core.retrieval.request import SearchRequest, SearchResponse
from pages._shared.search import controls, feedback, hit_detail, search_cache
from pages._shared.session import app_frame, cache, query_params, state
from pages._shared.session.encoder import to_query
from pages._shared.session.errors import error_markdown, escape_markdown
from pages._shared.session.stores import private_digest
from pages._shared.widgets import accessibility, product_grid, scroll

PAGE = "page-of-hits"
"""The request that is shown, its page, and how often that was set from outside its widget."""

TURNED = "page-turned"
"""The request whose pages were turned last, and how many were turned in this visit."""


@st.fragment
def show_results(catalogue_name: str, query: state.VisitorQuery, turn: int) -> None:
    """Show the hits and what narrows and orders them; a control runs this alone.

    The catalogue is opened in each run: it may have been indexed again since the page was drawn.
    """
    if turn != state.query_count():
        st.rerun()  # a hit became the query, which the rest of the page has to show too
    with st.container(key="found"):
        with st.container(key="hits-title"):
            st.title("The products most like it", anchor=False)
        try:
            catalogue = cache.catalogue(catalogue_name)
            if stale := catalogue.stale(state.extractor_name()):
                st.warning(error_markdown(stale), icon=":material/update:")
            with app_frame.tell_waiting(), st.spinner("Looking …"):
                _search_and_show(catalogue, query)
        except FashionSearchError as error:
            st.error(error_markdown(error), icon=":material/error:")


def _search_and_show(catalogue: StoredCatalogue, query: state.VisitorQuery) -> None:
    given = feedback.current_feedback(query, catalogue)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        drawn = controls.draw_controls(catalogue, to_query(query), given)
        at_csv = st.container(width="content")
    at_warning = st.container()
    feedback.hide_button_labels()
    feedback.draw_feedback_bar(query, given)
    at_summary = st.container(horizontal=True, vertical_alignment="center")
    at_hits = st.container(key="hits")
    request, response = _requested_page(catalogue.name, drawn.request)
    controls.draw_answer(drawn, response, catalogue)
    if response.nothing_close:
        at_warning.warning(
            "Nothing in the catalogue is close. The hits are the nearest there are.",
            icon=":material/search_off:",
        )
    accessibility.announce(f"{response.total:,} hits found, page {response.page} of {response.n_pages}")
    with at_summary:
        st.caption(controls.summary(request, response), width="content")
        controls.offer_other_order(request, response)
    with at_csv:
        _offer_csv(catalogue, response)
    with at_hits:
        _show_hits(catalogue, query, request, response, given)


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


def _offer_csv(catalogue: StoredCatalogue, response: SearchResponse) -> None:
    st.download_button(
        "CSV",
        lambda: safe_csv(hit_table(response.hits, catalogue.products)),
        "hits.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        help="These hits as a table, safe to open in a spreadsheet",
        disabled=not response.hits,
    )


def _show_hits(
    catalogue: StoredCatalogue,
    query: state.VisitorQuery,
    request: SearchRequest,
    response: SearchResponse,
    given: feedback.Feedback,
) -> None:
    if not response.hits:
        st.info(
            "No product scores that high or passes the filters. Lower the score, or take a filter off.",
            icon=":material/tune:",
        )
        return
    marks: dict[str, DeltaGenerator] = {}
    for group in response.groups:
        if group.label:
            st.markdown(f"## {escape_markdown(group.label)} · {len(group.hits)}")
        product_grid.show_hits(
            group.hits, catalogue, "hit", below=lambda hit: _draw_foot(hit, catalogue, query, given, marks)
        )
    if request.fold:
        return  # no two of these hits are near-duplicates
    # The hits do not wait for their pictures to be compared.
    rank_of = {hit.product_id: hit.rank for hit in response.hits}
    for product_id, leader in search_cache.near_duplicates(catalogue.name, response.hits).items():
        marks[product_id].caption(f":material/stacks: nearly the same as {rank_of[leader]}")


def _draw_foot(
    hit: Hit,
    catalogue: StoredCatalogue,
    query: state.VisitorQuery,
    given: feedback.Feedback,
    marks: dict[str, DeltaGenerator],
) -> None:
    """Draw the foot of a hit's card: near-duplicates, thumbs, and why it matched."""
    if hit.duplicates:
        st.caption(f":material/stacks: and {len(hit.duplicates)} nearly the same")
    marks[hit.product_id] = st.container()
    with st.container(horizontal=True, gap="xsmall"):
        feedback.draw_buttons(query, given, hit.product_id, "hit")
        st.button(
            "Why",
            key=f"hit-why-{hit.product_id}",
            type="tertiary",
            help="Why it matched",
            on_click=hit_detail.open_detail,
            args=(hit.product_id,),
        )
    if hit_detail.is_opened(hit.product_id):
        hit_detail.show_explanation(
            catalogue.name, query, hit.product_id, f"hit {hit.rank}, score {hit.score:.3f}"
        )
