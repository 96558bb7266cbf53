"""A figure by the steps of an alteration, a line for each method, told apart by colour, dash and mark."""

from collections.abc import Mapping
from itertools import cycle, islice

import pandas as pd
import plotly.graph_objects as go

from pages._shared.widgets.chart_colours import KINDS

HEIGHT = 380
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
MARKS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star")


def step_chart(
    table: pd.DataFrame,
    *,
    title: str,
    unit: str,
    names: Mapping[str, str],
) -> go.Figure:
    """Draw a line for each method over the steps, from the picture as it is to the strongest.

    Parameters
    ----------
    table : DataFrame
        ``method``, ``step``, ``place``, ``value`` from 0 to 1, and where they are known ``low`` and ``high``.
    title : str
        Of the vertical axis.
    unit : str
        What the steps are counted in.
    names : mapping of str to str
        What people read for a method; any other goes by its name.
    """
    chart = go.Figure()
    methods = list(dict.fromkeys(table["method"]))
    for method, (colour, dash, mark) in zip(methods, method_styles(len(methods)), strict=True):
        of_method = table[table["method"] == method]
        chart.add_scatter(
            x=of_method["step"],
            y=of_method["value"],
            name=names.get(method, method),
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"symbol": mark, "size": 8},
            error_y=_whiskers(of_method),
            hovertemplate="%{x}: %{y:.3~f}<extra>%{fullData.name}</extra>",
        )
    chart.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 16, "b": 8},
        legend={"orientation": "h", "yanchor": "top", "y": -0.22, "x": 0},
        xaxis_title=unit or None,
        yaxis_title=title,
        dragmode=False,
    )
    steps = table.sort_values("place")["step"].drop_duplicates().tolist()
    chart.update_xaxes(type="category", categoryorder="array", categoryarray=steps)
    chart.update_yaxes(range=[-0.04, 1.04])
    return chart


def method_styles(n: int) -> list[tuple[str, str, str]]:
    """Give a colour, a dash and a mark for each of some lines: without the colours they differ too."""
    return list(islice(zip(cycle(KINDS), cycle(DASHES), cycle(MARKS), strict=False), n))


def _whiskers(table: pd.DataFrame) -> dict[str, object] | None:
    if "low" not in table or table["low"].isna().all():
        return None
    return {
        "type": "data",
        "array": table["high"] - table["value"],
        "arrayminus": table["value"] - table["low"],
        "thickness": 1,
    }
