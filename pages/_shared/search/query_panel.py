"""The query beside its hits: its picture, who says what it is, and what of it is searched with."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.gallery.stored_catalogue import StoredCatalogue
from core.models.consensus import JUDGE_NAMES
from core.models.names import CLASSIFIER
from core.retrieval.agreement import Judgement
from core.retrieval.verdicts.verdict import Verdict
from core.retrieval.verdicts.verdict_rules import Sureness
from pages._shared.search import crop, hit_detail, search_cache
from pages._shared.search.controls.address import read_address
from pages._shared.search.selection import select_part, turn_photo, turn_photo_further
from pages._shared.session import cache, state
from pages._shared.session.encoder import upright_photo
from pages._shared.session.errors import error_markdown, escape_markdown
from pages._shared.widgets import class_bars, product_grid, turning
from pages._shared.widgets.names import SURENESS_NAMES


@dataclass(frozen=True)
class QueryPanel:
    """Places to be filled while the page is drawn, most wanted first."""

    words: DeltaGenerator
    details: DeltaGenerator
    searched: state.VisitorQuery  # the query, or the part of it that is searched with


def draw_query(catalogue: StoredCatalogue, query: state.VisitorQuery) -> QueryPanel:
    """Draw the query and what chooses a part of it."""
    with st.container(key="query-panel"):
        # Above what is still looked for, so that it stays under the finger that aims at it.
        with st.container(horizontal=True, vertical_alignment="center", key="query-ways"):
            st.button("New search", icon=":material/arrow_back:", on_click=state.set_query, args=(None,))
            if (together := state.recent_batch(query)) is not None:
                called = f"All {len(together.photos)} pictures"
                st.button(called, icon=":material/view_list:", on_click=state.set_query, args=(together,))
            if isinstance(query, state.Photo):
                turning.draw_turn_button("query", turn_photo_further)
            with st.container(key="query-more", width="content"):
                st.toggle("Details", key="query-more-on")
        with st.container(key="query-strip"):
            picture = st.container(key="query-picture")
            garments, words = st.container(key="query-garments"), st.container(key="query-words")
        details = st.container(key="query-details")
    if isinstance(query, state.Photo):
        return QueryPanel(words, details, _draw_photo(query, picture, garments, details))
    _draw_product(catalogue, query, picture, details)
    return QueryPanel(words, details, query)


def _draw_photo(
    query: state.Photo, picture: DeltaGenerator, garments: DeltaGenerator, details: DeltaGenerator
) -> state.Photo:
    """Draw a photo, what it was turned by, and what chooses a part of it; give what is searched with."""
    with picture:
        at_photo = st.container(key="query-photo")
    with at_photo:
        shape = st.empty()
    with shape:
        crop.reserve_photo(query)
    with garments, st.spinner("Looking for garments …"):
        photo = upright_photo(query)
        with shape:
            crop.reserve_photo(photo)
        selection = select_part(photo)
    with at_photo:
        crop.draw_photo(selection)
    with garments:
        asked = query.turn is not None
        turning.draw_turn_line(photo.turn or 0, asked=asked, key="query", on_turn=turn_photo)
        crop.draw_garments(selection)
    with details:
        crop.draw_own_part(selection)
        if (info := query.info) is not None:
            st.caption(f"{info.format} · {info.width:,}×{info.height:,} · {info.n_bytes / 1024:,.0f} kB")
    return selection.searched


def _draw_product(
    catalogue: StoredCatalogue, query: state.Product, picture: DeltaGenerator, details: DeltaGenerator
) -> None:
    product = product_grid.product_row(catalogue, query.product_id)
    name = str(product["productDisplayName"])
    with picture:
        if uri := cache.picture_data_uri(catalogue.image_path(query.product_id)):
            st.image(uri, width=240, alt=name)
        else:
            st.caption("Its picture is missing.")
    with details:
        st.markdown(escape_markdown(name))
        st.caption(product_grid.product_facts(product))


def draw_words_panel() -> None:
    """Draw what stands beside the hits of words alone."""
    with st.container(key="query-panel"):
        st.markdown("## By words")
        st.caption("Hand in a photo of your own, or take one of these products, to see what looks like it.")
        st.button("New search", icon=":material/arrow_back:", on_click=state.set_query, args=(None,))


def draw_class(catalogue: StoredCatalogue, panel: QueryPanel) -> None:
    """Say what the query is, as far as anybody can."""
    with panel.words:
        with st.spinner("Naming its class …"):
            judged = _judgement(catalogue, panel.searched)
        if why := judged.absent.get(CLASSIFIER):
            st.warning(
                f"{JUDGE_NAMES[CLASSIFIER]} is not asked. {error_markdown(why)}", icon=":material/warning:"
            )
        if judged.verdict is None:
            return
        st.markdown(f"## {escape_markdown(judged.verdict.heading)}")
        with st.container(key="query-agreement"):
            _draw_agreement(judged.verdict)


def draw_details(catalogue: StoredCatalogue, panel: QueryPanel) -> None:
    """Show the colours of the query, and how probable each class is."""
    with panel.details:
        hit_detail.show_main_colours(search_cache.colours(catalogue.name, panel.searched))
        judged = _judgement(catalogue, panel.searched)
        # Where the verdict is another, the classifier's bars would contradict what stands above them.
        if judged.prediction and judged.verdict and judged.verdict.fits_classifier:
            class_bars.draw_class_bars(judged.prediction)


def _draw_agreement(verdict: Verdict) -> None:
    said = escape_markdown(verdict.sentence)
    if verdict.sureness is not Sureness.SURE:
        said = f"{SURENESS_NAMES[verdict.sureness]}. {said}"
    if verdict.doubted:
        st.caption(f":orange[:material/call_split: Not all agree]. {said}")
    else:
        icon = "how_to_reg" if verdict.conflict else "done_all"
        st.caption(f":material/{icon}: {said}")


def _judgement(catalogue: StoredCatalogue, query: state.VisitorQuery) -> Judgement:
    extractor = state.extractor_name()
    intimates = read_address(catalogue, extractor).values.intimates
    return search_cache.judgement(catalogue.name, extractor, query, intimates)
