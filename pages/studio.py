"""Studio: what a variational autoencoder is for, beyond search."""

import streamlit as st

from core import images, studio
from core.errors import ImageError
from pages._shared import frame, resources, state, strip
from pages._shared.errors import plain, sentence, shown_and_stopped

EXTRACTOR = "vae"
STEPS = 7
DESIGNS = 6
NEAREST = 3
DIRECTIONS = 6
REACH = 3.0
PICTURE_WIDTH, THUMBNAIL_WIDTH = 144, 78
SEED, TURN = "studio-seed", "studio-turn"


def main() -> None:
    if not state.catalogue():
        st.error(
            "There is no catalogue yet. Make one of a folder of products with "
            "`python -m core index DATA --name NAME`, then reload this page.",
            icon=":material/error:",
        )
        return
    st.title("Design studio")
    st.markdown(
        "The VAE writes every picture down as 128 numbers and draws it again from them. So it can also draw "
        "what no shop has: something between two products, or a new one of a kind. Look on what it draws as "
        "sketches; beside each stands the nearest product that is real."
    )
    with shown_and_stopped():
        catalogue = resources.catalogue(state.catalogue())
        index = resources.index(catalogue.name, EXTRACTOR)
        draws = resources.open_studio()
    room = st.segmented_control(
        "What to do", list(ROOMS), default=next(iter(ROOMS)), required=True, key="studio-room"
    )
    with shown_and_stopped():
        ROOMS[room](catalogue, index, draws)


def between_two(catalogue, index, draws) -> None:
    st.markdown(
        "From one product to another in even steps. Above, what the VAE draws on the way; below, the real "
        "product nearest to each step, the two ends left out in between."
    )
    first, last = two_to_start_with(catalogue)
    left, right = st.columns(2)
    with left:
        first = strip.choose("From", catalogue, "walk-from", first)
    with right:
        last = strip.choose("To", catalogue, "walk-to", last)
    if first == last:
        st.info("Choose two different products.", icon=":material/info:")
        return
    ends = draws.encode(resources.product_images(catalogue.name, [first, last]))
    way = studio.walk(*ends, STEPS)
    met = studio.nearest_on_the_way(index, way, [first, last])
    with st.grid(STEPS, min_column_width=96, wrap=False, gap="small") as cells:
        for step, (picture, near) in enumerate(zip(draws.decode(way), met, strict=True)):
            with cells.cell():
                st.caption(place_on_the_way(step))
                sketch(picture, f"Drawn at step {step} of {STEPS - 1}")
                strip.card(near.ids[0], catalogue, f"score {near.scores[0]:.3f}")


