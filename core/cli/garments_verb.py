"""The verb `garments`: every garment in each picture."""

import argparse
from typing import TYPE_CHECKING, Any

from core.cli.console import Bars, to_json
from core.cli.query_images import answered_status, query_image
from core.cli.text import garments_text
from core.errors import ImageError

if TYPE_CHECKING:
    from core.models.finder.garment import Garment

DECIMALS = 4
"""Of a box's sides: a ten-thousandth of the picture is less than a pixel."""


def find_garments(chosen: argparse.Namespace, bars: Bars) -> int:
    """Find the garments of each picture that can be read."""
    from core.models.registry import ModelRegistry
    from core.retrieval.encoder import ModelEncoder
    from core.retrieval.garment_choice import choose_garment

    registry = ModelRegistry()
    registry.finder()  # without it there is nothing to be said of any picture
    encoder = ModelEncoder(registry)
    step = bars("finding garments", len(chosen.images))
    answers: list[dict[str, Any]] = []
    for name in chosen.images:
        read = query_image(name, encoder, chosen.turn)
        if isinstance(read, ImageError):
            answers.append({"image": name, "garments": None, "error": str(read), "turn": None})
        else:
            garments = [garment_document(garment) for garment in choose_garment(read.image, encoder).garments]
            answers.append({"image": name, "garments": garments, "error": None, "turn": read.turn})
        step(1)
    print(to_json(answers) if chosen.json else garments_text(answers))
    return answered_status(answers)


def garment_document(garment: "Garment") -> dict[str, Any]:
    """Lay out a garment as it is printed: its box as shares of the upright picture's width and height."""
    return {
        "box": [round(side, DECIMALS) for side in garment.box],
        "label": garment.label,
        "probability": garment.probability,
    }
