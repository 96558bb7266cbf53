"""A hit looked at closely: what it is, what colours it has, and why it matched."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.errors import FashionSearchError
from core.explain.heatmap import overlay_cells
from core.imaging.dominant_colours import MainColour
from core.models.names import SPLITTABLE_EXTRACTORS
from core.retrieval.ranking import Hit
from pages._shared.search import feedback, search_cache
from pages._shared.session import cache, state
from pages._shared.session.errors import error_markdown, escape_markdown
from pages._shared.widgets import product_grid, product_strip
from pages._shared.widgets.names import DESCRIPTOR_NAMES

FACTS = {
    "articleType": "Class",
    "baseColour": "Colour",
    "gender": "For",
    "season": "Season",
    "usage": "Usage",
    "year": "Year",
    "brandName": "Brand",
    "masterCategory": "Category",
    "subCategory": "Subcategory",
    "price": "Price",
    "id": "Product id",
}
OPENED = "opened-hit"
MOST_ALIKE = 8
PICTURE_WIDTH = 240
"""Pixels: what is kept of a picture at most."""

_STYLE = """
/* Streamlit writes headings in a dialog smaller than the text below them. */
[role="dialog"] [data-testid="stMarkdownContainer"] h2 { font-size: 1.25rem; }
[role="dialog"] [data-testid="stMarkdownContainer"] h3 { font-size: 1.1rem; }
"""


def open_detail(asked: str) -> None:
    """Have a hit opened, by whatever names it on the page. Meant as a button's callback."""
    st.session_state[OPENED] = asked


def is_opened(asked: str) -> bool:
    """Say, once, whether this hit is to be opened."""
    opened = st.session_state.get(OPENED) == asked
    if opened:
        del st.session_state[OPENED]
    return opened


@st.dialog("A closer look", width="medium")
def show_detail(
    name: str, query: state.VisitorQuery | None, hit: Hit, given: feedback.Feedback | None
) -> None:
    """Open a hit: its picture, all that is known of it, what goes with it, and what carried its score.

    Parameters
    ----------
    name : str
        Of the catalogue.
    query : Photo, Product or None
        None where words alone are looked for.
    hit : Hit
    given : Feedback or None
        The thumbs so far; None where there are none to be given.
    """
    st.html(f"<style>{_STYLE}</style>")
    try:
        catalogue = cache.catalogue(name)
        product = product_grid.product_row(catalogue, hit.product_id)
        called = str(product["productDisplayName"]) or f"Product {hit.product_id}"
        picture, about = st.columns([2, 3], gap="medium")
        with picture:
            if uri := cache.picture_data_uri(catalogue.picture_path(hit.product_id, hit.picture)):
                st.image(uri, width=PICTURE_WIDTH, alt=called)
            else:
                st.caption("Its picture is missing.")
            if (n_pictures := catalogue.n_pictures(hit.product_id)) > 1:
                st.caption(f"The nearest of its {n_pictures} pictures")
        with about:
            st.markdown(f"## {escape_markdown(called)}")
            of_score = f"score {hit.score:.3f}"
            st.caption(f"Hit {hit.rank}, " + (f"{hit.closeness} ({of_score})" if hit.closeness else of_score))
            facts = _facts(product, hit.product_id)
            st.markdown(" · ".join(f"{what}: {escape_markdown(value)}" for what, value in facts))
            show_main_colours(search_cache.colours(name, state.Product(hit.product_id)))
            _offer_ways_on(hit, given)
        likeness = st.container()
        _draw_alike(name, hit)
        _draw_outfit(name, hit.product_id)
        with likeness:
            st.markdown("### Why it matched")
            _draw_likeness(name, query, hit)
    except FashionSearchError as error:
        st.error(error_markdown(error), icon=":material/error:")


def _offer_ways_on(hit: Hit, given: feedback.Feedback | None) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        if st.button("More like this", key="opened-again", icon=":material/search:"):
            state.set_query(state.Product(hit.product_id))
            st.rerun()
        if given is None:
            return
        for liked, label, icon in (
            (True, "More like this one", ":material/thumb_up:"),
            (False, "Less like this one", ":material/thumb_down:"),
        ):
            if st.button(label, key=f"opened-{'up' if liked else 'down'}", icon=icon):
                feedback.toggle_feedback(given, hit.product_id, liked)
                st.rerun()


