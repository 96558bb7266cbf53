"""A page that is open while its catalogue is indexed again."""

import shutil

import pytest

from core.indexing.edit import remove_products
from core.storage import artifacts
from tests.pages.search.test_controls import ids, press
from tests.pages.search.test_search import button, photo, shown, upload


@pytest.fixture
def page(app, described, toy_models):
    """Give the page with the hits of a red photo on it."""
    opened = upload(app().run(), "red.jpg", photo())
    yield opened
    assert not opened.exception


def without(*colours):
    """Take the products of these colours out of the catalogue, as another process would."""
    places = {"Red": 0, "Navy Blue": 1, "Green": 2, "White": 3}
    gone = [str(100 + 10 * label + places[colour]) for label in range(5) for colour in colours]
    remove_products(gone, "demo")


def test_filters_that_are_still_there_stay_and_the_others_are_taken_off_with_a_word(page):
    page.multiselect(key="articleType-demo").set_value(["Jeans"]).run()
    page.multiselect(key="baseColour-demo").set_value(["Green", "Red"]).run()
    assert len(ids(page)) == 2
    without("Green")
    page.run()
    assert page.multiselect(key="articleType-demo").value == ["Jeans"]
    assert page.multiselect(key="baseColour-demo").value == ["Red"]
    assert ids(page) == ["120"]
    assert r"demo has no product of Colour Green\." in shown(page)
    page.slider(key="threshold").set_value(0.1).run()
    assert ids(page) == ["120"]


def test_a_filter_of_a_column_in_which_all_products_are_alike_by_now_is_taken_off(page):
    page.multiselect(key="baseColour-demo").set_value(["Green"]).run()
    without("Green", "Navy Blue", "White")
    page.run()
    assert len(ids(page)) == 5
    assert r"demo has no product of Colour Green\." in shown(page)
    assert [found.key for found in page.multiselect] == ["articleType-demo"]


def test_the_query_and_what_was_judged_survive(page):
    press(page, "hit-up-100")
    press(page, "hit-down-102")
    without("Green")
    page.run()
    assert not page.error
    assert "Moved by 1 like" in shown(page)
    assert len(ids(page)) == 12


def test_a_price_that_no_product_has_any_more_is_no_filter(page):
    page.slider(key="price-demo").set_value((502.0, 503.0)).run()
    assert len(ids(page)) == 8
    remove_products([str(100 + 10 * label + place) for label in (3, 4) for place in range(4)], "demo")
    page.run()
    assert not page.error
    assert len(ids(page)) == 11, "two of the twelve are one"
    assert "prices here go from 499 to 501" in shown(page)


def test_hits_of_a_product_that_is_gone_say_so(app, described, toy_models):
    opened = app()
    opened.query_params["product"] = "102"
    opened.run()
    assert len(ids(opened)) == 12
    without("Green")
    opened.run()
    assert not opened.exception
    assert "has no product 102" in shown(opened)
    assert button(opened, "Find similar")


def test_an_extractor_that_is_gone_gives_way_to_another(page, described):
    page.selectbox(key="extractor").set_value("colour").run()
    with artifacts.write_folder(described, force=True, manifest={}) as work:
        shutil.copytree(described, work, dirs_exist_ok=True)
        (work / "embeddings" / "colour.npy").unlink()
        (work / "manifest.json").unlink()
    page.run()
    assert not page.error
    assert page.selectbox(key="extractor").value == "vgg16"
    assert len(ids(page)) == 12
