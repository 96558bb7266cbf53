"""What this process holds for its visitors: answers of all, and the photos and answers of each visit.

Nothing of it lies in Streamlit's caches, which any visitor's browser can have emptied for everybody, nor in
its session state, which outlives a visit until the next one ends.
"""

import copy
import hashlib
import hmac
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, MutableMapping
from typing import Any

MAX_BYTES = 128 * 1024**2
"""Most bytes of the photos of all visits: some 400 of them."""

MAX_VISIT_BYTES = 64 * 1024**2
"""Most bytes of the photos of one visit: more than are taken at once, and no way to push out everybody's."""

_log = logging.getLogger(__name__)

_SECRET = secrets.token_bytes(32)


def private_digest(data: bytes | str) -> str:
    """Give what tells data apart in this process and says nothing of them anywhere else.

    Keys of widgets reach logs. A plain checksum in one would tell whoever has a photo that it was handed in,
    and one of a few words could be guessed.

    Examples
    --------
    >>> private_digest("navy") == private_digest(b"navy") != private_digest("black")
    True
    """
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return hmac.new(_SECRET, data, hashlib.sha256).hexdigest()


class AnswerCache:
    """Answers by what was asked, the least recently used going first.

    Who asks for an answer that is being made waits for it, and whoever asks for another does not.

    Parameters
    ----------
    max_entries : int
    copied : bool
        Whether each caller gets a copy; else all get the same object, which nobody may change.

    Examples
    --------
    >>> squares = AnswerCache(max_entries=2, copied=True)
    >>> [squares.get(n, lambda: n * n) for n in (2, 3)]
    [4, 9]
    >>> squares.get(2, lambda: 0)
    4
    """

    def __init__(self, *, max_entries: int, copied: bool) -> None:
        self.max_entries, self.copied = max_entries, copied
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Give an answer, making it where it is not there; what `make` raises is raised, and not kept."""
        with self._lock:
            if key in self._answers:
                return self._held(key)
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._answers:
                    return self._held(key)
            try:
                answer = make()
                with self._lock:
                    self._answers[key] = copy.deepcopy(answer) if self.copied else answer
                    while len(self._answers) > self.max_entries:
                        self._answers.popitem(last=False)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            return answer

    def clear(self) -> None:
        """Forget every answer."""
        with self._lock:
            self._answers.clear()

    def _held(self, key: Hashable) -> Any:
        self._answers.move_to_end(key)
        return copy.deepcopy(self._answers[key]) if self.copied else self._answers[key]


class VisitStore:
    """The photos and answers of each visit, let go some time after it ended.

    Parameters
    ----------
    max_bytes, max_visit_bytes : int
        Most bytes of the photos of all visits and of one. The least recently used go first.

    Examples
    --------
    >>> store = VisitStore(max_bytes=10, max_visit_bytes=10)
    >>> store.put("a visit", "search", "photo", b"1234567")
    >>> store.put("another", "search", "photo", b"1234567")
    >>> store.photo("a visit", "photo"), store.photo("another", "photo")
    (None, b'1234567')
    """

    def __init__(self, *, max_bytes: int = MAX_BYTES, max_visit_bytes: int = MAX_VISIT_BYTES) -> None:
        self._max_bytes, self._max_visit_bytes = max_bytes, max_visit_bytes
        self._photos: OrderedDict[tuple[str, str], bytes] = OrderedDict()  # by visit and key; oldest first
        self._owners: dict[tuple[str, str], set[str]] = {}  # by visit and owner: the keys that it needs
        self._answers: dict[tuple[str, Hashable], AnswerCache] = {}
        self._last_active: dict[str, float] = {}
        self._lock = threading.RLock()

    def enter(self, visit: str) -> None:
        """Note that a visit is active now."""
        with self._lock:
            self._last_active[visit] = time.monotonic()

    def put(self, visit: str, owner: str, key: str, data: bytes) -> None:
        """Hold a photo, and let the oldest go where all of them together are too large."""
        with self._lock:
            self.enter(visit)
            self._owners.setdefault((visit, owner), set()).add(key)
            self._photos[visit, key] = data
            self._photos.move_to_end((visit, key))
            self._shrink([held for held in self._photos if held[0] == visit], self._max_visit_bytes)
            if n_gone := self._shrink(list(self._photos), self._max_bytes):
                _log.info("let %d photos of visitors go: all together were too large", n_gone)

    def photo(self, visit: str, key: str) -> bytes | None:
        """Give a photo; None where it was let go."""
        with self._lock:
            if (data := self._photos.get((visit, key))) is not None:
                self._photos.move_to_end((visit, key))
            return data

    def retain(self, visit: str, owner: str, keys: Iterable[str]) -> None:
        """Say which photos a part of the page still needs; what no part needs is let go."""
        with self._lock:
            self._owners[visit, owner] = set(keys)
            needed = set().union(*(owned for held, owned in self._owners.items() if held[0] == visit))
            for held in [held for held in self._photos if held[0] == visit and held[1] not in needed]:
                del self._photos[held]

    def answers(self, visit: str, function: Hashable, *, max_entries: int, copied: bool) -> AnswerCache:
        """Give what was answered to a visit by one function."""
        with self._lock:
            if (visit, function) not in self._answers:
                self.enter(visit)
                self._answers[visit, function] = AnswerCache(max_entries=max_entries, copied=copied)
            return self._answers[visit, function]

    def leave_ended(self, is_active: Callable[[str], bool], keep_seconds: float) -> list[str]:
        """Let everything go of visits that have not been active for so long, and name them."""
        ended = []
        for visit in list(self._last_active):
            if is_active(visit):
                self.enter(visit)
            elif time.monotonic() - self._last_active[visit] > keep_seconds:
                self._leave(visit)
                ended.append(visit)
        return ended

    @property
    def n_visits(self) -> int:
        """How many visits something is held of."""
        return len(self._last_active)

    @property
    def n_photos(self) -> int:
        """How many photos are held of all visits together."""
        return len(self._photos)

    def _leave(self, visit: str) -> None:
        with self._lock:
            self._last_active.pop(visit, None)
            stores: tuple[MutableMapping[Any, Any], ...] = (self._photos, self._owners, self._answers)
            for held in stores:
                for key in [key for key in held if key[0] == visit]:
                    del held[key]

    def _shrink(self, keys: list[tuple[str, str]], most: int) -> int:
        """Let the first of these photos go until the rest fit, but never the last; gives how many went."""
        size = sum(len(self._photos[key]) for key in keys)
        n_gone = 0
        while size > most and n_gone < len(keys) - 1:
            size -= len(self._photos.pop(keys[n_gone]))
            n_gone += 1
        return n_gone


VISITS = VisitStore()
"""The visits of this process."""
