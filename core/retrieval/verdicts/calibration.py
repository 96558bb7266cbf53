"""What scores and judges are worth, as measured on photographs: read from one file, `calibration.json`.

`python -m core calibrate` writes it from photographs of the validation split, for the weights and catalogue
at hand. A calibration of other weights is not used: without one, scores are numbers without a word, and the
judges' own limits count.
"""

import functools
import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from core.errors import ArtifactError
from core.models.card import kept_weights_sha256
from core.models.names import CLASSIFIER, DEFAULT_EXTRACTOR, FINDER
from core.models.prediction import Prediction
from core.retrieval.verdicts.evidence import Evidence
from core.retrieval.verdicts.smoothness import smoothness
from core.storage.artifacts import artifacts_dir
from core.storage.readers import read_json
from core.storage.schema import Count, Figure, check_schema

log = logging.getLogger(__name__)

CALIBRATION = "calibration.json"

CALIBRATED = (DEFAULT_EXTRACTOR, CLASSIFIER, FINDER)
"""The models whose answers are calibrated."""

LARGEST_MARGIN = 8.0
"""Of logits: further away, nobody is surer."""

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Closeness(StrEnum):
    """How close a hit is, in words."""

    VERY_CLOSE = "very close"
    CLOSE = "close"
    NOT_CLOSE = "not close"


class ReliabilityBin(msgspec.Struct, frozen=True):
    """Hits of photographs that score between two limits: how many there were, and how many were right."""

    least: Figure
    below: Figure
    n: Count
    right: _Share


class ScoreCalibration(msgspec.Struct, frozen=True):
    """What the scores of one extractor mean."""

    very_close: Figure  # least score of a hit that is called so
    close: Figure
    right_from_close: _Share  # of the hits that score at least `close`
    curve: tuple[ReliabilityBin, ...]  # the reliability curve, by rising score

    def closeness(self, score: float) -> Closeness:
        """Say in words how close a hit is.

        Examples
        --------
        >>> measured = ScoreCalibration(very_close=0.9, close=0.8, right_from_close=0.9, curve=())
        >>> [measured.closeness(score).value for score in (0.95, 0.8, 0.3)]
        ['very close', 'close', 'not close']
        """
        if score >= self.very_close:
            return Closeness.VERY_CLOSE
        return Closeness.CLOSE if score >= self.close else Closeness.NOT_CLOSE


class JudgeAccuracy(msgspec.Struct, frozen=True):
    """How often a judge says rightly what a photograph shows."""

    n: Count  # photographs about which it could know
    right: _Share

    @property
    def worth(self) -> float:
        """What its word weighs against another judge's: the logarithm of its odds of being right.

        These are the best weights of judges who err independently (Nitzan and Paroush, 1982). One that is
        wrong as often as right is worth nothing. A right and a wrong answer more are counted, so that few
        photographs make nobody infallible.

        Examples
        --------
        >>> [round(JudgeAccuracy(n=98, right=right).worth, 2) for right in (1.0, 0.9, 0.5, 0.2)]
        [4.6, 2.11, 0.0, 0.0]
        """
        odds = (self.n * self.right + 1) / (self.n * (1 - self.right) + 1)
        return max(0.0, math.log(odds))


class LogisticWeights(msgspec.Struct, frozen=True):
    """A logistic regression on what judges say: of each feature its weight, and a limit."""

    features: dict[str, Figure]
    bias: Figure
    limit: _Share  # probability from which on it says yes

    def probability(self, values: Mapping[str, float]) -> float:
        """Give the probability of features; raises `KeyError` where one is missing."""
        logit = self.bias + sum(weight * values[name] for name, weight in self.features.items())
        return float(1 / (1 + np.exp(-np.clip(logit, -50, 50))))

    def says_yes(self, values: Mapping[str, float]) -> bool:
        """Whether the probability of features reaches the limit."""
        return self.probability(values) >= self.limit


class Calibration(msgspec.Struct, frozen=True):
    """The content of the file."""

    weights: dict[str, str]  # sha256 of each model that was asked
    scores: dict[str, ScoreCalibration]  # by extractor
    something: LogisticWeights  # whether there is anything of the catalogue's kinds in the picture
    class_margin: Annotated[
        float, msgspec.Meta(ge=0, le=2)
    ]  # a class within it of the best hit may come first
    measured_on: dict[str, Count | str]
    judges: dict[str, JudgeAccuracy] = {}  # those of a search; without any, each is worth the same
    known_margin: Figure = 0.0  # least `Prediction.known_margin` of a photograph that is one of the classes


