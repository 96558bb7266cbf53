"""A product as the query, after another catalogue was chosen: its picture is searched with there."""

import streamlit as st

from core.errors import FashionSearchError
from core.gallery.stored_catalogue import StoredCatalogue
from pages._shared.session import cache, state

ORIGIN = "product-origin"
"""The product that was the query last, and the catalogue that it is of."""

PROBLEMS = "product-problems"


def follow_catalogue(catalogue: StoredCatalogue) -> None:
    """Replace a product that this catalogue does not have by its picture, or by the reason why not."""
    query = state.query()
    if not isinstance(query, state.Product):
        return
    if query.product_id in catalogue:
        st.session_state[ORIGIN] = query.product_id, catalogue.name
        return
    product_id, origin = st.session_state.get(ORIGIN, ("", ""))
    photo = _picture(product_id, origin) if product_id == query.product_id else None
    if photo is None:
        st.session_state[PROBLEMS] = [
            f"{catalogue.name} has no product {query.product_id}. Start with another one, or choose the "
            "catalogue that it is of."
        ]
    state.set_query(photo)
    st.rerun()


def take_problems() -> list[str]:
    """Give, once, why a product could not be searched with."""
    problems: list[str] = st.session_state.pop(PROBLEMS, [])
    return problems


def _picture(product_id: str, origin: str) -> state.Photo | None:
    try:
        path = cache.catalogue(origin).image_path(product_id)
    except FashionSearchError:  # that catalogue is gone, or indexed again without it
        return None
    if not path.is_file():
        return None
    photo = state.Photo.take(f"product {product_id} of {origin}.jpg", path.read_bytes())
    return None if photo.problem else photo.turned(0)  # a shop's pictures stand upright
