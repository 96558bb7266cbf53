"""What jeans and skirts share: waistbands, loops, flies, pockets and the marks of denim work."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

from collections.abc import Sequence

import numpy as np

from ..canvas import ClothPanel, Mark, Patch, Stroke
from ..cloth.fabrics import Fabric
from ..drawing import curves
from ..drawing.colours import Rgb
from .details import button
from .sewing import seam, stitches, thread


def waistband(
    half: float, high: float, dip: float, fabric: Fabric, ink: Rgb | None, name: str = "waistband"
) -> tuple[ClothPanel, ClothPanel, np.ndarray, np.ndarray]:
    """Return the inside of the back and the front band of a waist.

    Parameters
    ----------
    half, high : float
        Half the band's width, and its height, metres; it lies from y = 0 down.
    dip : float
        How much lower the front's middle is than its ends, as a band looks seen from the front.
    fabric : Fabric
        Of the band.
    ink : RGB or None
        Thread of the stitches that show; None for the fabric's own.
    """
    colour = ink or thread(fabric, 0.6)
    upper = curves.bezier((-half, 0.0), (-half * 0.5, dip * 1.3), (half * 0.5, dip * 1.3), (half, 0.0), 30)
    lower = upper * (1.03, 1.0) + (0, high)
    back = curves.bezier((half, 0.0), (half * 0.5, -dip * 0.75), (-half * 0.5, -dip * 0.75), (-half, 0.0), 24)
    inside = ClothPanel(
        np.concatenate([upper + (0, 0.012), back]),
        fabric,
        depth=0.0,
        wrinkle=0.4,
        tint=0.62,
        shadow=0.0,
        marks=seam(back[::-1] + (0, 0.006), fabric, 0.4),
        name=f"{name} inside",
    )
    volume = np.concatenate([upper - (0, 0.2), upper[::-1] * (1.03, 1) + (0, 0.3)])
    front = ClothPanel(
        np.concatenate([upper, lower[::-1]]),
        fabric,
        volume=volume,
        radius=0.09,
        depth=0.045,
        wrinkle=0.35,
        shadow=0.5,
        reach=0.008,
        marks=[
            stitches(upper + (0, 0.005), colour, 0.0015, 0.85),
            stitches(lower - (0, 0.004), colour, 0.0015, 0.85),
        ],
        name=name,
    )
    return inside, front, upper, lower


def loops(xs: np.ndarray, upper: np.ndarray, high: float, fabric: Fabric, ink: Rgb) -> list[ClothPanel]:
    """Return belt loops at the given x."""
    found = []
    for k, x in enumerate(xs):
        y = float(np.interp(x, upper[:, 0], upper[:, 1]))
        outline = curves.box(x - 0.0062, y - 0.003, x + 0.0062, y + high + 0.008)
        rows = [curves.points((x + d, y), (x + d, y + high + 0.006)) for d in (-0.0034, 0.0034)]
        found.append(
            ClothPanel(
                outline,
                fabric,
                depth=0.004,
                radius=0.006,
                wrinkle=0.2,
                shadow=0.5,
                reach=0.003,
                marks=[Stroke(rows, 0.0012, ink, 0.7, 0.004)],
                name=f"loop{k}",
            )
        )
    return found


def fly(top: float, long: float, fabric: Fabric, ink: Rgb) -> list[Mark]:
    """Return the curved double stitching of a fly that closes to the right of the middle, and its edge."""
    curve = np.concatenate(
        [
            curves.points((0.036, top)),
            curves.bezier(
                (0.036, top + long * 0.6),
                (0.034, top + long * 0.88),
                (0.016, top + long),
                (0.0, top + long * 1.02),
                14,
            ),
        ]
    )
    edge = curves.points((0.0, top), (0.0, top + long * 1.15))
    return [
        *seam(edge, fabric, 0.6),
        stitches(curve, ink, 0.0015, 0.85),
        stitches(curve - (0.006, 0.003), ink, 0.0015, 0.85),
    ]


def slant_pockets(
    half: float, top: float, lower: np.ndarray, fabric: Fabric, ink: Rgb, small: float = 1.0
) -> list:
    """Return the curved front pockets of jeans, the darker cloth inside, and the coin pocket."""
    marks: list = []
    for side in (1, -1):
        start = np.array(
            [side * half * 0.54, float(np.interp(half * 0.54, lower[:, 0], lower[:, 1])) - 0.002]
        )
        stop = np.array([side * half * 1.16, top + 0.115 * small])
        mouth = curves.bezier(
            start, start + (side * 0.010, 0.055 * small), stop - (side * 0.05, 0.012), stop, 20
        )
        corner = curves.points((side * half * 1.4, top - 0.05))
        marks.append(
            Patch(
                np.concatenate([mouth, corner]),
                fabric.plain(factor=0.90) if fabric.pattern == "solid" else fabric,
                shadow=0.0,
            )
        )
        if side < 0:
            # The coin pocket: only its mouth shows.
            y = top + 0.034 * small
            marks.append(
                Stroke(
                    [curves.points((-half * 1.02, y), (-half * 0.62, y + 0.004))],
                    0.003,
                    thread(fabric, 0.5),
                    0.5,
                )
            )
            marks.append(
                stitches(
                    curves.points((-half * 1.02, y + 0.006), (-half * 0.62, y + 0.010)), ink, 0.0014, 0.8
                )
            )
        marks.append(Stroke([mouth], 0.0042, thread(fabric, 0.42), 0.75))
        gap = -1 if side > 0 else 1
        for far in (0.006, 0.0125):
            marks.append(stitches(curves.offset(mouth, gap * far), ink, 0.0015, 0.85))
    return marks


def rivets(points: Sequence[curves.Point], colour: Rgb) -> list[ClothPanel]:
    """Return small metal rivets."""
    found = []
    for k, (x, y) in enumerate(points):
        found += button(float(x), float(y), 0.0034, colour, f"rivet{k}", metal=True)
    return found


__all__ = ["fly", "loops", "rivets", "slant_pockets", "waistband"]
