"""The finder's network: what it gives, for pictures of every shape, and how large it is."""

import numpy as np
import pytest

from core.models.finder.finder import LONGEST, PIXELS, input_size
from core.models.finder.grid import BOX_STRIDE, MULTIPLE, STRIDE
from core.models.finder.keras_finder import compiled
from core.models.finder.labels import FINDER_LABELS
from core.models.finder.network import build_finder


@pytest.fixture(scope="module")
def network():
    return build_finder()


def test_one_compiled_function_answers_pictures_of_every_shape(network):
    answer = compiled(network)
    for height, width in ((64, 96), (160, 32)):
        outputs = answer(np.zeros((height, width, 3), np.uint8))
        assert outputs.labels.shape == (height // STRIDE, width // STRIDE, 1 + len(FINDER_LABELS))
        assert outputs.boxes.shape == (height // BOX_STRIDE, width // BOX_STRIDE, 4)
        assert outputs.fit.shape == outputs.boxes.shape[:2]
        assert outputs.labels.sum(axis=-1) == pytest.approx(1, abs=1e-5)
        assert (outputs.boxes > 0).all()


def test_the_weights_take_less_than_ten_megabytes_in_float16(network):
    assert 2 * network.count_params() < 10e6


@pytest.mark.parametrize("shape", [(432, 288), (50, 50), (4000, 800), (300, 3000), (1, 1), (7000, 5000)])
def test_a_picture_keeps_its_shape_and_a_bounded_size(shape):
    height, width = input_size(*shape)
    assert height % MULTIPLE == width % MULTIPLE == 0
    assert max(height, width) <= LONGEST
    assert height * width <= 1.3 * PIXELS
    if max(shape) / min(shape) < 3:
        assert height / width == pytest.approx(shape[0] / shape[1], rel=0.15)
