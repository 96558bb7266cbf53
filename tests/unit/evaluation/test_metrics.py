import math

import numpy as np
import pytest

from core.errors import TrainingError
from core.evaluation.metrics import (
    accuracy,
    average_precision,
    bootstrap_intervals,
    confusion_matrix,
    expected_calibration_error,
    log_loss,
    macro_f1,
    per_class_metrics,
    precision_at_k,
    recall_at_k,
    reliability_bins,
)
from tests.unit.evaluation import retrieval_oracle

TRUE = ["a", "a", "a", "b", "b", "c"]
PREDICTED = ["a", "a", "b", "b", "a", "a"]
LABELS = ("a", "b", "c")


def hits(text: str) -> np.ndarray:
    """Read "xr" as a hit that is not relevant, then one that is."""
    return np.array([letter == "r" for letter in text], bool)


def test_precision_divides_by_k_also_where_hits_are_fewer():
    assert precision_at_k(hits("xrr"), 2) == 1 / 2
    assert precision_at_k(hits("xrr"), 3) == 2 / 3
    assert precision_at_k(hits("r"), 10) == 1 / 10
    assert precision_at_k(hits(""), 10) == 0
    assert precision_at_k(hits("x"), 1) == 0


def test_recall_is_whether_there_is_a_relevant_hit():
    assert recall_at_k(hits("xr"), 1) == 0
    assert recall_at_k(hits("xr"), 2) == 1
    assert recall_at_k(hits("xx"), 2) == 0
    assert recall_at_k(hits(""), 2) == 0


def test_average_precision_divides_by_the_number_of_relevant_products():
    assert average_precision(hits("rxr")) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(hits("xxr")) == pytest.approx(1 / 3)
    assert average_precision(hits("rr")) == 1
    assert average_precision(hits("x")) == 0
    assert average_precision(hits("")) == 0


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_the_definitions(seed):
    generator = np.random.default_rng(seed)
    for _ in range(50):
        ids = [f"p{row}" for row in range(generator.integers(0, 40))]
        relevant = generator.random(len(ids)) < generator.choice([0, 0.1, 0.5, 1])
        named = {product_id for product_id, right in zip(ids, relevant, strict=True) if right}
        for k in (1, 10, 15, 50):
            assert precision_at_k(relevant, k) == retrieval_oracle.precision_at_k(ids, named, k)
            assert recall_at_k(relevant, k) == retrieval_oracle.recall_at_k(ids, named, k)
        assert average_precision(relevant) == pytest.approx(retrieval_oracle.average_precision(ids, named))


def test_accuracy_is_the_share_of_right_labels():
    assert accuracy(TRUE, PREDICTED) == 3 / 6


def test_confusion_has_a_row_for_each_true_label():
    counts = confusion_matrix(TRUE, PREDICTED, LABELS)
    assert counts.tolist() == [[2, 1, 0], [1, 1, 0], [1, 0, 0]]
    assert confusion_matrix(["b"], ["a"], ("b", "a", "z")).tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_per_class_figures():
    figures = per_class_metrics(TRUE, PREDICTED, LABELS)
    assert figures["a"] == pytest.approx({"precision": 2 / 4, "recall": 2 / 3, "f1": 4 / 7, "n": 3})
    assert figures["b"] == pytest.approx({"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "n": 2})
    assert figures["c"] == {"precision": 0, "recall": 0, "f1": 0, "n": 1}
    assert list(figures) == list(LABELS)
    assert per_class_metrics(["a"], ["a"], LABELS)["b"] == {"precision": 0, "recall": 0, "f1": 0, "n": 0}


def test_macro_f1_counts_each_label_once():
    assert macro_f1(TRUE, PREDICTED, LABELS) == pytest.approx((4 / 7 + 1 / 2 + 0) / 3)


def test_a_label_without_pictures_counts_for_f1():
    assert macro_f1(["a"], ["a"], LABELS) == pytest.approx(1 / 3)


def test_log_loss_is_cross_entropy():
    probabilities = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])
    assert log_loss(["a", "b"], probabilities, LABELS) == pytest.approx((math.log(2) - math.log(0.8)) / 2)


