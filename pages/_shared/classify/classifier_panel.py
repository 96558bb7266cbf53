"""Pictures to be classed, and what the judges say of each, remembered for as long as the visit lasts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from core.errors import FashionSearchError
from core.explain.grad_cam import grad_cam
from core.explain.heatmap import overlay_heat
from core.imaging.decode import QUERY_SIDE, read_image
from core.imaging.resize import letterbox
from core.models.names import CLASSIFIER, MODEL_NAMES
from core.retrieval.consensus import JUDGES, NEIGHBOURS, Judged, ask_all, judge
from pages._shared.session import cache

SEEN = "classify-seen"
THUMBNAIL = (96, 72)
"""Height and width of a picture in the table."""


@dataclass(frozen=True)
class Entry:
    """A picture to be classed. Its bytes are fetched when they are needed, and not kept."""

    key: str
    name: str
    data: Callable[[], bytes] = field(repr=False, compare=False)
    product_id: str | None = None  # where it is a product of the catalogue

    def image(self) -> np.ndarray:
        """Decode the picture."""
        return read_image(self.data(), name=self.name, max_side=QUERY_SIDE)


@dataclass(frozen=True)
class Seen:
    """A picture that the judges have seen, or could not."""

    entry: Entry
    judged: Judged
    thumbnail: str = ""


@dataclass(frozen=True)
class Panel:
    """The judges at hand."""

    classifiers: Sequence[Any]
    extractor: Any = None
    catalogue: Any = None
    absent: dict[str, str] = field(default_factory=dict)  # judge to a sentence

    @property
    def version(self) -> tuple:
        """Give what changes when any judge changes."""
        return (*map(id, self.classifiers), id(self.extractor), id(self.catalogue))


def panel(catalogue_name: str, extractor_name: str) -> Panel:
    """Gather the judges; one that cannot come does not keep the others away."""
    classifiers, absent = [], {}
    for name in (name for name in JUDGES if name in MODEL_NAMES):
        try:
            classifiers.append(cache.model_registry().get(name))
        except FashionSearchError as error:
            absent[name] = str(error)
    try:
        catalogue = cache.catalogue(catalogue_name)
        catalogue.index(extractor_name)
        return Panel(classifiers, cache.model_registry().get(extractor_name), catalogue, absent)
    except FashionSearchError as error:
        return Panel(classifiers, absent=absent | {NEIGHBOURS: str(error)})


def ask(entries: Sequence[Entry], judges: Panel, progress: Callable[[int, str], None]) -> list[Seen]:
    """Ask the judges about each picture that they have not yet seen in this visit.

    `progress` is told the place and the name of the picture that is next. One that cannot be read gets its
    problem, and the others their answers.
    """
    before: dict[tuple, Seen] = st.session_state.get(SEEN, {})
    now: dict[tuple, Seen] = {}
    for place, entry in enumerate(entries):
        key = (entry.key, judges.version)
        if key not in before:
            progress(place, entry.name)
            before[key] = _see(entry, judges)
        now[key] = before[key]
    # Only what is on the page is remembered, so that a long visit does not grow.
    st.session_state[SEEN] = now
    return [now[entry.key, judges.version] for entry in entries]


def _see(entry: Entry, judges: Panel) -> Seen:
    try:
        image = entry.image()
        with cache.model_registry().inference:
            said = ask_all(
                image, judges.classifiers, judges.catalogue, judges.extractor, exclude=entry.product_id
            )
        thumbnail = cache.shown(letterbox(image, *THUMBNAIL))
        return Seen(entry, Judged(entry.name, tuple(said), judge(said)), thumbnail)
    except FashionSearchError as error:
        return Seen(entry, Judged(entry.name, problem=str(error)))


def looked_at(entry: Entry, label: str) -> str | None:
    """Show a picture coloured by where VGG19 looked for a label; None where nothing spoke for it."""
    image, model = entry.image(), cache.model_registry().get(CLASSIFIER)
    with cache.model_registry().inference:
        attention = grad_cam(model, image, label)
    return None if attention.nowhere else cache.shown(overlay_heat(image, attention.heat))
