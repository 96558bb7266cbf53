"""What is typed after an option, read and refused: numbers, weights, filters and prices."""

import argparse
import math

from core.catalogue.tables.headers import MAPPABLE
from core.retrieval.photograph.upright import TURNS


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def whole_number(text: str) -> int:
    """Read a whole number of at least 0."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{value} is less than 0")
    return value


def port_number(text: str) -> int:
    """Read a port, 1 to 65535."""
    value = int(text)
    if not 1 <= value <= 65_535:
        raise argparse.ArgumentTypeError(f"{value} is no port, which lies between 1 and 65535")
    return value


def cosine(text: str) -> float:
    """Read a cosine, -1 to 1."""
    value = float(text)
    if not math.isfinite(value) or not -1 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no cosine, which lies between -1 and 1")
    return value


def percent(text: str) -> int:
    """Read a whole percentage, 0 to 100."""
    value = int(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is no percentage, which lies between 0 and 100")
    return value


def extractor_weight(text: str) -> tuple[str, float]:
    """Read E=W, an extractor and how much it counts."""
    name, equals, weight = text.partition("=")
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not name or not equals or not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no weight; expected E=W, such as colour=0.5")
    return name, value


def column_filter(text: str) -> tuple[str, str]:
    """Read COLUMN=VALUE."""
    column, equals, value = text.partition("=")
    if not column or not equals:
        raise argparse.ArgumentTypeError(f"{text} is no filter; expected COLUMN=VALUE, such as gender=Women")
    return column, value


def column_cell(text: str) -> tuple[str, str]:
    """Read COLUMN=VALUE, where the value may be empty."""
    column, equals, value = text.partition("=")
    if not column or not equals:
        raise argparse.ArgumentTypeError(f"{text} is no cell; expected COLUMN=VALUE, such as price=499")
    return column, value


def price_range(text: str) -> tuple[float | None, float | None]:
    """Read LOW:HIGH, either of which may be left out."""
    low, colon, high = text.partition(":")
    try:
        bounds = tuple(float(side) if side.strip() else None for side in (low, high))
    except ValueError:
        bounds = (math.nan, None)
    if not colon or any(side is not None and not math.isfinite(side) for side in bounds):
        raise argparse.ArgumentTypeError(
            f"{text} is no price range; expected LOW:HIGH, either may be left out"
        )
    return bounds[0], bounds[1]


def photo_turn(text: str) -> int | None:
    """Read degrees clockwise that a photo is turned by; None is as it is likely upright."""
    turns = {"auto": None} | {str(turn): turn for turn in TURNS}
    if text not in turns:
        raise argparse.ArgumentTypeError(f"{text} is no turn; expected {', '.join(turns)} degrees clockwise")
    return turns[text]


def column_mapping(text: str) -> tuple[str, str]:
    """Read COLUMN=NAME, a column of a catalogue and what a table calls it."""
    column, equals, name = (part.strip() for part in text.partition("="))
    if not equals or not name or column not in MAPPABLE:
        raise argparse.ArgumentTypeError(
            f"{text} is no mapping; expected COLUMN=NAME, such as articleType=category, COLUMN one of "
            f"{', '.join(MAPPABLE)}"
        )
    return column, name


def one_of_many(text: str) -> tuple[int, int]:
    """Read I/N, part I of N, counted from 1."""
    number, slash, of = text.partition("/")
    if not slash or not number.isdecimal() or not of.isdecimal() or not 1 <= int(number) <= int(of):
        raise argparse.ArgumentTypeError(f"{text} is no part; expected I/N, from 1/N to N/N, such as 2/4")
    return int(number), int(of)
