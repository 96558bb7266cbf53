import json

import numpy as np
import pytest
from core.evaluation.photo_retrieval import evaluate_photo_retrieval

import core.evaluation.retrieval
from core.errors import TrainingError
from core.evaluation.metrics import average_precision, precision_at_k, recall_at_k
from core.evaluation.retrieval import evaluate_baselines, evaluate_retrieval

LABELS = ("Shirts", "Jeans")
NAMES = ("gallery_ids", "gallery_types", "gallery_colours", "gallery_vectors")
NAMES += ("query_ids", "query_vectors", "query_types", "query_colours", "labels")


def at(*degrees):
    return np.stack([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))], axis=1)


@pytest.fixture
def small():
    """Six products at rising angles; queries are the first, and a watch from elsewhere."""
    values = (
        ["1", "2", "3", "4", "5", "6"],
        ["Shirts", "Jeans", "Shirts", "Watches", "Shirts", "Watches"],
        ["Blue", "Blue", "Red", "Blue", "", "Red"],
        at(0, 10, 20, 30, 40, 50),
        ["1", "new"],
        at(0, 50),
        ["Shirts", "Watches"],
        ["Blue", "Red"],
        LABELS,
    )
    return dict(zip(NAMES, values, strict=True))


def test_figures_by_hand(small):
    report = evaluate_retrieval(**small)
    # Query 1 does not find itself: Jeans, Shirts, Watches, Shirts, Watches.
    shirt = {"p_at_10": 2 / 10, "p_at_15": 2 / 15, "recall_at_10": 1, "map": (1 / 2 + 2 / 4) / 2}
    # Query "new" finds all six: Watches, Shirts, Watches, Shirts, Jeans, Shirts.
    watch = {"p_at_10": 2 / 10, "p_at_15": 2 / 15, "recall_at_10": 1, "map": (1 / 1 + 2 / 3) / 2}
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
    figures = {"p_at_10", "p_at_15", "recall_at_10", "map"}
    assert {"n_queries", "n_gallery", "all", "five", "colour_p_at_10"} <= set(report)
    assert set(report["all"]) == set(report["five"]) == figures
    assert set(report["intervals"]) == {"all", "five", "colour_p_at_10"}
    assert set(report["intervals"]["all"]) == figures
    assert "without_near_duplicates" not in report


def test_agrees_with_the_plain_definitions(monkeypatch):
    monkeypatch.setattr(core.evaluation.retrieval, "QUERIES_AT_ONCE", 7)
    generator = np.random.default_rng(0)
    names, n = np.array(["Shirts", "Jeans", "Watches", "Bags"]), 150
    types, colours = list(names[generator.integers(4, size=n)]), list(generator.choice(["Red", "Blue"], n))
    # Small whole numbers, so that many scores are equal.
    vectors = generator.integers(-1, 2, (n, 3)).astype(np.float32)
    ids = [str(row) for row in range(n)]
    queries = list(range(0, n, 4))
    report = evaluate_retrieval(
        ids,
        types,
        colours,
        vectors,
        [ids[row] for row in queries],
        vectors[queries],
        [types[row] for row in queries],
        [colours[row] for row in queries],
        LABELS,
    )

    def cosine(one, other):
        lengths = np.linalg.norm(one) * np.linalg.norm(other)
        return round(float(one @ other / lengths), 9) if lengths else 0.0

    expected, of_five, same_colour = [], [], []
    for query in queries:
        ranked = sorted(
            (row for row in range(n) if row != query), key=lambda row: -cosine(vectors[row], vectors[query])
        )
        hits = [ids[row] for row in ranked]
        relevant = {ids[row] for row in ranked if types[row] == types[query]}
        figures = [precision_at_k(hits, relevant, 10), precision_at_k(hits, relevant, 15)]
        figures += [recall_at_k(hits, relevant, 10), average_precision(hits, relevant)]
        expected.append(figures)
        if types[query] in LABELS:
            of_five.append(figures)
            same_colour.append(
                precision_at_k(hits, {ids[row] for row in ranked if colours[row] == colours[query]}, 10)
            )
    assert list(report["all"].values()) == pytest.approx(np.mean(expected, axis=0))
    assert list(report["five"].values()) == pytest.approx(np.mean(of_five, axis=0))
    assert report["colour_p_at_10"] == pytest.approx(np.mean(same_colour))


def test_equal_scores_are_ordered_by_the_gallerys_rows(small):
    small |= {"gallery_vectors": np.ones((6, 2)), "query_vectors": np.ones((2, 2))}
    report = evaluate_retrieval(**small)
    assert report["five"]["map"] == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert report["by_class"]["Watches"]["map"] == pytest.approx((1 / 4 + 2 / 6) / 2)


