"""Search: a picture goes in, the products that look most like it come out, nearest first."""

import streamlit as st

from core.errors import FashionSearchError, ImageError
from core.images import EXTENSIONS
from core.search import Hit, SearchOptions, group_by_class
from pages._shared import hits, resources, scroll, state
from pages._shared.errors import plain, sentence, shown_and_stopped
from pages._shared.models import CLASSIFIER

PRODUCTS_A_PAGE = 12
PRIVACY = "Your photo stays in memory for this visit. It is never stored, and nobody else sees it."


def main() -> None:
    if not state.catalogue():
        st.error(
            "There is no catalogue yet. Make one of a folder of products with "
            "`python -m core index DATA --name NAME`, then reload this page.",
            icon=":material/error:",
        )
        return
    with shown_and_stopped():
        catalogue = resources.catalogue(state.catalogue())
    query = state.query()
    if query is None:
        landing(catalogue)
    else:
        results(catalogue, query)
    if state.turn():
        scroll.to_top(state.turn())


def landing(catalogue) -> None:
    st.title("Find clothes that look like your picture")
    st.markdown(
        f"Hand in a photo of a garment; of {len(catalogue.products):,} products, the most similar come back."
    )
    ask_for_photo()
    if ready_made := resources.ready_made(catalogue.name):
        st.subheader("No photo at hand? Try one of these")
        # One row, which a narrow screen scrolls sideways: the products below stay in reach.
        cells = st.grid(len(ready_made), min_column_width=84, wrap=False, gap="small")
        for path in ready_made:
            # Files are called by what they show: 3-jeans-on-a-bed.jpg
            shows = path.stem.lstrip("0123456789-").replace("-", " ").capitalize()
            with cells.cell():
                st.image(resources.picture(path), width="stretch", alt=shows)
                st.button(
                    "Try it",
                    key=f"ready-{path.name}",
                    help=f"Find products like this: {plain(shows)}",
                    on_click=start_with,
                    args=(path,),
                    width="stretch",
                )
    st.subheader("Or start from a product")
    pick_product(catalogue)


def ask_for_photo() -> None:
    source = st.segmented_control("Your photo", ["Upload", "Camera"], default="Upload", required=True)
    key = f"photo-{state.turn()}"
    if source == "Camera":
        given = st.camera_input("Take a photo", key=f"{key}-camera")
    else:
        given = st.file_uploader("Choose a picture", list(EXTENSIONS), key=key)
    st.caption(f":material/lock: {PRIVACY}")
    if given is not None:
        photo = state.Photo(given.name, given.getvalue())
        try:
            resources.read_photo(photo)
        except ImageError as error:
            st.error(sentence(error), icon=":material/error:")
        else:
            state.ask(photo)
            st.rerun()


def start_with(path) -> None:
    state.ask(state.Photo(path.name, path.read_bytes()))


def pick_product(catalogue) -> None:
    words = st.text_input("Name, brand, class, colour or id", key="words", placeholder="navy check shirt")
    found = resources.find_products(catalogue.name, words)
    if not found:
        st.info("No product has all these words. Try fewer of them.", icon=":material/search_off:")
        return
    pages = -(-len(found) // PRODUCTS_A_PAGE)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{len(found):,} products")
        page = st.pagination(pages, key=f"page-{words}") if pages > 1 else 1
    hits.shelf(found[(page - 1) * PRODUCTS_A_PAGE : page * PRODUCTS_A_PAGE], catalogue, "start")


def results(catalogue, query: state.Query) -> None:
    about, found = st.columns([1, 3], gap="medium")
    with about:
        st.button("New search", icon=":material/arrow_back:", on_click=state.ask, args=(None,))
        with shown_and_stopped():
            show_query(catalogue, query)
        named = st.container()
    with found:
        st.subheader("The products most like it")
        if stale := catalogue.stale(state.extractor()):
            st.warning(sentence(stale), icon=":material/update:")
        options, grouped = ask_for_options()
        with shown_and_stopped(), st.spinner("Looking …"):
            nearest = resources.find(catalogue.name, state.extractor(), query, options)
        shown = st.container()
    # The hits do not wait for the classifier, unless its answer orders them.
    if not grouped:
        with shown:
            show_hits(nearest, catalogue)
    with named, st.spinner("Naming its class …"):
        prediction = show_prediction(catalogue, query)
    if grouped:
        with shown:
            show_groups(nearest, catalogue, prediction)


def show_query(catalogue, query: state.Query) -> None:
    if isinstance(query, state.Photo):
        st.image(resources.shown(resources.read_photo(query)), width=240, alt="The picture looked for")
        return
    product = hits.product(catalogue, query.product_id)
    name = str(product["productDisplayName"])
    st.image(resources.picture(catalogue.images_dir / f"{query.product_id}.jpg"), width=240, alt=name)
    st.markdown(plain(name))
    st.caption(hits.facts(product))


def ask_for_options() -> tuple[SearchOptions, bool]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        top = st.select_slider("How many", [6, 12, 24, 48], 12, key="top", persist_state="session", width=180)
        least = st.slider(
            "Score at least",
            0.0,
            1.0,
            0.0,
            0.01,
            key="threshold",
            persist_state="session",
            width=220,
            help="1 is the same direction, 0 is nothing in common. At 0 every product counts.",
        )
        grouped = st.toggle("Group by class", key="grouped", persist_state="session")
    return SearchOptions(top=top, threshold=least or None), grouped


def show_prediction(catalogue, query: state.Query) -> resources.Prediction | None:
    try:
        prediction = resources.predict(catalogue.name, query)
    except FashionSearchError as error:
        st.warning(f"Its class is not named. {sentence(error)}", icon=":material/warning:")
        return None
    st.markdown(f"**{plain(prediction.label)}**, says {CLASSIFIER.upper()}")
    if not prediction.known:
        st.info("Probably none of these classes; this is the nearest guess.", icon=":material/help:")
    for label in by_probability(prediction):
        probability = prediction.probabilities[label]
        st.progress(probability, text=f"{plain(label)} · {probability:.1%}")
    return prediction


def show_hits(nearest: list[Hit], catalogue) -> None:
    if nearest:
        hits.grid(nearest, catalogue, "hit")
    else:
        st.info("No product scores that high. Lower the score to see the nearest.", icon=":material/tune:")


def show_groups(nearest: list[Hit], catalogue, prediction: resources.Prediction | None) -> None:
    groups = group_by_class(nearest, catalogue.products, by_probability(prediction))
    for label, members in groups.items():
        st.markdown(f"#### {plain(label or 'Class unknown')} · {len(members)}")
        hits.grid(members, catalogue, f"hit-{label}")
    if not groups:
        show_hits(nearest, catalogue)


def by_probability(prediction: resources.Prediction | None) -> list[str]:
    """The classes, the likeliest first; none where the query's class is not named."""
    probabilities = prediction.probabilities if prediction else {}
    return sorted(probabilities, key=probabilities.get, reverse=True)


main()
