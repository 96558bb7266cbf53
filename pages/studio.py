"""Studio: what a variational autoencoder is for, beyond search."""

from functools import partial

import numpy as np
import streamlit as st

from core.errors import ImageError
from core.gallery.stored_catalogue import StoredCatalogue
from core.generative.latent_space import MIN_PRODUCTS, Direction, contrasting_pair, learnable_classes
from core.imaging.decode import EXTENSIONS
from pages._shared.session import app_frame, cache, state, uploads
from pages._shared.session.encoder import upright_photo
from pages._shared.session.errors import error_markdown, escape_markdown, stop_on_error
from pages._shared.studio import vae_cache
from pages._shared.widgets import product_strip, turning

STEPS = 7
DESIGNS = 6
NEAREST = 3
DIRECTIONS = 6
REACH = 3.0
PICTURE_WIDTH, THUMBNAIL_WIDTH = 144, 96
SEED, RESETS = "studio-seed", "studio-turn"
ALL = "All products"


def main() -> None:
    st.title("Design studio")
    with stop_on_error():
        catalogue = cache.catalogue(state.catalogue_name())
        size = vae_cache.latent_size(catalogue.name)
    if stale := catalogue.stale(vae_cache.EXTRACTOR):
        st.warning(error_markdown(stale), icon=":material/history:")
    st.markdown(
        f"The VAE writes every picture down as {size} numbers and draws it again from them. So it can also "
        "draw what no shop has: something between two products, or a new one of a kind. These are sketches "
        "of 60×80 pixels, without faces or prints; beside each stands the nearest real product, and every "
        "one can be searched with."
    )
    room = st.segmented_control(
        "What to do",
        list(ROOMS),
        default=next(iter(ROOMS)),
        required=True,
        key="studio-room",
        persist_state="session",
    )
    with stop_on_error():
        ROOMS[room](catalogue, size)


def show_interpolation(catalogue: StoredCatalogue, size: int) -> None:
    st.markdown(
        "From one product to another in even steps. Above, what the VAE draws at each step; below, the real "
        "product nearest to it. Between start and end these two products are not shown again."
    )
    first, last = default_products(catalogue)
    left, right = st.columns(2)
    with left:
        first = product_strip.choose_product("From", catalogue, "walk-from", default=first)
    with right:
        last = product_strip.choose_product("To", catalogue, "walk-to", default=last)
    if first == last:
        st.info("Choose two different products.", icon=":material/info:")
        return
    sketches = vae_cache.interpolation(catalogue.name, first, last, steps=STEPS)
    product_strip.align_cards()
    with st.grid(STEPS, min_column_width=96, wrap=False, gap="small") as cells:
        for step, (sketch, before) in enumerate(zip(sketches, [None, *sketches[:-1]], strict=True)):
            with cells.cell():
                st.caption(step_title(step))
                show_drawing(sketch.picture, f"Drawn at step {step} of {STEPS - 1}")
                offer_search(sketch.picture, f"{first} to {last}, step {step}", f"walk-drawn-{step}")
                again = before is not None and before.near.ids == sketch.near.ids
                score = f"{sketch.near.scores[0]:.3f}"
                said = f"{score}, as before" if again else f"score {score}"
                product_strip.show_card(sketch.near.ids[0], catalogue, said)
                product_strip.offer_similar(sketch.near.ids[0], f"walk-{step}")


def step_title(step: int) -> str:
    return "Start" if step == 0 else "End" if step == STEPS - 1 else f"{step} of {STEPS - 1}"


