"""The confusion of one model, and the pictures in any of its cells."""

import streamlit as st

from core.errors import FashionSearchError
from core.models.prediction import class_name
from core.reporting.evaluation_report import Report
from pages._shared.evaluation import charts
from pages._shared.session import cache
from pages._shared.session.errors import error_markdown, escape_markdown

CHART = "confusion"
CELL = "confusion-cell"
A_PAGE = 24
CARD_WIDTH = 100


def show_confusion(report: Report, model: str, catalogue_name: str) -> None:
    """Show the counts, and the pictures of the cell that is clicked or chosen."""
    st.header("What is taken for what")
    counts = report.confusion(model)
    if counts is None:
        st.info("The confusion was not measured in this report.", icon=":material/info:")
        return
    cells = {
        (true, guess): int(counts[row, column])
        for row, true in enumerate(report.labels)
        for column, guess in enumerate(report.labels)
        if counts[row, column]
    }
    # Mistakes first, the frequent ones before the rare.
    order = sorted(cells, key=lambda cell: (cell[0] == cell[1], -cells[cell]))
    if st.session_state.get(CELL) not in order:
        st.session_state[CELL] = order[0] if order else None
    chart, pictures = st.columns([2, 3], gap="medium")
    with chart:
        st.plotly_chart(
            charts.confusion_chart(counts, report.labels),
            key=CHART,
            on_select=_open_clicked,
            selection_mode="points",
            config={"displayModeBar": False},
            alt="Number of pictures by true and predicted class",
        )
    with pictures:
        if lacking := _lacks_all_pictures(report, model, order, catalogue_name):
            st.info(lacking, icon=":material/image_not_supported:")
            return
        cell = st.selectbox(
            "Pictures in the cell",
            order,
            format_func=lambda cell: _called(cell, cells[cell]),
            key=CELL,
            help="Or click a cell.",
        )
        if cell is not None:
            _open(report, model, cell, catalogue_name)


def _lacks_all_pictures(report: Report, model: str, cells: list[tuple[str, str]], catalogue_name: str) -> str:
    """Say, once for all cells, that the catalogue is another than the measured one; empty where it is not.

    A few ids are in both by chance, and stand for other products there.
    """
    ids = {product_id for cell in cells for product_id in report.cell(model, *cell) or ()}
    try:
        catalogue = cache.catalogue(catalogue_name) if catalogue_name else None
    except FashionSearchError:
        return ""  # which the cell that is opened says
    if catalogue is None or 2 * sum(product_id in catalogue for product_id in ids) >= len(ids):
        return ""
    return (
        f"The {len(ids):,} pictures in these cells are of other products than those of the catalogue "
        f"{escape_markdown(catalogue.name)}. To see them, choose the catalogue that was measured."
    )


def _called(cell: tuple[str, str], count: int) -> str:
    true, guess = cell
    return f"{true}, rightly: {count:,}" if true == guess else f"{true} taken for {guess}: {count:,}"


def _open_clicked() -> None:
    for point in st.session_state[CHART].selection.points:
        if cell := point.get("customdata"):
            st.session_state[CELL] = tuple(cell)


def _open(report: Report, model: str, cell: tuple[str, str], catalogue_name: str) -> None:
    ids = report.cell(model, *cell)
    if ids is None:
        st.info("This report does not name the pictures in its cells; measure again to see them.")
        return
    if not catalogue_name:
        st.info("There is no catalogue to show its pictures from.", icon=":material/image_not_supported:")
        return
    try:
        catalogue = cache.catalogue(catalogue_name)
    except FashionSearchError as error:
        st.info(
            f"Its pictures cannot be shown. {error_markdown(error)}", icon=":material/image_not_supported:"
        )
        return
    held = [product_id for product_id in ids if product_id in catalogue]
    if len(held) < len(ids):
        st.caption(
            f"{len(ids) - len(held):,} of {len(ids):,} pictures are not in the catalogue "
            f"{escape_markdown(catalogue.name)}; choose the one that was measured to see them."
        )
    pages = -(-len(held) // A_PAGE)
    page = st.pagination(pages, key=f"confused-{model}-{cell}") if pages > 1 else 1
    grid = st.grid(min_column_width=CARD_WIDTH, gap="small")
    for product_id in held[(page - 1) * A_PAGE : page * A_PAGE]:
        with grid.cell():
            alt = f"Product {product_id}: {class_name(cell[0])}, called {class_name(cell[1])}"
            if uri := cache.picture_data_uri(catalogue.image_path(product_id)):
                st.image(uri, width="stretch", alt=alt)
            st.caption(product_id)
