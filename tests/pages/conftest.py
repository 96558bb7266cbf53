import sys
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.models.finder.garment import Garment
from pages._shared.session.cache_decorator import SERVER_ANSWERS
from pages._shared.session.stores import VISITS

ROOT = Path(__file__).parents[2]


def forget_answers() -> None:
    """Have everything worked out again, by the models that are loaded."""
    for answers in (*SERVER_ANSWERS.values(), *VISITS._answers.values()):
        if answers.copied:
            answers.clear()


def forget_everything() -> None:
    """Forget the photos of visits too: every `AppTest` is the same visit."""
    for answers in SERVER_ANSWERS.values():
        answers.clear()
    VISITS.leave_ended(lambda visit: False, keep_seconds=-1)


@pytest.fixture
def app(kept, monkeypatch):
    """Give a function that opens the dashboard afresh, with nothing cached and nothing warming up."""
    forget_everything()
    monkeypatch.chdir(ROOT)
    # In a run of all tests, those of the networks have loaded it when they were collected.
    loaded_before = "tensorflow" in sys.modules
    monkeypatch.setattr("pages._shared.session.cache.warm_up", lambda name, extractor: None)
    yield lambda: AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    forget_everything()
    assert loaded_before or "tensorflow" not in sys.modules, "a page test loaded TensorFlow"


class ToyFinder:
    """Finds what a test lays into `garments`, and counts how often it looked."""

    def __init__(self) -> None:
        self.garments: tuple[Garment, ...] = ()
        self.looked = 0

    def find(self, image: np.ndarray) -> tuple[Garment, ...]:
        self.looked += 1
        return self.garments


@pytest.fixture
def toy_finder(monkeypatch) -> ToyFinder:
    """Put a finder that finds nothing, until told otherwise, in place of the real one."""
    finder = ToyFinder()
    monkeypatch.setattr("core.models.load_finder", lambda: finder)
    return finder
