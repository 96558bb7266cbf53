import numpy as np
import pandas as pd
import pytest

from core.errors import SearchError
from core.retrieval.facets import count_matching, facet_counts
from core.retrieval.fusion import combined_scores
from core.retrieval.index import Index
from core.retrieval.ranking import Hit, SearchOptions, group_by_class, rank, search
from core.retrieval.relevance_feedback import refine

QUERY = np.array([1.0, 0.0])


def at(*degrees):
    """Unit vectors at these angles to the query."""
    return np.stack([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))], axis=1)


@pytest.fixture
def products():
    columns = ["id", "articleType", "baseColour", "gender", "season", "usage", "price"]
    rows = [
        ("1", "Shirts", "Blue", "Men", "Summer", "Casual", 10.0),
        ("2", "Shirts", "Red", "Women", "Summer", "Formal", 20.0),
        ("3", "Jeans", "Blue", "Men", "Fall", "Casual", np.nan),
        ("4", "Skirts", "Red", "Women", "", "Casual", 40.0),
        ("5", "Shirts", "Blue", "Men", "Fall", "Casual", 50.0),
    ]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def index():
    """Nearest to the query first: 4, 2, 1, 5, 3."""
    return Index(["1", "2", "3", "4", "5"], at(30, 20, 90, 10, 60))


def ids(hits):
    return [hit.product_id for hit in hits]


def test_hits_are_ranked_by_score(index, products):
    hits = search(index, products, QUERY)
    assert ids(hits) == ["4", "2", "1", "5", "3"]
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert [hit.score for hit in hits] == pytest.approx(np.cos(np.deg2rad([10, 20, 30, 60, 90])), abs=1e-6)
    assert hits[0] == Hit("4", 1, hits[0].score)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"filters": {"articleType": ("Shirts",)}}, ["2", "1", "5"]),
        ({"filters": {"articleType": ("Shirts", "Jeans"), "baseColour": ("Blue",)}}, ["1", "5", "3"]),
        ({"filters": {"gender": ["Women"], "usage": ["Formal"]}}, ["2"]),
        ({"filters": {"season": ("",)}}, ["4"]),
        ({"filters": {"season": ()}}, ["4", "2", "1", "5", "3"]),
        ({"filters": {"articleType": ("Jeans",), "gender": ("Women",)}}, []),
        ({"price": (20, 40)}, ["4", "2"]),
        ({"price": (None, 20)}, ["2", "1"]),
        ({"price": (41, None)}, ["5"]),
        ({"price": (None, None)}, ["4", "2", "1", "5"]),
        ({"threshold": 0.8}, ["4", "2", "1"]),
        ({"threshold": 1.0}, []),
        ({"threshold": 0.8, "filters": {"baseColour": ("Blue",)}}, ["1"]),
        ({"exclude": "4"}, ["2", "1", "5", "3"]),
        ({"exclude": "of another catalogue"}, ["4", "2", "1", "5", "3"]),
        ({"top": 2}, ["4", "2"]),
    ],
)
def test_options_narrow_the_hits(index, products, options, expected):
    options = SearchOptions(**options)
    hits = search(index, products, QUERY, options)
    assert ids(hits) == expected
    assert [hit.rank for hit in hits] == list(range(1, len(expected) + 1))
    assert rank(index, products, index.scores(QUERY), options) == hits
    if options.top > 5:
        assert count_matching(products, index.scores(QUERY), options) == len(expected)


def test_a_hits_own_score_as_threshold_keeps_it(index, products):
    third = search(index, products, QUERY)[2]
    assert ids(search(index, products, QUERY, SearchOptions(threshold=third.score))) == ["4", "2", "1"]


def test_pages_follow_each_other(index, products):
    pages = [search(index, products, QUERY, SearchOptions(top=2, offset=offset)) for offset in (0, 2, 4, 6)]
    assert [ids(page) for page in pages] == [["4", "2"], ["1", "5"], ["3"], []]
    assert [[hit.rank for hit in page] for page in pages] == [[1, 2], [3, 4], [5], []]


