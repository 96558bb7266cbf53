"""An address of any query parameters opens the page it names, and shows no error that nobody expected."""

import pytest
import streamlit as st
from hypothesis import example, given, settings
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import ROOT

NAMES = (
    *("product", "sample", "photo", "photos", "page", "catalogue", "extractor", "garment", "part", "thumb"),
    *("turn", "articleType", "baseColour", "order", "threshold", "price", "fold", "report"),
)
TRICKS = ("101", "red.jpg", "../red.jpg", "demo", "vgg16", "-1", "9" * 5_000, "1e400", "nan", "\x00", "<b>")
TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)  # no address holds half a pair
VALUES = some.lists(TEXT | some.sampled_from(TRICKS), min_size=1, max_size=2)


@pytest.fixture
def served(toy_catalogue, toy_models, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("pages._shared.session.cache.warm_up", lambda name, extractor: None)
    monkeypatch.setattr("core.models.load_finder", lambda: ToyFinder())
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


class ToyFinder:
    """Finds no garment."""

    def find(self, image):
        return ()


def test_any_address(served):
    # A page takes a second to run.
    @settings(max_examples=max(3, settings.default.max_examples // 25))
    @given(some.dictionaries(some.sampled_from(NAMES), VALUES, max_size=4))
    @example({"product": ["101"], "page": ["9" * 5_000]})
    @example({"sample": ["../red.jpg"], "catalogue": ["../demo"]})
    def opened(params):
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, values in params.items():
            page.query_params[name] = values
        page.run()
        assert not page.exception

    opened()
