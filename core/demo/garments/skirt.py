"""Skirts: A-line, pencil, pleated, flared, tiered, maxi, mini, wrap and denim."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

from collections.abc import Sequence

import numpy as np

from ..canvas import ClothPanel, Patch, Stroke
from ..cloth.fabrics import Fabric
from ..drawing import curves
from ..drawing.colours import rgb
from ..drawing.noise import stream
from ..drawing.shading import Fold
from ..product import Product
from . import sewing
from .bottoms import fly, loops, rivets, slant_pockets, waistband
from .details import button
from .skirt_parts import add_borders, belt, bow, hem_of, pleat_lines, pleated_hem, tiers

CUTS: dict[str, tuple[float, float, float, float]] = {
    "pencil": (0.146, 0.182, 0.154, 0.60),
    "a-line": (0.168, 0.218, 0.285, 0.56),
    "flared": (0.160, 0.225, 0.350, 0.58),
    "pleated": (0.160, 0.215, 0.300, 0.50),
    "box": (0.165, 0.212, 0.255, 0.46),
    "tiered": (0.165, 0.215, 0.330, 0.66),
    "maxi": (0.160, 0.210, 0.330, 0.98),
    "mini": (0.156, 0.186, 0.206, 0.38),
    "denim": (0.178, 0.210, 0.240, 0.40),
    "wrap": (0.168, 0.212, 0.250, 0.60),
    "bubble": (0.160, 0.222, 0.205, 0.46),
}


def build(product: Product, scale: float) -> list[ClothPanel]:
    """Return the panels of a skirt."""
    rng = stream(product.seed, "cut")
    kind = product.get("kind", "a-line")
    waist, hip, hem, long = CUTS[kind]
    small = 0.70 if product.gender == "Girls" else 1.0
    waist, hip, hem, long = (
        waist * small * 1.04,
        hip * small,
        hem * small * product.get("flare", 1.0),
        long * small,
    )
    long *= product.get("long", 1.0)
    fabric = product.fabric
    high = product.get("band", 0.034)
    ink = product.accents[0] if kind == "denim" else None
    band_cloth = (
        Fabric(fabric.weave, "solid", (product.accents[0],)) if product.get("band_contrast") else fabric
    )
    inside, band, upper, lower = waistband(waist, high, 0.014, band_cloth, ink)
    if product.get("elastic"):
        band.waves = [(95.0 / small, 0.3, 0.0016, -0.4)]
    if kind == "tiered":
        panels = tiers(product, (waist, hip, hem, long), lower, high, rng)
    else:
        panels = _body(product, kind, (waist, hip, hem, long), lower, high, rng)
    panels = [inside, *panels, band]
    if kind == "denim":
        xs = np.array([-0.84, -0.4, 0.4, 0.84]) * waist
        panels += loops(xs, upper, high, fabric, product.accents[0])
        panels += button(
            0.0, float(upper[15, 1]) + high * 0.5, 0.0085, product.accents[2], "shank", metal=True
        )
        panels += rivets([(s * waist * 0.58, high + 0.02) for s in (-1, 1)], product.accents[2])
    elif product.get("buttons"):
        y = high + 0.03
        while y < long - 0.03:
            panels += button(0.0, y, 0.0085, product.accents[2], f"button{len(panels)}")
            y += 0.072 * small + 0.01
    if product.get("belt"):
        panels += belt(product, upper, high, waist)
    if product.get("bow"):
        panels += bow(product, upper, rng)
    return panels


def _sides(
    waist: float,
    hip: float,
    hem: float,
    top: float,
    long: float,
    small_hip: float,
    rng: np.random.Generator,
    flat: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the right side seam and its mirror with a little difference."""
    found = []
    for _ in range(2):
        j = rng.normal(0, 0.003, 4)
        knots = np.stack(
            [
                (waist * 1.03, top - 0.004),
                (waist + (hip - waist) * 0.72, top + small_hip * 0.5),
                (hip + j[0], top + small_hip),
                (hip + (hem - hip) * 0.55 + j[1] + flat, top + small_hip + (long - top - small_hip) * 0.55),
                (hem + j[2], long - 0.01 + j[3]),
            ]
        )
        found.append(curves.wobble(curves.spline(knots, 12), rng, 0.0028, 8))
    return found[0], found[1] * (-1, 1)


