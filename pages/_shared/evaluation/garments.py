"""The garment finder's figures: what it finds, and what is found by the garments that it offers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.reporting.evaluation_report import Report
from core.reporting.garment_tables import (
    GARMENTS,
    WAYS,
    garment_overlap,
    garment_table,
    photo_retrieval_by_garment,
    screenshot_table,
    worn_table,
)
from pages._shared.evaluation.columns import count_column, decimal_column, show_not_measured

if TYPE_CHECKING:
    from pages._shared.evaluation.columns import Formats

SEARCHED = {
    "p_at_10": "Precision at 10",
    "macro_p_at_10": "Mean over the classes",
    "grouped_p_at_10": "Within the predicted class",
}
"""Figures of photographs that were searched with, as people read them."""


def show_garments(report: Report | None, names: Mapping[str, str]) -> None:
    """Show the finder's figures by label, worn garments and screenshots."""
    table = None if report is None else garment_table(report.document)
    if report is None or table is None:
        show_not_measured("The garment finder was")
    else:
        _show_found(report, table)
    st.header("Worn garments, searched with")
    searched_by = () if report is None else tuple(report.document.worn)
    if report is None or not searched_by:
        show_not_measured("Worn garments were")
    else:
        way = st.selectbox(
            "Extractor", searched_by, format_func=lambda name: names.get(name, name), key="worn-by", width=240
        )
        _show_ways(worn_table(report.document, way))
        st.caption(
            "Street photographs with a t-shirt, a shirt, jeans or a skirt; one with two of them is two "
            "queries. A garment that was not found counts as one without a single right hit."
        )
    st.header("Screenshots of a shop's page")
    shown = None if report is None else screenshot_table(report.document)
    if shown is None:
        show_not_measured("Screenshots were")
        return
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="–",
        column_config={
            "part": "Searched with",
            "right": count_column("Right product"),
            "n": count_column("Screenshots"),
        },
    )


def show_photographs_by_garment(report: Report, extractor: str) -> None:
    """Show what is found by photographs, whole and by the garments found in them."""
    table = photo_retrieval_by_garment(report.document, extractor)
    if table is not None and len(table) > 1:
        _show_ways(table)


def _show_found(report: Report, table: pd.DataFrame) -> None:
    formats: Formats = {
        "class": "Garment",
        "n": count_column("Outlined"),
        "n_found": count_column("Found"),
    }
    formats |= {key: decimal_column(name) for key, name in GARMENTS.items()}
    st.dataframe(table, height="content", hide_index=True, placeholder="–", column_config=formats)
    overlap = {"boxes": "box_iou", "outlines": "mask_iou"}
    means = garment_overlap(report.document)
    measured = [f"{name} {means[key]:.3f}" for name, key in overlap.items() if means[key] == means[key]]
    st.caption(
        "Recall: of the outlined garments, those found by a box that overlaps theirs by at least half (IoU "
        "0.5), whatever they were called, or by their right name. Precision: of those found, those there."
        + (f" Mean overlap of those found: {', '.join(measured)}." if measured else "")
    )


def _show_ways(table: pd.DataFrame | None) -> None:
    if table is None:
        show_not_measured("Searching with garments was")
        return
    formats: Formats = {"way": "Searched with", "n_queries": count_column("Queries")}
    formats |= {key: decimal_column(name) for key, name in SEARCHED.items()}
    named = table.assign(way=[WAYS[way] for way in table["way"]])
    st.dataframe(
        named[["way", "n_queries", *SEARCHED]], hide_index=True, placeholder="–", column_config=formats
    )
