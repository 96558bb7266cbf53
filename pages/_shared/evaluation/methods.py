"""The methods of the literature beside ours, in one table that can be sorted."""

import streamlit as st

from core.models.compared.methods import METHODS
from core.reporting.evaluation_report import Report
from core.reporting.method_table import COLUMNS, SPLITS, method_table
from pages._shared.evaluation.columns import decimal_column, show_not_measured
from pages._shared.widgets.names import DISTANCE_NAMES

COMMAND = "python -m core evaluate DATA --split test --photos DIR --catalogue NAME --methods --report NAME"
"""What writes such a report."""

SPLIT_CAPTIONS = {
    "by_id": "Every product of the test split looks in the whole catalogue, itself left out.",
    "by_family": "Only products whose near-duplicates and colour variants are all in the test split, and "
    "these are left out of the catalogue too: nothing of one product stands on both sides.",
}


def show_methods(report: Report | None) -> None:
    """Show what was measured of every method, and what each of them looks at."""
    if report is None or not report.methods:
        show_not_measured("The methods of the literature were", COMMAND)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        split: str = st.segmented_control(
            "Queries and catalogue parted",
            list(SPLITS),
            default="by_id",
            required=True,
            format_func=SPLITS.__getitem__,
            key="methods-split",
        )
        bounds = st.toggle("95 % intervals", key="methods-intervals")
        every = st.toggle("Distances of the same order too", key="methods-same")
    st.caption(SPLIT_CAPTIONS[split])
    table = method_table(report.methods, split)
    if not every:
        table = table[table["same_order_as"] == ""]
    table = table.assign(distance=table["distance"].map(lambda name: DISTANCE_NAMES.get(name, name)))
    shown = [column for column in COLUMNS if table[column.key].notna().any()]
    keys = [
        key
        for column in shown
        for key in (column.key, *((f"{column.key}_low", f"{column.key}_high") if bounds else ()))
    ]
    titles = {column.key: column.title for column in shown}
    titles |= {f"{key}_low": f"{title}, from" for key, title in list(titles.items())}
    titles |= {f"{column.key}_high": f"{column.title}, to" for column in shown}
    st.dataframe(
        table[["title", "distance", *keys, "ms"]],
        hide_index=True,
        placeholder="–",
        height="content",
        column_config={
            "title": st.column_config.TextColumn("Method", pinned=True),
            "distance": "Compared by",
            "ms": st.column_config.NumberColumn("ms a picture", format="%.1f"),
        }
        | {key: decimal_column(titles[key]) for key in keys},
    )
    st.caption(
        "Click on a column to sort by it. Relevant is a product of the same article type; intervals are from "
        "resampled queries. Where all distances put products in the same order, one row stands for them."
    )
    with st.expander("What each method looks at"):
        known = [METHODS[name] for name in report.methods if name in METHODS]
        st.markdown("\n".join(f"- **{method.title}**: {method.description}" for method in known))
