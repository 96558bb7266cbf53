"""The grid of hits: as many columns as fit, the picture first, and each hit a new query."""

from collections.abc import Callable, Iterable

import pandas as pd
import streamlit as st

from core.errors import SearchError
from core.gallery.stored_catalogue import StoredCatalogue
from core.retrieval.ranking import Hit
from pages._shared.session import cache, state
from pages._shared.session.errors import escape_markdown

CARD_WIDTH = 132
"""Two cards side by side still fit a phone of 390 pixels."""


def show_hits(
    hits: Iterable[Hit],
    catalogue: StoredCatalogue,
    key: str,
    *,
    below: Callable[[Hit], None] = lambda hit: None,
) -> None:
    """Show hits as cards, best first.

    Parameters
    ----------
    hits : iterable of Hit
    catalogue : StoredCatalogue
        Where their products and pictures are.
    key : str
        Tells this grid's buttons from those of another on the page.
    below : callable
        Draws what else belongs to a hit, at the foot of its card.
    """
    hits = list(hits)
    rows = _rows(catalogue.products, [hit.product_id for hit in hits])
    cells = st.grid(min_column_width=CARD_WIDTH, gap="small", border=True)
    for hit in hits:
        with cells.cell():
            _card(rows.loc[hit.product_id], catalogue, f"{hit.rank} · score {hit.score:.3f}")
            _search_button(rows.loc[hit.product_id], key, "More like this")
            below(hit)


def show_products(product_ids: Iterable[str], catalogue: StoredCatalogue, key: str) -> None:
    """Show products that are no hits yet, to start from."""
    product_ids = list(product_ids)
    rows = _rows(catalogue.products, product_ids)
    cells = st.grid(min_column_width=CARD_WIDTH, gap="small", border=True)
    for product_id in product_ids:
        with cells.cell():
            _card(rows.loc[product_id], catalogue, None)
            _search_button(rows.loc[product_id], key, "Find similar")


def product_facts(product: pd.Series) -> str:
    """Class, colour, and price and brand where they are known, in one line."""
    known = [product["articleType"], product["baseColour"], product["brandName"]]
    line = " · ".join(escape_markdown(str(fact)) for fact in known if fact)
    return line if pd.isna(product["price"]) else f"{line} · {product['price']:,.0f}"


def product_row(catalogue: StoredCatalogue, product_id: str) -> pd.Series:
    """Give a product's row.

    Raises
    ------
    SearchError
        If the catalogue has no such product.
    """
    rows = _rows(catalogue.products, [product_id])
    if rows.empty:
        raise SearchError(f"{catalogue.name} has no product {product_id}; start a new search")
    return rows.iloc[0]


def _card(product: pd.Series, catalogue: StoredCatalogue, above: str | None) -> None:
    name = str(product["productDisplayName"]) or f"Product {product.name}"
    path = catalogue.images_dir / f"{product.name}.jpg"
    if uri := cache.picture_data_uri(path):
        st.image(uri, width="stretch", alt=f"{name}, {product['articleType']}, {product['baseColour']}")
    else:
        st.caption("Its picture is missing.")
    if above:
        st.caption(above)
    st.markdown(escape_markdown(name))
    st.caption(product_facts(product))


def _search_button(product: pd.Series, key: str, label: str) -> None:
    st.button(
        label,
        key=f"{key}-{product.name}",
        help=f"Find products like {escape_markdown(str(product['productDisplayName']))}",
        on_click=state.set_query,
        args=(state.Product(str(product.name)),),
        width="stretch",
    )


def _rows(products: pd.DataFrame, product_ids: list[str]) -> pd.DataFrame:
    return products[products["id"].isin(product_ids)].set_index("id")
