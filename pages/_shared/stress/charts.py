"""How hits hold, as curves and as a table."""

from collections.abc import Sequence
from math import log10

import pandas as pd
import plotly.graph_objects as go

from core.comparison.alterations import ALTERATIONS
from core.comparison.methods import COMPARED
from core.comparison.stress import RANKED_AMONG, HeldHits, held_table
from pages._shared.evaluation.step_chart import step_chart
from pages._shared.widgets.names import method_name

BEYOND = 1.5 * RANKED_AMONG
"""Where a rank that nobody counted is drawn."""

_RANKS = (1, 3, 10, 30, 100)


def kept_chart(held: Sequence[HeldHits], unit: str) -> go.Figure:
    """Draw how many of the first ten are kept, by step and method."""
    table = held_table(held)
    table["value"] = table["kept"]
    chart = step_chart(table, title=f"Of the first {COMPARED}, kept", unit=unit, names=_names(held))
    chart.update_yaxes(
        tickvals=[place / COMPARED for place in range(0, COMPARED + 1, 2)],
        ticktext=[str(place) for place in range(0, COMPARED + 1, 2)],
    )
    return chart.update_traces(hovertemplate="%{x}: %{y:.0%}<extra>%{fullData.name}</extra>")


def rank_chart(held: Sequence[HeldHits], unit: str, title: str) -> go.Figure:
    """Draw the rank of the product that is followed, 1 on top, by step and method."""
    table = held_table(held)
    table["value"] = table["rank"].fillna(BEYOND)
    chart = step_chart(table, title=title, unit=unit, names=_names(held))
    chart.update_yaxes(
        type="log",
        range=[log10(1.25 * BEYOND), log10(0.85)],
        tickvals=[*_RANKS, BEYOND],
        ticktext=[*map(str, _RANKS), f"over {RANKED_AMONG}"],
    )
    return chart.update_traces(hovertemplate="%{x}: rank %{y:.0f}<extra>%{fullData.name}</extra>")


def steps_table(held: Sequence[HeldHits]) -> pd.DataFrame:
    """Lay out one alteration: a row a step, for each method how many are kept and the rank, in words."""
    rows: dict[str, dict[str, str]] = {}
    for each in held:
        for step in each.steps:
            rank = f"over {RANKED_AMONG}" if step.rank is None else str(step.rank)
            said = f"{round(COMPARED * step.kept)} kept, rank {rank}"
            rows.setdefault(step.step, {"strength": step.step})[method_name(each.method)] = said
    return pd.DataFrame(list(rows.values()))


def overview_table(held: Sequence[HeldHits]) -> pd.DataFrame:
    """Lay out all alterations: a row for each, for each method how many of ten are kept on average."""
    rows: dict[str, dict[str, object]] = {}
    for each in held:
        row = rows.setdefault(each.alteration, {"alteration": ALTERATIONS[each.alteration].title})
        row[each.method] = COMPARED * each.kept
    return pd.DataFrame(list(rows.values()))


def strongest_text(held: Sequence[HeldHits]) -> str:
    """Say which method keeps most of its first hits at the strongest step, and which least."""
    left = sorted(held, key=lambda each: -each.steps[-1].kept)
    said = [
        f"{method_name(each.method)} keeps {round(COMPARED * each.steps[-1].kept)}"
        for each in dict.fromkeys([left[0], left[-1]])
    ]
    return (
        f"At the strongest step, {left[0].steps[-1].step}, {' and '.join(said)} of its first {COMPARED} hits."
    )


def _names(held: Sequence[HeldHits]) -> dict[str, str]:
    return {each.method: method_name(each.method) for each in held}
