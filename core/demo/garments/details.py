"""Small things that several garments have: buttons, labels, collars, pockets."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

import numpy as np

from ..canvas import ClothPanel, Mark, Patch, Stroke
from ..cloth.fabrics import Fabric
from ..drawing import curves
from ..drawing.colours import Rgb, rgb
from ..product import Product
from .sewing import seam, stitches, thread
from .tops import Lines


def button(
    x: float, y: float, radius: float, colour: Rgb, name: str, metal: bool = False
) -> list[ClothPanel]:
    """Return a sewn button (or a metal one): a small dish with a rim, holes, and the shadow below it."""
    disc = curves.ellipse(x, y, radius, radius, 20)
    dark, bright = rgb(c * 0.55 for c in colour), rgb(min(1.0, c * 1.15 + 0.06) for c in colour)
    marks: list[Mark] = [
        Patch(curves.ellipse(x, y, radius * 0.68, radius * 0.68, 18), rgb(c * 0.9 for c in colour))
    ]
    if metal:
        marks.append(
            Patch(curves.ellipse(x - radius * 0.2, y - radius * 0.25, radius * 0.3, radius * 0.3), bright)
        )
    else:
        for dx in (-0.24, 0.24):
            for dy in (-0.24, 0.24):
                hole = curves.ellipse(x + dx * radius, y + dy * radius, radius * 0.13, radius * 0.13, 8)
                marks.append(Patch(hole, dark))
    cloth = Fabric("satin", "solid", (colour,))
    return [
        ClothPanel(
            disc,
            cloth,
            depth=radius * 0.5,
            radius=radius * 0.6,
            wrinkle=0.0,
            shadow=0.5,
            reach=0.003,
            marks=marks,
            name=name,
        )
    ]


def label(product: Product, lines: Lines, rng: np.random.Generator) -> ClothPanel:
    """Return the maker's label inside the back of the neck."""
    half, high = 0.018 if lines.cut.neck > 0.075 else 0.014, 0.026
    y = lines.cut.neck_back + 0.008
    outline = curves.rotate(curves.box(-half, y, half, y + high), rng.normal(0, 0.02), (0, y))
    light = rng.random() < 0.55
    cloth = (0.93, 0.92, 0.90) if light else (0.13, 0.13, 0.15)
    ink = (0.25, 0.25, 0.28) if light else (0.85, 0.84, 0.8)
    rows = [curves.points((-half * 0.6, y + high * t), (half * 0.6, y + high * t)) for t in (0.35, 0.6)]
    return ClothPanel(
        outline,
        Fabric("satin", "solid", (cloth,)),
        depth=0.0,
        wrinkle=0.0,
        shadow=0.25,
        reach=0.002,
        tint=0.80,
        marks=[Stroke(rows[:1], 0.004, ink, 0.8), Stroke(rows[1:], 0.0015, ink, 0.6)],
        name="label",
    )


def loose_collar(lines: Lines, cloth: Fabric, tip: Rgb | None, rng: np.random.Generator) -> list[ClothPanel]:
    """Return a polo's knitted collar: the stand behind and the two leaves that fall to the front."""
    return _collar(lines, cloth, rng, long=0.068, spread=0.62, stiff=0.3, tip=tip)


def shirt_collar(
    lines: Lines, cloth: Fabric, rng: np.random.Generator, long: float, spread: float
) -> list[ClothPanel]:
    """Return a shirt's sewn collar."""
    return _collar(lines, cloth, rng, long=long, spread=spread, stiff=1.0, tip=None)


def _collar(
    lines: Lines,
    cloth: Fabric,
    rng: np.random.Generator,
    long: float,
    spread: float,
    stiff: float,
    tip: Rgb | None,
) -> list[ClothPanel]:
    cut = lines.cut
    small = cut.neck / 0.085
    rise = 0.030 * small  # how high the collar stands at the back
    found = []
    middle = lines.neckline[len(lines.neckline) // 2]
    roof = np.concatenate(
        [
            curves.bezier(
                (-cut.neck * 1.02, 0.0),
                (-cut.neck * 0.95, -rise * 0.9),
                (-cut.neck * 0.5, -rise * 1.15),
                (0, -rise * 1.2),
                14,
            ),
            curves.bezier(
                (0, -rise * 1.2),
                (cut.neck * 0.5, -rise * 1.15),
                (cut.neck * 0.95, -rise * 0.9),
                (cut.neck * 1.02, 0.0),
                14,
            )[1:],
        ]
    )
    inside = np.concatenate(
        [roof, curves.points((cut.neck * 0.9, 0.02), (0, cut.neck_back + 0.016), (-cut.neck * 0.9, 0.02))]
    )
    found.append(
        ClothPanel(
            inside,
            cloth,
            depth=0.0,
            wrinkle=0.3,
            tint=0.74,
            shadow=0.0,
            dusk=0.2,
            name="collar inside",
            marks=[
                *seam(curves.points((-cut.neck, 0.010), (0, cut.neck_back + 0.008), (cut.neck, 0.010)), cloth)
            ],
        )
    )
    for side in (1, -1):
        sway = rng.normal(0, 0.004)
        top = np.array([side * cut.neck * 0.78, -rise * 0.98])
        shoulder = np.array([side * (cut.neck * 1.16), 0.012])
        point = np.array([side * (cut.neck * (0.20 + spread * 0.62)) + sway, middle[1] * 0.62 + long * small])
        front = np.array([side * 0.004, middle[1] + 0.002])
        outer = curves.bezier(
            top, top + (side * cut.neck * 0.25, 0.004), shoulder - (side * 0.004, 0.012), shoulder, 12
        )
        edge = curves.bezier(
            shoulder, shoulder + (side * 0.004, 0.03), point - (side * -0.006, 0.02), point, 16
        )
        lower = curves.bezier(
            point,
            point + (front - point) * 0.3 + (0, 0.004 * (1 - stiff)),
            front + (point - front) * 0.4,
            front,
            12,
        )
        inner = curves.bezier(
            front, front + (side * cut.neck * 0.50, -0.015), (side * cut.neck * 0.86, 0.03), top, 20
        )
        outline = np.concatenate([outer, edge[1:], lower[1:], inner[1:-1]])
        rim = np.concatenate([edge, lower[1:]])
        gap = -0.004 if side > 0 else 0.004
        marks: list[Mark] = [stitches(curves.offset(rim, gap), thread(cloth, 0.66), 0.0012, 0.55)]
        if tip is not None:
            marks = [Stroke([curves.offset(rim, gap * t)], 0.0032, tip) for t in (1.3, 3.0)]
        bend = [
            (
                shoulder[0],
                shoulder[1] - 0.01,
                np.arctan2(*(point - shoulder)[::-1]),
                long * 1.2,
                0.008,
                0.0015,
                0.004,
            )
        ]
        found.append(
            ClothPanel(
                outline,
                cloth,
                angle=side * 0.5,
                origin=(side * 0.05, 0.0),
                depth=0.008,
                radius=0.03,
                folds=bend,
                wrinkle=0.35,
                shadow=0.45,
                reach=0.006,
                marks=marks,
                name=f"collar {side}",
            )
        )
    return found


__all__ = ["button", "label", "loose_collar", "shirt_collar"]
