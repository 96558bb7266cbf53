"""Pages of a shop that does not exist."""

import hashlib

import numpy as np
import pytest

from core.evaluation.photographs.shop_page import LAYOUTS, N_OTHERS, draw_shop_page

RED = np.full((400, 300, 3), (200, 30, 40), np.uint8)
GREEN = np.full((400, 300, 3), (30, 140, 60), np.uint8)


def layout_of(product_id):
    return int.from_bytes(hashlib.sha256(product_id.encode()).digest()[:8], "big") % len(LAYOUTS)


def share_of(page, colour):
    return float(np.mean(np.abs(page.astype(int) - colour).max(axis=2) < 12))


def one_id_a_layout():
    return {layout_of(str(number)): str(number) for number in range(100)}


@pytest.fixture(params=sorted(one_id_a_layout().items()), ids=lambda item: LAYOUTS[item[0]].__name__)
def product_id(request):
    return request.param[1]


def test_there_are_layouts_of_phones_and_desktops():
    assert len(LAYOUTS) >= 4
    shapes = {draw_shop_page(name, RED, [], title="").shape for name in one_id_a_layout().values()}
    assert len(shapes) == len(LAYOUTS)
    assert {height > width for height, width, _ in shapes} == {True, False}


def test_the_same_id_gives_the_same_pixels(product_id):
    first = draw_shop_page(product_id, RED, [GREEN], title="A red shirt")
    again = draw_shop_page(product_id, RED, [GREEN], title="A red shirt")
    assert first.dtype == np.uint8
    assert (first == again).all()


def test_a_page_shows_its_product_large_and_the_others_small(product_id):
    page = draw_shop_page(product_id, RED, [GREEN] * N_OTHERS, title="A red shirt")
    red, green = share_of(page, RED[0, 0]), share_of(page, GREEN[0, 0])
    assert red > 0.15
    assert 0.01 < green < red


def test_the_title_is_written(product_id):
    named = draw_shop_page(product_id, RED, [], title="A shirt with a very long name indeed")
    assert (named != draw_shop_page(product_id, RED, [], title="")).any()


def test_other_ids_give_other_pages():
    pages = [draw_shop_page(str(number), RED, [], title="A") for number in range(12)]
    assert len({(page.shape, page.tobytes()) for page in pages}) == 12
    assert draw_shop_page("1", RED[:1, :1], [GREEN[:1]], title="").ndim == 3, "pictures of any size"
