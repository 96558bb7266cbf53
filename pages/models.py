"""Models: how they learned, what they get right, and what they are not good for, as it was measured."""

import re

import streamlit as st

from core.errors import ArtifactError
from core.models.names import MODEL_NAMES
from core.reporting.evaluation_report import BASELINES, FIGURES, Report
from core.reporting.model_card import read_card, read_history
from core.reporting.report_files import COMMAND, PAPER, list_reports, read_report
from pages._shared.evaluation import charts, confusion
from pages._shared.session import app_frame, state
from pages._shared.session.errors import plain, sentence
from pages._shared.widgets.names import JUDGE_NAMES

READ = JUDGE_NAMES | BASELINES
"""What people read for a model, an extractor or a baseline; any other goes by its name."""

PAPERS_DATA = "on other test data"


def main() -> None:
    st.title("How good are the models?")
    st.markdown(
        "Every figure on this page was written by `python -m core train` or `python -m core evaluate`. "
        "The page shows them and computes none."
    )
    report = choose_report()
    figures, learning, mistakes, search, cards = st.tabs(
        ["Test figures", "Learning", "Mistakes", "Search", "Cards"]
    )
    with figures:
        show_figures(report)
    with learning:
        show_learning()
    with mistakes:
        show_mistakes(report)
    with search:
        show_search(report)
    with cards:
        show_cards(report)


def choose_report() -> Report | None:
    names, problems = list_reports()
    for problem in problems:
        st.error(f"A report cannot be used. {sentence(problem)}", icon=":material/error:")
    if not names:
        st.info(f"There is no report yet. Write one with `{COMMAND}`.", icon=":material/info:")
        return None
    name = names[0]
    if len(names) > 1:
        name = st.selectbox("Report", names, key="report", bind="query-params", width=320)
    try:
        report = read_report(name)
    except ArtifactError as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    st.caption(" · ".join(map(plain, [f"Report {name}", *report.measured_on()])))
    if missing := report.missing():
        st.info(
            "This report is not whole. " + " ".join(map(sentence, missing)) + f" A whole one: `{COMMAND}`.",
            icon=":material/info:",
        )
    if stale := report.stale():
        st.warning(
            f"Measured on other weights than those at hand: {', '.join(map(read, stale))}. "
            f"Measure again with `{COMMAND}`.",
            icon=":material/update:",
        )
    return report


def read(name: str) -> str:
    return READ.get(name, name)


def number(value: float) -> str:
    return "not measured" if value != value else f"{value:.3f}"


def decimal(title: str):
    return st.column_config.NumberColumn(title, format="%.3f")


def count(title: str):
    return st.column_config.NumberColumn(title, format="%,d")


def nothing(what: str) -> None:
    st.info(f"{what} not measured in this report.", icon=":material/info:")


# Test figures ----------------------------------------------------------------------------------------


def show_figures(report: Report | None) -> None:
    if report is None or not report.models:
        nothing("The classes were")
        return
    cells = st.grid(min_column_width=300, gap="small", border=True)
    for row in report.summary().itertuples():
        with cells.cell():
            st.markdown(f"**{plain(read(row.model))}**")
            # Side by side on a phone too, where columns would be stacked.
            with st.container(horizontal=True, gap="large"):
                st.metric("Accuracy", number(row.accuracy), width="content")
                st.metric("Loss", number(row.loss), width="content")
            st.caption(
                f"macro-F1 {number(row.macro_f1)} · calibration error {number(row.ece)} · "
                f"{row.n:,.0f} pictures"
            )
            if paper := PAPER.get(row.model):
                st.caption(
                    f"{paper.name}: accuracy {paper.accuracy:.3f}, loss {paper.loss:.3f}, {PAPERS_DATA}"
                )
    st.subheader("Shop pictures and everyday photographs")
    places = report.shop_and_photos()
    if places is None:
        nothing("Everyday photographs were")
        return
    columns = {"shop": "shop pictures", "photos": "everyday photographs"}
    st.plotly_chart(
        charts.bars(places, "model", columns, "Accuracy", READ), key="places", config={"displaylogo": False}
    )
    model = st.selectbox("By kind of photograph", list(places["model"]), format_func=read, width=240)
    by_kind = report.photo_classes(model)
    if by_kind is None:
        nothing(f"Everyday photographs by {read(model)} were")
        return
    st.dataframe(
        by_kind,
        hide_index=True,
        placeholder="–",
        column_config={
            "class": "Photographs of",
            "n": count("Number"),
            "recall": decimal("Named rightly"),
            "known": decimal("Taken for one of the five"),
        },
    )
    st.caption("Kinds without a figure under “named rightly” are none of the five classes.")


# Learning --------------------------------------------------------------------------------------------


def show_learning() -> None:
    chosen = st.pills(
        "Models", MODEL_NAMES, default=["vgg19"], selection_mode="multi", format_func=read, key="curves"
    )
    histories = []
    for model in chosen:
        try:
            histories.append(read_history(model))
        except ArtifactError as error:
            st.warning(sentence(error), icon=":material/warning:")
    for history in histories:
        if history.missing:
            st.info(f"{read(history.model)}'s history has no {plain(', '.join(history.missing))}.")
    if not histories:
        st.info("Choose a model that has been trained.", icon=":material/info:")
        return
    papers = list(PAPER.values())
    for column, figure in zip(st.columns(2), ("accuracy", "loss"), strict=True):
        with column:
            st.plotly_chart(
                charts.learning_curves(histories, figure, READ, papers),
                key=f"curve-{figure}",
                config={"displaylogo": False},
            )
    st.caption(
        f"Grey lines are the paper's final figures, {PAPERS_DATA}: they show a size, not a race. "
        "Draw a rectangle to zoom, double-click to go back."
    )


