import numpy as np
import pytest

from core.imaging.decode import read_image
from core.imaging.duplicate_search import candidate_pairs, find_near_duplicates, rough_signature
from core.imaging.encode import encode_jpeg
from core.imaging.near_duplicates import (
    MAX_DUPLICATE_DISTANCE,
    GarmentSignature,
    are_near_duplicates,
    duplicate_distance,
    garment_signature,
    small_garment,
)
from core.imaging.resize import resize
from core.protocols import no_progress


def shirt(colour=(60, 90, 150), *, printed=None, at=(30, 20), size=1.0, light=1.0) -> np.ndarray:
    """Draw a garment with sleeves, a shade across it, and a print on the chest."""
    picture = np.full((320, 240, 3), 255.0)
    high, wide = round(200 * size), round(140 * size)
    cloth = np.zeros((high, wide, 3)) + colour
    cloth *= (1 - 0.25 * np.linspace(0, 1, wide))[None, :, None]
    if printed is not None:
        top, left = high // 4, wide // 4
        pattern = resize(printed, high // 3, wide // 2)[..., None] > 127
        part = cloth[top : top + high // 3, left : left + wide // 2]
        part[:] = np.where(pattern, (235, 225, 90), part)
    cloth[high // 3 :, : wide // 6] = 255
    cloth[high // 3 :, -(wide // 6) :] = 255
    y, x = at
    worn = picture[y : y + high, x : x + wide]
    worn[:] = np.where(cloth == 255, 255, np.clip(light * cloth, 0, 254))
    return read_image(encode_jpeg(picture.astype(np.uint8)))


def signature(picture: np.ndarray) -> GarmentSignature:
    return garment_signature(small_garment(picture))


CROSS = np.zeros((40, 40), np.uint8)
CROSS[15:25] = CROSS[:, 15:25] = 255
RING = np.zeros((40, 40), np.uint8)
RING[4:36, 4:36] = 255
RING[14:26, 14:26] = 0


@pytest.mark.parametrize("printed", [None, CROSS, RING])
def test_the_same_garment_elsewhere_smaller_and_lit_otherwise_is_a_near_duplicate(printed):
    one = signature(shirt(printed=printed))
    other = signature(shirt(printed=printed, at=(60, 50), size=0.93, light=1.06))
    assert duplicate_distance(one, other) <= MAX_DUPLICATE_DISTANCE
    assert duplicate_distance(one, other) == pytest.approx(duplicate_distance(other, one))
    assert duplicate_distance(one, one) == pytest.approx(0, abs=0.01)


def test_another_print_another_colour_and_another_shape_are_none():
    plain = signature(shirt())
    assert (
        duplicate_distance(signature(shirt(printed=CROSS)), signature(shirt(printed=RING)))
        > MAX_DUPLICATE_DISTANCE
    )
    assert duplicate_distance(plain, signature(shirt((150, 60, 90)))) > MAX_DUPLICATE_DISTANCE
    assert duplicate_distance(plain, signature(shirt((60, 90, 185)))) > MAX_DUPLICATE_DISTANCE
    longer = np.concatenate([shirt()[:180], shirt()[120:]])
    assert duplicate_distance(plain, signature(longer)) == np.inf


PICTURES = [
    shirt(printed=CROSS),
    shirt(printed=RING),
    shirt(printed=CROSS, at=(50, 40)),
    shirt(printed=RING, light=0.95),
    shirt(printed=CROSS, size=0.95),
    shirt((20, 120, 30)),
]


def found_among(pictures):
    garments = [small_garment(picture) for picture in pictures]
    rough = np.stack([rough_signature(garment) for garment in garments])
    pairs = candidate_pairs(rough, rough)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    return set(find_near_duplicates(pairs, garments.__getitem__, step=no_progress("", 0)))


def test_near_duplicates_are_found_among_many_as_they_are_by_comparing_all():
    looks = [signature(picture) for picture in PICTURES]
    every = {
        (one, other)
        for one in range(len(looks))
        for other in range(one + 1, len(looks))
        if duplicate_distance(looks[one], looks[other]) <= MAX_DUPLICATE_DISTANCE
    }
    assert found_among(PICTURES) == every == {(0, 2), (0, 4), (2, 4), (1, 3)}
    assert all(are_near_duplicates(looks[one], looks[other]) for one, other in every)


def test_few_of_many_are_compared():
    shades = [small_garment(shirt((40 + shade, 90, 150))) for shade in range(60)]
    rough = np.stack([rough_signature(garment) for garment in shades])
    pairs = candidate_pairs(rough, rough)
    assert np.bincount(pairs[:, 0]).max() == 33  # the nearest, and itself
    assert (pairs[pairs[:, 0] == 30][0] == 30).all()
    assert set(pairs[pairs[:, 0] == 30][1:3, 1]) <= set(range(26, 35))


def test_a_picture_that_is_not_there_is_near_nothing():
    rough = np.stack([rough_signature(small_garment(picture)) for picture in PICTURES[:3]])
    rough[1] = np.nan
    assert set(candidate_pairs(rough, rough).ravel()) == {0, 2}
    assert candidate_pairs(rough[1:2], rough).shape == (0, 2)
    assert candidate_pairs(rough, rough[:0]).shape == (0, 2)
    nothing = find_near_duplicates(np.array([[0, 1]]), lambda number: None, step=no_progress("", 0))
    assert list(nothing) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 2), (3, 3)])
def test_pictures_of_any_shape_are_compared_without_a_warning(shape):
    ragged = np.zeros((*shape, 3), np.uint8)
    ragged[:, ::2] = 200
    assert found_among([ragged, ragged]) == {(0, 1)}
