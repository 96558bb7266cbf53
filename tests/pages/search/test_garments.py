"""The garments of a photo, each to be searched with, and the rectangle of one's own beside them."""

import json

import numpy as np
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from core.imaging.crop import crop_percent
from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg
from core.models.finder.garment import Garment
from core.models.registry import ModelRegistry
from core.retrieval.encoder import ModelEncoder
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_part import GarmentChoice, choice_crop, garment_crop, garment_query
from pages._shared.search import search_cache
from tests.damage import trust
from tests.pages.search.test_controls import ids, sliders
from tests.pages.search.test_query_params import go, said
from tests.pages.search.test_search import button, hit_lines, shown, upload

SHIRT, JEANS, HAT = (0.1, 0.1, 0.5, 0.5), (0.1, 0.5, 0.5, 0.95), (0.6, 0.05, 0.9, 0.2)


def garment(label: str, probability: float, box=SHIRT) -> Garment:
    return Garment(box, label, probability, np.ones((1, 1), bool))


THREE = (garment("Shirts", 0.93), garment("Jeans", 0.88, JEANS), garment("Hats", 0.61, HAT))
NINE = tuple(
    garment(label, 0.95 - 0.05 * place, (place / 10, 0.1, place / 10 + 0.12, 0.4))
    for place, label in enumerate(
        ("Tshirts", "Jackets", "Jeans", "Shoes", "Shoes", "Bags", "Hats", "Tops", "Skirts")
    )
)


def street() -> bytes:
    """Draw a red garment above a green one on grey ground, and a white one beside them."""
    picture = np.full((400, 300, 3), 120, np.uint8)
    for (left, top, right, bottom), colour in ((SHIRT, (200, 30, 40)), (JEANS, (30, 140, 60)), (HAT, 235)):
        picture[int(400 * top) : int(400 * bottom), int(300 * left) : int(300 * right)] = colour
    return encode_jpeg(picture)


@pytest.fixture
def searched(monkeypatch) -> list[np.ndarray]:
    """Give the pictures that are searched with, in order."""
    pictures = []
    search = search_cache.search.search

    def noted(request, *given):
        pictures.append(request.query)
        return search(request, *given)

    monkeypatch.setattr(search_cache.search, "search", noted)
    return pictures


@pytest.fixture
def page(app, toy_catalogue, toy_models, toy_finder, searched):
    """Give a function that hands in the photo of a street on which these garments are found."""
    opened = []

    def hand_in(*garments: Garment):
        toy_finder.garments = garments
        opened.append(upload(app().run(), "street.jpg", street()))
        assert not opened[-1].exception
        return opened[-1]

    yield hand_in
    assert not any(page.exception or page.error for page in opened)


def canvas(page):
    return next(c.proto for c in page.get("bidi_component") if c.proto.component_name == "photo_canvas")


def on_photo(page) -> dict:
    return json.loads(canvas(page).json)


def send(page, event: str, value):
    """Do what the browser's part of the photo does."""
    states = page._tree.get_widget_states()
    trigger = json.dumps([{"event": event, "value": value}])
    widget = f"$$STREAMLIT_INTERNAL_KEY_{canvas(page).id}__events"
    states.widgets.append(WidgetState(id=widget, json_trigger_value=trigger))
    return page._run(widget_state=states)


def named(page):
    return page.get("button_group")[0]


def pressed(page) -> int:
    return on_photo(page)["number"]


def assert_searched(query, crop) -> None:
    """Assert that a query is this part of the street, to the pixel."""
    whole = read_image(street(), name="street.jpg")
    np.testing.assert_array_equal(query.image, whole if crop is None else crop_percent(whole, crop))


def crop_of(garment: Garment):
    """Give the part of the street that a garment is searched with, in per cent."""
    return garment_crop(garment, read_image(street(), name="street.jpg"))


# What the search starts with ---------------------------------------------------------------------------


def test_where_nothing_is_found_the_whole_picture_is_searched_without_a_word(page, searched):
    opened = page()
    assert_searched(searched[-1], None)
    assert on_photo(opened)["garments"] == []
    assert on_photo(opened)["searched"] is None
    assert not opened.get("button_group")
    assert "Searching with" not in shown(opened)
    assert "Garments are not looked for" not in shown(opened)


def test_a_small_garment_alone_is_searched_with(page, searched):
    opened = page(garment("Shirts", 0.9))
    alone = GarmentChoice((garment("Shirts", 0.9),), 1)
    assert_searched(searched[-1], choice_crop(alone, read_image(street(), name="street.jpg")))
    assert "Searching with the shirt, the only garment found." in shown(opened)
    assert pressed(opened) == 1


