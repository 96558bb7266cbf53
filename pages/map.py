"""Map: the space that the search works in, seen from above."""

import numpy as np
import streamlit as st

from core.catalogue.import_report import count_text
from core.errors import FashionSearchError
from core.gallery.catalogue_files import MAPS
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.decode import EXTENSIONS
from core.maps.placement import (
    Placement,
    drawn_rows,
    mean_preservation,
)
from pages._shared.map import map_access, map_figure, map_query, map_selection
from pages._shared.session import app_frame, cache, state, uploads
from pages._shared.session.errors import error_markdown, escape_markdown, show_error, stop_on_error
from pages._shared.session.stores import private_digest
from pages._shared.widgets import hovercard, product_strip
from pages._shared.widgets.names import extractor_title

MOST_RINGED = 300
MOST_KINDS = 6
"""Kinds that are given colours of their own: each takes that of another."""

Maps = dict[str, np.ndarray]
"""Kind of map, of those that there are, to positions (n, 2) or (n, 3), or shares of neighbours kept (n,)."""

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
    with stop_on_error():
        catalogue = cache.catalogue(state.catalogue_name())
    maps = usable_maps(catalogue)
    if "2d" not in maps:
        show_no_map(catalogue)
        return
    products = count_text(len(catalogue), "product")
    st.markdown(
        f"{products}, by {escape_markdown(extractor_title(state.extractor_name()))}. "
        "What looks alike to it lies close together. Point at a dot, or tap it, to see the product."
    )
    show_map(catalogue, maps)


def usable_maps(catalogue: StoredCatalogue) -> Maps:
    maps: Maps = {}
    for kind in MAPS:
        try:
            if (drawn := catalogue.map(state.extractor_name(), kind)) is not None:
                maps[kind] = drawn
        except FashionSearchError as error:
            # One that is lost takes nothing from the others.
            st.error(error_markdown(error), icon=":material/error:")
    return maps


def show_no_map(catalogue: StoredCatalogue) -> None:
    drawn = [name for name in catalogue.extractors if has_map(catalogue, name)]
    instead = f"Choose {' or '.join(map(extractor_title, drawn))} beside “Look by”. " if drawn else ""
    st.info(
        error_markdown(
            f"There is no map by {state.extractor_name()} in this catalogue. {instead}Maps are drawn by "
            f"`python -m core index DATA --name {catalogue.name} --force`, without `--no-map`."
        ),
        icon=":material/map:",
    )


def has_map(catalogue: StoredCatalogue, extractor: str) -> bool:
    try:
        return catalogue.map(extractor, "2d") is not None
    except FashionSearchError:
        return False


def show_map(catalogue: StoredCatalogue, maps: Maps) -> None:
    in_space, by, found = choose_view(catalogue, maps)
    kinds = choose_kinds(catalogue, by)
    positions, preservation = maps["3d" if in_space else "2d"], maps.get("trust")
    if in_space:
        say_sampled(positions)
    marked = state.Product(found[0]) if found else map_query.query_to_mark(catalogue)
    chart, beside = st.columns([3, 1], gap="medium")
    with beside:
        with stop_on_error():
            map_selection.show_selection(catalogue)
        placed: Placement | None = None
        try:
            placed = map_query.show_marked(catalogue, positions, marked) if marked else None
        except FashionSearchError as error:
            # A mark that cannot be set takes nothing from the map itself.
            show_error(error, key="mark")
        show_preservation(preservation)
    near = placed is not None and st.session_state.get(map_query.CLOSE_UP, False)
    scene = " ".join(
        [
            catalogue.name,
            state.extractor_name(),
            f"{positions.shape[1]}-D",
            marked.key if marked and near else "everywhere",
        ]
    )
    products = count_text(len(catalogue), "product")
    with chart:
        figure = map_figure.build_figure(
            positions,
            catalogue.products,
            by,
            preservation=preservation,
            kinds=kinds,
            ringed=[catalogue.row(product_id) for product_id in found[:MOST_RINGED]],
            placed=placed,
            title=map_query.mark_title(catalogue, marked) if marked and placed else "",
            near=near,
            frame=scene,
            view=map_selection.view_of(scene, by),
        )
        st.session_state[map_selection.FIRST_VIEW] = map_selection.first_view(figure)
        st.plotly_chart(
            figure,
            key=map_selection.chart_key(),
            on_select=map_selection.remember_selection,
            selection_mode=("points", "box", "lasso"),
            config={"scrollZoom": True, "displayModeBar": True},
            alt=f"Map of {products}, coloured by “{by}”",
        )
        hovercard.show_product_under_pointer(catalogue, map_selection.chart_key())
        map_access.reach_without_mouse(
            catalogue,
            map_selection.chart_key(),
            label=f"Map of {products}. Arrows go from dot to dot, Enter selects.",
            on_chosen=map_selection.toggle_selected,
        )
        show_navigation_hints(in_space, by)
    if placed:
        st.header("Its true nearest products")
        product_strip.show_strip(
            placed.ids, catalogue, "near", above=[f"score {score:.3f}" for score in placed.scores]
        )


