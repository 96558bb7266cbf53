"""Several pictures searched with at once: what was found for each, and one table of it all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.models.prediction import Prediction, prediction_text
from core.retrieval.ranking import Hit


@dataclass(frozen=True)
class Answer:
    """What was found for one picture, or why nothing was."""

    name: str
    prediction: Prediction | None = None  # None where nobody could name its class
    hits: tuple[Hit, ...] = ()
    problem: str = ""


def as_table(answers: Sequence[Answer], products: pd.DataFrame) -> pd.DataFrame:
    """Lay answers out as a table, a row for each hit.

    Parameters
    ----------
    answers : sequence of Answer
    products : DataFrame
        Those that the hits are of.

    Returns
    -------
    DataFrame
        ``picture``, ``class`` (in words, or "None of these"), ``probability``, ``known``, ``rank``,
        ``score``, ``product_id``, then every other column of the products, and ``problem``. A picture without
        hits has one row. What nobody could say is None, or NaN.
    """
    wanted = {hit.product_id for each in answers for hit in each.hits}
    facts = products[products["id"].isin(wanted)].set_index("id")
    rows = []
    for each in answers:
        said = each.prediction
        head = {
            "picture": each.name,
            "class": prediction_text(said) if said else None,
            "probability": said.probabilities[said.label] if said else math.nan,
            "known": said.known if said else None,
        }
        found = [
            {"rank": hit.rank, "score": round(hit.score, 6), "product_id": hit.product_id}
            | facts.loc[hit.product_id].to_dict()
            for hit in each.hits
        ]
        rows += [head | hit | {"problem": each.problem} for hit in found or [{}]]
    columns = ["picture", "class", "probability", "known", "rank", "score", "product_id"]
    return pd.DataFrame(rows, columns=[*columns, *facts.columns, "problem"])
