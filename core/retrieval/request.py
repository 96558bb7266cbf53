"""What a search is asked, and what it answers: plain values, the same for page, command line and notebook."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from core.errors import SearchError
from core.gallery.distances import check_distance
from core.gallery.protocol import Filters
from core.imaging.decode import QUERY_SIDE, read_image
from core.models.compared.methods import Distance
from core.models.finder.garment import Garment
from core.models.names import DEFAULT_EXTRACTOR
from core.models.prediction import Prediction
from core.retrieval.ranking import Group, Hit
from core.retrieval.verdicts.verdict import Verdict
from core.retrieval.words.vocabulary import ReadWords


@dataclass(frozen=True, eq=False)
class PictureQuery:
    """A picture whose like is looked for: RGB, uint8 (height, width, 3), of any size."""

    image: np.ndarray = field(repr=False)
    key: str = ""  # what answers about it may be remembered by; a hash of its pixels unless given
    garment: Garment | None = None  # that it shows, where the finder found one

    def __post_init__(self) -> None:
        if not self.key:
            pixels = np.ascontiguousarray(self.image)
            hashed = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes())
            object.__setattr__(self, "key", hashed.hexdigest())

    @classmethod
    def read(cls, path: Path | str) -> "PictureQuery":
        """Read a whole picture, as it lies, in the size that the page and the command line do.

        Raises
        ------
        ImageError
            If the file is no picture that can be read.
        """
        return cls(read_image(Path(path), name=str(path), max_side=QUERY_SIDE))


@dataclass(frozen=True)
class ProductQuery:
    """A product of the catalogue whose like is looked for. It is no hit itself, and needs no model."""

    product_id: str

    @property
    def key(self) -> str:
        """What answers about it may be remembered by."""
        return f"product {self.product_id}"


@dataclass(frozen=True, eq=False)
class VectorQuery:
    """Embeddings that are already there: float array (dimension,) of the request's extractor and weights."""

    vectors: Mapping[str, np.ndarray] = field(repr=False)

    @property
    def key(self) -> str:
        """What answers about it may be remembered by."""
        hashed = hashlib.sha256()
        for name, vector in sorted(self.vectors.items()):
            hashed.update(f"{name} ".encode() + np.asarray(vector, np.float64).tobytes())
        return hashed.hexdigest()


@dataclass(frozen=True)
class WordsQuery:
    """No picture at all: the words of the request say what is looked for, and no model is needed."""

    @property
    def key(self) -> str:
        """What answers about it may be remembered by."""
        return "words"


Query = PictureQuery | ProductQuery | VectorQuery | WordsQuery


class Order(StrEnum):
    """How hits are ordered."""

    SCORE = "score"  # by score alone
    CLASS_FIRST = "class"  # those of the query's class first, where the classifier is sure of it
    GROUPED = "groups"  # by class, the likeliest first, a few hits of each on a page


