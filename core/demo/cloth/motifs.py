"""Printed motifs: flowers, paisleys, medallions, leaves; drawn once as a tile that repeats without a seam."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import curves
from ..drawing.colours import Rgb
from ..drawing.noise import stream
from ..drawing.shapes import heart, petal, round_petal, shade, star, teardrop

TILES: dict[str, float] = {
    "floral": 0.20,
    "ditsy": 0.10,
    "bloom": 0.30,
    "paisley": 0.16,
    "buti": 0.07,
    "block": 0.11,
    "jaal": 0.18,
    "leaves": 0.18,
    "ikat": 0.14,
    "triangles": 0.12,
    "leopard": 0.16,
    "tropical": 0.32,
    "stars": 0.12,
    "hearts": 0.12,
    "brush": 0.24,
    "mosaic": 0.10,
}
"""Side of the tile in metres, by pattern."""


class Tile:
    """A square whose opposite sides meet. Units: shares of its side."""

    def __init__(self, size: int, ground: Rgb) -> None:
        self.size, self.fine = size, size * (3 if size < 300 else 2)
        self.picture = Image.new("RGB", (self.fine, self.fine), _byte(ground))
        self.draw = ImageDraw.Draw(self.picture)

    def fill(self, outline: np.ndarray, colour: Rgb) -> None:
        """Fill an outline."""
        low, high = outline.min(axis=0), outline.max(axis=0)
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if low[0] + dx < 1 and high[0] + dx > 0 and low[1] + dy < 1 and high[1] + dy > 0:
                    at = (outline + (dx, dy)) * self.fine - 0.5
                    self.draw.polygon([(x, y) for x, y in at.tolist()], fill=_byte(colour))

    def line(self, line: np.ndarray, width: float, colour: Rgb) -> None:
        """Draw a line `width` shares of the side wide."""
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                at = (line + (dx, dy)) * self.fine - 0.5
                self.draw.line(
                    [(x, y) for x, y in at.tolist()],
                    fill=_byte(colour),
                    width=max(1, round(width * self.fine)),
                    joint="curve",
                )

    def array(self) -> np.ndarray:
        """Return the tile, float32 (size, size, 3), 0 to 1."""
        small = self.picture.reduce(self.fine // self.size)
        return np.asarray(small, dtype=np.float32) / np.float32(255.0)


def draw_tile(pattern: str, colours: tuple[Rgb, ...], seed: int, size: int) -> np.ndarray:
    """Draw the tile of a pattern.

    Parameters
    ----------
    pattern : str
        One of `TILES`.
    colours : tuple of RGB
        The ground, then the colours of the print, at least one.
    seed : int
        What the motifs are varied by.
    size : int
        Side of the tile in pixels.

    Returns
    -------
    ndarray of float32, shape (size, size, 3)
    """
    tile = Tile(size, colours[0])
    MAKERS[pattern](tile, colours, stream(seed, pattern))
    return tile.array()


def _byte(colour: Rgb) -> tuple[int, int, int]:
    red, green, blue = (int(min(1.0, max(0.0, c)) * 255 + 0.5) for c in colour)
    return red, green, blue


def _spots(rng: np.random.Generator, n: int, apart: float, tries: int = 400) -> list[tuple[float, float]]:
    """Return up to n points on the wrapped square, none nearer than `apart` to another."""
    found: list[tuple[float, float]] = []
    for x, y in rng.uniform(0, 1, (tries, 2)).tolist():
        if len(found) == n:
            break
        gaps = [((x - a + 0.5) % 1 - 0.5, (y - b + 0.5) % 1 - 0.5) for a, b in found]
        if all(gx * gx + gy * gy > apart * apart for gx, gy in gaps):
            found.append((x, y))
    return found


def _flower(
    tile: Tile,
    x: float,
    y: float,
    r: float,
    colour: Rgb,
    heart: Rgb,
    rng: np.random.Generator,
    petals: int | None = None,
) -> None:
    n = int(petals or rng.integers(5, 9))
    turn = rng.uniform(0, 6.28)
    for ring, factor in ((1.0, 0.82), (0.92, 1.0), (0.55, 1.22)):
        for k in range(n):
            angle = turn + 6.2832 * (k + 0.5 * (ring < 0.6)) / n
            tile.fill(round_petal(x, y, r * ring, r * ring * 2.5 / n, angle), shade(colour, factor))
    tile.fill(curves.ellipse(x, y, r * 0.2, r * 0.2, 14), heart)
    tile.fill(curves.ellipse(x - r * 0.04, y - r * 0.04, r * 0.1, r * 0.1, 10), shade(heart, 1.3))


def _sprig(
    tile: Tile,
    x: float,
    y: float,
    long: float,
    angle: float,
    colour: Rgb,
    rng: np.random.Generator,
    pairs: int = 3,
) -> None:
    bend = rng.uniform(-0.3, 0.3) * long
    stem = curves.bezier((0, 0), (long * 0.3, bend), (long * 0.7, bend), (long, 0), 12)
    stem = curves.rotate(stem, angle) + (x, y)
    tile.line(stem, long * 0.03, shade(colour, 0.8))
    for k in range(1, pairs + 1):
        px, py = stem[int(11 * k / (pairs + 0.5))]
        for side in (-1, 1):
            leaf = petal(px, py, long * 0.34, long * 0.10, angle + side * rng.uniform(0.6, 0.95))
            tile.fill(leaf, shade(colour, 1.0 if side > 0 else 0.86))


def _floral(
    tile: Tile,
    colours: Sequence[Rgb],
    rng: np.random.Generator,
    n: int = 9,
    apart: float = 0.2,
    radius: tuple[float, float] = (0.055, 0.11),
) -> None:
    inks = colours[1:]
    green = inks[-1] if len(inks) > 2 else shade(inks[0], 0.7)
    spots = _spots(rng, n, apart)
    for x, y in spots:
        for _ in range(rng.integers(1, 4)):
            _sprig(tile, x, y, rng.uniform(0.12, 0.22), rng.uniform(0, 6.28), green, rng)
    for k, (x, y) in enumerate(spots):
        colour = inks[k % max(1, len(inks) - (len(inks) > 2))]
        _flower(tile, x, y, rng.uniform(*radius), colour, shade(inks[(k + 1) % len(inks)], 1.2), rng)
    for x, y in _spots(rng, 14, 0.1):
        tile.fill(curves.ellipse(x, y, 0.011, 0.011, 10), inks[0])


def _ditsy(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    for k, (x, y) in enumerate(_spots(rng, 16, 0.17)):
        if k % 3 == 2:
            _sprig(tile, x, y, 0.16, rng.uniform(0, 6.28), inks[-1], rng, 2)
        else:
            _flower(tile, x, y, rng.uniform(0.05, 0.075), inks[k % len(inks)], shade(colours[0], 1.2), rng, 5)


def _bloom(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    _floral(tile, colours, rng, n=5, apart=0.33, radius=(0.13, 0.2))


def _paisley(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    second, third = inks[1 % len(inks)], inks[2 % len(inks)]
    lean = rng.uniform(-0.4, 0.4)
    for x, y, flip in ((0.25, 0.27, 1), (0.75, 0.77, -1)):
        for size, ink in (
            (0.40, inks[0]),
            (0.33, colours[0]),
            (0.28, second),
            (0.17, colours[0]),
            (0.1, third),
        ):
            drop = teardrop(0, 0, size, lean) * (flip, 1)
            tile.fill(drop + (x, y + 0.02), ink)
        for k in range(9):
            angle = 6.2832 * k / 9
            at = (x + 0.27 * np.cos(angle), y + 0.26 * np.sin(angle))
            tile.fill(curves.ellipse(*at, 0.013, 0.013, 8), inks[0])
    for x, y in ((0.75, 0.25), (0.25, 0.75)):
        _flower(tile, x, y, 0.085, third, second, rng, 6)


def _buti(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    kind = rng.integers(0, 3)
    for x, y in ((0.25, 0.25), (0.75, 0.75)):
        if kind == 0:
            _flower(tile, x, y - 0.04, 0.14, inks[0], inks[-1], rng, 5)
            _sprig(tile, x, y + 0.2, 0.2, -1.57, inks[-1], rng, 2)
        elif kind == 1:
            tile.fill(teardrop(x, y, 0.36, 0.0), inks[0])
            tile.fill(teardrop(x, y + 0.02, 0.2, 0.0), inks[-1])
        else:
            for k in range(3):
                tile.fill(petal(x, y + 0.14, 0.26, 0.07, -1.57 + 0.6 * (k - 1)), inks[k % len(inks)])
            tile.fill(curves.ellipse(x, y + 0.17, 0.05, 0.03, 10), inks[-1])


def _medallion(
    tile: Tile, x: float, y: float, r: float, inks: Sequence[Rgb], rng: np.random.Generator, ground: Rgb
) -> None:
    n = int(rng.choice([6, 8, 10, 12]))
    turn = rng.uniform(0, 1)
    for k in range(n):
        tile.fill(petal(x, y, r, r * 2.2 / n, turn + 6.2832 * k / n), inks[0])
    tile.fill(curves.ellipse(x, y, r * 0.62, r * 0.62, 20), ground)
    for k in range(n):
        tile.fill(petal(x, y, r * 0.56, r * 1.1 / n, turn + 6.2832 * (k + 0.5) / n), inks[1 % len(inks)])
    tile.fill(curves.ellipse(x, y, r * 0.18, r * 0.18, 12), inks[-1])


def _block(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    for x, y in ((0.25, 0.25), (0.75, 0.75)):
        _medallion(tile, x, y, 0.2, inks, rng, colours[0])
    for x, y in ((0.75, 0.25), (0.25, 0.75)):
        for k in range(4):
            tile.fill(petal(x, y, 0.13, 0.035, 0.785 + 1.5708 * k), inks[-1])


def _jaal(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    for flip in (-1, 1):
        y = np.linspace(0, 1, 40)
        for shift in (0.25, 0.75):
            x = shift + flip * 0.22 * np.sin(2 * np.pi * y)
            tile.line(np.stack([x, y], 1), 0.016, inks[-1])
            for k in range(3, 40, 5):
                leaf = petal(x[k], y[k], 0.08, 0.025, 1.57 + flip * (0.9 if k % 2 else -0.9))
                tile.fill(leaf, inks[-1])
    for cx, cy in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
        _flower(tile, cx, cy, 0.085, inks[0], inks[1 % len(inks)], rng, 6)


def _leaves(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    for k, (x, y) in enumerate(_spots(rng, 14, 0.19)):
        angle = rng.uniform(0, 6.28)
        _sprig(tile, x, y, rng.uniform(0.2, 0.32), angle, inks[k % len(inks)], rng, 4)


def _ikat(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    for x0, y0 in ((0.25, 0.5), (0.75, 0.0), (0.75, 1.0)):
        for size, ink in ((1.0, inks[0]), (0.68, inks[1 % len(inks)]), (0.36, colours[0]), (0.18, inks[-1])):
            # Ikat threads are dyed before weaving, so that every edge frays along the warp.
            x = np.linspace(-0.23, 0.23, 41) * size
            y = (0.44 * size) * (1 - np.abs(x) / (0.23 * size))
            fray = rng.uniform(-0.035, 0.035, (2, 41))
            upper = np.stack([x0 + x, y0 - y + fray[0]], 1)
            lower = np.stack([x0 + x, y0 + y + fray[1]], 1)
            tile.fill(np.concatenate([upper, lower[::-1]]), ink)


def _triangles(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    n = int(rng.integers(3, 6))
    for row in range(n):
        for k in range(n):
            x, y, s = (k + 0.5 * (row % 2)) / n, row / n, 0.8 / n
            outline = curves.points((x, y + s), (x + s / 2, y + s * 0.1), (x + s, y + s))
            if rng.random() < 0.4:
                outline = outline * (1, -1) + (0, 2 * y + 1.1 * s)
            tile.fill(outline, inks[int(rng.integers(0, len(inks)))])


def _leopard(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    for x, y in _spots(rng, 44, 0.115, 1500):
        angle, r = rng.uniform(0, 6.28), rng.uniform(0.036, 0.055)
        blot = curves.ellipse(0, 0, r, r * 0.8, 12) * rng.uniform(0.8, 1.2, (12, 1))
        tile.fill(curves.rotate(blot, angle) + (x, y), colours[1])
        inner = curves.ellipse(r * 0.12, 0, r * 0.5, r * 0.42, 10)
        tile.fill(curves.rotate(inner, angle) + (x, y), shade(colours[-1], 1.0))
        tile.fill(petal(x, y, r * 1.2, r * 0.35, angle), shade(colours[0], 0.92))
    for x, y in _spots(rng, 40, 0.06):
        tile.fill(curves.ellipse(x, y, 0.009, 0.011, 8), colours[1])


def _tropical(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    for k, (x, y) in enumerate(_spots(rng, 8, 0.28)):
        angle, ink = rng.uniform(0, 6.28), inks[k % len(inks)]
        long = rng.uniform(0.26, 0.36)
        for j in range(9):
            spread = (j - 4) * 0.27
            frond = petal(x, y, long * (1 - 0.08 * abs(j - 4)), long * 0.075, angle + spread)
            tile.fill(frond, shade(ink, 0.85 + 0.05 * j))
    for x, y in _spots(rng, 4, 0.4):
        _flower(tile, x, y, 0.1, inks[-1], shade(inks[0], 1.2), rng, 5)


def _stars(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    for k, (x, y) in enumerate(_spots(rng, 11, 0.24)):
        r = rng.uniform(0.05, 0.09)
        tile.fill(star(x, y, r, rng.uniform(0, 1.2)), colours[1 + k % (len(colours) - 1)])


def _hearts(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    for k, (x, y) in enumerate(_spots(rng, 11, 0.24)):
        tile.fill(
            heart(x, y, rng.uniform(0.04, 0.075), rng.uniform(-0.4, 0.4)), colours[1 + k % (len(colours) - 1)]
        )


def _brush(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    for k, (x, y) in enumerate(_spots(rng, 22, 0.14)):
        angle, long = rng.uniform(-0.5, 0.5) + 1.57 * (k % 2), rng.uniform(0.12, 0.3)
        for hair in range(7):
            shift = (hair - 3) * 0.012
            line = curves.bezier(
                (0, shift),
                (long * 0.3, shift + rng.uniform(-0.02, 0.02)),
                (long * 0.7, shift),
                (long, shift),
                8,
            )
            line[:, 0] += rng.uniform(-0.03, 0.03)
            tile.line(
                curves.rotate(line, angle) + (x, y), 0.011, shade(inks[k % len(inks)], rng.uniform(0.9, 1.15))
            )


def _mosaic(tile: Tile, colours: Sequence[Rgb], rng: np.random.Generator) -> None:
    inks = colours[1:]
    for row in range(4):
        for k in range(4):
            x, y = (k + 0.5) / 4, (row + 0.5) / 4
            diamond = curves.points((x, y - 0.12), (x + 0.12, y), (x, y + 0.12), (x - 0.12, y))
            ink = inks[(row + k) % len(inks)]
            tile.fill(diamond, ink)
            tile.fill((diamond - (x, y)) * 0.62 + (x, y), colours[0])
            tile.fill((diamond - (x, y)) * 0.34 + (x, y), inks[(row + k + 1) % len(inks)])


MAKERS = {
    "floral": _floral,
    "ditsy": _ditsy,
    "bloom": _bloom,
    "paisley": _paisley,
    "buti": _buti,
    "block": _block,
    "jaal": _jaal,
    "leaves": _leaves,
    "ikat": _ikat,
    "triangles": _triangles,
    "leopard": _leopard,
    "tropical": _tropical,
    "stars": _stars,
    "hearts": _hearts,
    "brush": _brush,
    "mosaic": _mosaic,
}
