"""What a visitor waits for, and what the server holds: real sessions on a server of its own."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.load import PAGES_OF_HITS, photo_of
from benchmarks.served import ServedApp, one_line_app, processor_seconds, served
from benchmarks.table.row import Row, median
from benchmarks.visitor import Visitor

WARM_SEARCHES = 5
SETTLE = 5.0
"""Seconds after which memory is read."""

CONTROLS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "a filter": ("gender-{}", {"string_array_value": ["Men"]}),
    "a page": (PAGES_OF_HITS, {"int_value": 2}),
    "a least score": ("threshold", {"double_array_value": [0.01]}),
}


def page_rows(catalogue: str) -> list[Row]:
    """Visit the pages of a fresh server, beside an app of one line.

    Parameters
    ----------
    catalogue : str
        That is searched.
    """
    with one_line_app() as hello:
        _, plain = _first_page(hello)
        time.sleep(SETTLE)
        plain_mb = hello.resident_mb()
    with served() as app:
        visitor, first = _first_page(app, query=f"catalogue={catalogue}")
        rows = [
            Row(
                "first page after a start",
                first,
                "s",
                reference="an app of one line",
                reference_value=plain,
                times_reference=1.5,
            ),
            Row(
                "first search of a fresh server, upload to hits",
                visitor.upload("first.jpg", photo_of(600, 800, seed=0), timeout=600),
                "s",
                at_most=1.5,
            ),
            *_warm_rows(app, visitor, catalogue),
        ]
        _look_around(app, visitor, catalogue)
        time.sleep(SETTLE)
        light = Row(
            "memory after searches, classes, Why and the map",
            app.resident_mb(),
            "MB",
            at_most=450,
            reference="an app of one line",
            reference_value=plain_mb,
            note="TensorFlow was imported" if app.has_loaded("libtensorflow") else "no TensorFlow imported",
        )
        studio = Visitor(app.address, f"catalogue={catalogue}", page="studio")
        studio.run(timeout=300)
        studio.leave()
        time.sleep(SETTLE)
        return [
            *rows,
            light,
            Row("memory with the Studio used too", app.resident_mb(), "MB", at_most=690),
        ]


def _first_page(app: ServedApp, query: str = "") -> tuple[Visitor, float]:
    visitor = Visitor(app.address, query)
    visitor.run(timeout=300)
    return visitor, time.monotonic() - app.started


def _warm_rows(app: ServedApp, visitor: Visitor, catalogue: str) -> list[Row]:
    """Search with other photos and use the controls, on a server whose models are loaded."""
    searches: list[float] = []
    controls: dict[str, list[float]] = {name: [] for name in CONTROLS}
    for turn in range(1, WARM_SEARCHES + 1):
        visitor.press("New search")
        searches.append(visitor.upload("photo.jpg", photo_of(900 + turn, 1200, seed=turn)))
        for name, (key, value) in CONTROLS.items():
            worked = processor_seconds(app.pid)
            visitor.set(key.format(catalogue), **value)
            controls[name].append(1000 * (processor_seconds(app.pid) - worked))
    return [
        Row("another photo, upload to hits", median(searches), "s", note="median of 5, the whole page drawn"),
        *(
            Row(
                f"{name} on the Search page, the server's processor time",
                float(np.mean(took)),
                "ms",
                at_most=100,
                note="mean of 5, the whole page run",
            )
            for name, took in controls.items()
        ),
    ]


def _look_around(app: ServedApp, visitor: Visitor, catalogue: str) -> None:
    """Open a hit, classify a photo, and look at the map."""
    visitor.set("hit-open-*", trigger_value=True)  # with what carried its score
    for page in ("classify", "map"):
        other = Visitor(app.address, f"catalogue={catalogue}", page=page)
        other.run(timeout=300)
        if page == "classify":
            other.upload("photo.jpg", photo_of(700, 900, seed=50), timeout=300)
        other.leave()
