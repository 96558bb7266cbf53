"""What lies, or hangs, behind a garment at home: floors, sheets, carpets, tiles, walls."""

import colorsys

import numpy as np

from .cloth.fabrics import Fabric
from .drawing.colours import rgb
from .drawing.noise import lattice
from .drawing.shading import Light, add_folds, crumple, illuminate


def backdrop(kind: str, rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Draw a background.

    Parameters
    ----------
    kind : str
        One of `BACKDROPS`.
    rng : numpy.random.Generator
        What it is varied by.
    height, width : int
        Size in pixels.

    Returns
    -------
    ndarray of float32, shape (height, width, 3)
        Evenly lit, 0 to 1.
    """
    return np.clip(BACKDROPS[kind](rng, height, width), 0.0, 1.0).astype(np.float32)


def _hue(
    rng: np.random.Generator,
    full: tuple[float, float] = (0.05, 0.7),
    light: tuple[float, float] = (0.3, 0.85),
) -> np.ndarray:
    colour = colorsys.hls_to_rgb(rng.random(), rng.uniform(*light), rng.uniform(*full))
    return np.array(colour, np.float32)


def _frame(height: int, width: int, angle: float, metres: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Return turned coordinates in metres, the picture being `metres` high, and pixels a metre."""
    scale = height / metres
    x = ((np.arange(width) + 0.5 - width / 2) / scale).astype(np.float32)[None, :]
    y = ((np.arange(height) + 0.5 - height / 2) / scale).astype(np.float32)[:, None]
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return x * cos + y * sin, y * cos - x * sin, scale


def _grooves(at: np.ndarray, period: float, groove: float, scale: float) -> np.ndarray:
    """Return 1 in the joints between boards or tiles, 0 between them, edges a pixel wide."""
    off = np.abs((at / np.float32(period)) % 1.0 - 0.5) * np.float32(period)
    return np.clip((off - np.float32(period / 2 - groove)) * np.float32(scale) + 0.5, 0, 1)


def _wood(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    u, v, scale = _frame(
        height, width, rng.choice([0.0, 1.5708, 0.4, -0.5]) + rng.normal(0, 0.08), rng.uniform(1.0, 1.7)
    )
    board = rng.uniform(0.07, 0.19)
    row = np.floor(v / np.float32(board))
    tones = rng.normal(0, 0.07, 64).astype(np.float32)
    shifts = rng.uniform(0, 4, 64).astype(np.float32)
    index = row.astype(np.int32) % 64
    along = u + shifts[index]
    ends = rng.uniform(0.6, 1.4)
    piece = np.floor(along / np.float32(ends)).astype(np.int32)
    tone = tones[(index * 7 + piece * 13) % 64]
    rings = rng.standard_normal((48, 48)).astype(np.float32)
    a, b = along * np.float32(1.1) + tone * 20, v * np.float32(26.0)
    grain = _sample(rings, b, a) + 0.5 * _sample(rings, b * 2.7, a * 2.3)
    base = np.array(_WOODS[int(rng.integers(0, len(_WOODS)))], np.float32)
    light = 1.0 + tone + np.float32(0.07) * grain
    joint = np.maximum(_grooves(v, board, 0.0016, scale), 0.8 * _grooves(along, ends, 0.0012, scale))
    return base * (light * (1.0 - 0.6 * joint))[..., None]


_WOODS = (
    (0.72, 0.53, 0.34),
    (0.55, 0.36, 0.21),
    (0.80, 0.66, 0.48),
    (0.42, 0.27, 0.17),
    (0.66, 0.60, 0.54),
    (0.74, 0.45, 0.25),
)


def _sample(field: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return smooth noise at broken rows and columns, repeating."""
    n = field.shape[0]
    r, c = np.floor(row), np.floor(column)
    fr, fc = row - r, column - c
    fr, fc = fr * fr * (3 - 2 * fr), fc * fc * (3 - 2 * fc)
    r, c = r.astype(np.int32) % n, c.astype(np.int32) % n
    r2, c2 = (r + 1) % n, (c + 1) % n
    upper = field[r, c] * (1 - fc) + field[r, c2] * fc
    return upper * (1 - fr) + (field[r2, c] * (1 - fc) + field[r2, c2] * fc) * fr


def _sheet(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Draw a bed sheet or blanket: folds over a plain, striped, dotted, checked or flowered cloth."""
    u, v, scale = _frame(height, width, rng.uniform(-0.6, 0.6), rng.uniform(0.9, 1.5))
    metres = 1.0 / scale
    x = (np.arange(width) * metres).astype(np.float32)
    y = (np.arange(height) * metres).astype(np.float32)
    relief = np.float32(rng.uniform(0.002, 0.008)) * crumple(
        rng, (height * metres, width * metres), (height, width), 0.10
    )
    folds = [
        (
            rng.uniform(0, x[-1]),
            rng.uniform(0, y[-1]),
            rng.uniform(0, 6.28),
            rng.uniform(0.2, 0.9),
            rng.uniform(0.012, 0.04),
            rng.uniform(0.003, 0.014),
            rng.normal(0, 0.05),
        )
        for _ in range(rng.integers(3, 12))
    ]
    add_folds(relief, x, y, folds, pulled=False)
    shade, bend_x, bend_y = illuminate(
        relief, metres, Light(side=float(rng.uniform(-1, 1)), above=float(rng.uniform(-0.5, 0.8)), key=0.6)
    )
    pattern = str(
        rng.choice(
            ["solid", "awning", "dots", "plaid", "floral", "gingham", "bloom", "jaal", "paisley"],
            p=[0.52, 0.08, 0.05, 0.1, 0.07, 0.04, 0.06, 0.04, 0.04],
        )
    )
    light = (0.75, 0.93) if rng.random() < 0.5 else (0.18, 0.75)
    colours = [rgb(float(c) for c in _hue(rng, (0.05, 0.65), light))] + [
        rgb(float(c) for c in _hue(rng)) for _ in range(3)
    ]
    cloth = Fabric(
        "cotton", pattern, tuple(colours), float(rng.uniform(1.0, 2.4)), int(rng.integers(0, 2**31))
    )
    colour = cloth.colour_at(u + 0.008 * bend_x, v + 0.008 * bend_y, scale)
    return colour * shade[..., None]


def _carpet(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    u, v, scale = _frame(height, width, rng.uniform(-0.3, 0.3), rng.uniform(1.0, 1.6))
    pile = lattice(rng, height // 2 + 2, width // 2 + 2, height, width)
    tufts = lattice(rng, 60, 45, height, width)
    colour = np.broadcast_to(_hue(rng, (0.05, 0.6), (0.2, 0.8)), (height, width, 3)).copy()
    if rng.random() < 0.35:
        colours = tuple(rgb(float(c) for c in _hue(rng, (0.2, 0.7), (0.15, 0.7))) for _ in range(4))
        rug = Fabric(
            "wool",
            str(rng.choice(["ikat", "mosaic", "block", "paisley", "jaal"])),
            colours,
            float(rng.uniform(1.2, 2.6)),
            int(rng.integers(0, 2**31)),
        )
        colour = rug.colour_at(u, v, scale)
    rough = rng.uniform(0.03, 0.11)
    return colour * (1.0 + np.float32(rough) * pile + np.float32(rough * 0.8) * tufts)[..., None]


def _tiles(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    u, v, scale = _frame(
        height, width, rng.uniform(-0.5, 0.5) if rng.random() < 0.6 else 0.785, rng.uniform(1.0, 1.7)
    )
    side = rng.uniform(0.14, 0.45)
    base, grout = _hue(rng, (0.02, 0.25), (0.45, 0.92)), _hue(rng, (0.0, 0.15), (0.3, 0.8))
    tones = rng.normal(0, 0.035, (16, 16)).astype(np.float32)
    r, c = (
        np.floor(v / np.float32(side)).astype(np.int32) % 16,
        np.floor(u / np.float32(side)).astype(np.int32) % 16,
    )
    cloud = _sample(rng.standard_normal((32, 32)).astype(np.float32), v * 14, u * 14)
    colour = base * (1.0 + tones[r, c] + np.float32(rng.uniform(0.0, 0.05)) * cloud)[..., None]
    joint = np.maximum(_grooves(u, side, 0.003, scale), _grooves(v, side, 0.003, scale))[..., None]
    return colour + (grout - colour) * joint


def _concrete(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    base = _hue(rng, (0.0, 0.12), (0.4, 0.75))
    speckle = lattice(rng, height, width, height, width)
    cloud = lattice(rng, 9, 7, height, width) + 0.6 * lattice(rng, 30, 24, height, width)
    return base * (1.0 + np.float32(0.035) * speckle + np.float32(0.045) * cloud)[..., None]


def _wall(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    base = _hue(rng, (0.02, 0.4), (0.6, 0.93))
    rough = lattice(rng, height // 2 + 2, width // 2 + 2, height, width)
    colour = base * (1.0 + np.float32(0.012) * rough)[..., None]
    kind = rng.random()
    if kind < 0.3:
        # A skirting board, or the top of a door, cuts the wall.
        y = np.arange(height, dtype=np.float32)[:, None] / height
        edge = rng.uniform(0.8, 0.95)
        below = np.clip((y - np.float32(edge)) * height, 0, 1)[..., None]
        floor = np.array(_WOODS[int(rng.integers(0, len(_WOODS)))], np.float32)
        colour = colour + (floor - colour) * below
    elif kind < 0.6:
        x = np.arange(width, dtype=np.float32)[None, :] / width
        panel = _grooves(x + 0 * colour[..., 0], rng.uniform(0.2, 0.55), 0.004, width)[..., None]
        colour = colour * (1.0 - 0.25 * panel)
    return colour


BACKDROPS = {
    "wood": _wood,
    "sheet": _sheet,
    "carpet": _carpet,
    "tiles": _tiles,
    "concrete": _concrete,
    "wall": _wall,
}
"""Kinds of background, by name."""
