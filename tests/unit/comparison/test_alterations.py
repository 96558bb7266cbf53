"""Each alteration goes the way its name says, and as far as its unit says."""

import numpy as np
import pytest

from core.comparison.alterations import ALTERATIONS, FLOOR, PATCH, STEP_NAMES, alter
from core.errors import ImageError
from core.imaging.colour_space import scale_light
from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg

RED = (200, 30, 40)


def shirt(height: int = 160, width: int = 120) -> np.ndarray:
    """Draw a red garment on white, a quarter of each side left free around it, its top left corner blue."""
    picture = np.full((height, width, 3), 255, np.uint8)
    picture[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = RED
    picture[height // 4 : height // 2, width // 4 : width // 2] = (30, 40, 200)
    return picture


def blue_at(picture: np.ndarray) -> tuple[float, float]:
    """Say where the blue corner is: below the middle of the picture, and right of it, as shares."""
    rows, columns = np.nonzero((picture[..., 2] > 150) & (picture[..., 0] < 100))
    return rows.mean() / picture.shape[0] - 0.5, columns.mean() / picture.shape[1] - 0.5


def test_every_alteration_has_its_named_steps_from_weak_to_strong():
    assert len(ALTERATIONS) == 10
    noise = np.random.default_rng(1).integers(0, 60, (160, 120, 3), np.uint8)
    picture = np.clip(shirt().astype(int) - noise, 0, 255).astype(np.uint8)
    for alteration in ALTERATIONS.values():
        assert [step.name for step in alteration.steps] == list(STEP_NAMES[: len(alteration.strengths)])
        assert len({step.text for step in alteration.steps}) == len(alteration.steps)
        assert len(alteration.steps) == (1 if alteration.name == "mirror" else 4)
        for step in alteration.steps:
            altered = alteration.apply(picture, step.strength)
            assert altered.dtype == np.uint8
            assert altered.flags.c_contiguous
            assert altered.shape != picture.shape or (altered != picture).any()
            np.testing.assert_array_equal(altered, alteration.apply(picture.copy(), step.strength))


def test_the_picture_itself_stays_as_it_is():
    picture = shirt()
    picture.flags.writeable = False
    for alteration in ALTERATIONS.values():
        alteration.apply(picture, alteration.strengths[-1])
    np.testing.assert_array_equal(picture, shirt())


@pytest.mark.parametrize("percent", [0.5, 1, 2, 4])
def test_blur_widens_an_edge_by_its_share_of_the_longer_side(percent):
    edge = np.zeros((400, 300, 3), np.uint8)
    edge[:, 150:] = 255
    row = alter(edge, "blur", percent)[200, :, 0].astype(float) / 255
    # Of a step, the slope is the bell itself: its deviation is the blur's.
    slope, places = np.diff(row), np.arange(299)
    mean = (slope * places).sum() / slope.sum()
    deviation = np.sqrt((slope * (places - mean) ** 2).sum() / slope.sum())
    assert deviation == pytest.approx(percent / 100 * 400, rel=0.12, abs=0.2)


def test_rotation_is_clockwise_and_loses_no_corner():
    down, across = blue_at(shirt())
    assert down < 0 and across < 0  # noqa: PT018
    down, across = blue_at(alter(shirt(), "rotate", 90))
    assert down < 0 < across
    assert alter(shirt(), "rotate", 90).shape == (120, 160, 3)
    assert alter(shirt(), "rotate", 45).shape[0] > 160
    assert alter(shirt(), "rotate", 5)[0, 0].tolist() == [255, 255, 255]


def test_rotation_turns_by_the_angle_asked_for():
    line = np.full((201, 201, 3), 255, np.uint8)
    line[100, 100:] = 0  # points to the right, and turns downwards
    turned = alter(line, "rotate", 15)
    rows, columns = np.nonzero(turned[..., 0] < 128)
    far = np.argmax(columns)
    middle = (np.array(turned.shape[:2]) - 1) / 2
    assert np.degrees(np.arctan2(rows[far] - middle[0], columns[far] - middle[1])) == pytest.approx(15, abs=1)


def test_corners_of_a_rotated_picture_have_the_colour_of_its_edge():
    picture = np.full((60, 60, 3), (10, 90, 20), np.uint8)
    picture[15:45, 15:45] = RED
    assert alter(picture, "rotate", 45)[0, 0].tolist() == [10, 90, 20]


@pytest.mark.parametrize("percent", [5, 10, 20, 30])
def test_crop_takes_as_much_from_each_edge(percent):
    rows, columns = np.indices((100, 200))
    picture = np.stack([rows, columns, columns], axis=-1).astype(np.uint8)
    cropped = alter(picture, "crop", percent)
    assert cropped.shape == (100 - 2 * percent, 200 - 4 * percent, 3)
    assert cropped[0, 0, :2].tolist() == [percent, 2 * percent]


@pytest.mark.parametrize(("stops", "expected"), [(1, 188), (2, 137), (3, 99)])
def test_each_stop_darkens_to_half_the_light(stops, expected):
    # Half of white's light is sRGB 188, a quarter 137, an eighth 99.
    assert alter(np.full((4, 4, 3), 255, np.uint8), "darken", stops)[0, 0].tolist() == [expected] * 3


def test_tint_warms_white_and_leaves_red_light_alone():
    white = np.full((4, 4, 3), 255, np.uint8)
    red, green, blue = alter(white, "tint", 50)[0, 0].tolist()
    assert (red, green, blue) == (255, 225, 188)
    assert alter(white, "tint", 75)[0, 0, 2] < blue


def test_compression_loses_more_the_lower_the_quality():
    noise = np.random.default_rng(2).integers(0, 256, (80, 60, 1), np.uint8).repeat(3, axis=2)
    steps = [alter(noise, "jpeg", step.strength) for step in ALTERATIONS["jpeg"].steps]
    lost = [float(np.abs(step.astype(int) - noise).mean()) for step in steps]
    assert lost == sorted(lost)
    assert lost[0] < 0.6 * lost[-1]
    np.testing.assert_array_equal(steps[1], read_image(encode_jpeg(noise, 25)))
    assert all(step.shape == noise.shape for step in steps)


@pytest.mark.parametrize("side", [64, 40, 24, 16])
def test_shrinking_leaves_so_many_pixels_and_the_shape(side):
    assert alter(shirt(), "shrink", side).shape == (side, round(0.75 * side), 3)


def test_mirroring_exchanges_left_and_right_and_not_top_and_bottom():
    np.testing.assert_array_equal(alter(shirt(), "mirror", 1), np.fliplr(shirt()))


@pytest.mark.parametrize("levels", [0, 15, 30, 60])
def test_another_ground_changes_the_ground_alone_and_has_its_pattern(levels):
    laid = alter(shirt(), "ground", levels)
    np.testing.assert_array_equal(laid[60:70, 70:80], shirt()[60:70, 70:80])
    ground = laid[:30].reshape(-1, 3).astype(float)
    clipped = 60 if levels == 60 else 6
    assert np.abs(ground.mean(axis=0) - FLOOR).max() <= clipped
    # The pattern's deviation is that of the whole floor; the strip above has most of it.
    assert 0.6 * levels <= ground.std(axis=0)[2] <= 1.4 * levels + 0.5


def test_a_picture_without_a_ground_of_its_own_is_laid_on_none():
    plain = np.full((40, 30, 3), RED, np.uint8)
    np.testing.assert_array_equal(alter(plain, "ground", 30), plain)


@pytest.mark.parametrize("percent", [15, 30, 45, 60])
def test_a_patch_covers_that_share_of_the_garment_from_below(percent):
    covered = alter(shirt(), "cover", percent)
    patched = (covered == PATCH).all(axis=-1)
    rows, columns = np.nonzero(patched)
    # The garment is 80 rows high, from 40 to 120, and 60 wide, from 30 to 90.
    assert len(set(rows)) == pytest.approx(0.8 * percent, abs=4)
    assert rows.max() == pytest.approx(119, abs=2)
    assert (columns.min(), columns.max()) == (pytest.approx(30, abs=2), pytest.approx(89, abs=2))
    np.testing.assert_array_equal(covered[~patched], shirt()[~patched])


def test_what_is_no_alteration_or_out_of_range_is_refused():
    with pytest.raises(ImageError, match=r"no alteration 'smear'; expected one of blur, rotate"):
        alter(shirt(), "smear", 1)
    with pytest.raises(ImageError, match=r"strength of crop is 50; expected 0 to 45 \(% of each edge"):
        alter(shirt(), "crop", 50)
    with pytest.raises(ImageError, match="expected uint8"):
        alter(shirt().astype(float), "blur", 1)


def test_light_is_scaled_channel_by_channel_and_never_beyond_white():
    picture = np.array([[[255, 188, 100]]], np.uint8)
    np.testing.assert_array_equal(scale_light(picture, (1, 1, 1)), picture)
    assert scale_light(picture, (0.5, 4, 0)).tolist() == [[[188, 255, 0]]]
