import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from core.errors import TrainingError
from core.evaluation import rankings
from core.evaluation.patterns import named_patterns
from core.evaluation.photographs.photo_retrieval import evaluate_photo_retrieval
from core.evaluation.retrieval import (
    RETRIEVAL_FIGURES,
    LabelledProducts,
    RetrievalOptions,
    evaluate_baselines,
    evaluate_retrieval,
)
from core.gallery.local import LocalGallery
from core.gallery.protocol import Filters, QueryVectors
from core.retrieval.ranking import rank_hits
from tests.unit.evaluation.retrieval_oracle import (
    average_precision,
    precision_at_k,
    ranked,
    recall_at_k,
)

LABELS = ("Shirts", "Jeans")


def at(*degrees):
    return np.stack([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))], axis=1)


@pytest.fixture
def small():
    """Six products at rising angles; queries are the first, and a watch from elsewhere."""
    return {
        "gallery": LabelledProducts(
            ["1", "2", "3", "4", "5", "6"],
            ["Shirts", "Jeans", "Shirts", "Watches", "Shirts", "Watches"],
            ["Blue", "Blue", "Red", "Blue", "", "Red"],
            ["Men", "Men", "Men", "Women", "Men", ""],
        ),
        "gallery_vectors": at(0, 10, 20, 30, 40, 50),
        "queries": LabelledProducts(["1", "new"], ["Shirts", "Watches"], ["Blue", "Red"], ["Men", ""]),
        "query_vectors": at(0, 50),
        "labels": LABELS,
    }


def with_queries(small, **columns):
    return small | {"queries": dataclasses.replace(small["queries"], **columns)}


def test_figures_by_hand(small):
    report = evaluate_retrieval(**small)
    # Query 1 does not find itself: Jeans, Shirts, Watches, Shirts, Watches.
    shirt = {"p_at_10": 2 / 10, "p_at_15": 2 / 15, "recall_at_10": 1, "map": (1 / 2 + 2 / 4) / 2}
    shirt |= {"coarse_at_1": 0, "fine_at_1": 0, "fine_at_10": 0}  # no other blue shirt
    # Query "new" finds all six: Watches, Shirts, Watches, Shirts, Jeans, Shirts.
    watch = {"p_at_10": 2 / 10, "p_at_15": 2 / 15, "recall_at_10": 1, "map": (1 / 1 + 2 / 3) / 2}
    watch |= {"coarse_at_1": 1, "fine_at_1": 0, "fine_at_10": 0}  # the red watch is for nobody known
    assert report["n_queries"] == 2
    assert report["n_gallery"] == 6
    assert report["five"] == pytest.approx(shirt)
    assert report["all"] == pytest.approx({key: (shirt[key] + watch[key]) / 2 for key in shirt})
    assert report["colour_p_at_10"] == pytest.approx(2 / 10)
    assert report["by_class"]["Shirts"] == pytest.approx({"n": 1, **shirt, "colour_p_at_10": 2 / 10})
    assert report["by_class"]["Watches"]["colour_p_at_10"] == pytest.approx(2 / 10)
    assert report["macro"]["five"] == pytest.approx(shirt)
    assert report["n_without_relevant"] == 0
    json.dumps(report, allow_nan=False)


def test_keys_are_those_agreed(small):
    report = evaluate_retrieval(**small)
    figures = {"p_at_10", "p_at_15", "recall_at_10", "map", "coarse_at_1", "fine_at_1", "fine_at_10"}
    assert {"n_queries", "n_gallery", "all", "five", "colour_p_at_10"} <= set(report)
    assert set(report["all"]) == set(report["five"]) == figures
    assert set(report["intervals"]) == {"all", "five", "colour_p_at_10"}
    assert set(report["intervals"]["all"]) == figures
    assert "without_near_duplicates" not in report


