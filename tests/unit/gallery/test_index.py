from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

import core.gallery.index
from core.errors import SearchError
from core.gallery.index import SLACK, Index, argsort_by_score, cosine_scores, unit_rows


def random_index(n=500, dimension=16, seed=0):
    vectors = np.random.default_rng(seed).standard_normal((n, dimension)).astype(np.float32)
    return Index([f"p{row}" for row in range(n)], vectors)


def brute_force(index, query, k, without=None):
    """Ids by a plain float64 product, equal scores in the gallery's order."""
    scores = index.vectors.astype(float) @ (query / np.linalg.norm(query))
    rows = range(len(index))
    ranked = sorted((row for row in rows if index.ids[row] != without), key=lambda row: (-scores[row], row))
    return tuple(index.ids[row] for row in ranked[:k])


@pytest.mark.parametrize("k", [1, 12, 200, 500, 900])
def test_finds_what_a_plain_product_finds(k):
    index = random_index()
    for query in np.random.default_rng(1).standard_normal((10, 16)):
        (found,) = index.search(query, k)
        assert found.ids == brute_force(index, query, k)
        assert len(found) == min(k, 500)


def test_scores_are_cosines_and_those_of_the_hits():
    index = Index(["a", "b", "c"], np.array([[3.0, 4.0], [0.0, 2.0], [-5.0, 0.0]]))
    (found,) = index.search(np.array([10.0, 0.0]), 3)
    assert found.ids == ("a", "b", "c")
    np.testing.assert_allclose(found.scores, [0.6, 0, -1], atol=1e-7)
    assert found.scores.dtype == np.float32
    np.testing.assert_array_equal(found.rows, [0, 1, 2])
    np.testing.assert_array_equal(index.scores(np.array([10.0, 0.0])), found.scores)


@pytest.mark.parametrize("n", [1, 4])
def test_candidates_are_scored_exactly(n):
    index = random_index()
    queries = np.random.default_rng(5).standard_normal((n, 16))
    for query, found in zip(queries, index.search(queries, 20), strict=True):
        np.testing.assert_array_equal(found.scores, index.scores(query)[found.rows])
        assert found.ids == brute_force(index, query, 20, None)


def test_many_queries_go_through_nearest_neighbours_and_one_needs_none(monkeypatch):
    calls = []

    class Watched(NearestNeighbors):
        def fit(self, vectors):
            calls.append(("fit", self.metric))
            return super().fit(vectors)

        def kneighbors(self, *arguments):
            calls.append("kneighbors")
            return super().kneighbors(*arguments)

    monkeypatch.setattr("sklearn.neighbors.NearestNeighbors", Watched)
    index = random_index()
    one = index.search(index.vectors[3], 5)
    assert calls == []
    many = index.search(index.vectors[3:6], 5)
    assert calls == [("fit", "cosine"), "kneighbors"]
    index.search(index.vectors[6:9], 5)
    assert calls == [("fit", "cosine"), "kneighbors", "kneighbors"]
    assert one[0].ids == many[0].ids
    np.testing.assert_array_equal(one[0].scores, many[0].scores)


@pytest.mark.parametrize("n_equal", [5, SLACK + 30, 480])
def test_equal_scores_come_in_the_gallerys_order_also_at_the_end(n_equal):
    generator = np.random.default_rng(2)
    vectors = generator.standard_normal((500, 16))
    query = vectors[0].copy()
    equal = np.sort(generator.choice(np.arange(1, 500), n_equal, replace=False))
    vectors[equal] = query + 0.01
    index = Index([str(row) for row in range(500)], vectors)
    for queries in (query, np.stack([query, query])):
        for found in index.search(queries, 4):
            assert found.ids == ("0", *map(str, equal[:3]))


def test_zero_vectors_score_zero_and_keep_the_gallerys_order():
    index = Index(["zero", "away", "across", "near"], np.array([[0, 0], [-1, 0], [0, 1], [1, 0]]))
    (found,) = index.search(np.array([1.0, 0.0]), 4)
    assert found.ids == ("near", "zero", "across", "away")
    np.testing.assert_array_equal(found.scores, [1, 0, 0, -1])
    (found,) = index.search(np.zeros(2), 3)
    assert found.ids == ("zero", "away", "across")
    np.testing.assert_array_equal(found.scores, [0, 0, 0])


def test_a_zero_query_in_a_large_gallery_takes_the_first_rows():
    assert random_index().search(np.zeros(16), 3)[0].ids == ("p0", "p1", "p2")


def test_empty_gallery_has_no_hits():
    index = Index([], np.empty((0, 4), np.float32))
    found = index.search(np.ones((2, 4)), 3, exclude=["a", None])
    assert [len(neighbours) for neighbours in found] == [0, 0]
    assert index.scores(np.ones(4)).shape == (0,)
    assert len(index) == 0


