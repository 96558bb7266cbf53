"""Skirts: A-line, pencil, pleated, flared, tiered, maxi, mini, wrap and denim."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

import numpy as np

from .. import curves
from ..canvas import Panel, Patch, Stroke
from ..fabrics import Fabric
from ..noise import stream
from ..product import Product
from . import tops
from .bottoms import fly, loops, rivets, slant_pockets, waistband
from .details import button

#          waist  hip    hem    length
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
    "bubble": (0.160, 0.240, 0.200, 0.44),
}


def build(product: Product, scale: float) -> list[Panel]:
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
        panels = _tiers(product, (waist, hip, hem, long), lower, high, rng)
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
        panels += _belt(product, upper, high, waist)
    if product.get("bow"):
        panels += _bow(product, upper, rng)
    return panels


def _sides(waist, hip, hem, top, long, small_hip, rng, flat=0.0):
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


def _hem(right, left, sag, waves, swing, rng):
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


def _body(product, kind, measures, lower, high, rng) -> list[Panel]:
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
        _pleated_hem(right[-1], left[-1], sag, pleats, rng)
        if pleats
        else _hem(right[-1], left[-1], sag, full, swing, rng)
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
    body = Panel(
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
    back_hem = _hem(left[-1] * (0.985, 1), right[-1] * (0.985, 1), sag * 0.25 - 0.006, full, swing * 0.8, rng)
    back = Panel(np.concatenate([behind, back_hem]), fabric, tint=0.55, depth=0.0, shadow=0.0, name="back")
    marks = body.marks
    if pleats:
        marks += _pleat_lines(body, waist, hem, high, long, sag, pleats, fabric, kind, rng)
    _borders(product, body, hem_line, long)
    if kind == "denim":
        ink = product.accents[0]
        body.marks += slant_pockets(waist, high, lower, fabric, ink, small)
        body.marks += fly(high, 0.13 * small, fabric, ink)
        body.marks += tops.seam(curves.points((0, high + 0.15 * small), (0.002, long)), fabric, 0.5)
        body.marks.append(
            tops.stitches(curves.points((0.006, high + 0.15 * small), (0.008, long)), ink, 0.0015, 0.8)
        )
        body.marks += [
            tops.stitches(curves.offset(hem_line, -0.016), ink, 0.0016, 0.8),
            Stroke(
                [curves.offset(hem_line, -0.001)],
                0.003,
                tuple(min(1, c * 1.3 + 0.06) for c in fabric.colours[0]),
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
        marks += tops.hem_marks(hem_line, fabric, 0.020, double=False)
    if kind == "pencil" or product.get("darts"):
        for s in (1, -1):
            marks += tops.seam(
                curves.points((s * waist * 0.5, high), (s * waist * 0.54, high + 0.10 * small)), fabric, 0.45
            )
    if kind == "pencil" and product.get("slit"):
        slit = curves.points((0.02, long * 0.80), (0.026, long + 0.02))
        marks += tops.seam(slit, fabric, 0.9)
    if kind == "wrap":
        edge = curves.bezier(
            (-waist * 0.45, high), (-waist * 0.1, long * 0.4), (-0.01, long * 0.8), (0.05, long + 0.02), 30
        )
        over = np.concatenate([edge, curves.points((-0.6, long + 0.02), (-0.6, high))])
        marks.append(Patch(over, fabric, shadow=0.5, origin=(0.03, 0.02)))
        marks += tops.seam(edge, fabric, 0.7)
    if product.get("buttons"):
        for x in (-0.017, 0.017):
            marks += tops.seam(curves.points((x, high), (x, long + 0.03)), fabric, 0.5)
    if product.get("pockets"):
        for s in (1, -1):
            mouth = curves.points((s * waist * 0.62, high + 0.01), (s * hip * 0.93, high + 0.13 * small))
            marks.append(Stroke([mouth], 0.004, tops.thread(fabric, 0.45), 0.7))
            marks += tops.seam(curves.offset(mouth, -0.006 * s), fabric, 0.4)
    return [back, body]


def _falls(kind, measures, high, full, rng, product):
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


def _pleated_hem(right, left, sag, pleats, rng):
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


def _pleat_lines(body, waist, hem, high, long, sag, pleats, fabric, kind, rng):
    """Press pleats into a panel: a sharp edge with the shadow it throws, wider towards the hem."""
    marks = []
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
            marks.append(Patch(strip, tuple(c * 0.35 for c in fabric.colours[0]), dark))
        marks.append(
            Stroke(
                [curves.offset(line, -0.002)],
                0.002,
                tuple(min(1, c * 1.2 + 0.05) for c in fabric.colours[0]),
                0.35,
            )
        )
        if kind == "box" and k % 2:
            marks.append(
                Stroke(
                    [curves.offset(curves.part(line, 0, 0.35), 0.004)],
                    0.0014,
                    tops.thread(fabric),
                    0.6,
                    0.005,
                )
            )
    return marks


def _borders(product, body, hem_line, long):
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


def _tiers(product, measures, lower, high, rng) -> list[Panel]:
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
        hem_line = _hem(right[-1], left[-1], 0.022, 10 + 3 * k, 0.0055, rng)
        arc = np.stack(
            [np.linspace(upper_half, -upper_half, 20), top + 0.014 * (1 - np.linspace(1, -1, 20) ** 2)], 1
        )[::-1]
        outline = np.concatenate([arc, right, hem_line[1:-1], left[::-1]])
        panel = Panel(
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
        panel.marks += tops.hem_marks(hem_line, fabrics[k], 0.010, double=False)
        found.append(panel)
    return found


def _belt(product, upper, high, waist) -> list[Panel]:
    colour = product.accents[1]
    cloth = Fabric("satin", "solid", (colour,))
    outline = np.concatenate([upper + (0, 0.006), (upper * (1.02, 1) + (0, high - 0.006))[::-1]])
    strap = Panel(
        outline,
        cloth,
        depth=0.010,
        radius=0.012,
        wrinkle=0.0,
        shadow=0.45,
        reach=0.005,
        name="belt",
        marks=[Stroke([upper + (0, 0.010)], 0.0012, tuple(c * 0.6 for c in colour), 0.6)],
    )
    y = float(upper[15, 1]) + high / 2
    frame = curves.box(-0.018, y - 0.018, 0.018, y + 0.018)
    buckle = Panel(
        frame,
        Fabric("satin", "solid", ((0.72, 0.66, 0.5),)),
        depth=0.008,
        radius=0.006,
        wrinkle=0,
        shadow=0.5,
        reach=0.004,
        name="buckle",
        marks=[Patch(curves.box(-0.011, y - 0.011, 0.011, y + 0.011), tuple(c * 0.8 for c in colour))],
    )
    return [strap, buckle]


def _bow(product, upper, rng) -> list[Panel]:
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
            Panel(o, cloth, depth=0.012, radius=0.014, shadow=0.45, reach=0.006, name=f"bow {side} {k}")
            for k, o in enumerate((tail, loop))
        ]
    found.append(
        Panel(
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
