"""A garment that was found in a picture."""

from dataclasses import dataclass, field

import numpy as np

from core.imaging.crop import Box


@dataclass(frozen=True, eq=False)
class Garment:
    """A garment, and where in the picture it is.

    Attributes
    ----------
    box : Box
    label : str
        One of `core.models.finder.labels.FINDER_LABELS`.
    probability : float
        That it is what the picture is meant to show: garments are listed by it. Something small is less
        likely so.
    mask : bool array (rows, columns)
        Which cells of a grid over the whole picture show it.
    certainty : float
        That there is a garment of this label in this box, whatever the picture is meant to show; the
        probability unless given.
    label_shares : dict of str to float
        Probability of each of `FINDER_LABELS`, given that it is a garment; empty where nobody said.
    """

    box: Box
    label: str
    probability: float
    mask: np.ndarray = field(repr=False)
    certainty: float = field(default=-1.0)
    label_shares: dict[str, float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.certainty < 0:
            object.__setattr__(self, "certainty", self.probability)

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
