"""What every engine of a gallery answers, each by itself, compared with what is worked out by hand."""

import threading

import numpy as np
import pandas as pd
import pytest

from core.errors import ArtifactError, SearchError
from core.gallery.index import cosine_scores, unit_rows
from core.gallery.protocol import Filters, Gallery, QueryVectors

TYPES, COLOURS = ("Shirts", "Jeans", "Skirts"), ("Red", "Blue", "", "Green")


def random_products(generator: np.random.Generator, n: int = 400, dimension: int = 6):
    """Give products with many equal vectors, so that ties are everywhere, and a few that are zero."""
    vectors = generator.integers(-2, 3, (n, dimension)).astype(np.float32)
    products = pd.DataFrame(
        {
            "id": [f"p{number}" for number in range(n)],
            "articleType": generator.choice(TYPES, n),
            "baseColour": generator.choice(COLOURS, n),
            "price": np.where(generator.random(n) < 0.2, np.nan, generator.integers(1, 50, n)),
        }
    )
    return products, {"toy": vectors, "other": generator.standard_normal((n, 3)).astype(np.float32)}


def by_hand(gallery, vector, k, filters, threshold, offset):
    """Score everything, keep what passes, sort by score and row."""
    vectors = unit_rows(gallery.vectors("toy", gallery.products["id"].tolist()))
    scores = cosine_scores(vectors, unit_rows(vector[None], dtype=np.float64))[0]
    passing = []
    for row, product in enumerate(gallery.products.itertuples()):
        facets = {"articleType": product.articleType, "baseColour": product.baseColour}
        lowest, highest = filters.price_bounds
        if (
            all(facets[column] in values for column, values in filters.accepted.items() if values)
            and not any(facets[column] in values for column, values in filters.rejected.items())
            and (filters.price is None or lowest <= product.price <= highest)
            and product.id not in filters.without_ids
            and (threshold is None or scores[row] >= np.float32(threshold))
        ):
            passing.append(row)
    order = sorted(passing, key=lambda row: (-scores[row], row))[offset : offset + k]
    return [gallery.products["id"][row] for row in order], scores[order], len(passing)


@pytest.mark.parametrize("seed", range(4))
def test_random_searches_are_as_by_hand(seed, make_gallery):
    generator = np.random.default_rng(seed)
    gallery = make_gallery(*random_products(generator))
    for _ in range(10):
        check_random_search(gallery, generator)


def check_random_search(gallery, generator):
    vector = generator.integers(-2, 3, 6).astype(float)
    accepted, rejected = {}, {}
    if generator.random() < 0.4:
        accepted["articleType"] = tuple(generator.choice(TYPES, 2))
    if generator.random() < 0.4:
        rejected["baseColour"] = (str(generator.choice(COLOURS)),)
    filters = Filters(
        accepted,
        rejected,
        price=(10, 30) if generator.random() < 0.3 else None,
        without_ids=("p3", "p4")[: generator.integers(0, 3)],
    )
    threshold = float(generator.uniform(-1, 1)) if generator.random() < 0.4 else None
    k, offset = int(generator.integers(1, 60)), int(generator.integers(0, 30))
    ids, scores, total = by_hand(gallery, vector, k, filters, threshold, offset)
    query = QueryVectors.of("toy", vector)
    (found,) = gallery.search(query, k, filters=filters, threshold=threshold, offset=offset)
    assert list(found.ids) == ids
    np.testing.assert_array_equal(found.scores, scores)
    assert gallery.count(query=query, filters=filters, threshold=threshold) == total
    counts = gallery.count_by("articleType", query=query, filters=filters, threshold=threshold)
    assert sum(counts.values()) == total


def test_counts_by_value_obey_filters_and_threshold(gallery, query):
    assert gallery.count_by("baseColour") == {"Blue": 3, "Red": 2}
    assert gallery.count_by("baseColour", query=query, threshold=0.8) == {"Blue": 1, "Red": 2}
    assert gallery.count_by("season", filters=Filters({"gender": ("Women",)})) == {"": 1, "Summer": 1}
    assert gallery.count(filters=Filters(only_ids=("1", "4", "x"))) == 2
    assert gallery.count(query=query, filters=Filters(without_ids=("4",)), threshold=0.8) == 2


def test_scores_are_counted_between_edges_and_those_beyond_with_the_nearest(gallery, query):
    # Scores: 0.87, 0.94, 0, 0.98, 0.5
    assert gallery.score_counts(query, np.array([0.6, 0.9, 0.95])).tolist() == [3, 2]