# Mistakes --------------------------------------------------------------------------------------------


def show_mistakes(report: Report | None) -> None:
    if report is None or not report.models:
        nothing("The classes were")
        return
    first = report.models.index("vgg19") if "vgg19" in report.models else 0
    model = st.selectbox("Model", report.models, first, format_func=read, key="mistakes-of", width=240)
    confusion.show(report, model, state.catalogue())
    left, right = st.columns(2)
    with left:
        st.subheader("By class")
        by_class = report.per_class(model)
        if by_class is None:
            nothing("Single classes were")
        else:
            columns = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
            st.plotly_chart(charts.bars(by_class, "class", columns, "Share", {}), key="by-class")
            formats = {"class": "Class", "n": count("Pictures")}
            formats |= {key: decimal(name) for key, name in columns.items()}
            st.dataframe(by_class, hide_index=True, placeholder="–", column_config=formats)
    with right:
        st.subheader("As sure as right?")
        bins = report.reliability(model)
        if bins is None:
            nothing("Calibration was")
            return
        st.plotly_chart(charts.reliability(bins, read(model), charts.colour_of(model)), key="reliability")
        ece = report.summary().set_index("model").loc[model, "ece"]
        st.metric(
            "Calibration error", number(ece), help="By how much confidence and accuracy differ, on average."
        )


# Search ----------------------------------------------------------------------------------------------


def show_search(report: Report | None) -> None:
    if report is None or not report.extractors:
        nothing("Search was")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        figure = st.selectbox("Figure", FIGURES, format_func=FIGURES.get, width=240)
        queries = st.segmented_control(
            "Queries",
            ["all", "five"],
            default="all",
            required=True,
            format_func={"all": "Every product", "five": "The five classes"}.get,
        )
        without = st.toggle("Leave near-duplicates out", key="no-duplicates")
    if without:
        say_near_duplicates(report)
    table = report.retrieval(queries, near_duplicates=not without)
    if table[table["figure"] == figure]["value"].isna().all():
        nothing(f"{FIGURES[figure]} was")
    else:
        st.plotly_chart(charts.retrieval(table, figure, READ), key="retrieval", config={"displaylogo": False})
    st.caption(
        "Relevant is a product of the same article type. Whiskers are 95 % intervals from resampled queries. "
        "Grey are orders that look at no picture."
    )
    wide = table.pivot_table(index="way", columns="figure", values="value", sort=False, dropna=False)
    wide.index = [read(way) for way in wide.index]
    st.dataframe(
        wide[list(FIGURES)],
        placeholder="–",
        column_config={key: decimal(name) for key, name in FIGURES.items()},
    )
    show_search_by_class(report, without)
    show_search_from_photographs(report)


def say_near_duplicates(report: Report) -> None:
    limits = report.near_duplicates()
    lacking = [read(way) for way in report.extractors if way not in limits]
    said = [
        f"{read(way)}: {count:.1f} products a query, from a score of {limit:.3f} on"
        for way, (limit, count) in limits.items()
    ]
    if lacking:
        said.append(f"not measured for {', '.join(lacking)}")
    st.caption(f"Left out. {plain('; '.join(said))}. Baselines stay as they are.")


def show_search_by_class(report: Report, without: bool) -> None:
    st.subheader("By class")
    way = st.selectbox("Extractor", report.extractors, format_func=read, key="search-by-class", width=240)
    by_class = report.retrieval_by_class(way, near_duplicates=not without)
    if by_class is None:
        nothing(f"Single classes by {read(way)} were")
        return
    if st.toggle("The five classes only", value=True):
        by_class = by_class[by_class["class"].isin(report.labels)]
    st.dataframe(
        by_class,
        hide_index=True,
        placeholder="–",
        column_config={"class": "Class", "n": count("Queries")}
        | {key: decimal(name) for key, name in FIGURES.items()},
    )


def show_search_from_photographs(report: Report) -> None:
    st.subheader("From an everyday photograph")
    table = report.photo_retrieval()
    if table is None:
        nothing("Search from photographs was")
        return
    columns = {"p_at_10": "precision at 10", "grouped_p_at_10": "within the predicted class"}
    st.plotly_chart(charts.bars(table, "way", columns, "Precision at 10", READ), key="photo-retrieval")
    by_class = report.photo_retrieval_by_class(
        st.selectbox("Photographs by", list(table["way"]), format_func=read, width=240)
    )
    if by_class is not None:
        st.dataframe(
            by_class,
            hide_index=True,
            placeholder="–",
            column_config={
                "class": "Photographs of",
                "n": count("Number"),
                "p_at_10": decimal("Precision at 10"),
            },
        )


# Cards -----------------------------------------------------------------------------------------------


def show_cards(report: Report | None) -> None:
    speeds = {} if report is None else report.summary().set_index("model")["ms"].dropna().to_dict()
    for model in MODEL_NAMES:
        with st.expander(read(model), expanded=model == "vgg19"):
            try:
                card = read_card(model)
            except ArtifactError as error:
                st.warning(sentence(error), icon=":material/warning:")
                continue
            facts = dict(card.facts)
            if model in speeds:
                facts["Time for one picture"] = f"{speeds[model]:.0f} ms in batches, when it was measured"
            st.table({"": facts.keys(), " ": facts.values()}, hide_index=True, hide_header=True)
            # Its headings stand below the page's own.
            st.markdown(re.sub(r"^#", "####", card.text, flags=re.MULTILINE))


app_frame.required()
main()