def test_excluded_products_are_no_hits():
    index = random_index()
    queries = index.vectors[[5, 6, 7]]
    exclude = ["p5", None, "elsewhere"]
    found = index.search(queries, 3, exclude=exclude)
    assert found[0].ids == brute_force(index, queries[0], 3, "p5")
    assert [neighbours.ids[0] for neighbours in found[1:]] == ["p6", "p7"]
    assert [len(neighbours) for neighbours in found] == [3, 3, 3]
    assert "p5" not in index.search(queries[0], 500, exclude="p5")[0].ids
    assert len(index.search(queries[0], 500, exclude="p5")[0]) == 499


def test_many_queries_in_chunks_answer_as_one_by_one(monkeypatch):
    index = random_index()
    queries = np.random.default_rng(3).standard_normal((20, 16))
    one_by_one = [index.search(query, 6)[0].ids for query in queries]
    by_product = [index.search(query, 400)[0].ids for query in queries]
    monkeypatch.setattr(core.gallery.index, "BYTES_AT_ONCE", 24 * 500 * 3)
    assert [found.ids for found in index.search(queries, 6)] == one_by_one
    assert [found.ids for found in index.search(queries, 400)] == by_product


def test_threads_share_one_index():
    index = random_index()
    queries = np.random.default_rng(4).standard_normal((40, 16))
    expected = [index.search(query, 5)[0].ids for query in queries]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda query: index.search(query, 5)[0].ids, queries)) == expected


def test_the_gallery_is_a_copy_that_cannot_be_changed():
    vectors = np.eye(3, dtype=np.float32)
    index = Index("abc", vectors)
    vectors[0] = 5
    np.testing.assert_array_equal(index.vectors, np.eye(3))
    assert index.dimension == 3
    with pytest.raises(ValueError, match="read-only"):
        index.vectors[0] = 1


def test_knows_its_products():
    index = Index(["10", "20"], np.eye(2))
    assert "20" in index
    assert 20 not in index
    assert index.row("20") == 1
    with pytest.raises(SearchError, match="no product 30"):
        index.row("30")


def test_refuses_what_is_no_gallery():
    with pytest.raises(SearchError, match="id a twice"):
        Index(["a", "b", "a"], np.eye(3))
    with pytest.raises(SearchError, match="one row for each id"):
        Index(["a"], np.eye(3))
    with pytest.raises(SearchError, match="row 1 of the gallery holds NaN"):
        Index(["a", "b"], np.array([[1.0, 0], [np.nan, 1]]))
    with pytest.raises(SearchError, match="infinity"):
        Index(["a", "b"], np.array([[1.0, 0], [0, -np.inf]]))


@pytest.mark.parametrize(
    ("query", "options", "message"),
    [
        (np.ones(3), {}, "holds vectors of 16 numbers"),
        (np.full(16, np.nan), {}, "the query holds NaN"),
        (np.ones(16), {"k": 0}, "at least 1"),
        (np.ones(16), {"exclude": ["a", "b"]}, "2 excluded ids do not match"),
    ],
)
def test_refuses_what_is_no_search(query, options, message):
    with pytest.raises(SearchError, match=message):
        random_index().search(query, **({"k": 3} | options))


def test_scores_take_one_query():
    with pytest.raises(SearchError, match="one query at a time"):
        random_index().scores(np.ones((2, 16)))


def test_unit_rows_of_very_large_and_very_small_numbers():
    unit = unit_rows(np.array([[3e300, 4e300], [3e-300, 4e-300], [0, 0]]))
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0.6, 0.8], [0, 0]], rtol=1e-6)
    assert unit.dtype == np.float32


def test_equal_vectors_score_equally_wherever_they_stand():
    row = unit_rows(np.random.default_rng(6).standard_normal((1, 128)))
    scores = cosine_scores(
        np.tile(row, (3001, 1)), unit_rows(np.random.default_rng(7).standard_normal((5, 128)))
    )
    assert (scores == scores[:, :1]).all()


def test_right_angles_score_exactly_zero():
    scores = cosine_scores(
        unit_rows(np.array([[1.0, 1, 1], [1, -1, 0]])), unit_rows(np.array([[2.0, -1, -1]]))
    )
    assert scores[0, 0] == 0
    assert not np.signbit(scores[0, 0])
    assert scores[0, 1] == pytest.approx(np.sqrt(3) / 2)


@pytest.mark.parametrize("k", [None, 1, 7, 300])
def test_ranking_is_a_stable_sort(k):
    scores = np.random.default_rng(8).integers(-9, 9, (4, 200)).astype(np.float32) / 8
    scores[:, 50] = -0.0
    np.testing.assert_array_equal(
        argsort_by_score(scores, k), np.argsort(-scores, axis=1, kind="stable")[:, :k]
    )
