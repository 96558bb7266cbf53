"""Charts of what was measured: a table goes in, a Plotly figure comes out, and no number is worked out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.models.names import MODEL_NAMES
from core.reporting.evaluation_report import FIGURES
from core.reporting.model_card import History
from core.reporting.report_files import Reference

GREY = "#8c8f93"
HEIGHT = 360
CELL = 44
"""Side of the square that is clicked in the confusion, in pixels."""

LEAST_IN_BIN = 10
"""Pictures from which the share that is right says something; fewer are not joined to the curve."""

MOST_WRITTEN = 8
"""Bars, up to which each carries its figure; more would be too narrow for it."""

LINES = {
    "val_": ("validation", "solid"),
    "": ("training", "dot"),
    "photo_val_": ("validation photographs", "dash"),
}
"""Prefix of a history's columns, to what they are called and how they are drawn."""


def learning_curves(
    histories: Sequence[History], figure: str, names: Mapping[str, str], papers: Sequence[Reference]
) -> go.Figure:
    """Draw `figure`, loss or accuracy, by epoch, and the paper's figures as level lines."""
    chart = _figure(figure.capitalize(), "Epoch")
    last = 1
    for history in histories:
        for prefix, (kind, dash) in LINES.items():
            column = f"{prefix}{figure}"
            if column not in history.table:
                continue
            last = max(last, int(history.table["epoch"].max()))
            chart.add_scatter(
                x=history.table["epoch"],
                y=history.table[column],
                name=f"{names[history.model]}, {kind}",
                mode="lines+markers" if len(history.table) < 30 else "lines",
                line={"dash": dash, "color": colour_of(history.model), "width": 2},
                marker={"size": 5},
                hovertemplate="epoch %{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
            )
    for paper in papers:
        chart.add_scatter(
            x=[1, max(last, 2)],
            y=[getattr(paper, figure)] * 2,
            name=f"{paper.name}, on its own test data: {getattr(paper, figure):.3f}",
            mode="lines",
            line={"dash": "longdash" if "VGG" in paper.name else "dashdot", "color": GREY, "width": 1.5},
            hovertemplate="%{y:.3f}<extra>%{fullData.name}</extra>",
        )
    chart.update_xaxes(rangemode="tozero", tickformat="d")
    return chart


