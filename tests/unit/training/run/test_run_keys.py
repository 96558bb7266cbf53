"""What counts as another view bank, teacher or model than the one that was kept."""

import inspect
from types import SimpleNamespace

import pytest

from core.imaging import resize
from core.models import layers, vgg
from core.training import schedule, teacher, training_loop
from core.training.data import augmentation, view_bank
from core.training.run import keys
from core.training.schedule import PLANS


@pytest.fixture
def change_code(monkeypatch):
    """Give what adds a statement to the source of a module or function, as fingerprints read it."""
    getsource = inspect.getsource

    def change(changed):
        monkeypatch.setattr(
            "inspect.getsource", lambda part: getsource(part) + ("\nchanged = 1\n" if part is changed else "")
        )

    return change


@pytest.mark.parametrize(
    "part", [teacher, training_loop, schedule.build_optimizer, layers, vgg], ids=lambda part: part.__name__
)
def test_other_code_of_its_network_or_training_makes_another_teacher(tiny_teacher, change_code, part):
    before = keys.teacher_key()
    assert keys.teacher_key() == before
    change_code(part)
    assert keys.teacher_key() != before


@pytest.mark.parametrize("part", [augmentation, view_bank, resize], ids=lambda part: part.__name__)
def test_other_code_that_makes_views_makes_another_view_bank(change_code, part):
    data = SimpleNamespace(fingerprint="any")
    before = keys.view_key(data)
    change_code(part)
    assert keys.view_key(data) != before


def test_another_optimizer_makes_another_model(small, change_code):
    data = SimpleNamespace(vocabulary=SimpleNamespace(sizes=(5, 9)))
    before = keys.plan_key(PLANS["rgb"], data, small)
    change_code(schedule.build_optimizer)
    assert keys.plan_key(PLANS["rgb"], data, small) != before
