"""A score to stop at that means something, measured on the catalogue itself."""

from collections.abc import Sequence

import numpy as np

from core.retrieval.index import Index

SHARE = 0.95
QUERIES = 300
NEAREST = 50
FEWEST = 30


def score_for_share(index: Index, labels: Sequence[str], share: float = SHARE) -> float | None:
    """Find the score above which most hits are of their query's class.

    Up to `QUERIES` products, spread evenly over the catalogue, are taken as queries; their `NEAREST` hits,
    never the query itself, are put together and ordered by score.

    Parameters
    ----------
    index : Index
    labels : sequence of str, length len(index)
        The class of each row.
    share : float
        Of the hits at or above the score, how many must have the class of their query, 0 to 1.

    Returns
    -------
    float or None
        The lowest score that holds this, with equal scores taken together. None where fewer than `FEWEST`
        hits lie above any such score: then no score means that much.
    """
    labels = np.asarray(labels)
    rows = (
        np.unique(np.linspace(0, len(index) - 1, min(QUERIES, len(index))).astype(int)) if len(index) else []
    )
    if not len(rows):
        return None
    found = index.search(index.vectors[rows], NEAREST, exclude=[index.ids[row] for row in rows])
    scores = np.concatenate([neighbours.scores for neighbours in found])
    right = np.concatenate(
        [labels[neighbours.rows] == labels[row] for row, neighbours in zip(rows, found, strict=True)]
    )
    order = np.argsort(-scores, kind="stable")
    scores, right = scores[order], right[order]
    last = np.append(np.diff(scores) < 0, True)  # the last of equal scores: a threshold takes all of them
    good = last & (np.cumsum(right) >= share * np.arange(1, len(scores) + 1))
    good[: FEWEST - 1] = False
    return float(scores[np.flatnonzero(good)[-1]]) if good.any() else None
