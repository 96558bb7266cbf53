"""Which way a photo is turned back before garments are looked for in it and it is searched with.

A phone that is held flat guesses which way up it is, and networks that have seen nothing turned find
nonsense. Only photographs are turned; the pictures of a catalogue's products stay as they are.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from core.errors import ArtifactError, ModelError, SearchError
from core.imaging.page_pictures import is_page
from core.retrieval.encoder import Encoder

TURNS = (0, 90, 180, 270)
"""What a photo is turned by, in degrees clockwise."""

SURE = 0.9
"""Probability of being upright from which on a picture is taken as it is, after one look."""

AS_HANDED_IN = 1.5
"""Logarithm of the odds that a picture stands upright as it was handed in rather than turned: most do.

Chosen, like `SURE`, on the validation split of laid photographs turned by quarters."""

LEAST = 1e-6
"""Below which no probability is taken for, nor above its counterpart: their odds stay finite."""

_TURN_TEXTS = {90: "by a quarter to the right", 180: "by a half", 270: "by a quarter to the left"}


@dataclass(frozen=True, eq=False)
class UprightImage:
    """A picture as it is searched with, and what it was turned by for that.

    Attributes
    ----------
    image : uint8 array (height, width, 3)
    turn : int
        Degrees clockwise, one of `TURNS`.
    """

    image: np.ndarray = field(repr=False)
    turn: int


def stand_upright(
    image: np.ndarray, encoder: Encoder, *, turn: int | None = None, key: str = ""
) -> UprightImage:
    """Turn a photo as it was asked for, or back where it is likely turned.

    A page, such as a screenshot of a shop, stays as it is: nobody holds a screen askew while it is taken.
    Page, command line, notebook and `evaluate` call this for every photo that somebody hands in.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
    encoder : Encoder
        Says how likely a picture is upright; not asked where a turn is given.
    turn : int, optional
        Degrees clockwise, one of `TURNS`; without it, `likely_turn` says.
    key : str
        Tells pictures apart, so that answers can be remembered.

    Raises
    ------
    SearchError
        If there is no such turn.
    """
    if turn is None:
        turn = likely_turn(image, encoder, key)
        if turn and is_page(image):
            turn = 0
    return UprightImage(turned(image, turn), turn)


def turned(image: np.ndarray, turn: int) -> np.ndarray:
    """Turn a picture, or a mask, (height, width, …) clockwise; the same array where nothing is to be turned.

    Raises
    ------
    SearchError
        If the turn is none of `TURNS`.

    Examples
    --------
    >>> lying = np.array([[[1], [2]]], np.uint8)
    >>> turned(lying, 90)[..., 0].tolist(), turned(lying, 270)[..., 0].tolist()
    ([[1], [2]], [[2], [1]])
    """
    if turn not in TURNS:
        raise SearchError(f"A photo cannot be turned by {turn} degrees; give {', '.join(map(str, TURNS))}.")
    return np.ascontiguousarray(np.rot90(image, -turn // 90)) if turn else image


def turn_text(turn: int) -> str:
    """Say what a picture was turned by; empty where it was not.

    Examples
    --------
    >>> turn_text(270)
    'by a quarter to the left'
    """
    return _TURN_TEXTS.get(turn, "")


def turned_name(name: str, turn: int) -> str:
    """Name a picture, and say what it was turned by where it was.

    Examples
    --------
    >>> turned_name("a.jpg", 0), turned_name("a.jpg", 180)
    ('a.jpg', 'a.jpg, turned by a half')
    """
    return f"{name}, turned {turn_text(turn)}" if turn else name


def likely_turn(image: np.ndarray, encoder: Encoder, key: str = "") -> int:
    """Say what a picture is to be turned by to stand upright.

    Most pictures are taken as they are after one look. The others are looked at from all four sides.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
    encoder : Encoder
    key : str
        Tells pictures apart, so that answers can be remembered.

    Returns
    -------
    int
        Degrees clockwise, one of `TURNS`; 0 where nobody can tell, or no model at hand can.
    """
    try:
        as_it_is = encoder.upright(image, key)
        if as_it_is >= SURE:
            return 0
        odds = {0: _log_odds(as_it_is) + AS_HANDED_IN}
        for turn in TURNS[1:]:
            odds[turn] = _log_odds(
                encoder.upright(turned(image, turn), f"{key} turned {turn}" if key else "")
            )
    except (ArtifactError, ModelError):
        return 0
    return max(odds, key=odds.__getitem__)


def _log_odds(probability: float) -> float:
    probability = min(max(probability, LEAST), 1 - LEAST)
    return math.log(probability / (1 - probability))
