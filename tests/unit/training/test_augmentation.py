"""Augmentation: a product is cut out, views repeat by seed, sources are sampled by their shares."""

import numpy as np
import pytest

from core.training.data.augmentation import Augmenter, remove_white_background
from tests.unit.training.conftest import make_source


def test_a_product_loses_its_background_and_not_its_buttons():
    picture = np.full((80, 60, 3), 255, np.uint8)
    picture[20:60, 15:45] = (200, 30, 30)
    picture[35:40, 25:30] = 255  # a white button is no background: it does not touch the border
    alpha = remove_white_background(picture)[..., 3]
    assert alpha[0, 0] == alpha[79, 59] == 0
    assert alpha[37, 27] == 255
    assert alpha[30, 30] == 255


@pytest.mark.parametrize(("kind", "channels"), [("products", 3), ("photographs", 3), ("renders", 4)])
def test_views_repeat_by_seed_and_differ_otherwise(kind, channels):
    source = make_source(kind, channels=channels)
    augmenter = Augmenter(np.zeros((0, 1, 1, 3), np.uint8))
    one, two, three = (augmenter.augment(source, 0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == (160, 120, 3)
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, two)
    assert np.abs(one.astype(int) - three).max() > 0
