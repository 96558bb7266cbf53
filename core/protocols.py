"""The two roles a model can play, and what long work tells of itself.

Whatever fits one of these shapes is interchangeable with the rest.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np


class ProgressStep(Protocol):
    """Moves a progress bar on."""

    def __call__(self, n: int, loss: float | None = None) -> None:
        """Say how much more is done and, where something is learned, the loss."""


Bar = Callable[[str, int], ProgressStep]
"""Makes a progress bar: given what is being done and how much of it there is."""


def no_progress(title: str, total: int) -> ProgressStep:
    """Make a progress bar that nobody sees."""

    def step(n: int, loss: float | None = None) -> None:
        pass

    return step


@runtime_checkable
class Extractor(Protocol):
    """Turns pictures into vectors that lie close together where the pictures look alike.

    The answer to a picture is the same every time, alone or in a batch, so that a search repeats.
    """

    @property
    def name(self) -> str:
        """What it is called in file names and on the command line, such as ``vgg16``."""

    @property
    def dimension(self) -> int:
        """Length of its vectors."""

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures by vectors.

        Parameters
        ----------
        images : sequence of uint8 arrays (height, width, 3)
            RGB, of any size, each of its own; the extractor fits them itself.

        Returns
        -------
        float32 array (n, dimension)
            Row *i* belongs to picture *i*. Unit length, or zero where a picture holds nothing to describe; an
            extractor that other distances than the cosine are for may give rows of any length.
        """


class OpenSetClassifier(Protocol):
    """Gives the class of a picture, and says when it is none of its classes (open-set recognition)."""

    @property
    def name(self) -> str:
        """What it is called in file names and on the command line, such as ``vgg19``."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of every probability row."""

    def judge(self, images: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Give each picture's probability of each label, and by how much it shows one of them at all.

        Parameters
        ----------
        images : sequence of uint8 arrays (height, width, 3)
            RGB, of any size, each of its own; the classifier fits them itself.

        Returns
        -------
        probabilities : float32 array (n, len(labels))
            Row *i* belongs to picture *i* and sums to 1.
        known_margins : float32 array (n,)
            How far the logit of being one of the labels is above the classifier's own limit; below 0 where
            the picture is most likely none of them.
        """
