import numpy as np
import pandas as pd
import pytest

from core.gallery.protocol import Gallery, QueryVectors


def at(*degrees: float) -> np.ndarray:
    """Unit vectors at these angles to the query."""
    return np.stack([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))], axis=1)


@pytest.fixture
def products() -> pd.DataFrame:
    columns = ["id", "articleType", "baseColour", "gender", "season", "usage", "price"]
    rows = [
        ("1", "Shirts", "Blue", "Men", "Summer", "Casual", 10.0),
        ("2", "Shirts", "Red", "Women", "Summer", "Formal", 20.0),
        ("3", "Jeans", "Blue", "Men", "Fall", "Casual", np.nan),
        ("4", "Skirts", "Red", "Women", "", "Casual", 40.0),
        ("5", "Shirts", "Blue", "Men", "Fall", "Casual", 50.0),
    ]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def gallery(products, make_gallery) -> Gallery:
    """Nearest to the query first: 4, 2, 1, 5, 3."""
    return make_gallery(products, {"toy": at(30, 20, 90, 10, 60)})


@pytest.fixture
def query() -> QueryVectors:
    return QueryVectors.of("toy", np.array([1.0, 0.0]))
