"""Relevance feedback: a query moved by hits that were liked and disliked (Rocchio 1971)."""

from collections.abc import Sequence

import numpy as np

from core.errors import SearchError
from core.gallery.index import unit_rows


def refine(
    query: np.ndarray,
    liked: np.ndarray | Sequence[np.ndarray] = (),
    disliked: np.ndarray | Sequence[np.ndarray] = (),
    *,
    keep: float = 1.0,
    towards: float = 0.75,
    away: float = 0.15,
) -> np.ndarray:
    """Move a query towards hits that were liked and away from those that were not.

    The method of Rocchio ("Relevance feedback in information retrieval", 1971): `keep` times the query, plus
    `towards` times the mean of the liked, minus `away` times the mean of the disliked, all of unit length.
    The default weights are those of Manning, Raghavan and Schütze, *Introduction to Information Retrieval*
    (2008), section 9.1.

    Parameters
    ----------
    query : float array (dimension,)
        The first query, not one refined before: undoing a thumb is leaving it out.
    liked, disliked : float array (m, dimension), or sequence of arrays (dimension,)
        Either may be empty.
    keep, towards, away : float

    Returns
    -------
    float32 array (dimension,)
        Unit length.

    Raises
    ------
    SearchError
        If dimensions differ, a value is NaN, or nothing is left of the query.
    """
    query = np.asarray(query, np.float64)
    moved = keep * unit_rows(query[None], "the query", np.float64)[0]
    for weight, vectors, whose in (
        (towards, liked, "the liked hits"),
        (-away, disliked, "the disliked hits"),
    ):
        if len(vectors):
            vectors = np.asarray(vectors, np.float64)
            if vectors.shape[1:] != query.shape:
                raise SearchError(f"The vectors of {whose} have not the query's {len(query)} numbers.")
            moved = moved + weight * unit_rows(vectors, whose, np.float64).mean(axis=0)
    if np.linalg.norm(moved) < 1e-6:
        raise SearchError("The likes and dislikes cancel the query out; take some of them back.")
    return unit_rows(moved[None])[0]
