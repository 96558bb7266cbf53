"""The garment in a picture, found on drawn ones where every pixel is known."""

import numpy as np
import pytest

from core.imaging.foreground import MASK_SIDE, segment_garment
from core.imaging.resize import resize


def on(ground, colour=(200, 30, 40), shape=(80, 60), at=np.s_[20:60, 15:45]):
    picture = np.empty((*shape, 3), np.uint8)
    picture[:] = ground
    picture[at] = colour
    return picture


def foreground_mask(image):
    """The garment's mask at the picture's own size."""
    return resize(255 * segment_garment(image).mask.astype(np.uint8), *image.shape[:2]) > 127


def overlap(found, wanted):
    """Intersection over union of two masks."""
    return (found & wanted).sum() / (found | wanted).sum()


def square(shape=(80, 60), at=np.s_[20:60, 15:45]):
    mask = np.zeros(shape, bool)
    mask[at] = True
    return mask


@pytest.mark.parametrize("ground", [(255, 255, 255), (90, 60, 40), (40, 120, 60)])
def test_on_a_plain_ground_the_mask_is_the_garment(ground):
    np.testing.assert_array_equal(foreground_mask(on(ground)), square())


def test_a_hardly_grey_garment_on_white_is_found():
    assert overlap(foreground_mask(on(255, (232, 232, 230))), square()) == 1


def test_a_white_print_within_the_garment_belongs_to_it():
    picture = on(255)
    picture[30:40, 25:35] = 255
    np.testing.assert_array_equal(foreground_mask(picture), square())


def test_on_a_busy_ground_the_mask_is_nearly_the_garment():
    rng = np.random.default_rng(1)
    tiles = np.array([(190, 150, 90), (120, 90, 60), (210, 200, 180), (90, 120, 90)], np.uint8)
    ground = np.kron(rng.integers(0, 4, (20, 15)), np.ones((4, 4), int))
    picture = tiles[ground]
    picture[20:60, 15:45] = (30, 40, 150)
    assert overlap(foreground_mask(picture), square()) > 0.9


def test_a_person_who_leaves_the_frame_below_does_not_make_the_ground_busy():
    at = np.s_[20:80, 15:45]
    np.testing.assert_array_equal(foreground_mask(on(255, at=at)), square(at=at))


def test_specks_are_no_garment():
    picture = on(255)
    picture[5:8, 5:8] = 0
    np.testing.assert_array_equal(foreground_mask(picture), square())


@pytest.mark.parametrize("shape", [(80, 60), (3, 200), (1, 1), (200, 4)])
def test_where_nothing_stands_out_all_is_the_garment(shape):
    picture = np.full((*shape, 3), 200, np.uint8)
    cut = segment_garment(picture)
    assert cut.mask.all()
    assert foreground_mask(picture).all()


def test_a_large_picture_is_masked_small_and_answered_large():
    at = np.s_[200:600, 150:450]
    picture = on(255, shape=(800, 600), at=at)
    cut = segment_garment(picture)
    assert max(cut.mask.shape) == MASK_SIDE
    assert cut.box == (20, 60, 15, 45)
    assert overlap(foreground_mask(picture), square((800, 600), at)) > 0.97


def test_the_box_of_a_garment_is_around_its_mask():
    picture = np.full((80, 60, 3), 255, np.uint8)
    picture[20:50, 10:45] = (30, 60, 120)
    found = segment_garment(picture)
    top, bottom, left, right = found.box
    assert found.mask[top:bottom, left:right].sum() == found.mask.sum()
    for edge in (found.mask[top], found.mask[bottom - 1], found.mask[:, left], found.mask[:, right - 1]):
        assert edge.any()
