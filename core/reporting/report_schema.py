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


class NoneOfThese(ReportPart, frozen=True):
    """The photographs that are surely none of the five classes."""

    n: Count = 0
    share: MaybeFigure = None  # that the classifier takes for none of them


class PhotoClassification(ReportPart, frozen=True):
    """What one classifier made of the photographs."""

    n: Count | None = None
    accuracy: MaybeFigure = None
    macro_recall: MaybeFigure = None
    known: MaybeFigure = None
    none_of_these: NoneOfThese = NoneOfThese()
    by_class: dict[str, PhotoClass] = {}


class RetrievalFigures(ReportPart, frozen=True):
    """Means over queries."""

    p_at_10: MaybeFigure = None
    p_at_15: MaybeFigure = None
    recall_at_10: MaybeFigure = None
    map: MaybeFigure = None
    coarse_at_1: MaybeFigure = None
    fine_at_1: MaybeFigure = None
    fine_at_10: MaybeFigure = None


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


class PhotoRetrievalFigures(ReportPart, frozen=True):
    """How well one extractor finds products of a photograph's kind."""

    n_queries: Count | None = None
    p_at_10: MaybeFigure = None
    p_at_15: MaybeFigure = None
    macro_p_at_10: MaybeFigure = None
    grouped_p_at_10: MaybeFigure = None
    grouped_macro_p_at_10: MaybeFigure = None
    by_class: dict[str, PhotoClassRetrieval] = {}


class PhotoRetrieval(PhotoRetrievalFigures, frozen=True):
    """The same by the whole photograph, and by the garments found in it."""

    first_garment: PhotoRetrievalFigures | None = None  # what is searched without anybody having chosen
    offered_garment: PhotoRetrievalFigures | None = None  # the garment found of the photograph's class


class GarmentFigures(ReportPart, frozen=True):
    """How many garments were found, and how many of those found are there; of all, or of one label."""

    n: Count | None = None
    n_found: Count | None = None
    recall: MaybeFigure = None
    precision: MaybeFigure = None
    recall_with_label: MaybeFigure = None
    precision_with_label: MaybeFigure = None


class GarmentDetection(GarmentFigures, frozen=True):
    """What the garment finder made of the outlined street photographs."""

    n_photographs: Count | None = None
    box_iou: MaybeFigure = None
    mask_iou: MaybeFigure = None
    by_label: dict[str, GarmentFigures] = {}


class Screenshots(ReportPart, frozen=True):
    """Of how many screenshots of shop pages the product is among the first hits."""

    n: Count = 0
    first_at_1: Count | None = None
    first_at_3: Count | None = None
    whole_at_3: Count | None = None
    offered_at_3: Count | None = None
    picture_at_3: Count | None = None


class IdenticalFigures(ReportPart, frozen=True):
    """How many altered copies find their product: means over products."""

    recall_at_1: MaybeFigure = None
    recall_at_10: MaybeFigure = None
    with_duplicates_at_1: MaybeFigure = None  # a near-duplicate of the product is right as well
    with_duplicates_at_10: MaybeFigure = None
    intervals: dict[str, Interval] = {}


class IdenticalStep(IdenticalFigures, frozen=True):
    """One strength of one alteration."""

    step: str = ""  # such as "slight"
    strength: MaybeFigure = None
    text: str = ""  # as people read it, such as "15°"


class IdenticalAlteration(ReportPart, frozen=True):
    """All strengths of one alteration, the weakest first."""

    unit: str = ""
    overall: IdenticalFigures = IdenticalFigures()
    steps: list[IdenticalStep] = []


class IdenticalItem(ReportPart, frozen=True):
    """Whether one extractor finds products by altered copies of their pictures."""

    n_products: Count | None = None
    n_gallery: Count | None = None
    unaltered: IdenticalFigures = IdenticalFigures()
    overall: IdenticalFigures = IdenticalFigures()  # each alteration counts once
    by_alteration: dict[str, IdenticalAlteration] = {}


class MethodSplit(RetrievalSummary, frozen=True):
    """One method by one distance, its queries and gallery parted in one of two ways."""

    n: Count = 0
    n_five: Count = 0