def confusion_chart(counts: np.ndarray, labels: Sequence[str]) -> go.Figure:
    """Draw counts by true and predicted label, darker by share of the true label; cells can be clicked.

    Each cell's `customdata` is ``[true, predicted]``.
    """
    of_row = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, of_row, out=np.zeros(counts.shape), where=of_row > 0)
    chart = _figure("True class", "Predicted class", height=420)
    chart.add_heatmap(
        x=list(labels),
        y=list(labels),
        z=shares,
        zmin=0,
        zmax=1,
        colorscale=[[0, _themed("secondaryBackgroundColor", "#f0f0f0")], [1, colour_of("vgg19")]],
        hoverinfo="skip",
        showscale=False,
        xgap=2,
        ygap=2,
    )
    for true, row in enumerate(counts):
        for guess, count in enumerate(row):
            # A heat map chooses between two greys; each number takes what stands out on its own cell.
            dark = shares[true, guess] > 0.5
            chart.add_annotation(
                x=labels[guess],
                y=labels[true],
                text=f"{count:,}",
                showarrow=False,
                font={"size": 14, "color": _themed("backgroundColor" if dark else "textColor", "#24211e")},
            )
    # A heat map reports no clicks, so an unseen marker lies on each cell.
    cells = [(true, predicted) for true in labels for predicted in labels]
    chart.add_scatter(
        x=[predicted for _, predicted in cells],
        y=[true for true, _ in cells],
        mode="markers",
        marker={"size": CELL, "symbol": "square", "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=cells,
        text=[
            f"{count} {true}, called {guess}" for (true, guess), count in zip(cells, counts.flat, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    # The markers must not widen the axes, or the cells no longer fill them.
    chart.update_yaxes(range=[len(labels) - 0.5, -0.5], showgrid=False)
    chart.update_xaxes(range=[-0.5, len(labels) - 0.5], showgrid=False, tickangle=0)
    return chart


def reliability_chart(
    table: pd.DataFrame, name: str, colour: str, *, certainty: str = "Confidence", counted: str = "pictures"
) -> go.Figure:
    """Draw how often answers of each certainty are right, beside the line where both are equal.

    Parameters
    ----------
    table : DataFrame
        With ``confidence``, ``n`` and ``accuracy`` of each bin.
    name : str
        Whose answers they are.
    colour : str
    certainty : str
        What the certainty is called.
    counted : str
        What is counted.
    """
    chart = _figure("Share that is right", certainty)
    chart.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="as sure as right",
        line={"color": GREY, "dash": "dash", "width": 1.5},
        hoverinfo="skip",
    )
    enough = table[table["n"] >= LEAST_IN_BIN]
    few = table[table["n"] < LEAST_IN_BIN]
    if len(few):
        chart.add_scatter(
            x=few["confidence"],
            y=few["accuracy"],
            mode="markers",
            name=f"fewer than {LEAST_IN_BIN} {counted}",
            marker={"color": GREY, "size": 6, "symbol": "circle-open"},
            customdata=few["n"],
            hovertemplate=f"%{{customdata:,.0f}} {counted}, right %{{y:.3f}}<extra></extra>",
        )
    chart.add_scatter(
        x=enough["confidence"],
        y=enough["accuracy"],
        mode="lines+markers",
        name=name,
        line={"color": colour},
        marker={"color": colour, "size": 6 + 22 * np.sqrt(enough["n"] / table["n"].max()), "opacity": 0.75},
        customdata=enough["n"],
        hovertemplate=f"%{{customdata:,.0f}} {counted}, {certainty.lower()} %{{x:.3f}}, right %{{y:.3f}}"
        "<extra></extra>",
    )
    chart.update_xaxes(range=[0, 1.03])
    chart.update_yaxes(range=[0, 1.03])
    return chart


def bar_chart(
    table: pd.DataFrame,
    category: str,
    *,
    columns: Mapping[str, str],
    title: str,
    names: Mapping[str, str],
) -> go.Figure:
    """Draw one group of bars for each row, one bar for each of `columns`; a missing figure has no bar."""
    chart = _figure(title, "")
    few = len(table) * len(columns) <= MOST_WRITTEN
    for column, read in columns.items():
        chart.add_bar(
            x=[names.get(name, name) for name in table[category]],
            y=table[column],
            name=read,
            texttemplate="%{y:.2f}" if few else None,
            textposition="auto",
            textangle=0,
            hovertemplate="%{x}, %{fullData.name}: %{y:.3f}<extra></extra>",
        )
    chart.update_yaxes(range=[0, 1.03])
    return chart


def retrieval_chart(table: pd.DataFrame, figure: str, names: Mapping[str, str]) -> go.Figure:
    """Draw one figure of each way to search with its 95 % interval, baselines in grey."""
    rows = table[(table["figure"] == figure) & table["value"].notna()]
    chart = _figure(FIGURES[figure], "")
    chart.add_bar(
        x=[names.get(way, way) for way in rows["way"]],
        y=rows["value"],
        marker={
            "color": [
                GREY if baseline else colour_of(way) for way, baseline in rows[["way", "baseline"]].to_numpy()
            ]
        },
        error_y={
            "type": "data",
            "array": rows["high"] - rows["value"],
            "arrayminus": rows["value"] - rows["low"],
            "thickness": 1.5,
        },
        customdata=rows[["low", "high"]],
        texttemplate="%{y:.3f}",
        textposition="inside",
        insidetextanchor="middle",
        hovertemplate="%{x}: %{y:.3f}, 95 %: %{customdata[0]:.3f} to %{customdata[1]:.3f}<extra></extra>",
        showlegend=False,
    )
    chart.update_yaxes(range=[0, 1.03])
    return chart


def colour_of(name: str) -> str:
    """Give each model the same colour in every chart, from the theme that is shown."""
    colours = _colours()
    order = ("vgg19", *(other for other in MODEL_NAMES if other != "vgg19"))
    return colours[(order.index(name) if name in order else len(order)) % len(colours)]


def _colours() -> list[str]:
    return list(_themed("chartCategoricalColors", [GREY]))


def _themed(option: str, otherwise: Any) -> Any:
    """Give an option of the theme that the visitor sees."""
    theme = st.context.theme.type or "light"
    return st.get_option(f"theme.{theme}.{option}") or otherwise


def _figure(y: str, x: str, height: int = HEIGHT) -> go.Figure:
    chart = go.Figure()
    chart.update_layout(
        height=height,
        # On a touch screen the tools always show, and need a line of their own above what is drawn.
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
        legend={"orientation": "h", "yanchor": "top", "y": -0.22, "x": 0},
        xaxis_title=x or None,
        yaxis_title=y,
        barmode="group",
        dragmode="zoom",
        colorway=_colours(),
    )
    return chart