@dataclass(frozen=True)
class SearchRequest:
    """A search, with every control that the page and the command line have.

    Raises
    ------
    SearchError
        If a number is out of its range.

    Examples
    --------
    >>> request = SearchRequest(ProductQuery("15970"), filters=Filters({"baseColour": ("Blue",)}), top=24)
    >>> request.extractor, request.order.value
    ('vgg16', 'score')
    """

    query: Query
    extractor: str = DEFAULT_EXTRACTOR
    weights: Mapping[str, float] = field(default_factory=dict)  # of further extractors, beside its own 1
    distance: Distance = Distance.COSINE  # how its vectors are compared; another takes its vectors alone
    words: tuple[str, ...] = ()  # of the catalogue's own; see `core.retrieval.words.vocabulary.read_words`
    liked: tuple[str, ...] = ()  # product ids that the query is moved towards
    disliked: tuple[str, ...] = ()  # product ids that it is moved away from
    filters: Filters = field(default_factory=Filters)
    threshold: float | None = None  # lowest score of a hit; None takes any
    order: Order = Order.SCORE
    intimates: bool = False  # whether underwear, swimwear and nightwear are hits of a query of another kind
    fold: bool = True  # near-duplicates into one hit, where the catalogue tells them
    top: int = 12  # hits on a page
    page: int = 1
    # What is wanted beside the hits. Each costs its own time.
    predict: bool = True  # the query's class; order by class needs it
    agreement: bool = False  # whether a second classifier agrees with it
    facets: tuple[str, ...] = ()  # columns whose values are counted
    distribution: bool = False  # of the scores

    def __post_init__(self) -> None:
        if not isinstance(self.query, Query):
            raise SearchError(
                f"The query is {self.query!r}; give a PictureQuery, a ProductQuery, a VectorQuery or a "
                "WordsQuery."
            )
        if isinstance(self.words, str):
            raise SearchError(f"The words are the text '{self.words}'; give a tuple of them.")
        if isinstance(self.query, WordsQuery) and not any(map(str.strip, self.words)):
            raise SearchError("Nothing is looked for; give a picture, a product or words.")
        if not all(isinstance(number, int) and number >= 1 for number in (self.top, self.page)):
            raise SearchError(
                f"Page {self.page} of {self.top} hits was asked for; both must be whole and at least 1."
            )
        if self.threshold is not None and not -1 <= self.threshold <= 1:  # also refuses NaN
            raise SearchError(f"The threshold is {self.threshold}; a score lies between -1 and 1.")
        for extractor, weight in self.weights.items():
            if not 0 <= weight < np.inf:
                raise SearchError(f"The weight of {extractor} is {weight}; give a number of 0 or more.")
        if both := sorted(set(self.liked) & set(self.disliked)):
            raise SearchError(f"The product {both[0]} is liked and disliked; take one of both back.")
        if self.order not in list(Order):
            raise SearchError(f"There is no order {self.order!r}; expected {', '.join(Order)}.")
        object.__setattr__(self, "order", Order(self.order))
        if self.distance not in list(Distance):
            raise SearchError(f"There is no distance {self.distance!r}; expected {', '.join(Distance)}.")
        object.__setattr__(self, "distance", Distance(self.distance))
        if self.distance is not Distance.COSINE:
            self._refuse_what_needs_cosines()

    def _refuse_what_needs_cosines(self) -> None:
        """Refuse what moves or mixes directions: of another distance, lengths count."""
        check_distance(self.distance, self.extractor)
        for given, what in (
            (any(self.weights.values()), "Weights of further extractors"),
            (self.liked or self.disliked, "Likes and dislikes"),
            (isinstance(self.query, WordsQuery), "Words without a picture"),
        ):
            if given:
                raise SearchError(
                    f"{what} are searched by the cosine, not by the {self.distance} distance; take them back "
                    "or leave the distance out."
                )

    @property
    def key(self) -> str:
        """What the answer may be remembered by: the query's key and all that is asked of it."""
        asked = replace(self, query=ProductQuery(""))
        return f"{type(self.query).__name__} {self.query.key} {asked!r}"


@dataclass(frozen=True)
class QueryClass:
    """What is known of the query's class, as the verdict says."""

    sure: str | None = None  # the class whose hits may come first, in the catalogue's spelling
    reason: str = ""  # why its hits may come first, or why no class's may; to follow "by score alone, …"
    order: tuple[str, ...] = ()  # the classes, the likeliest first
    known: bool = True  # False where it is most likely none of them


@dataclass(frozen=True)
class ScoreDistribution:
    """How many products score how much, whatever the filters."""

    edges: np.ndarray  # float (bins + 1,)
    counts: np.ndarray  # int64 (bins,); scores below the lowest edge are counted in the first
    n_reaching: int  # products that score at least the threshold


@dataclass(frozen=True)
class SearchResponse:
    """What a search found."""

    hits: tuple[Hit, ...]  # of this page
    groups: tuple[Group, ...]  # the same hits as they are shown together; one of label "" if not grouped
    total: int  # products that pass the filters and score enough, near-duplicates counted too
    page: int  # the last there is, where a later one was asked for
    n_pages: int  # fewer than are said at first, where near-duplicates of further pages fold
    n_left_out: int  # products of underwear, swimwear and nightwear, which this query is none of
    likely_gender: str | None  # whom the query is for, by the nearest products; None where it cannot be told
    not_folded: str  # why near-duplicates are not folded though that was asked for; "" where they are
    n_groups: int  # classes among the nearest, on all pages; 0 where hits are not grouped by class
    first: str | None  # the class whose hits come first
    query_class: QueryClass
    prediction: Prediction | None  # what the classifier says; None where it was not asked or is not at hand
    not_predicted: str  # why the classifier is not at hand; "" where it is
    nothing_close: (
        bool  # nothing of the catalogue's kinds is in the picture, or nothing scores what means much
    )
    words: ReadWords  # what was made of the request's words
    verdict: Verdict | None  # what the query is, from all judges; None where nobody was asked
    facets: Mapping[str, Mapping[str, int]]  # column -> value -> hits that it would leave
    distribution: ScoreDistribution | None
    counted_among: int | None  # facets and distribution speak of so many nearest products; None is all
    took_ms: Mapping[str, float]  # `extract`, `classify`, `search`, `counts`
