import os
from types import SimpleNamespace

import pytest

from core.errors import ArtifactError, ModelError
from core.gallery.stored_catalogue import StoredCatalogue
from pages._shared.session import cache
from tests.pages.conftest import forget_everything


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
    looked: list[tuple[int, ...]] = []
    finder = SimpleNamespace(find=lambda image: looked.append(image.shape))
    monkeypatch.setattr("core.models.load_finder", lambda: finder)
    measured = []
    monkeypatch.setattr(
        StoredCatalogue, "score_threshold", lambda self, extractor: measured.append((self.name, extractor))
    )
    forget_everything()
    for extractor in ("vgg16", "vgg16", "colour"):
        cache.warm_up("demo", extractor)
    for prepared in cache.model_registry().warm_ups.values():
        prepared.thread.join()
    forget_everything()
    assert sorted(toy_models) == ["rgb", "vgg16"]
    assert looked, "a photo is looked through for garments before anything else"
    assert sorted(measured) == [("demo", "colour"), ("demo", "vgg16")]


def test_without_a_catalogue_the_way_to_make_one_is_said(kept):
    with pytest.raises(ArtifactError, match="index DATA --name NAME"):
        cache.catalogue("")


def test_a_picture_is_sent_as_it_is_on_disk_and_again_when_it_changed(tmp_path):
    path = tmp_path / "a.jpg"
    assert cache.picture_data_uri(path) == ""
    path.write_bytes(b"one")
    assert cache.picture_data_uri(path) == "data:image/jpeg;base64,b25l"
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert cache.picture_data_uri(path) == "data:image/jpeg;base64,dHdv"


def test_a_picture_that_cannot_be_read_is_an_empty_uri(app, tmp_path):
    path = tmp_path / "1.jpg"
    assert cache.picture_data_uri(path) == ""
    path.touch()
    assert cache.picture_data_uri(path) == ""
    path.write_bytes(b"\xff\xd8")
    assert cache.picture_data_uri(path).startswith("data:image/jpeg;base64,")
