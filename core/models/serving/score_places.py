"""What each place of two pictures adds to their score: asked of a network, and what answers computes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

PLACES, COSINE = "places/", "cosine/"
"""Beginnings of the names of a graph's outputs that hold these; behind each stands its layer or part."""


TAKE_APART = "take_apart"
"""A graph's input: whether to compute them."""

MIN_CELLS = (10, 7)
"""Rows and columns that a map has at least. VGG's last convolution sees 80×60 pixels as 5×3 cells, whose map
is a cloud over the whole garment; the last one of the block before, 10×7, points at a collar, a waistband or
the fork of the legs."""


@dataclass(frozen=True)
class ScorePlaces:
    """The score of two pictures, taken apart; see `core.explain.similarity_map`.

    Attributes
    ----------
    layer : str
        The convolution whose places are the first.
    places : sequence of float32 arrays (4, rows, columns)
        What each place adds, of both pictures, then of their mirror images: those of `layer`, then those of
        each earlier block whose average the heads see as well.
    cosines : mapping of str to float
        Of the whole ``embedding`` and of each of its parts.
    """

    layer: str
    places: Sequence[np.ndarray]
    cosines: Mapping[str, float]
