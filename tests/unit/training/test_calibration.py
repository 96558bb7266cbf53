"""Temperature scaling and the limit of what is known, on made-up outputs."""

import numpy as np

from core.training.calibration import choose_known_logit, choose_temperature, class_balanced_weights


def test_temperature_cools_an_underconfident_and_warms_an_overconfident_network():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 5, 2000)
    right = rng.random(2000) < 0.8
    guess = np.where(right, label, (label + 1) % 5)
    logits = np.eye(5)[guess] * 8
    assert choose_temperature(logits, label) > 2
    assert choose_temperature(logits / 20, label) < 0.5


def test_known_limit_separates_and_leaves_out_the_unlabelled():
    logits = np.array([-3.0, -2.0, 1.0, 2.0, -9.0])
    known = np.array([0, 0, 1, 1, -1])
    limit = choose_known_logit(logits, known, np.ones(5))
    assert -2 < limit < 1


def test_few_pictures_out_of_class_weigh_as_much_as_many_in_class():
    weights = class_balanced_weights(np.array([1, 1, 1, 1, 0, -1]))
    np.testing.assert_allclose(weights[:5], [0.25, 0.25, 0.25, 0.25, 1.0])
