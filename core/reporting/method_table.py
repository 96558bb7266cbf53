"""The compared methods as one table: a row for each method and distance, a column for each figure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.models.compared.methods import METHODS
from core.reporting.report_schema import MethodDistance, MethodFigures, figure_or_nan

SPLITS: dict[str, str] = {
    "by_id": "By id",
    "by_family": "By family",
}
"""How queries and gallery are parted, by the keys of the report."""


@dataclass(frozen=True)
class MethodColumn:
    """A figure of the table.

    Attributes
    ----------
    task : str
        What is asked for.
    figure : str
        The report's key.
    title : str
        As people read it.
    short : str
        The same where there is little room.
    """

    task: str
    figure: str
    title: str
    short: str

    @property
    def key(self) -> str:
        """The column's name."""
        return f"{self.task}_{self.figure}"


COLUMNS: tuple[MethodColumn, ...] = (
    MethodColumn("five", "coarse_at_1", "Five classes: type of the first hit", "five, type at 1"),
    MethodColumn("five", "p_at_10", "Five classes: precision at 10", "five, P@10"),
    MethodColumn("all", "coarse_at_1", "All types: type of the first hit", "type at 1"),
    MethodColumn("all", "p_at_10", "All types: precision at 10", "P@10"),
    MethodColumn("all", "map", "All types: mean average precision", "mAP"),
    MethodColumn("all", "fine_at_1", "Type, colour and gender of the first hit", "fine at 1"),
    MethodColumn("all", "fine_at_10", "Type, colour and gender among the first ten", "fine at 10"),
    MethodColumn("colour", "p_at_10", "Five classes: same colour at 10", "colour, P@10"),
    MethodColumn(
        "photographs", "coarse_at_1", "Photographs: type of the first hit", "photographs, type at 1"
    ),
    MethodColumn("photographs", "p_at_10", "Photographs: precision at 10", "photographs, P@10"),
)
"""In the table's order. Photographs are no products: no split parts them."""


def method_table(methods: Mapping[str, MethodFigures], split: str = "by_id") -> pd.DataFrame:
    """Lay out what was measured of methods.

    Parameters
    ----------
    methods : mapping of extractor to MethodFigures
        Of a report.
    split : str
        One of `SPLITS`.

    Returns
    -------
    DataFrame
        A row each method and distance, in the order of `METHODS`: ``method``, ``title``, ``distance``,
        ``same_order_as`` ("" where it has an order of its own), ``is_learned``, ``ms``, and for each of
        `COLUMNS` its key, and that followed by ``_low`` and ``_high``, the bounds of its 95 % interval.
        Figures that were not measured are NaN.
    """
    order = {name: place for place, name in enumerate(METHODS)}
    rows = []
    for name in sorted(methods, key=lambda name: (order.get(name, len(order)), name)):
        measured = methods[name]
        for distance, figures in measured.distances.items():
            row: dict[str, object] = {
                "method": name,
                "title": METHODS[name].title if name in METHODS else measured.title or name,
                "distance": distance,
                "same_order_as": figures.same_order_as or "",
                "is_learned": name in METHODS and METHODS[name].is_learned,
                "ms": figure_or_nan(measured, "ms_per_picture"),
            }
            for column in COLUMNS:
                value, low, high = _figure(figures, split, column)
                row |= {column.key: value, f"{column.key}_low": low, f"{column.key}_high": high}
            rows.append(row)
    return pd.DataFrame(rows)


def method_markdown(
    methods: Mapping[str, MethodFigures], split: str = "by_id", *, with_intervals: bool = False
) -> str:
    """Write the table in Markdown, the best figure of each column in bold.

    Distances that put products in the order of another are left out: their figures are the same.

    Parameters
    ----------
    methods, split
        As in `method_table`.
    with_intervals : bool
        Whether the bounds of the 95 % intervals stand behind the figures.
    """
    table = method_table(methods, split)
    table = table[table["same_order_as"] == ""] if len(table) else table
    columns = [column for column in COLUMNS if len(table) and table[column.key].notna().any()]
    lines = [
        " | ".join(["| method", "distance", *(column.short for column in columns), "ms |"]),
        "|---|---" + "|--:" * (len(columns) + 1) + "|",
    ]
    for row in table.to_dict("records"):
        cells = [_cell(row, column.key, table[column.key].max(), with_intervals) for column in columns]
        ms = "–" if np.isnan(row["ms"]) else f"{row['ms']:.1f}"
        lines.append(f"| {row['title']} | {row['distance']} | {' | '.join(cells)} | {ms} |")
    return "\n".join(lines)


def _figure(figures: MethodDistance, split: str, column: MethodColumn) -> tuple[float, float, float]:
    """Give a figure and the bounds of its interval, NaN where it was not measured."""
    of_split = getattr(figures, split)
    if column.task == "photographs":
        of_task = figures.photographs
        interval = of_task.intervals.get(column.figure) if of_task else None
        value = figure_or_nan(of_task, column.figure)
    elif column.task == "colour":
        value = figure_or_nan(of_split, "colour_p_at_10")
        interval = of_split.intervals.colour_p_at_10
    else:
        value = figure_or_nan(getattr(of_split, column.task), column.figure)
        interval = getattr(of_split.intervals, column.task).get(column.figure)
    low, high = interval or (np.nan, np.nan)
    return value, low, high


def _cell(row: dict, key: str, best: float, with_intervals: bool) -> str:
    value = row[key]
    if np.isnan(value):
        return "–"
    text = f"**{value:.3f}**" if f"{value:.3f}" == f"{best:.3f}" else f"{value:.3f}"
    if with_intervals and not np.isnan(row[f"{key}_low"]):
        text += f" ({row[f'{key}_low']:.3f}–{row[f'{key}_high']:.3f})"
    return text
