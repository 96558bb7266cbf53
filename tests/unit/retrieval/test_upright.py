"""A turned photo is turned back where it is surely one, and left alone otherwise."""

import numpy as np
import pytest

from core.errors import ModelError, SearchError
from core.retrieval.photograph.upright import TURNS, likely_turn, stand_upright, turn_text, turned
from tests.turning import Watcher, with_bright_corner


@pytest.fixture
def picture():
    return with_bright_corner(np.zeros((40, 30, 3), np.uint8))


def test_pictures_are_turned_clockwise(picture):
    assert turned(picture, 90)[0, -1].min() == 255, "the upper left corner goes to the upper right"
    assert turned(picture, 180)[-1, -1].min() == 255
    assert turned(picture, 270)[-1, 0].min() == 255
    assert turned(picture, 0) is picture
    assert {turned(picture, turn).shape for turn in (90, 270)} == {(30, 40, 3)}


@pytest.mark.parametrize("turn", [45, -90, 360, 1])
def test_no_other_turn_is_taken(picture, turn):
    with pytest.raises(SearchError, match=f"by {turn} degrees; give 0, 90, 180, 270"):
        stand_upright(picture, Watcher(), turn=turn)


def test_every_turn_but_none_is_said_in_words_of_its_own():
    assert len({turn_text(turn) for turn in TURNS}) == 4
    assert turn_text(0) == ""
    assert turn_text(90).endswith("right")


def test_an_upright_picture_is_looked_at_once(picture):
    watcher = Watcher()
    assert likely_turn(picture, watcher, "photo") == 0
    assert watcher.asked == ["photo"]


@pytest.mark.parametrize("turn", TURNS[1:])
def test_a_turned_picture_is_turned_back(picture, turn):
    watcher = Watcher()
    upright = stand_upright(turned(picture, turn), watcher, key="photo")
    np.testing.assert_array_equal(upright.image, picture)
    assert upright.turn == 360 - turn
    assert watcher.asked == ["photo", "photo turned 90", "photo turned 180", "photo turned 270"]


def test_without_a_key_each_side_is_told_apart_by_its_pixels(picture):
    watcher = Watcher()
    likely_turn(turned(picture, 90), watcher)
    assert set(watcher.asked) == {""}


@pytest.mark.parametrize(("upright", "turn"), [(0.7, 0), (0.75, 270), (1.0, 270)])
def test_a_turn_must_be_likelier_by_far_than_the_picture_as_it_is(picture, upright, turn):
    assert likely_turn(turned(picture, 90), Watcher((upright, 0.4, 0.4, 0.4))) == turn


def test_where_all_sides_are_alike_the_picture_stays(picture):
    assert likely_turn(picture, Watcher((0.0, 0.0, 0.0, 0.0))) == 0


def test_a_screenshot_of_a_page_is_never_turned_of_itself():
    page = np.full((200, 100, 3), 255, np.uint8)
    for line in range(8):
        page[100 + 12 * line : 106 + 12 * line, 10:40] = 0

    class PrefersWide:
        def upright(self, image, key):
            return 0.99 if image.shape[1] > image.shape[0] else 0.01

    assert stand_upright(page, PrefersWide()).turn == 0
    assert stand_upright(page, PrefersWide(), turn=90).turn == 90
    assert stand_upright(page[:, 40:], PrefersWide()).turn != 0, "which is blank, and no page"


def test_what_was_asked_for_is_done_without_a_look(picture):
    watcher = Watcher()
    assert stand_upright(turned(picture, 90), watcher, turn=0).turn == 0
    np.testing.assert_array_equal(stand_upright(picture, watcher, turn=90).image, turned(picture, 90))
    assert watcher.asked == []


def test_where_no_model_knows_the_picture_stays(picture):
    class Nobody:
        def upright(self, image, key):
            raise ModelError("rgb does not know which way up a picture is")

    assert stand_upright(picture, Nobody()).turn == 0