def is_very_close(score: float, extractor: str, calibration: Calibration | None) -> bool:
    """Whether a score of an extractor is called very close; no score is where none was measured."""
    measured = calibration.scores.get(extractor) if calibration else None
    return measured is not None and measured.closeness(score) is Closeness.VERY_CLOSE


def judge_worth(calibration: Calibration | None) -> dict[str, float]:
    """Give what each measured judge is worth; nothing without a calibration."""
    return {name: each.worth for name, each in calibration.judges.items()} if calibration else {}


def shows_something(
    evidence: Evidence, best_score: float, image: np.ndarray, calibration: Calibration
) -> bool:
    """Whether there is anything of the catalogue's kinds in a picture: no blank wall, and nothing far.

    Parameters
    ----------
    evidence : Evidence
    best_score : float
        Of the nearest product.
    image : uint8 array (height, width, 3)
        That is searched with.
    calibration : Calibration
    """
    return calibration.something.says_yes(something_features(evidence, best_score, image))


def something_features(evidence: Evidence, best_score: float, image: np.ndarray) -> dict[str, float]:
    """Give what tells garments from nothing.

    Returns
    -------
    dict of str to float
        ``score`` (of the nearest product), ``agreement`` (share of the nearest products that are of one
        type), ``classifier`` (how far its logit of being one of the classes is above its own limit, at most
        `LARGEST_MARGIN`; 0 where it is not at hand), ``garment`` (the finder's certainty; 0 where it found
        none) and ``smoothness`` (`core.retrieval.verdicts.smoothness.smoothness`).
    """
    margin = evidence.speaker.known_margin if evidence.speaker else 0.0
    return {
        "score": best_score,
        "agreement": evidence.vote.share if evidence.vote else 0.0,
        "classifier": float(np.clip(margin, -LARGEST_MARGIN, LARGEST_MARGIN)),
        "garment": evidence.garment.certainty if evidence.garment else 0.0,
        "smoothness": smoothness(image),
    }


def known_on_photograph(said: Prediction, calibration: Calibration | None) -> Prediction:
    """Give a prediction of a photograph, known only from the margin on that photographs need.

    The classifier's own limit is chosen on shop pictures as well, which are told from others more easily.

    Parameters
    ----------
    said : Prediction
        Of any model; those of others than `CLASSIFIER` stay as they are.
    calibration : Calibration or None
        Without one the limit of the classifier itself counts.

    Examples
    --------
    >>> said = Prediction("rgb", "Jeans", {"Jeans": 1.0}, known=True)
    >>> known_on_photograph(said, None) is said
    True
    """
    return said if calibration is None else known_from(said, calibration.known_margin)


def known_from(said: Prediction, margin: float) -> Prediction:
    """Give a prediction, known only from a margin on where it is one of `CLASSIFIER`."""
    if said.model != CLASSIFIER:
        return said
    return replace(said, known=said.known and said.known_margin >= margin)


def calibration_path() -> Path:
    """Where the calibration is kept."""
    return artifacts_dir() / "models" / CALIBRATION


def read_calibration(path: Path) -> Calibration:
    """Read a calibration.

    Raises
    ------
    ArtifactError
        If it is missing, or does not fit `Calibration`.
    """
    return check_schema(read_json(path), Calibration, path=path)


def calibration_at_hand() -> Calibration | None:
    """Give the calibration of the weights at hand; None where there is none, or it is of other weights."""
    path = calibration_path()
    try:
        written = path.stat().st_mtime_ns
    except OSError:
        return None
    return _of_these_weights(path, written, tuple(kept_weights_sha256(name) for name in CALIBRATED))


@functools.lru_cache(maxsize=4)
def _of_these_weights(path: Path, written: int, at_hand: tuple[str | None, ...]) -> Calibration | None:
    """Read a calibration once for each time that it, or weights, were written."""
    try:
        calibration = read_calibration(path)
    except ArtifactError as error:
        log.warning("Scores are shown without a word: %s", error)
        return None
    stale = [
        name
        for name, sha256 in zip(CALIBRATED, at_hand, strict=True)
        if calibration.weights.get(name) != sha256
    ]
    if stale:
        log.warning(
            "Scores are shown without a word: %s was measured with other weights of %s; measure again with "
            "`python -m core calibrate`",
            path.name,
            " and ".join(stale),
        )
        return None
    return calibration
