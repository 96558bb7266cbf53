"""A catalogue that Milvus searches, on the page: who answers, and what is offered when Milvus is away."""

import pytest

from tests.engines import free_port, needs_milvus
from tests.pages.search.test_controls import ids
from tests.pages.search.test_search import button, photo, shown, upload

pytestmark = needs_milvus


@pytest.fixture
def engine() -> str:
    return "milvus"


@pytest.fixture
def away(toy_catalogue, monkeypatch):
    """Have the catalogue look for Milvus where nothing is."""
    monkeypatch.setenv("MILVUS_URI", f"http://127.0.0.1:{free_port()}")


def searched_by(page) -> list[str]:
    return [box.value for box in page.selectbox if box.label == "Searched by"]


def test_milvus_answers_for_a_catalogue_that_was_indexed_for_it(app, toy_catalogue, toy_models):
    page = upload(app().run(), "red.jpg", photo())
    assert not page.error
    assert searched_by(page) == ["milvus"]
    hits = ids(page)
    assert len(hits) == 12
    page.selectbox(key="engine").set_value("local").run()
    assert ids(page) == hits
    assert page.query_params["engine"] in ("local", ["local"])


def test_where_milvus_is_away_the_local_gallery_is_offered_and_answers(app, away, toy_models):
    page = upload(app().run(), "red.jpg", photo())
    assert not page.exception
    assert "cannot be reached" in shown(page)
    assert ids(page) == []
    button(page, "Search the local gallery").click().run()
    assert not page.error
    assert searched_by(page) == ["local"]
    assert len(ids(page)) == 12


def test_a_catalogue_of_this_process_offers_no_engine(app, request, monkeypatch, toy_models):
    monkeypatch.setenv("GALLERY_ENGINE", "local")
    request.getfixturevalue("toy_catalogue")
    page = upload(app().run(), "red.jpg", photo())
    assert searched_by(page) == []
    assert len(ids(page)) == 12
