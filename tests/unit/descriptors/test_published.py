"""The descriptors that others have published, against values worked out by hand or by other means."""

import sys

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dct

from core.descriptors import COMPARED_DESCRIPTORS, descriptor_version, load_descriptor
from core.descriptors.published.colour_layout import (
    _quantised_first_chroma,
    _quantised_first_luma,
    _quantised_others,
    representative_colours,
    zigzag_order,
)
from core.descriptors.published.colour_maps import BLOCKS, palette_colours, salient_region
from core.descriptors.published.gabor import FREQUENCIES, HEIGHT, ORIENTATIONS, WIDTH
from core.descriptors.published.local_patterns import PATTERNS, pattern_shares, wavelet_bands
from core.errors import ModelError
from core.imaging.resize import resize
from core.models.compared.methods import DEMO_METHODS
from core.protocols import Extractor

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def plain(colour, shape=(80, 60)):
    return np.full((*shape, 3), colour, np.uint8)


def halves(first, second, *, across):
    picture = plain(first)
    picture[(slice(None), slice(30, None)) if across else slice(40, None)] = second
    return picture


def described(name, *pictures):
    return load_descriptor(name).extract(pictures)


# All of them ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMPARED_DESCRIPTORS)
def test_each_is_an_extractor_that_answers_a_picture_the_same_alone_or_among_others(name):
    descriptor = load_descriptor(name)
    pictures = [placed(20, 10), resize(placed(8, 4), 41, 130), resize(placed(30, 30), 320, 240)]
    rows = descriptor.extract(pictures)
    assert isinstance(descriptor, Extractor)
    assert (descriptor.name, descriptor_version(name)) == (name, f"{name}-1")
    assert rows.dtype == np.float32
    assert rows.shape == (3, descriptor.dimension)
    assert np.isfinite(rows).all()
    assert rows.any(axis=1).all()
    np.testing.assert_array_equal(rows[1], descriptor.extract(pictures[1:2])[0])
    assert descriptor.extract([]).shape == (0, descriptor.dimension)


@pytest.mark.parametrize("name", COMPARED_DESCRIPTORS)
@pytest.mark.parametrize("shape", [(1, 1), (2, 90)])
def test_a_picture_of_hardly_any_pixels_is_described_too(name, shape):
    assert np.isfinite(described(name, plain((250, 250, 250), shape))).all()


@pytest.mark.parametrize("name", ["gabor", "lbp", "wavelet-lbp", "phash", "cld-gabor"])
def test_without_its_library_a_method_says_what_installs_it(name, monkeypatch):
    for library in ("skimage", "skimage.filters", "skimage.feature", "pywt", "imagehash"):
        monkeypatch.setitem(sys.modules, library, None)  # importing it fails
    assert descriptor_version(name) == f"{name}-1", "a catalogue that has its vectors is not stale"
    with pytest.raises(ModelError, match=r"not installed; .*`pip install -r requirements-compare.txt`"):
        described(name, plain(RED))


@pytest.mark.parametrize("name", DEMO_METHODS)
def test_what_needs_no_library_works_without(name, monkeypatch):
    for library in ("skimage", "pywt", "imagehash"):
        monkeypatch.setitem(sys.modules, library, None)
    assert described(name, plain(RED)).any()


# Colour Layout Descriptor --------------------------------------------------------------------------------


def test_the_colours_of_blocks_are_in_the_standards_ranges():
    # By hand, red: Y = 219 · 0.299 · 255/256 + 16.5, Cb = 224 · 0.564 · (0 - 0.29783) + 128.5, and so on.
    expected = {RED: (81, 90, 240), GREEN: (144, 54, 35), BLUE: (41, 239, 110), WHITE: (234, 128, 128)}
    for colour, planes in expected.items():
        found = representative_colours(plain(colour))
        assert found.shape == (3, 8, 8)
        assert [np.unique(plane).tolist() for plane in found] == [[value] for value in planes]


def test_blocks_are_read_row_by_row_whatever_the_size():
    picture = plain(WHITE, (83, 61))
    picture[:11, 8:16] = 0  # the second block of the first row: rows 0 to 10, columns 8 to 15
    brightness = representative_colours(picture)[0]
    assert brightness[0, 1] == 16
    assert (np.delete(brightness.ravel(), 1) == 234).all()


