"""Products with several pictures: found by the best of them, whatever is asked, to the last bit."""

import numpy as np
import pytest

from core.gallery.distances import DistanceIndex
from core.gallery.engines.answers import reaches
from core.gallery.further.best_picture import FurtherVectors
from core.gallery.index import Index, cosine_scores, unit_rows
from core.gallery.local import LocalGallery
from core.gallery.protocol import Filters, QueryVectors
from core.models.compared.methods import Distance
from core.retrieval.ranking import rank_hits
from tests.unit.gallery.test_engines import random_products

DIMENSION = 6


class Shop:
    """A gallery of products with up to four pictures each, and their vectors by hand."""

    def __init__(self, seed: int, n_values: int = 0) -> None:
        self.generator = np.random.default_rng(seed)
        self.products, vectors = random_products(self.generator)
        self.ids = self.products["id"].tolist()
        shape = vectors["toy"].shape
        self.first = self._drawn(shape[0], n_values)
        owners = np.sort(self.generator.choice(shape[0], shape[0] // 2))
        self.owners = [self.ids[row] for row in owners]
        self.numbers = [2 + self.owners[:place].count(one) for place, one in enumerate(self.owners)]
        self.further = self._drawn(len(owners), n_values)
        self.gallery = LocalGallery(
            self.products,
            {"toy": lambda: self.first},
            {"toy": lambda: FurtherVectors(self.owners, self.numbers, self.further)},
        )

    def _drawn(self, n: int, n_values: int) -> np.ndarray:
        """Draw vectors; of a few values only, so that many scores are equal, where there are so many."""
        drawn = self.generator.standard_normal((n, DIMENSION))
        return (np.sign(drawn) * (np.abs(drawn) > 1) + [1, 0, 0, 0, 0, 0] if n_values else drawn).astype(
            np.float32
        )

    def scores(self, query: np.ndarray) -> np.ndarray:
        """Give every product's best score."""
        query = unit_rows(query[None], dtype=np.float64)
        scores = cosine_scores(unit_rows(self.first), query)[0]
        for owner, score in zip(self.owners, cosine_scores(unit_rows(self.further), query)[0], strict=True):
            scores[self.ids.index(owner)] = max(scores[self.ids.index(owner)], score)
        return scores


@pytest.mark.parametrize("n_values", [0, 3])
@pytest.mark.parametrize("seed", range(12))
def test_hits_are_those_of_the_best_pictures_with_ties_and_pages(seed, n_values):
    shop = Shop(seed, n_values)
    queries = shop.generator.standard_normal((3, DIMENSION))
    if n_values:
        queries = np.array([[1, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [0, 1, -1, 0, 0, 0]], float)
    own = [shop.owners[0], None, shop.ids[3]]
    filters = Filters(rejected={"articleType": (shop.products["articleType"].iloc[0],)})
    for k, offset, chosen, exclude in (
        (5, 0, None, own),
        (7, 5, None, None),
        (len(shop.ids), 0, None, own),
        (4, 2, filters, own),
        (4, 0, Filters(only_ids=tuple(shop.ids[:9])), None),
    ):
        found = shop.gallery.search(
            QueryVectors.of("toy", queries), k, offset=offset, filters=chosen, exclude=exclude
        )
        for query, near, left_out in zip(queries, found, exclude or [None] * 3, strict=True):
            scores = shop.scores(query)
            order = [
                row
                for row in np.argsort(-scores, kind="stable")
                if shop.ids[row] != left_out and passes(shop, row, chosen)
            ][offset : offset + k]
            assert near.ids == tuple(shop.ids[row] for row in order)
            np.testing.assert_array_equal(near.scores, scores[order])
            np.testing.assert_array_equal(near.rows, order)


def passes(shop, row, filters) -> bool:
    if filters is None:
        return True
    if filters.only_ids is not None:
        return shop.ids[row] in filters.only_ids
    return shop.products["articleType"].iloc[row] not in filters.rejected["articleType"]


def test_many_queries_at_once_and_one_by_one_find_the_same():
    shop = Shop(3)
    queries = shop.generator.standard_normal((40, DIMENSION))
    together = shop.gallery.search(QueryVectors.of("toy", queries), 6)
    for query, near in zip(queries, together, strict=True):
        (alone,) = shop.gallery.search(QueryVectors.of("toy", query), 6)
        assert alone.ids == near.ids


def test_counts_and_distribution_speak_of_products():
    shop = Shop(5)
    query = shop.generator.standard_normal(DIMENSION)
    asked, scores = QueryVectors.of("toy", query), shop.scores(query)
    threshold = float(np.sort(scores)[-7])
    assert shop.gallery.count(query=asked, threshold=threshold) == reaches(scores, threshold).sum() == 7
    by_type = shop.gallery.count_by("articleType", query=asked, threshold=threshold)
    assert by_type == shop.products["articleType"][reaches(scores, threshold)].value_counts().to_dict()
    edges = np.linspace(-1, 1, 9)
    np.testing.assert_array_equal(shop.gallery.score_counts(asked, edges), np.histogram(scores, edges)[0])


def test_other_distances_take_the_best_picture_too():
    shop = Shop(7)
    query = shop.generator.standard_normal(DIMENSION)
    first = DistanceIndex(Distance.EUCLIDEAN, shop.first)
    expected = first.scores(query)
    further = 1 / (1 + np.linalg.norm(shop.further - query, axis=1) / first.mean_distance)
    for owner, score in zip(shop.owners, further, strict=True):
        expected[shop.ids.index(owner)] = max(expected[shop.ids.index(owner)], score)
    for queries in (query, np.stack([query, query + 1])):
        near = shop.gallery.search(QueryVectors.of("toy", queries, Distance.EUCLIDEAN), 8)[0]
        assert near.ids == tuple(shop.ids[row] for row in np.argsort(-expected, kind="stable")[:8])
        np.testing.assert_allclose(near.scores, np.sort(expected)[::-1][:8], atol=1e-6)


@pytest.mark.parametrize("distance", [Distance.COSINE, Distance.EUCLIDEAN])
def test_a_hit_says_which_picture_it_is_found_by(distance):
    shop = Shop(9)
    place = len(shop.owners) - 1
    query = QueryVectors.of("toy", shop.further[place], distance)
    hits = rank_hits(shop.gallery, query, top=5)
    assert (hits[0].product_id, hits[0].picture) == (shop.owners[place], shop.numbers[place])
    with_one = next(one for one in shop.ids if one not in shop.owners)
    query = QueryVectors.of("toy", shop.first[shop.ids.index(with_one)], distance)
    assert rank_hits(shop.gallery, query, top=1)[0].picture == 1


def test_products_come_and_go_with_their_pictures():
    shop = Shop(11)
    gone, stays = shop.owners[0], shop.owners[-1]
    query = QueryVectors.of("toy", shop.further[-1])
    shop.gallery.delete([gone])
    (near,) = shop.gallery.search(query, 3)
    assert near.ids[0] == stays
    assert near.scores[0] == pytest.approx(1, abs=1e-6)
    replaced = shop.products[shop.products["id"] == stays]
    shop.gallery.upsert(replaced, {"toy": -shop.further[-1:]})
    (near,) = shop.gallery.search(query, 3)
    assert near.ids[0] == stays, "its further pictures stay"
    shop.gallery.delete(list(set(shop.owners) - {gone}))
    (near,) = shop.gallery.search(query, len(shop.ids))
    assert set(near.ids) == set(shop.ids) - set(shop.owners)


def test_a_gallery_without_further_pictures_is_asked_as_ever():
    generator = np.random.default_rng(1)
    products, vectors = random_products(generator)
    gallery = LocalGallery(products, {name: lambda rows=rows: rows for name, rows in vectors.items()})
    assert type(gallery._index(gallery._snapshot, "toy")) is Index
    assert gallery.matched_pictures(QueryVectors.of("toy", vectors["toy"][0]), ["p1", "p2"]) == [1, 1]