def _draw_alike(name: str, hit: Hit) -> None:
    """Show the near-duplicates that were folded into a hit."""
    if not hit.duplicates:
        return
    st.markdown(f"### Nearly the same ({len(hit.duplicates):,})")
    catalogue = cache.catalogue(name)
    cells = st.grid(4, min_column_width=96, gap="small")
    for product_id in hit.duplicates[:MOST_ALIKE]:
        with cells.cell():
            product_strip.show_card(product_id, catalogue)
            if st.button("Find similar", key=f"alike-{product_id}", type="tertiary"):
                state.set_query(state.Product(product_id))
                st.rerun()


def _draw_outfit(name: str, product_id: str) -> None:
    """Show a product each of other kinds that go with a hit."""
    outfit = search_cache.outfit(name, product_id)
    if not outfit:
        return
    st.markdown("### Complete the look")
    st.caption("By rule, not by a model: for the same wearer, by use, season and colour.")
    catalogue = cache.catalogue(name)
    cells = st.grid(3, min_column_width=110, wrap=False, gap="small")
    for item in outfit:
        with cells.cell():
            product_strip.show_card(item.product_id, catalogue)
            st.caption(escape_markdown(item.reason))
            called = escape_markdown(
                str(product_grid.product_row(catalogue, item.product_id)["productDisplayName"])
            )
            if st.button(
                "Find similar", key=f"outfit-{item.product_id}", help=f"Find products like {called}"
            ):
                state.set_query(state.Product(item.product_id))
                st.rerun()


def _draw_likeness(name: str, query: state.VisitorQuery | None, hit: Hit) -> None:
    """Show what of two pictures is alike; words have none."""
    if query is None:
        st.caption(
            "It has all your words. It stands here by how typical it is of the products that have them."
        )
        return
    where, bars = st.columns([3, 2], gap="medium")
    with bars:
        st.markdown("How alike they are in")
        alike = search_cache.alike_in(name, query, hit.product_id, hit.picture)
        for part, called in DESCRIPTOR_NAMES.items():
            st.progress(alike[part], text=f"{called} · {alike[part]:.2f}")
        st.caption("By outline, colour histogram and local patterns; 1 is the same.")
    # Last, since it takes a pass forward and one back: the rest does not wait for it.
    with where:
        _heat(name, query, hit)


def show_main_colours(colours: Sequence[MainColour]) -> None:
    """Show the main colours of a picture, each as wide as its share, and name them."""
    blocks = "".join(
        f'<span style="background:{colour.hex};width:{100 * colour.share:.1f}%;height:100%"></span>'
        for colour in colours
    )
    st.html(
        '<div aria-hidden="true" style="display:flex;height:18px;border-radius:6px;overflow:hidden;'
        f'border:1px solid rgba(128,128,128,.5)">{blocks}</div>'
    )
    named: dict[str, float] = {}
    for colour in colours:
        named[colour.name] = named.get(colour.name, 0) + colour.share
    st.caption("Main colours: " + ", ".join(f"{called} {share:.0%}" for called, share in named.items()))


def _facts(product: pd.Series, product_id: str) -> list[tuple[str, str]]:
    known = {**product.to_dict(), "id": product_id}
    known["price"] = "" if pd.isna(known["price"]) else f"{known['price']:,.0f}"
    return [(what, str(known[column])) for column, what in FACTS.items() if str(known.get(column, ""))]


def _heat(name: str, query: state.VisitorQuery, hit: Hit) -> None:
    extractor = state.extractor_name()
    st.markdown("What carried the score")
    if extractor not in SPLITTABLE_EXTRACTORS:
        st.caption("Only VGG16's score splits over places; look by VGG16 in the sidebar to see where.")
        return
    try:
        with st.spinner("Splitting the score …"):
            found = search_cache.match(name, query, hit.product_id, hit.picture)
    except FashionSearchError as error:
        st.caption(f"Where the score comes from is not known. {error_markdown(error)}")
        return
    # Side by side on a phone too: they are to be compared.
    cells = st.grid(2, min_column_width=110, wrap=False, gap="small")
    for image, cells_of, called in (
        (search_cache.image(name, query), found.query_cells, "Your picture"),
        (search_cache.hit_image(name, hit.product_id, hit.picture), found.hit_cells, "The hit"),
    ):
        warm = overlay_cells(image, cells_of, found.frame)
        with cells.cell():
            st.image(cache.image_data_uri(warm), width="stretch", alt=f"{called}, by what carried the score")
            st.caption(called)
    parts = ", ".join(f"{cosine:.3f} by its {part} numbers" for part, cosine in found.parts.items())
    st.caption(
        f"VGG16 scores them {found.score:.3f}: {parts}. "
        f"The score is a sum over {found.query_cells.shape[0]}×{found.query_cells.shape[1]} places of either "
        "picture; the warmer a place, the more it carried beyond an even share."
    )
