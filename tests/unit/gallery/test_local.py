"""The gallery in this process: two ways to the same answer, earlier states, and scores worked out once."""

import numpy as np
import pytest

from core.errors import SearchError
from core.gallery.index import Index
from core.gallery.local import SCORES_KEPT
from core.gallery.protocol import Filters, QueryVectors
from tests.engines import local_gallery
from tests.unit.gallery.test_engines import random_products


@pytest.fixture
def engine() -> str:
    return "local"


@pytest.mark.parametrize("seed", range(20))
def test_the_index_and_the_exact_product_agree_to_the_last_bit(seed, monkeypatch):
    generator = np.random.default_rng(seed)
    gallery = local_gallery(*random_products(generator))
    query = QueryVectors.of("toy", generator.standard_normal((3, 6)))
    exclude = ["p7", None, "p9"]
    asked = []
    whole = Index.search
    monkeypatch.setattr(Index, "search", lambda *a, **k: asked.append(1) or whole(*a, **k))
    by_index = gallery.search(query, 12, exclude=exclude, threshold=0.1)
    assert asked == [1], "a plain search goes through the index"
    monkeypatch.setattr(gallery, "_takes_the_index", lambda *given: False)
    by_product = gallery.search(query, 12, exclude=exclude, threshold=0.1)
    assert asked == [1]
    for one, other in zip(by_index, by_product, strict=True):
        assert one.ids == other.ids
        np.testing.assert_array_equal(one.scores, other.scores)
        np.testing.assert_array_equal(one.rows, other.rows)


def test_a_pinned_gallery_does_not_change(gallery, query, products):
    pinned = gallery.pinned()
    gallery.delete(["4"])
    gallery.upsert(products[:1].assign(id="9"), {"toy": np.array([[1.0, 0]])})
    assert pinned.search(query, 9)[0].ids == ("4", "2", "1", "5", "3")
    assert (len(pinned), pinned.row("4")) == (5, 3)
    assert gallery.search(query, 2)[0].ids == ("9", "2")
    with pytest.raises(SearchError, match="no product 4 among the 5"):
        gallery.row("4")


def test_the_scores_of_a_query_are_worked_out_once(gallery, query, monkeypatch):
    scored = []
    score = Index.scores
    monkeypatch.setattr(Index, "scores", lambda *given: scored.append(1) or score(*given))
    gallery.count(query=query, threshold=0.5)
    gallery.count_by("season", query=query, threshold=0.7)
    gallery.score_counts(query, np.linspace(0, 1, 5))
    gallery.search(query, 2, filters=Filters({"gender": ("Men",)}))
    assert scored == [1]
    for angle in range(SCORES_KEPT):
        gallery.count(query=QueryVectors.of("toy", np.array([1.0, angle + 1])), threshold=0.5)
    gallery.count(query=query, threshold=0.5)
    assert len(scored) == SCORES_KEPT + 2, "the oldest is forgotten"


def test_queries_that_make_no_sense_are_refused():
    with pytest.raises(SearchError, match="give each extractor both"):
        QueryVectors({"a": np.ones((1, 2))}, {})
    with pytest.raises(SearchError, match="give each extractor both"):
        QueryVectors({}, {})
    with pytest.raises(SearchError, match="one row for each query"):
        QueryVectors({"a": np.ones((1, 2)), "b": np.ones((2, 2))}, {"a": 1, "b": 1})