def test_log_loss_of_a_sure_mistake_is_finite():
    assert log_loss(["a"], np.array([[0.0, 1.0, 0.0]]), LABELS) == pytest.approx(-math.log(1e-7))
    assert log_loss(["b"], np.array([[0.0, 1.0, 0.0]], np.float32), LABELS) == 0


def test_calibration_error_weighs_gaps_by_predictions():
    # Two bins: (0, 0.5] holds one wrong prediction of 0.5; (0.5, 1] holds 0.6 right, 0.8 right, 1.0 wrong.
    true = ["b", "a", "b", "b"]
    probabilities = np.array([[0.5, 0.5], [0.6, 0.4], [0.2, 0.8], [1.0, 0.0]])
    bins = reliability_bins(true, probabilities, ("a", "b"), n_bins=2)
    assert bins[0] == {"low": 0, "high": 0.5, "n": 1, "confidence": 0.5, "accuracy": 0}
    assert bins[1] == pytest.approx({"low": 0.5, "high": 1, "n": 3, "confidence": 0.8, "accuracy": 2 / 3})
    expected = (1 * 0.5 + 3 * abs(2 / 3 - 0.8)) / 4
    assert expected_calibration_error(true, probabilities, ("a", "b"), n_bins=2) == pytest.approx(expected)


def test_calibration_uses_fifteen_bins_closed_above():
    probabilities = np.array([[1.0, 0.0], [0.6, 0.4], [0.61, 0.39]])
    bins = reliability_bins(["a", "a", "a"], probabilities, ("a", "b"))
    assert len(bins) == 15
    assert [number for number, a_bin in enumerate(bins) if a_bin["n"]] == [8, 9, 14]
    assert bins[8]["high"] == pytest.approx(0.6)
    assert bins[0] == {"low": 0, "high": pytest.approx(1 / 15), "n": 0, "confidence": None, "accuracy": None}
    assert expected_calibration_error(["a"], np.array([[1.0, 0.0]]), ("a", "b")) == 0
    assert reliability_bins(["a"], np.zeros((1, 2)), ("a", "b"))[0]["n"] == 1


def test_intervals_hold_the_mean_and_repeat():
    values = np.stack([np.arange(400) % 2, np.full(400, 0.25)], axis=1)
    intervals = bootstrap_intervals(values)
    # The mean of 400 fair coins has the standard error 0.025.
    np.testing.assert_allclose(intervals[0], [0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025], atol=0.006)
    np.testing.assert_allclose(intervals[1], [0.25, 0.25])
    np.testing.assert_array_equal(intervals, bootstrap_intervals(values))
    assert (intervals[0] != bootstrap_intervals(values, seed=1)[0]).any()
    assert np.ptp(bootstrap_intervals(values, level=0.5)[0]) < np.ptp(intervals[0])


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (lambda: accuracy([], []), "no prediction"),
        (lambda: accuracy(["a"], ["a", "b"]), "1 true labels came with 2"),
        (lambda: confusion_matrix(["d"], ["a"], LABELS), "d is none of the labels a, b, c"),
        (lambda: macro_f1(["a"], ["d"], LABELS), "d is none of the labels"),
        (lambda: log_loss(["d"], np.ones((1, 3)), LABELS), "d is none of the labels"),
        (lambda: log_loss(["a"], np.ones((1, 2)), LABELS), "1 rows of 3 numbers"),
        (lambda: log_loss(["a"], np.full((1, 3), np.nan), LABELS), "NaN"),
        (lambda: log_loss([], np.ones((0, 3)), LABELS), "no prediction"),
        (lambda: bootstrap_intervals(np.ones((0, 2))), "no query"),
    ],
)
def test_refuses_what_cannot_be_measured(measure, message):
    with pytest.raises(TrainingError, match=message):
        measure()