@pytest.mark.parametrize("n", [1, 8, 150])
@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_the_definitions(monkeypatch, seed, n):
    """Ties, unknown types and colours, queries of the gallery and from elsewhere, nothing relevant."""
    monkeypatch.setattr(rankings, "QUERIES_AT_ONCE", 7)
    generator = np.random.default_rng(seed)
    ids = [str(row) for row in range(n)]
    types = [str(name) for name in generator.choice(["Shirts", "Jeans", "Watches", ""], n)]
    colours = [str(name) for name in generator.choice(["Red", "Blue", ""], n)]
    # Small whole numbers, so that many scores are equal, and some rows have no direction.
    genders = [str(name) for name in generator.choice(["Men", "Women", ""], n)]
    vectors = generator.integers(-1, 2, (n, 3)).astype(np.float32)
    rows = list(range(0, n, 4))
    queries = LabelledProducts(
        [*(ids[row] for row in rows), "elsewhere", "alone"],
        [*(types[row] for row in rows), "Jeans", "Kurtas"],
        [*(colours[row] for row in rows), "Red", "Green"],
        [*(genders[row] for row in rows), "Men", "Women"],
    )
    query_vectors = np.concatenate([vectors[rows], [[1, 0, 1], [0, 1, 1]]])
    near = [
        {str(one) for one in generator.choice([*ids, "nowhere"], min(n, 5), replace=False)}
        for _ in query_vectors
    ]
    report = evaluate_retrieval(
        LabelledProducts(ids, types, colours, genders),
        vectors,
        queries=queries,
        query_vectors=query_vectors,
        labels=LABELS,
        near_duplicates=near,
        options=RetrievalOptions(n_resamples=2),
    )

    def figures_of(hits: list[int], query: int) -> list[float]:
        names = [ids[row] for row in hits]
        kind, colour = queries.article_types[query], queries.colours[query]
        relevant = {ids[row] for row in hits if kind and types[row] == kind}
        alike = {ids[row] for row in hits if colour and colours[row] == colour}
        gender = queries.genders[query]
        fine = {ids[row] for row in hits if gender and genders[row] == gender} & relevant & alike
        return [
            precision_at_k(names, relevant, 10),
            precision_at_k(names, relevant, 15),
            recall_at_k(names, relevant, 10),
            average_precision(names, relevant),
            recall_at_k(names, relevant, 1),
            recall_at_k(names, fine, 1),
            recall_at_k(names, fine, 10),
            precision_at_k(names, alike, 10),
        ]

    whole, without, left_out, none_relevant = [], [], [], 0
    for query, vector in enumerate(query_vectors):
        hits = [row for row in ranked(vectors, vector) if ids[row] != queries.ids[query]]
        far = [row for row in hits if ids[row] not in near[query]]
        whole.append(figures_of(hits, query))
        without.append(figures_of(far, query))
        left_out.append(len(hits) - len(far))
        kind = queries.article_types[query]
        none_relevant += not any(kind and types[row] == kind for row in hits)
    five = [query for query, kind in enumerate(queries.article_types) if kind in LABELS]
    for measured, expected in ((report, whole), (report["without_near_duplicates"], without)):
        expected = np.array(expected)
        assert list(measured["all"].values()) == pytest.approx(expected[:, :7].mean(axis=0))
        assert list(measured["five"].values()) == pytest.approx(expected[five, :7].mean(axis=0))
        assert measured["colour_p_at_10"] == pytest.approx(expected[five, 7].mean())
        for kind in set(queries.article_types):
            of_kind = expected[[other == kind for other in queries.article_types]]
            assert list(measured["by_class"][kind].values())[1:] == pytest.approx(of_kind.mean(axis=0))
    assert report["without_near_duplicates"]["n_left_out"] == pytest.approx(np.mean(left_out))
    assert report["n_without_relevant"] == none_relevant > 0


def types_of_hits(types, vectors, query_vectors, predicted=None, top=15) -> list[list[str]]:
    """Search as the product does, in those of the predicted class alone where there is one."""
    products = pd.DataFrame({"id": [str(row) for row in range(len(types))], "articleType": types})
    gallery = LocalGallery(products, {"toy": lambda: vectors})
    found = []
    for row, vector in enumerate(query_vectors):
        filters = Filters({"articleType": (predicted[row],)}) if predicted else Filters()
        if predicted and predicted[row] not in types:
            found.append([])
            continue
        hits = rank_hits(gallery, QueryVectors.of("toy", vector), top=top, filters=filters)
        found.append([types[int(hit.product_id)] for hit in hits])
    return found


