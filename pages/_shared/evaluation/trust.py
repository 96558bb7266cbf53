"""How far what a search says of a photograph can be trusted."""

from typing import TYPE_CHECKING

import streamlit as st

from core.reporting.evaluation_report import Report
from core.reporting.report_schema import Trust
from core.reporting.trust_tables import (
    DOUBTS,
    VERDICTS,
    class_first_table,
    closeness_table,
    doubt_table,
    reliability_table,
    verdict_table,
)
from pages._shared.evaluation import charts
from pages._shared.evaluation.columns import count_column, decimal_column, show_not_measured

if TYPE_CHECKING:
    from pages._shared.evaluation.columns import Formats


def show_trust(report: Report | None) -> None:
    """Show what verdicts, words for scores and warnings are worth on photographs."""
    trust = None if report is None else report.document.trust
    if trust is None:
        show_not_measured("What search answers are worth was")
        return
    st.header("The one verdict")
    formats: Formats = {"source": "Pictures"} | {
        key: count_column(said) if key.startswith("n") else decimal_column(said)
        for key, said in VERDICTS.items()
    }
    st.dataframe(verdict_table(trust), hide_index=True, placeholder="–", column_config=formats)
    if len(doubts := doubt_table(trust)):
        formats = {"source": "Pictures"} | {key: decimal_column(said) for key, said in DOUBTS.items()}
        st.dataframe(doubts, hide_index=True, placeholder="–", column_config=formats)
    st.header("Words for scores")
    words, curve = st.columns([2, 3], gap="medium")
    with words:
        _show_words(trust)
    with curve:
        table = reliability_table(trust)
        if len(table):
            st.plotly_chart(
                charts.reliability_chart(
                    table, "VGG16", charts.colour_of("vgg16"), certainty="Score", counted="hits"
                ),
                width="stretch",
                key="trust-curve",
            )
            st.caption("Each point: hits of about this score, and how many of them are of the right kind.")
    st.header("A sure class before the others")
    st.dataframe(
        class_first_table(trust),
        height="content",
        hide_index=True,
        placeholder="–",
        column_config={
            "group": "Pictures",
            "n": count_column("Number"),
            "by_score": decimal_column("Right of 12, by score"),
            "as_shown": decimal_column("Right of 12, sure class first"),
        },
    )


def _show_words(trust: Trust) -> None:
    st.dataframe(
        closeness_table(trust),
        hide_index=True,
        placeholder="–",
        column_config={"said": "Said", "n": count_column("Hits"), "right": decimal_column("Right")},
    )
    for what, said in (("nothing", "Pictures with nothing in them"), ("garments", "Pictures of garments")):
        warned = trust.nothing_close.get(what)
        if warned is not None and warned.warned is not None:
            st.metric(said, f"{100 * warned.warned:.1f} %", width="content")
            st.caption(f"Of {warned.n:,}, told that nothing is close.")
