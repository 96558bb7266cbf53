"""Rows of hits, one a method: what each found, how long it took, and what only it found."""

from functools import partial

import streamlit as st

from core.comparison.methods import COMPARED, ComparedRow, Comparison, MethodSearch, search_by
from core.export import safe_csv
from core.gallery.stored_catalogue import StoredCatalogue
from core.retrieval.encoder import ModelEncoder
from pages._shared.compare.query_choice import show_problems
from pages._shared.session import cache, state
from pages._shared.session.cache_decorator import DoNotCache, cached, catalogue_version, method_version
from pages._shared.session.encoder import to_query
from pages._shared.session.errors import escape_markdown
from pages._shared.widgets import accessibility, product_strip
from pages._shared.widgets.names import method_name, method_title

CARD_WIDTH = 68
"""Ten side by side fit a window of 1280 pixels; a phone scrolls the row."""


@cached(depends_on=(catalogue_version(), method_version()), max_entries=96, scope="session")
def found_by(catalogue_name: str, method: str, query: state.VisitorQuery) -> MethodSearch:
    """Search by one method, once a visit for each query.

    Its models are asked anew, whatever they said before: the time is part of the answer.
    """
    catalogue = cache.catalogue(catalogue_name).pinned()
    found = search_by(
        to_query(query), method, catalogue, top=COMPARED, encoder=ModelEncoder(cache.model_registry())
    )
    if found.passing:
        raise DoNotCache(found)
    return found


def search_by_methods(
    catalogue: StoredCatalogue, query: state.VisitorQuery, methods: list[str]
) -> list[MethodSearch]:
    """Search by each method, with a bar that says which one is asked."""
    bar = st.empty()
    found = []
    for place, method in enumerate(methods):
        bar.progress(place / len(methods), text=f"Searching by {escape_markdown(method_name(method))}")
        found.append(found_by(catalogue.name, method, query))
    bar.empty()
    return found


def show_rows(catalogue: StoredCatalogue, found: list[MethodSearch]) -> None:
    """Show a row of hits for each method."""
    beside = Comparison.of(found)
    show_problems([(each.method, each.problem) for each in found if each.problem])
    answered = [row for row in beside.rows if row.found.hits]
    accessibility.announce(f"{len(answered)} methods compared")
    if answered:
        st.download_button(
            "Download as CSV",
            partial(safe_csv, beside.table()),
            "comparison.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    for row in answered:
        st.header(escape_markdown(method_title(row.found.method)), anchor=False)
        st.caption(row_text(row, beside.reference))
        _show_hits(catalogue, row, mark_alone=len(answered) > 1)


def row_text(row: ComparedRow, reference: str | None) -> str:
    """Say in words how long a method took, and how its hits compare with the others'."""
    took = row.found.took_ms or {}
    said = [f"Found in {_milliseconds(sum(took.values()))}"]
    if "extract" in took:
        said[0] += f": {_milliseconds(took['extract'])} to describe the picture, "
        said[0] += f"{_milliseconds(took['search'])} to search."
    else:
        said[0] += "; a product of the catalogue is described already."
    n = min(COMPARED, len(row.found.hits))
    if row.overlap is not None and reference is not None:
        said.append(f"{row.overlap} of its first {n} are {escape_markdown(method_name(reference))}'s too.")
    elif row.found.method == reference:
        said.append("The others are compared with its hits.")
    alone = len(row.alone)
    said.append(
        "Every hit was found by another method too."
        if not alone
        else f"{alone} {'hit' if alone == 1 else 'hits'} no other method found."
    )
    return " ".join(said)


def _milliseconds(took: float) -> str:
    return f"{took:,.0f} ms" if took >= 1 else "below 1 ms"


def _show_hits(catalogue: StoredCatalogue, row: ComparedRow, *, mark_alone: bool) -> None:
    key = f"compare-{row.found.method}"
    cells = st.grid(len(row.found.hits), min_column_width=CARD_WIDTH, wrap=False, gap="xsmall")
    for hit in row.found.hits:
        with cells.cell():
            show_picture(catalogue, hit.product_id)
            st.caption(f"{hit.rank} · {hit.score:.3f}")
            if mark_alone:  # an empty line, so that what follows stands in one row
                st.caption("**only here**" if hit.product_id in row.alone else "&nbsp;")
            product_strip.offer_similar(hit.product_id, f"{key}-{hit.rank}", "Similar")


def show_picture(catalogue: StoredCatalogue, product_id: str) -> None:
    """Show a product's picture alone, named for those who do not see it."""
    product = catalogue.products.iloc[catalogue.row(product_id)]
    if uri := cache.picture_data_uri(catalogue.image_path(product_id)):
        name = str(product["productDisplayName"]) or f"Product {product_id}"
        st.image(uri, width="stretch", alt=f"{name}, {product['articleType']}, {product['baseColour']}")
    else:
        st.caption("Its picture is missing.")
