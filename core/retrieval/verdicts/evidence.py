"""What the judges say of one picture, side by side: what a verdict is reached from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.labels import LABELS, is_of_kind, match_label, rules_out
from core.models.consensus import KNN, NeighbourVote, judge_rank
from core.models.finder.garment import Garment
from core.models.names import FINDER
from core.models.prediction import Prediction, confident_class

MAJORITY, NEARLY_ALL = 0.5, 0.75
"""Shares of the nearest products from which on they are of a type, and speak against another."""


@dataclass(frozen=True)
class Evidence:
    """What the judges say of one picture; any of them may be missing.

    Attributes
    ----------
    predictions : sequence of Prediction
        One from each classifier that was asked. The first of `CLASSIFIER_PRIORITY` speaks for them; the
        others only agree or differ.
    garment : Garment, optional
        The garment that the finder sees in what is looked at.
    vote : NeighbourVote, optional
    stocked : collection of str
        Every `articleType` of the catalogue: its products cannot vote for what it does not have.
    """

    predictions: Sequence[Prediction] = ()
    garment: Garment | None = None
    vote: NeighbourVote | None = None
    stocked: Collection[str] = ()

    @property
    def speaker(self) -> Prediction | None:
        """The classifier whose word counts."""
        return min(self.predictions, key=lambda said: judge_rank(said.model), default=None)

    @property
    def named(self) -> str | None:
        """The class that the classifier names; None where it knows none."""
        return self.speaker.label if self.speaker and self.speaker.known else None

    @property
    def speaker_name(self) -> str:
        """The name of the classifier whose word counts; "" without one."""
        return self.speaker.model if self.speaker else ""

    @property
    def confident(self) -> bool:
        """Whether the classifier is confident of its class."""
        return self.speaker is not None and confident_class(self.speaker) is not None

    @property
    def crowd(self) -> str | None:
        """The type of most of the nearest products; None where no type has `MAJORITY`."""
        return self.vote.leader or None if self.vote and self.vote.share >= MAJORITY else None

    @property
    def nearly_all(self) -> bool:
        """Whether nearly all of the nearest products are of one type."""
        return self.vote is not None and bool(self.vote.leader) and self.vote.share >= NEARLY_ALL

    def crowd_is(self, kind: str | None) -> bool:
        """Whether most of the nearest products are of a kind."""
        return kind is not None and self.crowd is not None and is_of_kind(self.crowd, kind)

    def crowd_contradicts(self, kind: str) -> bool:
        """Whether nearly all of the nearest products are of another kind, and could have been of this.

        They could where the catalogue has it. Where it has not, they still tell where they are of one of the
        five classes and very close: what looks so much like jeans is no dress, whatever else there is.
        """
        if not self.nearly_all or self.crowd is None or not rules_out(self.crowd, kind):
            return False
        near = self.vote is not None and self.vote.very_close and self.crowd in LABELS
        return near or self.has(kind)

    @property
    def crowd_tells_classes_apart(self) -> bool:
        """Whether the nearest products could have been of none of the five classes.

        Where the catalogue has nothing else, they are of one whatever a picture shows.
        """
        return any(match_label(spelled) is None for spelled in self.stocked)

    def has(self, kind: str) -> bool:
        """Whether the catalogue has products of a kind."""
        return any(is_of_kind(spelled, kind) for spelled in self.stocked)

    def agrees(self, judge: str, kind: str | None) -> bool | None:
        """Whether what one judge says is a kind of garment; with None, that it is none that anybody knows.

        Returns
        -------
        bool or None
            None where the judge cannot know: nearest products that are of many types, or of a catalogue that
            has nothing of the kind.
        """
        if judge == KNN:
            silent = kind is None or self.crowd is None or not self.has(kind)
            return self.crowd_is(kind) or (None if silent else False)
        label = match_label(kind) if kind else None
        if judge == FINDER:
            garment = self.garment.label if self.garment else ""
            of_class = label is not None and not rules_out(garment, label)
            return kind is not None and (is_of_kind(kind, garment) or of_class)
        said = next(said for said in self.predictions if said.model == judge)
        return said.label == label if said.known else label is None
