"""Search: a picture goes in, the products that look most like it come out, nearest first."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from core import images
from core.engine import Prediction
from core.errors import FashionSearchError
from core.export import safe_csv
from core.images import EXTENSIONS
from core.search import Hit, group_by_class
from core.verdict import judge
from pages._shared import (
    asking,
    choices,
    detail,
    frame,
    hits,
    parts,
    resources,
    scroll,
    searching,
    state,
    thumbs,
)
from pages._shared.errors import plain, sentence, shown_and_stopped
from pages._shared.judges import NAMES
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
        asking.ready_made_row(
            ready_made, "ready", "Find products like this: {}", start_with, lambda path: (path,)
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
    asking.take(given)


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
            query = parts.searched(query)
            detail.swatches(searching.colours(catalogue.name, query))
        named = st.container()
    given = thumbs.given(query)
    with found:
        st.subheader("The products most like it")
        if stale := catalogue.stale(state.extractor()):
            st.warning(sentence(stale), icon=":material/update:")
        with shown_and_stopped(), st.spinner("Looking …"):
            chosen = choices.ask(catalogue, query, given)
            nearest = find_page(catalogue, query, chosen)
        shown = st.container()
    # The hits do not wait for the classifier, unless its answer orders them.
    if not chosen.grouped:
        with shown:
            show_hits(nearest, catalogue, query)
    with named, st.spinner("Naming its class …"):
        prediction = show_prediction(catalogue, query)
    if chosen.grouped:
        with shown:
            show_groups(nearest, catalogue, query, prediction)


def find_page(catalogue, query: state.Query, chosen: choices.Choices) -> list[Hit]:
    given, options = thumbs.given(query), chosen.options
    found = searching.find(catalogue.name, state.extractor(), query, options, chosen.weights, given)
    pages = 1 if options.fold else -(-found.total // options.top)
    thumbs.bar(query)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(choices.summary(found.total, chosen))
        if pages > 1:
            # Another question starts at its first page.
            key = f"hits-{query.key}-{state.extractor()}-{options}-{chosen.weights}-{given}"
            page = st.pagination(pages, key=key, max_visible_pages=5)
            if page > 1:
                options = replace(options, offset=(page - 1) * options.top)
                found = searching.find(
                    catalogue.name, state.extractor(), query, options, chosen.weights, given
                )
        st.download_button(
            "CSV",
            lambda: safe_csv(searching.table(catalogue.name, found.hits)),
            "hits.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="These hits as a table, safe to open in a spreadsheet",
            disabled=not found.hits,
        )
    return found.hits


def show_query(catalogue, query: state.Query) -> None:
    if isinstance(query, state.Photo):
        place = st.container()
        info = images.read_info(query.data, name=query.name)
        st.caption(f"{info.format} · {info.width:,}×{info.height:,} · {info.n_bytes / 1024:,.0f} kB")
        parts.ask(query)
        # Drawn last, when the part is known, and shown first.
        place.image(resources.shown(parts.shown(query)), width=240, alt="The picture looked for")
        return
    product = hits.product(catalogue, query.product_id)
    name = str(product["productDisplayName"])
    st.image(resources.picture(catalogue.images_dir / f"{query.product_id}.jpg"), width=240, alt=name)
    st.markdown(plain(name))
    st.caption(hits.facts(product))


def show_prediction(catalogue, query: state.Query) -> resources.Prediction | None:
    try:
        prediction = resources.predict(catalogue.name, query)
    except FashionSearchError as error:
        st.warning(f"Its class is not named. {sentence(error)}", icon=":material/warning:")
        return None
    st.markdown(f"**{plain(prediction.label)}**, says {CLASSIFIER.upper()}")
    if not prediction.known:
        st.info("Probably none of these classes; this is the nearest guess.", icon=":material/help:")
        if searching.nothing_close(catalogue.name, state.extractor(), query):
            st.warning(
                "Nothing in the catalogue is close. The hits are the nearest there are.",
                icon=":material/search_off:",
            )
    for label in by_probability(prediction):
        probability = prediction.probabilities[label]
        st.progress(probability, text=f"{plain(label)} · {probability:.1%}")
    show_agreement(catalogue, query, prediction)
    return prediction


def show_agreement(catalogue, query: state.Query, prediction: resources.Prediction) -> None:
    first = Prediction(CLASSIFIER, prediction.label, prediction.probabilities, prediction.known)
    others = searching.second_opinions(catalogue.name, state.extractor(), query)
    verdict = judge([first, *others])
    if verdict.conflict:
        said = "; ".join(f"{NAMES[who]} says {what}" for who, what in verdict.differing.items())
        st.warning(f"Not all agree: {plain(said)}.", icon=":material/call_split:")
    else:
        who = " and ".join(NAMES[said.model] for said in others)
        st.caption(f":material/done_all: {who} {'agrees' if len(others) == 1 else 'agree'}.")


def show_hits(nearest: list[Hit], catalogue, query: state.Query) -> None:
    if nearest:
        hits.grid(nearest, catalogue, "hit", foot(nearest, catalogue, query, "hit"))
    else:
        st.info(
            "No product scores that high or passes the filters. Lower the score, or take a filter off.",
            icon=":material/tune:",
        )


def foot(nearest: list[Hit], catalogue, query: state.Query, key: str) -> Callable[[Hit], None]:
    """Give what draws the foot of a hit's card: near-duplicates, thumbs, and why it matched."""
    twins = searching.twins(catalogue.name, state.extractor(), nearest, choices.NEARLY_THE_SAME)
    rank_of = {hit.product_id: hit.rank for hit in nearest}

    def draw(hit: Hit) -> None:
        if hit.duplicates:
            st.caption(f":material/stacks: and {len(hit.duplicates)} nearly the same")
        if twin := twins.get(hit.product_id):
            st.caption(f":material/stacks: nearly the same as {rank_of[twin]}")
        with st.container(horizontal=True, gap="xsmall"):
            thumbs.buttons(query, hit.product_id, key)
            st.button(
                "Why",
                key=f"{key}-why-{hit.product_id}",
                type="tertiary",
                help="Why it matched",
                on_click=detail.ask_for,
                args=(hit.product_id,),
            )
        if detail.asked_for(hit.product_id):
            detail.why(catalogue.name, query, hit.product_id, f"hit {hit.rank}, score {hit.score:.3f}")

    return draw


def show_groups(
    nearest: list[Hit], catalogue, query: state.Query, prediction: resources.Prediction | None
) -> None:
    groups = group_by_class(nearest, catalogue.products, by_probability(prediction))
    for label, members in groups.items():
        st.markdown(f"#### {plain(label or 'Class unknown')} · {len(members)}")
        hits.grid(members, catalogue, f"hit-{label}", foot(nearest, catalogue, query, f"hit-{label}"))
    if not groups:
        show_hits(nearest, catalogue, query)


def by_probability(prediction: resources.Prediction | None) -> list[str]:
    """The classes, the likeliest first; none where the query's class is not named."""
    probabilities = prediction.probabilities if prediction else {}
    return sorted(probabilities, key=probabilities.get, reverse=True)


frame.required()
main()
