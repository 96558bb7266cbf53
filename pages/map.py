"""Map: the space that the search works in, seen from above."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from core.errors import FashionSearchError
from core.export import safe_csv
from core.gallery.catalogue_files import MAPS
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.decode import EXTENSIONS
from core.maps.placement import (
    AVERAGED,
    Placement,
    drawn_rows,
    mean_preservation,
    place,
    rows_in_view,
    select_products,
)
from core.retrieval.query import nearest_products
from pages._shared.map import map_access, map_figure
from pages._shared.session import app_frame, cache, state, uploads
from pages._shared.session.encoder import VisitEncoder, to_query
from pages._shared.session.errors import error_markdown, escape_markdown, show_error, stop_on_error
from pages._shared.session.stores import private_digest
from pages._shared.widgets import accessibility, hovercard, product_strip
from pages._shared.widgets.names import extractor_title

SELECTED, FORGOTTEN, CLOSE_UP, VIEW = "map-selected", "map-forgotten", "map-close-up", "map-view"
FIRST_VIEW = "map-first-view"
UNMARKED = "map-unmarked"
"""The number of the query whose mark was taken away; the query itself stays that of the Search page."""

NEAREST = 12
MOST_RINGED = 300
PRODUCTS_A_PAGE = 4
"""Of a selection, which stands beside the chart and is not to be higher."""

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
    st.markdown(
        f"{len(catalogue):,} products, by {escape_markdown(extractor_title(state.extractor_name()))}. "
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
    positions, preservation = maps["3d" if in_space else "2d"], maps.get("trust")
    if in_space:
        say_sampled(positions)
    marked = state.Product(found[0]) if found else query_to_mark(catalogue)
    chart, beside = st.columns([3, 1], gap="medium")
    with beside:
        with stop_on_error():
            show_selection(catalogue)
        placed: Placement | None = None
        try:
            placed = show_marked(catalogue, positions, marked) if marked else None
        except FashionSearchError as error:
            # A mark that cannot be set takes nothing from the map itself.
            show_error(error, key="mark")
        show_preservation(preservation)
    near = placed is not None and st.session_state.get(CLOSE_UP, False)
    scene = " ".join(
        [
            catalogue.name,
            state.extractor_name(),
            f"{positions.shape[1]}-D",
            marked.key if marked and near else "everywhere",
        ]
    )
    with chart:
        figure = map_figure.build_figure(
            positions,
            catalogue.products,
            by,
            preservation=preservation,
            ringed=[catalogue.row(product_id) for product_id in found[:MOST_RINGED]],
            placed=placed,
            title=mark_title(catalogue, marked) if marked and placed else "",
            near=near,
            frame=scene,
            view=view_of(scene, by),
        )
        st.session_state[FIRST_VIEW] = first_view(figure)
        st.plotly_chart(
            figure,
            key=chart_key(),
            on_select=remember_selection,
            selection_mode=("points", "box", "lasso"),
            config={"scrollZoom": True, "displayModeBar": True},
            alt=f"Map of {len(catalogue):,} products, coloured by {by.lower()}",
        )
        hovercard.show_product_under_pointer(catalogue, chart_key())
        map_access.reach_without_mouse(
            catalogue,
            chart_key(),
            label=f"Map of {len(catalogue):,} products. Arrows go from dot to dot, Enter selects.",
            on_chosen=toggle_selected,
        )
        show_navigation_hints(in_space, by)
    if placed:
        st.header("Its true nearest products")
        product_strip.show_strip(
            placed.ids, catalogue, "near", above=[f"score {score:.3f}" for score in placed.scores]
        )


def query_to_mark(catalogue: StoredCatalogue) -> state.VisitorQuery | None:
    """Give the query of the Search page, unless its mark was taken away or it is of another catalogue."""
    query = state.query()
    if query is None:
        return None
    if isinstance(query, state.Product) and query.product_id not in catalogue:
        st.info(
            f"Product {escape_markdown(query.product_id)}, which the Search page searches with, is not in "
            f"the catalogue {escape_markdown(catalogue.name)}, so it is not marked.",
            icon=":material/wrong_location:",
        )
        return None
    if st.session_state.get(UNMARKED) == state.query_count():
        st.button("Mark what is searched with", icon=":material/location_on:", on_click=mark_query)
        return None
    return query


def mark_query() -> None:
    st.session_state.pop(UNMARKED, None)


def take_mark_away() -> None:
    st.session_state[UNMARKED] = state.query_count()


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
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        in_space = False
        if "3d" in maps:
            shape = st.segmented_control(
                "Map", ["2-D", "3-D"], default="2-D", required=True, key="map-shape", persist_state="session"
            )
            in_space = shape == "3-D"
        colourings = map_figure.available_colourings(catalogue.products, maps.get("trust"))
        by: str = st.selectbox("Colour by", colourings, key="map-by", persist_state="session", width=160)
        words = st.text_input(
            "Find on the map", key="map-words", placeholder="Name, class, colour or id", width=260
        )
        # A key of its own for each query: the popover closes once it has one.
        with st.popover(
            "Place a photo", icon=":material/add_photo_alternate:", key=f"map-new-{state.query_count()}"
        ):
            upload_photo()
        if not in_space:
            st.button(
                "Select what is in view",
                icon=":material/select_all:",
                on_click=select_in_view,
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
            st.button(f"Select all {len(found):,} found", on_click=select, args=(found,))
        found = [first, *(product_id for product_id in found if product_id != first)]
    return in_space, by, found


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


def show_marked(catalogue: StoredCatalogue, positions: np.ndarray, marked: state.VisitorQuery) -> Placement:
    st.markdown("**Marked on the map**")
    own_row = None
    if isinstance(marked, state.Photo):
        st.image(cache.image_data_uri(cache.read_photo(marked)), width=120, alt="The picture looked for")
    else:
        own_row = catalogue.row(marked.product_id)
        with st.container(width=130):
            product_strip.show_card(marked.product_id, catalogue)
    with st.spinner("Placing it …"):
        nearest = nearest_products(
            to_query(marked),
            state.extractor_name(),
            NEAREST,
            catalogue=catalogue,
            encoder=VisitEncoder(),
        )
    placed = place(positions, nearest, own_row=own_row)
    st.caption(" ".join(placement_notes(placed, new=isinstance(marked, state.Photo))))
    st.toggle("Close up", key=CLOSE_UP, persist_state="session", help="Shows the mark and its nearest alone.")
    if state.query() == marked:
        st.button("Take the mark away", on_click=take_mark_away, help="The search with it stays.")
    return placed


def mark_title(catalogue: StoredCatalogue, marked: state.VisitorQuery) -> str:
    if isinstance(marked, state.Product):
        return product_strip.product_title(catalogue, marked.product_id)
    return "Your photo"


def placement_notes(placed: Placement, *, new: bool) -> list[str]:
    notes = []
    if new:
        notes.append(
            "The map was drawn without this picture. It stands where its "
            f"{min(AVERAGED, len(placed.ids))} nearest products are on average, each counted by its "
            "score."
        )
        if placed.scattered:
            notes.append(
                "They lie far apart, so the mark stands between them: trust the lines, not the place."
            )
    notes.append(f"Lines lead to its {len(placed.ids)} nearest products.")
    if placed.ids:
        notes.append(f"{placed.kept} of them are also among the {len(placed.ids)} nearest dots.")
    if placed.not_drawn:
        notes.append(f"{placed.not_drawn} more are not drawn on this map.")
    return notes


def show_preservation(preservation: np.ndarray | None) -> None:
    if preservation is not None:
        st.metric("Neighbours the map keeps", f"{mean_preservation(preservation):.0%}")
        st.caption(
            "Of a product's 15 nearest, the mean share that are among its 15 nearest dots of the 2-D map. "
            f"Colour by “{map_figure.PRESERVATION}” to see where it is high."
        )
    with st.popover("What it hides", icon=":material/help:"):
        st.markdown(NOT_SHOWN)


def chart_key() -> str:
    return f"map-{st.session_state.get(FORGOTTEN, 0)}"


def view_of(frame: str, by: str) -> dict[str, Any]:
    """Keep what the reader has moved to through new colours; not through reruns, which keep the chart."""
    of_frame, of_colour, view = st.session_state.get(VIEW, ("", "", {}))
    if of_frame != frame:
        view = {}
    elif of_colour != by:
        view = hovercard.visible_part(chart_key(), frame) or view
    st.session_state[VIEW] = frame, by, view
    return view


def first_view(figure: dict[str, Any]) -> dict[str, Any]:
    """Give what a chart shows before the reader moves, by axis; an axis that shows all is left out."""
    axes = {name: figure["layout"].get(name, {}) for name in ("xaxis", "yaxis")}
    return {name: {"range": axis["range"]} for name, axis in axes.items() if "range" in axis}


def remember_selection() -> None:
    # A new mark or colour makes a new chart, whose own selection is empty; ours outlives it.
    points = st.session_state[chart_key()].selection.points
    select(map_figure.selected_product_ids(points))


def select(product_ids: Sequence[str]) -> None:
    st.session_state[SELECTED] = (state.catalogue_name(), list(product_ids))


def selected(catalogue_name: str) -> list[str]:
    of_catalogue, ids = st.session_state.get(SELECTED, ("", []))
    return ids if of_catalogue == catalogue_name else []


def toggle_selected(product_id: str) -> None:
    """Select one product more, or one less. What the keyboard does on the chart."""
    ids = selected(state.catalogue_name())
    others = [other for other in ids if other != product_id]
    select(others if len(others) < len(ids) else [*ids, product_id])


def select_in_view(catalogue: StoredCatalogue, positions: np.ndarray) -> None:
    frame = st.session_state.get(VIEW, ("",))[0]
    view = hovercard.visible_part(chart_key(), frame) or st.session_state.get(FIRST_VIEW, {})
    rows = rows_in_view(positions, view)
    select(catalogue.products["id"].iloc[rows].tolist())


def forget_selection() -> None:
    st.session_state.pop(SELECTED, None)
    # Only a chart of another key comes without the outline of what was selected.
    st.session_state[FORGOTTEN] = st.session_state.get(FORGOTTEN, 0) + 1


def show_selection(catalogue: StoredCatalogue) -> None:
    ids = selected(catalogue.name)
    if not ids:
        accessibility.announce("")
        return
    chosen = select_products(catalogue.products, ids)
    n = len(chosen.products)
    said = f"{n:,} selected product{'s' if n != 1 else ''}"
    st.header(said)
    accessibility.announce(said)
    for heading, counts in (("Classes", chosen.classes), ("Colours", chosen.colours)):
        st.markdown(f"{heading}: {list_counts(counts)}")
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
    page = (
        st.pagination(pages, key=f"map-page-{hash(tuple(ids))}", max_visible_pages=5, width="stretch")
        if pages > 1
        else 1
    )
    of_page = chosen.products["id"].iloc[(page - 1) * PRODUCTS_A_PAGE : page * PRODUCTS_A_PAGE]
    product_strip.show_strip(of_page.tolist(), catalogue, "selected", card_width=76)


def list_counts(counts: dict[str, int], most: int = 8) -> str:
    listed = [f"{escape_markdown(name)} {n:,}" for name, n in list(counts.items())[:most]]
    rest = sum(counts.values()) - sum(list(counts.values())[:most])
    return " · ".join(listed + ([f"others {rest:,}"] if rest else []))


app_frame.require_app()
main()
