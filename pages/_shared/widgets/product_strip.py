"""Small cards of products in a row that wraps, each of which a search can start from."""

from collections.abc import Sequence

import streamlit as st

from core.gallery.stored_catalogue import StoredCatalogue
from pages._shared.session import cache, state
from pages._shared.session.errors import escape_markdown
from pages._shared.session.stores import private_digest

CARD_WIDTH = 104
"""Pixels: three side by side fit a phone of 390, and six a window of 1280."""

_STYLE = """
/* Every name takes three lines, so that pictures, and what leads on from them, stand in rows. */
[data-testid="stGridCell"] [data-testid="stElementContainer"]:has([data-testid="stImage"])
  + [data-testid="stElementContainer"] [data-testid="stCaptionContainer"] p {
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden;
  min-height: 3lh;
}
/* What stands above a picture, such as a score, takes one. */
[data-testid="stGridCell"] [data-testid="stElementContainer"]:has(
  + [data-testid="stElementContainer"] [data-testid="stImage"]) [data-testid="stCaptionContainer"] p {
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
}
"""


def show_strip(
    product_ids: Sequence[str],
    catalogue: StoredCatalogue,
    key: str,
    *,
    above: Sequence[str] = (),
    card_width: int = CARD_WIDTH,
) -> None:
    """Show products as small cards.

    Parameters
    ----------
    product_ids : sequence of str
    catalogue : StoredCatalogue
    key : str
        Tells this strip's buttons from those of another on the page.
    above : sequence of str
        A line for each card, where it needs one.
    card_width : int
        Pixels that a card has at least.
    """
    align_cards()
    cells = st.grid(min_column_width=card_width, gap="small")
    for place, product_id in enumerate(product_ids):
        with cells.cell():
            show_card(product_id, catalogue, above[place] if above else None)
            offer_similar(product_id, f"{key}-{place}")


def align_cards() -> None:
    """Have the cards of a grid, each of one product, stand in rows whatever their products are called."""
    st.html(f"<style>{_STYLE}</style>")


def offer_similar(product_id: str, key: str, label: str = "Find similar") -> None:
    """Lead on to the Search page, with a product."""
    if st.button(
        label,
        key=f"{key}-{product_id}",
        width="stretch",
        type="tertiary",
        on_click=state.set_query,
        args=(state.Product(product_id),),
    ):
        go_to_search()


def go_to_search() -> None:
    """Go to the Search page, which shows the query asked for."""
    # By itself this empties the address, and is refused where a control is bound to it: the catalogue's is.
    st.switch_page("pages/search.py", query_params={})


def show_card(product_id: str, catalogue: StoredCatalogue, above: str | None = None) -> None:
    """Show one product: its picture, a line above it where there is one, and its name."""
    product = catalogue.products.iloc[catalogue.row(product_id)]
    name = str(product["productDisplayName"]) or f"Product {product_id}"
    if above:
        st.caption(above)
    if uri := cache.picture_data_uri(catalogue.image_path(product_id)):
        st.image(uri, width="stretch", alt=f"{name}, {product['articleType']}, {product['baseColour']}")
    else:
        st.caption("Its picture is missing.")
    st.caption(escape_markdown(name))


def choose_product(label: str, catalogue: StoredCatalogue, key: str, *, default: str) -> str:
    """Ask for a product by name or id, and give its id."""
    words = st.text_input(label, key=f"{key}-words", placeholder="Name, class, colour or id")
    found = cache.find_products(catalogue.name, words)[:MAX_CHOICES] if words else [default]
    if not found:
        st.info("No product has all these words; the one before stays.", icon=":material/search_off:")
        found = [default]
    if len(found) == 1:
        return found[0]
    return st.selectbox(
        f"{label}: which one",
        found,
        key=f"{key}-which-{private_digest(words)[:16]}",
        format_func=lambda product_id: product_title(catalogue, product_id),
        label_visibility="collapsed",
    )


MAX_CHOICES = 50
"""As many products as a list is still read through."""


def product_title(catalogue: StoredCatalogue, product_id: str) -> str:
    """Give a product's name with its id, since names repeat."""
    name = str(catalogue.products["productDisplayName"].iloc[catalogue.row(product_id)])
    return f"{name or 'Product'} ({product_id})"
