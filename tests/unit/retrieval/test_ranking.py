"""Pages of hits, a class first, groups; angles to the query are 30, 20, 90, 10 and 60 degrees."""

import numpy as np
import pytest

from core.errors import SearchError
from core.gallery.protocol import Filters
from core.retrieval.ranking import Hit, group_by_class, rank_hits


def ids(hits):
    return [hit.product_id for hit in hits]


def test_hits_are_ranked_by_score(gallery, query):
    hits = rank_hits(gallery, query, top=12)
    assert ids(hits) == ["4", "2", "1", "5", "3"]
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert [hit.score for hit in hits] == pytest.approx(np.cos(np.deg2rad([10, 20, 30, 60, 90])), abs=1e-6)
    assert hits[0] == Hit("4", 1, hits[0].score)


def test_a_hits_own_score_as_threshold_keeps_it(gallery, query):
    third = rank_hits(gallery, query, top=3)[2]
    assert ids(rank_hits(gallery, query, top=12, threshold=third.score)) == ["4", "2", "1"]


@pytest.mark.parametrize("filters", [None, Filters({"gender": ("Men", "Women")})])
def test_pages_follow_each_other(gallery, query, filters):
    pages = [rank_hits(gallery, query, top=2, offset=offset, filters=filters) for offset in (0, 2, 4, 6)]
    assert [ids(page) for page in pages] == [["4", "2"], ["1", "5"], ["3"], []]
    assert [[hit.rank for hit in page] for page in pages] == [[1, 2], [3, 4], [5], []]
    assert rank_hits(gallery, query, top=2, offset=2, threshold=0.9, filters=filters) == []


@pytest.mark.parametrize("first", ["Jeans", "Shirts", "Skirts"])
@pytest.mark.parametrize("threshold", [None, 0.6])
def test_a_class_can_come_first_and_pages_go_on_behind_it(gallery, query, products, first, threshold):
    by_score = rank_hits(gallery, query, top=12, threshold=threshold)
    type_of = dict(zip(products["id"], products["articleType"], strict=True))
    wanted = sorted(by_score, key=lambda hit: type_of[hit.product_id] != first)
    found = rank_hits(gallery, query, top=12, first=first, threshold=threshold)
    assert ids(found) == ids(wanted)
    assert [hit.rank for hit in found] == list(range(1, len(found) + 1))
    assert {hit.product_id: hit.score for hit in found} == {hit.product_id: hit.score for hit in by_score}
    pages = [
        rank_hits(gallery, query, top=2, offset=offset, first=first, threshold=threshold)
        for offset in (0, 2, 4)
    ]
    assert [hit for page in pages for hit in page] == found


def test_the_first_class_obeys_the_filters(gallery, query):
    blue = Filters({"baseColour": ("Blue",)})
    assert ids(rank_hits(gallery, query, top=12, first="Jeans", filters=blue)) == ["3", "1", "5"]
    shirts = Filters({"articleType": ("Shirts",)})
    assert ids(rank_hits(gallery, query, top=12, first="Shirts", filters=shirts)) == ["2", "1", "5"]
    with pytest.raises(SearchError, match="Jeans cannot come first where only Shirts are looked for"):
        rank_hits(gallery, query, top=12, first="Jeans", filters=shirts)


def test_a_first_class_that_no_product_has_changes_nothing(gallery, query):
    assert rank_hits(gallery, query, top=12, first="Hats") == rank_hits(gallery, query, top=12)


@pytest.fixture
def spelled(products, make_gallery):
    """Give the shared gallery with other spellings of some of its products' types, by their ids."""
    angles = np.deg2rad([30, 20, 90, 10, 60])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)

    def make(**spellings: str):
        types = [spellings.get(f"p{row.id}", row.articleType) for row in products.itertuples()]
        return make_gallery(products.assign(articleType=types), {"toy": vectors})

    return make


def test_a_first_class_comes_first_however_its_products_are_spelled(spelled, query):
    shop = spelled(p1="shirt", p2="SHIRTS", p5="Shirts")
    assert ids(rank_hits(shop, query, top=12, first="Shirts")) == ["2", "1", "5", "4", "3"]
    pages = [rank_hits(shop, query, top=2, offset=offset, first="Shirts") for offset in (0, 2, 4)]
    assert [ids(page) for page in pages] == [["2", "1"], ["5", "4"], ["3"]]
    narrowed = Filters({"articleType": ("shirt", "Jeans")})
    assert ids(rank_hits(shop, query, top=12, first="Shirts", filters=narrowed)) == ["1", "3"]
    alone = Filters({"articleType": ("shirt", "SHIRTS")})
    assert ids(rank_hits(shop, query, top=12, first="Shirts", filters=alone)) == ["2", "1"]


def test_spellings_of_one_class_are_one_group_called_as_its_best_hit(spelled, query):
    shop = spelled(p1="shirt", p2="SHIRTS", p4="Camisetas")
    hits = rank_hits(shop, query, top=12)
    groups = group_by_class(hits, shop.products, ["Shirts"])
    assert [(group.label, ids(group.hits)) for group in groups] == [
        ("SHIRTS", ["2", "1", "5"]),
        ("Camisetas", ["4"]),
        ("Jeans", ["3"]),
    ]


def test_grouping_keeps_ranks_and_puts_the_named_classes_first(gallery, query, products):
    hits = rank_hits(gallery, query, top=12)
    groups = group_by_class(hits, products, ["Kurtas", "Jeans", "Shirts"])
    assert [(group.label, ids(group.hits)) for group in groups] == [
        ("Jeans", ["3"]),
        ("Shirts", ["2", "1", "5"]),
        ("Skirts", ["4"]),
    ]
    assert groups[1].hits[2].rank == 4
    assert [group.label for group in group_by_class(hits, products)] == ["Skirts", "Shirts", "Jeans"]
    with pytest.raises(SearchError, match="99 is no product"):
        group_by_class([Hit("99", 1, 0.5)], products)


def test_an_empty_gallery_has_no_hits(products, query, make_gallery):
    empty = make_gallery(products[:0], {"toy": np.empty((0, 2))})
    assert rank_hits(empty, query, top=12) == []
    assert rank_hits(empty, query, top=12, first="Shirts", filters=Filters(price=(1, 2))) == []