def show_new_designs(catalogue: StoredCatalogue, size: int) -> None:
    labels = learnable_classes(catalogue.products)
    if not labels:
        st.info(f"No class has {MIN_PRODUCTS} products, too few to learn from.", icon=":material/info:")
        return
    st.session_state.setdefault(SEED, 1)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        label = st.selectbox(
            "New designs of", labels, key=f"studio-class-{catalogue.name}", width=200, persist_state="session"
        )
        variety = st.slider(
            "Variety",
            0.0,
            1.5,
            0.8,
            0.1,
            key="studio-variety",
            persist_state="session",
            width=220,
            help="0 draws the typical one, 1 differs as much as real ones do, more dares more.",
        )
        seed = st.number_input(
            "Seed",
            min_value=1,
            key=SEED,
            persist_state="session",
            width=130,
            help="The same number draws the same designs again.",
        )
        st.button("Draw others", icon=":material/refresh:", on_click=increment, args=(SEED,))
    sketches = vae_cache.new_designs(
        catalogue.name, label, DESIGNS, nearest=NEAREST, variety=variety, seed=int(seed)
    )
    n = vae_cache.count_learned_from(catalogue.name, label)
    st.caption(f"Learned from {n:,} {escape_markdown(label)}: their mean, and how they differ from it.")
    product_strip.align_cards()
    cells = st.grid(min_column_width=280, gap="medium", border=True)
    for number, sketch in enumerate(sketches, start=1):
        with cells.cell():
            with st.container(width=PICTURE_WIDTH):
                show_drawing(sketch.picture, f"New design {number} of the class {label}")
            offer_search(sketch.picture, f"{label} design {seed}-{number}", f"design-{number}")
            st.caption("Its nearest products")
            with st.container(horizontal=True, gap="small"):
                for product_id, score in zip(sketch.near.ids, sketch.near.scores, strict=True):
                    with st.container(width=THUMBNAIL_WIDTH):
                        product_strip.show_card(product_id, catalogue, f"score {score:.3f}")
                        product_strip.offer_similar(product_id, f"design-{number}-near")


def show_directions(catalogue: StoredCatalogue, size: int) -> None:
    st.markdown(
        f"A few sliders for {size} numbers: along these directions the products differ most. "
        "Each end is named by what stands out there."
    )
    chosen = product_strip.choose_product(
        "Start from", catalogue, "turn-from", default=default_products(catalogue)[0]
    )
    label = choose_directions(catalogue, chosen)
    along = vae_cache.directions(catalogue.name, label, DIRECTIONS)
    shown, sliders = st.columns([2, 3], gap="medium")
    with sliders:
        turn = st.session_state.get(RESETS, 0)
        amounts = [
            st.slider(
                f"{number}. {direction_title(direction)}",
                -REACH,
                REACH,
                0.0,
                0.25,
                format="%+.2f",
                key=f"turn-{turn}-{catalogue.name}-{chosen}-{label}-{number}",
                help=f"{direction.share:.0%} of all difference lies along it. Steps are standard deviations.",
            )
            for number, direction in enumerate(along, start=1)
        ]
        st.button("Back to the start", on_click=increment, args=(RESETS,))
    sketch = vae_cache.moved_design(
        catalogue.name, chosen, label, amounts=tuple(amounts), nearest=2 * NEAREST
    )
    with shown, st.container(horizontal=True, gap="small"):
        with st.container(width=PICTURE_WIDTH):
            product_strip.show_card(chosen, catalogue, "Start")
            product_strip.offer_similar(chosen, "turned-start")
        with st.container(width=PICTURE_WIDTH):
            st.caption("Drawn")
            show_drawing(sketch.picture, "What the VAE draws of the changed numbers")
            offer_search(sketch.picture, f"{chosen} varied", "turned-drawn")
    st.header("The real products nearest to it")
    product_strip.show_strip(
        sketch.near.ids, catalogue, "turned", above=[f"score {score:.3f}" for score in sketch.near.scores]
    )


def direction_title(direction: Direction) -> str:
    """Name a direction by its ends; where the same stands out at both, they differ in shape."""
    if direction.low == direction.high:
        return f"Shape ({escape_markdown(direction.low)} ⟷ {escape_markdown(direction.high)})"
    return f"{escape_markdown(direction.low)} ⟷ {escape_markdown(direction.high)}"


