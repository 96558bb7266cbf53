"""What a visit holds, without a page around it."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.models.finder.garment import Garment
from pages._shared.session import query_params, state


@pytest.fixture
def visit(monkeypatch):
    """Give the state of a visit whose address names a product."""

    class Address(dict):
        def get_all(self, name):
            return self.get(name, [])

    stand_in = SimpleNamespace(session_state={}, query_params=Address(product=["7"]))
    monkeypatch.setattr(state, "st", stand_in)
    monkeypatch.setattr(query_params, "st", stand_in)
    monkeypatch.setattr(state, "visit_id", lambda: "a visit")
    return stand_in


def test_asking_for_the_query_changes_nothing(visit):
    assert state.query() is None
    assert state.query_batch() is None
    assert (state.query_count(), state.query_problem(), state.catalogue_name()) == (0, "", "")
    assert visit.session_state == {}


def test_a_visit_starts_once_with_the_query_of_its_address(visit):
    state.start_visit()
    assert state.query() == state.Product("7")
    visit.query_params["product"] = ["8"]
    state.start_visit()
    assert state.query() == state.Product("7")
    state.follow_address()
    assert state.query() == state.Product("8")


def test_photos_handed_in_together_are_found_by_each_of_them(visit):
    photos = tuple(state.Photo(f"{name}.jpg", name * 64) for name in "ab")
    batch = state.PhotoBatch(photos)
    state.set_query(batch)
    state.set_query(photos[1])
    assert state.query_batch() is None
    assert state.recent_batch(photos[1]) == batch
    assert state.recent_batch(state.Photo("c.jpg", "c" * 64)) is None


def test_a_part_of_a_photo_is_told_apart_by_its_sides_and_by_what_it_shows():
    photo = state.Photo("a.jpg", "a" * 64)
    garments = [
        Garment((0.1, 0.1, 0.5, 0.5), label, 0.9, np.ones((1, 1), bool)) for label in ("Tops", "Shirts")
    ]
    parts = [photo.cropped((10.0, 10.0, 50.0, 50.0), garment) for garment in (None, *garments)]
    parts.append(photo.cropped((10.0, 10.0, 50.0, 50.5)))
    assert len({part.key for part in [photo, *parts]}) == 5
    assert [part.garment for part in parts] == [None, *garments, None]
    assert all(part.whole == photo and part.whole.key == photo.key for part in [photo, *parts])
    assert parts[1].whole.garment is None