class MethodPhotographs(ReportPart, frozen=True):
    """One method by one distance, with whole photographs as queries."""

    n: Count = 0
    p_at_10: MaybeFigure = None
    macro_p_at_10: MaybeFigure = None
    coarse_at_1: MaybeFigure = None
    intervals: dict[str, Interval] = {}


class MethodDistance(ReportPart, frozen=True):
    """One method by one distance."""

    same_order_as: str | None = None  # the distance whose figures these are
    by_id: MethodSplit = MethodSplit()
    by_family: MethodSplit = MethodSplit()
    photographs: MethodPhotographs | None = None


class MethodFigures(ReportPart, frozen=True):
    """One method of those that are compared."""

    title: str = ""
    ms_per_picture: MaybeFigure = None
    distances: dict[str, MethodDistance] = {}


class VerdictFigures(ReportPart, frozen=True):
    """What is said of pictures of one source."""

    n: Count | None = None  # of the five classes
    class_right: MaybeFigure = None
    known: MaybeFigure = None
    n_others: Count | None = None
    others_not_known: MaybeFigure = None
    doubted: MaybeFigure = None
    doubted_wrong: MaybeFigure = None
    undoubted_wrong: MaybeFigure = None


class CloseHits(ReportPart, frozen=True):
    """Hits that are called by one word, or score between two limits."""

    least: MaybeFigure = None
    below: MaybeFigure = None
    n: Count | None = None
    right: MaybeFigure = None


class Warned(ReportPart, frozen=True):
    """How often it is said that nothing is close."""

    n: Count | None = None
    warned: MaybeFigure = None


class ClassFirst(ReportPart, frozen=True):
    """Share of right products among the first 12 of a group of pictures."""

    n: Count | None = None
    by_score: MaybeFigure = None
    as_shown: MaybeFigure = None


class Trust(ReportPart, frozen=True):
    """How far what is said of photographs holds."""

    verdicts: dict[str, VerdictFigures] = {}  # by source
    closeness: dict[str, CloseHits] = {}  # by word
    curve: tuple[CloseHits, ...] = ()
    nothing_close: dict[str, Warned] = {}  # of garments, and of nothing
    class_first: dict[str, ClassFirst] = {}  # by group


class MeasuredOn(ReportPart, frozen=True):
    """On what, and with which weights."""

    products: str | None = None
    n_products: Count | None = None
    split: str | None = None
    photos: str | None = None
    outlined: str | None = None
    n_outlined: Count | None = None
    screenshots: str | None = None
    n_identical: Count | None = None  # products whose altered copies were searched with
    gallery: str | None = None
    n_gallery: Count | None = None
    families: str | None = None  # how products are kept on one side
    n_in_families: Count | None = None  # queries that are in the test split with all their family
    weights: dict[str, str] = {}  # sha256 by model


class Unreadable(ReportPart, frozen=True):
    """Pictures that were left out."""

    n: Count = 0


class EvaluationReport(ReportPart, frozen=True):
    """A whole report."""

    labels: Annotated[list[str], msgspec.Meta(min_length=1)]  # in the order of the confusion's rows
    measured_on: MeasuredOn = MeasuredOn()
    unreadable: dict[str, Unreadable] = {}  # by "products", "photos", "identical" and others
    classification: dict[str, Classification] = {}
    retrieval: dict[str, Retrieval] = {}
    baselines: dict[str, Retrieval] = {}
    photos: dict[str, PhotoClassification] = {}
    photo_retrieval: dict[str, PhotoRetrieval] = {}
    garments: GarmentDetection | None = None
    worn: dict[str, dict[str, PhotoRetrievalFigures]] = {}  # by extractor and way
    screenshots: Screenshots | None = None
    identical: dict[str, IdenticalItem] = {}  # by extractor, and by "EXTRACTOR:DISTANCE"
    trust: Trust | None = None
    methods: dict[str, MethodFigures] = {}  # by extractor


def figure_or_nan(holder: ReportPart | Mapping[str, MaybeFigure] | None, key: str) -> float:
    """Give a figure as a float, NaN where there is none."""
    value = holder.get(key) if isinstance(holder, Mapping) else getattr(holder, key, None)
    return float("nan") if value is None else float(value)
