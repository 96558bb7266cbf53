"""What becomes of a photo that is handed in, and what of it is never written down."""

import hashlib
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from core import inference_queue
from core.errors import ModelError
from core.imaging.decode import QUERY_SIDE, read_image
from core.imaging.encode import encode_jpeg
from core.inference_queue import INFERENCE
from pages._shared.session import app_frame, cache, server, state
from pages._shared.session.stores import VISITS
from tests.pages.conftest import forget_answers
from tests.pages.search.test_search import button, hit_lines, photo, shown, upload


def large_photo() -> bytes:
    """Give a JPEG of 3 million pixels, no two rows of which are the same."""
    rows = np.random.default_rng(0).integers(0, 256, (2000, 1, 3), np.uint8)
    return encode_jpeg(np.broadcast_to(rows, (2000, 1500, 3)).copy())


@pytest.fixture
def visit(monkeypatch):
    """Give the id of a visit without a page around it."""
    monkeypatch.setattr(state, "visit_id", lambda: "a visit")
    monkeypatch.setattr("pages._shared.session.cache_decorator.visit_id", lambda: "a visit")
    yield "a visit"
    VISITS.leave_ended(lambda asked: False, keep_seconds=-1)


def test_a_photo_is_kept_at_the_size_that_models_look_at_without_loss(visit):
    data = large_photo()
    taken = state.Photo.take("a.jpg", data)
    assert (taken.info.format, taken.info.width, taken.info.height) == ("JPEG", 1500, 2000)
    assert taken.info.n_bytes == len(data)
    assert VISITS.photo(visit, taken.key) != data
    kept = cache.read_photo(taken)
    assert max(kept.shape) == QUERY_SIDE
    assert (kept == read_image(data, max_side=QUERY_SIDE)).all()


def test_the_same_content_is_the_same_photo_and_its_key_is_no_checksum(visit):
    data = photo()
    first, second = state.Photo.take("a.jpg", data), state.Photo.take("a.jpg", data)
    assert first == second
    for name in ("md5", "sha1", "sha256"):
        assert hashlib.new(name, data).hexdigest()[:8] not in first.key


def test_nothing_is_kept_of_a_file_that_cannot_be_read(visit, caplog):
    caplog.set_level("INFO")
    taken = state.Photo.take("secret.jpg", b"<html>")
    assert taken.problem.startswith("secret.jpg is a web page")
    assert VISITS.n_photos == 0
    assert caplog.messages == [
        "refused a file of 6 bytes: A file is a web page, not a picture: save the picture itself, not the "
        "page that shows it."
    ]


@pytest.fixture
def nothing_explained(monkeypatch):
    """Have toy models not looked into."""

    def explain(model, image, label):
        raise ModelError("nothing to look into")

    monkeypatch.setattr("pages._shared.classify.classifier_panel.grad_cam", explain)


@pytest.mark.usefixtures("nothing_explained")
def test_a_file_is_decoded_once_however_often_the_page_runs(app, toy_catalogue, toy_models, monkeypatch):
    decoded = []
    monkeypatch.setattr(state, "read_image", lambda *a, **k: decoded.append(a) or read_image(*a, **k))
    page = app().run().switch_page("pages/classify.py").run()
    page.file_uploader[0].set_value([("a.jpg", photo(), "image/jpeg")]).run()
    for _ in range(3):
        page.run()
    assert not page.exception
    assert len(decoded) == 1


def test_whoever_comes_back_to_a_photo_that_was_let_go_is_told(app, toy_catalogue, toy_models):
    page = upload(app().run(), "red.jpg", photo())
    assert hit_lines(page)
    VISITS._photos.clear()
    forget_answers()
    for answers in VISITS._answers.values():
        answers.clear()
    page.run()
    assert not page.exception
    assert "red\\.jpg is no longer held" in page.error[0].value
    assert "hand it in again" in page.error[0].value
    button(page, "New search").click().run()
    assert not page.error