def _body(
    product: Product,
    kind: str,
    measures: Sequence[float],
    lower: np.ndarray,
    high: float,
    rng: np.random.Generator,
) -> list[ClothPanel]:
    waist, hip, hem, long = measures
    small = hip / 0.21
    right, left = _sides(waist, hip, hem, high, long, min(0.17 * small, long * 0.4), rng)
    full = {"flared": 7, "maxi": 6, "a-line": 3, "bubble": 9, "wrap": 2, "mini": 0}.get(
        kind, 0
    ) * product.get("full", 1.0)
    swing = {"flared": 0.011, "maxi": 0.010, "a-line": 0.005, "bubble": 0.004, "wrap": 0.004}.get(kind, 0.0)
    sag = 0.030 * (hem / 0.3)
    pleats = int(product.get("pleats", 0)) if kind in ("pleated", "box") else 0
    hem_line = (
        pleated_hem(right[-1], left[-1], sag, pleats, rng)
        if pleats
        else hem_of(right[-1], left[-1], sag, full, swing, rng)
    )
    waist_line = lower[(lower[:, 0] > left[0, 0]) & (lower[:, 0] < right[0, 0])] - (0, 0.006)
    outline = np.concatenate([waist_line, right, hem_line[1:-1], left[::-1]])
    volume = np.concatenate(
        [
            right[:1] - (0, 0.4),
            right,
            right[-1:] + (0, 0.4),
            left[-1:] + (0, 0.4),
            left[::-1],
            left[:1] - (0, 0.4),
        ]
    )
    fabric = product.fabric
    body = ClothPanel(
        outline,
        fabric,
        volume=volume,
        radius=0.12 * small,
        depth=0.050 * small,
        shadow=0.0,
        name="body",
        wrinkle=0.8,
    )
    body.folds, body.drapes = _falls(kind, measures, high, full, rng, product)
    behind = curves.points(right[-1] * (0.97, 1) - (0, 0.03), left[-1] * (0.97, 1) - (0, 0.03))
    back_hem = hem_of(
        left[-1] * (0.985, 1), right[-1] * (0.985, 1), sag * 0.25 - 0.006, full, swing * 0.8, rng
    )
    back = ClothPanel(
        np.concatenate([behind, back_hem]), fabric, tint=0.55, depth=0.0, shadow=0.0, name="back"
    )
    marks = body.marks
    if pleats:
        marks += pleat_lines(body, waist, hem, high, long, sag, pleats, fabric, kind, rng)
    add_borders(product, body, hem_line, long)
    if kind == "denim":
        ink = product.accents[0]
        body.marks += slant_pockets(waist, high, lower, fabric, ink, small)
        body.marks += fly(high, 0.13 * small, fabric, ink)
        body.marks += sewing.seam(curves.points((0, high + 0.15 * small), (0.002, long)), fabric, 0.5)
        body.marks.append(
            sewing.stitches(curves.points((0.006, high + 0.15 * small), (0.008, long)), ink, 0.0015, 0.8)
        )
        body.marks += [
            sewing.stitches(curves.offset(hem_line, -0.016), ink, 0.0016, 0.8),
            Stroke(
                [curves.offset(hem_line, -0.001)],
                0.003,
                rgb(min(1.0, c * 1.3 + 0.06) for c in fabric.colours[0]),
                0.7,
            ),
        ]
        strength = product.get("wash", 0.5)
        body.wash = [
            (s * hip * 0.5, long * 0.55, hip * 0.30, long * 0.26, 0.0, 0.7 * strength) for s in (1, -1)
        ]
        body.wash += [
            (
                s * rng.uniform(0.05, 0.12),
                high + rng.uniform(0.09, 0.16) * small,
                0.07,
                0.005,
                -0.3 * s,
                0.35 * strength,
            )
            for s in (1, -1)
            for _ in range(3)
        ]
    else:
        marks += sewing.hem_marks(hem_line, fabric, 0.020, double=False)
    if kind == "pencil" or product.get("darts"):
        for s in (1, -1):
            marks += sewing.seam(
                curves.points((s * waist * 0.5, high), (s * waist * 0.54, high + 0.10 * small)), fabric, 0.45
            )
    if kind == "pencil" and product.get("slit"):
        slit = curves.points((0.02, long * 0.80), (0.026, long + 0.02))
        marks += sewing.seam(slit, fabric, 0.9)
    if kind == "wrap":
        edge = curves.bezier(
            (-waist * 0.45, high), (-waist * 0.1, long * 0.4), (-0.01, long * 0.8), (0.05, long + 0.02), 30
        )
        over = np.concatenate([edge, curves.points((-0.6, long + 0.02), (-0.6, high))])
        marks.append(Patch(over, fabric, shadow=0.5, origin=(0.03, 0.02)))
        marks += sewing.seam(edge, fabric, 0.7)
    if product.get("buttons"):
        for x in (-0.017, 0.017):
            marks += sewing.seam(curves.points((x, high), (x, long + 0.03)), fabric, 0.5)
    if product.get("pockets"):
        for s in (1, -1):
            mouth = curves.points((s * waist * 0.62, high + 0.01), (s * hip * 0.93, high + 0.13 * small))
            marks.append(Stroke([mouth], 0.004, sewing.thread(fabric, 0.45), 0.7))
            marks += sewing.seam(curves.offset(mouth, -0.006 * s), fabric, 0.4)
    return [back, body]


