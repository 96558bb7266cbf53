"""What holds for every engine of a gallery is tested with each."""

import pytest

from tests.engines import BOTH_ENGINES


@pytest.fixture(params=BOTH_ENGINES)
def engine(request) -> str:
    """Name what searches."""
    return request.param