def test_a_ready_made_picture_that_was_let_go_is_read_again(app, toy_catalogue, toy_models):
    page = app().run()
    button(page, "Try it").click().run()
    VISITS._photos.clear()
    for answers in VISITS._answers.values():
        answers.clear()
    page.run()
    assert not page.error
    assert len(hit_lines(page)) == 12


def test_photos_of_queries_before_are_let_go_with_the_oldest(app, toy_catalogue, toy_models, monkeypatch):
    monkeypatch.setattr(state, "MAX_RECENT", 2)
    page = app().run()
    for shade in range(0, 250, 50):
        upload(page, f"{shade}.jpg", photo((shade, 30, 40)))
        button(page, "New search").click().run()
    assert VISITS.n_photos == 2


def ids_of_widgets(page) -> str:
    return "\n".join(widget.id for widget in page._tree.get_widget_states().widgets)


@pytest.mark.usefixtures("nothing_explained")
def test_no_key_of_a_widget_tells_what_a_visitor_handed_in_typed_or_chose(app, toy_catalogue, toy_models):
    files = [(f"holiday-{shade}.jpg", photo((shade, 30, 40)), "image/jpeg") for shade in (1, 200)]
    checksums = [
        hashlib.new(name, data).hexdigest()[:8] for name in ("sha256", "sha1") for _, data, _ in files
    ]
    page = app().run()
    seen = [ids_of_widgets(page)]
    page.text_input(key="start-words").set_value("navy").run()
    seen.append(ids_of_widgets(page))
    button(page, "New search").click().run()
    upload(page, *files[0][:2])
    page.multiselect(key="baseColour-demo").set_value(["Green"]).run()
    seen.append(ids_of_widgets(page))
    button(page, "New search").click().run()
    page.file_uploader[0].set_value(files).run()
    seen.append(ids_of_widgets(page))
    page.switch_page("pages/classify.py").run()
    page.file_uploader[0].set_value(files).run()
    seen.append(ids_of_widgets(page))
    assert not page.exception
    assert all(seen)
    for told in ("holiday", "red.jpg", "navy", "Green", *checksums):
        assert told not in "\n".join(seen), told


def test_in_a_frame_of_another_site_the_page_says_that_uploads_do_not_work(app, toy_catalogue, monkeypatch):
    monkeypatch.setattr("streamlit.context", SimpleNamespace(headers={"Host": "here"}, cookies={}))
    page = app().run()
    assert "inside another site" in page.warning[0].value
    cookies = {"_streamlit_xsrf": "2|a|b|1"}
    monkeypatch.setattr("streamlit.context", SimpleNamespace(headers={"Host": "here"}, cookies=cookies))
    assert not page.run().warning


def test_what_is_said_of_privacy_is_said_where_photos_are_handed_in(app, toy_catalogue, toy_models):
    for page in (None, "classify"):
        opened = app().run()
        if page:
            opened.switch_page(f"pages/{page}.py").run()
        assert f"{QUERY_SIDE} pixels" in shown(opened)
        assert "temporary file" in shown(opened)


def test_a_visitor_who_waits_is_told_how_many_come_before(monkeypatch):
    monkeypatch.setattr(inference_queue, "TELL_AFTER", 0.0)
    said, told = [], threading.Event()

    def toast(text: str, **options: object) -> SimpleNamespace:
        said.append(text)
        told.set()
        return SimpleNamespace(toast=toast)

    def ask() -> None:
        with app_frame.tell_waiting(), INFERENCE:
            pass

    monkeypatch.setattr(app_frame, "st", SimpleNamespace(toast=toast))
    waiting = threading.Thread(target=ask, daemon=True)
    with INFERENCE:
        waiting.start()
        assert told.wait(10)
    waiting.join(10)
    assert said == ["Many visitors are here: 1 before you.", "Your turn."]


def test_a_slow_search_is_logged_by_its_parts(caplog):
    caplog.set_level("INFO")
    server.log_slow_search({"extract": 100.0, "search": 50.0})
    server.log_slow_search({"extract": 8000.0, "search": 150.0})
    assert caplog.messages == ["slow search: 8.2 s (extract 8.0, search 0.1)"]