def test_a_page_beyond_the_threshold_is_empty(index, products):
    assert search(index, products, QUERY, SearchOptions(top=2, offset=2, threshold=0.9)) == []


def test_a_class_can_come_first_and_pages_go_on_behind_it(index, products):
    by_score = search(index, products, QUERY)
    type_of = dict(zip(products["id"], products["articleType"], strict=True))
    first = type_of[by_score[-1].product_id]
    wanted = sorted(by_score, key=lambda hit: type_of[hit.product_id] != first)
    assert ids(wanted) != ids(by_score)
    found = search(index, products, QUERY, SearchOptions(first=first))
    assert ids(found) == ids(wanted)
    assert [hit.rank for hit in found] == [1, 2, 3, 4, 5]
    assert {hit.product_id: hit.score for hit in found} == {hit.product_id: hit.score for hit in by_score}
    pages = [SearchOptions(first=first, top=2, offset=offset) for offset in (0, 2, 4)]
    assert [hit for page in pages for hit in search(index, products, QUERY, page)] == found
    assert search(index, products, QUERY, SearchOptions(first="Hats")) == by_score


def test_facets_count_what_each_value_would_find(products):
    options = SearchOptions(filters={"articleType": ("Shirts",), "baseColour": ("Blue",)})
    counts = facet_counts(products, options)
    assert counts["articleType"] == {"Shirts": 2, "Jeans": 1}
    assert counts["baseColour"] == {"Blue": 2, "Red": 1}
    assert counts["gender"] == {"Men": 2}
    assert counts["season"] == {"Fall": 1, "Summer": 1}
    assert list(counts) == ["articleType", "baseColour", "gender", "season", "usage"]


def test_facets_obey_threshold_price_and_exclusion(index, products):
    scores = index.scores(QUERY)
    options = SearchOptions(threshold=0.8, price=(0, 30), exclude="2", filters={"baseColour": ("Red",)})
    assert facet_counts(products, options, ["baseColour"], scores) == {"baseColour": {"Blue": 1, "Red": 0}}
    assert facet_counts(products, SearchOptions(), ["season"]) == {"season": {"Fall": 2, "Summer": 2, "": 1}}


def test_grouping_keeps_ranks_and_puts_the_named_classes_first(index, products):
    hits = search(index, products, QUERY)
    groups = group_by_class(hits, products, ["Kurtas", "Jeans", "Shirts"])
    assert {label: ids(members) for label, members in groups.items()} == {
        "Jeans": ["3"],
        "Shirts": ["2", "1", "5"],
        "Skirts": ["4"],
    }
    assert list(groups) == ["Jeans", "Shirts", "Skirts"]
    assert groups["Shirts"][2].rank == 4
    assert list(group_by_class(hits, products)) == ["Skirts", "Shirts", "Jeans"]
    with pytest.raises(SearchError, match="99 is no product"):
        group_by_class([Hit("99", 1, 0.5)], products)


def test_combined_scores_are_the_cosine_of_the_vectors_laid_end_to_end():
    generator = np.random.default_rng(0)
    shape, colour = (generator.standard_normal((6, size)) for size in (4, 3))
    query_shape, query_colour = generator.standard_normal(4), generator.standard_normal(3)
    names = [str(row) for row in range(6)]
    scores = {
        "shape": Index(names, shape).scores(query_shape),
        "colour": Index(names, colour).scores(query_colour),
    }

    def end_to_end(shape, colour):
        unit = [part / np.linalg.norm(part, axis=-1, keepdims=True) for part in (shape, colour)]
        return np.concatenate([np.sqrt(3) * unit[0], unit[1]], axis=-1)

    expected = Index(names, end_to_end(shape, colour)).scores(end_to_end(query_shape, query_colour))
    np.testing.assert_allclose(combined_scores(scores, {"shape": 3, "colour": 1}), expected, atol=1e-6)
    np.testing.assert_array_equal(combined_scores(scores, {"shape": 0.2}), scores["shape"])


