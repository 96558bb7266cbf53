"""The query of pages that show several methods: that of the Search page, or one handed in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import FashionSearchError
from core.gallery.catalogue_list import ready_made_queries
from core.gallery.milvus.engine_choice import LOCAL
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.decode import EXTENSIONS
from core.models.compared.methods import Distance, by_distance, ordering_distances
from pages._shared.search import origin, phone_layout, query_panel
from pages._shared.session import app_frame, cache, query_params, state, uploads
from pages._shared.session.errors import error_markdown, escape_markdown, stop_on_error
from pages._shared.widgets import clipboard, product_strip, scroll
from pages._shared.widgets.names import DISTANCE_NAMES, method_name

MOST_CHOSEN = 6
"""Methods that are chosen of their own accord: more are slow to look through."""


@dataclass(frozen=True)
class QueryOfMethods:
    """What several methods are to look for, and the room beside its picture."""

    catalogue: StoredCatalogue
    searched: state.VisitorQuery
    beside: DeltaGenerator


def begin_page(title: str, about: str, *, key: str) -> QueryOfMethods | None:
    """Draw what pages of several methods begin with: the title, and the query or what asks for one.

    Parameters
    ----------
    title : str
    about : str
        What the page is for, where there is no query yet.
    key : str
        Of the page, for what asks for a query.

    Returns
    -------
    QueryOfMethods or None
        None where there is no query yet: nothing more is drawn.
    """
    st.title(title)
    catalogue, query = _open_query()
    if query is None:
        st.markdown(f"{about} Hand in a picture or take a product.")
        _ask_for_query(catalogue, key)
        return None
    picture, beside = st.columns([1, 3], gap="medium")
    with picture, stop_on_error():
        searched = query_panel.draw_query(catalogue, query).searched
    return QueryOfMethods(catalogue, searched, beside)


def _open_query() -> tuple[StoredCatalogue, state.VisitorQuery | None]:
    """Open the catalogue, and give the query that the address or the Search page names."""
    with stop_on_error():
        catalogue = cache.catalogue(state.catalogue_name())
    if app_frame.came_from_another_page():
        query_params.keep_after_navigation()
    state.follow_address()
    phone_layout.apply_phone_layout()
    origin.follow_catalogue(catalogue)
    scroll.to_top(state.query_count())
    return catalogue, state.query()


def _ask_for_query(catalogue: StoredCatalogue, key: str) -> None:
    """Ask for a picture or a product; it becomes the query of the Search page too."""
    if problem := state.query_problem():
        st.info(problem, icon=":material/link_off:")
    for problem in origin.take_problems():
        st.warning(error_markdown(problem), icon=":material/link_off:")
    if state.query_batch() is not None:
        st.info("The Search page holds several pictures; here one is looked at.", icon=":material/info:")
    given = st.file_uploader("Choose a picture", list(EXTENSIONS), key=f"{key}-photo-{state.query_count()}")
    uploads.explain_blocked_uploads()
    _take_pasted()
    st.caption(f":material/lock: It becomes the query of the Search page too. {uploads.PRIVACY}")
    uploads.query_by_upload(given)
    if ready_made := ready_made_queries(catalogue.name):
        st.header("No picture at hand? Try one of these")
        uploads.show_ready_made_row(
            ready_made, key, "Take this picture: {}", _start_with, lambda path: (path,)
        )
    st.header("Or take a product")
    product_id = product_strip.choose_product(
        "Product", catalogue, f"{key}-product", default=str(catalogue.products["id"].iloc[0])
    )
    with st.container(width=140):
        product_strip.show_card(product_id, catalogue)
    st.button("Take this product", on_click=state.set_query, args=(state.Product(product_id),))


def choose_methods(catalogue: StoredCatalogue) -> list[str]:
    """Ask for the methods, and their distances; the first few of the catalogue's unless told otherwise."""
    methods = list(catalogue.extractors)
    chosen: list[str] = st.pills(
        "Methods",
        methods,
        default=methods[:MOST_CHOSEN],
        selection_mode="multi",
        format_func=method_name,
        key=f"methods-{catalogue.name}",
        persist_state="session",
    )
    for stale in filter(None, map(catalogue.stale, chosen)):
        st.warning(error_markdown(stale), icon=":material/update:")
    return _by_their_distances([method for method in methods if method in chosen], catalogue)


def _by_their_distances(methods: list[str], catalogue: StoredCatalogue) -> list[str]:
    """Ask by which distances methods that have several are compared; what the sidebar says comes first."""
    several = {method: ordering_distances(method) for method in methods}
    several = {method: distances for method, distances in several.items() if len(distances) > 1}
    if not several or catalogue.engine != LOCAL:
        return methods
    by = {method: [Distance.COSINE] for method in methods}
    with st.popover("Distances", icon=":material/straighten:"):
        for method, distances in several.items():
            looked_by = state.distance() if method == state.extractor_name() else Distance.COSINE
            chosen: list[str] = st.pills(
                method_name(method),
                [distance.value for distance in distances],
                default=[looked_by.value],
                selection_mode="multi",
                format_func=DISTANCE_NAMES.__getitem__,
                key=f"distances-{method}-{catalogue.name}",
                persist_state="session",
            )
            by[method] = [distance for distance in distances if distance in chosen] or [Distance.COSINE]
    return [by_distance(method, distance) for method in methods for distance in by[method]]


def show_problems(problems: Sequence[tuple[str, str]]) -> None:
    """Say of methods that cannot be asked why."""
    for method, problem in problems:
        st.warning(
            f"{escape_markdown(method_name(method))} is not asked. {error_markdown(problem)}",
            icon=":material/warning:",
        )


def _start_with(path: Path) -> None:
    state.set_query(state.ready_made_photo(path.name))


def _take_pasted() -> None:
    try:
        pasted = clipboard.take_pasted_photos(f"paste-{state.query_count()}", button=True)
    except FashionSearchError as error:
        st.error(error_markdown(error), icon=":material/error:")
    else:
        uploads.query_by_photos([state.Photo.take(name, data) for name, data in pasted])
