"""How the scores of a query are spread, beside the control that cuts them off.

Drawn as plain blocks: it is drawn anew with every change of a control, and
a chart that can be zoomed would cost more than the search itself.
"""

import numpy as np
import streamlit as st

from core.catalogue.import_report import count_text
from core.retrieval.request import ScoreDistribution

HIGH = 64
GREY, ACCENT = "#8c8f93", "#c4516a"
"""Colours that stand out on a light page and on a dark one."""


def draw(distribution: ScoreDistribution, threshold: float, counted_among: int | None) -> None:
    """Show how many products have which score, from 0 to 1, and where the threshold is.

    Parameters
    ----------
    distribution : ScoreDistribution
        Scores below 0 are counted with 0.
    threshold : float
        The score that cuts them off; 0 cuts nothing.
    counted_among : int or None
        How many of the nearest were counted; None where all were.
    """
    counts, edges = distribution.counts, distribution.edges
    # By the logarithm: a dozen hits beside thousands of products would not be seen.
    heights = 100 * np.log1p(counts) / max(np.log1p(counts.max()), 1e-9)
    # Only numbers go into this markup.
    bars = "".join(
        f'<i style="flex:1;height:{high:.0f}%;background:{ACCENT if kept else GREY}"></i>'
        for high, kept in zip(heights, edges[:-1] >= threshold - 1e-9, strict=True)
    )
    ticks = "".join(f"<span>{tick / 5:g}</span>" for tick in range(6))
    st.html(
        '<div role="img" aria-label="Spread of the scores">'
        f'<div style="display:flex;align-items:flex-end;gap:1px;height:{HIGH}px">{bars}</div>'
        '<div style="display:flex;justify-content:space-between;font-size:0.7rem;opacity:0.7">'
        f"{ticks}</div></div>"
    )
    n = int(counts.sum())
    kept = distribution.n_reaching if threshold else n
    products = count_text(n, "product")
    which = f"the nearest {products}" if counted_among else products
    st.caption(f"How many of {which} have which score; {kept:,} have as much.")
