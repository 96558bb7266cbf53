"""What every engine does with its answers: it cuts them to a page and a threshold, and remembers a few."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

import numpy as np

from core.gallery.index import Neighbours

Answer = TypeVar("Answer")


class RecentAnswers(Generic[Answer]):
    """The answers that were used last, by key; safe to share between threads.

    Parameters
    ----------
    most : int
        How many are kept.

    Examples
    --------
    >>> recent = RecentAnswers[int](most=2)
    >>> for key in "ab":
    ...     recent.keep(key, ord(key))
    >>> recent.get("a")
    97
    >>> recent.keep("c", 99)  # "b" was used longest ago
    >>> recent.get("b") is None
    True
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Answer | None:
        """Give an answer; None where it is not, or no longer, here."""
        with self._lock:
            if key not in self._answers:
                return None
            self._answers.move_to_end(key)
            return self._answers[key]

    def keep(self, key: str, answer: Answer) -> None:
        """Remember an answer, and forget the one that was used longest ago where there are too many."""
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)


def reaches(scores: np.ndarray, threshold: float | None) -> np.ndarray:
    """Say which scores are at least a threshold, bool array.

    Compared as float32, so that a hit's own score, used as a threshold, keeps that hit.
    """
    if threshold is None:
        return np.ones(np.shape(scores), bool)
    return np.asarray(scores, np.float32) >= np.float32(threshold)


def cut(found: Neighbours, offset: int, threshold: float | None) -> Neighbours:
    """Leave out the first `offset`, and what scores too little."""
    kept = slice(offset, int(reaches(found.scores, threshold).sum()))  # scores fall
    return Neighbours(found.ids[kept], found.scores[kept], found.rows[kept])
