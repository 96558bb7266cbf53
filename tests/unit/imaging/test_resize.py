import numpy as np
import pytest

from core.errors import ImageError
from core.imaging.resize import letterbox, letterbox_batch, resize

GOLDEN = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 128, 0]]], np.uint8)


def test_letterbox_keeps_a_picture_of_the_right_size_pixel_for_pixel():
    fitted = letterbox(GOLDEN, 2, 2)
    np.testing.assert_array_equal(fitted, GOLDEN)
    assert not np.shares_memory(fitted, GOLDEN)


@pytest.mark.parametrize("shape", [(60, 20), (20, 60), (300, 100), (100, 300)])
def test_letterbox_centres_on_white_without_distortion(shape):
    fitted = letterbox(np.zeros((*shape, 3), np.uint8), 80, 60)
    assert fitted.shape == (80, 60, 3)
    dark = np.argwhere(fitted[:, :, 0] < 128)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    height, width = bottom - top + 1, right - left + 1
    assert abs(height / width - shape[0] / shape[1]) < 0.1
    assert height == 80 or width == 60
    assert abs(top - (79 - bottom)) <= 1
    assert abs(left - (59 - right)) <= 1
    assert set(np.unique(fitted)) == {0, 255}


def test_letterbox_is_antialiased():
    checks = (np.indices((400, 300)).sum(axis=0) % 2 * 255).astype(np.uint8)[:, :, None].repeat(3, axis=2)
    fitted = letterbox(checks, 80, 60)
    assert np.abs(fitted.astype(int) - 127).max() <= 4


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (1, 1)])
def test_letterbox_of_extreme_shapes_keeps_the_colour(shape):
    fitted = letterbox(np.full((*shape, 3), (200, 10, 30), np.uint8), 80, 60)
    dark = np.argwhere(fitted[:, :, 1] < 128)
    assert len(dark) in (60, 80, 60 * 60)
    np.testing.assert_array_equal(fitted[tuple(dark[0])], [200, 10, 30])


def test_a_letterboxed_batch_equals_pictures_one_by_one():
    random = np.random.default_rng(3)
    batch = [random.integers(0, 256, (*s, 3), dtype=np.uint8) for s in [(80, 60), (200, 100), (7, 9)]]
    fitted = letterbox_batch(batch, 80, 60)
    assert fitted.shape == (3, 80, 60, 3)
    assert fitted.dtype == np.uint8
    for one, image in zip(fitted, batch, strict=True):
        np.testing.assert_array_equal(one, letterbox(image, 80, 60))
    assert letterbox_batch([], 80, 60).shape == (0, 80, 60, 3)


def test_letterbox_reads_views():
    view = np.random.default_rng(4).integers(0, 256, (40, 60, 3), dtype=np.uint8)[:, ::-1]
    np.testing.assert_array_equal(letterbox(view, 20, 20), letterbox(view.copy(), 20, 20))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 3)),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_arrays_that_are_no_rgb_picture_are_refused(image):
    with pytest.raises(ImageError, match="expected uint8"):
        letterbox(image, 8, 8)


def test_a_frame_without_pixels_is_refused():
    with pytest.raises(ImageError, match="The frame is 0 by 5"):
        letterbox(GOLDEN, 0, 5)


def test_resize_does_not_keep_the_shape_and_takes_grey_too():
    grey = np.zeros((10, 20), np.uint8)
    grey[:, 10:] = 200
    stretched = resize(grey, 20, 20)
    assert stretched.shape == (20, 20)
    assert stretched[0, 0] == 0
    assert stretched[0, -1] == 200
    assert resize(grey, 10, 20) is grey
