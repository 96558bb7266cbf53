"""A garment that was found in a picture."""

from dataclasses import dataclass, field

import numpy as np

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the upright picture's width and height."""


@dataclass(frozen=True, eq=False)
class Garment:
    """A garment, and where in the picture it is.

    Attributes
    ----------
    box : Box
    label : str
        One of `core.models.finder.labels.FINDER_LABELS`.
    probability : float
        That there is a garment of this label in this box, and that it is what the picture is meant to show:
        something small is less likely so.
    mask : bool array (rows, columns)
        Which cells of a grid over the whole picture show it.
    """

    box: Box
    label: str
    probability: float
    mask: np.ndarray = field(repr=False)

    @property
    def area(self) -> float:
        """The box's share of the picture.

        Examples
        --------
        >>> Garment((0.25, 0.0, 0.75, 1.0), "Jeans", 0.9, np.ones((1, 1), bool)).area
        0.5
        """
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)
