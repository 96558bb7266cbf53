"""The grid of hits: as many columns as fit, cards of one height, the picture first, which opens the hit."""

import re
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

_STYLE = """
/* Kept pictures have at most 240 by 320 pixels: at half of that they are sharp on any screen. */
[data-testid="stGridCell"]:has([class*="st-key-card-"]) { padding: 0.5rem; }
[class*="st-key-card-"] { position: relative; gap: 0.2rem; }
[class*="st-key-picture-"] { position: relative; gap: 0; height: 160px; justify-content: center; }
[class*="st-key-picture-"] [data-testid="stElementToolbar"] { display: none; }
[class*="st-key-picture-"] [data-testid="stFullScreenFrame"] { display: flex; justify-content: center; }
[class*="st-key-picture-"] [data-testid="stImage"] {
  width: 100%; height: 160px; display: flex; align-items: center; justify-content: center;
}
[class*="st-key-picture-"] [data-testid="stImageContainer"] { width: auto; }
[class*="st-key-picture-"] img {
  width: 120px !important; height: 160px; max-width: 100%; object-fit: contain; border-radius: 0.2rem;
}
/* The button that opens the hit lies over its picture. */
[class*="st-key-picture-"] > :has([data-testid="stButton"]) {
  position: absolute; inset: 0; width: auto; z-index: 2;
}
[class*="st-key-picture-"] [data-testid="stButton"],
[class*="st-key-picture-"] [data-testid="stButton"] > div { width: 100%; height: 100%; }
[class*="st-key-picture-"] [data-testid="stButton"] button {
  width: 100%; height: 100%; min-height: 0; padding: 0; border: 0; background: none; cursor: zoom-in;
}
[class*="st-key-picture-"] [data-testid="stButton"] button :is(p, span) {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
[class*="st-key-picture-"] [data-testid="stButton"] button:hover { background: rgba(128, 128, 128, 0.14); }
/* All of a product to start from is its button. */
[class*="st-key-card-start-"] [data-testid="stButton"] button::after {
  content: ""; position: absolute; inset: 0; z-index: 2;
}
/* Two lines of name and one of facts on every card, whatever there is to say. */
[class*="st-key-words-"] { gap: 0; height: 5rem; flex: none; overflow: hidden; }
[class*="st-key-words-start-"] { height: 3.75rem; }
[class*="st-key-words-"] :is([data-testid="stMarkdownContainer"], [data-testid="stCaptionContainer"]) {
  margin: 0;
}
[class*="st-key-words-"] p { margin: 0; font-size: 0.85rem; line-height: 1.25rem; overflow-wrap: anywhere; }
[class*="st-key-words-"] [data-testid="stMarkdown"] > :not([data-testid="stCaptionContainer"]) p {
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden;
}
[class*="st-key-words-"] [data-testid="stCaptionContainer"] p {
  font-size: 0.75rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
}
[class*="st-key-foot-"] { gap: 0; justify-content: space-between; flex-wrap: nowrap; min-height: 2rem; }
[class*="st-key-foot-"] [data-testid="stButton"] button { padding: 0; min-width: 1.6rem; min-height: 2rem; }
[class*="st-key-foot-"] p { font-size: 0.75rem; white-space: nowrap; }
@media (max-width: 640px) {
  [class*="st-key-picture-"], [class*="st-key-picture-"] [data-testid="stImage"] { height: 116px; }
  [class*="st-key-picture-"] img { height: 116px; }
  [class*="st-key-words-"] { height: 3.75rem; }
}
"""


def show_hits(
    hits: Iterable[Hit],
    catalogue: StoredCatalogue,
    key: str,
    *,
    on_open: Callable[[str], None],
    foot: Callable[[Hit], None] = lambda hit: None,
) -> None:
    """Show hits as cards, best first.

    Parameters
    ----------
    hits : iterable of Hit
    catalogue : StoredCatalogue
        Where their products and pictures are.
    key : str
        Tells this grid's buttons from those of another on the page.
    on_open : callable
        What a click on the picture of a product calls, with its id.
    foot : callable
        Draws what else can be done with a hit, in a row at the foot of its card.
    """
    hits = list(hits)
    rows = _rows(catalogue.products, [hit.product_id for hit in hits])
    st.html(f"<style>{_STYLE}</style>")
    cells = st.grid(min_column_width=CARD_WIDTH, gap="small", border=True)
    for hit in hits:
        product = rows.loc[hit.product_id]
        with cells.cell(), st.container(key=f"card-{key}-{hit.product_id}"):
            with st.container(key=f"picture-{key}-{hit.product_id}"):
                _draw_picture(product, catalogue)
                st.button(
                    "Open", key=f"{key}-open-{hit.product_id}", on_click=on_open, args=(hit.product_id,)
                )
            _draw_words(product, f"{key}-{hit.product_id}", place_in_words(hit), n_alike=len(hit.duplicates))
            with st.container(
                key=f"foot-{key}-{hit.product_id}", horizontal=True, vertical_alignment="center"
            ):
                _search_button(product, key, "More like this", in_row=True)
                foot(hit)


