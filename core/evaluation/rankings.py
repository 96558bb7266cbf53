"""The whole gallery in order for each query, chunk by chunk."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from core.errors import TrainingError
from core.gallery.index import argsort_by_score, cosine_scores, unit_rows

QUERIES_AT_ONCE = 64
"""Whole rankings are sorted, so memory grows with queries times gallery: 64 and 40,000 take about 80 MB."""


def iter_rankings(
    gallery_vectors: np.ndarray, query_vectors: np.ndarray
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Rank the whole gallery by cosine for each query; equal scores stay in the order of the rows.

    Parameters
    ----------
    gallery_vectors : float array (n, dimension)
        Of any length; only directions count.
    query_vectors : float array (m, dimension)

    Yields
    ------
    number : int
        Of the query, rising from 0.
    order : int array (n,)
        The gallery's rows, nearest first.
    scores : float32 array (n,)
        Of `order`, falling.
    """
    gallery = unit_rows(np.asarray(gallery_vectors), "the gallery")
    queries = unit_rows(np.asarray(query_vectors), "the queries", np.float64)
    yield from iter_score_rankings(partial(cosine_scores, gallery), queries)


def iter_score_rankings(
    scores_of: Callable[[np.ndarray], np.ndarray], queries: np.ndarray
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Rank the whole gallery by any score for each query; yields as `iter_rankings` does.

    Parameters
    ----------
    scores_of : callable
        From queries (k, dimension) to their scores, float32 (k, n).
    queries : float array (m, dimension)
    """
    for start in range(0, len(queries), QUERIES_AT_ONCE):
        scores = scores_of(queries[start : start + QUERIES_AT_ONCE])
        for number, (order, of_query) in enumerate(
            zip(argsort_by_score(scores), scores, strict=True), start=start
        ):
            yield number, order, of_query[order]


def label_codes(gallery: Sequence[str], queries: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Give numbers for names, quicker to compare; unknown ones ("") of either side equal nothing opposite.

    Returns
    -------
    gallery, queries : int32 arrays (n,) and (m,)

    Examples
    --------
    >>> [codes.tolist() for codes in label_codes(["Shirts", ""], ["", "Shirts"])]
    [[1, -1], [-2, 1]]
    """
    names, codes = np.unique(np.asarray([*gallery, *queries], str), return_inverse=True)
    codes = codes.astype(np.int32)
    of_gallery, of_queries = codes[: len(gallery)], codes[len(gallery) :]
    of_gallery[names[of_gallery] == ""] = -1
    of_queries[names[of_queries] == ""] = -2
    return of_gallery, of_queries


def check_lengths(side: str, vectors: np.ndarray, *columns: Sequence[str]) -> None:
    """Refuse columns that do not belong to the vectors.

    Parameters
    ----------
    side : str
        "gallery" or "query", for the message.
    vectors : array (n, dimension)
    columns : sequences of str

    Raises
    ------
    TrainingError
        If a column is not of length n, or n is 0.
    """
    if any(len(column) != len(vectors) for column in columns):
        lengths = ", ".join(str(len(column)) for column in columns)
        raise TrainingError(
            f"The {side} has {len(vectors)} vectors but columns of {lengths}; give one for each."
        )
    if len(vectors) == 0:
        raise TrainingError(f"The {side} is empty; retrieval needs at least one product on either side.")