def test_balanced_weights_let_a_narrow_extractor_be_heard():
    scores = {"wide": np.array([0.2, 0.8, 0.5]), "narrow": np.array([0.92, 0.90, 0.91])}
    even = {"wide": 1, "narrow": 1}
    np.testing.assert_allclose(combined_scores(scores, even), [0.56, 0.85, 0.705], rtol=1e-6)
    # Spreads are as 30 to 1, so the shares are 1/31 and 30/31.
    balanced = combined_scores(scores, even, balanced=True)
    np.testing.assert_allclose(balanced, (scores["wide"] + 30 * scores["narrow"]) / 31, rtol=1e-6)
    flat = {"wide": scores["wide"], "narrow": np.full(3, 0.5)}
    np.testing.assert_allclose(combined_scores(flat, even, balanced=True), scores["wide"], rtol=1e-6)
    assert combined_scores({"a": np.ones(2)}, {"a": 1}, balanced=True).tolist() == [1, 1]


def test_combining_refuses_what_makes_no_sense():
    scores = {"a": np.ones(2), "b": np.ones(3)}
    with pytest.raises(SearchError, match="no scores of c; there are of a, b"):
        combined_scores(scores, {"c": 1})
    for weights in ({"a": 0}, {}, {"a": -1}, {"a": float("nan")}):
        with pytest.raises(SearchError, match="weights must be 0 or more"):
            combined_scores(scores, weights)
    with pytest.raises(SearchError, match="different catalogues"):
        combined_scores(scores, {"a": 1, "b": 1})


def test_refining_is_rocchios_formula():
    # (1, 0) + 0.75 * mean((0, 1), (1, 0)) - 0.15 * (0, 1) = (1.375, 0.225)
    refined = refine(QUERY * 9, np.array([[0, 5], [2, 0]]), [np.array([0, 1])])
    np.testing.assert_allclose(refined, np.array([1.375, 0.225]) / np.hypot(1.375, 0.225), rtol=1e-6)
    assert refined.dtype == np.float32
    np.testing.assert_array_equal(refine(QUERY), [1, 0])


def test_refining_moves_hits_up_and_down(index, products):
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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"filters": {"label": ("Shirts",)}},
            "cannot be filtered by 'label'; they can by articleType, baseColour",
        ),
        ({"filters": {"price": ("10",)}}, "cannot be filtered by 'price'"),
        ({"filters": {"brandName": ("Acme",)}}, "cannot be filtered by 'brandName'"),
        ({"filters": {"articleType": ("Hats",)}}, "No product has articleType 'Hats'; there are Shirts, "),
        ({"filters": {"articleType": "Shirts"}}, "give a tuple"),
        ({"price": (30, 20)}, "lower price first"),
    ],
)
def test_refuses_filters_that_the_products_lack(index, products, options, message):
    with pytest.raises(SearchError, match=message) as caught:
        search(index, products, QUERY, SearchOptions(**options))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [{"top": 0}, {"offset": -1}, {"threshold": 1.5}, {"threshold": float("nan")}],
)
def test_refuses_options_that_make_no_sense(options):
    with pytest.raises(SearchError, match=r"at least 1|between -1 and 1"):
        SearchOptions(**options)


def test_says_that_there_are_no_prices(index, products):
    with pytest.raises(SearchError, match="has a price"):
        search(index, products.assign(price=np.nan), QUERY, SearchOptions(price=(1, 2)))


def test_refuses_a_table_of_other_rows(index, products):
    with pytest.raises(SearchError, match="5 products but the table 4"):
        search(index, products[:4], QUERY)
    with pytest.raises(SearchError, match="Row 3 is product 4 in the index but 2 in the table"):
        search(index, products[::-1].reset_index(drop=True), QUERY, SearchOptions(top=1))
    with pytest.raises(SearchError, match="do not give 5 products"):
        rank(index, products, np.ones(4))
    with pytest.raises(SearchError, match="do not give 5 products"):
        rank(index, products, np.full(5, np.nan))


def test_an_empty_catalogue_has_no_hits(products):
    empty = Index([], np.empty((0, 2)))
    assert search(empty, products[:0], QUERY) == []
    assert search(empty, products[:0], QUERY, SearchOptions(first="Shirts", price=(1, 2))) == []
    assert facet_counts(products[:0], SearchOptions())["gender"] == {}