@pytest.mark.parametrize("seed", range(4))
def test_photo_retrieval_agrees_with_the_definitions(seed):
    generator = np.random.default_rng(seed)
    types = [str(name) for name in generator.choice(["Shirts", "Jeans", "Bags"], 60)]
    vectors = generator.integers(-1, 2, (60, 3)).astype(np.float32)
    query_vectors = generator.integers(-1, 2, (9, 3)).astype(np.float32)
    wanted = [str(name) for name in generator.choice(["Shirts", "Jeans", "Kurtas"], 9)]
    predicted = [str(name) for name in generator.choice(["Shirts", "Jeans", "Skirts"], 9)]
    report = evaluate_photo_retrieval(
        types_of_hits(types, vectors, query_vectors),
        wanted,
        query_groups=wanted,
        grouped_hit_types=types_of_hits(types, vectors, query_vectors, predicted),
    )
    at_10, grouped = [], []
    for vector, kind, guess in zip(query_vectors, wanted, predicted, strict=True):
        hits = ranked(vectors, vector)
        relevant = {row for row in hits if types[row] == kind}
        at_10.append(precision_at_k(hits, relevant, 10))
        grouped.append(precision_at_k([row for row in hits if types[row] == guess], relevant, 10))
    of_kind = [[row for row, other in enumerate(wanted) if other == kind] for kind in sorted(set(wanted))]
    assert report["p_at_10"] == pytest.approx(np.mean(at_10))
    assert report["grouped_p_at_10"] == pytest.approx(np.mean(grouped))
    assert report["macro_p_at_10"] == pytest.approx(np.mean([np.mean(np.array(at_10)[r]) for r in of_kind]))


def test_equal_scores_are_ordered_by_the_gallerys_rows(small):
    small |= {"gallery_vectors": np.ones((6, 2)), "query_vectors": np.ones((2, 2))}
    report = evaluate_retrieval(**small)
    assert report["five"]["map"] == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert report["by_class"]["Watches"]["map"] == pytest.approx((1 / 4 + 2 / 6) / 2)


def test_a_query_that_can_find_nothing_relevant_counts_zero(small):
    report = evaluate_retrieval(**with_queries(small, article_types=["Shirts", "Kurtas"]))
    assert report["n_without_relevant"] == 1
    assert report["all"]["map"] == pytest.approx(1 / 2 / 2)
    assert report["by_class"]["Kurtas"] == {
        "n": 1,
        "p_at_10": 0,
        "p_at_15": 0,
        "recall_at_10": 0,
        "map": 0,
        "coarse_at_1": 0,
        "fine_at_1": 0,
        "fine_at_10": 0,
        "colour_p_at_10": pytest.approx(2 / 10),
    }


def test_without_queries_of_the_five_there_are_no_figures_of_them(small):
    report = evaluate_retrieval(**small | {"labels": ("Kurtas",)})
    assert report["five"] == dict.fromkeys(RETRIEVAL_FIGURES)
    assert report["colour_p_at_10"] is None
    assert report["intervals"]["five"]["map"] is None
    assert report["macro"]["five"]["map"] is None
    assert report["all"]["map"] > 0


def test_unknown_colours_are_not_the_same(small):
    assert evaluate_retrieval(**with_queries(small, colours=["", "Red"]))["colour_p_at_10"] == 0


def test_near_duplicates_can_be_left_out(small):
    report = evaluate_retrieval(**small, near_duplicates=[("2", "3", "1"), ("6", "5", "4", "new")])
    without = report["without_near_duplicates"]
    # Query 1 loses 2 and 3: Watches, Shirts, Watches. Query "new" loses 6, 5 and 4: Shirts, Jeans, Shirts.
    assert without["n_left_out"] == 2.5
    assert without["five"] == pytest.approx(
        dict.fromkeys(RETRIEVAL_FIGURES, 0)
        | {"p_at_10": 1 / 10, "p_at_15": 1 / 15, "recall_at_10": 1, "map": 1 / 2}
    )
    assert without["by_class"]["Watches"]["map"] == 0
    assert report["five"]["map"] == pytest.approx(1 / 2)
    assert set(without) >= {"all", "five", "colour_p_at_10", "intervals", "by_class"}


def test_intervals_hold_the_figures(small):
    report = evaluate_retrieval(**small, options=RetrievalOptions(seed=3))
    low, high = report["intervals"]["all"]["map"]
    assert low == pytest.approx(1 / 2)
    assert high == pytest.approx(5 / 6)
    assert report["intervals"]["five"]["p_at_10"] == pytest.approx([0.2, 0.2])
    assert report == evaluate_retrieval(**small, options=RetrievalOptions(seed=3))


