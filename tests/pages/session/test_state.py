"""What a visit holds, without a page around it."""

from types import SimpleNamespace

import pytest

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
    photos = tuple(state.Photo(f"{name}.jpg", name.encode()) for name in "ab")
    batch = state.PhotoBatch(photos)
    state.set_query(batch)
    state.set_query(photos[1])
    assert state.query_batch() is None
    assert state.recent_batch(photos[1]) == batch
    assert state.recent_batch(state.Photo("c.jpg", b"c")) is None
