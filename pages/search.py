"""Search: a picture goes in, the products that look most like it come out, nearest first."""

import streamlit as st

from core.errors import FashionSearchError
from core.imaging.decode import EXTENSIONS
from pages._shared.search import batch, phone_layout, query_panel
from pages._shared.search import results as found
from pages._shared.session import app_frame, cache, photo_intake, query_params, state
from pages._shared.session.errors import sentence, shown_and_stopped
from pages._shared.widgets import clipboard, keyboard_focus, product_grid, scroll

PRODUCTS_A_PAGE = 12
PRIVACY = "Your photo stays in memory for this visit. It is never stored, and nobody else sees it."


def main() -> None:
    with shown_and_stopped():
        catalogue = cache.catalogue(state.catalogue())
    if app_frame.arrived():
        query_params.restore()
    state.follow()
    phone_layout.style()
    if (asked := state.several()) is not None:
        batch.show(catalogue, asked)
    elif (query := state.query()) is not None:
        results(catalogue, query)
    else:
        landing(catalogue)
        return
    # On the first page the button that pastes stands beside the other ways to hand in a picture.
    take_pasted(button=False)
    scroll.to_top(state.turn())


def landing(catalogue) -> None:
    st.title("Find clothes that look like your picture")
    st.markdown(
        f"Hand in a photo of a garment; of {len(catalogue.products):,} products, the most similar come back."
    )
    if problem := state.problem():
        st.info(problem, icon=":material/link_off:")
    ask_for_photos()
    if ready_made := cache.ready_made(catalogue.name):
        st.subheader("No photo at hand? Try one of these")
        photo_intake.ready_made_row(
            ready_made, "ready", "Find products like this: {}", start_with, lambda path: (path,)
        )
    st.subheader("Or start from a product")
    pick_product(catalogue)


def ask_for_photos() -> None:
    source = st.segmented_control("Your photo", ["Upload", "Camera"], default="Upload", required=True)
    key = f"photo-{state.turn()}"
    if source == "Camera":
        given = st.camera_input("Take a photo", key=f"{key}-camera")
        files = [given] if given else []
    else:
        files = st.file_uploader(
            "Choose a picture, or several", list(EXTENSIONS), accept_multiple_files=True, key=key
        )
    take_pasted(button=True)
    st.caption(f":material/lock: {PRIVACY}")
    photo_intake.take_all([state.Photo(file.name, file.getvalue()) for file in files])


def take_pasted(*, button: bool) -> None:
    try:
        pasted = clipboard.listen(f"paste-{state.turn()}", button=button)
    except FashionSearchError as error:
        st.error(sentence(error), icon=":material/error:")
    else:
        photo_intake.take_all(pasted)


def start_with(path) -> None:
    state.ask(state.ready_made(path.name))


def pick_product(catalogue) -> None:
    words = st.text_input("Name, brand, class, colour or id", key="words", placeholder="navy check shirt")
    matching = cache.find_products(catalogue.name, words)
    if not matching:
        st.info("No product has all these words. Try fewer of them.", icon=":material/search_off:")
        return
    pages = -(-len(matching) // PRODUCTS_A_PAGE)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{len(matching):,} products")
        page = st.pagination(pages, key=f"page-{words}") if pages > 1 else 1
    product_grid.shelf(matching[(page - 1) * PRODUCTS_A_PAGE : page * PRODUCTS_A_PAGE], catalogue, "start")


def results(catalogue, query: state.Query) -> None:
    about, beside = st.columns([1, 3], gap="medium")
    with about, shown_and_stopped():
        shown = query_panel.ask(catalogue, query)
    # The hits first: those of a product wait for no model.
    with beside:
        found.show(catalogue, shown.searched, state.turn())
    query_panel.name(catalogue, shown)
    with shown_and_stopped():
        query_panel.describe(catalogue, shown)
    keyboard_focus.follow()


app_frame.required()
main()
