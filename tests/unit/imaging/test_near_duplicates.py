import numpy as np
import pytest

from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg
from core.imaging.near_duplicates import (
    MAX_DUPLICATE_DISTANCE,
    duplicate_distance,
    duplicate_leaders,
    garment_signature,
)
from core.imaging.resize import resize
from core.retrieval.paging.folding import fold
from core.retrieval.ranking import Hit


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


CROSS = np.zeros((40, 40), np.uint8)
CROSS[15:25] = CROSS[:, 15:25] = 255
RING = np.zeros((40, 40), np.uint8)
RING[4:36, 4:36] = 255
RING[14:26, 14:26] = 0


@pytest.mark.parametrize("printed", [None, CROSS, RING])
def test_the_same_garment_elsewhere_smaller_and_lit_otherwise_is_a_near_duplicate(printed):
    one = garment_signature(shirt(printed=printed))
    other = garment_signature(shirt(printed=printed, at=(60, 50), size=0.93, light=1.06))
    assert duplicate_distance(one, other) <= MAX_DUPLICATE_DISTANCE
    assert duplicate_distance(one, other) == pytest.approx(duplicate_distance(other, one))
    assert duplicate_distance(one, one) == pytest.approx(0, abs=0.01)


def test_another_print_another_colour_and_another_shape_are_none():
    plain = garment_signature(shirt())
    assert (
        duplicate_distance(garment_signature(shirt(printed=CROSS)), garment_signature(shirt(printed=RING)))
        > MAX_DUPLICATE_DISTANCE
    )
    assert duplicate_distance(plain, garment_signature(shirt((150, 60, 90)))) > MAX_DUPLICATE_DISTANCE
    assert duplicate_distance(plain, garment_signature(shirt((60, 90, 185)))) > MAX_DUPLICATE_DISTANCE
    longer = np.concatenate([shirt()[:180], shirt()[120:]])
    assert duplicate_distance(plain, garment_signature(longer)) == np.inf


def test_near_duplicates_go_to_the_first_that_is_itself_none():
    looks = [
        garment_signature(picture)
        for picture in (
            shirt(printed=CROSS),
            shirt(printed=RING),
            shirt(printed=CROSS, at=(50, 40)),
            shirt(printed=RING, light=0.95),
            shirt(printed=CROSS, size=0.95),
        )
    ]
    assert duplicate_leaders(looks) == [None, None, 0, 1, 0]
    assert duplicate_leaders([]) == []
    assert duplicate_leaders([None, looks[0], None, looks[2]]) == [None, None, None, 1]


def test_folding_keeps_the_first_of_each_and_counts_ranks_anew():
    cross, ring = garment_signature(shirt(printed=CROSS)), garment_signature(shirt(printed=RING))
    hits = [Hit(name, rank, 1 - rank / 10) for rank, name in enumerate("abcd", start=1)]
    folded = fold(hits, [cross, cross, ring, cross])
    assert [(hit.product_id, hit.rank, hit.score, hit.duplicates) for hit in folded] == [
        ("a", 1, 0.9, ("b", "d")),
        ("c", 2, pytest.approx(0.7), ()),
    ]


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 2), (3, 3)])
def test_pictures_of_any_shape_are_compared_without_a_warning(shape):
    ragged = np.zeros((*shape, 3), np.uint8)
    ragged[:, ::2] = 200
    assert duplicate_leaders([garment_signature(ragged), garment_signature(ragged)]) == [None, 0]
