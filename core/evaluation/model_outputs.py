"""What models answer to a series of pictures, of which those that cannot be read are left out."""

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.catalogue.import_report import count_text
from core.descriptors import DESCRIPTORS
from core.errors import ImageError, TrainingError
from core.imaging.decode import QUERY_SIDE, read_image
from core.labels import LABELS
from core.protocols import Bar
from core.retrieval.encoder import Encoder
from core.retrieval.photograph.upright import stand_upright

CHUNK = 256
"""Pictures in memory at a time."""

NAMED = 10
"""Unreadable pictures that are each given a line of the log."""

log = logging.getLogger(__name__)


class ModelOutputs:
    """What one model or descriptor answers to a series of pictures, row by row.

    Parameters
    ----------
    name : str
        As on the command line.
    model : LoadedModel or descriptor
        With ``dimension`` and ``extract``, and ``classify`` where it is no descriptor.
    """

    def __init__(self, name: str, model: Any) -> None:
        self.name, self.model = name, model
        self._parts: list[tuple[np.ndarray, ...]] = []
        self._seconds: list[float] = []

    def add(self, images: Sequence[np.ndarray]) -> None:
        """Have the model answer more pictures, uint8 (height, width, 3) each."""
        vectors = self.model.extract(images) if self.model.dimension else np.empty((len(images), 0))
        answers = (np.empty((len(images), len(LABELS))), np.empty(len(images), bool))
        if self.name not in DESCRIPTORS:
            began = time.perf_counter()
            answers = self.model.classify(images)
            self._seconds.append((time.perf_counter() - began) / max(1, len(images)))
        self._parts.append((*answers, vectors))

    @property
    def ms_per_picture(self) -> float | None:
        """Median over the chunks, since the first one also traces the network."""
        return float(np.median(self._seconds) * 1000) if self._seconds else None

    @property
    def probabilities(self) -> np.ndarray:
        """Float array (n, len(LABELS))."""
        return self._joined(0, len(LABELS))

    @property
    def known(self) -> np.ndarray:
        """Bool array (n,): whether each picture is one of the classes."""
        return self._joined(1, None).astype(bool)

    @property
    def vectors(self) -> np.ndarray:
        """Float array (n, dimension)."""
        return self._joined(2, self.model.dimension or 0)

    @property
    def labels(self) -> list[str]:
        """The likeliest label of each picture."""
        return [LABELS[place] for place in self.probabilities.argmax(axis=1)]

    def _joined(self, place: int, width: int | None) -> np.ndarray:
        empty = np.empty((0,) if width is None else (0, width))
        return np.concatenate([part[place] for part in self._parts]) if self._parts else empty


def collect_outputs(
    answers: Mapping[str, ModelOutputs],
    paths: Mapping[str, Path],
    *,
    what: str,
    bar: Bar,
    upright_by: Encoder | None = None,
) -> dict[str, str]:
    """Have every model answer the pictures that can be read, in their order.

    Parameters
    ----------
    answers : mapping of name to Answers
        Are added to.
    paths : mapping of name to Path
        What each picture is called, a product's id or a photograph's place, and where it lies.
    what : str
        "products" or "photographs".
    bar : callable
        ``bar(title, total)`` returns ``step(n, loss)``.
    upright_by : Encoder, optional
        Turns photographs back as a page does. Products are never turned.

    Returns
    -------
    dict of name to str
        What is wrong with each picture that cannot be read; a warning is logged about them.

    Raises
    ------
    TrainingError
        If there are pictures, and not one of them can be read.
    """
    names = list(paths)
    unreadable: dict[str, str] = {}
    step = bar(f"measuring {what}", len(names))
    for at in range(0, len(names), CHUNK):
        images = []
        for name in names[at : at + CHUNK]:
            try:
                image = read_image(paths[name], max_side=QUERY_SIDE)
                images.append(stand_upright(image, upright_by).image if upright_by else image)
            except ImageError as error:
                unreadable[name] = f"{name}: {error}"
        for answer in answers.values() if images else ():
            answer.add(images)
        step(len(names[at : at + CHUNK]), None)
    if names and len(unreadable) == len(names):
        first = next(iter(unreadable.values()))
        raise TrainingError(f"Not one of {count_text(len(names), 'picture')} of {what} can be read; {first}")
    log_unreadable(unreadable)
    return unreadable


def log_unreadable(unreadable: Mapping[str, str]) -> None:
    """Warn of pictures that were left out: the first few each with what is wrong, the others by name."""
    for problem in list(unreadable.values())[:NAMED]:
        log.warning("Left out, its picture cannot be read: %s", problem)
    if len(unreadable) > NAMED:
        others = list(unreadable)[NAMED:]
        log.warning("Left out for the same reason, %s more: %s.", f"{len(others):,}", ", ".join(others))