def say_sampled(positions: np.ndarray) -> None:
    n_drawn = int(drawn_rows(positions).sum())
    if n_drawn < len(positions):
        st.caption(
            f"In 3-D a sample is drawn: {n_drawn:,} of the {len(positions):,} products. The legend counts "
            "those; in 2-D all are drawn."
        )


def show_navigation_hints(in_space: bool, by: str) -> None:
    """Say how to get about: on a phone other things than on a desk, which only the browser tells apart."""
    legend = " A click in the legend hides a kind, a double click leaves it alone."
    legend = legend if map_figure.is_categorical(by) else ""
    mouse = "Turn it by dragging; it cannot be selected from."
    touch = "Two fingers turn it, one scrolls the page. It cannot be selected from."
    if not in_space:
        mouse = (
            "Scroll to zoom, drag to move. Box and lasso, above on the right, select products. By keyboard: "
            "arrows go from dot to dot, + and − zoom, Enter selects."
        )
        touch = (
            "Two fingers move it, one scrolls the page, a tap shows a product. Box and lasso, above on the "
            "right, select products."
        )
    with st.container(key="map-hints-mouse"):
        st.caption(mouse + legend)
    with st.container(key="map-hints-touch"):
        st.caption(touch + legend)
    st.html(
        "<style>.st-key-map-hints-touch { display: none; } @media (hover: none) {"
        " .st-key-map-hints-mouse { display: none; } .st-key-map-hints-touch { display: flex; } }</style>"
    )


def choose_view(catalogue: StoredCatalogue, maps: Maps) -> tuple[bool, str, list[str]]:
    # As high as what stands beside it, so that their labels are in one line.
    st.html("<style>.st-key-map-shape button { min-height: 2.5rem; }</style>")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        in_space = False
        if "3d" in maps:
            shape = st.segmented_control(
                "Map", ["2-D", "3-D"], default="2-D", required=True, key="map-shape", persist_state="session"
            )
            in_space = shape == "3-D"
        colourings = map_figure.available_colourings(catalogue.products, maps.get("trust"))
        by: str = st.selectbox("Colour by", colourings, key="map-by", persist_state="session", width=150)
        words = st.text_input(
            "Find on the map", key="map-words", placeholder="Name, class, colour or id", width=195
        )
        # A key of its own for each query: the popover closes once it has one.
        with st.popover(
            "Place a photo", icon=":material/add_photo_alternate:", key=f"map-new-{state.query_count()}"
        ):
            upload_photo()
        if not in_space:
            st.button(
                "Select in view",
                icon=":material/select_all:",
                on_click=map_selection.select_in_view,
                args=(catalogue, maps["2d"]),
                help="Zoom and move the map first; the products that are then seen are selected.",
            )
    found = cache.find_products(catalogue.name, words) if words else []
    if words and not found:
        st.info("No product has all these words. Try fewer of them.", icon=":material/search_off:")
    if len(found) > 1:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            first = st.selectbox(
                f"{ringed_text(len(found))} Marked",
                found[: product_strip.MAX_CHOICES],
                key=f"map-which-{private_digest(words)[:16]}",
                format_func=lambda product_id: product_strip.product_title(catalogue, product_id),
                width=520,
            )
            st.button(f"Select all {len(found):,} found", on_click=map_selection.select, args=(found,))
        found = [first, *(product_id for product_id in found if product_id != first)]
    return in_space, by, found


def choose_kinds(catalogue: StoredCatalogue, by: str) -> list[str]:
    """Ask which of those that are drawn together, in grey, are to have a colour of their own."""
    others = map_figure.without_own_colour(catalogue.products, by)
    if not others:
        return []
    return st.multiselect(
        "Also in colours of their own",
        others,
        key=f"map-kinds-{by}-{catalogue.name}",
        max_selections=MOST_KINDS,
        placeholder=f"{len(others)} more, drawn in grey",
        width=420,
    )


def ringed_text(n: int) -> str:
    """Say how many were found, and that no more rings are drawn than can be told apart."""
    if n <= MOST_RINGED:
        return f"{n:,} found, all ringed."
    return f"{n:,} found; the first {MOST_RINGED:,} are ringed, more would cover the map."


def upload_photo() -> None:
    given = st.file_uploader("Choose a picture", list(EXTENSIONS), key=f"map-photo-{state.query_count()}")
    uploads.explain_blocked_uploads()
    st.caption(f"It becomes the query of the Search page too. {uploads.PRIVACY}")
    uploads.query_by_upload(given)


def show_preservation(preservation: np.ndarray | None) -> None:
    if preservation is not None:
        st.metric("Neighbours the map keeps", f"{mean_preservation(preservation):.0%}")
        st.caption(
            "Of a product's 15 nearest, the mean share that are among its 15 nearest dots of the 2-D map. "
            f"Colour by “{map_figure.PRESERVATION}” to see where it is high."
        )
    with st.popover("What it hides", icon=":material/help:"):
        st.markdown(NOT_SHOWN)


app_frame.require_app()
main()
