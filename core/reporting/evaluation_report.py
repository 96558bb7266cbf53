"""One report of measured figures as tables, with what is missing named.

Nothing is computed here. A figure that a report does not hold is NaN or None, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from core.models.card import kept_weights_sha256
from core.models.names import FINDER, MODEL_NAMES
from core.reporting.report_schema import (
    Classification,
    EvaluationReport,
    MethodFigures,
    PhotoClassification,
    PhotoRetrieval,
    ReportPart,
    Retrieval,
    RetrievalSummary,
    figure_or_nan,
)

FIGURES: dict[str, str] = {
    "p_at_10": "Precision at 10",
    "p_at_15": "Precision at 15",
    "recall_at_10": "Recall at 10",
    "map": "Mean average precision",
    "colour_p_at_10": "Same colour at 10",
}
"""Retrieval figures by their keys, as people read them."""

BASELINES: dict[str, str] = {
    "baseline random": "Random order",
    "baseline colour": "Same colour only",
}
"""What takes no picture to reach. An extractor is called colour too, hence the longer names."""

PHOTO_RETRIEVAL = (
    "n_queries",
    "p_at_10",
    "p_at_15",
    "macro_p_at_10",
    "grouped_p_at_10",
    "grouped_macro_p_at_10",
)
"""Figures of photographs that were searched with."""


@dataclass(frozen=True)
class Report:
    """What one run of `evaluate` measured.

    Tables have a row for each thing measured and NaN where a figure is missing; a method that finds nothing
    at all gives None.
    """

    name: str
    document: EvaluationReport

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the confusion's rows."""
        return tuple(self.document.labels)

    @cached_property
    def models(self) -> tuple[str, ...]:
        """Classifiers that were measured, the known ones in their usual order."""
        measured = [name for name, figures in self.document.classification.items() if figures.n]
        return tuple(sorted(measured, key=lambda name: (_place(name), name)))

    @property
    def methods(self) -> dict[str, MethodFigures]:
        """The methods that were compared, by extractor."""
        return self.document.methods

    @cached_property
    def extractors(self) -> tuple[str, ...]:
        """Extractors whose retrieval was measured."""
        return tuple(self.document.retrieval)

    def measured_on(self) -> list[str]:
        """Say, a line each, on what the figures were measured."""
        on = self.document.measured_on
        lines = []
        if on.products:
            lines.append(f"Products: {_numbered(on.n_products, on.products)}")
        left_out = {what: of.n for what, of in self.document.unreadable.items() if of.n}
        parts = {
            "Split": on.split,
            "Photographs": on.photos,
            "Street photographs": on.outlined and _numbered(on.n_outlined, on.outlined),
            "Screenshots": on.screenshots,
            "Altered copies": on.n_identical and f"of {on.n_identical} products",
            "Gallery": on.gallery and _of_so_many(on.n_gallery, on.gallery),
            "Families": on.families and f"{_of_so_many(on.n_in_families, 'the products')}: {on.families}",
            "Left out, unreadable": ", ".join(f"{n} of the {what}" for what, n in left_out.items()),
        }
        return lines + [f"{title}: {part}" for title, part in parts.items() if part]

    def missing(self) -> list[str]:
        """Say, a sentence each, what this report does not hold; one that compares methods holds no more."""
        said: list[str] = []
        if self.document.methods and not self.models:
            return said
        if not self.models:
            said.append("It has no classification figures.")
        elif lacking := [name for name in MODEL_NAMES if name not in self.models]:
            said.append(f"It has no classification figures of {', '.join(lacking)}.")
        for model in self.models:
            figures = self._classified(model)
            gone = [key for key in ("accuracy", "loss", "macro_f1", "ece") if getattr(figures, key) is None]
            gone += [key for key in ("per_class", "confusion", "reliability") if not getattr(figures, key)]
            if gone:
                said.append(f"{model} lacks {', '.join(gone)}.")
        if not self.document.photos:
            said.append("Everyday photographs were not measured (`--photos DIR`).")
        if self.document.garments is None and kept_weights_sha256(FINDER) is not None:
            said.append("The garment finder was not measured (`--outlined DIR`).")
        if not self.extractors:
            said.append("Search was not measured (`--catalogue NAME`).")
        elif not self.document.baselines:
            said.append("It has no baselines to compare search with.")
        return said

    def stale(self) -> list[str]:
        """Name the models whose weights at hand are not those that were measured."""
        return [
            name
            for name, weights in self.document.measured_on.weights.items()
            if name in (*MODEL_NAMES, FINDER) and kept_weights_sha256(name) not in (None, weights)
        ]

    def summary(self) -> pd.DataFrame:
        """One row a classifier: ``model``, ``n``, ``accuracy``, ``loss``, ``macro_f1``, ``ece``, ``ms``."""
        keys = {"n": "n", "accuracy": "accuracy", "loss": "loss", "macro_f1": "macro_f1", "ece": "ece"}
        keys["ms"] = "ms_per_picture"
        rows = [
            {"model": model}
            | {column: figure_or_nan(self._classified(model), key) for column, key in keys.items()}
            for model in self.models
        ]
        return pd.DataFrame(rows, columns=["model", *keys])

    def per_class(self, model: str) -> pd.DataFrame | None:
        """One row a class: ``class``, ``precision``, ``recall``, ``f1``, ``n``."""
        return by_class_table(self._classified(model).per_class, ("precision", "recall", "f1", "n"))

    def confusion(self, model: str) -> np.ndarray | None:
        """Give counts, int64 (labels, labels): a row for each true label, a column for each predicted one."""
        counts = self._classified(model).confusion
        if [len(row) for row in counts] != [len(self.labels)] * len(self.labels):
            return None
        return np.array(counts, np.int64)

    def cell(self, model: str, true: str, predicted: str) -> list[str] | None:
        """Ids of the products in one cell of the confusion; None where the report does not name them."""
        figures = self._classified(model)
        if true == predicted:
            ids = figures.right.get(true)
            return None if ids is None else list(ids)
        if figures.mistakes is None:
            return None
        wanted = (true, predicted)
        return [one.id for one in figures.mistakes if (one.true, one.predicted) == wanted]

    def reliability(self, model: str) -> pd.DataFrame | None:
        """One row a bin with predictions: ``confidence``, ``accuracy``, ``n``, ``low``, ``high``."""
        keys = ("confidence", "accuracy", "n", "low", "high")
        bins = self._classified(model).reliability
        rows = [{key: figure_or_nan(one, key) for key in keys} for one in bins if one.n]
        return pd.DataFrame(rows) if rows else None

    def shop_and_photos(self) -> pd.DataFrame | None:
        """One row a model: accuracy and number on shop pictures and on everyday photographs.

        Columns ``model``, ``shop``, ``shop_n``, ``photos``, ``photos_n``, ``photos_macro_recall``. None
        where no photographs were measured.
        """
        photos, shop = self.document.photos, self.document.classification
        rows = [
            {
                "model": model,
                "shop": figure_or_nan(shop.get(model), "accuracy"),
                "shop_n": figure_or_nan(shop.get(model), "n"),
                "photos": figure_or_nan(photos.get(model), "accuracy"),
                "photos_n": figure_or_nan(photos.get(model), "n"),
                "photos_macro_recall": figure_or_nan(photos.get(model), "macro_recall"),
            }
            for model in dict.fromkeys([*self.models, *photos])
        ]
        return pd.DataFrame(rows) if photos else None

    def photo_classes(self, model: str) -> pd.DataFrame | None:
        """One row a kind of photograph: ``class``, ``n``, ``recall`` (NaN without a label), ``known``."""
        measured = self.document.photos.get(model, PhotoClassification())
        return by_class_table(measured.by_class, ("n", "recall", "known"))

    def none_of_these(self, model: str) -> tuple[int, float]:
        """Give how many photographs are surely of no class, and the share taken for none of them."""
        measured = self.document.photos.get(model, PhotoClassification()).none_of_these
        return measured.n, figure_or_nan(measured, "share")

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
        for way, measured in self.document.baselines.items():
            rows += _figures(f"baseline {way}", measured, queries, baseline=True)
        return pd.DataFrame(rows) if self.extractors else None

    def near_duplicates(self) -> dict[str, float]:
        """Count how many near-duplicates a query has on average, by extractor."""
        return {
            way: figure_or_nan(without, "n_left_out")
            for way, measured in self.document.retrieval.items()
            if (without := measured.without_near_duplicates) is not None
        }

    def retrieval_by_class(self, way: str, *, near_duplicates: bool = True) -> pd.DataFrame | None:
        """One row an article type: ``class``, ``n``, and the keys of `FIGURES`."""
        return by_class_table(self._retrieved(way, near_duplicates).by_class, ("n", *FIGURES))

    def photo_retrieval(self) -> pd.DataFrame | None:
        """One row an extractor: how well everyday photographs find products of their kind.

        Columns ``way``, and the keys of `PHOTO_RETRIEVAL`.
        """
        rows = [
            {"way": way} | {key: figure_or_nan(measured, key) for key in PHOTO_RETRIEVAL}
            for way, measured in self.document.photo_retrieval.items()
        ]
        return pd.DataFrame(rows) if rows else None

    def photo_retrieval_by_class(self, way: str) -> pd.DataFrame | None:
        """One row a kind of photograph: ``class``, ``n``, ``p_at_10``."""
        measured = self.document.photo_retrieval.get(way, PhotoRetrieval())
        return by_class_table(measured.by_class, ("n", "p_at_10"))

    def _classified(self, model: str) -> Classification:
        return self.document.classification.get(model, Classification())

    def _retrieved(self, way: str, near_duplicates: bool) -> RetrievalSummary:
        measured = self.document.retrieval.get(way, Retrieval())
        return measured if near_duplicates else measured.without_near_duplicates or RetrievalSummary()


