"""What is remembered between reruns of one visit: the keys of the session's state, and the query."""

import copy
import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import ImageError
from core.gallery.catalogue_list import ready_made_queries
from core.gallery.milvus.engine_choice import LOCAL
from core.imaging.decode import QUERY_SIDE, ImageInfo, read_image, read_info
from core.imaging.encode import encode_lossless
from core.models.compared.methods import Distance, ordering_distances
from core.models.finder.garment import Garment
from core.retrieval.photograph.garment_part import Percent
from core.retrieval.photograph.upright import TURNS
from pages._shared.session import query_params
from pages._shared.session.cache_decorator import visit_id
from pages._shared.session.stores import VISITS, private_digest

CATALOGUE_KEY = "catalogue"
EXTRACTOR_KEY = "extractor"
DISTANCE_KEY = "distance"
ENGINE_KEY = "engine"
QUERY_KEY = "query"
QUERY_COUNT = "query-count"
RECENT = "recent-photos"
PROBLEM = "query-problem"

MAX_RECENT = 8
"""Photos that going back can bring back."""

SEARCH = "search"
"""The part of the pages that owns the query and those before it."""

NAMELESS = "A file"
"""What a file is called in the log."""

PER_PART = ("garment", "part", "thumb", "page")
"""What stands in the address of the part of a photo that is searched with; a turned photo starts without."""

PER_QUERY = (*PER_PART, "word")
"""What else of a query stands in the address; another query starts without."""

TURN = "turn"
"""The query parameter of the degrees clockwise that a photo is turned by; without, it is found out."""


@dataclass(frozen=True)
class Photo:
    """A picture that was handed in or picked from the ready-made ones.

    Its pixels lie in the store of visits, at most `QUERY_SIDE` a side, whatever was handed in.
    """

    name: str
    key: str  # of its content; the same for two of the same content, and of no use outside this process
    info: ImageInfo | None = None  # what the original's header says; None where it cannot be read
    problem: str = ""  # why it cannot be read; "" where it can
    sample: bool = False  # whether the catalogue brings it along, under this name
    turn: int | None = field(init=False, default=None)  # degrees clockwise; None until asked for or found out
    crop: Percent | None = field(init=False, default=None)
    garment: Garment | None = field(init=False, default=None, compare=False)  # that it, or its crop, shows

    @classmethod
    def take(cls, name: str, data: bytes, *, owner: str = SEARCH, sample: bool = False) -> "Photo":
        """Decode a picture, keep it small for this visit, and let the original go.

        Parameters
        ----------
        name : str
            Of the file.
        data : bytes
            What is in it.
        owner : str
            The part of the pages that needs it; it is kept until that part says by `retain_photos` that it
            does not.
        sample : bool
            Whether the catalogue brings it along.

        Returns
        -------
        Photo
            With a `problem` where it cannot be read.
        """
        key = private_digest(data)
        try:
            info = read_info(data, name=NAMELESS)
            image = read_image(data, name=NAMELESS, max_side=QUERY_SIDE)
        except ImageError as error:
            _log.info("refused a file of %d bytes: %s", len(data), error)
            return cls(name, key, problem=str(error).replace(NAMELESS, name, 1), sample=sample)
        VISITS.put(visit_id(), owner, key, encode_lossless(image))
        return cls(name, key, info, sample=sample)

    def packed(self) -> bytes:
        """Give the whole picture, small, as a file.

        Raises
        ------
        ImageError
            If it could not be read when it was handed in, or was let go since.
        """
        if self.problem:
            raise ImageError(self.problem)
        data = VISITS.photo(visit_id(), self.key.partition(" ")[0])
        if data is None and self.sample and (again := ready_made_photo(self.name)) is not None:
            data = VISITS.photo(visit_id(), again.key)
        if data is None:
            raise ImageError(
                f"{self.name} is no longer held: many photos were handed in since, and the oldest are let "
                "go. Please hand it in again."
            )
        return data

    def turned(self, turn: int | None) -> "Photo":
        """Give the whole photo, turned by so many degrees clockwise; with None as it was handed in."""
        key = self.key.partition(" ")[0]
        return self._copy(
            key=key if turn is None else f"{key} turned {turn}", turn=turn, crop=None, garment=None
        )

    def cropped(self, crop: Percent, garment: Garment | None = None) -> "Photo":
        """Give a part of this whole photo, and the garment that it was cut out for."""
        shows = f" {garment.label}" if garment else ""
        return self._copy(key=f"{self.key} {crop}{shows}", crop=crop, garment=garment)

    def showing(self, garment: Garment) -> "Photo":
        """Give this whole photo, which shows one garment."""
        return self._copy(key=f"{self.key} {garment.label}", garment=garment)

    @property
    def whole(self) -> "Photo":
        """The photo that this is a part of, without what it shows; itself where it is neither."""
        if self.crop is None and self.garment is None:
            return self
        return self.turned(self.turn)

    def _copy(self, **changed: object) -> "Photo":
        made = copy.copy(self)
        for name, value in changed.items():
            object.__setattr__(made, name, value)
        return made


