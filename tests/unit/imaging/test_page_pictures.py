"""The pictures on a page, told from a photograph of somebody and from a product on white."""

import numpy as np
import pytest

from core.imaging.page_pictures import RIM, is_page, page_picture

TILES = ((0.1, 0.1, 0.6, 0.45), (0.7, 0.1, 0.9, 0.25))


def page(ground=255, *, height=600, width=400):
    """Draw a page with two pictures and lines of text on one flat ground."""
    noise = np.random.default_rng(2).integers(0, 4, (height, width, 3), np.uint8)
    drawn = np.clip(np.full((height, width, 3), ground, np.int16) - noise, 0, 255).astype(np.uint8)
    for number, (left, top, right, bottom) in enumerate(TILES):
        tile = drawn[int(top * height) : int(bottom * height), int(left * width) : int(right * width)]
        tile[:] = 120 + 20 * number
        tile[20:-20, 20:-20] = (190, 30, 40)
    for line in range(10):
        drawn[320 + 24 * line : 330 + 24 * line, 40 : 200 + 10 * line] = 255 - ground
    return drawn


@pytest.mark.parametrize("ground", [255, 30])
@pytest.mark.parametrize("tile", TILES)
def test_the_picture_at_a_point_is_given_without_its_rim(ground, tile):
    left, top, right, bottom = tile
    found = page_picture(page(ground), ((left + right) / 2, (top + bottom) / 2))
    across, down = RIM * (right - left), RIM * (bottom - top)
    assert found == pytest.approx((left + across, top + down, right - across, bottom - down), abs=0.01)


def test_neither_the_ground_nor_text_is_a_picture():
    assert page_picture(page(), (0.95, 0.95)) is None
    shirt = page()
    shirt[60:270, 40:240] = 255
    rows, columns = np.mgrid[0:210, 0:200]
    shirt[60:270, 40:240][(rows - 105) ** 2 + (columns - 100) ** 2 < 90**2] = (200, 30, 30)
    assert page_picture(shirt, (0.35, 0.27)) is None, "round on the page's own ground"


def test_a_photograph_and_a_product_on_white_are_no_pages():
    street = np.random.default_rng(1).integers(0, 256, (300, 200, 3), np.uint8)
    assert page_picture(street, (0.5, 0.5)) is None
    product = np.full((300, 200, 3), 255, np.uint8)
    product[60:240, 50:150] = (20, 40, 120)
    assert page_picture(product, (0.5, 0.5)) is None


def test_a_page_is_told_from_what_is_none():
    screen = page()
    screen[screen > 250] = 255
    assert is_page(screen)
    assert not is_page(page()), "whose ground is as uneven as a photograph's"
    assert not is_page(np.random.default_rng(1).integers(0, 256, (300, 200, 3), np.uint8))


def test_pictures_that_touch_from_edge_to_edge_are_none():
    whole = page()
    whole[10:590, 10:390] = 90
    assert page_picture(whole, (0.5, 0.5)) is None
