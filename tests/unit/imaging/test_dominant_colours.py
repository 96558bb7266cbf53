"""The main colours of drawn garments."""

import numpy as np
import pytest

from core.imaging.dominant_colours import MAX_COLOURS, main_colours


def garment(*parts):
    """Draw a garment on white, of horizontal parts (colour, rows)."""
    picture = np.full((80, 60, 3), 255, np.uint8)
    row = 10
    for colour, rows in parts:
        picture[row : row + rows, 10:50] = colour
        row += rows
    return picture


def test_one_plain_colour():
    (only,) = main_colours(garment(((200, 30, 40), 50)))
    assert only.hex == "#c81e28"
    assert only.name == "Red"
    assert only.share == 1


def test_shares_and_names_of_three_colours():
    found = main_colours(garment(((20, 30, 90), 30), ((240, 210, 40), 20), ((30, 140, 60), 10)))
    assert [colour.name for colour in found] == ["Navy Blue", "Yellow", "Green"]
    middle = np.exp(-6 * ((np.arange(60) + 0.5) / 60 - 0.5) ** 2)  # the middle rows count most
    expected = [part.sum() / middle.sum() for part in np.split(middle, [30, 50])]
    assert [colour.share for colour in found] == pytest.approx(expected, abs=0.01)


def test_folds_of_one_cloth_are_one_colour():
    shades = [((160 + shade, 24 + shade // 4, 34 + shade // 4), 5) for shade in range(0, 50, 5)]
    assert [colour.name for colour in main_colours(garment(*shades))] == ["Red"]


def test_stripes_thinner_than_the_mask_sees_keep_their_colours():
    picture = np.full((480, 360, 3), 255, np.uint8)
    stripe = np.arange(48, 432) % 4 < 2
    picture[48:432, 60:300] = np.where(stripe[:, None, None], (20, 30, 90), (240, 210, 40))
    assert {colour.name for colour in main_colours(picture)} == {"Navy Blue", "Yellow"}


def test_never_more_than_five_and_the_same_every_time():
    picture = np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype(np.uint8)
    found = main_colours(picture)
    assert 3 <= len(found) <= MAX_COLOURS
    assert sum(colour.share for colour in found) == pytest.approx(1)
    assert [colour.share for colour in found] == sorted((colour.share for colour in found), reverse=True)
    assert found == main_colours(picture)


@pytest.mark.parametrize("shape", [(1, 1), (50, 40)])
def test_a_picture_of_one_colour_has_that_colour(shape):
    assert [colour.name for colour in main_colours(np.full((*shape, 3), 255, np.uint8))] == ["White"]


def striped(dark, pale, ground):
    """Draw a garment of wide stripes on a ground of one colour."""
    picture = np.full((80, 60, 3), ground, np.uint8)
    rows = np.arange(60) % 12 < 6
    picture[10:70, 10:50] = np.where(rows[:, None, None], dark, pale)
    return picture


def names(picture):
    return {colour.name for colour in main_colours(picture)}


def test_stripes_in_poor_light_are_black_and_white():
    assert names(striped((26, 22, 25), (164, 160, 148), (150, 20, 25))) <= {"Black", "White", "Off White"}
    assert len(names(striped((26, 22, 25), (164, 160, 148), (150, 20, 25)))) == 2


def test_grey_stripes_on_a_white_ground_stay_grey():
    assert names(striped((26, 22, 25), (150, 150, 150), (255, 255, 255))) == {"Black", "Grey"}


def test_colours_are_named_as_if_a_dim_white_around_them_were_white():
    dim, bright = (np.full((80, 60, 3), level, np.uint8) for level in ((185, 185, 182), (255, 255, 255)))
    for picture in (dim, bright):
        picture[10:70, 10:50] = (60, 62, 68)
    assert (names(dim), names(bright)) == ({"Grey"}, {"Grey"})
    for picture in (dim, bright):
        picture[10:70, 10:50] = (165, 166, 164)
    assert names(dim) == {"White"}
    assert names(bright) == {"Grey"}
    assert main_colours(dim)[0].hex == main_colours(bright)[0].hex == "#a5a6a4"