def _falls(
    kind: str, measures: Sequence[float], high: float, full: float, rng: np.random.Generator, product: Product
) -> tuple[list[Fold], list[Fold]]:
    """Return folds from the waist and drapes that grow towards the hem."""
    waist, hip, hem, long = measures
    folds, drapes = [], []
    gathers = int(product.get("gathers", 0))
    for _ in range(gathers):
        x = rng.uniform(-0.95, 0.95) * waist
        angle = np.pi / 2 - x / waist * (hem - waist) / long * 0.8
        folds.append(
            (
                x,
                high - 0.002,
                angle,
                rng.uniform(0.06, 0.22),
                rng.uniform(0.004, 0.008),
                rng.uniform(0.0015, 0.0036),
                rng.normal(0, 0.005),
            )
        )
    n = int(4 + 2.2 * full)
    for k in range(n):
        x = -0.9 + 1.8 * (k + rng.uniform(0.2, 0.8)) / n
        lean = x * (hem - hip) / max(0.1, long - high)
        start = high + rng.uniform(0.05, 0.3) * long
        tall = (long - start) * rng.uniform(1.0, 1.9)
        depth = rng.normal(0, 0.005) if full < 1 else rng.choice([-1, 1]) * rng.uniform(0.004, 0.012)
        drapes.append(
            (
                x * hip,
                start,
                np.pi / 2 - np.arctan(lean),
                tall,
                rng.uniform(0.014, 0.03) * (hem / 0.28),
                depth * (hip / 0.21),
                rng.normal(0, 0.01),
            )
        )
    if full < 1:
        for s in (1, -1):
            for _ in range(rng.integers(2, 5)):
                folds.append(
                    (
                        s * hip * 0.96,
                        high + rng.uniform(0.05, 0.2),
                        (np.pi if s > 0 else 0) + rng.normal(0, 0.25),
                        rng.uniform(0.08, 0.2),
                        rng.uniform(0.008, 0.013),
                        rng.uniform(0.0015, 0.0035),
                        rng.normal(0, 0.012),
                    )
                )
    return folds, drapes
