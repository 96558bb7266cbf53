"""Cloth in relief: folds and roundness make a height field, and a height field makes light.

Heights are metres, so a slope is a plain number and a fold looks the same at every picture size.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from .noise import lattice

Fold = tuple[float, float, float, float, float, float, float]
"""x, y of the start; angle of its way (radians, 0 to the right, π/2 down); length; width; height; bend."""


@dataclass(frozen=True)
class Light:
    """Where the lamp stands and how hard it is."""

    side: float = -0.5  # of the key light: −1 left, 1 right
    above: float = 0.55  # of the key light: how steeply it falls from above
    key: float = 0.45  # share of the light that comes from the lamp, the rest is from all around
    strength: float = 1.0  # exposure


def add_folds(height: np.ndarray, x: np.ndarray, y: np.ndarray, folds: list[Fold], pulled: bool) -> None:
    """Add folds to a height field in place.

    Parameters
    ----------
    height : ndarray of float32, shape (h, w)
        The field, metres.
    x, y : ndarray of float32, shape (w,) and (h,)
        Where its columns and rows lie, metres.
    folds : list of Fold
        A fold widens along its way; its cross-section is steep on one side and gentle on the other,
        as cloth is that hangs over itself.
    pulled : bool
        Whether the fold is strongest where it starts (a drag line) or in its middle (a drape).
    """
    if len(x) < 2 or len(y) < 2:
        return
    dx, dy = x[1] - x[0], y[1] - y[0]
    for x0, y0, angle, long, wide, high, bend in folds:
        cos, sin = np.cos(angle), np.sin(angle)
        reach = abs(bend) + 3 * wide
        ends_x, ends_y = (x0, x0 + long * cos), (y0, y0 + long * sin)
        left = int(max(0, (min(ends_x) - reach - x[0]) / dx))
        right = int(min(len(x), (max(ends_x) + reach - x[0]) / dx + 2))
        top = int(max(0, (min(ends_y) - reach - y[0]) / dy))
        bottom = int(min(len(y), (max(ends_y) + reach - y[0]) / dy + 2))
        if left >= right or top >= bottom:
            continue
        px, py = x[None, left:right] - np.float32(x0), y[top:bottom, None] - np.float32(y0)
        along = (px * cos + py * sin) / long
        inside = np.clip(along, 0.0, 1.0)
        across = -px * sin + py * cos - 4 * bend * inside * (1 - inside)
        q = across / (wide * (0.55 + 0.9 * inside))
        q = np.where(q > 0, q * 1.8, q)
        rest = 1 - inside
        envelope = np.minimum(inside * 8, 1.0) * rest**1.3 if pulled else 4 * inside * rest
        height[top:bottom, left:right] += high * envelope * np.exp(-q * q)


def roundness(mask: np.ndarray, metres: float, radius: float, depth: float) -> np.ndarray:
    """Return the height of a body that swells from the edge of its outline.

    Parameters
    ----------
    mask : ndarray of float32, shape (h, w)
        What the cloth covers, 0 to 1.
    metres : float
        Size of a pixel.
    radius, depth : float
        How far from the edge the swelling reaches, and how high it gets, metres.
    """
    distance = ndimage.distance_transform_edt(mask > 0.5).astype(np.float32) * metres
    rise = np.clip(distance / radius, 0.0, 1.0)
    swell = depth * (1.0 - (1.0 - rise) ** 2)
    return ndimage.gaussian_filter(swell, max(0.8, 0.012 / metres), mode="nearest")


def crumple(
    rng: np.random.Generator, extent: tuple[float, float], shape: tuple[int, int], size: float
) -> np.ndarray:
    """Return small wrinkles, float32 `shape`, about −1 to 1: ridges of warped noise.

    `extent` is the height and width of the field and `size` the width of a wrinkle, metres.
    """
    ridges = 1.0 - 2.0 * np.abs(np.tanh(_slanting(rng, extent, shape, size, rng.uniform(15, 75)) * 1.2))
    soft = _slanting(rng, extent, shape, size * 3, rng.uniform(-75, -15))
    return ridges * np.clip(0.5 + 0.5 * soft, 0.0, 1.2) + 0.6 * soft


def _slanting(
    rng: np.random.Generator, extent: tuple[float, float], shape: tuple[int, int], size: float, degrees: float
) -> np.ndarray:
    """Return smooth noise whose grid lies slanting, so that no wrinkle runs along the picture's edges."""
    side = extent[0] + extent[1]
    bumps = max(3, round(side / size))
    cells = 4 * bumps
    square = Image.fromarray(lattice(rng, bumps, int(bumps * 0.75), cells, cells))
    turned = square.rotate(degrees, Image.Resampling.BICUBIC)
    half = [0.5 * cells * min(0.70, e / side) for e in extent]
    box = (cells / 2 - half[1], cells / 2 - half[0], cells / 2 + half[1], cells / 2 + half[0])
    return np.asarray(turned.resize((shape[1], shape[0]), Image.Resampling.BICUBIC, box=box))


def illuminate(height: np.ndarray, metres: float, light: Light) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Light a height field.

    Returns
    -------
    shade : ndarray of float32, shape (h, w)
        1 on flat cloth, less in folds, more where cloth faces the lamp.
    slope_x, slope_y : ndarray of float32, shape (h, w)
        The slopes, which also bend the pattern of the fabric.
    """
    slope_y, slope_x = np.gradient(height, metres)
    up = 1.0 / np.sqrt(1.0 + slope_x**2 + slope_y**2)
    lamp = np.array([light.side, -light.above, 1.0])
    lamp /= np.sqrt((lamp**2).sum())
    facing = (-slope_x * lamp[0] - slope_y * lamp[1] + lamp[2]) * up / lamp[2]
    soft = ndimage.gaussian_filter(height, max(0.7, 0.014 / metres), mode="nearest")
    hollow = np.clip((height - soft) * 60.0, -0.25, 0.1)
    shade = (1.0 - light.key) * (0.25 + 0.75 * up) + light.key * np.clip(facing, 0.0, None) + hollow
    return shade.astype(np.float32), slope_x.astype(np.float32), slope_y.astype(np.float32)


__all__ = ["Fold", "Light", "add_folds", "crumple", "illuminate", "roundness"]
