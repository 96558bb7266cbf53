"""Parts of skirts: rippling and pleated hems, tiers, borders, belts and bows."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

from collections.abc import Sequence

import numpy as np

from ..canvas import ClothPanel, Mark, Patch, Stroke
from ..cloth.fabrics import Fabric
from ..drawing import curves
from ..drawing.colours import rgb
from ..product import Product
from . import sewing


def hem_of(
    right: np.ndarray, left: np.ndarray, sag: float, waves: float, swing: float, rng: np.random.Generator
) -> np.ndarray:
    """Return the lower edge from the right to the left, rippling where cloth is full."""
    t = np.linspace(0, 1, 160)
    x = right[0] + (left[0] - right[0]) * t
    y = right[1] + (left[1] - right[1]) * t + sag * 4 * t * (1 - t)
    for k in range(int(waves)):
        at, wide = (k + rng.uniform(0.1, 0.9)) / waves, rng.uniform(0.25, 0.5) / waves
        y = y + swing * rng.uniform(0.3, 1.2) * np.exp(-(((t - at) / wide) ** 2)) * np.minimum(
            1, 8 * np.minimum(t, 1 - t)
        )
    return np.stack([x, y], 1)


def pleated_hem(
    right: np.ndarray, left: np.ndarray, sag: float, pleats: int, rng: np.random.Generator
) -> np.ndarray:
    """Return a hem in steps, each pleat lying over the next."""
    xs = np.linspace(right[0], left[0], pleats + 1)
    points = []
    for k in range(pleats):
        for share, lift in ((0.0, 0.0), (0.96, 0.0035), (1.0, -0.003)):
            x = xs[k] + (xs[k + 1] - xs[k]) * share
            t = (x - right[0]) / (left[0] - right[0])
            y = right[1] + (left[1] - right[1]) * t + sag * 4 * t * (1 - t) + lift + rng.normal(0, 0.0008)
            points.append((x, y))
    return np.array([right, *points[1:], left])


def pleat_lines(
    body: ClothPanel,
    waist: float,
    hem: float,
    high: float,
    long: float,
    sag: float,
    pleats: int,
    fabric: Fabric,
    kind: str,
    rng: np.random.Generator,
) -> list[Mark]:
    """Press pleats into a panel: a sharp edge with the shadow it throws, wider towards the hem."""
    marks: list[Mark] = []
    for k in range(1, pleats):
        t = k / pleats * 2 - 1
        top = np.array([t * waist * 1.02, high])
        foot = np.array([t * hem, long + sag * (1 - t * t) + 0.01])
        line = curves.bezier(
            top, top * 0.6 + foot * 0.4 + (0.15 * t * 0.05, 0), top * 0.25 + foot * 0.75, foot, 16
        )
        line = curves.wobble(line, rng, 0.0015, 4)
        wide = 2 * hem / pleats
        for far, dark in ((0.10, 0.34), (0.26, 0.20), (0.48, 0.10)):
            strip = np.concatenate(
                [line, (curves.offset(line, np.linspace(0.3, 1.0, 16) * wide * far))[::-1]]
            )
            marks.append(Patch(strip, rgb(c * 0.35 for c in fabric.colours[0]), dark))
        marks.append(
            Stroke(
                [curves.offset(line, -0.002)],
                0.002,
                rgb(min(1.0, c * 1.2 + 0.05) for c in fabric.colours[0]),
                0.35,
            )
        )
        if kind == "box" and k % 2:
            marks.append(
                Stroke(
                    [curves.offset(curves.part(line, 0, 0.35), 0.004)],
                    0.0014,
                    sewing.thread(fabric),
                    0.6,
                    0.005,
                )
            )
    return marks


def add_borders(product: Product, body: ClothPanel, hem_line: np.ndarray, long: float) -> None:
    """Sew bands or print a border along the hem."""
    kind = product.get("border")
    fabric = product.fabric
    first = Fabric(fabric.weave, "solid", (product.accents[0],))
    if kind == "bands":
        for low, high in ((-0.018, -0.045), (-0.055, -0.064)):
            body.marks.append(Patch(curves.ribbon(hem_line, low, high), first))
    elif kind == "print":
        cloth = Fabric(
            fabric.weave,
            "block",
            (product.accents[0], fabric.colours[0], *product.accents[1:]),
            0.7,
            product.seed,
        )
        body.marks.append(Patch(curves.ribbon(hem_line, 0.01, -0.085), cloth))
        body.marks.append(Stroke([curves.offset(hem_line, -0.088)], 0.005, product.accents[1]))
    elif kind == "lace":
        body.marks.append(
            Patch(
                curves.ribbon(hem_line, 0.01, -0.05),
                Fabric("cotton", "buti", ((0.93, 0.92, 0.90), (0.75, 0.74, 0.72)), 0.4, product.seed),
            )
        )


def tiers(
    product: Product, measures: Sequence[float], lower: np.ndarray, high: float, rng: np.random.Generator
) -> list[ClothPanel]:
    """Return the tiers of a skirt, the lowest first, each gathered below the one above."""
    waist, hip, hem, long = measures
    n = int(product.get("tiers", 3))
    fabrics = [product.fabric] * n
    if product.get("tier_contrast"):
        other = Fabric(product.fabric.weave, "solid", (product.accents[0],))
        fabrics = [product.fabric if k % 2 == 0 else other for k in range(n)]
    found = []
    edges = high + (long - high) * (np.arange(n + 1) / n) ** 0.92
    half = [waist * 1.03, *(hip + (hem - hip) * (k / n) ** 0.9 for k in range(1, n + 1))]
    for k in reversed(range(n)):
        top, low = edges[k] - (0.004 if k == 0 else 0.012), edges[k + 1] + (0.014 if k < n - 1 else 0)
        upper_half, lower_half = half[k] * (1.0 if k == 0 else 0.97), half[k + 1]
        right = curves.bezier(
            (upper_half, top),
            (upper_half + (lower_half - upper_half) * 0.7, top + (low - top) * 0.3),
            (lower_half, low - 0.03),
            (lower_half, low),
            16,
        )
        left = curves.wobble(right * (-1, 1), rng, 0.003, 4)
        hem_line = hem_of(right[-1], left[-1], 0.022, 10 + 3 * k, 0.0055, rng)
        arc = np.stack(
            [np.linspace(upper_half, -upper_half, 20), top + 0.014 * (1 - np.linspace(1, -1, 20) ** 2)], 1
        )[::-1]
        outline = np.concatenate([arc, right, hem_line[1:-1], left[::-1]])
        panel = ClothPanel(
            outline,
            fabrics[k],
            volume=np.concatenate(
                [right - (0, 0.2), right + (0, 0.3), (left + (0, 0.3))[::-1], (left - (0, 0.2))[::-1]]
            ),
            radius=0.12,
            depth=0.05,
            shadow=0.5,
            reach=0.010,
            name=f"tier{k}",
            origin=(0.03 * k, 0.05 * k),
        )
        for _ in range(22 + 8 * k):
            x = rng.uniform(-0.97, 0.97)
            y = top + 0.014 * (1 - x * x)
            lean = x * (lower_half - upper_half) / (low - top)
            panel.folds.append(
                (
                    x * upper_half,
                    y,
                    np.pi / 2 - np.arctan(lean) + rng.normal(0, 0.05),
                    (low - top) * rng.uniform(0.5, 1.2),
                    rng.uniform(0.005, 0.011),
                    rng.uniform(0.002, 0.0045),
                    rng.normal(0, 0.004),
                )
            )
        panel.marks += sewing.hem_marks(hem_line, fabrics[k], 0.010, double=False)
        found.append(panel)
    return found


def belt(product: Product, upper: np.ndarray, high: float, waist: float) -> list[ClothPanel]:
    """Return a belt with its buckle."""
    colour = product.accents[1]
    cloth = Fabric("satin", "solid", (colour,))
    outline = np.concatenate([upper + (0, 0.006), (upper * (1.02, 1) + (0, high - 0.006))[::-1]])
    strap = ClothPanel(
        outline,
        cloth,
        depth=0.010,
        radius=0.012,
        wrinkle=0.0,
        shadow=0.45,
        reach=0.005,
        name="belt",
        marks=[Stroke([upper + (0, 0.010)], 0.0012, rgb(c * 0.6 for c in colour), 0.6)],
    )
    y = float(upper[15, 1]) + high / 2
    frame = curves.box(-0.018, y - 0.018, 0.018, y + 0.018)
    buckle = ClothPanel(
        frame,
        Fabric("satin", "solid", ((0.72, 0.66, 0.5),)),
        depth=0.008,
        radius=0.006,
        wrinkle=0,
        shadow=0.5,
        reach=0.004,
        name="buckle",
        marks=[Patch(curves.box(-0.011, y - 0.011, 0.011, y + 0.011), rgb(c * 0.8 for c in colour))],
    )
    return [strap, buckle]


def bow(product: Product, upper: np.ndarray, rng: np.random.Generator) -> list[ClothPanel]:
    """Return a bow tied at the waist."""
    cloth = Fabric(product.fabric.weave, "solid", (product.accents[0],))
    x, y = 0.07, float(upper[20, 1]) + 0.015
    found = []
    for side in (1, -1):
        tail = curves.points(
            (x, y), (x + side * 0.016, y + 0.09), (x + side * 0.036, y + 0.085), (x + side * 0.008, y)
        )
        loop = curves.spline(
            curves.points(
                (x, y),
                (x + side * 0.045, y - 0.022),
                (x + side * 0.06, y + 0.004),
                (x + side * 0.04, y + 0.020),
            ),
            8,
            closed=True,
        )
        found += [
            ClothPanel(o, cloth, depth=0.012, radius=0.014, shadow=0.45, reach=0.006, name=f"bow {side} {k}")
            for k, o in enumerate((tail, loop))
        ]
    found.append(
        ClothPanel(
            curves.ellipse(x, y, 0.010, 0.012),
            cloth,
            depth=0.01,
            radius=0.01,
            shadow=0.5,
            reach=0.004,
            name="knot",
        )
    )
    return found
