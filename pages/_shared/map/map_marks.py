"""What is marked over the dots of a map: the products that were found, what is looked for, and its nearest.

Everything is drawn by WebGL, as the dots are: on a flat chart Plotly lays the whole canvas of WebGL over or
under everything else, and marks of the other kind would vanish behind 40,000 dots. A mark has a pale edge
around a strong colour, so that it stands out from dots of any colour, on a light page and on a dark one.

A ring lies over its product's dot and stands for it: whoever points at it, clicks it or draws a box around it
means the product. All else that is marked stands for none.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from core.maps.placement import Placement
from pages._shared.widgets.chart_colours import MARK, MARK_EDGE

FADED = 0.4
"""How opaque dots are beside a mark."""

LABEL_LENGTH = 32


def draw_rings(positions: np.ndarray, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Draw a thin ring around each of the found: positions float (n, 2) or (n, 3)."""
    thin = {"line": {"width": 1.5, "color": MARK}} if positions.shape[1] == 2 else {}
    return [_markers(positions, "circle-open", 11, MARK, ids=ids, **thin)]


def draw_marks(placed: Placement) -> list[dict[str, Any]]:
    """Draw a star where the query belongs, and lines to its true nearest products, each ringed."""
    flat = len(placed.position) == 2
    # One trace for all lines: from the mark to an end, then a gap.
    ways = np.full((3 * len(placed.ends), len(placed.position)), np.nan)
    ways[0::3], ways[1::3] = placed.position, placed.ends
    lines = [
        {
            **_common(ways),
            "mode": "lines",
            "hoverinfo": "skip",
            "line": {"width": width, "color": colour},
        }
        for width, colour in ([(4.5, MARK_EDGE), (2, MARK)] if flat else [(4, MARK)])
    ]
    star = placed.position[None]
    return [
        *lines,
        *(_bold_rings(placed) if len(placed.ends) else []),
        _markers(star, "star" if flat else "diamond", 27 if flat else 10, MARK_EDGE),
        _markers(star, "star" if flat else "diamond", 20 if flat else 8, MARK),
    ]


def mark_label(placed: Placement, title: str) -> dict[str, Any]:
    """Write what is looked for beside its star; Plotly keeps annotations above all else."""
    short = title if len(title) <= LABEL_LENGTH else title[: LABEL_LENGTH - 1].rstrip() + "…"
    return {
        **dict(zip("xyz", placed.position.tolist(), strict=False)),
        # Plotly reads markup in texts, and names come from other people's files.
        "text": escape(short, quote=False),
        "showarrow": False,
        "yshift": 24,
        "font": {"size": 12, "color": "#ffffff"},
        "bgcolor": MARK,
        "bordercolor": MARK_EDGE,
        "borderpad": 3,
    }


def _bold_rings(placed: Placement) -> list[dict[str, Any]]:
    if placed.ends.shape[1] == 3:  # there, rings are of one width whatever is asked for
        return [_markers(placed.ends, "circle-open", 12, MARK, ids=placed.ids)]
    return [
        _markers(placed.ends, "circle-open", 14, MARK_EDGE, line={"width": 5, "color": MARK_EDGE}),
        _markers(placed.ends, "circle-open", 13, MARK, ids=placed.ids, line={"width": 2.5, "color": MARK}),
    ]


def _markers(
    positions: np.ndarray,
    symbol: str,
    size: int,
    colour: str,
    *,
    ids: Sequence[str] | None = None,
    line: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        **_common(positions),
        "mode": "markers",
        "hoverinfo": "none" if ids is not None else "skip",
        **({"customdata": list(ids)} if ids is not None else {}),
        "marker": {
            "symbol": symbol,
            "size": size,
            "color": colour,
            "opacity": 1,
            "line": line or {"width": 0},
        },
        # A selection pales what it leaves out, but what is marked stays so.
        **({"unselected": {"marker": {"opacity": 1}}} if positions.shape[1] == 2 else {}),
    }


def _common(positions: np.ndarray) -> dict[str, Any]:
    # Not in the legend: what is marked is said beside the map, and leaving one kind alone keeps the marks.
    kind = "scattergl" if positions.shape[1] == 2 else "scatter3d"
    return {"type": kind, "showlegend": False, **coordinates(positions)}


def coordinates(positions: np.ndarray) -> dict[str, np.ndarray]:
    """Give positions as a trace wants them: `x`, `y` and `z`, float32, which Plotly sends as bytes."""
    return dict(zip("xyz", np.ascontiguousarray(positions.T, np.float32), strict=False))