def test_fused_extractors_score_by_weight(products, make_gallery):
    first, second = np.eye(5, 3) + 0.1, np.ones((5, 2)) * [[1, 0]] + np.arange(5)[:, None] * [[0, 1.0]]
    gallery = make_gallery(products, {"a": first, "b": second})
    vectors = {"a": np.array([[1.0, 0, 0]]), "b": np.array([[1.0, 4]])}
    alone = gallery.search(QueryVectors(vectors, {"a": 1.0, "b": 0.0}), 5)[0]
    assert alone.ids == gallery.search(QueryVectors.of("a", vectors["a"]), 5)[0].ids
    fused = gallery.search(QueryVectors(vectors, {"a": 1.0, "b": 50.0}), 5)[0]
    assert fused.ids == gallery.search(QueryVectors.of("b", vectors["b"]), 5)[0].ids != alone.ids


def test_embeddings_come_in_the_order_asked_for(gallery):
    np.testing.assert_allclose(
        gallery.vectors("toy", ["4", "1"]), np.cos(np.deg2rad([[10, 80], [30, 60]])), 1e-6
    )
    with pytest.raises(SearchError, match="no product x"):
        gallery.vectors("toy", ["x"])
    with pytest.raises(ArtifactError, match="no embeddings of 'vae'"):
        gallery.vectors("vae", ["1"])


def test_a_product_is_added_and_another_replaced(gallery, query, products):
    new = pd.concat(
        [products[:1].assign(id="9", articleType="Kurtas"), products[2:3].assign(baseColour="Red")]
    )
    gallery.upsert(new, {"toy": np.array([[1.0, 0], [2, 0]])})
    assert gallery.search(query, 3)[0].ids == ("3", "9", "4"), "equal scores in the catalogue's order"
    assert len(gallery) == 6
    assert gallery.count_by("baseColour") == {"Blue": 3, "Red": 3}
    assert gallery.search(query, 9, filters=Filters({"articleType": ("Kurtas",)}))[0].ids == ("9",)


def test_deleted_products_are_found_no_more(gallery, query):
    gallery.delete(["4", "1"])
    assert gallery.search(query, 9)[0].ids == ("2", "5", "3")
    assert gallery.search(query, 9)[0].rows.tolist() == [0, 2, 1]
    with pytest.raises(SearchError, match="no product 4 to take out among 3"):
        gallery.delete(["3", "4"])
    with pytest.raises(SearchError, match="The text '23' was given"):
        gallery.delete("23")
    assert len(gallery) == 3, "nothing is taken out by halves"


def test_what_does_not_fit_is_refused_and_changes_nothing(gallery, query, products):
    with pytest.raises(SearchError, match="without vectors of toy"):
        gallery.upsert(products[:1], {})
    with pytest.raises(SearchError, match=r"vectors of shape \(1, 3\); expected \(1, 2\)"):
        gallery.upsert(products[:1], {"toy": np.ones((1, 3))})
    with pytest.raises(SearchError, match="do not fit this gallery"):
        gallery.upsert(products[["id"]][:1], {"toy": np.ones((1, 2))})
    with pytest.raises(SearchError, match="at least 1"):
        gallery.search(query, 0)
    with pytest.raises(SearchError, match="2 excluded ids do not match 1 queries"):
        gallery.search(query, 1, exclude=["1", "2"])
    assert gallery.search(query, 9)[0].ids == ("4", "2", "1", "5", "3")


def test_a_search_sees_one_state_while_products_change(products, query, make_gallery, engine):
    gallery = make_gallery(products, {"toy": np.tile([[1.0, 0.0]], (5, 1))})
    wrong, done = [], threading.Event()

    def search():
        while not done.is_set():
            for filters in (None, Filters({"gender": ("Men", "Women")})):
                (found,) = gallery.search(query, 50, filters=filters)
                if len(found) not in (5, 25) or len(set(found.ids)) != len(found):
                    wrong.append(found.ids)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    more = pd.concat([products.assign(id=products["id"] + f"-{n}") for n in range(4)], ignore_index=True)
    for _ in range(15 if engine == "local" else 3):
        gallery.upsert(more, {"toy": np.tile([[1.0, 0.0]], (20, 1))})
        gallery.delete(more["id"].tolist())
    done.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_it_is_a_gallery(gallery):
    assert isinstance(gallery, Gallery)
    assert (gallery.extractors, len(gallery), gallery.counted_among) == (("toy",), 5, None)
    assert gallery.dimension("toy") == 2
