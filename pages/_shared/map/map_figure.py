"""The map as a Plotly figure, and the product ids of what was selected on it.

Figures are plain dictionaries: of 40,000 dots they are built in a tenth of the time that Plotly's own
classes take. Every dot carries its product's id, and nothing else is read back: Streamlit's indices of
points name the wrong ones where there are several traces (streamlit#8914).
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from core.labels import LABELS
from core.maps.placement import (
    OTHER,
    UNKNOWN,
    Placement,
    close_up,
    colour_range,
    drawn_rows,
    group_rare_values,
)
from pages._shared.map import map_marks
from pages._shared.widgets.chart_colours import GARMENT_COLOURS, GREY, KINDS

PRESERVATION = "Neighbours kept"
"""The share of a product's nearest that are also its nearest dots."""

COLOURINGS = {
    "Class": "articleType",
    "Colour": "baseColour",
    "For": "gender",
    "Season": "season",
    "Usage": "usage",
    "Price": "price",
    PRESERVATION: "preservation",
}
"""What dots can be coloured by, to the column that says it."""

NUMBERS = ("price", "preservation")

OUTLINE = "rgba(128,128,128,0.55)"
"""White garments on a white page, and black ones on a black page, still have an edge."""


def available_colourings(products: pd.DataFrame, preservation: np.ndarray | None) -> list[str]:
    """List what dots can be coloured by: of which something is known."""

    def known(column: str) -> bool:
        if column == "preservation":
            return preservation is not None
        return bool((products[column].notna() & (products[column] != "")).any())

    return [name for name, column in COLOURINGS.items() if known(column)]


def is_categorical(by: str) -> bool:
    """Whether dots coloured by this have a legend, and no scale."""
    return COLOURINGS[by] not in NUMBERS


