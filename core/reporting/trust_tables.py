"""What a report says of how far search answers hold, as tables. A figure that it does not hold is NaN."""

from collections.abc import Mapping

import pandas as pd

from core.reporting.report_schema import ReportPart, Trust, VerdictFigures, figure_or_nan

VERDICTS: dict[str, str] = {
    "n": "Of the five classes",
    "class_right": "Class right",
    "known": "Taken for one",
    "n_others": "Of other kinds",
    "others_not_known": "Taken for none",
}
"""Figures of verdicts by their keys, as people read them."""

DOUBTS: dict[str, str] = {
    "doubted": "Not all agree",
    "doubted_wrong": "Of these verdicts, wrong",
    "undoubted_wrong": "Of the others, wrong",
}
"""Figures of what is said of verdicts, likewise."""

SOURCES = {
    "laid": "Laid flat",
    "worn": "Worn, as offered",
    **{f"laid, turned by {turn}°": f"Laid flat, turned by {turn}°" for turn in (90, 180, 270)},
}
"""Where pictures come from, as people read it."""


def verdict_table(trust: Trust) -> pd.DataFrame:
    """Say, a row for each source of pictures, how often verdicts are right: ``source`` and `VERDICTS`."""
    return _table("source", _by_source(trust), VERDICTS)


def doubt_table(trust: Trust) -> pd.DataFrame:
    """Say how often "Not all agree" stands beside verdicts, and how often rightly: ``source`` and `DOUBTS`.

    Sources that were measured before that was counted are left out.
    """
    counted = {name: of for name, of in _by_source(trust).items() if of.doubted is not None}
    return _table("source", counted, DOUBTS)


def closeness_table(trust: Trust) -> pd.DataFrame:
    """Say, a row for each word for a score, how many hits it was said of, and how many were right."""
    return _table("said", trust.closeness, ("n", "right"))


def reliability_table(trust: Trust) -> pd.DataFrame:
    """Give the reliability curve of scores: ``confidence`` (the middle of a bin), ``n`` and ``accuracy``."""
    rows = [
        {
            "confidence": (figure_or_nan(each, "least") + figure_or_nan(each, "below")) / 2,
            "n": each.n or 0,
            "accuracy": figure_or_nan(each, "right"),
        }
        for each in trust.curve
    ]
    return pd.DataFrame(rows, columns=["confidence", "n", "accuracy"])


def class_first_table(trust: Trust) -> pd.DataFrame:
    """Say, a row for each group of pictures, what a sure class before the others changes."""
    return _table("group", trust.class_first, ("n", "by_score", "as_shown"))


def _by_source(trust: Trust) -> dict[str, VerdictFigures]:
    return {SOURCES.get(name, name): of for name, of in trust.verdicts.items()}


def _table(
    first: str, rows: Mapping[str, ReportPart], keys: Mapping[str, str] | tuple[str, ...]
) -> pd.DataFrame:
    return pd.DataFrame(
        [{first: name} | {key: figure_or_nan(of, key) for key in keys} for name, of in rows.items()],
        columns=[first, *keys],
    )
