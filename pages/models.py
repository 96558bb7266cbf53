"""Models: how they learned, what they get right, and what they are not good for, as it was measured."""

import re
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import ArtifactError
from core.models import available_models
from core.models.compared.methods import method_title
from core.models.consensus import JUDGE_NAMES
from core.models.names import COMPARED_MODELS, FINDER, MODEL_NAMES
from core.reporting.evaluation_report import BASELINES, FIGURES, Report
from core.reporting.model_card import read_card, read_history
from core.reporting.report_files import COMMAND, PAPER, list_reports, read_report
from pages._shared.evaluation import charts, confusion, garments, identical, methods, speed, trust
from pages._shared.evaluation.columns import count_column, decimal_column, show_not_measured
from pages._shared.session import app_frame, state
from pages._shared.session.errors import error_markdown, escape_markdown
from pages._shared.widgets.names import DESCRIPTOR_NAMES

if TYPE_CHECKING:
    from pages._shared.evaluation.columns import Formats

NAMES = {name: method_title(name) for name in COMPARED_MODELS}
NAMES |= JUDGE_NAMES | DESCRIPTOR_NAMES | BASELINES | {FINDER: "Garment finder"}
"""What people read for a model, an extractor or a baseline; any other goes by its name."""

PAPERS_DATA = "on other test data"
QUERIES = {"all": "Every product", "five": "The five classes"}


def main() -> None:
    st.title("How good are the models?")
    st.markdown(
        "Every figure on this page was written by `python -m core train` or `python -m core evaluate`. "
        "The page shows them and computes none."
    )
    report = choose_report()
    figures, learning, mistakes, search, trusted, compared, altered, finder, quick, cards = st.tabs(
        [
            "Test figures",
            "Learning",
            "Mistakes",
            "Search",
            "Trust",
            "Methods",
            "Altered copies",
            "Garment finder",
            "Speed",
            "Cards",
        ]
    )
    with figures:
        show_figures(report)
    with learning:
        show_learning()
    with mistakes:
        show_mistakes(report)
    with search:
        show_search(report)
    with trusted:
        trust.show_trust(report)
    with compared:
        methods.show_methods(report)
    with altered:
        identical.show_identical(report, NAMES)
    with finder:
        garments.show_garments(report, NAMES)
    with quick:
        speed.show_speed()
    with cards:
        show_cards(report)


def choose_report() -> Report | None:
    names, problems = list_reports()
    for problem in problems:
        st.error(f"A report cannot be used. {error_markdown(problem)}", icon=":material/error:")
    if not names:
        st.info(f"There is no report yet. Write one with `{COMMAND}`.", icon=":material/info:")
        return None
    name = names[0]
    if len(names) > 1:
        name = st.selectbox("Report", names, key="report", bind="query-params", width=320)
    try:
        report = read_report(name)
    except ArtifactError as error:
        st.error(error_markdown(error), icon=":material/error:")
        return None
    with st.popover("What this was measured on", icon=":material/info:", type="tertiary"):
        lines = [f"Report: {name}", *report.measured_on()]
        st.markdown("\n".join(f"- {escape_markdown(line)}" for line in lines))
    if missing := report.missing():
        st.info(
            "This report is not whole. "
            + " ".join(map(error_markdown, missing))
            + f" A whole one: `{COMMAND}`.",
            icon=":material/info:",
        )
    if stale := report.stale():
        st.warning(
            f"Measured on other weights than those at hand: {', '.join(map(name_of, stale))}. "
            f"Measure again with `{COMMAND}`.",
            icon=":material/update:",
        )
    return report


def name_of(name: str) -> str:
    return NAMES.get(name, name)


def classifiers() -> tuple[str, ...]:
    """Name the models that serve, and those to compare with that somebody has trained."""
    return (*MODEL_NAMES, *available_models(COMPARED_MODELS))


def format_figure(value: float) -> str:
    return "not measured" if value != value else f"{value:.3f}"


# Test figures ----------------------------------------------------------------------------------------


