"""Lab against published values, and names."""

import numpy as np
import pytest

from core.imaging.colour_space import COLOUR_NAMES, lab_to_rgb, nearest_name, to_hex, to_lab

# Lab of the sRGB corners under D65, as published with the sRGB standard's matrix (Lindbloom).
KNOWN = {
    (255, 255, 255): (100.0, 0.0, 0.0),
    (0, 0, 0): (0.0, 0.0, 0.0),
    (255, 0, 0): (53.24, 80.09, 67.20),
    (0, 255, 0): (87.74, -86.18, 83.18),
    (0, 0, 255): (32.30, 79.19, -107.86),
    (119, 119, 119): (50.03, 0.0, 0.0),
}


@pytest.mark.parametrize("rgb", KNOWN)
def test_lab_is_that_of_the_tables(rgb):
    np.testing.assert_allclose(to_lab(np.array(rgb, np.uint8)), KNOWN[rgb], atol=0.02)


def test_lab_and_back_is_the_same_picture():
    picture = np.random.default_rng(0).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    lab = to_lab(picture)
    assert lab.shape == picture.shape
    assert lab.dtype == np.float32
    np.testing.assert_array_equal(lab_to_rgb(lab), picture)


def test_what_srgb_cannot_show_becomes_the_nearest_it_can():
    np.testing.assert_array_equal(lab_to_rgb(np.array([120.0, 0.0, 0.0])), [255, 255, 255])


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 255, 255), "White"),
        ((10, 10, 12), "Black"),
        ((200, 30, 40), "Red"),
        ((20, 30, 90), "Navy Blue"),
        ((30, 140, 60), "Green"),
        ((110, 70, 50), "Brown"),
        ((240, 210, 40), "Yellow"),
        # Seen in photographs of garments.
        ((225, 190, 166), "Beige"),
        ((29, 31, 40), "Black"),
        ((154, 27, 45), "Red"),
        ((132, 126, 119), "Grey"),
        ((69, 48, 49), "Brown"),
        ((178, 39, 81), "Pink"),
    ],
)
def test_colours_are_called_what_people_call_them(rgb, name):
    assert nearest_name(to_lab(np.array(rgb, np.uint8))) == name


def test_every_named_colour_has_its_own_name():
    from core.imaging.colour_space import _NAMED_LAB

    assert tuple(dict.fromkeys(nearest_name(lab) for lab in _NAMED_LAB)) == COLOUR_NAMES


def test_hex():
    assert to_hex(np.array([255, 0, 16])) == "#ff0010"
