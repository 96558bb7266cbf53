"""A photo that is turned back, or by its button: every part of the page sees it so, as the address says."""

import numpy as np
import pytest

from core.errors import ModelError
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image
from core.imaging.encode import encode_lossless
from core.retrieval.encoder import ModelEncoder
from core.retrieval.photograph.upright import stand_upright, turned
from core.retrieval.request import PictureQuery, SearchRequest
from core.retrieval.search import search
from pages._shared.search import results, search_cache
from pages._shared.session import cache
from tests.conftest import ToyModel
from tests.damage import trust
from tests.pages.search.test_garments import THREE, named, on_photo, pressed, send
from tests.pages.search.test_garments import searched as searched  # a fixture
from tests.pages.search.test_query_params import go, said
from tests.pages.search.test_search import button, hit_lines, upload
from tests.turning import with_bright_corner

TURN = "Turn the photo by a quarter to the right"
TO_THE_LEFT = "Turned by a quarter to the left to stand upright"


def picture() -> np.ndarray:
    """Draw a red garment above a blue one, which stands upright with its bright corner on the upper left."""
    drawn = np.full((320, 240, 3), 120, np.uint8)
    drawn[30:150, 40:120] = (200, 30, 40)
    drawn[150:300, 80:220] = (20, 30, 90)
    return with_bright_corner(drawn)


def lying(turn: int) -> bytes:
    """Give the file of the photo that has to be turned by so many degrees clockwise to stand upright."""
    return encode_lossless(turned(picture(), (360 - turn) % 360))


@pytest.fixture
def page(app, toy_catalogue, toy_models, toy_finder, knows_upright, searched):
    """Give a function that hands in the photo as it lies."""
    opened = []

    def hand_in(turn: int):
        opened.append(upload(app().run(), "bed.png", lying(turn)))
        assert not opened[-1].exception
        return opened[-1]

    yield hand_in
    assert not any(page.exception or page.error for page in opened)


def turn_lines(page) -> list[str]:
    return [caption.value for caption in page.caption if caption.value.startswith("Turned")]


def assert_upright(query, turn: int = 0) -> None:
    """Assert that a query is the photo, turned by so many degrees clockwise from where it stands upright."""
    np.testing.assert_array_equal(query.image, turned(picture(), turn))


# By itself ---------------------------------------------------------------------------------------------


def test_an_upright_photo_stays_and_nothing_is_said(page, searched):
    opened = page(0)
    assert_upright(searched[-1])
    assert turn_lines(opened) == []
    assert not [b for b in opened.button if b.label == "Undo"]
    assert button(opened, TURN).help == TURN
    assert "turn" not in said(opened)


@pytest.mark.parametrize(
    ("turn", "line"),
    [
        (90, "Turned by a quarter to the right to stand upright"),
        (180, "Turned by a half to stand upright"),
        (270, TO_THE_LEFT),
    ],
)
def test_a_photo_on_its_side_is_turned_back_before_it_is_searched_with(page, searched, turn, line):
    opened = page(turn)
    assert len(searched) == 1
    assert_upright(searched[0])
    assert turn_lines(opened) == [line]
    assert "turn" not in said(opened), "nobody has chosen yet"
    upright = hit_lines(opened)
    assert hit_lines(page(0)) == upright


def test_the_page_searches_with_the_picture_that_a_notebook_gets(page, searched, toy_catalogue):
    page(270)
    encoder = ModelEncoder(cache.model_registry())
    image = stand_upright(read_image(lying(270)), encoder).image
    response = search(SearchRequest(PictureQuery(image)), open_catalogue("demo"), encoder)
    np.testing.assert_array_equal(searched[-1].image, image)
    assert response.hits


def test_it_can_be_undone_and_the_address_says_so(page, searched):
    opened = page(270)
    button(opened, "Undo").click().run()
    assert_upright(searched[-1], 90)
    assert said(opened)["turn"] == ["0"]
    assert turn_lines(opened) == []