def show_figures(report: Report | None) -> None:
    if report is None or not report.models:
        show_not_measured("The classes were")
        return
    cells = st.grid(min_column_width=300, gap="small", border=True)
    for row in report.summary().itertuples():
        with cells.cell():
            st.markdown(f"**{escape_markdown(name_of(row.model))}**")
            # Side by side on a phone too, where columns would be stacked.
            with st.container(horizontal=True, gap="large"):
                st.metric("Accuracy", format_figure(row.accuracy), width="content")
                st.metric("Loss", format_figure(row.loss), width="content")
            st.caption(
                f"macro-F1 {format_figure(row.macro_f1)} · calibration error {format_figure(row.ece)} · "
                f"{row.n:,.0f} pictures"
            )
            if paper := PAPER.get(row.model):
                st.caption(
                    f"{paper.name}: accuracy {paper.accuracy:.3f}, loss {paper.loss:.3f}, {PAPERS_DATA}"
                )
    st.header("Shop pictures and everyday photographs")
    places = report.shop_and_photos()
    if places is None:
        show_not_measured("Everyday photographs were")
        return
    columns = {"shop": "shop pictures", "photos": "everyday photographs"}
    st.plotly_chart(
        charts.bar_chart(places, "model", columns=columns, title="Accuracy", names=NAMES),
        key="places",
        config={"displaylogo": False},
    )
    model = st.selectbox("By kind of photograph", list(places["model"]), format_func=name_of, width=240)
    by_kind = report.photo_classes(model)
    if by_kind is None:
        show_not_measured(f"Everyday photographs by {name_of(model)} were")
        return
    st.dataframe(
        by_kind,
        height="content",
        hide_index=True,
        placeholder="–",
        column_config={
            "class": "Photographs of",
            "n": count_column("Number"),
            "recall": decimal_column("Named rightly"),
            "known": decimal_column("Taken for one of the five"),
        },
    )
    st.caption(
        "Kinds without a figure under “named rightly” are none of the five classes."
        + none_of_these(report, model)
    )


def none_of_these(report: Report, model: str) -> str:
    n, share = report.none_of_these(model)
    if not n:
        return ""
    return f" {name_of(model)} takes {share:.3f} of the {n:,} that surely are none of them for none of them."


# Learning --------------------------------------------------------------------------------------------


