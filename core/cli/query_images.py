"""Pictures given one after the other, of which one that cannot be read costs only itself."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.argument_types import photo_turn
from core.cli.console import failed
from core.errors import ImageError
from core.imaging.decode import QUERY_SIDE, read_image

if TYPE_CHECKING:
    from core.retrieval.encoder import Encoder
    from core.retrieval.photograph.upright import UprightImage


def add_turn_option(to: argparse.ArgumentParser) -> None:
    """Let it be said what pictures are turned by."""
    to.add_argument(
        "--turn",
        type=photo_turn,
        metavar="{auto,0,90,180,270}",
        help="turn IMAGE by so many degrees clockwise before anything else; by default (auto) back, where it "
        "is likely turned",
    )


def query_image(name: str, encoder: "Encoder", turn: int | None) -> "UprightImage | ImageError":
    """Read and turn a picture as `search` does; gives the error where it cannot be read."""
    from core.retrieval.photograph.upright import stand_upright

    try:
        return stand_upright(read_image(Path(name), name=name, max_side=QUERY_SIDE), encoder, turn=turn)
    except ImageError as error:
        return error


def answered_status(answers: Sequence[dict[str, Any]]) -> int:
    """Give the exit status: a failure, which is said, only where not one picture has an answer."""
    if not all(answer["error"] for answer in answers):
        return 0
    return failed(
        answers[0]["error"] if len(answers) == 1 else f"none of {len(answers)} pictures can be read"
    )
