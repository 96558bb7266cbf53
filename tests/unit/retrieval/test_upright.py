"""A turned photo is turned back where it is surely one, and left alone otherwise."""

import numpy as np
import pytest

from core.errors import ModelError
from core.retrieval.upright import likely_turn, turned


class Watcher:
    """Says how likely a picture is upright by where its bright corner is."""

    def __init__(self, likely=(0.95, 0.1, 0.1, 0.1)):
        self.likely, self.asked = likely, []

    def upright(self, image, key):
        self.asked.append(key)
        corners = [image[0, 0], image[-1, 0], image[-1, -1], image[0, -1]]  # each turn moves it on by one
        return self.likely[int(np.argmax([corner.sum() for corner in corners]))]


@pytest.fixture
def picture():
    image = np.zeros((40, 30, 3), np.uint8)
    image[:4, :4] = 255
    return image


def test_an_upright_picture_is_looked_at_once(picture):
    watcher = Watcher()
    assert likely_turn(picture, watcher, "photo") == 0
    assert watcher.asked == ["photo"]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_picture_is_turned_back(picture, quarters):
    watcher = Watcher()
    wrong = turned(picture, quarters)
    back = likely_turn(wrong, watcher, "photo")
    np.testing.assert_array_equal(turned(wrong, back), picture)
    assert watcher.asked == ["photo", "photo/1", "photo/2", "photo/3"]


def test_where_no_side_is_sure_the_picture_stays(picture):
    assert likely_turn(turned(picture, 1), Watcher((0.7, 0.3, 0.3, 0.3))) == 0


def test_where_no_model_knows_the_picture_stays(picture):
    class Nobody:
        def upright(self, image, key):
            raise ModelError("rgb does not know which way up a picture is")

    assert likely_turn(picture, Nobody()) == 0
