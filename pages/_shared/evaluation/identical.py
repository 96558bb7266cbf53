"""Whether products find themselves: altered copies of their pictures as queries, by method and strength."""

from collections.abc import Mapping

import streamlit as st

from core.reporting.evaluation_report import Report
from core.reporting.identical_tables import (
    IDENTICAL,
    identical_alterations,
    identical_overview,
    identical_steps,
    identical_unit,
)
from pages._shared.evaluation import step_chart
from pages._shared.evaluation.columns import decimal_column, show_not_measured
from pages._shared.session.errors import escape_markdown
from pages._shared.widgets.names import method_name

COMMAND = "python -m core evaluate DATA --split test --task identical --catalogue NAME --report NAME"
"""What measures altered copies, and nothing else."""


def show_identical(report: Report | None, names: Mapping[str, str]) -> None:
    """Show the figures of altered copies, all alterations in a table and one of them as curves."""
    if report is None or not report.document.identical:
        show_not_measured("Altered copies were", COMMAND)
        return
    measured = next(iter(report.document.identical.values()))
    st.markdown(
        f"Pictures of {measured.n_products or 0:,} products were altered step by step and searched with, "
        f"among {measured.n_gallery or 0:,} products. It stands in for the same product from another camera."
    )
    names = {way: names.get(way) or method_name(way) for way in report.document.identical}
    figure: str = st.selectbox(
        "Figure", list(IDENTICAL), format_func=IDENTICAL.__getitem__, key="identical-figure", width=360
    )
    overview = identical_overview(report.document, figure)
    st.dataframe(
        overview,
        hide_index=True,
        placeholder="–",
        column_config={"alteration": "Picture"} | {way: decimal_column(name) for way, name in names.items()},
    )
    st.caption(
        "Each row is the mean over the alteration's steps. Two products may show one garment, which an "
        "altered copy cannot tell apart: the figures with near-duplicates count these as found, told by "
        "their pictures."
    )
    st.header("Step by step")
    alterations = identical_alterations(report.document)
    alteration: str = st.selectbox(
        "Alteration", list(alterations), format_func=alterations.__getitem__, key="identical-of", width=260
    )
    table = identical_steps(report.document, alteration, figure)
    if table is None or table["value"].isna().all():
        st.info("This figure was not measured in this report.", icon=":material/info:")
        return
    unit = identical_unit(report.document, alteration)
    st.plotly_chart(
        step_chart.step_chart(table, title=IDENTICAL[figure], unit=unit, names=names),
        key="identical",
        config={"displayModeBar": False},
        alt=f"{IDENTICAL[figure]}, {alterations[alteration].lower()}, by method and strength",
    )
    st.caption(f"Strength: {escape_markdown(unit)}. Whiskers are 95 % intervals from resampled products.")
