"""Outlines of small things: petals, paisleys, stars, hearts."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

import numpy as np

from . import curves
from .colours import Rgb, rgb


def shade(colour: Rgb, factor: float) -> Rgb:
    """Return a colour made darker (factor below 1) or lighter (above)."""
    if factor <= 1:
        return rgb(c * factor for c in colour)
    return rgb(c + (1 - c) * (factor - 1) for c in colour)


def petal(cx: float, cy: float, long: float, wide: float, angle: float) -> np.ndarray:
    """Return the outline of a petal or leaf that starts at a point."""
    half = curves.bezier((0, 0), (long * 0.25, -wide), (long * 0.8, -wide * 0.8), (long, 0), 10)
    outline = np.concatenate([half, (half * (1, -1))[::-1]])
    return curves.rotate(outline, angle) + (cx, cy)


def round_petal(cx: float, cy: float, long: float, wide: float, angle: float) -> np.ndarray:
    """Return the outline of a flower's petal, widest near its blunt end."""
    half = curves.bezier((0, 0), (long * 0.45, -wide * 1.1), (long * 1.12, -wide), (long, 0), 10)
    return curves.rotate(np.concatenate([half, (half * (1, -1))[::-1]]), angle) + (cx, cy)


def teardrop(cx: float, cy: float, size: float, angle: float) -> np.ndarray:
    """Return the outline of a paisley: a drop with a bent tip."""
    tip, west, south, east = (0.26, -0.58), (-0.36, 0.12), (0.0, 0.48), (0.36, 0.12)
    outline = np.concatenate(
        [
            curves.bezier(tip, (-0.02, -0.60), (-0.38, -0.28), west, 14),
            curves.bezier(west, (-0.35, 0.34), (-0.18, 0.48), south, 8)[1:],
            curves.bezier(south, (0.18, 0.48), (0.36, 0.34), east, 8)[1:],
            curves.bezier(east, (0.36, -0.20), (0.02, -0.22), tip, 14)[1:],
        ]
    )
    return curves.rotate(outline * size, angle) + (cx, cy)


def star(
    cx: float, cy: float, r: float, angle: float = 0.0, tips: int = 5, inner: float = 0.42
) -> np.ndarray:
    """Return the outline of a star."""
    turn = angle + np.pi * np.arange(2 * tips) / tips
    radius = np.where(np.arange(2 * tips) % 2 == 0, r, r * inner)
    return np.stack([cx + radius * np.sin(turn), cy - radius * np.cos(turn)], axis=1)


def heart(cx: float, cy: float, r: float, angle: float = 0.0) -> np.ndarray:
    """Return the outline of a heart."""
    half = np.concatenate(
        [
            curves.bezier((0, -0.45), (0.25, -1.05), (1.1, -0.9), (1.0, -0.25), 10),
            curves.bezier((1.0, -0.25), (0.9, 0.3), (0.3, 0.6), (0, 1.0), 10),
        ]
    )
    return curves.rotate(np.concatenate([half, curves.mirror(half)]) * r, angle) + (cx, cy)
