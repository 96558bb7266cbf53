"""Several pictures searched with at once."""

import csv
import io
import re
from dataclasses import replace

import numpy as np
import pytest

from core.errors import ModelError
from core.export import safe_csv
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.crop import crop_percent
from core.imaging.decode import read_image
from core.models.finder.garment import Garment
from core.reporting.hit_table import batch_table
from core.retrieval.photograph.garment_part import garment_crop
from core.retrieval.request import PictureQuery, SearchRequest
from pages._shared.search import batch, search_cache
from pages._shared.session import uploads
from tests.conftest import ToyModel
from tests.pages.conftest import forget_answers
from tests.pages.search.test_search import button, hit_lines, photo, shown

RED, GREEN = photo(), photo((30, 140, 60))


def hand_in(page, *files: tuple[str, bytes]):
    return page.file_uploader[0].set_value([(name, data, "image/jpeg") for name, data in files]).run()


@pytest.fixture
def page(app, toy_catalogue, toy_models):
    opened = app().run()
    yield opened
    assert not opened.exception


def opens(page) -> list:
    return [found for found in page.button if found.label == "Search with this"]


def firsts(page) -> list[tuple[str, str]]:
    """Give rank and score of the hits shown, and their names, which stand below their pictures."""
    captions = [caption.value for caption in page.caption]
    places = [place for place, said in enumerate(captions) if re.fullmatch(r"\d+ · -?\d\.\d{3}", said)]
    return [(captions[place], captions[place + 1]) for place in places]


def test_each_picture_has_its_class_and_its_first_hits(page, toy_models):
    hand_in(page, ("red.jpg", RED), ("green.jpg", GREEN))
    assert "2 pictures and the products most like them" in shown(page)
    assert [m.value for m in page.markdown if m.value.startswith("**Shirt")] == ["**Shirt, 80 %**"] * 2
    hits = firsts(page)
    assert len(hits) == 2 * batch.SHOWN
    assert "Red" in hits[0][1]
    assert "Green" in hits[batch.SHOWN][1]
    assert toy_models == ["vgg16", "vgg19"]


def test_a_row_opens_the_ordinary_search_and_leads_back(page, toy_models):
    hand_in(page, ("red.jpg", RED), ("green.jpg", GREEN))
    rank, score = firsts(page)[batch.SHOWN][0].split(" · ")
    opens(page)[1].click().run()
    assert hit_lines(page)[0] == f"{rank} · score {score}"
    button(page, "All 2 pictures").click().run()
    assert len(opens(page)) == 2
    button(page, "New search").click().run()
    assert page.title[0].value == "Find clothes that look like your picture"


