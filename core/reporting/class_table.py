"""What several judges say of each of many pictures, as a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.models.consensus import NeighbourVote, judge_rank
from core.models.prediction import Prediction
from core.retrieval.verdicts.verdict import Verdict


@dataclass(frozen=True)
class ClassifiedImage:
    """What the judges say of one picture, or why nobody could see it."""

    name: str  # of the file, or what stands for it
    looked_at: str = ""  # which of its garments, in words
    predictions: tuple[Prediction, ...] = ()
    vote: NeighbourVote | None = None
    verdict: Verdict | None = None
    problem: str = ""
    turn: int = 0  # degrees clockwise that it was turned by to stand upright


def conflicts_first(judged: Sequence[ClassifiedImage]) -> list[int]:
    """Order pictures by how much they need a look.

    Returns
    -------
    list of int
        Places in `judged`: most judges differing first, then the least probable, then as given; pictures
        without a verdict last.
    """

    def need(place: int) -> tuple[bool, int, float]:
        verdict = judged[place].verdict
        return (
            (True, 0, 0.0) if verdict is None else (False, -len(verdict.differing), verdict.probability or 0)
        )

    return sorted(range(len(judged)), key=need)


def class_table(judged: Sequence[ClassifiedImage]) -> pd.DataFrame:
    """Put verdicts into a table.

    Returns
    -------
    DataFrame
        One row a picture, in the order given: ``file``, ``turned`` (degrees clockwise), ``looked at``,
        ``verdict`` (the heading),
        ``sureness``, ``probability`` (of what the verdict says, never of another class), ``known`` (whether
        it is one of the five), ``agree`` ("4 of 5"), then each judge's own answer in a column of its name,
        and ``problem``. What nobody could say is None, or NaN.
    """
    judges = sorted(
        {judge for one in judged if one.verdict for judge in one.verdict.opinions}, key=judge_rank
    )
    rows = []
    for one in judged:
        verdict = one.verdict
        said = verdict.opinions if verdict else {}
        probability = verdict.probability if verdict else None
        rows.append(
            {
                "file": one.name,
                "turned": one.turn,
                "looked at": one.looked_at,
                "verdict": verdict.heading if verdict else None,
                "sureness": verdict.sureness.value if verdict else None,
                "probability": math.nan if probability is None else probability,
                "known": verdict.known if verdict else None,
                "agree": f"{len(verdict.agreeing)} of {verdict.n_judges}" if verdict else None,
            }
            | {name: said.get(name) for name in judges}
            | {"problem": one.problem}
        )
    return pd.DataFrame(rows)
