"""Distances other than the cosine, against values worked out by hand, and searches by them."""

import numpy as np
import pandas as pd
import pytest

from core.errors import SearchError
from core.gallery.distances import SAMPLED, DistanceIndex, check_distance
from core.gallery.local import QUERIES_AT_ONCE, LocalGallery
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.score_threshold import score_for_share
from core.models.compared.methods import METHODS, Distance, distances_of, method_title, ordering_distances
from core.models.extractors import EXTRACTORS


def scores(distance, rows, query):
    return DistanceIndex(distance, np.array(rows, np.float32)).scores(np.array(query, float))


def test_half_is_as_far_as_two_products_are_on_average():
    rows = [[0, 0], [3, 4], [0, 4]]  # 5, 4 and 3 apart: 4 on average
    assert scores(Distance.EUCLIDEAN, rows, [0, 0]).tolist() == pytest.approx([1, 4 / 9, 0.5])
    assert scores(Distance.EUCLIDEAN, rows, [0, 8]).tolist() == pytest.approx([1 / 3, 4 / 9, 0.5])


def test_the_layouts_distance_is_the_sum_of_three_weighted_roots():
    near, far = np.zeros(12), np.zeros(12)
    near[[0, 3]], far[[6, 9, 11]] = (3, 1), (2, 1, 2)
    # Y: sqrt(2·9 + 1·1); Cb: sqrt(2·4); Cr: sqrt(4·1 + 2·4). Both from zero.
    expected = np.array([0, np.sqrt(19), np.sqrt(8) + np.sqrt(12)])
    index = DistanceIndex(Distance.WEIGHTED, np.array([np.zeros(12), near, far], np.float32))
    mean = (expected[1] + expected[2] + (expected[1] + expected[2])) / 3  # near and far differ in all planes
    assert index.mean_distance == pytest.approx(mean)
    np.testing.assert_allclose(index.scores(np.zeros(12)), 1 / (1 + expected / mean), rtol=1e-6)


def test_of_sixty_four_coefficients_those_after_the_first_three_count_once():
    rows = np.zeros((4, 192), np.float32)
    rows[1, 63], rows[2, 64], rows[3, 128] = 1, 1, 1  # last of Y, first of Cb, first of Cr
    found = DistanceIndex(Distance.WEIGHTED, rows).scores(np.zeros(192))
    apart = 1 / found.astype(float) - 1
    np.testing.assert_allclose(apart[1:] / apart[1], [1, np.sqrt(2), 2], rtol=1e-5)


def test_histograms_have_in_common_what_both_have():
    rows = [[0.5, 0.5, 0, 0], [0, 0, 1, 0], [0.2, 0.3, 0.5, 0]]
    found = scores(Distance.INTERSECTION, rows, [0.5, 0.5, 0, 0])
    assert found.tolist() == pytest.approx([1, 0, 0.5])


def test_maps_are_compared_by_the_bits_set_in_both_of_those_set_in_either():
    rows = [[1, 1, 0, 0], [1, 0, 1, 1], [0, 0, 0, 0]]
    assert scores(Distance.JACCARD, rows, [1, 1, 0, 0]).tolist() == pytest.approx([1, 0.25, 0])
    assert scores(Distance.JACCARD, rows, [0, 0, 0, 0]).tolist() == [0, 0, 1]


def test_hashes_are_compared_by_the_share_of_equal_bits():
    rows = [[1, -1, 1, -1], [1, 1, 1, 1], [-1, 1, -1, 1]]
    assert scores(Distance.HAMMING, rows, [1, -1, 1, -1]).tolist() == [1, 0.5, 0]