def test_a_bad_picture_is_a_row_with_its_sentence_and_loses_none_of_the_others(page):
    torn = RED[: len(RED) // 2]
    hand_in(
        page, ("a.jpg", RED), ("empty.jpg", b""), ("web.jpg", b"<html>"), ("torn.jpg", torn), ("b.jpg", GREEN)
    )
    assert "3 of 5 could not be searched with" in page.warning[0].value
    text = shown(page)
    assert "empty\\.jpg is empty" in text
    assert "web\\.jpg is a web page" in text
    assert "torn\\.jpg is damaged" in text
    assert len(opens(page)) == 2
    opens(page)[1].click().run()
    assert "Green" in next(m.value for m in page.markdown if m.value.startswith("Loom"))


def test_going_back_and_forward_finds_the_table_again(page, app):
    hand_in(page, ("red.jpg", RED), ("green.jpg", GREEN))
    address = {"photos": page.query_params["photos"]}
    opens(page)[0].click().run()
    page.query_params.clear()
    page.query_params.update(address)
    page.run()
    assert len(opens(page)) == 2
    other = app()
    other.query_params.update(address)
    assert "never stored" in other.run().info[0].value


def test_all_of_it_can_be_taken_away_as_a_table_safe_to_open(page, toy_products, monkeypatch):
    offered = []
    monkeypatch.setattr(
        batch, "partial", lambda make, catalogue, answers, asked: offered.append(answers) or (lambda: b"")
    )
    hand_in(page, ("=cmd.jpg", RED), ("bad.jpg", b""))
    assert page.get("download_button")[0].label == "CSV"
    table = safe_csv(batch_table(offered[-1], toy_products)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == 12 + 1
    assert rows[0]["picture"] == "'=cmd.jpg"
    assert "empty" in rows[-1]["problem"]


def test_a_rerun_searches_only_with_what_it_has_forgotten(page, monkeypatch):
    hand_in(page, ("red.jpg", RED), ("green.jpg", GREEN))
    searched = []
    search = search_cache.search.search
    monkeypatch.setattr(search_cache.search, "search", lambda *a: searched.append(a) or search(*a))
    page.run()
    assert not searched
    forget_answers()
    page.run()
    assert len(searched) == 2


def test_rows_are_on_pages(page):
    files = [(f"{shade}.jpg", photo((shade, 30, 40))) for shade in range(100, 112)]
    hand_in(page, *files)
    assert len(opens(page)) == batch.A_PAGE
    page.get("pagination")[0].set_value(2).run()
    assert len(opens(page)) == 2
    opens(page)[1].click().run()
    assert hit_lines(page)


def test_more_than_there_is_time_for_is_left_out_by_name(page, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_PHOTOS", 2)
    hand_in(page, ("a.jpg", RED), ("b.jpg", GREEN), ("c.jpg", photo((1, 2, 3))))
    assert "c\\.jpg: not looked at\\: 2 pictures are taken at once" in shown(page)


def test_the_same_picture_twice_is_two_rows(page):
    hand_in(page, ("a.jpg", RED), ("b.jpg", RED))
    assert len(opens(page)) == 2


@pytest.mark.parametrize("missing", ["vgg19", "vgg16"])
def test_a_model_that_is_missing_is_said_in_every_row_that_needs_it(
    app, toy_catalogue, toy_models, monkeypatch, missing
):
    def load(name):
        if name == missing:
            raise ModelError(f"there is no model {name!r}")
        return ToyModel(name)

    monkeypatch.setattr("core.models.load_model", load)
    page = hand_in(app().run(), ("a.jpg", RED), ("b.jpg", GREEN))
    assert not page.exception
    if missing == "vgg19":
        assert [m.value for m in page.markdown if "Not recognised" in m.value]
        assert len(firsts(page)) == 2 * batch.SHOWN
    else:
        assert "2 of 2 could not be searched with" in page.warning[0].value
        assert "there is no model 'vgg16'" in shown(page)


# Garments ------------------------------------------------------------------------------------------------


SHIRT = Garment((0.3, 0.1, 0.7, 0.5), "Shirts", 0.9, np.ones((1, 1), bool))
JEANS = Garment((0.3, 0.5, 0.7, 0.9), "Jeans", 0.8, np.ones((1, 1), bool))


def test_each_picture_is_searched_by_the_garment_that_its_own_page_starts_with(page, toy_finder):
    toy_finder.garments = (SHIRT, JEANS)
    hand_in(page, ("red.jpg", RED), ("green.jpg", GREEN))
    assert shown(page).count("the shirt, the likeliest of 2 garments") == 2
    rank, score = firsts(page)[0][0].split(" · ")
    request = SearchRequest(
        PictureQuery(crop_percent(read_image(RED), garment_crop(SHIRT, read_image(RED)))),
        predict=False,
        top=1,
    )
    (nearest,) = search_cache.search.search(request, open_catalogue("demo")).hits
    assert (rank, score) == ("1", f"{nearest.score:.3f}")
    opens(page)[0].click().run()
    assert hit_lines(page)[0] == f"1 · score {score}"
    assert "Searching with the shirt, the likeliest of 2 garments." in shown(page)
    assert toy_finder.looked == 2


def test_without_a_finder_as_without_a_garment_the_whole_picture_is_searched(page, request):
    hand_in(page, ("red.jpg", RED), ("green.jpg", GREEN))
    assert shown(page).count("the whole picture") == 2
    before = firsts(page)
    forget_answers()
    finder = request.getfixturevalue("toy_finder")
    page.run()
    assert firsts(page) == before
    assert finder.looked == 2


def test_what_the_finder_sees_is_the_headline_of_a_row(page, toy_finder):
    toy_finder.garments = (replace(SHIRT, label="Dresses"), JEANS)
    hand_in(page, ("red.jpg", RED), ("green.jpg", GREEN))
    assert [m.value for m in page.markdown if m.value.startswith("**Dress")] == ["**Dress, 90 %**"] * 2


def test_what_the_finder_sees_in_a_whole_picture_is_the_headline_of_both_pages(page, toy_finder):
    toy_finder.garments = (Garment((0.1, 0.1, 0.9, 0.9), "Dresses", 0.9, np.ones((1, 1), bool)),)
    hand_in(page, ("red.jpg", RED), ("green.jpg", GREEN))
    assert shown(page).count("the whole picture") == 2
    assert [m.value for m in page.markdown if m.value.startswith("**Dress")] == ["**Dress, 90 %**"] * 2
    opens(page)[0].click().run()
    assert "## Dress, 90 %" in shown(page)
    assert "VGG19 and RGB say Shirt" in shown(page)
