"""One report of measured figures as tables, with what is missing named.

Nothing is computed here. A figure that a report does not hold is NaN or None, never 0.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ArtifactError
from core.models.names import MODEL_NAMES, WEIGHTS
from core.storage.artifacts import model_dir, read_manifest

FIGURES: dict[str, str] = {
    "p_at_10": "Precision at 10",
    "p_at_15": "Precision at 15",
    "recall_at_10": "Recall at 10",
    "map": "Mean average precision",
    "colour_p_at_10": "Same colour at 10",
}
"""Retrieval figures by their keys, as people read them."""

BASELINES: dict[str, str] = {"random": "Random order", "colour": "Same colour only"}
"""What takes no picture to reach, by its key in a report."""


@dataclass(frozen=True)
class Report:
    """What one run of `evaluate` measured.

    Tables have a row for each thing measured and NaN where a figure is missing; a method that finds nothing
    at all gives None.
    """

    name: str
    document: Mapping[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the confusion's rows."""
        labels = self.document.get("labels")
        return tuple(map(str, labels)) if isinstance(labels, list) else ()

    @cached_property
    def models(self) -> tuple[str, ...]:
        """Classifiers that were measured, the known ones in their usual order."""
        found = [name for name, figures in _dict(self.document, "classification").items() if _n(figures)]
        return tuple(sorted(found, key=lambda name: (_place(name), name)))

    @cached_property
    def extractors(self) -> tuple[str, ...]:
        """Extractors whose retrieval was measured."""
        return tuple(_dict(self.document, "retrieval"))

    def measured_on(self) -> list[str]:
        """Say, a line each, on what the figures were measured."""
        on = _dict(self.document, "measured_on")
        lines = []
        if on.get("products"):
            lines.append(f"Products: {on.get('n_products', 'an unknown number')} of {on['products']}")
        if on.get("split"):
            lines.append(f"Split: {on['split']}")
        if on.get("photos"):
            lines.append(f"Photographs: {on['photos']}")
        if on.get("gallery"):
            lines.append(f"Gallery: {on['gallery']}")
        return lines

    def missing(self) -> list[str]:
        """Say, a sentence each, what this report does not hold."""
        said = []
        if not self.models:
            said.append("It has no classification figures.")
        elif lacking := [name for name in MODEL_NAMES if name not in self.models]:
            said.append(f"It has no classification figures of {', '.join(lacking)}.")
        for model in self.models:
            figures = self._classified(model)
            gone = [
                key for key in ("accuracy", "loss", "macro_f1", "ece") if not _is_number(figures.get(key))
            ]
            gone += [key for key in ("per_class", "confusion", "reliability") if not figures.get(key)]
            if gone:
                said.append(f"{model} lacks {', '.join(gone)}.")
        if not _dict(self.document, "photos"):
            said.append("Everyday photographs were not measured (`--photos DIR`).")
        if not self.extractors:
            said.append("Search was not measured (`--catalogue NAME`).")
        elif not _dict(self.document, "baselines"):
            said.append("It has no baselines to compare search with.")
        return said

    def stale(self) -> list[str]:
        """Name the models whose weights at hand are not those that were measured."""
        measured = _dict(_dict(self.document, "measured_on"), "weights")
        return [
            name
            for name, weights in measured.items()
            if (at_hand := _weights_at_hand(name)) is not None and at_hand != weights
        ]

    def summary(self) -> pd.DataFrame:
        """One row a classifier: ``model``, ``n``, ``accuracy``, ``loss``, ``macro_f1``, ``ece``, ``ms``."""
        keys = {"n": "n", "accuracy": "accuracy", "loss": "loss", "macro_f1": "macro_f1", "ece": "ece"}
        keys["ms"] = "ms_per_picture"
        rows = [
            {"model": model} | {column: _number(self._classified(model), key) for column, key in keys.items()}
            for model in self.models
        ]
        return pd.DataFrame(rows, columns=["model", *keys])

    def per_class(self, model: str) -> pd.DataFrame | None:
        """One row a class: ``class``, ``precision``, ``recall``, ``f1``, ``n``."""
        figures = _dict(self._classified(model), "per_class")
        rows = [
            {"class": label}
            | {key: _number(figures[label], key) for key in ("precision", "recall", "f1", "n")}
            for label in figures
        ]
        return pd.DataFrame(rows) if rows else None

    def confusion(self, model: str) -> np.ndarray | None:
        """Give counts, int64 (labels, labels): a row for each true label, a column for each predicted one."""
        try:
            counts = np.array(self._classified(model).get("confusion"), np.int64)
        except (TypeError, ValueError):
            return None
        return counts if counts.shape == (len(self.labels),) * 2 else None

    def cell(self, model: str, true: str, predicted: str) -> list[str] | None:
        """Ids of the products in one cell of the confusion; None where the report does not name them."""
        figures = self._classified(model)
        if true == predicted:
            ids = _dict(figures, "right").get(true)
            return [str(product_id) for product_id in ids] if isinstance(ids, list) else None
        mistakes = figures.get("mistakes")
        if not isinstance(mistakes, list):
            return None
        wanted = (true, predicted)
        return [
            str(one.get("id"))
            for one in mistakes
            if isinstance(one, dict) and (one.get("true"), one.get("predicted")) == wanted
        ]

    def reliability(self, model: str) -> pd.DataFrame | None:
        """One row a bin with predictions: ``confidence``, ``accuracy``, ``n``, ``low``, ``high``."""
        bins = self._classified(model).get("reliability")
        if not isinstance(bins, list):
            return None
        keys = ("confidence", "accuracy", "n", "low", "high")
        rows = [{key: _number(one, key) for key in keys} for one in bins if _n(one)]
        return pd.DataFrame(rows) if rows else None

    def shop_and_photos(self) -> pd.DataFrame | None:
        """One row a model: accuracy and number on shop pictures and on everyday photographs.

        Columns ``model``, ``shop``, ``shop_n``, ``photos``, ``photos_n``, ``photos_macro_recall``. None
        where no photographs were measured.
        """
        photos = _dict(self.document, "photos")
        rows = [
            {
                "model": model,
                "shop": _number(self._classified(model), "accuracy"),
                "shop_n": _number(self._classified(model), "n"),
                "photos": _number(photos.get(model), "accuracy"),
                "photos_n": _number(photos.get(model), "n"),
                "photos_macro_recall": _number(photos.get(model), "macro_recall"),
            }
            for model in dict.fromkeys([*self.models, *photos])
        ]
        return pd.DataFrame(rows) if photos and rows else None

    def photo_classes(self, model: str) -> pd.DataFrame | None:
        """One row a kind of photograph: ``class``, ``n``, ``recall`` (NaN without a label), ``known``."""
        return _by_class(_dict(_dict(self.document, "photos"), model), ("n", "recall", "known"))

    def retrieval(self, queries: str = "all", *, near_duplicates: bool = True) -> pd.DataFrame | None:
        """Say how well each extractor, and each baseline, finds products of the query's type.

        Parameters
        ----------
        queries : {"all", "five"}
            Every query, or those of the five classes.
        near_duplicates : bool
            Whether near-duplicates of the query are in the gallery. Baselines look at no picture, know of no
            near-duplicates, and stay as they are.

        Returns
        -------
        DataFrame or None
            One row a way and figure: ``way``, ``baseline`` (bool), ``figure`` (a key of `FIGURES`),
            ``value``, and ``low`` and ``high``, the bounds of its 95 % interval. Colour counts over the five
            classes whatever `queries` says.
        """
        rows = []
        for way in self.extractors:
            rows += _figures(way, self._retrieved(way, near_duplicates), queries, baseline=False)
        for way, measured in _dict(self.document, "baselines").items():
            rows += _figures(way, measured, queries, baseline=True)
        return pd.DataFrame(rows) if self.extractors else None

    def near_duplicates(self) -> dict[str, tuple[float, float]]:
        """Score from which a product counts as one, and how many a query has on average, by extractor."""
        found = {}
        for way in self.extractors:
            without = _dict(self._retrieved(way, True), "without_near_duplicates")
            if without:
                found[way] = (_number(without, "limit"), _number(without, "n_left_out"))
        return found

    def retrieval_by_class(self, way: str, *, near_duplicates: bool = True) -> pd.DataFrame | None:
        """One row an article type: ``class``, ``n``, and the keys of `FIGURES`."""
        return _by_class(self._retrieved(way, near_duplicates), ("n", *FIGURES))

    def photo_retrieval(self) -> pd.DataFrame | None:
        """One row an extractor: how well everyday photographs find products of their kind.

        Columns ``way``, ``n_queries``, ``p_at_10``, ``p_at_15``, ``macro_p_at_10``, ``grouped_p_at_10``,
        ``grouped_macro_p_at_10``.
        """
        keys = (
            "n_queries",
            "p_at_10",
            "p_at_15",
            "macro_p_at_10",
            "grouped_p_at_10",
            "grouped_macro_p_at_10",
        )
        rows = [
            {"way": way} | {key: _number(measured, key) for key in keys}
            for way, measured in _dict(self.document, "photo_retrieval").items()
        ]
        return pd.DataFrame(rows) if rows else None

    def photo_retrieval_by_class(self, way: str) -> pd.DataFrame | None:
        """One row a kind of photograph: ``class``, ``n``, ``p_at_10``."""
        return _by_class(_dict(_dict(self.document, "photo_retrieval"), way), ("n", "p_at_10"))

    def _classified(self, model: str) -> dict[str, Any]:
        return _dict(_dict(self.document, "classification"), model)

    def _retrieved(self, way: str, near_duplicates: bool) -> dict[str, Any]:
        measured = _dict(_dict(self.document, "retrieval"), way)
        return measured if near_duplicates else _dict(measured, "without_near_duplicates")


