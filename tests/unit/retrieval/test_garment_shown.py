"""The garment that is seen in what is searched with: the chosen one, or the only one of a whole picture."""

import numpy as np
import pytest

from core.models.finder.garment import Garment
from core.retrieval.photograph.garment_part import GarmentChoice, garment_query

SMALL = Garment((0.4, 0.4, 0.6, 0.6), "Shirts", 0.9, np.ones((1, 1), bool))
LARGE = Garment((0.1, 0.1, 0.9, 0.9), "Dresses", 0.8, np.ones((1, 1), bool))


@pytest.mark.parametrize(
    ("garments", "number", "shown"),
    [
        ((), 0, None),
        ((LARGE,), 0, LARGE),
        ((SMALL,), 0, None),
        ((LARGE, SMALL), 0, None),
        ((LARGE, SMALL), 2, SMALL),
        ((SMALL,), 1, SMALL),
    ],
)
def test_the_query_carries_the_garment_that_it_shows(garments, number, shown):
    choice = GarmentChoice(garments, number)
    assert choice.shown is shown
    query = garment_query(np.zeros((100, 80, 3), np.uint8), choice)
    assert query.garment is shown
    assert (query.image.shape == (100, 80, 3)) == (number == 0)