def test_a_query_that_can_find_nothing_relevant_counts_zero(small):
    small["query_types"] = ["Shirts", "Kurtas"]
    report = evaluate_retrieval(**small)
    assert report["n_without_relevant"] == 1
    assert report["all"]["map"] == pytest.approx(1 / 2 / 2)
    assert report["by_class"]["Kurtas"] == {
        "n": 1,
        "p_at_10": 0,
        "p_at_15": 0,
        "recall_at_10": 0,
        "map": 0,
        "colour_p_at_10": pytest.approx(2 / 10),
    }


def test_without_queries_of_the_five_there_are_no_figures_of_them(small):
    report = evaluate_retrieval(**small | {"labels": ("Kurtas",)})
    assert report["five"] == {"p_at_10": None, "p_at_15": None, "recall_at_10": None, "map": None}
    assert report["colour_p_at_10"] is None
    assert report["intervals"]["five"]["map"] is None
    assert report["macro"]["five"]["map"] is None
    assert report["all"]["map"] > 0


def test_unknown_colours_are_not_the_same(small):
    small["query_colours"] = ["", "Red"]
    assert evaluate_retrieval(**small)["colour_p_at_10"] == 0


def test_near_duplicates_can_be_left_out(small):
    limit = float(np.cos(np.deg2rad(25)))
    report = evaluate_retrieval(**small, fold_near_duplicates=limit)
    without = report["without_near_duplicates"]
    # Query 1 loses 2 and 3: Watches, Shirts, Watches. Query "new" loses 6, 5 and 4: Shirts, Jeans, Shirts.
    assert without["limit"] == limit
    assert without["n_left_out"] == 2.5
    assert without["five"] == pytest.approx(
        {"p_at_10": 1 / 10, "p_at_15": 1 / 15, "recall_at_10": 1, "map": 1 / 2}
    )
    assert without["by_class"]["Watches"]["map"] == 0
    assert report["five"]["map"] == pytest.approx(1 / 2)
    assert set(without) >= {"all", "five", "colour_p_at_10", "intervals", "by_class"}


def test_intervals_hold_the_figures(small):
    report = evaluate_retrieval(**small, seed=3)
    low, high = report["intervals"]["all"]["map"]
    assert low == pytest.approx(1 / 2)
    assert high == pytest.approx(5 / 6)
    assert report["intervals"]["five"]["p_at_10"] == pytest.approx([0.2, 0.2])
    assert report == evaluate_retrieval(**small, seed=3)


def test_baselines_of_chance_and_of_colour():
    generator = np.random.default_rng(1)
    types = list(generator.choice(["Shirts", "Jeans"], 400, p=[0.75, 0.25]))
    colours = list(generator.choice(["Red", "Blue", "Green", "White"], 400))
    ids = [str(row) for row in range(400)]
    catalogue = (ids, types, colours)
    report = evaluate_baselines(*catalogue, *catalogue, LABELS)
    # By chance the precision is the sum of the classes' squared shares, and the colour agrees in a quarter.
    assert report["random"]["all"]["p_at_10"] == pytest.approx(0.75**2 + 0.25**2, abs=0.05)
    assert report["random"]["colour_p_at_10"] == pytest.approx(0.25, abs=0.05)
    assert report["colour"]["all"]["p_at_10"] == pytest.approx(0.75**2 + 0.25**2, abs=0.05)
    assert report["colour"]["colour_p_at_10"] == 1


@pytest.fixture
def photos():
    return {
        "query_vectors": at(0, 0, 90),
        "query_types": ["Shirts", "Shirts", "Jeans"],
        "query_groups": ["shirt", "shirt", "jeans"],
        "gallery_types": ["Shirts"] * 4 + ["Bags"] * 8 + ["Jeans"] * 12,
        "gallery_vectors": at(*range(0, 20, 5), *range(1, 9), *range(40, 64, 2)),
    }


def test_photo_retrieval_by_hand(photos):
    report = evaluate_photo_retrieval(**photos, predicted_types=["Shirts", "Jeans", "Jeans"])
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
    report = evaluate_photo_retrieval(**photos)
    assert report["grouped_p_at_10"] is None
    assert report["grouped_macro_p_at_10"] is None
    assert report["p_at_10"] > 0


def test_refuses_what_cannot_be_measured(small, photos):
    with pytest.raises(TrainingError, match="gallery has 6 vectors but columns of 5, 6, 6"):
        evaluate_retrieval(**small | {"gallery_ids": list("12345")})
    with pytest.raises(TrainingError, match="twice"):
        evaluate_retrieval(**small | {"gallery_ids": list("123455")})
    nothing = {"query_ids": [], "query_types": [], "query_colours": [], "query_vectors": np.empty((0, 2))}
    with pytest.raises(TrainingError, match="query is empty"):
        evaluate_retrieval(**small | nothing)
    with pytest.raises(TrainingError, match="query has 3 vectors but columns of 1"):
        evaluate_photo_retrieval(**photos, predicted_types=["Shirts"])