def _figures(way: str, measured: RetrievalSummary, queries: str, *, baseline: bool) -> list[dict[str, Any]]:
    rows = []
    for key in FIGURES:
        if key == "colour_p_at_10":
            value, interval = figure_or_nan(measured, key), measured.intervals.colour_p_at_10
        else:
            value = figure_or_nan(getattr(measured, queries), key)
            interval = getattr(measured.intervals, queries).get(key)
        low, high = interval or (np.nan, np.nan)
        rows.append(
            {"way": way, "baseline": baseline, "figure": key, "value": value, "low": low, "high": high}
        )
    return rows


def _of_so_many(n: int | None, whole: str) -> str:
    return whole if n is None else _numbered(n, whole)


def _numbered(n: int | None, whole: str) -> str:
    return f"{'an unknown number' if n is None else n} of {whole}"


def by_class_table(by_class: Mapping[str, ReportPart], keys: tuple[str, ...]) -> pd.DataFrame | None:
    """Lay out figures by class: one row each, ``class`` and the keys; None where there is none."""
    rows = [{"class": kind} | {key: figure_or_nan(of, key) for key in keys} for kind, of in by_class.items()]
    return pd.DataFrame(rows) if rows else None


def _place(name: str) -> int:
    return MODEL_NAMES.index(name) if name in MODEL_NAMES else len(MODEL_NAMES)
