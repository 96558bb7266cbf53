"""The models of this process, each loaded once and refused where memory is too short."""

import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core import models
from core.descriptors import DESCRIPTORS, load_descriptor
from core.errors import FashionSearchError, ModelError
from core.imaging.resize import WHITE
from core.models import memory
from core.models.names import CLASSIFIER
from core.storage import artifacts

WARM_UP_AFTER = 2.0
"""Seconds until loading starts: with two cores to share, a browser has drawn a map of 40,000 dots by then."""


ONLY_CLASSIFY = (CLASSIFIER, "rgb")
"""The models that every search asks for its class, and that give no vectors."""


TENSORFLOW_BYTES = 450 * 1024**2
"""What importing TensorFlow takes; measured."""


WEIGHTS_IN_MEMORY = 3
"""A model in memory by its file: twice for float32, once for what its layers work in."""


@dataclass
class ModelRegistry:
    """The models of this process, each loaded once, by whoever needs it first.

    A plain object, so that the thread that warms up can fill it without a visitor's session.
    """

    loaded: dict[str, tuple[str, Any]] = field(default_factory=dict)
    locks: dict[str, threading.Lock] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)
    computing: threading.Lock = field(default_factory=threading.Lock)
    warming: dict[str, threading.Thread] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """Give a model, loading it where it is not there yet or its files changed."""
        version = artifacts.fingerprint(artifacts.model_dir(name))
        with self.guard:
            lock = self.locks.setdefault(name, threading.Lock())
        with lock:
            held = self.loaded.get(name)
            if held is None or held[0] != version:
                _refuse_if_too_large(name)
                try:
                    held = version, load_descriptor(name) if name in DESCRIPTORS else models.load_model(name)
                except MemoryError as error:
                    raise _too_large(name) from error
                self.loaded[name] = held
                memory.settle()
                memory.give_back()
            return held[1]

    def warm_up(self, what: str, steps: Iterable[Callable[[], Any]]) -> None:
        """Take steps in the background, once for each `what`."""
        with self.guard:
            if what not in self.warming:
                self.warming[what] = threading.Timer(WARM_UP_AFTER, self._warm, (tuple(steps),))
                self.warming[what].daemon = True
                self.warming[what].start()

    def _warm(self, steps: Iterable[Callable[[], Any]]) -> None:
        for step in steps:
            # Whoever needs what is missing gets the same error, and sees it.
            with suppress(FashionSearchError):
                step()

    def answer_once(self, name: str) -> None:
        """Load a model and have it answer a blank picture: the first answer takes ten times as long."""
        model, blank = self.get(name), np.full((80, 60, 3), WHITE, np.uint8)
        with self.computing:
            model.predict([blank]) if name in ONLY_CLASSIFY else model.extract([blank])


def _refuse_if_too_large(name: str) -> None:
    weights = artifacts.model_dir(name) / "model.weights.h5"
    left = memory.available_bytes()
    if left is None or not weights.is_file():
        return
    needed = WEIGHTS_IN_MEMORY * weights.stat().st_size
    if "tensorflow" not in sys.modules:
        needed += TENSORFLOW_BYTES
    if needed > left:
        raise _too_large(name, f": {needed >> 20} MB are needed and {left >> 20} MB are left")


def _too_large(name: str, why: str = "") -> ModelError:
    return ModelError(
        f"memory is too short for {name}{why}; look by another model, or serve with more memory"
    )
