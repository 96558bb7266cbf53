"""The queue in front of the networks: one pass at a time, searches before classes before explanations."""

import bisect
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum

TELL_AFTER = 0.7
"""Seconds of waiting from which on somebody is told how many come before; less is no wait."""


class Priority(Enum):
    """What a pass through a network is for. The value: seconds that it lets later searches go first.

    Not for ever, or a steady stream of searches would keep all others waiting.
    """

    SEARCH = 0.0
    CLASS = 10.0  # the class of a picture whose hits are shown already, or one of many pictures
    EXPLANATION = 20.0  # where a model looked, what carried a score, drawings
    BACKGROUND = 30.0  # for nobody who waits


class InferenceQueue:
    """A lock that is handed on by priority, then in the order in which it was asked for.

    A thread that has it may take it again. Whoever waits can be told how many come before.

    Examples
    --------
    >>> queue = InferenceQueue()
    >>> with queue.at(Priority.CLASS), queue:
    ...     queue.n_waiting
    0
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._waiting: list[tuple[float, int]] = []  # sorted: the first is next
        self._owner: int | None = None
        self._depth = 0
        self._priority: ContextVar[Priority] = ContextVar("priority", default=Priority.SEARCH)
        self._tell: ContextVar[Callable[[int], None] | None] = ContextVar("tell", default=None)

    @property
    def n_waiting(self) -> int:
        """How many wait now."""
        return len(self._waiting)

    @contextmanager
    def at(self, priority: Priority) -> Iterator[None]:
        """Give every pass that is asked for within the block, in this thread, a priority."""
        before = self._priority.set(priority)
        try:
            yield
        finally:
            self._priority.reset(before)

    @contextmanager
    def telling(self, tell: Callable[[int], None]) -> Iterator[None]:
        """Say within the block, in this thread, how many come before whenever that changes.

        Parameters
        ----------
        tell : callable
            Takes how many come before; 0, at the end, where it was told of a wait. It may raise, and so
            leave the queue.
        """
        before = self._tell.set(tell)
        try:
            yield
        finally:
            self._tell.reset(before)

    def __enter__(self) -> None:
        with self._changed:
            if self._owner == threading.get_ident():
                self._depth += 1
                return
            place = (time.monotonic() + self._priority.get().value, next(self._numbers))
            bisect.insort(self._waiting, place)
        try:
            told = self._wait(place)
        except BaseException:  # a visitor who left, say
            with self._changed:
                self._waiting.remove(place)
                self._changed.notify_all()
            raise
        if told:
            try:
                told(0)
            except BaseException:
                self.__exit__()
                raise

    def __exit__(self, *error: object) -> None:
        with self._changed:
            self._depth -= 1
            if self._depth == 0:
                self._owner = None
                self._changed.notify_all()

    def _wait(self, place: tuple[float, int]) -> Callable[[int], None] | None:
        """Wait for one's turn and take it; gives whom it was told, if anybody."""
        tell, said = self._tell.get(), 0
        tell_from = time.monotonic() + TELL_AFTER
        while True:
            with self._changed:
                before = bisect.bisect_left(self._waiting, place) + (self._owner is not None)
                if before == 0:
                    del self._waiting[0]
                    self._owner, self._depth = threading.get_ident(), 1
                    return tell if said else None
                wait = tell_from - time.monotonic()
                if tell is None or before == said or wait > 0:
                    self._changed.wait(wait if tell and wait > 0 else None)
                    continue
            # Not while holding the lock: to tell a browser may take its time.
            tell(before)
            said = before


INFERENCE = InferenceQueue()
"""Held during every pass through a network of this process: Keras answers one caller at a time, and what two
passes take at once might not fit. Whoever runs a network holds it: models, autoencoder, explanations."""