def test_each_side_is_looked_at_once_a_visit(page, monkeypatch):
    looks = []
    real = ToyModel.upright
    monkeypatch.setattr(ToyModel, "upright", lambda self, seen: looks.append(len(seen)) or real(self, seen))
    opened = page(90)
    opened.run()
    button(opened, "Undo").click().run()
    assert len(looks) == 4


def test_a_model_that_does_not_know_turns_nothing(page, searched, monkeypatch):
    def ignorant(self, pictures):
        raise ModelError("vgg16 does not know which way up a picture is")

    monkeypatch.setattr(ToyModel, "upright", ignorant)
    opened = page(90)
    assert_upright(searched[-1], 270)
    button(opened, TURN).click().run()
    assert_upright(searched[-1])


# By its button -----------------------------------------------------------------------------------------


def test_the_button_turns_by_a_quarter_each_time(page, searched):
    opened = page(0)
    for turn, line in (
        (90, "Turned by a quarter to the right"),
        (180, "Turned by a half"),
        (270, "Turned by a quarter to the left"),
        (0, None),
    ):
        button(opened, TURN).click().run()
        assert said(opened)["turn"] == [str(turn)]
        assert turn_lines(opened) == ([line] if line else [])
        if turn:
            assert_upright(searched[-1], turn)
    assert len(searched) == 4, "the hits of the photo as it stands are remembered"


def test_the_button_goes_on_from_what_was_turned_back(page, searched):
    opened = page(270)
    button(opened, TURN).click().run()
    assert said(opened)["turn"] == ["0"]
    assert_upright(searched[-1], 90)


def test_the_photo_shown_is_turned_and_its_place_with_it(page):
    opened = page(0)
    upright = on_photo(opened)["picture"]
    button(opened, TURN).click().run()
    assert on_photo(opened)["picture"] != upright
    ratios = [html.value for html in opened.get("html") if "--query-ratio: 1.33" in html.value]
    assert ratios, "a photo of 240×320 lies on its side"


def test_a_turn_is_no_new_query(page):
    """Its widgets stay, and the focus with them."""
    opened = page(0)
    before = [canvas.proto.id for canvas in opened.get("bidi_component")]
    button(opened, TURN).click().run()
    assert [canvas.proto.id for canvas in opened.get("bidi_component")] == before


# What depends on it ------------------------------------------------------------------------------------


def test_garments_are_looked_for_anew_and_what_was_chosen_is_let_go(page, toy_finder, searched):
    toy_finder.garments = THREE
    opened = page(0)
    send(opened, "tapped", 2)
    assert toy_finder.looked == 1
    button(opened, TURN).click().run()
    assert toy_finder.looked == 2
    assert pressed(opened) == named(opened).value == 1
    assert "garment" not in said(opened)
    send(opened, "drawn", [20, 10, 90, 60])
    assert said(opened)["part"] == ["20-90x10-60"]
    button(opened, TURN).click().run()
    assert "part" not in said(opened)
    assert on_photo(opened)["own"] is False


def test_thumbs_are_let_go_and_words_stay(page):
    opened = page(0)
    next(b for b in opened.button if (b.key or "").startswith("hit-up-")).click().run()
    go(opened, **said(opened), word="shirts")
    button(opened, TURN).click().run()
    assert "thumb" not in said(opened)
    assert said(opened)["word"] == ["shirts"]


def test_colours_and_why_see_the_turned_photo(page, monkeypatch):
    seen = []
    monkeypatch.setattr(search_cache, "descriptor_scores", lambda query, hit: seen.append(query) or {})
    monkeypatch.setattr(search_cache, "main_colours", lambda image: seen.append(image) or [])
    page(90)
    np.testing.assert_array_equal(seen[0], picture())


def test_the_csv_says_it(page):
    opened = page(180)
    photo = next(iter(opened.session_state["recent-photos"].values()))
    assert results.query_name(photo.turned(180)) == "bed.png, turned by a half"
    assert results.query_name(photo.turned(0)) == "bed.png"