def test_a_plain_red_is_quantised_as_worked_by_hand():
    # Y 81: 16 + (81 - 64) // 2 = 24, // 2 = 12; Cb 90: (90 - 64) // 4 = 6; Cr 240: 63. Each less 32.
    np.testing.assert_array_equal(described("cld", plain(RED))[0], [-20, 0, 0, 0, 0, 0, -26, 0, 0, 31, 0, 0])


def test_the_first_wave_runs_across_and_the_second_down():
    # Y of grey 100 and 140: 102 and 136. The wave: 0.5 · 2.56292 · (102 - 136) · sqrt(8) = -123.2, so -123;
    # half of it -61; (128 - 61) // 8 = 8, less 16. The other way round (128 + 61) // 8 = 23, less 16.
    dark, light = (100, 100, 100), (140, 140, 140)
    pictures = [
        halves(one, other, across=across)
        for one, other, across in ((dark, light, True), (light, dark, True), (dark, light, False))
    ]
    across, turned, down = described("cld", *pictures)
    assert across[1:3].tolist() == [-8, 0]
    assert turned[1:3].tolist() == [7, 0]
    assert down[1:3].tolist() == [0, -8]


def test_colour_waves_follow_the_blue_and_the_red_plane():
    left_blue = described("cld", halves(BLUE, (128, 128, 128), across=True))[0]
    assert left_blue[7] > 0 > left_blue[10]  # Cb falls to the right, Cr rises
    left_red = described("cld", halves(RED, (128, 128, 128), across=True))[0]
    assert left_red[10] > 0 > left_red[7]


def test_the_zigzag_is_that_of_jpeg():
    assert zigzag_order().tolist() == [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,
        7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31,
        39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ]  # fmt: skip


def test_quantisation_is_finest_in_the_middle_as_the_standard_has_it():
    assert [_quantised_first_luma(value) for value in (0, 64, 66, 96, 97, 160, 162, 192, 196, 255)] == [
        0, 16, 17, 32, 33, 96, 97, 112, 113, 127,
    ]  # fmt: skip
    values = (0, 64, 68, 96, 98, 112, 128, 144, 146, 160, 164, 192)
    assert [_quantised_first_chroma(value) for value in values] == [
        0, 0, 1, 8, 9, 16, 32, 48, 49, 56, 57, 63,
    ]  # fmt: skip
    others = np.array([-300, -128, -64, -1, 0, 1, 63, 64, 127, 128, 255, 400])
    assert _quantised_others(others).tolist() == [0, 32, 64, 127, 128, 129, 191, 192, 223, 224, 255, 255]


def test_sixty_four_coefficients_go_on_where_six_and_three_end():
    generator = np.random.default_rng(0)
    picture = generator.integers(0, 256, (80, 60, 3), np.uint8)
    (short,), (whole,) = described("cld", picture), described("cld64", picture)
    np.testing.assert_array_equal(short, np.concatenate([whole[:6], whole[64:67], whole[128:131]]))


def test_the_transform_is_that_of_scipy_written_out():
    generator = np.random.default_rng(1)
    picture = generator.integers(90, 160, (8, 8, 3), np.uint8)
    cosines = np.array(
        [
            [np.cos((2 * n + 1) * k * np.pi / 16) * (np.sqrt(0.125) if k == 0 else 0.5) for n in range(8)]
            for k in range(8)
        ]
    )
    plane = representative_colours(picture)[2].astype(float)
    wave = np.floor(cosines @ plane @ cosines.T + 0.499999).astype(int)  # red, at full fineness
    found = described("cld64", picture)[0, 128:]
    assert found[9] == _quantised_others(np.array(wave[3, 0])) // 8 - 16  # the tenth of the zigzag is row 3
    assert found[4] == _quantised_others(np.array(wave[1, 1])) // 8 - 16


# Gabor ---------------------------------------------------------------------------------------------------