@dataclass(frozen=True)
class Product:
    """A product of the catalogue whose like is looked for."""

    product_id: str

    @property
    def key(self) -> str:
        """What answers about it are remembered by."""
        return f"product {self.product_id}"


@dataclass(frozen=True)
class PhotoBatch:
    """Photos that are searched with side by side."""

    photos: tuple[Photo, ...]
    left_out: tuple[tuple[str, str], ...] = ()  # name of a file that is not looked at, and a sentence

    @property
    def key(self) -> str:
        """What answers about them are remembered by."""
        return hashlib.sha256("".join(photo.key for photo in self.photos).encode()).hexdigest()


VisitorQuery = Photo | Product

_log = logging.getLogger(__name__)


def retain_photos(owner: str, photos: Iterable[Photo]) -> None:
    """Say which photos a part of the pages still needs; what no part needs is let go."""
    VISITS.retain(visit_id(), owner, (photo.key.partition(" ")[0] for photo in photos))


def start_visit() -> None:
    """Begin with the query that the address names, if it names one; does nothing later in a visit."""
    if QUERY_KEY not in st.session_state:
        st.session_state[QUERY_KEY] = None
        follow_address()


def query() -> VisitorQuery | None:
    """Give the query of this visit, where it is a single one."""
    current = _current()
    return None if isinstance(current, PhotoBatch) else current


def query_batch() -> PhotoBatch | None:
    """Give the photos that are searched with, where they are several."""
    current = _current()
    return current if isinstance(current, PhotoBatch) else None


def recent_batch(query: VisitorQuery) -> PhotoBatch | None:
    """Give the photos that were handed in together, where this is one of them."""
    if isinstance(query, Photo):
        for recent in reversed(_recent().values()):
            if isinstance(recent, PhotoBatch) and query.turned(None) in recent.photos:
                return recent
    return None


def set_query(new: VisitorQuery | PhotoBatch | None) -> None:
    """Make this the query, or with None go back to the start. Meant as a widget's callback."""
    values: dict[str, list[str]] = {"product": [], "sample": [], "photo": [], "photos": [], TURN: []}
    if isinstance(new, Product):
        values["product"] = [new.product_id]
    elif isinstance(new, Photo):
        values["sample" if new.sample else "photo"] = [new.name if new.sample else new.key[:12]]
        values[TURN] = _turn_in_address(new)
    elif new is not None:
        values["photos"] = [new.key[:12]]
    _remember(new)
    query_params.write(**values, **{name: [] for name in PER_QUERY})


def turn_query(turn: int) -> None:
    """Turn the photo that is the query by so many degrees clockwise. Meant as a widget's callback.

    It stays the same query, whose widgets keep the focus; what was chosen of it as it lay before is let go.
    """
    if isinstance(photo := query(), Photo):
        st.session_state[QUERY_KEY] = photo.turned(turn)
        query_params.write(**{TURN: [str(turn)]}, **{name: [] for name in PER_PART})