def _figures(way: str, measured: Any, queries: str, *, baseline: bool) -> list[dict[str, Any]]:
    intervals = _dict(measured, "intervals")
    rows = []
    for figure in FIGURES:
        colour = figure == "colour_p_at_10"
        values = measured if colour else _dict(measured, queries)
        bounds = (intervals if colour else _dict(intervals, queries)).get(figure)
        low, high = bounds if isinstance(bounds, list) and len(bounds) == 2 else (None, None)
        rows.append(
            {
                "way": way,
                "baseline": baseline,
                "figure": figure,
                "value": _number(values, figure),
                "low": _as_number(low),
                "high": _as_number(high),
            }
        )
    return rows


def _by_class(measured: Mapping[str, Any], keys: tuple[str, ...]) -> pd.DataFrame | None:
    rows = [
        {"class": kind} | {key: _number(figures, key) for key in keys}
        for kind, figures in _dict(measured, "by_class").items()
    ]
    return pd.DataFrame(rows) if rows else None


def _weights_at_hand(name: str) -> str | None:
    try:
        return read_manifest(model_dir(name))["files"].get(WEIGHTS, {}).get("sha256")
    except (ArtifactError, AttributeError):
        return None


def _place(name: str) -> int:
    return MODEL_NAMES.index(name) if name in MODEL_NAMES else len(MODEL_NAMES)


def _dict(holder: Any, key: str) -> dict[str, Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    return found if isinstance(found, dict) else {}


def _n(figures: Any) -> bool:
    return _number(figures, "n") > 0


def _number(holder: Any, key: str) -> float:
    return _as_number(holder.get(key) if isinstance(holder, dict) else None)


def _as_number(value: Any) -> float:
    return float(value) if _is_number(value) else math.nan


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
