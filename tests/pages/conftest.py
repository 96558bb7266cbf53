import sys
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(kept, monkeypatch):
    """Give a function that opens the dashboard afresh, with nothing cached and nothing warming up."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.chdir(ROOT)
    # In a run of all tests, those of the networks have loaded it when they were collected.
    loaded_before = "tensorflow" in sys.modules
    monkeypatch.setattr("pages._shared.session.cache.warm_up", lambda name, extractor: None)
    yield lambda: AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    st.cache_resource.clear()
    st.cache_data.clear()
    assert loaded_before or "tensorflow" not in sys.modules, "a page test loaded TensorFlow"
