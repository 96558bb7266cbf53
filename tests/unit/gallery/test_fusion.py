import numpy as np
import pytest

from core.errors import SearchError
from core.gallery.fusion import combined_scores
from core.gallery.index import Index


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
