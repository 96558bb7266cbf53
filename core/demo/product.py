"""What a product of the demo catalogue is: what a shop says of it, and what it takes to draw it."""

from dataclasses import dataclass
from typing import Any

from .cloth.fabrics import Fabric
from .drawing.colours import Rgb


@dataclass(frozen=True)
class View:
    """How the picture was taken; all that near-duplicates differ in."""

    fill: float = 0.86  # share of the picture's height, or width, that the garment takes
    tilt: float = 0.0  # degrees
    side: float = -0.5  # where the key light stands, −1 left to 1 right
    exposure: float = 1.0
    shift: float = 0.0  # of the garment to the right, share of the width


@dataclass(frozen=True)
class Product:
    """One product: immutable, comparable, and enough to draw it again."""

    id: int
    gender: str
    sub_category: str
    article_type: str
    base_colour: str
    season: str
    year: int
    usage: str
    name: str
    price: int  # rupees
    brand: str
    fabric: Fabric
    accents: tuple[Rgb, ...]  # trims and prints, at least three
    details: tuple[tuple[str, float | str], ...]  # of the cut, by name
    seed: int  # of everything that hangs and falls by chance
    view: View = View()
    family: int = 0  # products of one family share the cut
    twin_of: int | None = None  # the product that this one is a near-duplicate of

    def get(self, name: str, default: Any = None) -> Any:
        """Return a detail of the cut."""
        for key, value in self.details:
            if key == name:
                return value
        return default