def build_figure(
    positions: np.ndarray,
    products: pd.DataFrame,
    by: str,
    *,
    preservation: np.ndarray | None = None,
    kinds: Sequence[str] = (),
    ringed: Sequence[int] = (),
    placed: Placement | None = None,
    title: str = "",
    near: bool = False,
    frame: str = "",
    view: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Draw a map.

    Parameters
    ----------
    positions : float array (n, 2) or (n, 3)
        NaN where a product is not drawn.
    products : DataFrame, length n
    by : str
        One of `COLOURINGS`.
    preservation : float array (n,), optional
        Share of its neighbours that the map keeps beside each product; needed to colour by it.
    kinds : sequence of str
        Values that have a colour of their own whatever else does; there are more classes than colours.
    ringed : sequence of int
        Rows of products to ring.
    placed : Placement, optional
        What to mark, with lines to its true nearest neighbours.
    title : str
        What is written beside the mark.
    near : bool
        Whether only the surroundings of the mark and its neighbours are in view.
    frame : str
        Names what is laid out: a view of it is no view of another.
    view : mapping
        Of each axis, or of the scene, what the reader has moved to.
    """
    drawn = drawn_rows(positions)
    rows = [row for row in ringed if drawn[row]]
    dots = _Dots(
        positions[drawn], products["id"].to_numpy(object)[drawn], marked=bool(rows or placed), near=near
    )
    column, scaled = COLOURINGS[by], not is_categorical(by)
    if scaled:
        values = preservation if column == "preservation" else products[column].to_numpy(np.float64)
        data = _by_number(dots, np.asarray(values, np.float64)[drawn], column)
    else:
        data = _by_kind(dots, products[column][drawn].reset_index(drop=True), column, kinds=kinds)
    if rows:
        data += map_marks.draw_rings(positions[rows], products["id"].iloc[rows].tolist())
    labels, ranges = [], None
    if placed is not None:
        data += map_marks.draw_marks(placed)
        labels = [map_marks.mark_label(placed, title)]
        ranges = close_up(positions, placed).tolist() if near else None
    layout = _layout(positions.shape[1], labels, ranges, scaled=scaled)
    for part, moved_to in view.items():
        layout[part] = layout[part] | moved_to
    layout["uirevision"] = frame
    return {"data": data, "layout": layout}


def selected_product_ids(points: Iterable[Mapping[str, Any]]) -> list[str]:
    """Read the product ids of selected points, each once, in the order they came."""
    ids = []
    for point in points:
        held = point.get("customdata")
        while isinstance(held, (list, tuple, dict)):
            held = next(iter(held.values() if isinstance(held, dict) else held), None)
        if held is not None:
            ids.append(str(held))
    return list(dict.fromkeys(ids))


class _Dots:
    """The drawn products, a part of which becomes a trace."""

    def __init__(self, positions: np.ndarray, ids: np.ndarray, *, marked: bool, near: bool) -> None:
        self.positions, self.ids = positions, ids
        self.flat = positions.shape[1] == 2
        self.opacity = map_marks.FADED if marked and not near else 0.85
        n = 0 if near else len(ids)  # few are seen then, from as near as those of a small catalogue
        self.size = 3.5 if n > 20_000 else 5 if n > 4_000 else 8
        if not self.flat:
            self.size = 3 if n > 2_000 else 4

    def trace(self, rows: np.ndarray, name: str, marker: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "scattergl" if self.flat else "scatter3d",
            "mode": "markers",
            "name": name,
            "customdata": self.ids[rows],
            # The card that follows the pointer says what a dot is; Plotly's own box would lie on it.
            "hoverinfo": "none",
            "marker": {"size": self.size, "opacity": self.opacity, **marker},
            **map_marks.coordinates(self.positions[rows]),
        }


def without_own_colour(products: pd.DataFrame, by: str) -> list[str]:
    """List the values that have no colour of their own unless they are asked for, the most frequent first."""
    column = COLOURINGS[by]
    if column in (*NUMBERS, "baseColour"):
        return []
    values = products[column]
    own = set(group_rare_values(values, len(KINDS), first=LABELS if column == "articleType" else ()))
    return [value for value in values.value_counts().index if value and value not in own]


def _by_kind(dots: _Dots, values: pd.Series, column: str, *, kinds: Sequence[str]) -> list[dict[str, Any]]:
    own = column == "baseColour"
    names = group_rare_values(
        values,
        len(GARMENT_COLOURS) if own else len(KINDS),
        first=[*kinds, *(LABELS if column == "articleType" else ())],
    )
    counts = names.value_counts()
    # The many first, so that the few are drawn over them and are seen.
    order = [name for name in counts.index if name not in (OTHER, UNKNOWN)]
    # The five classes take the first colours, which are the easiest to tell apart.
    ranked = sorted(order, key=lambda name: name not in kinds and name not in LABELS)
    palette = GARMENT_COLOURS if own else dict(zip(ranked, KINDS, strict=False))
    order = [name for name in (OTHER, UNKNOWN) if name in counts.index] + order
    edge = {"line": {"width": 0.7, "color": OUTLINE}} if own else {}
    kinds = names.to_numpy(object)
    traces = []
    for name in order:
        # Plotly reads markup in names, and these come from other people's files.
        title = f"{escape(name, quote=False)} · {counts[name]:,}"
        traces.append(dots.trace(kinds == name, title, {"color": palette.get(name, GREY), **edge}))
    return traces


def _by_number(dots: _Dots, values: np.ndarray, column: str) -> list[dict[str, Any]]:
    known = np.isfinite(values)
    traces = []
    if not known.all():
        traces.append(dots.trace(~known, f"{UNKNOWN} · {(~known).sum():,}", {"color": GREY}))
    if known.any():
        share = column == "preservation"
        low, high = (0.0, 1.0) if share else colour_range(values)
        title = "Share of neighbours kept" if share else "Price"
        bar = {
            "title": {"text": title, "side": "top"},
            "orientation": "h",
            "y": -0.02,
            "yanchor": "top",
            "thickness": 12,
            "len": 0.6,
        }
        scale = {
            "color": values[known],
            "colorscale": "Viridis",
            "cmin": low,
            "cmax": high,
            "colorbar": bar,
        }
        traces.append(dots.trace(known, f"Known · {known.sum():,}", scale) | {"showlegend": False})
    return traces


def _layout(
    dimensions: int, labels: list[dict[str, Any]], ranges: list[list[float]] | None, *, scaled: bool
) -> dict[str, Any]:
    # Positions on such a map have no unit: ticks would only look as if they meant something.
    bare = {"visible": False, "showgrid": False, "zeroline": False}
    axes: dict[str, dict[str, Any]] = {
        f"{name}axis": bare | ({"range": ranges[place]} if ranges else {})
        for place, name in enumerate("xyz"[:dimensions])
    }
    layout: dict[str, Any] = {
        # Seen on a light page and on a dark one.
        "modebar": {"color": "#7d7873", "activecolor": "#b85668", "bgcolor": "rgba(0,0,0,0)"},
        "height": 600,
        "margin": {"l": 0, "r": 0, "t": 8, "b": 8},
        "legend": {
            # The place below the map is the colour scale's, where there is one.
            "orientation": "v" if scaled else "h",
            "x": 0,
            "y": 1 if scaled else -0.02,
            "yanchor": "top",
            "itemsizing": "constant",
            "entrywidth": 118,
            "font": {"size": 11},
            "maxheight": 0.3,
        },
    }
    if dimensions == 2:
        axes["yaxis"]["scaleanchor"] = "x"
        return layout | axes | {"dragmode": "pan", "annotations": labels}
    for axis in axes.values():
        axis["showbackground"] = False
    return layout | {"scene": axes | {"aspectmode": "data", "annotations": labels}}