def test_baselines_of_chance_and_of_colour():
    generator = np.random.default_rng(1)
    types = list(generator.choice(["Shirts", "Jeans"], 400, p=[0.75, 0.25]))
    colours = list(generator.choice(["Red", "Blue", "Green", "White"], 400))
    ids = [str(row) for row in range(400)]
    catalogue = LabelledProducts(ids, types, colours)
    report = evaluate_baselines(catalogue, queries=catalogue, labels=LABELS)
    # By chance the precision is the sum of the classes' squared shares, and the colour agrees in a quarter.
    assert report["random"]["all"]["p_at_10"] == pytest.approx(0.75**2 + 0.25**2, abs=0.05)
    assert report["random"]["colour_p_at_10"] == pytest.approx(0.25, abs=0.05)
    assert report["colour"]["all"]["p_at_10"] == pytest.approx(0.75**2 + 0.25**2, abs=0.05)
    assert report["colour"]["colour_p_at_10"] == 1


@pytest.fixture
def photos():
    types = ["Shirts"] * 4 + ["Bags"] * 8 + ["Jeans"] * 12
    vectors = at(*range(0, 20, 5), *range(1, 9), *range(40, 64, 2))
    return {
        "hit_types": types_of_hits(types, vectors, at(0, 0, 90)),
        "query_types": ["Shirts", "Shirts", "Jeans"],
        "query_groups": ["shirt", "shirt", "jeans"],
        "grouped_hit_types": types_of_hits(types, vectors, at(0, 0, 90), ["Shirts", "Jeans", "Jeans"]),
    }


def test_photo_retrieval_by_hand(photos):
    report = evaluate_photo_retrieval(**photos)
    # From 0 degrees: one shirt at 0, bags at 1 to 5 (a shirt at 5 comes first, its row being lower), 6 to 8.
    assert report == {
        "n_queries": 3,
        "p_at_10": pytest.approx((2 / 10 + 2 / 10 + 10 / 10) / 3),
        "p_at_15": pytest.approx((4 / 15 + 4 / 15 + 12 / 15) / 3),
        "macro_p_at_10": pytest.approx((2 / 10 + 1) / 2),
        "grouped_p_at_10": pytest.approx((4 / 10 + 0 + 1) / 3),
        "grouped_macro_p_at_10": pytest.approx((2 / 10 + 1) / 2),
        "by_class": {
            "shirt": {"n": 2, "p_at_10": pytest.approx(2 / 10)},
            "jeans": {"n": 1, "p_at_10": 1},
        },
    }
    json.dumps(report, allow_nan=False)


def test_photo_retrieval_without_a_classifier_has_no_grouped_figures(photos):
    report = evaluate_photo_retrieval(**photos | {"grouped_hit_types": None})
    assert report["grouped_p_at_10"] is None
    assert report["grouped_macro_p_at_10"] is None
    assert report["p_at_10"] > 0


def test_refuses_what_cannot_be_measured(small, photos):
    with pytest.raises(TrainingError, match="Columns of 5, 6, 6, 6 products"):
        dataclasses.replace(small["gallery"], ids=list("12345"))
    with pytest.raises(TrainingError, match="gallery has 5 vectors but columns of 6"):
        evaluate_retrieval(**small | {"gallery_vectors": at(1, 2, 3, 4, 5)})
    with pytest.raises(TrainingError, match="twice"):
        evaluate_retrieval(**small | {"gallery": dataclasses.replace(small["gallery"], ids=list("123455"))})
    nothing = {"queries": LabelledProducts([], [], []), "query_vectors": np.empty((0, 2))}
    with pytest.raises(TrainingError, match="query is empty"):
        evaluate_retrieval(**small | nothing)
    with pytest.raises(TrainingError, match="3 photographs came with 3 types and 3 groups"):
        evaluate_photo_retrieval(**photos | {"grouped_hit_types": [["Shirts"]]})
    with pytest.raises(TrainingError, match="at least one photograph"):
        evaluate_photo_retrieval([], [], query_groups=[])


def test_patterns_are_compared_among_hits_of_the_type_that_say_one(small):
    striped, checked, unsaid = (named_patterns([name])[0] for name in ("striped", "checked", ""))
    gallery = dataclasses.replace(
        small["gallery"], patterns=np.array([striped, striped, checked, striped, striped, unsaid])
    )
    queries = dataclasses.replace(small["queries"], patterns=np.array([striped, striped]))
    report = evaluate_retrieval(**small | {"gallery": gallery, "queries": queries})["pattern_p_at_10"]
    # Of the shirts found by "1" one is checked, one striped; the watch is of no class.
    assert report["striped"] == {"n": 1, "p_at_10": 0.5}
    assert report["checked"] == {"n": 0, "p_at_10": None}
    assert report["mean"] is None  # too few queries
    assert "pattern_p_at_10" not in evaluate_retrieval(**small)
