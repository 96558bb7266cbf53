"""The models of this process, each loaded once and refused where memory is too short."""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from core import models
from core.descriptors import is_descriptor, load_descriptor
from core.errors import ModelError
from core.free_memory import available_bytes
from core.imaging.resize import WHITE
from core.inference_queue import INFERENCE, Priority
from core.models import memory
from core.models.extractors import MADE_OF_MODELS, made_of_models
from core.models.names import CLASSIFIER, FINDER, WEIGHTS
from core.models.serving.network import will_serve_by_graph
from core.protocols import Extractor, OpenSetClassifier
from core.storage import artifacts
from core.storage.atomic import current_folder

if TYPE_CHECKING:
    from core.models.finder.finder import GarmentFinder

WARM_UP_AFTER = 2.0
"""Seconds until loading starts: with two cores to share, a browser has drawn a map of 40,000 dots by then."""

RETRY_AFTER = 60.0
"""Seconds until a step of a warm-up that failed may be tried again."""

CLASSIFIERS_ONLY = (CLASSIFIER, "rgb")
"""The models that every search asks for its class, and that give no vectors."""

TENSORFLOW_BYTES = 450 * 1024**2
"""What importing TensorFlow takes; measured."""

WEIGHTS_IN_MEMORY = 3
"""A model in memory by its file: twice for float32, once for what its layers work in; by its graph, less."""

_log = logging.getLogger(__name__)


@dataclass
class WarmUp:
    """Steps taken in the background, and those that failed.

    Attributes
    ----------
    thread : Thread
        Takes the steps.
    failed : tuple of callable
        The steps that raised, known once the thread has ended.
    ended : float
        When it ended, by `time.monotonic`; 0 before.
    """

    thread: threading.Thread
    failed: tuple[Callable[[], object], ...] = ()
    ended: float = 0.0


