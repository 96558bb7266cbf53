"""What is remembered between reruns of one visit: the keys of the session's state, and the query."""

import hashlib
from dataclasses import dataclass, field

import streamlit as st

from core.storage import artifacts
from pages._shared.session import query_params

CATALOGUE = "catalogue"
EXTRACTOR = "extractor"
QUERY = "query"
TURN = "turn"
LATELY = "lately"
PROBLEM = "query-problem"

REMEMBERED = 8
"""Photos that going back can bring back; their bytes are held as long as the visit lasts."""

PER_QUERY = ("part", "thumb", "page")
"""What else of a query stands in the address; another query starts without."""


@dataclass(frozen=True)
class Photo:
    """A picture that was handed in or picked from the ready-made ones."""

    name: str
    data: bytes = field(repr=False)
    sample: bool = False  # whether the catalogue brings it along, under this name
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


@dataclass(frozen=True)
class Several:
    """Pictures that are searched with side by side."""

    photos: tuple[Photo, ...]
    left_out: tuple[tuple[str, str], ...] = ()  # name of a file that is not looked at, and a sentence

    @property
    def key(self) -> str:
        """What answers about them are remembered by."""
        return hashlib.sha256("".join(photo.key for photo in self.photos).encode()).hexdigest()


Query = Photo | Product


def query() -> Query | None:
    """Give the query of this visit; an address that names one starts with that."""
    asked = _asked()
    return None if isinstance(asked, Several) else asked


def several() -> Several | None:
    """Give the pictures that are searched with, where they are several."""
    asked = _asked()
    return asked if isinstance(asked, Several) else None


def lately(photo: Query) -> Several | None:
    """Give the pictures handed in together, where this is one of them."""
    for asked in reversed(_lately().values()):
        if isinstance(asked, Several) and photo in asked.photos:
            return asked
    return None


def ask(new: Query | Several | None) -> None:
    """Make this the query, or with None go back to the start. Meant as a widget's callback."""
    named = {"product": [], "sample": [], "photo": [], "photos": []}
    if isinstance(new, Product):
        named["product"] = [new.product_id]
    elif isinstance(new, Photo):
        named["sample" if new.sample else "photo"] = [new.name if new.sample else new.key[:12]]
    elif new is not None:
        named["photos"] = [new.key[:12]]
    _turn_to(new)
    query_params.put(**named, **{name: [] for name in PER_QUERY})


def follow() -> None:
    """Turn to what the address names, where a link, or going back or forward, changed it."""
    names = ("product", "sample", "photo", "photos")
    if all(found is None for found in [query_params.moved(name) for name in names]):
        return
    product, sample, photo, photos = (next(iter(query_params.said(name)), "") for name in names)
    new, problem = None, ""
    if product:
        new = Product(product)
    elif sample:
        new = ready_made(sample)
        problem = "" if new else "This catalogue has no ready-made picture of the name in this address."
    elif photo or photos:
        new = _lately().get(photo or photos)
        problem = "" if new else "The address is of a photo, which was never stored. Please hand it in again."
    _turn_to(new)
    st.session_state[PROBLEM] = problem


def problem() -> str:
    """Say why the query that the address names cannot be asked; empty where it can."""
    return st.session_state.get(PROBLEM, "")


def ready_made(name: str) -> Photo | None:
    """Give a picture that the catalogue brings along to try a search with, if it has one of this name."""
    if not catalogue():
        return None
    # The name comes from the address: it is looked for among the files, and never becomes a path.
    for path in (artifacts.catalogue_dir(catalogue()) / "queries").glob("*.jpg"):
        if path.name == name:
            return Photo(path.name, path.read_bytes(), sample=True)
    return None


def turn() -> int:
    """Count the queries asked in this visit."""
    return st.session_state.get(TURN, 0)


def catalogue() -> str:
    """Name the catalogue chosen in the sidebar; empty where there is none."""
    return st.session_state.get(CATALOGUE) or ""


def extractor() -> str:
    """Name the extractor chosen in the sidebar; empty where there is none."""
    return st.session_state.get(EXTRACTOR) or ""


def _asked() -> Query | Several | None:
    if QUERY not in st.session_state:
        follow()
    return st.session_state.setdefault(QUERY, None)


def _turn_to(new: Query | Several | None) -> None:
    st.session_state[QUERY] = new
    st.session_state[PROBLEM] = ""
    # A widget keeps its file as long as its key stays: a new key empties it, and the memory with it.
    st.session_state[TURN] = turn() + 1
    if isinstance(new, Photo | Several):
        held = _lately()
        # Of several at once only the last are held: a hundred photos are much.
        for key in [key for key, old in held.items() if key == new.key[:12] or _both_several(old, new)]:
            del held[key]
        held[new.key[:12]] = new
        while len(held) > REMEMBERED:
            held.pop(next(iter(held)))


def _both_several(one: Photo | Several, other: Photo | Several) -> bool:
    return isinstance(one, Several) and isinstance(other, Several)


def _lately() -> dict[str, Photo | Several]:
    return st.session_state.setdefault(LATELY, {})