def show_learning() -> None:
    chosen = st.pills(
        "Models", classifiers(), default=["vgg19"], selection_mode="multi", format_func=name_of, key="curves"
    )
    histories = []
    for model in chosen:
        try:
            histories.append(read_history(model))
        except ArtifactError as error:
            st.warning(error_markdown(error), icon=":material/warning:")
    for history in histories:
        if history.missing:
            st.info(
                f"{name_of(history.model)}'s history has no {escape_markdown(', '.join(history.missing))}."
            )
    if not histories:
        st.info("Choose a model that has been trained.", icon=":material/info:")
        return
    papers = list(PAPER.values())
    for column, figure in zip(st.columns(2), ("accuracy", "loss"), strict=True):
        with column:
            st.plotly_chart(
                charts.learning_curves(histories, figure, NAMES, papers),
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
        show_not_measured("The classes were")
        return
    first = report.models.index("vgg19") if "vgg19" in report.models else 0
    model = st.selectbox("Model", report.models, first, format_func=name_of, key="mistakes-of", width=240)
    confusion.show_confusion(report, model, state.catalogue_name())
    left, right = st.columns(2)
    with left:
        st.header("By class")
        by_class = report.per_class(model)
        if by_class is None:
            show_not_measured("Single classes were")
        else:
            columns = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
            st.plotly_chart(
                charts.bar_chart(by_class, "class", columns=columns, title="Share", names={}), key="by-class"
            )
            formats: Formats = {"class": "Class", "n": count_column("Pictures")}
            formats |= {key: decimal_column(name) for key, name in columns.items()}
            st.dataframe(by_class, hide_index=True, placeholder="–", column_config=formats)
    with right:
        st.header("As sure as right?")
        bins = report.reliability(model)
        if bins is None:
            show_not_measured("Calibration was")
            return
        st.plotly_chart(
            charts.reliability_chart(bins, name_of(model), charts.colour_of(model)), key="reliability"
        )
        ece = report.summary().set_index("model").loc[model, "ece"]
        st.metric(
            "Calibration error",
            format_figure(ece),
            help="By how much confidence and accuracy differ, on average.",
        )


# Search ----------------------------------------------------------------------------------------------


def show_search(report: Report | None) -> None:
    if report is None or not report.extractors:
        show_not_measured("Search was")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        figure: str = st.selectbox("Figure", FIGURES, format_func=FIGURES.__getitem__, width=240)
        queries: str = st.segmented_control(
            "Queries",
            list(QUERIES),
            default="all",
            required=True,
            format_func=QUERIES.__getitem__,
        )
        without = st.toggle("Leave near-duplicates out", key="no-duplicates")
    if without:
        show_near_duplicates(report)
    table = report.retrieval(queries, near_duplicates=not without)
    if table is None:
        show_not_measured("Search was")
        return
    if table[table["figure"] == figure]["value"].isna().all():
        show_not_measured(f"{FIGURES[figure]} was")
    else:
        st.plotly_chart(
            charts.retrieval_chart(table, figure, NAMES), key="retrieval", config={"displaylogo": False}
        )
    st.caption(
        "Relevant is a product of the same article type. Whiskers are 95 % intervals from resampled queries. "
        "Grey are orders that look at no picture."
    )
    wide = table.pivot_table(index="way", columns="figure", values="value", sort=False, dropna=False)
    wide.index = [name_of(way) for way in wide.index]
    st.dataframe(
        wide[list(FIGURES)],
        placeholder="–",
        column_config={key: decimal_column(name) for key, name in FIGURES.items()},
    )
    show_search_by_class(report, without)
    show_search_from_photographs(report)


def show_near_duplicates(report: Report) -> None:
    counts = report.near_duplicates()
    missing = [name_of(way) for way in report.extractors if way not in counts]
    said = [f"{name_of(way)}: {count:.1f} products a query" for way, count in counts.items()]
    if missing:
        said.append(f"not measured for {', '.join(missing)}")
    st.caption(f"Left out. {escape_markdown('; '.join(said))}. Baselines stay as they are.")


def show_search_by_class(report: Report, without: bool) -> None:
    st.header("By class")
    way = st.selectbox("Extractor", report.extractors, format_func=name_of, key="search-by-class", width=240)
    by_class = report.retrieval_by_class(way, near_duplicates=not without)
    if by_class is None:
        show_not_measured(f"Single classes by {name_of(way)} were")
        return
    if st.toggle("The five classes only", value=True):
        by_class = by_class[by_class["class"].isin(report.labels)]
    formats: Formats = {"class": "Class", "n": count_column("Queries")}
    formats |= {key: decimal_column(name) for key, name in FIGURES.items()}
    st.dataframe(by_class, hide_index=True, placeholder="–", column_config=formats)


def show_search_from_photographs(report: Report) -> None:
    st.header("From an everyday photograph")
    table = report.photo_retrieval()
    if table is None:
        show_not_measured("Search from photographs was")
        return
    columns = {"p_at_10": "precision at 10", "grouped_p_at_10": "within the predicted class"}
    st.plotly_chart(
        charts.bar_chart(table, "way", columns=columns, title="Precision at 10", names=NAMES),
        key="photo-retrieval",
    )
    way = st.selectbox("Photographs by", list(table["way"]), format_func=name_of, width=240)
    garments.show_photographs_by_garment(report, way)
    by_class = report.photo_retrieval_by_class(way)
    if by_class is not None:
        st.dataframe(
            by_class,
            hide_index=True,
            placeholder="–",
            column_config={
                "class": "Photographs of",
                "n": count_column("Number"),
                "p_at_10": decimal_column("Precision at 10"),
            },
        )


# Cards -----------------------------------------------------------------------------------------------

CARD_STYLE = """
[class*="st-key-card-text-"] :is(p, li, th) { overflow-wrap: anywhere; }
/* Eight columns fit a phone only in small print, with headings that break; numbers do not. */
@media (max-width: 640px) {
  [class*="st-key-card-text-"] :is(th, td) { font-size: 0.68rem; padding: 0.2rem; }
  [class*="st-key-card-text-"] th { hyphens: auto; }
  [class*="st-key-card-text-"] td { overflow-wrap: normal; }
}
"""


def show_cards(report: Report | None) -> None:
    speeds = {} if report is None else report.summary().set_index("model")["ms"].dropna().to_dict()
    for model in (*classifiers(), FINDER):
        with st.expander(name_of(model), expanded=model == "vgg19"):
            try:
                card = read_card(model)
            except ArtifactError as error:
                st.warning(error_markdown(error), icon=":material/warning:")
                continue
            facts = dict(card.facts)
            if model in speeds:
                facts["Time for one picture"] = f"{speeds[model]:.0f} ms in batches, when it was measured"
            st.table({"Fact": facts.keys(), "Value": facts.values()}, hide_index=True, hide_header=True)
            with st.container(key=f"card-text-{model}"):
                st.markdown(card_markdown(card.text))
    st.html(f"<style>{CARD_STYLE}</style>")


def card_markdown(text: str) -> str:
    """Put a card's headings below the page's own, and name the first column of its tables."""
    below = re.sub(r"^#", "##", text, flags=re.MULTILINE)
    return re.sub(r"^\| \|", "| measured on |", below, flags=re.MULTILINE)


app_frame.require_app()
main()
