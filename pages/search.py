"""Search: a picture goes in, the products that look most like it come out, nearest first."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.catalogue.import_report import count_text
from core.errors import FashionSearchError
from core.gallery.catalogue_list import ready_made_queries
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.decode import EXTENSIONS
from pages._shared.search import batch, origin, phone_layout, query_panel, results
from pages._shared.search.controls import chips, words_box
from pages._shared.search.controls.address import WORD, read_address
from pages._shared.session import app_frame, cache, query_params, state, uploads
from pages._shared.session.errors import error_markdown, stop_on_error
from pages._shared.widgets import clipboard, product_grid, scroll

PRODUCTS_A_PAGE = 12


def main() -> None:
    with stop_on_error():
        catalogue = cache.catalogue(state.catalogue_name())
    if app_frame.came_from_another_page():
        query_params.restore_after_navigation()
    state.follow_address()
    phone_layout.apply_phone_layout()
    origin.follow_catalogue(catalogue)
    with place_of_query():
        show(catalogue)


def place_of_query() -> DeltaGenerator:
    """Give the place of the query on the page, after emptying that of the query before it.

    What a browser shows stays until something takes its place: the start page would stand below the photo,
    greyed, for as long as the models are loaded. So queries take turns between two places.
    """
    if state.query_count() % 2:
        st.empty()
        return st.container()
    mine = st.container()
    st.empty()
    return mine


def show(catalogue: StoredCatalogue) -> None:
    if (asked := state.query_batch()) is not None:
        batch.show_batch(catalogue, asked)
    elif (query := state.query()) is not None:
        show_query(catalogue, query)
    elif query_params.read(WORD):
        show_words(catalogue)
    else:
        show_landing(catalogue)
        return
    # On the first page the button that pastes stands beside the other ways to hand in a picture.
    take_pasted(button=False)
    scroll.to_top(state.query_count())


def show_landing(catalogue: StoredCatalogue) -> None:
    st.title("Find clothes that look like your picture")
    products = count_text(len(catalogue), "product")
    st.markdown(f"Hand in a photo of a garment; of {products}, the most similar come back.")
    if problem := state.query_problem():
        st.info(problem, icon=":material/link_off:")
    for problem in origin.take_problems():
        st.warning(error_markdown(problem), icon=":material/link_off:")
    ask_for_photos()
    ask_for_words(catalogue)
    if ready_made := ready_made_queries(catalogue.name):
        st.header("No photo at hand? Try one of these")
        uploads.show_ready_made_row(
            ready_made, "ready", "Find products like this: {}", start_with, lambda path: (path,)
        )
    st.header("Or start from a product")
    pick_product(catalogue)


def ask_for_photos() -> None:
    source = st.segmented_control("Your photo", ["Upload", "Camera"], default="Upload", required=True)
    key = f"photo-{state.query_count()}"
    uploads.explain_blocked_uploads()
    if source == "Camera":
        with st.container(key="camera-needs-https"):
            st.info(
                "Browsers give a camera only to pages that come over https, or from this machine itself. "
                "Choose Upload: a phone offers its camera there too.",
                icon=":material/no_photography:",
            )
        with st.container(key="camera"):
            given = st.camera_input("Take a photo", key=f"{key}-camera")
        files = [given] if given else []
    else:
        files = st.file_uploader(
            "Choose a picture, or several", list(EXTENSIONS), accept_multiple_files=True, key=key
        )
    take_pasted(button=True)
    st.caption(f":material/lock: {uploads.PRIVACY}")
    uploads.query_by_photos(uploads.take_uploads(files))


def take_pasted(*, button: bool) -> None:
    try:
        pasted = clipboard.take_pasted_photos(f"paste-{state.query_count()}", button=button)
    except FashionSearchError as error:
        st.error(error_markdown(error), icon=":material/error:")
    else:
        uploads.query_by_photos([state.Photo.take(name, data) for name, data in pasted])


def start_with(path: Path) -> None:
    state.set_query(state.ready_made_photo(path.name))


def ask_for_words(catalogue: StoredCatalogue) -> None:
    """Ask for words in place of a photo, and show what of an earlier search is still set."""
    st.header("Or say what you look for")
    words_box.draw_words_box(
        catalogue,
        key="start",
        label="Class, colour, brand, pattern or product id",
        placeholder="red dress, striped tee, a brand or a product's id",
    )
    words_box.draw_unknown_words(catalogue, key="start")
    address = read_address(catalogue, state.extractor_name())
    if chips.chips_of(address.values):
        st.caption("Still set from before, for the next search:")
    chips.draw_chips(address, key="start", on_hits=False)


def pick_product(catalogue: StoredCatalogue) -> None:
    product_ids = catalogue.products["id"]
    pages = -(-len(product_ids) // PRODUCTS_A_PAGE)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(count_text(len(product_ids), "product"))
        page = st.pagination(pages, key=f"page-{catalogue.name}") if pages > 1 else 1
    first = (page - 1) * PRODUCTS_A_PAGE
    product_grid.show_products(product_ids[first : first + PRODUCTS_A_PAGE], catalogue, "start")


def show_words(catalogue: StoredCatalogue) -> None:
    about, beside = st.columns([1, 3], gap="medium")
    with about:
        query_panel.draw_words_panel()
    with beside:
        results.show_results(catalogue.name, None, state.query_count())


def show_query(catalogue: StoredCatalogue, query: state.VisitorQuery) -> None:
    about, beside = st.columns([1, 3], gap="medium")
    with about, stop_on_error():
        shown = query_panel.draw_query(catalogue, query)
    # The hits first: those of a product wait for no model.
    with beside:
        results.show_results(catalogue.name, shown.searched, state.query_count())
    query_panel.draw_class(catalogue, shown)
    with stop_on_error():
        query_panel.draw_details(catalogue, shown)


app_frame.require_app()
main()