@pytest.mark.parametrize("distance", [one for one in Distance if one is not Distance.COSINE])
def test_scores_lie_between_0_and_1_and_equal_rows_score_equally(distance):
    generator = np.random.default_rng(1)
    rows = generator.integers(0, 3, (3000, 12)).astype(np.float32)
    rows[2999] = rows[1] = rows[0]
    queries = rows[[0, 5]].astype(float)
    found = DistanceIndex(distance, rows).scores_of(queries)
    assert found.dtype == np.float32
    assert found.shape == (2, 3000)
    assert 0 <= found.min() < found.max() <= 1
    assert found[0, [0, 1, 2999]].tolist() == [1, 1, 1]
    assert found[1, 0] == found[1, 1] == found[1, 2999]
    np.testing.assert_array_equal(DistanceIndex(distance, rows).scores(queries[1]), found[1])


def test_long_rows_that_are_nearly_the_same_are_still_told_apart():
    row = np.full(400, 1000.0)
    rows = np.stack([row, row, row, row * 2]).astype(np.float32)
    rows[1, 0], rows[2, 0] = 1000.5, 1001
    found = scores(Distance.EUCLIDEAN, rows, row)
    assert found[0] > found[1] > found[2] > found[3]


def test_a_gallery_of_equal_products_has_a_unit_all_the_same():
    assert scores(Distance.EUCLIDEAN, [[2, 2], [2, 2]], [2, 3]).tolist() == [0.5, 0.5]
    assert len(scores(Distance.EUCLIDEAN, np.empty((0, 2)), [2, 3])) == 0


def test_queries_that_do_not_fit_are_refused():
    for query in ([1.0], [np.nan, 1]):
        with pytest.raises(SearchError, match="2 finite numbers"):
            scores(Distance.EUCLIDEAN, [[0, 1]], query)
    with pytest.raises(
        SearchError, match="VGG16 is not compared by the hamming distance; expected cosine, euc"
    ):
        check_distance(Distance.HAMMING, "vgg16")


# Searches ------------------------------------------------------------------------------------------------


@pytest.fixture
def shop():
    generator = np.random.default_rng(0)
    n = SAMPLED + 30
    products = pd.DataFrame(
        {
            "id": [f"p{number}" for number in range(n)],
            "articleType": generator.choice(["Shirts", "Jeans"], n),
            "baseColour": "Red",
        }
    )
    counts = generator.integers(0, 6, (n, 512)).astype(np.float32)
    return LocalGallery(products, {"histogram": lambda: counts, "cld": lambda: counts[:, :12]})


def asked(shop, numbers, distance=Distance.EUCLIDEAN, extractor="histogram"):
    vectors = shop.vectors(extractor, [f"p{number}" for number in numbers])
    return QueryVectors.of(extractor, vectors, distance)


@pytest.mark.parametrize("distance", [Distance.EUCLIDEAN, Distance.INTERSECTION])
def test_a_search_ranks_every_product_by_the_distance_under_filters_and_a_threshold(shop, distance):
    query = asked(shop, [3], distance)
    rows = shop.vectors("histogram", shop.products["id"].tolist())
    every = DistanceIndex(distance, rows).scores(rows[3])
    order = sorted(range(len(rows)), key=lambda row: (-every[row], row))
    (found,) = shop.search(query, 10, offset=2)
    assert found.rows.tolist() == order[2:12]
    np.testing.assert_array_equal(found.scores, every[order[2:12]])
    jeans = Filters({"articleType": ("Jeans",)})
    limit = float(every[order[40]])
    (found,) = shop.search(query, 999, filters=jeans, threshold=limit)
    expected = [row for row in order if every[row] >= limit and shop.products["articleType"][row] == "Jeans"]
    assert found.rows.tolist() == expected
    assert shop.count(query=query, filters=jeans, threshold=limit) == len(expected)
    assert shop.score_counts(query, np.linspace(0, 1, 3)).tolist() == [
        (every < 0.5).sum(),
        (every >= 0.5).sum(),
    ]


