"""The handcrafted extractors, on drawn cloth of which the answer is known."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.descriptors import DESCRIPTORS, descriptor_version, load_descriptor
from core.errors import ModelError
from core.imaging.resize import resize
from core.protocols import Extractor

RED, DARK_RED, BLUE, WHITE, GREY = (
    (200, 30, 40),
    (182, 27, 36),
    (40, 60, 190),
    (255, 255, 255),
    (128, 128, 128),
)


def cloth(colour, second=None, *, period=8, along=0):
    """Fill a square of 48 pixels with one colour, or with stripes of two."""
    square = np.full((48, 48, 3), colour, np.uint8)
    if second is not None:
        stripe = (np.arange(48) // (period // 2)) % 2 == 1
        square[(slice(None), stripe) if along else stripe] = second
    return square


def worn(square, ground=WHITE, shape=(80, 60), at=(16, 6)):
    picture = np.full((*shape, 3), ground, np.uint8)
    picture[at[0] : at[0] + square.shape[0], at[1] : at[1] + square.shape[1]] = square
    return picture


def outlined(mask, colour=RED, ground=WHITE):
    picture = np.full((*mask.shape, 3), ground, np.uint8)
    picture[mask] = colour
    return picture


def shirt():
    mask = np.zeros((80, 60), bool)
    mask[15:70, 20:40] = mask[15:30, 5:55] = True
    return mask


def trousers():
    mask = np.zeros((80, 60), bool)
    mask[8:20, 18:42] = mask[8:74, 18:28] = mask[8:74, 32:42] = True
    return mask


def cosine(name, one, other):
    rows = load_descriptor(name).extract([one, other])
    return float(rows[0] @ rows[1])


# All of them ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_each_is_an_extractor_of_unit_rows(name):
    descriptor = load_descriptor(name)
    pictures = [
        worn(cloth(RED, GREY)),
        worn(cloth(BLUE), shape=(120, 200)),
        resize(outlined(shirt(), BLUE, GREY), 300, 225),
    ]
    rows = descriptor.extract(pictures)
    assert isinstance(descriptor, Extractor)
    assert descriptor.name == name
    assert rows.dtype == np.float32
    assert rows.shape == (3, descriptor.dimension)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(rows[1], descriptor.extract(pictures[1:2])[0])
    assert descriptor.extract([]).shape == (0, descriptor.dimension)


@pytest.mark.parametrize("name", DESCRIPTORS)
@pytest.mark.parametrize("shape", [(1, 1), (2, 90), (80, 60)])
def test_a_picture_of_nothing_is_a_unit_row_or_zero(name, shape):
    row = load_descriptor(name).extract([np.full((*shape, 3), 250, np.uint8)])[0]
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5) or not row.any()


@pytest.mark.parametrize("name", DESCRIPTORS)
@pytest.mark.parametrize("at", [(8, 2), (24, 10)])
def test_where_the_garment_lies_counts_nothing(name, at):
    square = cloth(RED, BLUE)
    assert cosine(name, worn(square), worn(square, at=at)) > 0.999


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_a_larger_picture_of_the_same_is_nearly_the_same(name):
    picture = outlined(shirt())
    assert cosine(name, picture, resize(picture, 320, 240)) > 0.92


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_the_ground_counts_little(name):
    square = cloth(RED, BLUE)
    assert cosine(name, worn(square), worn(square, ground=(120, 160, 110))) > 0.98


def test_there_is_none_of_another_name():
    with pytest.raises(ModelError, match="no descriptor 'sift'; expected one of colour, texture, shape"):
        load_descriptor("sift")


def test_versions_name_their_descriptor():
    assert all(descriptor_version(name).startswith(f"{name}-") for name in DESCRIPTORS)


def test_no_network_library_is_loaded():
    code = (
        "import sys, numpy\n"
        "from core.descriptors import DESCRIPTORS, load_descriptor\n"
        "for name in DESCRIPTORS: load_descriptor(name).extract([numpy.zeros((9, 9, 3), numpy.uint8)])\n"
        "sys.exit(bool({'tensorflow', 'keras', 'torch', 'sklearn'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3]).returncode == 0


# Colour --------------------------------------------------------------------------------------------------


def test_red_is_like_dark_red_and_unlike_blue():
    assert cosine("colour", worn(cloth(RED)), worn(cloth(DARK_RED))) > 0.85
    assert cosine("colour", worn(cloth(RED)), worn(cloth(BLUE))) < 0.05


def test_half_red_half_blue_lies_between():
    # Two histograms that share half their weight: Bhattacharyya coefficient √½.
    assert cosine("colour", worn(cloth(RED)), worn(cloth(RED, BLUE))) == pytest.approx(0.5**0.5, abs=0.02)


@pytest.mark.parametrize("turned", [np.rot90, np.fliplr, np.flipud])
def test_colour_does_not_care_how_the_garment_lies(turned):
    square = cloth(RED, BLUE)
    square[:20, :10] = WHITE
    turned_square = np.ascontiguousarray(turned(square))
    assert (
        cosine("colour", worn(square, ground=(20, 90, 30)), worn(turned_square, ground=(20, 90, 30))) > 0.999
    )


def test_one_plain_colour_fills_at_most_eight_bins():
    row = load_descriptor("colour").extract([worn(cloth(RED))])[0]
    assert 1 <= np.count_nonzero(row) <= 8


# Texture -------------------------------------------------------------------------------------------------


def test_plain_cloth_has_only_flat_patterns():
    row = load_descriptor("texture").extract([worn(cloth(GREY))])[0]
    flat = row.reshape(6, 10)[:, 0]  # no neighbour is lighter, none is darker
    np.testing.assert_allclose(flat, (1 / 6) ** 0.5, atol=1e-6)


def test_stripes_are_unlike_plain_and_like_stripes_of_other_colours():
    striped = worn(cloth(GREY, (200, 200, 200)))
    assert cosine("texture", striped, worn(cloth(GREY))) < 0.8
    assert cosine("texture", striped, worn(cloth((60, 100, 60), (140, 190, 140)))) > 0.99


def test_fine_stripes_are_unlike_wide_ones():
    fine, wide = (worn(cloth(GREY, (220, 220, 220), period=period)) for period in (4, 24))
    assert cosine("texture", fine, wide) < 0.9


def test_a_quarter_turn_of_the_cloth_changes_nothing():
    down, across = (worn(cloth(GREY, (220, 220, 220), along=along)) for along in (0, 1))
    assert cosine("texture", down, across) == pytest.approx(1, abs=1e-5)


def test_more_light_changes_nothing():
    darker, brighter = (worn(cloth((low,) * 3, (low + 70,) * 3)) for low in (100, 150))
    assert cosine("texture", darker, brighter) > 0.999


def test_faint_noise_is_no_texture():
    noise = np.random.default_rng(2).integers(-2, 3, (48, 48, 1))
    assert cosine("texture", worn(cloth(GREY)), worn((cloth(GREY) + noise).astype(np.uint8))) > 0.999


def test_a_scrap_too_small_for_patterns_has_no_texture():
    picture = np.full((80, 60, 3), 255, np.uint8)
    picture[20:60, 28:31] = 0
    assert not load_descriptor("texture").extract([picture]).any()


# Shape ---------------------------------------------------------------------------------------------------


def test_a_shirt_is_like_a_shirt_of_another_colour_and_unlike_trousers():
    red = outlined(shirt())
    assert cosine("shape", red, outlined(shirt(), BLUE)) > 0.99
    assert cosine("shape", red, outlined(shirt(), WHITE, (40, 40, 40))) > 0.99
    assert cosine("shape", red, outlined(trousers())) < 0.75


def test_an_upside_down_shirt_has_another_shape():
    assert cosine("shape", outlined(shirt()), outlined(np.flipud(shirt()))) < 0.9


def test_a_bar_upright_has_upright_edges_alone():
    mask = np.zeros((80, 60), bool)
    mask[5:75, 20:40] = True
    cells = load_descriptor("shape").extract([outlined(mask)])[0].reshape(8, 6, 8)
    middle = cells[3:5].sum(axis=(0, 1))  # away from the ends
    assert middle.argmax() == 0  # gradients run across an upright edge
    assert middle[0] == pytest.approx(middle.sum(), rel=1e-3)