def test_a_garment_that_fills_the_picture_is_searched_for_by_all_of_it(page, searched):
    opened = page(garment("Shirts", 0.9, (0.05, 0.1, 0.9, 0.95)))
    assert_searched(searched[-1], None)
    assert "Searching with" not in shown(opened)
    assert pressed(opened) == 0
    assert named(opened).options == ["Whole picture", "Shirt, 90 %"]
    assert "garment" not in said(opened)


def test_of_three_garments_the_likeliest_is_searched_with_and_all_are_offered(page, searched):
    opened = page(*THREE)
    query = searched[-1]
    assert_searched(query, crop_of(THREE[0]))
    assert (query.garment.label, query.garment.box) == ("Shirts", SHIRT)
    assert "Searching with the shirt, the likeliest of 3 garments." in shown(opened)
    assert named(opened).options == ["Whole picture", "Shirt, 93 %", "Jeans, 88 %", "Hat, 61 %"]
    assert named(opened).value == 1
    assert pressed(opened) == 1
    buttons = on_photo(opened)["garments"]
    assert [button["name"] for button in buttons] == ["Shirt", "Jeans", "Hat"]
    assert buttons[1]["says"] == "Jeans, 88 % – search with it"
    assert buttons[1]["box"] == [10, 50, 50, 95]
    assert on_photo(opened)["searched"] == list(crop_of(THREE[0]))
    assert "garment" not in said(opened), "nobody has chosen yet"


@pytest.mark.parametrize("number", [None, 0, 2])
def test_the_page_searches_with_the_picture_that_a_notebook_gets(page, searched, number):
    opened = page(*THREE)
    if number is not None:
        named(opened).set_value(number).run()
    image = read_image(street(), name="street.jpg")
    query = garment_query(image, choose_garment(image, ModelEncoder(ModelRegistry()), number=number))
    np.testing.assert_array_equal(searched[-1].image, query.image)
    assert getattr(searched[-1].garment, "box", None) == getattr(query.garment, "box", None)


def test_nine_garments_are_offered_each_by_name(page):
    opened = page(*NINE)
    assert len(on_photo(opened)["garments"]) == 9
    assert len(named(opened).options) == 10
    assert "Searching with the T-shirt, the likeliest of 9 garments." in shown(opened)
    assert {button["number"] for button in on_photo(opened)["garments"]} == set(range(1, 10))


# What is chosen ----------------------------------------------------------------------------------------


def test_a_tap_on_the_photo_searches_with_that_garment(page, searched):
    opened = page(*THREE)
    first = hit_lines(opened)
    send(opened, "tapped", 2)
    assert_searched(searched[-1], crop_of(THREE[1]))
    assert searched[-1].garment.label == "Jeans"
    assert searched[-1].key != searched[0].key
    assert hit_lines(opened) != first
    assert "Searching with the jeans, one of 3 garments." in shown(opened)
    assert (pressed(opened), named(opened).value) == (2, 2)
    assert said(opened)["garment"] == ["2"]


def test_a_garment_is_chosen_by_name_and_the_whole_picture_is_one_tap_away(page, searched):
    opened = page(*THREE)
    named(opened).set_value(3).run()
    assert_searched(searched[-1], crop_of(THREE[2]))
    assert pressed(opened) == 3
    named(opened).set_value(0).run()
    assert_searched(searched[-1], None)
    assert searched[-1].garment is None
    assert on_photo(opened)["searched"] is None
    assert said(opened)["garment"] == ["0"]


def test_a_rectangle_drawn_on_the_photo_is_searched_with(page, searched):
    opened = page(*THREE)
    send(opened, "drawn", [20, 10, 90, 60])
    assert_searched(searched[-1], (20, 10, 90, 60))
    assert searched[-1].garment is None
    assert on_photo(opened)["own"] is True
    assert pressed(opened) == 0
    assert named(opened).options[1] == "Your part"
    assert [slider.value for slider in sliders(opened)] == [(20, 90), (10, 60)]
    assert said(opened)["part"] == ["20-90x10-60"]
    send(opened, "tapped", 2)
    assert_searched(searched[-1], crop_of(THREE[1]))
    assert "part" not in said(opened)
    assert "Your part" not in named(opened).options


def test_the_sides_of_a_garment_can_be_moved(page, searched):
    opened = page(*THREE)
    left, top, right, bottom = (round(side) for side in crop_of(THREE[0]))
    across, down = sliders(opened)
    assert (across.value, down.value) == ((left, right), (top, bottom))
    across.set_value((left, 80)).run()
    assert_searched(searched[-1], (left, top, 80, bottom))
    sliders(opened)[0].set_value((0, 100)).run()
    sliders(opened)[1].set_value((0, 100)).run()
    assert_searched(searched[-1], None)
    assert said(opened)["garment"] == ["0"]


