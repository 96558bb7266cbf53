"""The same few hundred random requests asked of every engine, and the answers compared.

The engine in this process, Milvus embedded, and the server that comes with Milvus Lite.
"""

import numpy as np
import pandas as pd
import pytest

from core.gallery.index import unit_rows
from core.gallery.protocol import Filters, QueryVectors
from tests.engines import local_gallery, milvus_gallery, milvus_server, needs_milvus

pytestmark = needs_milvus

ODD = ('7" \\ wide', "O'Neill", "50 % off_", "👗 été", "[x] {y}", "tab\tand\nline", "", "not (id in [1])")
TYPES = ("Shirts", "Jeans", "Skirts")
N, REQUESTS = 500, 150


@pytest.fixture(scope="module", params=["embedded", "server"])
def other_engine(request, tmp_path_factory):
    if request.param == "embedded":
        yield request.getfixturevalue("milvus_lite")
        return
    with milvus_server(tmp_path_factory.mktemp("server")) as (choice, _):
        yield choice


def products_of(generator, numbers) -> pd.DataFrame:
    n = len(numbers)
    return pd.DataFrame(
        {
            "id": [f"{ODD[number % len(ODD)]} {number}" for number in numbers],
            "articleType": generator.choice(TYPES, n),
            "baseColour": generator.choice(ODD, n),
            "gender": generator.choice(["Men", "Women"], n),
            "price": np.where(generator.random(n) < 0.2, np.nan, generator.integers(1, 50, n) + 0.5),
        }
    )


def vectors_of(generator, n) -> dict[str, np.ndarray]:
    """Give vectors with many ties and zeros, and others that differ."""
    return {
        "toy": generator.integers(-2, 3, (n, 4)).astype(np.float32),
        "other": generator.standard_normal((n, 7)).astype(np.float32),
    }


def random_filters(generator, products) -> Filters:
    accepted, rejected = {}, {}
    if generator.random() < 0.4:
        there = sorted(products["baseColour"].unique())
        accepted["baseColour"] = tuple(generator.choice(there, 3, replace=False).tolist())
    if generator.random() < 0.3:
        accepted["articleType"] = ("Jeans", "Skirts")
    if generator.random() < 0.3:
        rejected["gender"] = ("Men",)
    if generator.random() < 0.2:
        rejected["baseColour"] = (str(generator.choice(ODD)), "no such colour")
    price = [None, None, None, (10, 30), (None, 20.5), (5.5, None), (None, None)][generator.integers(7)]
    ids = products["id"]
    without = tuple(generator.choice(ids, generator.integers(0, 4)).tolist())
    only = tuple(generator.choice(ids, 200).tolist()) if generator.random() < 0.2 else None
    return Filters(accepted, rejected, price, without, only)


def random_query(generator, products, n_queries=1) -> QueryVectors:
    vectors = {
        "toy": generator.integers(-2, 3, (n_queries, 4)).astype(float),
        "other": generator.standard_normal((n_queries, 7)),
    }
    if generator.random() < 0.6:
        return QueryVectors.of("toy", vectors["toy"])
    return QueryVectors(vectors, {"toy": 1.0, "other": float(generator.choice([0.0, 0.5, 3.0]))})


def check_alike(one, other, exact):
    """Compare two lists of neighbours; where scores may differ by a rounding, near ties may turn around."""
    assert len(one) == len(other)
    np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)
    if exact:
        assert one.ids == other.ids
        np.testing.assert_array_equal(one.rows, other.rows)
        np.testing.assert_array_equal(one.scores, other.scores)
        return
    for place in np.flatnonzero(np.array(one.ids, object) != np.array(other.ids, object)):
        score = one.scores[place]
        tied = [name for name, value in zip(one.ids, one.scores, strict=True) if abs(value - score) < 2e-6]
        at_the_end = abs(one.scores[-1] - score) < 2e-6
        assert other.ids[place] in tied or at_the_end


def check_request(generator, galleries, *, changed):
    local, milvus = galleries
    products = local.products
    filters = random_filters(generator, products)
    threshold = float(generator.uniform(-0.5, 0.9)) if generator.random() < 0.5 else None
    query = random_query(generator, products)
    # Of fused scores the spread is worked out in another way, and the engine in this process brings rows to
    # unit length once more with every change.
    exact = len(query.extractors) == 1 and not changed
    k, offset = int(generator.integers(1, 60)), int(generator.choice([0, 0, 5, 40]))
    asked = {"filters": filters, "threshold": threshold}
    own = [str(generator.choice(products["id"])) if generator.random() < 0.3 else None]
    found = [one.search(query, k, offset=offset, exclude=own, **asked)[0] for one in galleries]
    check_alike(*found, exact)
    assert local.count(query=query, **asked) == milvus.count(query=query, **asked)
    for column in ("baseColour", "gender"):
        asked_of_column = asked | {"filters": filters.without_column(column)}
        assert local.count_by(column, query=query, **asked_of_column) == milvus.count_by(
            column, query=query, **asked_of_column
        )
    edges = np.linspace(0.0123, 0.9877, 9)
    np.testing.assert_array_equal(local.score_counts(query, edges), milvus.score_counts(query, edges))


def check_many_queries(generator, galleries, *, changed):
    query = QueryVectors.of("other", generator.standard_normal((120, 7)))
    own = [str(one) for one in generator.choice(galleries[0].products["id"], 120)]
    found = [gallery.search(query, 20, exclude=own) for gallery in galleries]
    for one, other in zip(*found, strict=True):
        check_alike(one, other, exact=not changed)


def change_both(generator, galleries, next_number):
    """Replace some products, add others, and take some out."""
    ids = galleries[0].products["id"]
    numbers = [int(str(one).rpartition(" ")[2]) for one in generator.choice(ids, 15, replace=False)]
    numbers += list(range(next_number, next_number + 10))
    products, vectors = products_of(generator, numbers), vectors_of(generator, len(numbers))
    gone = generator.choice(ids, 12, replace=False).tolist()
    for gallery in galleries:
        gallery.upsert(products, vectors)
        gallery.delete(gone)


def test_milvus_answers_as_the_engine_in_this_process_does(other_engine):
    generator = np.random.default_rng(7)
    products, vectors = products_of(generator, range(N)), vectors_of(generator, N)
    galleries = local_gallery(products, vectors), milvus_gallery(other_engine, products, vectors)
    check_many_queries(generator, galleries, changed=False)
    for number in range(REQUESTS):
        changed = number >= 50
        if changed and number % 20 == 10:
            change_both(generator, galleries, N + number * 10)
            check_many_queries(generator, galleries, changed=True)
            ids = generator.choice(galleries[0].products["id"], 40).tolist()
            one, other = (unit_rows(gallery.vectors("toy", ids)) for gallery in galleries)
            np.testing.assert_allclose(one, other, atol=1e-6)
        check_request(generator, galleries, changed=changed)
    pd.testing.assert_frame_equal(galleries[0].products, galleries[1].products)
