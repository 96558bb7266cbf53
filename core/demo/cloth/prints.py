"""What is printed on the chest of a t-shirt: sunsets, peaks, waves, emblems, words.

A print is a picture, float32 (n, m, 4), RGBA, 0 to 1, that `canvas.Decal` puts on the cloth.
"""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

from collections.abc import Sequence

import numpy as np

from ..drawing import curves
from ..drawing.colours import Rgb
from ..drawing.noise import lattice, stream
from ..drawing.shapes import heart, petal, shade, star
from .plate import WORDS, Plate


def draw_print(kind: str, inks: tuple[Rgb, ...], seed: int, size: int) -> np.ndarray:
    """Draw a print.

    Parameters
    ----------
    kind : str
        One of `PRINTS`.
    inks : tuple of RGB
        Its colours, three or more.
    seed : int
        What it is varied by.
    size : int
        Its width in pixels.

    Returns
    -------
    ndarray of float32, shape (n, size, 4)
        RGBA, 0 to 1.
    """
    rng = stream(seed, "print", kind)
    maker, aspect = PRINTS[kind]
    plate = Plate(max(8, size), aspect)
    maker(plate, inks, rng)
    picture = plate.array()
    if rng.random() < 0.45:
        # A worn screen print: ink missing where the cloth was rough.
        worn = lattice(rng, 60, 60, *picture.shape[:2]) + lattice(rng, 12, 12, *picture.shape[:2])
        picture[..., 3] *= np.clip(1.35 - 0.55 * worn, 0.35, 1.0)
    return picture


