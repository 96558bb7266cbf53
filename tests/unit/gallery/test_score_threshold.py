"""The score above which hits are of their query's class, on vectors laid out by hand."""

import numpy as np
import pandas as pd
import pytest

from core.gallery.score_threshold import MIN_HITS, score_for_share


def on_circle(degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.fixture
def measured(make_gallery):
    def measure(vectors, labels, *share):
        ids = [str(number) for number in range(len(vectors))]
        gallery = make_gallery(pd.DataFrame({"id": ids}), {"toy": vectors})
        return score_for_share(gallery, "toy", ids, labels, *share)

    return measure


def test_two_classes_that_lie_apart_are_told_apart_by_a_score_between(measured):
    # 20 within 10° around 0°, 20 around 60°: inside a class at most 10° apart, across at least 50°.
    degrees = np.concatenate([np.linspace(-5, 5, 20), 60 + np.linspace(-5, 5, 20)])
    vectors = on_circle(degrees)
    labels = ["Shirts"] * 20 + ["Jeans"] * 20
    assert measured(vectors, labels, 1.0) == pytest.approx(np.cos(np.radians(10)), abs=1e-4)
    # Half of all 39 hits of a query are right (19 of 39 = 0.487), so that share takes all.
    assert measured(vectors, labels, 0.48) == pytest.approx(np.cos(np.radians(70)), abs=1e-4)


def test_where_no_score_tells_classes_apart_there_is_none(measured):
    vectors = np.repeat(on_circle([0.0]), 60, axis=0)
    labels = [str(number) for number in range(60)]
    assert measured(vectors, labels) is None


def test_a_handful_of_hits_means_nothing(measured):
    assert MIN_HITS > 6
    assert measured(on_circle([0, 1, 2]), ["x"] * 3) is None
    assert measured(np.empty((0, 4), np.float32), []) is None
