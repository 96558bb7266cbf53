"""Map: the space that the search works in, seen from above."""

import streamlit as st

from core.errors import FashionSearchError
from core.export import safe_csv
from core.imaging.decode import EXTENSIONS
from core.maps.placement import AVERAGED, Placement, mean_preservation, place, select
from pages._shared.map import map_figure
from pages._shared.session import app_frame, cache, photo_intake, state
from pages._shared.session.errors import plain, sentence, shown_and_stopped
from pages._shared.widgets import hovercard, product_strip
from pages._shared.widgets.names import described

SELECTED, FORGOTTEN, CLOSE_UP, VIEW = "map-selected", "map-forgotten", "map-close-up", "map-view"
NEAREST = 12
MOST_RINGED = 300
PRODUCTS_A_PAGE = 12

NOT_SHOWN = """
The numbers behind a product are many, a map has two or three. t-SNE draws them so that close neighbours stay
close, and gives up the rest:

- **Far apart means little.** The distance between two islands does not say how different their products are.
- **Size and density mean nothing.** Crowded and sparse places are drawn alike.
- **Gaps can be made up**, and one kind of garment can be torn into several islands.
- **A nearest dot need not be a nearest product.** Search never uses the map; the lines show what it finds.
"""


def main() -> None:
    st.title("The catalogue as a map")
    with shown_and_stopped():
        catalogue = cache.catalogue(state.catalogue())
        maps = {kind: catalogue.map(state.extractor(), kind) for kind in ("2d", "3d", "trust")}
    if maps["2d"] is None:
        say_there_is_none(catalogue)
        return
    st.markdown(
        f"{len(catalogue):,} products, by {plain(described(state.extractor()))}. "
        "What looks alike to it lies close together. Point at a dot, or tap it, to see the product."
    )
    show(catalogue, maps)


def say_there_is_none(catalogue) -> None:
    drawn = [name for name in catalogue.extractors if catalogue.map(name, "2d") is not None]
    instead = f"Choose {' or '.join(map(described, drawn))} beside “Look by”. " if drawn else ""
    st.info(
        sentence(
            f"There is no map by {state.extractor()} in this catalogue. {instead}Maps are drawn by "
            f"`python -m core index DATA --name {catalogue.name} --force`, without `--no-map`."
        ),
        icon=":material/map:",
    )


def show(catalogue, maps) -> None:
    in_space, by, found = ask_what_to_show(catalogue, maps)
    positions = maps["3d" if in_space else "2d"]
    marked = state.Product(found[0]) if found else state.query()
    chart, beside = st.columns([3, 1], gap="medium")
    with beside:
        placed = None
        try:
            placed = show_marked(catalogue, positions, marked) if marked else None
        except FashionSearchError as error:
            # A mark that cannot be set takes nothing from the map itself.
            st.error(sentence(error), icon=":material/error:")
        show_trust(maps["trust"])
    near = placed is not None and st.session_state.get(CLOSE_UP, False)
    scene = " ".join(
        [catalogue.name, state.extractor(), f"{positions.shape[1]}-D", marked.key if near else "everywhere"]
    )
    with chart:
        figure = map_figure.figure(
            positions,
            catalogue.products,
            by,
            maps["trust"],
            found=[catalogue.row(product_id) for product_id in found[:MOST_RINGED]],
            placed=placed,
            called=called(catalogue, marked) if placed else "",
            near=near,
            frame=scene,
            view=view_of(scene, by),
        )
        st.plotly_chart(
            figure,
            key=chart_key(),
            on_select=remember_selection,
            selection_mode=("points", "box", "lasso"),
            config={"scrollZoom": True, "displayModeBar": True},
            alt=f"Map of {len(catalogue):,} products, coloured by {by.lower()}",
        )
        hovercard.follow(catalogue, chart_key())
        st.caption(" ".join(ways_about(in_space, by)))
    if placed:
        st.subheader("Its true nearest products")
        product_strip.shown(placed.ids, catalogue, "near", [f"score {score:.3f}" for score in placed.scores])
    with shown_and_stopped():
        show_selection(catalogue)


def ways_about(in_space: bool, by: str) -> list[str]:
    said = ["Turn it by dragging; it cannot be selected from."]
    if not in_space:
        said = ["Scroll to zoom, drag to move. Box and lasso, above on the right, select products."]
    if map_figure.tells_kinds_apart(by):
        said.append("A click in the legend hides a kind, a double click leaves it alone.")
    return said


def ask_what_to_show(catalogue, maps) -> tuple[bool, str, list[str]]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        in_space = False
        if maps["3d"] is not None:
            shape = st.segmented_control(
                "Map", ["2-D", "3-D"], default="2-D", required=True, key="map-shape", persist_state="session"
            )
            in_space = shape == "3-D"
        colourings = map_figure.colourings(catalogue.products, maps["trust"])
        by = st.selectbox("Colour by", colourings, key="map-by", persist_state="session", width=160)
        words = st.text_input(
            "Find on the map", key="map-words", placeholder="Name, class, colour or id", width=260
        )
        # A key of its own for each query: the popover closes once it has one.
        with st.popover(
            "Place a photo", icon=":material/add_photo_alternate:", key=f"map-new-{state.turn()}"
        ):
            ask_for_photo()
    found = cache.find_products(catalogue.name, words) if words else []
    if words and not found:
        st.info("No product has all these words. Try fewer of them.", icon=":material/search_off:")
    if len(found) > 1:
        ringed = f"{min(len(found), MOST_RINGED):,} of {len(found):,} found products are ringed"
        first = st.selectbox(
            f"{ringed}; marked is",
            found[: product_strip.CHOICES],
            key=f"map-which-{words}",
            format_func=lambda product_id: product_strip.called(catalogue, product_id),
        )
        found = [first, *(product_id for product_id in found if product_id != first)]
    return in_space, by, found


