"""What `evaluate` measures, as it is kept in `artifacts/reports/NAME.json`. The keys never move.

Figures that a report does not hold are None, and parts of it are empty: an older one lacks some. Reports may
hold more than is read here.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from core.storage.schema import Count, Figure

MaybeFigure = Figure | None
Interval = tuple[Figure, Figure] | None
"""Lower and upper bound, 95 %."""


class ReportPart(msgspec.Struct, frozen=True):
    """The base of all below; read only."""


class ClassFigures(ReportPart, frozen=True):
    """How one class was told from the others."""

    precision: MaybeFigure = None
    recall: MaybeFigure = None
    f1: MaybeFigure = None
    n: Count | None = None


class ReliabilityBin(ReportPart, frozen=True):
    """The predictions of one range of confidence."""

    low: MaybeFigure = None
    high: MaybeFigure = None
    n: Count = 0
    confidence: MaybeFigure = None
    accuracy: MaybeFigure = None


class Mistake(ReportPart, frozen=True):
    """A product whose class was mistaken."""

    id: str
    true: str
    predicted: str


class Classification(ReportPart, frozen=True):
    """What one classifier made of the products."""

    n: Count = 0
    accuracy: MaybeFigure = None
    loss: MaybeFigure = None
    macro_f1: MaybeFigure = None
    ece: MaybeFigure = None
    per_class: dict[str, ClassFigures] = {}
    confusion: list[list[Count]] = []
    reliability: list[ReliabilityBin] = []
    mistakes: list[Mistake] | None = None
    right: dict[str, list[str]] = {}
    ms_per_picture: MaybeFigure = None


class PhotoClass(ReportPart, frozen=True):
    """The photographs of one folder."""

    n: Count | None = None
    recall: MaybeFigure = None  # None where the folder has no label
    known: MaybeFigure = None


class PhotoClassification(ReportPart, frozen=True):
    """What one classifier made of the photographs."""

    n: Count | None = None
    accuracy: MaybeFigure = None
    macro_recall: MaybeFigure = None
    by_class: dict[str, PhotoClass] = {}


class RetrievalFigures(ReportPart, frozen=True):
    """Means over queries."""

    p_at_10: MaybeFigure = None
    p_at_15: MaybeFigure = None
    recall_at_10: MaybeFigure = None
    map: MaybeFigure = None


class ClassRetrieval(RetrievalFigures, frozen=True):
    """Means over the queries of one article type."""

    n: Count | None = None
    colour_p_at_10: MaybeFigure = None


class RetrievalIntervals(ReportPart, frozen=True):
    """Between which bounds the means lie, by the keys of `RetrievalFigures`."""

    all: dict[str, Interval] = {}
    five: dict[str, Interval] = {}
    colour_p_at_10: Interval = None


class RetrievalSummary(ReportPart, frozen=True):
    """How well one extractor finds products of the query's type."""

    all: RetrievalFigures = RetrievalFigures()
    five: RetrievalFigures = RetrievalFigures()
    colour_p_at_10: MaybeFigure = None
    intervals: RetrievalIntervals = RetrievalIntervals()
    by_class: dict[str, ClassRetrieval] = {}


class WithoutNearDuplicates(RetrievalSummary, frozen=True):
    """The same where near-duplicates of the query are not in the gallery."""

    limit: MaybeFigure = None
    n_left_out: MaybeFigure = None


class Retrieval(RetrievalSummary, frozen=True):
    """One extractor, or baseline, with and without near-duplicates."""

    n_queries: Count | None = None
    n_gallery: Count | None = None
    without_near_duplicates: WithoutNearDuplicates | None = None


class PhotoClassRetrieval(ReportPart, frozen=True):
    """The photographs of one folder as queries."""

    n: Count | None = None
    p_at_10: MaybeFigure = None


class PhotoRetrieval(ReportPart, frozen=True):
    """How well one extractor finds products of a photograph's kind."""

    n_queries: Count | None = None
    p_at_10: MaybeFigure = None
    p_at_15: MaybeFigure = None
    macro_p_at_10: MaybeFigure = None
    grouped_p_at_10: MaybeFigure = None
    grouped_macro_p_at_10: MaybeFigure = None
    by_class: dict[str, PhotoClassRetrieval] = {}


class MeasuredOn(ReportPart, frozen=True):
    """On what, and with which weights."""

    products: str | None = None
    n_products: Count | None = None
    split: str | None = None
    photos: str | None = None
    gallery: str | None = None
    weights: dict[str, str] = {}  # sha256 by model


class Unreadable(ReportPart, frozen=True):
    """Pictures that were left out."""

    n: Count = 0


class EvaluationReport(ReportPart, frozen=True):
    """A whole report."""

    labels: Annotated[list[str], msgspec.Meta(min_length=1)]  # in the order of the confusion's rows
    measured_on: MeasuredOn = MeasuredOn()
    unreadable: dict[str, Unreadable] = {}  # by "products" and "photos"
    classification: dict[str, Classification] = {}
    retrieval: dict[str, Retrieval] = {}
    baselines: dict[str, Retrieval] = {}
    photos: dict[str, PhotoClassification] = {}
    photo_retrieval: dict[str, PhotoRetrieval] = {}


def figure_or_nan(holder: ReportPart | Mapping[str, MaybeFigure] | None, key: str) -> float:
    """Give a figure as a float, NaN where there is none."""
    value = holder.get(key) if isinstance(holder, Mapping) else getattr(holder, key, None)
    return float("nan") if value is None else float(value)