def test_many_queries_are_answered_as_one_by_one(shop):
    numbers = list(range(QUERIES_AT_ONCE + 5))
    own = [f"p{number}" for number in numbers]
    together = shop.search(asked(shop, numbers), 5, exclude=own)
    for number, found in zip(numbers, together, strict=True):
        (alone,) = shop.search(asked(shop, [number]), 5, exclude=[own[number]])
        assert found.ids == alone.ids
        assert own[number] not in found.ids


def test_lengths_count_for_a_distance_and_not_for_the_cosine():
    products = pd.DataFrame({"id": ["short", "long"], "articleType": "", "baseColour": ""})
    gallery = LocalGallery(products, {"cnn": lambda: np.array([[1, 0.2], [10, 0]], np.float32)})
    by_cosine, by_distance = (
        gallery.search(QueryVectors.of("cnn", np.array([1.0, 0]), distance), 1)[0].ids
        for distance in (Distance.COSINE, Distance.EUCLIDEAN)
    )
    assert (by_cosine, by_distance) == (("long",), ("short",))


def test_products_keep_the_length_of_their_vectors_when_others_come_and_go(shop):
    before = shop.vectors("histogram", ["p7"])
    counts = {name: np.full((1, width), 3.0) for name, width in (("histogram", 512), ("cld", 12))}
    shop.upsert(shop.products[:1].assign(id="new"), counts)
    shop.delete(["p0"])
    np.testing.assert_allclose(shop.vectors("histogram", ["p7", "new"]), [*before, [3.0] * 512], rtol=1e-6)
    assert shop.search(QueryVectors.of("histogram", np.full(512, 3.0), Distance.EUCLIDEAN), 1)[0].ids == (
        "new",
    )


def test_the_score_that_means_something_is_of_the_distance(shop):
    ids, types = shop.products["id"].tolist(), ["Shirts"] * len(shop)
    found = score_for_share(shop, "histogram", ids, types, distance=Distance.INTERSECTION)
    every = shop.search(asked(shop, range(len(shop)), Distance.INTERSECTION), 50, exclude=ids)
    assert found == pytest.approx(min(neighbours.scores.min() for neighbours in every))


def test_distances_that_make_no_sense_are_refused():
    with pytest.raises(SearchError, match="vgg16 and colour have no common unit"):
        QueryVectors(
            {"vgg16": np.ones((1, 2)), "colour": np.ones((1, 3))},
            {"vgg16": 1, "colour": 1},
            Distance.EUCLIDEAN,
        )
    with pytest.raises(SearchError, match="not compared by the weighted distance"):
        QueryVectors.of("gabor", np.ones(48), Distance.WEIGHTED)
    fused = {"vgg16": np.ones((1, 2)), "colour": np.ones((1, 3))}
    assert QueryVectors(fused, {"vgg16": 1, "colour": 0}, Distance.EUCLIDEAN).extractors == ("vgg16",)


# Methods -------------------------------------------------------------------------------------------------


def test_every_extractor_has_a_name_and_a_sentence():
    assert set(METHODS) == set(EXTRACTORS)
    for method in METHODS.values():
        assert method.description.endswith(".")
        assert method.description.count(".") == 1
    assert len({method.title for method in METHODS.values()}) == len(METHODS)


def test_an_extractor_that_is_not_known_goes_by_its_name_and_the_two_distances_of_all():
    assert method_title("toy") == "toy"
    assert distances_of("toy") == ordering_distances("toy") == (Distance.COSINE, Distance.EUCLIDEAN)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.same_order])
def test_what_is_said_to_keep_its_order_has_rows_of_one_length(name):
    generator = np.random.default_rng(0)
    bits = np.where(generator.random((200, 64)) < 0.5, -1, 1).astype(np.float32)
    rows = bits if Distance.HAMMING in METHODS[name].own_distances else bits / np.float32(8)
    gallery = LocalGallery(pd.DataFrame({"id": [str(n) for n in range(200)]}), {name: lambda: rows})
    orders = {
        gallery.search(QueryVectors.of(name, rows[0], distance), 200)[0].ids
        for distance in distances_of(name)
    }
    assert len(orders) == 1
