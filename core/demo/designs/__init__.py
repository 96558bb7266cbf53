"""What a designer decides: for each class, a cut, a cloth, a pattern and its colours, by chance."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .common import Design
from .jeans import design_jeans
from .kurta import design_kurta
from .shirt import design_shirt
from .skirt import design_skirt
from .tshirt import design_tshirt


@dataclass
class Designer:
    """Makes designs of one class; `weights` says which colours the class comes in more often."""

    make: Callable[[np.random.Generator, str, np.random.Generator], Design]
    weights: dict[str, int] = field(default_factory=dict)

    def __call__(self, rng: np.random.Generator, colour: str, tint: np.random.Generator) -> Design:
        """Design a garment: `rng` decides the cut and pattern, `tint` the shades of the colour."""
        return self.make(rng, colour, tint)


DESIGNERS: dict[str, Designer] = {
    "Tshirts": Designer(
        design_tshirt,
        {
            "White": 6,
            "Black": 6,
            "Blue": 6,
            "Navy Blue": 5,
            "Grey": 4,
            "Red": 5,
            "Green": 4,
            "Yellow": 3,
            "Pink": 3,
            "Purple": 2,
            "Grey Melange": 3,
        },
    ),
    "Shirts": Designer(
        design_shirt,
        {
            "White": 6,
            "Blue": 7,
            "Black": 4,
            "Navy Blue": 4,
            "Red": 4,
            "Green": 3,
            "Purple": 3,
            "Grey": 4,
            "Pink": 3,
            "Grey Melange": 0,
        },
    ),
    "Jeans": Designer(
        design_jeans,
        dict.fromkeys(
            (
                "Yellow",
                "Orange",
                "Magenta",
                "Grey Melange",
                "Multi",
                "Burgundy",
                "Cream",
                "Mustard",
                "Sea Green",
                "Off White",
            ),
            0,
        )
        | {"Blue": 50, "Navy Blue": 18, "Black": 16, "Grey": 8, "Charcoal": 4, "White": 3},
    ),
    "Skirts": Designer(
        design_skirt,
        {"Blue": 6, "Black": 6, "Navy Blue": 4, "Pink": 4, "Grey": 3, "Red": 4, "Grey Melange": 0},
    ),
    "Kurtas": Designer(
        design_kurta,
        {
            "White": 4,
            "Blue": 3,
            "Green": 3,
            "Red": 3,
            "Pink": 3,
            "Maroon": 3,
            "Grey Melange": 0,
            "Charcoal": 0,
        },
    ),
}
"""Who designs each class, and which colours it comes in more often than once: jeans are mostly blue."""

__all__ = ["DESIGNERS", "Design", "Designer"]
