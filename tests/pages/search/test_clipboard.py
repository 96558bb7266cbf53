"""Pictures from the clipboard, as the browser hands them over."""

import base64
from types import SimpleNamespace

import pytest

from core.errors import ImageError
from pages._shared.widgets import clipboard as paste
from tests.pages.search.test_search import hit_lines, photo, shown, upload


def handed(data: bytes, name: str = "image.png") -> dict[str, str]:
    return {"name": name, "data": base64.b64encode(data).decode("ascii")}


@pytest.fixture
def clipboard(monkeypatch):
    """Stand in for the browser's part; gives what it was drawn with, and what it hands over once."""
    held = SimpleNamespace(pasted=None, buttons=[])

    def draw(key, data, on_pasted_change):
        held.buttons.append(data["button"])
        pasted, held.pasted = held.pasted, None
        return SimpleNamespace(pasted=pasted)

    monkeypatch.setattr(paste, "_paste", draw)
    return held


def test_a_pasted_picture_is_searched_with(app, toy_catalogue, toy_models, clipboard):
    page = app().run()
    assert clipboard.buttons == [True]
    clipboard.pasted = [handed(photo())]
    page.run()
    assert not page.exception
    assert len(hit_lines(page)) == 12
    assert clipboard.buttons[-1] is False


def test_pasting_over_a_search_starts_another(app, toy_catalogue, toy_models, clipboard):
    page = upload(app().run(), "red.jpg", photo())
    before = hit_lines(page), page.query_params["photo"]
    clipboard.pasted = [handed(photo((30, 140, 60)))]
    page.run()
    assert hit_lines(page) != before[0]
    assert page.query_params["photo"] != before[1]


def test_several_pasted_files_are_searched_with_side_by_side(app, toy_catalogue, toy_models, clipboard):
    page = app().run()
    clipboard.pasted = [handed(photo(), "a.jpg"), handed(b"", "b.jpg")]
    page.run()
    assert "2 pictures and the products most like them" in shown(page)


@pytest.mark.parametrize("data", [b"", b"<html>", b"not a picture"])
def test_a_pasted_file_that_is_no_picture_is_explained(app, toy_catalogue, toy_models, clipboard, data):
    page = app().run()
    clipboard.pasted = [handed(data)]
    page.run()
    assert not page.exception
    assert paste.NAME in page.error[0].value
    assert page.title[0].value == "Find clothes that look like your picture"


@pytest.mark.parametrize(
    "sent", ["text", 7, [7], [{}], [{"data": 7}], [{"data": "!"}], [{"data": "äöü"}], {"data": ""}]
)
def test_what_no_browser_of_ours_sends_is_refused(sent, app, toy_catalogue, toy_models, clipboard):
    with pytest.raises(ImageError, match="did not arrive whole"):
        paste.read_pasted_photos(sent)
    page = app().run()
    clipboard.pasted = sent
    page.run()
    assert not page.exception
    assert "did not arrive whole" in page.error[0].value


def test_names_are_those_of_files_and_none_is_endless(monkeypatch):
    assert [
        name
        for name, _ in paste.read_pasted_photos(
            [handed(b"1"), handed(b"2", "a.jpg"), handed(b"3", "n" * 999)]
        )
    ] == [
        paste.NAME,
        "a.jpg",
        "n" * 200,
    ]
    monkeypatch.setattr(paste, "MAX_BYTES", 2)
    with pytest.raises(ImageError, match="larger than"):
        paste.read_pasted_photos([handed(b"123")])
