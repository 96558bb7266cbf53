"""Small cards of products in a row that wraps, each of which a search can start from."""

from collections.abc import Sequence

import streamlit as st

from pages._shared.session import cache, state
from pages._shared.session.errors import plain

CARD_WIDTH = 116


def shown(product_ids: Sequence[str], catalogue, key: str, above: Sequence[str] = ()) -> None:
    """Show products as small cards.

    Parameters
    ----------
    product_ids : sequence of str
    catalogue : StoredCatalogue
    key : str
        Tells this strip's buttons from those of another on the page.
    above : sequence of str
        A line for each card, where it needs one.
    """
    cells = st.grid(min_column_width=CARD_WIDTH, gap="small")
    for place, product_id in enumerate(product_ids):
        with cells.cell():
            card(product_id, catalogue, above[place] if above else None)
            if st.button(
                "Find similar",
                key=f"{key}-{place}-{product_id}",
                width="stretch",
                type="tertiary",
                on_click=state.ask,
                args=(state.Product(product_id),),
            ):
                to_search()


def to_search() -> None:
    """Go to the Search page, which shows the query asked for."""
    # By itself this empties the address, and is refused where a control is bound to it: the catalogue's is.
    st.switch_page("pages/search.py", query_params={})


def card(product_id: str, catalogue, above: str | None = None) -> None:
    """Show one product: its picture, a line above it where there is one, and its name."""
    product = catalogue.products.iloc[catalogue.row(product_id)]
    name = str(product["productDisplayName"]) or f"Product {product_id}"
    if above:
        st.caption(above)
    if uri := cache.picture(catalogue.image_path(product_id)):
        st.image(uri, width="stretch", alt=f"{name}, {product['articleType']}, {product['baseColour']}")
    else:
        st.caption("Its picture is missing.")
    st.caption(plain(name))


def choose(label: str, catalogue, key: str, default: str) -> str:
    """Ask for a product by name or id, and give its id."""
    words = st.text_input(label, key=f"{key}-words", placeholder="Name, class, colour or id")
    found = cache.find_products(catalogue.name, words)[:CHOICES] if words else [default]
    if not found:
        st.info("No product has all these words; the one before stays.", icon=":material/search_off:")
        found = [default]
    if len(found) == 1:
        return found[0]
    return st.selectbox(
        f"{label}: which one",
        found,
        key=f"{key}-which-{words}",
        format_func=lambda product_id: called(catalogue, product_id),
        label_visibility="collapsed",
    )


CHOICES = 50
"""As many products as a list is still read through."""


def called(catalogue, product_id: str) -> str:
    """Give a product's name with its id, since names repeat."""
    name = str(catalogue.products["productDisplayName"].iloc[catalogue.row(product_id)])
    return f"{name or 'Product'} ({product_id})"