def show_products(product_ids: Iterable[str], catalogue: StoredCatalogue, key: str) -> None:
    """Show products that are no hits yet, to start from: the whole card is the button."""
    product_ids = list(product_ids)
    rows = _rows(catalogue.products, product_ids)
    st.html(f"<style>{_STYLE}</style>")
    cells = st.grid(min_column_width=CARD_WIDTH, gap="small", border=True)
    for product_id in product_ids:
        with cells.cell(), st.container(key=f"card-{key}-{product_id}"):
            with st.container(key=f"picture-{key}-{product_id}"):
                _draw_picture(rows.loc[product_id], catalogue)
            _draw_words(rows.loc[product_id], f"{key}-{product_id}")
            _search_button(rows.loc[product_id], key, "Find similar")


def place_in_words(hit: Hit) -> str:
    """Give a hit's rank, and how close it is: in words where scores were measured, else the score.

    Examples
    --------
    >>> from core.retrieval.verdicts.calibration import Closeness
    >>> place_in_words(Hit("1", 3, 0.91)), place_in_words(Hit("1", 3, 0.91, closeness=Closeness.CLOSE))
    ('3 · score 0.910', '3 · close')
    """
    return f"{hit.rank} · {hit.closeness or f'score {hit.score:.3f}'}"


def product_facts(product: pd.Series) -> str:
    """Class, colour, and price and brand where they are known, in one line."""
    known = [product["articleType"], product["baseColour"], product["brandName"]]
    return " · ".join([*(escape_markdown(str(fact)) for fact in known if fact), *price_words(product)])


def price_words(product: pd.Series) -> list[str]:
    """Give the price in words; nothing where it is not known. No table says in which currency it is."""
    return [] if pd.isna(product["price"]) else [f"Price {product['price']:,.0f}"]


def untold_facts(product: pd.Series) -> list[str]:
    """Give of class, colour and brand those that the product's name does not say, and its price.

    Examples
    --------
    >>> cells = {"productDisplayName": "Puma Men Navy Tee", "articleType": "Tshirts"}
    >>> untold_facts(pd.Series({**cells, "baseColour": "Navy Blue", "brandName": "Puma", "price": 499.0}))
    ['Tshirts', 'Price 499']
    """
    words = _stems(str(product["productDisplayName"]))
    known = [str(product[column]) for column in ("articleType", "baseColour", "brandName")]
    untold = [fact for fact in known if fact and not _stems(fact) & words]
    return [*untold, *price_words(product)]


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


def _draw_picture(product: pd.Series, catalogue: StoredCatalogue) -> None:
    path = catalogue.images_dir / f"{product.name}.jpg"
    if uri := cache.picture_data_uri(path):
        alt = f"{_name(product)}, {product['articleType']}, {product['baseColour']}"
        st.image(uri, width="stretch", alt=alt)
    else:
        st.markdown("Its picture is missing.")


def _draw_words(product: pd.Series, key: str, score: str = "", *, n_alike: int = 0) -> None:
    """Draw a product's name, its place among the hits, and in one line what the name does not say."""
    alike = [f":material/stacks: +{n_alike} alike"] if n_alike else []
    with st.container(key=f"words-{key}"):
        st.markdown(escape_markdown(_name(product)))
        if score:
            st.caption(score)
        st.caption(" · ".join([*map(escape_markdown, untold_facts(product)), *alike]))


def _search_button(product: pd.Series, key: str, label: str, *, in_row: bool = False) -> None:
    """Draw the button that searches with a product: as wide as the card, or one of a row at its foot."""
    st.button(
        label,
        key=f"{key}-{product.name}",
        help=f"Find products like {escape_markdown(str(product['productDisplayName']))}",
        on_click=state.set_query,
        args=(state.Product(str(product.name)),),
        type="tertiary" if in_row else "secondary",
        width="content" if in_row else "stretch",
    )


def _name(product: pd.Series) -> str:
    return str(product["productDisplayName"]) or f"Product {product.name}"


def _stems(text: str) -> set[str]:
    return {word.removesuffix("s") for word in re.findall(r"\w+", text.casefold().replace("-", ""))}


def _rows(products: pd.DataFrame, product_ids: list[str]) -> pd.DataFrame:
    return products[products["id"].isin(product_ids)].set_index("id")
