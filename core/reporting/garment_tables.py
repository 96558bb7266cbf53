"""What a report says of the garment finder, and of searches with the garments that it finds, as tables.

A figure that a report does not hold is NaN, and what was not measured at all is None.
"""

from collections.abc import Mapping

import pandas as pd

from core.reporting.evaluation_report import PHOTO_RETRIEVAL, by_class_table
from core.reporting.report_schema import (
    EvaluationReport,
    GarmentDetection,
    GarmentFigures,
    PhotoRetrievalFigures,
    figure_or_nan,
)

EVERY_LABEL = "Every label"
"""The row of all garments in a table by label."""

GARMENTS: dict[str, str] = {
    "recall": "Recall",
    "precision": "Precision",
    "recall_with_label": "Recall, right name",
    "precision_with_label": "Precision, right name",
}
"""Figures of the finder by their keys, as people read them."""

WAYS: dict[str, str] = {
    "whole": "The whole photograph",
    "first_garment": "The garment that the search starts with",
    "offered_garment": "The garment offered for its class",
    "true_box": "The outlined garment",
}
"""What of a photograph is searched with, by its key, as people read it."""

SCREENSHOTS: dict[str, str] = {
    "first_at_1": "What the search starts with, first hit",
    "first_at_3": "What the search starts with, first three hits",
    "offered_at_3": "Any garment offered, first three hits",
    "whole_at_3": "The whole screenshot, first three hits",
    "picture_at_3": "The product's picture alone, first three hits",
}
"""What of a screenshot is searched with, and where the right product is looked for."""


def garment_table(document: EvaluationReport) -> pd.DataFrame | None:
    """Say, a row for each label, how many garments were found, and how many of those found are there.

    Returns
    -------
    DataFrame or None
        ``class``, ``n``, ``n_found`` and the keys of `GARMENTS`. The first row, `EVERY_LABEL`, is of all.
    """
    found = document.garments
    if found is None:
        return None
    rows: dict[str, GarmentFigures] = {EVERY_LABEL: found, **found.by_label}
    return by_class_table(rows, ("n", "n_found", *GARMENTS))


def garment_overlap(document: EvaluationReport) -> dict[str, float]:
    """Give the mean overlap (IoU) of what was found with what is there: ``box_iou`` and ``mask_iou``."""
    found = document.garments or GarmentDetection()
    return {key: figure_or_nan(found, key) for key in ("box_iou", "mask_iou")}


def photo_retrieval_by_garment(document: EvaluationReport, extractor: str) -> pd.DataFrame | None:
    """Say how well an extractor finds products by photographs: whole, and by the garments found in them.

    Returns
    -------
    DataFrame or None
        One row for each of `WAYS` that was measured: ``way``, and the keys of `PHOTO_RETRIEVAL`.
    """
    whole = document.photo_retrieval.get(extractor)
    if whole is None:
        return None
    ways = {"whole": whole, "first_garment": whole.first_garment, "offered_garment": whole.offered_garment}
    return _by_way({way: measured for way, measured in ways.items() if measured is not None})


def worn_table(document: EvaluationReport, extractor: str) -> pd.DataFrame | None:
    """Say the same of worn garments in street photographs; see `photo_retrieval_by_garment`."""
    return _by_way(document.worn.get(extractor, {}))


def screenshot_table(document: EvaluationReport) -> pd.DataFrame | None:
    """Say how many screenshots of shop pages find their product.

    Returns
    -------
    DataFrame or None
        One row for each of `SCREENSHOTS`: ``part``, in words, ``right``, and ``n``.
    """
    shown = document.screenshots
    if shown is None:
        return None
    rows = [
        {"part": name, "right": figure_or_nan(shown, key), "n": shown.n} for key, name in SCREENSHOTS.items()
    ]
    return pd.DataFrame(rows)


def _by_way(measured: Mapping[str, PhotoRetrievalFigures]) -> pd.DataFrame | None:
    rows = [
        {"way": way} | {key: figure_or_nan(measured[way], key) for key in PHOTO_RETRIEVAL}
        for way in WAYS
        if way in measured
    ]
    return pd.DataFrame(rows) if rows else None