def _sunset(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    plate.fill(curves.ellipse(0, -0.1, 0.78, 0.78, 60), inks[0])
    for k in range(6):
        y = 0.05 + 0.11 * k
        plate.fill(curves.box(-1, y, 1, y + 0.025 + 0.012 * k), None)
    if rng.random() < 0.6:
        _palm(plate, rng.uniform(-0.5, 0.5), 0.7, rng.uniform(0.8, 1.1), inks[1], rng)
    plate.word(str(rng.choice(WORDS)), 0, 0.98, 0.24, inks[1])


def _palm(plate: Plate, x: float, y: float, high: float, ink: Rgb, rng: np.random.Generator) -> None:
    lean = rng.uniform(-0.25, 0.25)
    trunk = curves.bezier(
        (x, y), (x, y - high * 0.4), (x + lean * 0.5, y - high * 0.8), (x + lean, y - high), 16
    )
    plate.line(trunk, 0.05, ink)
    for k in range(8):
        angle = -np.pi / 2 + (k - 3.5) * 0.62
        plate.fill(petal(x + lean, y - high, 0.42, 0.06, angle), ink)


def _peaks(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    plate.fill(curves.ellipse(rng.uniform(-0.3, 0.3), -0.45, 0.3, 0.3, 40), inks[2])
    for k in range(3):
        x, top, wide = (
            (k - 1) * 0.55 + rng.uniform(-0.1, 0.1),
            rng.uniform(-0.6, -0.2),
            rng.uniform(0.5, 0.75),
        )
        peak = curves.points((x - wide, 0.5), (x, top), (x + wide, 0.5))
        plate.fill(peak, inks[k % 2])
        cap = curves.points(
            (x - wide * 0.3, top + 0.3 * (0.5 - top)), (x, top), (x + wide * 0.3, top + 0.3 * (0.5 - top))
        )
        notch = curves.points((x + wide * 0.12, top + 0.2 * (0.5 - top)), (x, top + 0.36 * (0.5 - top)))
        plate.fill(np.concatenate([cap, notch]), shade(inks[k % 2], 1.6))
    plate.fill(curves.box(-1.0, 0.5, 1.0, 0.54), inks[0])
    plate.word(str(rng.choice(WORDS)), 0, 0.80, 0.25, inks[0])


def _waves(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    often = rng.uniform(3, 6)
    for k in range(9):
        x = np.linspace(-0.95, 0.95, 80)
        y = -0.75 + 0.19 * k + 0.07 * np.sin(often * x + k * rng.uniform(0.4, 0.6))
        plate.line(np.stack([x, y], 1), 0.055, inks[k % 3])


def _emblem(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    plate.fill(curves.ellipse(0, 0, 0.95, 0.95, 70), inks[0])
    plate.fill(curves.ellipse(0, 0, 0.86, 0.86, 70), None)
    plate.fill(curves.ellipse(0, 0, 0.80, 0.80, 70), inks[0])
    inner = inks[1]
    kind = rng.integers(0, 4)
    if kind == 0:
        plate.fill(star(0, -0.12, 0.55), inner)
    elif kind == 1:
        for k in range(12):
            plate.fill(petal(0, -0.08, 0.5, 0.11, 6.2832 * k / 12), inner)
    elif kind == 2:
        for k in range(3):
            y = 0.25 - 0.28 * k
            chevron = curves.points(
                (-0.5, y), (0, y - 0.35), (0.5, y), (0.5, y + 0.13), (0, y - 0.22), (-0.5, y + 0.13)
            )
            plate.fill(chevron, inner)
    else:
        plate.fill(curves.points((0, -0.6), (0.2, -0.1), (0, 0.3), (-0.2, -0.1)), inner)
        plate.fill(curves.points((-0.5, -0.1), (0, -0.25), (0.5, -0.1), (0, 0.05)), shade(inner, 0.8))
    plate.word(str(rng.choice(WORDS)), 0, 0.52, 0.16, inner)


def _slogan(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    words = [str(w) for w in rng.choice(WORDS, 3, replace=False)]
    for k, word in enumerate(words[: int(rng.integers(2, 4))]):
        high = min(0.52, 2.1 / len(word))
        plate.word(word, 0, -0.55 + 0.55 * k, min(high, 0.40), inks[k % 2], rng.choice([0.12, 0.2, 0.26]))


def _college(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    word = str(rng.choice(WORDS))
    high = min(0.5, 1.9 / (0.82 * len(word)))
    plate.word(word, 0, -0.3, high, inks[0], 0.30)
    plate.word(word, 0, -0.3, high, inks[1], 0.17)
    plate.fill(curves.box(-0.9, 0.05, 0.9, 0.11), inks[0])
    plate.word(f"{rng.integers(10, 100)}", 0, 0.45, 0.5, inks[1], 0.24)


def _bands(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    slant = rng.uniform(-0.5, 0.5)
    for k in range(5):
        x = -0.8 + 0.36 * k
        strip = curves.points((x, -0.95), (x + 0.22, -0.95), (x + 0.22 + slant, 0.95), (x + slant, 0.95)) * (
            0.75,
            1,
        )
        plate.fill(strip, inks[k % 3])
    plate.fill(curves.box(-1, 0.1, 1, 0.16), None)


def _splash(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    for k in range(26):
        angle, far = rng.uniform(0, 6.28), abs(rng.normal(0, 0.38))
        x, y, r = far * np.cos(angle), far * np.sin(angle), rng.uniform(0.05, 0.26) * (1.1 - min(far, 1))
        blob = curves.ellipse(0, 0, r, r, 12) * rng.uniform(0.6, 1.35, (12, 1))
        plate.fill(curves.spline(blob, 4, closed=True) + (x, y), inks[k % 3])
        if k % 3 == 0:
            plate.line(curves.points((x, y), (x, y + rng.uniform(0.1, 0.4))), 0.025, inks[k % 3])


def _botanical(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    stem = curves.bezier((0.05, 0.95), (-0.25, 0.3), (0.3, -0.2), (rng.uniform(-0.2, 0.2), -0.9), 40)
    plate.line(stem, 0.03, inks[0])
    for k in range(4, 40, 4):
        x, y = stem[k]
        for side in (-1, 1):
            leaf = petal(x, y, 0.5 - 0.008 * k, 0.12, -np.pi / 2 + side * rng.uniform(0.7, 1.1))
            plate.fill(leaf, inks[(k // 4) % 2])
            plate.line(np.stack([leaf[0], leaf[9] * 0.9 + leaf[0] * 0.1]), 0.012, shade(inks[0], 0.7))
    x, y = stem[-1]
    plate.fill(curves.ellipse(x, y, 0.12, 0.12, 20), inks[2])


def _rings(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    for k in range(7):
        r = 0.95 - 0.13 * k
        plate.fill(
            curves.ellipse(0.05 * k * rng.uniform(-1, 1), 0, r, r, 60), inks[k % 3] if k % 2 == 0 else None
        )


def _lowpoly(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    centres = rng.uniform(-0.9, 0.9, (5, 2))
    for k in range(34):
        x, y = centres[k % 5] * 0.6 + rng.normal(0, 0.3, 2)
        tri = curves.rotate(star(0, 0, rng.uniform(0.15, 0.4), 0, 3, 0.5), rng.uniform(0, 6.28)) + (x, y)
        plate.fill(np.clip(tri, -0.98, 0.98), shade(inks[k % 3], rng.uniform(0.75, 1.3)))


def _love(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    plate.fill(heart(0, -0.1, 0.8), inks[0])
    for k in range(5):
        x = np.linspace(-1, 1, 40)
        plate.line(
            np.stack([x, -0.6 + 0.28 * k + 0.05 * np.sin(7 * x + k)], 1), 0.06, None if k % 2 else inks[1]
        )


def _bird(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    """Draw an animal of simple shapes: a fox, an owl or a bear, looking at you."""
    kind = rng.integers(0, 3)
    ear = 0.42 if kind != 1 else 0.3
    for side in (-1, 1):
        if kind == 2:
            plate.fill(curves.ellipse(side * 0.52, -0.58, 0.24, 0.24), inks[0])
            plate.fill(curves.ellipse(side * 0.52, -0.58, 0.12, 0.12), inks[1])
        else:
            tip = curves.points((side * 0.70, -0.92), (side * 0.66, -0.1), (side * 0.12, -0.45))
            plate.fill(tip, inks[0])
            plate.fill((tip - tip.mean(axis=0)) * ear + tip.mean(axis=0), inks[1])
    head = curves.points(
        (0, -0.55), (0.6, -0.35), (0.68, 0.1), (0.3, 0.6), (0, 0.82), (-0.3, 0.6), (-0.68, 0.1), (-0.6, -0.35)
    )
    plate.fill(curves.spline(head, 8, closed=True), inks[0])
    muzzle = curves.points((0, -0.1), (0.34, 0.3), (0.16, 0.66), (-0.16, 0.66), (-0.34, 0.3))
    plate.fill(curves.spline(muzzle, 8, closed=True), inks[1])
    for side in (-1, 1):
        plate.fill(curves.ellipse(side * 0.29, -0.05, 0.13, 0.13), inks[1])
        plate.fill(curves.ellipse(side * 0.28, -0.04, 0.075, 0.075), shade(inks[2], 0.3))
    plate.fill(
        curves.spline(curves.points((-0.12, 0.30), (0.12, 0.30), (0, 0.45)), 6, closed=True),
        shade(inks[2], 0.3),
    )


def _rocket(plate: Plate, inks: Sequence[Rgb], rng: np.random.Generator) -> None:
    """Draw a rocket among stars."""
    turn = rng.uniform(-0.5, 0.7)

    def put(outline: np.ndarray, ink: Rgb) -> None:
        plate.fill(curves.rotate(outline, turn), ink)

    put(petal(0, 1.0, 0.6, 0.16, -np.pi / 2), inks[2])
    for side in (-1, 1):
        put(curves.points((side * 0.2, 0.2), (side * 0.5, 0.65), (side * 0.16, 0.55)), inks[1])
    hull = curves.spline(
        curves.points((0, -0.9), (0.26, -0.3), (0.22, 0.55), (-0.22, 0.55), (-0.26, -0.3)), 8, closed=True
    )
    put(hull, inks[0])
    put(curves.ellipse(0, -0.2, 0.13, 0.13), inks[1])
    put(curves.ellipse(0, -0.2, 0.08, 0.08), shade(inks[1], 1.5))
    for _ in range(7):
        x, y = rng.uniform(-0.95, 0.95, 2)
        if abs(x) > 0.4:
            plate.fill(star(x, y, rng.uniform(0.06, 0.12), rng.uniform(0, 1)), inks[2])


PRINTS = {
    "sunset": (_sunset, 1.15),
    "peaks": (_peaks, 1.0),
    "waves": (_waves, 0.9),
    "emblem": (_emblem, 1.0),
    "slogan": (_slogan, 1.0),
    "college": (_college, 0.85),
    "bands": (_bands, 1.2),
    "splash": (_splash, 1.0),
    "botanical": (_botanical, 1.25),
    "rings": (_rings, 1.0),
    "lowpoly": (_lowpoly, 1.0),
    "love": (_love, 1.0),
    "animal": (_bird, 1.0),
    "rocket": (_rocket, 1.1),
}
"""Kinds of print: who draws it, and how tall it is for its width."""
