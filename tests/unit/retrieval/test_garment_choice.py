"""Which garment of a picture is searched with, and what part of the picture shows it."""

import numpy as np
import pytest

from core.errors import SearchError
from core.imaging.crop import crop_percent
from core.imaging.page_pictures import page_picture
from core.models.finder.garment import Garment
from core.retrieval.garment_choice import choose_garment, first_garment
from core.retrieval.photograph.garment_part import GarmentChoice, choice_crop, garment_crop, garment_query
from tests.unit.imaging.test_page_pictures import page

WHITE = np.full((200, 100, 3), 255, np.uint8)
STREET = np.random.default_rng(3).integers(0, 256, (200, 100, 3), np.uint8)


def garment(box, label="Shirts", probability=0.9):
    return Garment(box, label, probability, np.ones((1, 1), bool))


SMALL, LARGE = garment((0.2, 0.2, 0.6, 0.5)), garment((0.1, 0.1, 0.9, 0.9), "Jeans", 0.8)


class Finder:
    """Finds what it was told to."""

    def __init__(self, *garments):
        self.garments = garments

    def find(self, image, key):
        return self.garments


@pytest.mark.parametrize(
    ("garments", "number"), [((), 0), ((LARGE,), 0), ((SMALL,), 1), ((SMALL, LARGE), 1), ((LARGE, SMALL), 1)]
)
def test_a_search_starts_with_the_likeliest_unless_one_garment_fills_the_picture(garments, number):
    assert first_garment(garments) == number
    assert choose_garment(WHITE, Finder(*garments)).number == number


def test_a_garment_can_be_asked_for_and_so_can_the_whole_picture():
    finder = Finder(SMALL, LARGE)
    assert choose_garment(WHITE, finder, number=2).garment is LARGE
    whole = choose_garment(WHITE, finder, number=0)
    assert whole.garment is None
    assert garment_query(WHITE, whole).image is WHITE
    with pytest.raises(SearchError, match="Garment 3 was asked for, and 2 were found"):
        choose_garment(WHITE, finder, number=3)
    assert choose_garment(WHITE, Finder(), number=3).number == 0  # nothing is found: the whole picture


def test_the_only_garment_of_a_whole_picture_is_the_one_that_is_shown():
    choice = choose_garment(WHITE, Finder(LARGE))
    assert choice.garment is None
    assert garment_query(WHITE, choice).garment is LARGE


def test_more_is_searched_with_around_a_garment_on_plain_ground_than_in_a_busy_street():
    assert garment_crop(SMALL, STREET) == (16.8, 17.6, 63.2, 52.4)  # 8 % of each side
    margin = 0.1 * 0.3 * 200  # a tenth of the longer side, in pixels
    assert garment_crop(SMALL, WHITE) == (20 - margin, 20 - margin / 2, 60 + margin, 50 + margin / 2)
    # What the garment itself looks like does not matter.
    worn = WHITE.copy()
    worn[40:100, 20:60] = STREET[40:100, 20:60]
    assert garment_crop(SMALL, worn) == garment_crop(SMALL, WHITE)


@pytest.mark.parametrize("box", [(0.5, 0.5, 0.5001, 0.5001), (0.0, 0.0, 1e-6, 1.0), (0.9999, 0.2, 1.0, 0.3)])
def test_a_garment_of_less_than_a_pixel_can_be_searched_with(box):
    for picture in (WHITE, STREET):
        assert crop_percent(picture, garment_crop(garment(box), picture)).size


def test_a_crop_never_leaves_the_picture():
    assert garment_crop(garment((0, 0, 1, 1)), WHITE) == (0, 0, 100, 100)
    assert garment_crop(garment((0, 0.5, 1, 1)), WHITE) == (0, 45, 100, 100)


def test_on_a_page_the_likeliest_garment_of_a_picture_is_searched_with_the_picture():
    shop = page()
    shirt, jeans = garment((0.2, 0.15, 0.5, 0.3)), garment((0.2, 0.3, 0.5, 0.42), "Jeans", 0.8)
    other = garment((0.75, 0.12, 0.85, 0.2), "Hats", 0.7)
    garments = (shirt, jeans, other)
    percent = [100 * side for side in page_picture(shop, (0.35, 0.2))]
    assert choice_crop(GarmentChoice(garments, 1), shop) == pytest.approx(percent, abs=0.01)
    assert choice_crop(GarmentChoice(garments, 2), shop) == garment_crop(jeans, shop)
    third = page_picture(shop, (0.8, 0.16))
    assert choice_crop(GarmentChoice(garments, 3), shop) == pytest.approx([100 * s for s in third], abs=0.01)
    assert choice_crop(GarmentChoice(garments, 0), shop) is None
    query = garment_query(shop, GarmentChoice(garments, 1))
    assert query.garment is shirt
    assert query.image.shape[0] == pytest.approx(0.96 * 0.35 * 600, abs=6)


def test_a_garment_alone_is_searched_with_more_of_what_is_around_it():
    beside = garment((0.7, 0.7, 0.9, 0.9), "Shoes", 0.9)
    alone = choice_crop(GarmentChoice((SMALL,), 1), STREET)
    margin = 0.2 * 0.3 * 200  # a fifth of the longer side, in pixels
    assert alone == (20 - margin, 20 - margin / 2, 60 + margin, 50 + margin / 2)
    assert choice_crop(GarmentChoice((SMALL, beside), 1), STREET) == garment_crop(SMALL, STREET)
    unsure = garment((0.7, 0.7, 0.9, 0.9), "Shoes", 0.4)
    within = garment((0.3, 0.3, 0.5, 0.4), "Tops", 0.9)
    assert choice_crop(GarmentChoice((SMALL, unsure, within), 1), STREET) == alone
