"""Who is followed where judges contradict each other: the rules of the verdict."""

from dataclasses import dataclass
from enum import StrEnum

from core.labels import LABELS, match_label, rules_out
from core.models.consensus import KNN
from core.models.finder.garment import Garment
from core.models.names import FINDER
from core.retrieval.verdicts.evidence import MAJORITY, Evidence

FIRM_GARMENT, VERY_FIRM_GARMENT = 0.6, 0.8
"""Probabilities from which on a garment's label outweighs what the classifier alone says, and what a
confident classifier and most of the nearest products together say. Where these are nearly all, none does."""


class Sureness(StrEnum):
    """How sure a verdict is."""

    SURE = "sure"  # the hits of its class may come first
    LIKELY = "likely"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Decision:
    """What a picture is, how sure that is, and which judges it follows, the weightiest first."""

    kind: str | None  # None where nobody can say
    sureness: Sureness
    judges: tuple[str, ...] = ()
    instead: str | None = None  # what it is if it is not `kind`


def decide(evidence: Evidence) -> Decision:
    """Say what a picture is.

    A garment that was found outweighs the classifier where it is of a kind that the classifier does not know;
    two judges that agree outweigh the third; the nearest products alone name what is none of the classes.
    """
    if evidence.garment is None:
        return _of_whole_picture(evidence)
    return _of_garment(evidence, evidence.garment)


def _of_whole_picture(evidence: Evidence) -> Decision:
    named, crowd = evidence.named, evidence.crowd
    if named is None:
        return _of_neighbours(evidence)
    if evidence.crowd_contradicts(named) and crowd is not None:
        if evidence.confident and crowd in LABELS:
            return Decision(named, Sureness.UNSURE, instead=crowd)
        return Decision(crowd, Sureness.LIKELY, (KNN,))
    judges = (evidence.speaker_name, KNN) if evidence.crowd_is(named) else (evidence.speaker_name,)
    return Decision(named, _classifier_sureness(evidence), judges)


def _of_neighbours(evidence: Evidence) -> Decision:
    """Where no classifier names a class and no garment was found: what the nearest products are."""
    crowd, speaker = evidence.crowd, evidence.speaker
    sureness = Sureness.LIKELY if evidence.nearly_all else Sureness.UNSURE
    if crowd is None:
        return Decision(None, Sureness.UNSURE)
    if speaker is None or crowd not in LABELS:
        return Decision(crowd, sureness, (KNN,))
    # The classifier knows the classes and calls this none of them. The nearest products outweigh it only
    # where they could have been of another type, and are of the class that it finds likeliest.
    if evidence.crowd_tells_classes_apart and evidence.nearly_all and crowd == speaker.label:
        return Decision(crowd, Sureness.LIKELY, (KNN,))
    return Decision(None, Sureness.UNSURE)


def _of_garment(evidence: Evidence, garment: Garment) -> Decision:
    named = evidence.named
    kind, firm = garment.label, garment.certainty >= FIRM_GARMENT
    very_firm = garment.certainty >= VERY_FIRM_GARMENT
    if named == kind:
        sure = (
            not evidence.crowd_contradicts(kind) if evidence.confident else firm and evidence.crowd_is(kind)
        )
        judges = (evidence.speaker_name, FINDER)
        if evidence.speaker is not None and garment.certainty > evidence.speaker.probabilities[kind]:
            judges = (FINDER, evidence.speaker_name)
        return Decision(kind, Sureness.SURE if sure else Sureness.LIKELY, judges)
    if evidence.crowd_is(kind):
        return _finder_and_neighbours(evidence, kind, firm)
    if named is not None and not rules_out(kind, named):
        return _of_whole_picture(evidence)
    unlike_all = evidence.crowd_contradicts(kind)
    outvoted = evidence.confident and evidence.crowd_is(named) and (not very_firm or unlike_all)
    if firm and not outvoted:
        return _firm_garment(evidence, kind)
    if evidence.crowd_is(named) and named is not None:
        return Decision(named, Sureness.LIKELY, (evidence.speaker_name, KNN))
    if named is not None and evidence.confident:
        return Decision(named, Sureness.LIKELY, (evidence.speaker_name,))
    if named is not None:
        return Decision(named, Sureness.UNSURE, instead=kind)
    if evidence.crowd_contradicts(kind):
        return Decision(kind, Sureness.UNSURE, instead=evidence.crowd)
    return Decision(kind, Sureness.UNSURE, (FINDER,))


def _finder_and_neighbours(evidence: Evidence, kind: str, firm: bool) -> Decision:
    informed = evidence.named is not None or evidence.crowd_tells_classes_apart
    sure = Sureness.SURE if firm and evidence.nearly_all and informed else Sureness.LIKELY
    if kind not in LABELS and evidence.crowd is not None and match_label(evidence.crowd, (kind,)) is None:
        return Decision(evidence.crowd, sure, (KNN, FINDER))  # heels are shoes, and say more
    return Decision(kind, sure, (FINDER, KNN))


def _firm_garment(evidence: Evidence, kind: str) -> Decision:
    """Where the finder is firm, and neither classifier nor neighbours say the same."""
    named, crowd = evidence.named, evidence.crowd
    if kind in LABELS and named is not None:
        if evidence.crowd_is(named):
            return Decision(named, Sureness.LIKELY, (evidence.speaker_name, KNN))
        if evidence.confident:
            return Decision(kind, Sureness.UNSURE, instead=named)
    if evidence.crowd_contradicts(kind):
        return Decision(kind, Sureness.UNSURE, instead=crowd)
    return Decision(kind, Sureness.LIKELY, (FINDER,))


def _classifier_sureness(evidence: Evidence) -> Sureness:
    if evidence.confident:
        return Sureness.SURE
    speaker = evidence.speaker
    likely = speaker is not None and speaker.probabilities[speaker.label] >= MAJORITY
    return Sureness.LIKELY if likely else Sureness.UNSURE