def follow_address() -> None:
    """Take the query that the address names, where a link, or going back or forward, changed it."""
    names = ("product", "sample", "photo", "photos", TURN)
    if all(change is None for change in [query_params.take_visitor_change(name) for name in names]):
        return
    product, sample, photo, photos, turn = (next(iter(query_params.read(name)), "") for name in names)
    new: VisitorQuery | PhotoBatch | None = None
    problem = ""
    if product:
        new = Product(product)
    elif sample:
        new = ready_made_photo(sample)
        problem = "" if new else "This catalogue has no ready-made picture of the name in this address."
    elif photo or photos:
        new = _recent().get(photo or photos)
        problem = "" if new else "The address is of a photo, which was never stored. Please hand it in again."
    if isinstance(new, Photo):
        new = new.turned({str(known): known for known in TURNS}.get(turn))
        query_params.write(**{TURN: _turn_in_address(new)})
    _remember(new)
    st.session_state[PROBLEM] = problem


def query_problem() -> str:
    """Say why the query that the address names cannot be made; empty where it can."""
    return st.session_state.get(PROBLEM, "")


def ready_made_photo(name: str) -> Photo | None:
    """Give a picture that the catalogue brings along to try a search with, if it has one of this name."""
    if not catalogue_name():
        return None
    # The name comes from the address: it is looked for among the files, and never becomes a path.
    for path in ready_made_queries(catalogue_name()):
        if path.name == name:
            return Photo.take(path.name, path.read_bytes(), sample=True)
    return None


def query_count() -> int:
    """Count the queries made in this visit."""
    return st.session_state.get(QUERY_COUNT, 0)


def catalogue_name() -> str:
    """Name the catalogue chosen in the sidebar; empty where there is none."""
    return st.session_state.get(CATALOGUE_KEY) or ""


def extractor_name() -> str:
    """Name the extractor chosen in the sidebar; empty where there is none."""
    return st.session_state.get(EXTRACTOR_KEY) or ""


def distance() -> Distance:
    """Give the distance chosen in the sidebar; the cosine where the extractor offers no other."""
    chosen = st.session_state.get(DISTANCE_KEY)
    return Distance(chosen) if chosen in ordering_distances(extractor_name()) else Distance.COSINE


def engine_name() -> str:
    """Name the engine that the visitor chose; empty for the catalogue's own, and where no page runs."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    return st.session_state.get(ENGINE_KEY) or ""


def search_locally() -> None:
    """Choose the gallery in this process."""
    st.session_state[ENGINE_KEY] = LOCAL


def _current() -> VisitorQuery | PhotoBatch | None:
    return st.session_state.get(QUERY_KEY)


def _remember(new: VisitorQuery | PhotoBatch | None) -> None:
    st.session_state[QUERY_KEY] = new
    st.session_state[PROBLEM] = ""
    # A widget keeps its file as long as its key stays: a new key empties it, and the memory with it.
    st.session_state[QUERY_COUNT] = query_count() + 1
    if isinstance(new, Photo | PhotoBatch):
        recent = _recent()
        # Of several at once only the last are held: a hundred photos are much.
        for key in [key for key, old in recent.items() if key == new.key[:12] or _both_batches(old, new)]:
            del recent[key]
        recent[new.key[:12]] = new.turned(None) if isinstance(new, Photo) else new
        while len(recent) > MAX_RECENT:
            recent.pop(next(iter(recent)))
        retain_photos(
            SEARCH,
            [
                photo
                for kept in recent.values()
                for photo in (kept.photos if isinstance(kept, PhotoBatch) else [kept])
            ],
        )


def _turn_in_address(photo: Photo) -> list[str]:
    return [] if photo.turn is None else [str(photo.turn)]


def _both_batches(one: Photo | PhotoBatch, other: Photo | PhotoBatch) -> bool:
    return isinstance(one, PhotoBatch) and isinstance(other, PhotoBatch)


def _recent() -> dict[str, Photo | PhotoBatch]:
    return st.session_state.setdefault(RECENT, {})
