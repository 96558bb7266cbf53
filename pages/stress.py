"""Stress lab: a picture altered step by step, and how each method's hits hold."""

import streamlit as st

from core.comparison.alterations import ALTERATIONS
from core.comparison.methods import COMPARED
from core.comparison.stress import HeldHits
from core.gallery.stored_catalogue import StoredCatalogue
from pages._shared.compare import query_choice
from pages._shared.session import app_frame, state
from pages._shared.session.errors import escape_markdown, stop_on_error
from pages._shared.stress import charts, held_hits
from pages._shared.widgets import accessibility
from pages._shared.widgets.names import method_name

ALL = "stress-all"
"""The query, catalogue and methods for which all alterations were asked for."""

PICTURE_WIDTH = 84


def main() -> None:
    asked = query_choice.begin_page(
        "Stress lab",
        "A picture is blurred, rotated, cropped, darkened and more, step by step: which methods still find "
        "what they found?",
        key="stress",
    )
    if asked is None:
        return
    catalogue, searched = asked.catalogue, asked.searched
    with asked.beside, stop_on_error():
        name: str = st.selectbox(
            "Alteration",
            list(ALTERATIONS),
            format_func=lambda each: ALTERATIONS[each].title,
            key="stress-alteration",
            persist_state="session",
            width=260,
        )
        methods = query_choice.choose_methods(catalogue)
        show_altered(catalogue, searched, name)
        if not methods:
            st.info("Choose a method.", icon=":material/info:")
            return
        show_held(catalogue, searched, name, methods)
        show_all(catalogue, searched, methods)


def show_altered(catalogue: StoredCatalogue, query: state.VisitorQuery, name: str) -> None:
    alteration = ALTERATIONS[name]
    with st.spinner("Altering the picture …"):
        pictures = held_hits.altered_pictures(catalogue.name, query, name)
    said = [("as it is", ""), *((step.name, step.text) for step in alteration.steps)]
    cells = st.grid(len(pictures), min_column_width=PICTURE_WIDTH, wrap=False, gap="small")
    for uri, (step, text) in zip(pictures, said, strict=True):
        with cells.cell():
            st.image(uri, width="stretch", alt=f"{alteration.title} {text}".strip() if text else "As it is")
            st.caption(f"{step}: {escape_markdown(text)}" if text else step)


def show_held(catalogue: StoredCatalogue, query: state.VisitorQuery, name: str, methods: list[str]) -> None:
    held, problems = held_hits.hold_with_progress(catalogue.name, query, methods, [name])
    query_choice.show_problems(problems)
    if not held:
        return
    said = charts.strongest_text(held)
    accessibility.announce(said)
    st.markdown(escape_markdown(said))
    unit, title = ALTERATIONS[name].unit, ALTERATIONS[name].title.lower()
    followed = rank_title(query)
    st.header(f"How many of the first {COMPARED} are kept")
    st.plotly_chart(
        charts.kept_chart(held, unit),
        key="stress-kept",
        config={"displayModeBar": False},
        alt=f"Of the first {COMPARED} hits, kept, by method and strength, {title}",
    )
    st.header(followed)
    st.plotly_chart(
        charts.rank_chart(held, unit, followed),
        key="stress-rank",
        config={"displayModeBar": False},
        alt=f"{followed}, by method and strength, {title}",
    )
    with st.expander("As a table"):
        st.dataframe(charts.steps_table(held), hide_index=True, column_config={"strength": "Strength"})


def rank_title(query: state.VisitorQuery) -> str:
    """Say whose rank is followed: a product's own, or that of what a photo found first."""
    return (
        "Rank of the product itself" if isinstance(query, state.Product) else "Rank of what was found first"
    )


def show_all(catalogue: StoredCatalogue, query: state.VisitorQuery, methods: list[str]) -> None:
    st.header("All alterations")
    asked = f"{catalogue.name} {query.key} {' '.join(methods)}"
    if st.session_state.get(ALL) != asked:
        n = sum(len(each.steps) for each in ALTERATIONS.values())
        st.caption(f"{n} altered pictures by each method; it takes some seconds.")
        st.button("Go through all of them", icon=":material/science:", on_click=ask_for_all, args=(asked,))
        return
    held, problems = held_hits.hold_with_progress(catalogue.name, query, methods, list(ALTERATIONS))
    query_choice.show_problems(problems)
    if held:
        show_overview(held)


def ask_for_all(asked: str) -> None:
    st.session_state[ALL] = asked


def show_overview(held: list[HeldHits]) -> None:
    methods = dict.fromkeys(each.method for each in held)
    st.dataframe(
        charts.overview_table(held),
        hide_index=True,
        column_config={"alteration": "Alteration"}
        | {method: st.column_config.NumberColumn(method_name(method), format="%.1f") for method in methods},
    )
    st.caption(f"Of the first {COMPARED} hits, how many are kept on average over an alteration's steps.")


app_frame.require_app()
main()