class ModelRegistry:
    """The models of this process, each loaded once, by whoever needs it first.

    Safe to share between threads: a plain object, so that the thread that warms up can fill it without a
    visitor's session.

    Parameters
    ----------
    serves_pages : bool
        Whether the process runs a page again and again, and its garbage is collected after every run: then
        collections are kept short once TensorFlow is imported (`core.models.memory`), and loading is logged.

    Attributes
    ----------
    warm_ups : dict of str to WarmUp
        By what was to be prepared.

    Examples
    --------
    >>> registry = ModelRegistry()
    >>> registry.extractor("colour").name
    'colour'
    >>> registry.get("colour") is registry.get("colour")
    True
    """

    def __init__(self, *, serves_pages: bool = False) -> None:
        self._serves_pages = serves_pages
        self.warm_ups: dict[str, WarmUp] = {}
        self._loaded: dict[str, tuple[str, Any]] = {}  # by name: the fingerprint of its files, and the model
        # Held while a model is loaded, from the check of what memory is left to the end: one at a time, or
        # two would each be told that there is room.
        self._loading = threading.Lock()
        # True once the import has ended: `sys.modules` names a module from the moment its import begins.
        self._tensorflow_imported = False
        # Held for a moment, while a warm-up is looked up and started.
        self._starting = threading.Lock()

    def get(self, name: str) -> Any:
        """Give a model, loading it where it is not there yet or its files changed.

        Parameters
        ----------
        name : str
            Of a learned model or of any extractor.

        Returns
        -------
        object
            A `core.models.loaded.LoadedModel`, a descriptor, or an extractor made of models.

        Raises
        ------
        ModelError
            If there is no such model, its weights do not fit, or memory is too short for it.
        ArtifactError
            If it is not trained, torn, changed, or newer than the code.
        """
        if name in MADE_OF_MODELS:
            return self._made_of_models(name)
        version = artifacts.fingerprint(artifacts.model_dir(name))
        held = self._loaded.get(name)
        if held is not None and held[0] == version:
            return held[1]  # nobody who needs what is there waits for another model to be loaded
        if is_descriptor(name):  # made in no time, of no files: it waits for no network to be loaded
            held = self._loaded[name] = version, load_descriptor(name)
            return held[1]
        with self._loading:
            held = self._loaded.get(name)
            if held is None or held[0] != version:
                self._refuse_if_too_large(name)
                held = self._loaded[name] = version, self._load(name)
            return held[1]

    def _made_of_models(self, name: str) -> Extractor:
        """Give an extractor made of models that are here, made again where one of these changed."""
        parts: list[Any] = []

        def get(model: str) -> Any:
            parts.append(self.get(model))
            return parts[-1]

        held = self._loaded.get(name)
        made = made_of_models(name, get)
        version = " ".join(part.weights_sha256 for part in parts)
        if held is None or held[0] != version:
            held = self._loaded[name] = version, made
        return cast(Extractor, held[1])

    def is_loaded(self, name: str) -> bool:
        """Whether `get` gives a model at once, or has to load it first."""
        return is_descriptor(name) or name in self._loaded

    def extractor(self, name: str) -> Extractor:
        """Give a model for its vectors; raises like `get`."""
        return cast(Extractor, self.get(name))

    def classifier(self, name: str) -> OpenSetClassifier:
        """Give a model for its classes; raises like `get`."""
        return cast(OpenSetClassifier, self.get(name))

    def finder(self) -> "GarmentFinder":
        """Give the model that finds garments; raises like `get`."""
        return cast("GarmentFinder", self.get(FINDER))

    def answer_once(self, name: str) -> None:
        """Load a model and have it answer a blank picture: the first answer takes ten times as long."""
        blank = np.full((80, 60, 3), WHITE, np.uint8)
        if name == FINDER:
            self.finder().find(blank)
        elif name in CLASSIFIERS_ONLY:
            classifier = self.classifier(name)
            classifier.judge([blank])
        else:
            extractor = self.extractor(name)
            extractor.extract([blank])

    def warm_up(self, what: str, steps: Iterable[Callable[[], object]]) -> None:
        """Take steps in the background, once for each `what`.

        A step that fails keeps no other from being taken. It is logged, and tried again by the first call
        that comes `RETRY_AFTER` seconds later.
        """
        with self._starting:
            before = self.warm_ups.get(what)
            if before is not None:
                if not before.failed or time.monotonic() < before.ended + RETRY_AFTER:
                    return
                steps = before.failed
            timer = threading.Timer(WARM_UP_AFTER, self._take_steps, (what, tuple(steps)))
            timer.daemon = True
            self.warm_ups[what] = WarmUp(timer)
            timer.start()

    def _take_steps(self, what: str, steps: tuple[Callable[[], object], ...]) -> None:
        failed = []
        for step in steps:
            try:
                with INFERENCE.at(Priority.BACKGROUND):
                    step()
            except Exception as error:  # whoever needs what is missing gets the same error, and sees it
                failed.append(step)
                _log.warning("warming up %s: %s: %s", what, type(error).__name__, error)
        with self._starting:
            self.warm_ups[what].ended = time.monotonic()
            self.warm_ups[what].failed = tuple(failed)

    def _load(self, name: str) -> Any:
        began = time.monotonic()
        try:
            model = models.load_finder() if name == FINDER else models.load_model(name)
        except MemoryError as error:
            raise _too_large(name) from error
        if not self._tensorflow_imported and "tensorflow" in sys.modules:
            self._tensorflow_imported = True
            if self._serves_pages:
                memory.keep_collections_short()
        memory.return_freed_memory()
        if self._serves_pages:
            left = available_bytes()
            seconds = time.monotonic() - began
            free = "" if left is None else f", {left >> 20} MB of memory are left"
            _log.info("loaded %s in %.1f s%s", name, seconds, free)
        return model

    def _refuse_if_too_large(self, name: str) -> None:
        weights = current_folder(artifacts.model_dir(name)) / WEIGHTS
        left = available_bytes()
        if left is None or not weights.is_file():
            return
        needed = WEIGHTS_IN_MEMORY * weights.stat().st_size
        if not self._tensorflow_imported and not will_serve_by_graph(name):
            needed += TENSORFLOW_BYTES
        if needed > left:
            raise _too_large(name, f": {needed >> 20} MB are needed and {left >> 20} MB are left")


def _too_large(name: str, why: str = "") -> ModelError:
    return ModelError(
        f"memory is too short for {name}{why}; look by another model, or serve with more memory"
    )
