"""The hits of a query, and what narrows, orders, refines and takes them away. A control runs this alone."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import FashionSearchError
from core.export import safe_csv
from core.retrieval.ranking import Hit, group_by_class
from pages._shared.search import controls, feedback, hit_detail, search_cache
from pages._shared.session import query_params, state
from pages._shared.session.errors import error_markdown, escape_markdown
from pages._shared.widgets import product_grid, scroll

TURNED = "page-turned"
"""The question whose pages were turned last, and how many were turned in this visit."""


@st.fragment
def show(catalogue, query: state.Query, turn: int) -> None:
    """Show the hits and what narrows and orders them; a control runs this alone."""
    if turn != state.query_count():
        st.rerun()  # a hit became the query, which the rest of the page has to show too
    with st.container(key="found"):
        with st.container(key="hits-title"):
            st.subheader("The products most like it", anchor=False)
        if stale := catalogue.stale(state.extractor_name()):
            st.warning(error_markdown(stale), icon=":material/update:")
        try:
            with st.spinner("Looking …"):
                _find_and_show(catalogue, query)
        except FashionSearchError as error:
            st.error(error_markdown(error), icon=":material/error:")


def _find_and_show(catalogue, query: state.Query) -> None:
    of_class, judged = search_cache.class_of(catalogue.name, query), feedback.given(query, catalogue)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        chosen = controls.ask(catalogue, query, judged, of_class)
        take_away = st.container(width="content")
    if not of_class.known and search_cache.nothing_close(catalogue.name, state.extractor_name(), query):
        st.warning(
            "Nothing in the catalogue is close. The hits are the nearest there are.",
            icon=":material/search_off:",
        )
    feedback.style()
    feedback.bar(query, judged)
    said, shown = st.container(horizontal=True, vertical_alignment="center"), st.container(key="hits")
    found = _page_asked_for(catalogue, query, chosen, judged)
    with said:
        st.caption(controls.summary(found.total, chosen), width="content")
        controls.offer_other_order(chosen)
    with take_away:
        st.download_button(
            "CSV",
            lambda: safe_csv(search_cache.table(catalogue.name, found.hits)),
            "hits.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="These hits as a table, safe to open in a spreadsheet",
            disabled=not found.hits,
        )
    with shown:
        _show_hits(found.hits, catalogue, query, chosen, judged)


def _page_asked_for(
    catalogue, query, chosen: controls.Choices, judged: search_cache.Thumbs
) -> search_cache.Found:
    """Find the page of hits that is asked for below them, or in the address."""

    def find(page: int) -> search_cache.Found:
        return search_cache.find(
            catalogue.name,
            state.extractor_name(),
            query,
            replace(chosen.options, offset=(page - 1) * chosen.options.top),
            chosen.weights,
            judged,
            fold=chosen.fold,
        )

    # Another question starts at its first page.
    key = (
        f"hits-{query.key}-{state.extractor_name()}-{chosen.options}-{chosen.weights}-{judged}-{chosen.fold}"
    )
    if (said := query_params.take_visitor_change("page")) is not None:
        st.session_state[key] = max(1, int(said[0])) if said and said[0].isdecimal() else 1
    page = st.session_state.get(key, 1)
    found = find(page)
    if page > max(1, found.n_pages):
        page = st.session_state[key] = max(1, found.n_pages)
        found = find(page)
    if found.n_pages > 1:
        st.pagination(
            found.n_pages, key=key, max_visible_pages=5, on_change=_turn_page, args=(key,), width="stretch"
        )
        turned = st.session_state.get(TURNED, ("", 0))
        if turned[0] == key:
            scroll.to_hits(turned[1])
    query_params.write(page=[str(page)] if page > 1 else [])
    return found


def _turn_page(key: str) -> None:
    before = st.session_state.get(TURNED, ("", 0))
    st.session_state[TURNED] = key, before[1] + 1


def _show_hits(nearest: list[Hit], catalogue, query, chosen: controls.Choices, judged) -> None:
    if not nearest:
        st.info(
            "No product scores that high or passes the filters. Lower the score, or take a filter off.",
            icon=":material/tune:",
        )
        return
    groups = {"": nearest}
    if chosen.order == controls.GROUPED:
        groups = group_by_class(nearest, catalogue.products, chosen.of_class.order)
    elif chosen.options.first:
        groups = _first_and_others(nearest, catalogue, chosen.options.first)
    marks: dict[str, DeltaGenerator] = {}
    for label, members in groups.items():
        if label:
            st.markdown(f"#### {escape_markdown(label)} · {len(members)}")
        product_grid.show_hits(
            members, catalogue, "hit", below=lambda hit: _foot(hit, catalogue, query, judged, marks)
        )
    # The hits do not wait for their pictures to be compared.
    rank_of = {hit.product_id: hit.rank for hit in nearest}
    for product_id, twin in search_cache.nearly_the_same(catalogue.name, nearest).items():
        marks[product_id].caption(f":material/stacks: nearly the same as {rank_of[twin]}")


def _first_and_others(nearest: list[Hit], catalogue, first: str) -> dict[str, list[Hit]]:
    of_class = group_by_class(nearest, catalogue.products).get(first, [])
    others = [hit for hit in nearest if hit not in of_class]
    return {first: of_class, "Other classes": others} if of_class and others else {"": nearest}


def _foot(hit: Hit, catalogue, query: state.Query, judged, marks: dict[str, DeltaGenerator]) -> None:
    """Draw the foot of a hit's card: near-duplicates, thumbs, and why it matched."""
    if hit.duplicates:
        st.caption(f":material/stacks: and {len(hit.duplicates)} nearly the same")
    marks[hit.product_id] = st.container()
    with st.container(horizontal=True, gap="xsmall"):
        feedback.buttons(query, judged, hit.product_id, "hit")
        st.button(
            "Why",
            key=f"hit-why-{hit.product_id}",
            type="tertiary",
            help="Why it matched",
            on_click=hit_detail.ask_for,
            args=(hit.product_id,),
        )
    if hit_detail.asked_for(hit.product_id):
        hit_detail.why(catalogue.name, query, hit.product_id, f"hit {hit.rank}, score {hit.score:.3f}")