# The address -------------------------------------------------------------------------------------------


def test_back_and_forward_follow_the_turn(page):
    opened = page(270)
    by_itself, first = said(opened), hit_lines(opened)
    button(opened, "Undo").click().run()
    undone, others = said(opened), hit_lines(opened)
    assert others != first
    go(opened, **by_itself)
    assert (turn_lines(opened), hit_lines(opened)) == ([TO_THE_LEFT], first)
    assert "turn" not in said(opened)
    go(opened, **undone)
    assert (turn_lines(opened), hit_lines(opened)) == ([], others)
    go(opened, **by_itself, turn="180")
    assert turn_lines(opened) == ["Turned by a half"]


def test_a_link_to_a_sample_holds_the_turn(app, toy_catalogue, toy_models, knows_upright):
    opened = go(app(), sample="red.jpg", turn="90")
    assert turn_lines(opened) == ["Turned by a quarter to the right"]
    assert said(opened)["turn"] == ["90"]
    assert hit_lines(opened)


def test_a_sample_is_turned_back_too(app, toy_catalogue, toy_models, knows_upright):
    (toy_catalogue / "queries" / "bed.jpg").write_bytes(lying(270))
    trust(toy_catalogue, "queries/bed.jpg")
    assert turn_lines(go(app(), sample="bed.jpg")) == [TO_THE_LEFT]


@pytest.mark.parametrize("nonsense", ["45", "-90", "auto", "", "360", "90.0", "²"])
def test_a_turn_that_makes_no_sense_in_an_address_is_passed_over(
    app, toy_catalogue, toy_models, knows_upright, nonsense
):
    opened = go(app(), sample="red.jpg", turn=nonsense)
    assert not opened.exception
    assert not opened.error
    assert "turn" not in said(opened)
    assert turn_lines(opened) == []


def test_a_new_photo_is_looked_at_anew(page, searched):
    opened = page(270)
    button(opened, "Undo").click().run()
    button(opened, "New search").click().run()
    assert "turn" not in said(opened)
    upload(opened, "other.png", lying(90) + b" ")
    assert_upright(searched[-1])
    upload(button(opened, "New search").click().run(), "bed.png", lying(270))
    assert turn_lines(opened) == [TO_THE_LEFT]


# What is never turned ----------------------------------------------------------------------------------


def test_a_product_is_not_turned(app, toy_catalogue, toy_models, toy_finder, monkeypatch):
    monkeypatch.setattr(ToyModel, "upright", lambda self, pictures: [0.0 for _ in pictures])
    opened = go(app(), product="121", turn="90")
    assert not opened.exception
    assert hit_lines(opened)
    assert not [b for b in opened.button if b.label == TURN]


# Several photos ----------------------------------------------------------------------------------------


@pytest.fixture
def several(app, toy_catalogue, toy_models, toy_finder, knows_upright, searched):
    opened = app().run()
    files = [(f"{turn}.png", lying(turn), "image/png") for turn in (0, 90, 270)]
    opened.file_uploader[0].set_value(files).run()
    assert not opened.exception
    return opened


def test_each_of_several_is_turned_by_itself(several, searched):
    assert len(searched) == 3
    for query in searched:
        assert_upright(query)
    assert turn_lines(several) == ["Turned by a quarter to the right to stand upright", TO_THE_LEFT]
    images = [image.proto.imgs[0] for image in several.image]
    thumbnails = [image.url for image in images if image.alt.startswith("Picture")]
    assert len(thumbnails) == 3
    assert len(set(thumbnails)) == 1


def test_the_page_of_one_of_several_turns_it_alike_and_leads_back(several):
    [found for found in several.button if found.label == "Search with this"][2].click().run()
    assert turn_lines(several) == [TO_THE_LEFT]
    button(several, "Undo").click().run()
    button(several, "All 3 pictures").click().run()
    assert len(turn_lines(several)) == 2