def new_designs(catalogue, index, draws) -> None:
    kinds = studio.classes_to_learn(catalogue.products)
    if not kinds:
        st.info(f"No class has {studio.FEWEST} products, too few to learn from.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        label = st.selectbox("New designs of", kinds, key="studio-class", width=200)
        variety = st.slider(
            "Variety",
            0.0,
            1.5,
            0.8,
            0.1,
            key="studio-variety",
            width=220,
            help="0 draws the typical one, 1 differs as much as real ones do, more dares more.",
        )
        st.button("Draw others", icon=":material/refresh:", on_click=next_turn, args=(SEED,))
    sample = resources.latent_sample(catalogue.name, label)
    latents = studio.invent(sample.latents, DESIGNS, variety, st.session_state.get(SEED, 0))
    st.caption(
        f"Learned from {len(sample.latents):,} {plain(label)}: their mean, and how they differ from it."
    )
    cells = st.grid(min_column_width=280, gap="medium", border=True)
    designs = zip(draws.decode(latents), index.search(latents, NEAREST), strict=True)
    for number, (picture, near) in enumerate(designs, start=1):
        with cells.cell():
            with st.container(width=PICTURE_WIDTH):
                sketch(picture, f"New design {number} of the class {label}")
            st.caption("Its nearest products")
            with st.container(horizontal=True, gap="small"):
                for product_id, score in zip(near.ids, near.scores, strict=True):
                    with st.container(width=THUMBNAIL_WIDTH):
                        strip.card(product_id, catalogue, f"score {score:.3f}")


def turn_about(catalogue, index, draws) -> None:
    st.markdown(
        "Six sliders for 128 numbers: along these directions the catalogue's products differ most. Each end "
        "is named by what stands out there."
    )
    chosen = strip.choose("Start from", catalogue, "turn-from", two_to_start_with(catalogue)[0])
    along = resources.directions(catalogue.name)[:DIRECTIONS]
    start = draws.encode(resources.product_images(catalogue.name, [chosen]))[0]
    shown, sliders = st.columns([2, 3], gap="large")
    with sliders:
        turn = st.session_state.get(TURN, 0)
        amounts = [
            st.slider(
                f"{number}. {plain(direction.low)} ⟷ {plain(direction.high)}",
                -REACH,
                REACH,
                0.0,
                0.25,
                format="%+.2f",
                key=f"turn-{turn}-{chosen}-{number}",
                help=f"{direction.share:.0%} of all difference lies along it. Steps are standard deviations.",
            )
            for number, direction in enumerate(along, start=1)
        ]
        st.button("Back to the start", on_click=next_turn, args=(TURN,))
    latent = studio.moved(start, along, amounts)
    with shown, st.container(horizontal=True, gap="small"):
        with st.container(width=PICTURE_WIDTH):
            strip.card(chosen, catalogue, "Start")
        with st.container(width=PICTURE_WIDTH):
            st.caption("Drawn")
            sketch(draws.decode(latent[None])[0], "What the VAE draws of the numbers turned about")
    near = index.search(latent, 2 * NEAREST)[0]
    st.markdown("**The real products nearest to it**")
    strip.shown(near.ids, catalogue, "turned", [f"score {score:.3f}" for score in near.scores])


def redraw(catalogue, index, draws) -> None:
    st.markdown(
        "What the VAE keeps of a picture, and what it lets go. It keeps cut and colour; prints and seams are "
        "finer than its 128 numbers can say."
    )
    given = st.file_uploader("A picture of yours", list(images.EXTENSIONS), key="studio-photo")
    if given is None:
        chosen = strip.choose("Or a product", catalogue, "redraw-product", two_to_start_with(catalogue)[0])
        image = resources.product_images(catalogue.name, [chosen])[0]
    else:
        try:
            image = resources.read_photo(state.Photo(given.name, given.getvalue()))
        except ImageError as error:
            st.error(sentence(error), icon=":material/error:")
            return
    redrawn = draws.redraw(image)
    with st.container(horizontal=True, gap="medium"):
        for title, picture in (
            ("As it sees it", redrawn.seen),
            ("As it draws it", redrawn.drawn),
            ("Where they differ", redrawn.difference),
        ):
            with st.container(width=PICTURE_WIDTH):
                st.caption(title)
                sketch(picture, title)
    st.caption(f"Colour values are off by {redrawn.error:.1%} of their range on average.")


ROOMS = {
    "Between two products": between_two,
    "New designs": new_designs,
    "Turn a design about": turn_about,
    "Redraw a picture": redraw,
}


def sketch(picture, alt: str) -> None:
    st.image(resources.shown(picture), width="stretch", alt=alt)


def place_on_the_way(step: int) -> str:
    return "Start" if step == 0 else "End" if step == STEPS - 1 else f"{step} of {STEPS - 1}"


def two_to_start_with(catalogue) -> tuple[str, str]:
    """Take the query, if it is a product, or the first one; and the first of another class."""
    products = catalogue.products
    query = state.query()
    first = products["id"].iloc[0]
    if isinstance(query, state.Product) and query.product_id in catalogue:
        first = query.product_id
    others = products["id"][products["articleType"] != products["articleType"][catalogue.row(first)]]
    return first, others.iloc[0] if len(others) else products["id"].iloc[-1]


def next_turn(counter: str) -> None:
    st.session_state[counter] = st.session_state.get(counter, 0) + 1


frame.required()
main()
