"""Pictures given one after the other, of which one that cannot be read costs only itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.cli.console import failed
from core.errors import ImageError
from core.imaging.decode import QUERY_SIDE, read_image


def query_image(name: str) -> np.ndarray | ImageError:
    """Read a picture as `search` does; gives the error where it cannot be read."""
    try:
        return read_image(Path(name), name=name, max_side=QUERY_SIDE)
    except ImageError as error:
        return error


def answered_status(answers: Sequence[dict[str, Any]]) -> int:
    """Give the exit status: a failure, which is said, only where not one picture has an answer."""
    if not all(answer["error"] for answer in answers):
        return 0
    return failed(
        answers[0]["error"] if len(answers) == 1 else f"none of {len(answers)} pictures can be read"
    )
