"""The tab of what is quick and light."""

import streamlit as st

from core.errors import ArtifactError
from core.reporting.benchmark_report import read_benchmark
from pages._shared.session.errors import error_markdown, escape_markdown


def show_speed() -> None:
    """Show the table that `make bench` measured, or say how to measure it."""
    try:
        report = read_benchmark()
    except ArtifactError as error:
        st.error(error_markdown(error), icon=":material/error:")
        return
    if report is None:
        st.info("Speed was not measured yet: `make bench` does it, in some minutes.", icon=":material/timer:")
        return
    machine = report.machine
    st.markdown(
        f"Measured on {report.created[:10]} with {escape_markdown(machine.processor)}, {machine.cores} "
        f"cores, Python {machine.python}, on the catalogue {escape_markdown(report.catalogue)}. Each line "
        "has its reference from the same run beside it: another machine gives other seconds, and about the "
        "same ratios."
    )
    if report.note:
        st.caption(escape_markdown(report.note))
    st.dataframe(report.table(), hide_index=True, width="stretch")
