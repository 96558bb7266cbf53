"""Seams, stitches and hems: what the needle leaves on cloth."""

# Points are arrays: `+` moves them, it joins nothing.

import numpy as np

from ..canvas import Mark, Patch, Stroke
from ..cloth.fabrics import Fabric
from ..drawing import curves
from ..drawing.colours import Rgb, rgb


def thread(fabric: Fabric, factor: float = 0.62) -> Rgb:
    """Return the colour of a shadowed seam in a fabric."""
    return rgb(c * factor for c in fabric.colours[0])


def seam(line: np.ndarray, fabric: Fabric, strength: float = 0.55) -> list[Mark]:
    """Return a seam: a dark furrow and the light edge beside it."""
    base = fabric.colours[0]
    bright = rgb(min(1.0, c * 1.12 + 0.04) for c in base)
    return [
        Stroke([line], 0.0022, thread(fabric, 0.5), strength),
        Stroke([curves.offset(line, 0.0030)], 0.0018, bright, strength * 0.5),
    ]


def stitches(
    line: np.ndarray, colour: Rgb, width: float = 0.0013, opacity: float = 0.7, dash: float = 0.0045
) -> Stroke:
    """Return a row of stitches."""
    return Stroke([line], width, colour, opacity, dash)


def hem_marks(end: np.ndarray, fabric: Fabric, deep: float, double: bool = True) -> list:
    """Return the stitching of a hem turned up `deep` metres; `end` has the cloth on its right."""
    lower = curves.offset(end, -deep)
    marks = [Stroke([lower], 0.0024, thread(fabric, 0.6), 0.45)]
    if double:
        marks.append(Stroke([curves.offset(end, -deep + 0.005)], 0.0014, thread(fabric, 0.65), 0.40, 0.004))
    marks.append(Stroke([curves.offset(end, -0.0015)], 0.0020, rgb(c * 0.8 for c in fabric.colours[0]), 0.5))
    return marks


def band(line: np.ndarray, inner: float, outer: float, fabric: Fabric, shadow: float = 0.25) -> Patch:
    """Return a strip of another cloth along a line."""
    return Patch(curves.ribbon(line, inner, outer), fabric, shadow=shadow)