def ask_for_photo() -> None:
    given = st.file_uploader("Choose a picture", list(EXTENSIONS), key=f"map-photo-{state.turn()}")
    st.caption(
        "It becomes the query of the Search page too, stays in memory for this visit, is never stored."
    )
    photo_intake.take(given)


def show_marked(catalogue, positions, marked: state.Query) -> Placement:
    st.markdown("**Marked on the map**")
    own_row = None
    if isinstance(marked, state.Photo):
        st.image(cache.shown(cache.read_photo(marked)), width=120, alt="The picture looked for")
    else:
        own_row = catalogue.row(marked.product_id)
        with st.container(width=130):
            product_strip.card(marked.product_id, catalogue)
    with st.spinner("Placing it …"):
        nearest = cache.neighbours(catalogue.name, state.extractor(), marked, NEAREST)
    placed = place(positions, nearest, own_row=own_row)
    st.caption(" ".join(words_on(placed, isinstance(marked, state.Photo))))
    st.toggle("Close up", key=CLOSE_UP, persist_state="session", help="Shows the mark and its nearest alone.")
    if state.query() == marked:
        st.button("Take the mark away", on_click=state.ask, args=(None,))
    return placed


def called(catalogue, marked: state.Query) -> str:
    if isinstance(marked, state.Product):
        return product_strip.called(catalogue, marked.product_id)
    return "Your photo"


def words_on(placed: Placement, new: bool) -> list[str]:
    said = []
    if new:
        said.append(
            "The map was drawn without this picture. It stands where its "
            f"{min(AVERAGED, len(placed.ids))} nearest products are on average, each counted by its "
            "score."
        )
        if placed.scattered:
            said.append(
                "They lie far apart, so the mark stands between them: trust the lines, not the place."
            )
    said.append(f"Lines lead to its {len(placed.ids)} nearest products.")
    if placed.ids:
        said.append(f"{placed.kept} of them are also among the {len(placed.ids)} nearest dots.")
    if placed.not_drawn:
        said.append(f"{placed.not_drawn} more are not drawn on this map.")
    return said


def show_trust(trust) -> None:
    if trust is not None:
        st.metric("Neighbours the map keeps", f"{mean_preservation(trust):.0%}")
        st.caption(
            "Of a product's 15 nearest, the mean share that are among its 15 nearest dots of the 2-D map. "
            "Colour by “Trust” to see where it is high."
        )
    with st.popover("What it hides", icon=":material/help:"):
        st.markdown(NOT_SHOWN)


def chart_key() -> str:
    return f"map-{st.session_state.get(FORGOTTEN, 0)}"


def view_of(frame: str, by: str) -> dict:
    """Keep what the reader has moved to through new colours; not through reruns, which keep the chart."""
    of_frame, of_colour, view = st.session_state.get(VIEW, ("", "", {}))
    if of_frame != frame:
        view = {}
    elif of_colour != by:
        view = hovercard.view(chart_key(), frame) or view
    st.session_state[VIEW] = frame, by, view
    return view


def remember_selection() -> None:
    # A new mark or colour makes a new chart, whose own selection is empty; ours outlives it.
    points = st.session_state[chart_key()].selection.points
    st.session_state[SELECTED] = (state.catalogue(), map_figure.ids_of(points))


def forget_selection() -> None:
    st.session_state.pop(SELECTED, None)
    # Only a chart of another key comes without the outline of what was selected.
    st.session_state[FORGOTTEN] = st.session_state.get(FORGOTTEN, 0) + 1


def show_selection(catalogue) -> None:
    of_catalogue, ids = st.session_state.get(SELECTED, ("", []))
    if of_catalogue != catalogue.name or not ids:
        return
    chosen = select(catalogue.products, ids)
    n = len(chosen.products)
    st.subheader(f"{n:,} selected product{'s' if n != 1 else ''}")
    for heading, counts in (("Classes", chosen.classes), ("Colours", chosen.colours)):
        st.markdown(f"{heading}: {in_words(counts)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download as CSV",
            lambda: safe_csv(chosen.products),
            "selection.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button("Forget the selection", on_click=forget_selection, type="tertiary")
        pages = -(-n // PRODUCTS_A_PAGE)
        page = st.pagination(pages, key=f"map-page-{hash(tuple(ids))}") if pages > 1 else 1
    of_page = chosen.products["id"].iloc[(page - 1) * PRODUCTS_A_PAGE : page * PRODUCTS_A_PAGE]
    product_strip.shown(of_page.tolist(), catalogue, "selected")


def in_words(counts: dict[str, int], most: int = 8) -> str:
    named = [f"{plain(name)} {n:,}" for name, n in list(counts.items())[:most]]
    rest = sum(counts.values()) - sum(list(counts.values())[:most])
    return " · ".join(named + ([f"others {rest:,}"] if rest else []))


app_frame.required()
main()
