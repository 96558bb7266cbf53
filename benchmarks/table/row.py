"""One line of the table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """What was measured, what is aimed at, and the reference that was measured in the same run.

    Attributes
    ----------
    what : str
    value : float
    unit : str
    at_most : float or None
        What is aimed at, in the same unit.
    reference : str
        What it is compared with; "" for none.
    reference_value : float or None
        In the same unit.
    times_reference : float or None
        At most how many times the reference is aimed at; below 1 it is to be quicker.
    note : str
    """

    what: str
    value: float
    unit: str
    at_most: float | None = None
    reference: str = ""
    reference_value: float | None = None
    times_reference: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the reference."""
        return self.value / self.reference_value if self.reference_value else None

    @property
    def reached(self) -> bool | None:
        """Whether what is aimed at is reached; None where nothing is."""
        if self.at_most is not None and self.value > self.at_most:
            return False
        if self.times_reference is not None:
            return self.ratio is not None and self.ratio <= self.times_reference
        return None if self.at_most is None else True

    def as_dict(self) -> dict[str, Any]:
        """Give what is written to the report."""
        return {**asdict(self), "ratio": self.ratio, "reached": self.reached}


def median(values: Sequence[float]) -> float:
    """Give the median."""
    return float(np.median(values))


def as_text(rows: Sequence[Row]) -> str:
    """Lay rows out for a terminal."""
    lines = [f"{'':62}{'measured':>12}{'aim':>12}{'times reference':>18}  "]
    for row in rows:
        aim = "" if row.at_most is None else f"{row.at_most:g} {row.unit}"
        if row.times_reference is not None:
            aim = f"{row.times_reference:g} ×"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} ×"
        verdict = {True: "reached", False: "missed", None: ""}[row.reached]
        lines.append(f"{row.what[:61]:62}{row.value:>9.3g} {row.unit:<3}{aim:>11}{ratio:>18}  {verdict}")
        if row.reference:
            lines.append(f"    beside {row.reference}: {row.reference_value:.3g} {row.unit}")
    return "\n".join(lines)