def choose_directions(catalogue: StoredCatalogue, product_id: str) -> str | None:
    """Ask whether a design is varied among its own class; None is among all products."""
    label = catalogue.products["articleType"].iloc[catalogue.row(product_id)]
    if label not in learnable_classes(catalogue.products):
        return None
    among = st.segmented_control(
        "Directions in which these differ",
        [label, ALL],
        default=label,
        required=True,
        key=f"turn-among-{label}",
        persist_state="session",
    )
    return None if among == ALL else label


def show_reconstruction(catalogue: StoredCatalogue, size: int) -> None:
    st.markdown(
        "What the VAE keeps of a picture, and what it lets go. It keeps cut and colour; prints and seams are "
        f"finer than its {size} numbers can say."
    )
    given = st.file_uploader("A picture of yours", list(EXTENSIONS), key="studio-photo")
    uploads.explain_blocked_uploads()
    query: state.VisitorQuery
    if given is None:
        query = state.Product(
            product_strip.choose_product(
                "Or a product", catalogue, "redraw-product", default=default_products(catalogue)[0]
            )
        )
    else:
        (photo,) = uploads.take_uploads([given], owner="studio")
        state.retain_photos("studio", [photo])
        query = photo.turned(turning.asked_turn(photo.key))
    try:
        if isinstance(query, state.Photo):
            query = show_turning(query)
        redrawn = vae_cache.reconstruction(catalogue.name, query)
    except ImageError as error:
        st.error(error_markdown(error), icon=":material/error:")
        return
    with st.container(horizontal=True, gap="medium"):
        for title, picture in (
            ("As it sees it", redrawn.seen),
            ("As it draws it", redrawn.drawn),
            ("Where they differ", redrawn.difference),
        ):
            with st.container(width=PICTURE_WIDTH):
                st.caption(title)
                show_drawing(picture, title)
    with st.container(horizontal=True, gap="medium"):
        offer_search(redrawn.drawn, "reconstruction", "redrawn", "Search with the reconstruction")
        if isinstance(query, state.Product):
            with st.container(width="content"):
                product_strip.offer_similar(query.product_id, "redrawn-product")
    st.caption(f"Colour values are off by {redrawn.error:.1%} of their range on average.")


def show_turning(photo: state.Photo) -> state.Photo:
    """Turn a photo back where it is likely turned, say so, and offer to turn it; gives it as it stands."""
    upright = upright_photo(photo)
    turning.draw_turning(
        upright.turn or 0,
        asked=photo.turn is not None,
        key="studio",
        on_turn=partial(turning.ask_for_turn, photo.turned(None).key),
    )
    return upright


ROOMS = {
    "Between two products": show_interpolation,
    "New designs": show_new_designs,
    "Vary a design": show_directions,
    "Reconstruct a picture": show_reconstruction,
}


def show_drawing(picture: np.ndarray, alt: str) -> None:
    st.image(cache.image_data_uri(picture), width="stretch", alt=alt)


def offer_search(drawing: np.ndarray, name: str, key: str, label: str = "Search with it") -> None:
    """Lead on to the Search page, with a drawing as if it were a photo."""
    if st.button(
        label,
        key=key,
        type="tertiary",
        on_click=uploads.query_by_picture,
        args=(name, drawing),
    ):
        product_strip.go_to_search()


def default_products(catalogue: StoredCatalogue) -> tuple[str, str]:
    """Take the query, if it is one of the products, or the first one; and the first of another class."""
    query = state.query()
    if isinstance(query, state.Product) and query.product_id in catalogue:
        return contrasting_pair(catalogue.products, query.product_id)
    return contrasting_pair(catalogue.products)


def increment(counter: str) -> None:
    st.session_state[counter] = st.session_state.get(counter, 0) + 1


app_frame.require_app()
main()