@pytest.mark.parametrize(
    ("event", "value"),
    [
        ("tapped", 4),
        ("tapped", -1),
        ("tapped", True),
        ("tapped", "2"),
        ("tapped", None),
        ("drawn", [1, 2, 3]),
        ("drawn", [10, 10, 12, 90]),
        ("drawn", [-5, 0, 50, 50]),
        ("drawn", [0, 0, 1000, 50]),
        ("drawn", ["0", "0", "50", "50"]),
        ("drawn", {"left": 0}),
        ("other", 2),
    ],
)
def test_what_no_browser_of_ours_sends_changes_nothing(page, searched, event, value):
    opened = page(*THREE)
    send(opened, event, value)
    assert not opened.exception
    assert pressed(opened) == 1
    assert not {"garment", "part"} & set(said(opened))


# The address -------------------------------------------------------------------------------------------


def test_going_back_and_forward_follows_the_choice(page):
    opened = page(*THREE)
    start = said(opened), ids(opened)
    send(opened, "tapped", 2)
    second = said(opened), ids(opened)
    send(opened, "drawn", [20, 10, 90, 60])
    third = said(opened), ids(opened)
    assert ids(go(opened, **second[0])) == second[1]
    assert pressed(opened) == 2
    assert ids(go(opened, **start[0])) == start[1]
    assert pressed(opened) == 1
    assert ids(go(opened, **third[0])) == third[1]
    assert on_photo(opened)["own"] is True


def test_a_link_to_a_sample_holds_the_choice(app, toy_catalogue, toy_models, toy_finder):
    toy_finder.garments = THREE
    opened = go(app(), sample="red.jpg", garment="2")
    assert pressed(opened) == 2
    assert said(opened)["garment"] == ["2"]
    again = go(app(), **said(opened))
    assert ids(again) == ids(opened)
    assert pressed(again) == 2


def test_another_link_with_the_same_number_is_followed_too(app, toy_catalogue, toy_models, toy_finder):
    sample = (toy_catalogue / "queries" / "red.jpg").read_bytes()
    (toy_catalogue / "queries" / "other.jpg").write_bytes(sample + b" ")
    trust(toy_catalogue, "queries/other.jpg")
    toy_finder.garments = THREE
    opened = go(app(), sample="red.jpg", garment="2")
    assert pressed(go(opened, sample="other.jpg", garment="2")) == 2
    assert said(opened)["sample"] == ["other.jpg"]


def test_another_query_starts_with_its_likeliest(page):
    opened = page(*THREE)
    send(opened, "tapped", 3)
    button(opened, "New search").click().run()
    assert "garment" not in said(opened)
    upload(opened, "other.jpg", street() + b" ")
    assert pressed(opened) == 1


@pytest.mark.parametrize("nonsense", ["9", "-1", "two", "", "1.0", "²", "99999999999999999999"])
def test_a_number_that_makes_no_sense_in_an_address_is_passed_over(
    app, toy_catalogue, toy_models, toy_finder, nonsense
):
    toy_finder.garments = THREE
    opened = go(app(), sample="red.jpg", garment=nonsense)
    assert not opened.exception
    assert not opened.error
    assert pressed(opened) == 1
    assert "garment" not in said(opened)


def test_thumbs_of_one_garment_are_not_those_of_another(page):
    opened = page(*THREE)
    next(b for b in opened.button if b.key == f"hit-up-{ids(opened)[2]}").click().run()
    assert "thumb" in said(opened)
    send(opened, "tapped", 2)
    assert "Moved by" not in shown(opened)
    assert "thumb" not in said(opened)


# The finder --------------------------------------------------------------------------------------------


def test_a_photo_is_looked_through_once(page, toy_finder):
    opened = page(*THREE)
    opened.run()
    send(opened, "tapped", 2)
    send(opened, "drawn", [20, 10, 90, 60])
    opened.radio(key="order").set_value("groups").run()
    assert toy_finder.looked == 1


def test_without_a_finder_the_whole_picture_is_searched_and_one_line_says_why(
    app, toy_catalogue, toy_models, searched
):
    opened = upload(app().run(), "street.jpg", street())
    assert not opened.exception
    assert not opened.error
    assert_searched(searched[-1], None)
    assert len(hit_lines(opened)) == 12
    lines = [caption.value for caption in opened.caption if "Garments are not looked for" in caption.value]
    assert len(lines) == 1
    assert "no model 'finder'" in lines[0]
    send(opened, "drawn", [20, 10, 90, 60])
    assert_searched(searched[-1], (20, 10, 90, 60))


def test_a_product_is_not_looked_through(app, toy_catalogue, toy_models, toy_finder):
    opened = go(app(), product="121", garment="1")
    assert not opened.exception
    assert toy_finder.looked == 0
    assert len(hit_lines(opened)) == 12
