"""Which way a photo is turned back before it is searched with.

A phone that is held flat guesses which way up it is, and networks that have seen nothing turned find
nonsense.
"""

import numpy as np

from core.errors import ArtifactError, ModelError
from core.retrieval.encoder import Encoder

QUARTERS = (0, 1, 2, 3)
"""Quarter turns against the clock."""

DOUBTFUL = 0.5
"""Probability of being upright from which on a picture is taken as it is."""

SURE = 0.8
"""Probability of being upright that a turned picture must have to be preferred."""


def turned(image: np.ndarray, quarters: int) -> np.ndarray:
    """Turn a picture (height, width, 3) by quarters against the clock.

    Examples
    --------
    >>> turned(np.zeros((4, 3, 3), np.uint8), 1).shape
    (3, 4, 3)
    """
    return np.ascontiguousarray(np.rot90(image, quarters))


def likely_turn(image: np.ndarray, encoder: Encoder, key: str = "") -> int:
    """Say by how many quarters against the clock a picture is to be turned to stand upright.

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
        One of `QUARTERS`; 0 where nobody can tell, or no model at hand can.
    """
    try:
        as_it_is = encoder.upright(image, key)
        if as_it_is >= DOUBTFUL:
            return 0
        others = {
            quarters: encoder.upright(turned(image, quarters), f"{key}/{quarters}" if key else "")
            for quarters in QUARTERS[1:]
        }
    except (ArtifactError, ModelError):
        return 0
    best = max(others, key=others.__getitem__)
    return best if others[best] >= SURE else 0