def bars(period, *, across):
    wave = np.cos(2 * np.pi * np.arange(WIDTH if across else HEIGHT) / period)
    levels = np.rint(128 + 100 * wave).astype(np.uint8)
    grey = np.broadcast_to(levels if across else levels[:, None], (HEIGHT, WIDTH))
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.mark.parametrize(("period", "scale"), [(5, 1), (10, 2), (20, 3)])
@pytest.mark.parametrize(("across", "direction"), [(True, 0), (False, ORIENTATIONS // 2)])
def test_bars_are_answered_most_by_the_filter_of_their_width_and_direction(period, scale, across, direction):
    row = described("gabor", bars(period, across=across))[0]
    means = row[0::2].reshape(len(FREQUENCIES), ORIENTATIONS)
    assert np.unravel_index(means.argmax(), means.shape) == (scale, direction)


def test_the_answer_to_a_wave_is_as_large_as_summed_out():
    from skimage.filters import gabor_kernel

    kernel = gabor_kernel(0.1, theta=0, bandwidth=1)
    places = np.arange(kernel.shape[1]) - kernel.shape[1] // 2
    gain = abs((kernel * np.exp(-2j * np.pi * 0.1 * places)).sum()) / np.sqrt((abs(kernel) ** 2).sum())
    mean, deviation = described("gabor", bars(10, across=True))[0].reshape(-1, 2)[2 * ORIENTATIONS]
    assert mean == pytest.approx(100 / 2 * gain, rel=0.01)
    assert deviation < 0.02 * mean  # a wave without end is answered the same everywhere


def test_a_plain_picture_has_no_texture_whatever_its_brightness():
    assert np.abs(described("gabor", plain((90, 90, 90)))).max() < 1e-3


def test_layout_and_texture_count_the_same_where_they_are_joined():
    pictures = [halves(RED, WHITE, across=True), bars(10, across=True)]
    joined = described("cld-gabor", *pictures)
    cosines = []
    for name in ("cld", "gabor"):
        one, other = described(name, *pictures)
        cosines.append(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))
    assert joined[0] @ joined[1] == pytest.approx(np.mean(cosines), abs=1e-5)
    np.testing.assert_allclose(np.linalg.norm(joined, axis=1), 1, atol=1e-5)


# Binary maps of colour -----------------------------------------------------------------------------------


def maps(name, picture):
    return described(name, picture)[0].reshape(27, BLOCKS, BLOCKS)


def placed(top, left, *, shape=(32, 24)):
    """A square on white, its left half red and its right half blue."""
    picture = plain(WHITE)
    picture[top : top + shape[0], left : left + shape[1] // 2] = RED
    picture[top : top + shape[0], left + shape[1] // 2 : left + shape[1]] = BLUE
    return picture


def test_red_counts_nine_times_green_three_times():
    colours = np.array([[RED, GREEN, BLUE, WHITE, (84, 86, 171)]], np.uint8)
    assert palette_colours(colours).tolist() == [[18, 6, 2, 26, 5]]


def test_the_region_that_stands_out_is_found():
    region = salient_region(placed(20, 10))
    expected = np.zeros((80, 60), bool)
    expected[20:52, 10:34] = True
    assert (region != expected).mean() < 0.05


def test_each_dominant_colour_has_its_map_over_the_region_wherever_that_lies():
    red, blue = palette_colours(np.array([[RED, BLUE]], np.uint8))[0]
    found = maps("salient-colour", placed(20, 10))
    assert np.flatnonzero(found.any(axis=(1, 2))).tolist() == sorted([red, blue])
    assert found[red].tolist() == [[1, 1, 0, 0]] * BLOCKS
    assert found[blue].tolist() == [[0, 0, 1, 1]] * BLOCKS
    np.testing.assert_array_equal(found, maps("salient-colour", placed(44, 30)))


def test_the_plain_maps_are_of_the_whole_picture_its_ground_included():
    red, white = palette_colours(np.array([[RED, WHITE]], np.uint8))[0]
    found = maps("block-colour", halves(RED, WHITE, across=False))
    assert found[red].tolist() == [[1] * BLOCKS] * 2 + [[0] * BLOCKS] * 2
    assert found[white].tolist() == [[0] * BLOCKS] * 2 + [[1] * BLOCKS] * 2
    assert (maps("block-colour", placed(20, 10)) != maps("block-colour", placed(44, 30))).any()


def test_a_block_has_a_colour_from_a_fifth_of_its_pixels_on():
    red = palette_colours(np.array([[RED]], np.uint8))[0, 0]
    for columns, expected in ((3, 1), (2, 0)):  # of the 15 of a block
        picture = plain(WHITE)
        picture[:20, :columns] = RED
        assert maps("block-colour", picture)[red, 0, 0] == expected


# Local binary patterns -----------------------------------------------------------------------------------


def test_of_a_plain_plane_each_inner_pixel_has_all_neighbours_set():
    shares = pattern_shares(np.full((10, 20), 7, np.int32), method="lbp")
    assert shares.shape == (PATTERNS,)
    assert shares.sum() == pytest.approx(1)
    assert shares[57] == pytest.approx(8 * 18 / 200)  # 58 uniform patterns are numbered from 0


def test_an_edge_is_another_pattern_in_each_direction():
    edges = [halves((50, 50, 50), (200, 200, 200), across=across) for across in (True, False)]
    rows = described("lbp", *edges, *(edge[::-1, ::-1] for edge in edges))
    for one in range(4):
        for other in range(one):
            assert np.abs(rows[one] - rows[other]).max() > 0.01
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-5)


def test_bands_are_haars_worked_by_hand():
    grey = np.array([[10, 2, 0, 0], [4, 8, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], float)
    coarse, *details = wavelet_bands(grey)
    # One level down, the top left block is 24/2 = 12, with details (12 - 12)/2, (14 - 10)/2 and (18 - 6)/2.
    # The next level has one block: 12/2 = 6, with three details of 6. All times 4.
    assert coarse.tolist() == [[24]]
    assert [band.tolist() for band in details[:3]] == [[[24]], [[24]], [[24]]]
    assert [band[0, 0] for band in details[3:]] == [0, 8, 24]


def test_level_bars_lie_in_the_level_band_and_upright_ones_in_the_upright():
    level, upright = bars(2, across=False), bars(2, across=True)
    for picture, band in ((level, 4), (upright, 5)):
        bands = wavelet_bands(picture[..., 0].astype(float))
        assert [int(np.abs(each).max() > 100) for each in bands[4:]] == [
            int(place == band) for place in (4, 5, 6)
        ]


def test_the_patterns_of_each_band_are_counted_by_themselves():
    row = described("wavelet-lbp", np.random.default_rng(0).integers(0, 256, (80, 60, 3), np.uint8))[0]
    np.testing.assert_allclose(row.reshape(7, PATTERNS).sum(axis=1), 1, rtol=1e-5)


# Histogram -----------------------------------------------------------------------------------------------


def test_colours_are_counted_red_first_as_shares():
    picture = plain(RED)
    picture[:20] = BLUE
    row = described("histogram", picture)[0]
    assert {place: row[place] for place in np.flatnonzero(row)} == {7 * 64: 0.75, 7: 0.25}
    assert np.flatnonzero(described("histogram", plain((0, 33, 0)))[0]).tolist() == [8]


# Perceptual hashes ---------------------------------------------------------------------------------------


def grey_picture(levels):
    return np.repeat(np.asarray(levels, np.uint8)[..., None], 3, axis=2)


def test_the_difference_hash_reads_from_left_to_right():
    ramp = np.broadcast_to(np.linspace(0, 255, 60), (80, 60))
    rows = described("dhash", grey_picture(ramp), grey_picture(ramp[:, ::-1]))
    assert rows.tolist() == [[1] * 64, [-1] * 64]


def test_the_average_hash_is_upright():
    rows = described("ahash", halves(WHITE, (0, 0, 0), across=False), halves(WHITE, (0, 0, 0), across=True))
    assert rows[0].reshape(8, 8).tolist() == [[1] * 8] * 4 + [[-1] * 8] * 4
    np.testing.assert_array_equal(rows[1].reshape(8, 8), rows[0].reshape(8, 8).T)


def test_the_cosine_hash_is_that_of_scipy():
    picture = np.random.default_rng(5).integers(0, 256, (80, 60, 3), np.uint8)
    small = np.asarray(
        Image.fromarray(picture).convert("L").resize((32, 32), Image.Resampling.LANCZOS), float
    )
    low = dct(dct(small, axis=0), axis=1)[:8, :8]
    expected = np.where(low > np.median(low), 1, -1)
    np.testing.assert_array_equal(described("phash", picture)[0].reshape(8, 8), expected)


def test_the_wavelet_hash_is_of_haars_coarse_band_without_the_mean():
    levels = np.add.outer(np.arange(64) // 8 * 20, np.arange(64) // 8 * 3).astype(float)
    expected = np.where(levels[::8, ::8] > np.median(levels[::8, ::8]), 1, -1)
    found = described("whash", grey_picture(levels))[0].reshape(8, 8)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["ahash", "dhash", "phash", "whash"])
def test_more_light_keeps_a_hash_and_another_picture_has_another(name):
    generator = np.random.default_rng(2)
    small = generator.integers(40, 160, (10, 8))
    picture = grey_picture(np.kron(small, np.ones((8, 8))))
    brighter = grey_picture(np.kron(small + 30, np.ones((8, 8))))
    other = grey_picture(np.kron(generator.integers(40, 160, (10, 8)), np.ones((8, 8))))
    one, lit, another = described(name, picture, brighter, other)
    assert (one != lit).sum() <= 4
    assert (one != another).sum() >= 12
