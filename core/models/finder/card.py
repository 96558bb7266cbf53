"""The `card.json` of the garment finder: what it is served by, and what is said about it."""

import math
from typing import Annotated

import msgspec

from core.models.card import AnyCard, read_card
from core.models.finder.labels import FINDER_LABELS
from core.models.names import FINDER
from core.storage.schema import Figure

_Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class FinderCard(AnyCard, frozen=True, kw_only=True):
    """The fields of `card.json` that code relies on; training writes more.

    The first two are learned on the validation split: a logistic regression from how sure the network is of a
    box, how sure of its label, and the logarithm of how many pixels vote for it, to whether both are right.
    """

    logistic: tuple[Figure, Figure, Figure, Figure]  # bias, then the three weights
    least_certainty: _Probability  # garments less certain are not spoken of

    def certainty(self, sure: float, share: float, pixels: float) -> float:
        """Return the probability that a garment's box and label are right."""
        bias, *weights = self.logistic
        score = bias + sum(
            weight * value
            for weight, value in zip(weights, (logit(sure), logit(share), math.log(pixels)), strict=True)
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def logit(probability: float) -> float:
    """Return the logarithm of the odds, of a probability kept away from 0 and 1."""
    inside = max(1e-4, min(1 - 1e-4, probability))
    return math.log(inside / (1 - inside))


def load_finder_card() -> FinderCard:
    """Read the card of the finder.

    Raises
    ------
    ArtifactError
        If it is missing, does not fit `FinderCard`, or is the card of another model or of other labels.
    """
    return read_card(FINDER, FinderCard, FINDER_LABELS)
