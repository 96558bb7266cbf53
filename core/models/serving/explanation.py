"""What each place of a picture adds to a score, or speaks for a class; whatever answers computes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

PLACES, COSINE, CELLS = "places/", "cosine/", "cells/"
"""Beginnings of the names of a graph's outputs that hold these; behind each stands its layer or part."""

EXPLAIN = "explain"
"""A graph's input: whether to compute them."""

Explained = Literal["score", "class"]
"""What a network can explain: the score of two pictures, or the classes of one."""

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


@dataclass(frozen=True)
class ClassCells:
    """Which places of a picture speak for each class; see `core.explain.grad_cam`.

    Attributes
    ----------
    layer : str
        The convolution whose places these are.
    cells : float32 array (classes, rows, columns)
        Its channels added up, each weighed by the mean of its gradients; negative where it speaks against.
    """

    layer: str
    cells: np.ndarray
