"""What is remembered between reruns of one visit: the keys of the session's state, and the query."""

import hashlib
from dataclasses import dataclass, field

import streamlit as st

CATALOGUE = "catalogue"
EXTRACTOR = "extractor"
QUERY = "query"
TURN = "turn"
PRODUCT_IN_ADDRESS = "product"


@dataclass(frozen=True)
class Photo:
    """A picture that was handed in or picked from the ready-made ones."""

    name: str
    data: bytes = field(repr=False)
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", hashlib.sha256(self.data).hexdigest())


@dataclass(frozen=True)
class Product:
    """A product of the catalogue whose like is looked for."""

    product_id: str

    @property
    def key(self) -> str:
        """What answers about it are remembered by."""
        return f"product {self.product_id}"


Query = Photo | Product


def query() -> Query | None:
    """Give the query of this visit; an address that names a product starts with that one."""
    if QUERY not in st.session_state and (named := st.query_params.get(PRODUCT_IN_ADDRESS)):
        st.session_state[QUERY] = Product(named)
    return st.session_state.get(QUERY)


def ask(new: Query | None) -> None:
    """Make this the query, or with None go back to the start. Meant as a widget's callback."""
    st.session_state[QUERY] = new
    # A widget keeps its file as long as its key stays: a new key empties it, and the memory with it.
    st.session_state[TURN] = turn() + 1
    if isinstance(new, Product):
        st.query_params[PRODUCT_IN_ADDRESS] = new.product_id
    else:
        st.query_params.pop(PRODUCT_IN_ADDRESS, None)


def turn() -> int:
    """Count the queries asked in this visit."""
    return st.session_state.get(TURN, 0)


def catalogue() -> str:
    """Name the catalogue chosen in the sidebar; empty where there is none."""
    return st.session_state.get(CATALOGUE) or ""


def extractor() -> str:
    """Name the extractor chosen in the sidebar; empty where there is none."""
    return st.session_state.get(EXTRACTOR) or ""
