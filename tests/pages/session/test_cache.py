import os
import threading

import pytest
import streamlit as st

from core.errors import ModelError
from core.models.registry import ModelRegistry
from core.storage import artifacts
from pages._shared.session import cache, errors


@pytest.fixture
def shelf():
    return ModelRegistry()


def test_many_first_visitors_load_a_model_once(shelf, kept, toy_models):
    got = []
    visitors = [threading.Thread(target=lambda: got.append(shelf.get("vgg16"))) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert toy_models == ["vgg16"]
    assert len({id(model) for model in got}) == 1


def test_new_weights_on_disk_are_loaded(shelf, kept, toy_models):
    shelf.get("vgg16")
    with artifacts.write_folder(artifacts.model_dir("vgg16")) as work:
        (work / "card.json").write_text("{}")
    shelf.get("vgg16")
    shelf.get("vgg16")
    assert toy_models == ["vgg16", "vgg16"]


def test_memory_that_runs_out_while_loading_is_an_error_of_ours(shelf, kept, monkeypatch):
    def load(name):
        raise MemoryError

    monkeypatch.setattr("core.models.load_model", load)
    with pytest.raises(ModelError, match="memory is too short for vgg16"):
        shelf.get("vgg16")


def test_warming_up_prepares_a_first_search_once_and_survives_a_missing_model(
    toy_catalogue, toy_models, monkeypatch
):
    toy_load = __import__("core.models", fromlist=["load_model"]).load_model

    def load(name):
        if name == "vgg19":
            raise ModelError("no vgg19")
        return toy_load(name)

    monkeypatch.setattr("core.models.load_model", load)
    monkeypatch.setattr("core.models.registry.WARM_UP_AFTER", 0)
    measured = []
    monkeypatch.setattr(cache, "meaningful_score", lambda name, extractor: measured.append((name, extractor)))
    st.cache_resource.clear()
    shelf = cache.shelf()
    for extractor in ("vgg16", "vgg16", "colour"):
        cache.warm_up("demo", extractor)
    for thread in shelf.warming.values():
        thread.join()
    st.cache_resource.clear()
    assert sorted(toy_models) == ["rgb", "vgg16"]
    assert sorted(measured) == [("demo", "colour"), ("demo", "vgg16")]


def test_a_picture_is_sent_as_it_is_on_disk_and_again_when_it_changed(tmp_path):
    path = tmp_path / "a.jpg"
    assert cache.picture(path) == ""
    path.write_bytes(b"one")
    assert cache.picture(path) == "data:image/jpeg;base64,b25l"
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert cache.picture(path) == "data:image/jpeg;base64,dHdv"


def test_markup_in_names_is_shown_not_obeyed():
    assert errors.plain("[a](http://b) *c* $d$ :red[e]\n# f") == (
        "\\[a\\]\\(http\\://b\\) \\*c\\* \\$d\\$ \\:red\\[e\\] \\# f"
    )


def test_commands_in_messages_stay_code():
    assert errors.sentence("no *x*; run `make_it --now`") == "no \\*x\\*; run `make_it --now`"
