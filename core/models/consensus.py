"""Who says what a picture shows: the judges, and the vote of the nearest products among them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import SearchError
from core.labels import LABELS, label_key, match_label
from core.models.names import FINDER

KNN = "neighbours"
"""The judge that asks the nearest products what they are."""

CLASSIFIER_PRIORITY: tuple[str, ...] = ("vgg19", "vgg16", "vae", "rgb", KNN)
"""Whose word counts first: of the classifiers, the first one at hand speaks, the others agree or differ."""

JUDGE_NAMES = {
    "vgg19": "VGG19",
    "vgg16": "VGG16",
    "vae": "VAE",
    "rgb": "RGB",
    FINDER: "Garment finder",
    KNN: "Neighbours' vote",
}
"""What people read for each judge."""

K_NEIGHBOURS = 12
"""Nearest products that vote: as many as a first page of hits has, so that who counts them finds as many."""


@dataclass(frozen=True)
class NeighbourVote:
    """What the nearest products are.

    Attributes
    ----------
    counts : dict of str to int
        Products of each type, the most first, and of equal counts that of the nearest product. Spellings
        of one type are counted together: of one of the five classes by its own name, of others as the nearest
        product spells it.
    very_close : bool
        Whether the nearest product is very close, as measured on photographs.
    """

    counts: dict[str, int]
    very_close: bool = False

    @property
    def n(self) -> int:
        """How many products vote."""
        return sum(self.counts.values())

    @property
    def leader(self) -> str:
        """The type that most of them are of."""
        return next(iter(self.counts))

    @property
    def share(self) -> float:
        """The leader's share of the votes."""
        return self.counts[self.leader] / self.n

    @property
    def text(self) -> str:
        """The leader and its count, in words.

        Examples
        --------
        >>> knn_vote(["Sarees", "Sarees", "Dupatta"]).text
        'Sarees: 2 of 3 nearest'
        """
        return f"{self.leader or 'Unknown'}: {self.counts[self.leader]} of {self.n} nearest"


def knn_vote(
    types: Sequence[str], labels: Sequence[str] = LABELS, *, very_close: bool = False
) -> NeighbourVote:
    """Let the nearest products vote on what a picture shows.

    Parameters
    ----------
    types : sequence of str
        `articleType` of the nearest products, the nearest first.
    labels : sequence of str
        Types that are one of these, however they are spelled, are counted together.
    very_close : bool
        Whether the nearest of them is.

    Returns
    -------
    NeighbourVote

    Raises
    ------
    SearchError
        If there is nobody to vote.

    Examples
    --------
    >>> knn_vote(["Shirts", "t-shirts", "Tshirts", "Shoes"]).counts
    {'Tshirts': 2, 'Shirts': 1, 'Shoes': 1}
    """
    if not types:
        raise SearchError("No product is near enough to vote; index a catalogue that holds some")
    spelled: dict[str, str] = {}
    for kind in types:
        spelled.setdefault(label_key(kind), match_label(kind, labels) or kind)
    votes = Counter(spelled[label_key(kind)] for kind in types)
    # `Counter` keeps the order of first sight, and so does a stable sort: a draw goes to the nearest.
    return NeighbourVote(dict(sorted(votes.items(), key=lambda item: -item[1])), very_close)


def judge_rank(name: str) -> int:
    """Give a judge's place in `CLASSIFIER_PRIORITY`; one that is not in it comes last."""
    return CLASSIFIER_PRIORITY.index(name) if name in CLASSIFIER_PRIORITY else len(CLASSIFIER_PRIORITY)
