"""What a report says of altered copies of products' pictures, as tables.

A figure that a report does not hold is NaN, and what was not measured at all is None.
"""

import pandas as pd

from core.comparison.alterations import ALTERATIONS
from core.reporting.report_schema import EvaluationReport, IdenticalFigures, figure_or_nan

IDENTICAL: dict[str, str] = {
    "recall_at_1": "Product itself first",
    "recall_at_10": "Product itself among the first ten",
    "with_duplicates_at_1": "It or a near-duplicate first",
    "with_duplicates_at_10": "It or a near-duplicate among the first ten",
}
"""Figures of altered copies by their keys, as people read them."""

UNALTERED, OVERALL = "As it is", "All alterations"
"""Rows of the picture as it is, and of the mean in which each alteration counts once."""


def identical_overview(document: EvaluationReport, figure: str) -> pd.DataFrame | None:
    """Say, a row for each alteration, how many copies find their product, by every extractor.

    Parameters
    ----------
    document : EvaluationReport
    figure : str
        A key of `IDENTICAL`.

    Returns
    -------
    DataFrame or None
        ``alteration``, as people read it, and a column for each extractor: the mean over the alteration's
        steps. The first rows are `UNALTERED` and `OVERALL`.
    """
    if not document.identical:
        return None
    rows: dict[str, dict[str, IdenticalFigures]] = {UNALTERED: {}, OVERALL: {}}
    for way, measured in document.identical.items():
        rows[UNALTERED][way], rows[OVERALL][way] = measured.unaltered, measured.overall
        for name, of in measured.by_alteration.items():
            rows.setdefault(alteration_title(name), {})[way] = of.overall
    ways = list(document.identical)
    return pd.DataFrame(
        [
            {"alteration": title} | {way: figure_or_nan(of.get(way), figure) for way in ways}
            for title, of in rows.items()
        ]
    )


def identical_steps(document: EvaluationReport, alteration: str, figure: str) -> pd.DataFrame | None:
    """Say, a row for each extractor and step, how many copies find their product.

    Parameters
    ----------
    document : EvaluationReport
    alteration : str
        Its name, as in `core.comparison.alterations`.
    figure : str
        A key of `IDENTICAL`.

    Returns
    -------
    DataFrame or None
        ``method``, ``step``, the strength in words, ``place`` from 0, the picture as it is, ``value``, and
        ``low`` and ``high``, the bounds of its 95 % interval.
    """
    rows = []
    for way, measured in document.identical.items():
        of = measured.by_alteration.get(alteration)
        if of is None:
            continue
        steps = [(UNALTERED.lower(), measured.unaltered), *((step.text, step) for step in of.steps)]
        for place, (text, figures) in enumerate(steps):
            low, high = figures.intervals.get(figure) or (float("nan"), float("nan"))
            rows.append(
                {"method": way, "step": text, "place": place, "value": figure_or_nan(figures, figure)}
                | {"low": low, "high": high}
            )
    return pd.DataFrame(rows) if rows else None


def identical_alterations(document: EvaluationReport) -> dict[str, str]:
    """Give the alterations that were measured, by name, with what people read for each."""
    names = dict.fromkeys(name for of in document.identical.values() for name in of.by_alteration)
    return {name: alteration_title(name) for name in names}


def identical_unit(document: EvaluationReport, alteration: str) -> str:
    """Give what the strengths of an alteration are counted in; "" where the report does not say."""
    units = (
        of.by_alteration[alteration].unit
        for of in document.identical.values()
        if alteration in of.by_alteration
    )
    return next(units, "")


def alteration_title(name: str) -> str:
    """Say what people read for an alteration; one that is not known any more goes by its name."""
    return ALTERATIONS[name].title if name in ALTERATIONS else name
