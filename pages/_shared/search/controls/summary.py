"""The line above the hits: how many there are, what orders them, and the other order."""

from functools import partial

import streamlit as st

from core.catalogue.import_report import count_text
from core.retrieval.paging.hit_pages import GROUPED_AMONG
from core.retrieval.request import Order, SearchRequest, SearchResponse
from pages._shared.search.controls.names import ORDERS
from pages._shared.session import query_params
from pages._shared.session.errors import escape_markdown


def summary(request: SearchRequest, response: SearchResponse, n_products: int) -> str:
    """Say in a line what is shown, of how many, in which order.

    Parameters
    ----------
    request : SearchRequest
    response : SearchResponse
    n_products : int
        Products of the catalogue.
    """
    counted = f"{_counted(request, response, n_products)}{_among_nearest(request, response)}"
    return f"{counted}{_ordered(request, response)}{_folded(response)}"


def _counted(request: SearchRequest, response: SearchResponse, n_products: int) -> str:
    narrowed = request.filters.narrow or request.threshold is not None or response.words.terms
    of = count_text(response.total, "product")
    if narrowed or response.n_left_out:
        of = f"{response.total:,} of {count_text(n_products, 'product')}"
    if request.order is Order.GROUPED:
        classes = "class" if response.n_groups == 1 else "classes"
        among = f" among the nearest {GROUPED_AMONG:,}" if response.total > GROUPED_AMONG else ""
        return f"{response.n_groups} {classes}{among}, of {of}"
    return f"Nearest first, of {of}" if response.total else of


def _among_nearest(request: SearchRequest, response: SearchResponse) -> str:
    """Say so where the engine lists, and counts by score, no more than the nearest few thousand."""
    nearest = response.counted_among
    if nearest is None or response.total < nearest:
        return ""
    what = "counted" if request.threshold is not None else "listed"
    return f" · {what} among the nearest {nearest:,}"


def _ordered(request: SearchRequest, response: SearchResponse) -> str:
    if response.first:
        return f" · {escape_markdown(response.first)} first, {response.query_class.reason}"
    reason = response.query_class.reason
    if request.order is Order.CLASS_FIRST and not response.query_class.sure and reason:
        return f" · by score alone, {escape_markdown(reason)}"
    return ""


def _folded(response: SearchResponse) -> str:
    return " · near-duplicates one by one, see Arrange" if response.not_folded else ""


def offer_other_order(request: SearchRequest, response: SearchResponse) -> None:
    """Offer, beside the hits, to put the sure class first, or no longer."""
    turn_off = response.first is not None
    sure = response.query_class.sure
    if not turn_off and (sure is None or request.order is not Order.SCORE):
        return
    order = Order.SCORE if turn_off else Order.CLASS_FIRST
    st.button(
        ORDERS[order.value] if turn_off else f"{escape_markdown(sure or '')} first",
        key="order-other",
        type="tertiary",
        icon=":material/swap_vert:",
        on_click=_set_order,
        args=(order,),
    )


def _set_order(order: Order) -> None:
    query_params.write(order=[] if order is Order.SCORE else [order.value], page=[])


def offer_gender(response: SearchResponse) -> None:
    """Offer to leave only what is for whom the query is likely for."""
    likely = response.likely_gender
    if likely is not None:
        st.button(
            f"Only for {escape_markdown(likely)}",
            key="gender-likely",
            type="tertiary",
            icon=":material/person:",
            help="Most of the nearest products are; a click shows no others.",
            on_click=partial(query_params.write, gender=[likely], page=[]),
        )
