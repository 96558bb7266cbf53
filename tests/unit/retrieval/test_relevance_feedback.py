import numpy as np
import pytest

from core.errors import SearchError
from core.gallery.index import Index
from core.retrieval.relevance_feedback import refine

QUERY = np.array([1.0, 0.0])


def at(*degrees):
    """Unit vectors at these angles to the query."""
    return np.stack([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))], axis=1)


def test_refining_is_rocchios_formula():
    # (1, 0) + 0.75 * mean((0, 1), (1, 0)) - 0.15 * (0, 1) = (1.375, 0.225)
    refined = refine(QUERY * 9, np.array([[0, 5], [2, 0]]), [np.array([0, 1])])
    np.testing.assert_allclose(refined, np.array([1.375, 0.225]) / np.hypot(1.375, 0.225), rtol=1e-6)
    assert refined.dtype == np.float32
    np.testing.assert_array_equal(refine(QUERY), [1, 0])


def test_refining_moves_hits_up_and_down():
    index = Index(["1", "2", "3", "4", "5"], at(30, 20, 90, 10, 60))
    liked = refine(QUERY, index.vectors[[2]])
    assert index.scores(liked)[2] > index.scores(QUERY)[2]
    disliked = refine(QUERY, disliked=index.vectors[[3]])
    assert index.scores(disliked)[3] < index.scores(QUERY)[3]


def test_refining_refuses_what_leaves_nothing():
    with pytest.raises(SearchError, match="cancel the query out"):
        refine(QUERY, disliked=[QUERY], away=1.0)
    with pytest.raises(SearchError, match="have not the query's 2 numbers"):
        refine(QUERY, [np.ones(3)])
    with pytest.raises(SearchError, match="NaN"):
        refine(QUERY, [np.array([np.nan, 1])])
