"""What altering a picture does to each method's hits, remembered for a visit."""

from collections.abc import Sequence

import streamlit as st

from core.comparison.alterations import ALTERATIONS
from core.comparison.stress import HeldHits, hold
from core.errors import ArtifactError, ModelError
from core.imaging.resize import shrink
from core.inference_queue import Priority
from core.retrieval.encoder import ModelEncoder
from core.retrieval.query import picture_of
from pages._shared.session import cache
from pages._shared.session.cache_decorator import cached, catalogue_version, method_version
from pages._shared.session.encoder import to_query
from pages._shared.session.errors import escape_markdown
from pages._shared.session.state import VisitorQuery
from pages._shared.widgets.names import method_name

SHOWN_SIDE = 240
"""Longest side of an altered picture as it is shown, in pixels: twice what it takes on the page."""


@cached(
    depends_on=(catalogue_version(), method_version()),
    max_entries=400,
    scope="session",
    priority=Priority.EXPLANATION,
)
def held_hits(catalogue_name: str, method: str, query: VisitorQuery, alteration: str) -> HeldHits:
    """Follow one method's hits through one alteration, once a visit."""
    # Forty altered pictures would push what a search needs out of what the visit's encoder remembers.
    encoder = ModelEncoder(cache.model_registry())
    catalogue = cache.catalogue(catalogue_name)
    return hold(to_query(query), method, ALTERATIONS[alteration], catalogue, encoder=encoder)


@cached(depends_on=(catalogue_version(),), max_entries=24, scope="session")
def altered_pictures(catalogue_name: str, query: VisitorQuery, alteration: str) -> list[str]:
    """Give the picture as it is, then by each step, as the browser shows them, once a visit."""
    image = picture_of(to_query(query), cache.catalogue(catalogue_name)).image
    steps = ALTERATIONS[alteration].steps
    altered = [image, *(ALTERATIONS[alteration].apply(image, step.strength) for step in steps)]
    return [cache.image_data_uri(shrink(each, SHOWN_SIDE)) for each in altered]


def hold_with_progress(
    catalogue_name: str, query: VisitorQuery, methods: Sequence[str], alterations: Sequence[str]
) -> tuple[list[HeldHits], list[tuple[str, str]]]:
    """Follow the hits of several methods, with a bar; gives also which methods cannot be asked, and why."""
    bar, held, problems = st.empty(), list[HeldHits](), dict[str, str]()
    n = len(methods) * len(alterations)
    for place, (alteration, method) in enumerate((a, m) for a in alterations for m in methods):
        title = ALTERATIONS[alteration].title
        bar.progress(
            place / n, text=f"{title}, by {escape_markdown(method_name(method))}: {place + 1} of {n}"
        )
        if method in problems:
            continue
        try:
            held.append(held_hits(catalogue_name, method, query, alteration))
        except (ArtifactError, ModelError) as error:
            problems[method] = str(error)
    bar.empty()
    return held, list(problems.items())
