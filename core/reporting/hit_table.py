"""Hits as tables: those of one search, and those of several pictures searched with at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.retrieval.ranking import Hit
from core.retrieval.verdict import Verdict


@dataclass(frozen=True)
class BatchAnswer:
    """What was found for one picture of several, or why nothing was."""

    name: str
    looked_at: str = ""  # which of its garments is searched with, in words
    verdict: Verdict | None = None  # None where nobody could say what it is
    hits: tuple[Hit, ...] = ()
    problem: str = ""


def hit_table(hits: Sequence[Hit], products: pd.DataFrame) -> pd.DataFrame:
    """Lay hits out as a table, a row each.

    Parameters
    ----------
    hits : sequence of Hit
    products : DataFrame
        Those that the hits are of.

    Returns
    -------
    DataFrame
        ``rank``, ``score``, ``product_id``, then every other column of the products, and
        ``near_duplicates``, the ids folded into the hit with blanks between.
    """
    facts = products.set_index("id").loc[[hit.product_id for hit in hits]]
    table = facts.rename_axis("product_id").reset_index()
    table.insert(0, "rank", [hit.rank for hit in hits])
    table.insert(1, "score", [round(hit.score, 6) for hit in hits])
    table["near_duplicates"] = [" ".join(hit.duplicates) for hit in hits]
    return table


def batch_table(answers: Sequence[BatchAnswer], products: pd.DataFrame) -> pd.DataFrame:
    """Lay answers out as a table, a row for each hit.

    Parameters
    ----------
    answers : sequence of BatchAnswer
    products : DataFrame
        Those that the hits are of.

    Returns
    -------
    DataFrame
        ``picture``, ``looked at`` (which of its garments), ``verdict`` (its heading), ``probability`` (of
        what the verdict says), ``known`` (whether it is one of the five classes), ``rank``, ``score``,
        ``product_id``, then every other column of the products, and ``problem``. A picture without hits has
        one row. What nobody could say is None, or NaN.
    """
    wanted = {hit.product_id for each in answers for hit in each.hits}
    facts = products[products["id"].isin(wanted)].set_index("id")
    rows = []
    for each in answers:
        verdict = each.verdict
        probability = verdict.probability if verdict else None
        head = {
            "picture": each.name,
            "looked at": each.looked_at,
            "verdict": verdict.heading if verdict else None,
            "probability": math.nan if probability is None else probability,
            "known": verdict.known if verdict else None,
        }
        found = [
            {"rank": hit.rank, "score": round(hit.score, 6), "product_id": hit.product_id}
            | facts.loc[hit.product_id].to_dict()
            for hit in each.hits
        ]
        rows += [head | hit | {"problem": each.problem} for hit in found or [{}]]
    columns = ["picture", "looked at", "verdict", "probability", "known", "rank", "score", "product_id"]
    return pd.DataFrame(rows, columns=[*columns, *facts.columns, "problem"])
