"""A finder that finds what a test tells it to, in place of the real one."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.models.finder.garment import Garment

MASK = np.ones((2, 2), bool)
SHIRT = Garment((0.25, 0.1, 0.75, 0.55123456), "Shirts", 0.93, MASK)
JEANS = Garment((0.2, 0.5, 0.8, 1.0), "Jeans", 0.71, MASK)


@pytest.fixture(autouse=True)
def garments(monkeypatch):
    """Give the list of what is found in every picture, empty at first."""
    found: list[Garment] = []
    monkeypatch.setattr("core.models.load_finder", lambda: SimpleNamespace(find=lambda image: tuple(found)))
    return found
