"""Jeans: skinny, straight, bootcut, wide and cropped; washed, ripped or raw."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

from collections.abc import Sequence

import numpy as np

from ..canvas import ClothPanel, Fade, Patch, Stroke
from ..cloth.fabrics import Fabric
from ..drawing import curves
from ..drawing.colours import rgb
from ..drawing.noise import stream
from ..drawing.shading import Fold
from ..product import Product
from . import sewing
from .bottoms import fly, loops, rivets, slant_pockets, waistband
from .details import button
from .jeans_folds import leg_folds

#              waist  hip    thigh  knee   hem    length (thigh, knee and hem: half the width of a leg)
FITS: dict[str, tuple[float, float, float, float, float, float]] = {
    "skinny": (0.160, 0.182, 0.088, 0.062, 0.050, 0.98),
    "slim": (0.172, 0.194, 0.100, 0.073, 0.064, 1.02),
    "straight": (0.178, 0.202, 0.105, 0.086, 0.082, 1.04),
    "bootcut": (0.166, 0.190, 0.098, 0.074, 0.098, 1.05),
    "flared": (0.160, 0.184, 0.094, 0.070, 0.128, 1.05),
    "wide": (0.168, 0.208, 0.116, 0.116, 0.122, 1.02),
    "relaxed": (0.184, 0.214, 0.114, 0.098, 0.090, 1.03),
    "cropped": (0.164, 0.188, 0.098, 0.074, 0.068, 0.80),
    "tapered": (0.174, 0.206, 0.112, 0.080, 0.058, 0.98),
}


def build(product: Product, scale: float) -> list[ClothPanel]:
    """Return the panels of a pair of jeans."""
    rng = stream(product.seed, "cut")
    waist, hip, thigh, knee, hem, long = FITS[product.get("fit", "straight")]
    small = {"Boys": 0.66, "Girls": 0.64, "Women": 0.96}.get(product.gender, 1.0)
    stout = 1.18 if product.gender in ("Boys", "Girls") else 1.0
    waist, hip, thigh, knee, hem = (
        w * small * stout * product.get("wide", 1.0) for w in (waist, hip, thigh, knee, hem)
    )
    long *= small * product.get("long", 1.0)
    high = 0.040 * (0.85 + 0.15 * small)
    fabric, ink = product.fabric, product.accents[0]
    rise = (0.235 if product.gender != "Women" else 0.225) * product.get("rise", 1.0) * (small * 0.75 + 0.25)
    inside, band, upper, lower = waistband(waist, high, 0.013, fabric, ink)
    legs = [
        _leg(product, side, (waist * 1.03, hip, thigh, knee, hem), (high, rise, long), lower, rng)
        for side in (-1, 1)
    ]
    for leg, _ in legs:
        leg.marks += slant_pockets(waist, high, lower, fabric, ink, small * 0.6 + 0.4)
        leg.marks += fly(high, rise * 0.62, fabric, ink)
    panels = [inside, _crotch(fabric, rise), *(leg for leg, _ in legs), band]
    if product.get("turn_up"):
        panels += _turn_ups(product, legs, rng)
    xs = np.array([-0.86, -0.42, 0.42, 0.86]) * waist
    panels += loops(xs, upper, high, fabric, ink)
    metal = product.accents[2]
    y = float(np.interp(0.012, upper[:, 0], upper[:, 1])) + high * 0.5
    panels += button(0.012, y, 0.0088, metal, "shank", metal=True)
    if product.get("rivets"):
        side = waist * 1.02
        panels += rivets(
            [(s * waist * 0.57, high + 0.016) for s in (-1, 1)]
            + [(s * side * 1.07, high + 0.100 * small) for s in (-1, 1)],
            metal,
        )
    return panels


def _crotch(fabric: Fabric, rise: float) -> ClothPanel:
    """Return the bit of the back that shows between the legs."""
    outline = curves.points(
        (-0.03, rise - 0.05), (0.03, rise - 0.05), (0.006, rise + 0.02), (-0.006, rise + 0.02)
    )
    return ClothPanel(outline, fabric, tint=0.5, shadow=0.0, depth=0.0, name="crotch")


def _leg(
    product: Product,
    side: int,
    widths: Sequence[float],
    heights: tuple[float, float, float],
    lower: np.ndarray,
    rng: np.random.Generator,
) -> tuple[ClothPanel, dict[str, np.ndarray]]:
    """Return one leg with its half of the hips; `side` is −1 for the left of the picture."""
    waist, hip, thigh, knee, hem = widths
    top, rise, long = heights
    fabric, ink = product.fabric, product.accents[0]
    gap = product.get("stance", 0.012) + rng.uniform(0, 0.006)
    j = rng.normal(0, 0.003, 6)
    crotch = np.array([-0.002, rise])
    knee_y = rise + (long - rise) * 0.45
    lean = 0.012 + j[0] + product.get("stance", 0.012)
    outer_knee = np.array([lean + 2 * knee + gap * 0.6, knee_y])
    outer = curves.spline(
        np.stack(
            [
                (waist, top - 0.004),
                (waist + (hip - waist) * 0.60, top + (rise - top) * 0.36),
                (hip + j[1], top + (rise - top) * 0.80),
                (hip * 0.72 + 0.28 * outer_knee[0], rise + (knee_y - rise) * 0.30),
                (hip * 0.30 + 0.70 * outer_knee[0], rise + (knee_y - rise) * 0.68),
                outer_knee + (j[2], 0),
                (lean + gap + 2 * hem + j[3] - 0.004, long),
            ]
        ),
        12,
    )
    inner = curves.spline(
        np.stack(
            [
                crotch,
                (0.001, rise + 0.012),
                (gap * 0.55 + 0.003, rise + 0.09),
                (lean + gap * 0.6, knee_y),
                (lean + gap + j[4] - 0.004, long - 0.004),
            ]
        ),
        12,
    )
    outer, inner = curves.wobble(outer, rng, 0.0028, 12), curves.wobble(inner, rng, 0.0028, 10)
    hem_line = curves.bezier(
        outer[-1],
        outer[-1] * (0.7, 1) + inner[-1] * (0.3, 0) + (0, 0.007),
        outer[-1] * (0.3, 1) + inner[-1] * (0.7, 0) + (0, 0.008),
        inner[-1],
        16,
    )
    waist_line = np.stack(
        [
            np.linspace(-0.004, waist, 12),
            np.interp(np.linspace(-0.004, waist, 12), lower[:, 0], lower[:, 1]) - 0.006,
        ],
        1,
    )
    outline = np.concatenate([waist_line, outer[1:], hem_line[1:], inner[::-1][1:]])
    volume = np.concatenate(
        [
            curves.points((-hip, top - 0.4), (waist, top - 0.4)),
            outer,
            outer[-1:] + (0, 0.3),
            inner[-1:] + (0, 0.3),
            inner[::-1],
            curves.points((-hip, rise)),
        ]
    )
    folds, drapes = leg_folds(product, (outer, inner), rise=rise, knee_y=knee_y, long=long, rng=rng)
    marks: list = _rips(product, outer, inner, rise, knee_y, long, rng)
    marks += sewing.seam(curves.offset(outer, -0.004), fabric, 0.35)
    marks.append(sewing.stitches(curves.offset(inner, 0.007), ink, 0.0014, 0.55))
    marks += [
        sewing.stitches(curves.offset(hem_line, -0.014), ink, 0.0016, 0.8),
        Stroke([curves.offset(hem_line, -0.0145)], 0.003, sewing.thread(fabric, 0.5), 0.35),
        Stroke(
            [curves.offset(hem_line, -0.001)],
            0.0022,
            rgb(min(1.0, c * 1.25 + 0.05) for c in fabric.colours[0]),
            0.6,
        ),
    ]
    flip = np.array([side, 1.0])
    wash = _wash(product, side, rise, knee_y, long, outer, inner, hip, rng)
    panel = ClothPanel(
        outline * flip,
        fabric,
        volume=volume * flip,
        radius=max(0.045, thigh * 0.85),
        depth=0.040,
        shadow=0.30,
        reach=0.012,
        folds=[_flip(f, side) for f in folds],
        drapes=[_flip(f, side) for f in drapes],
        wash=wash,
        marks=[_flip_mark(m, flip) for m in marks],
        name=f"leg {side}",
    )
    return panel, {"hem": hem_line * flip, "side": flip, "outer": outer * flip}


def _flip(fold: Fold, side: int) -> Fold:
    x, y, angle, long, wide, high, bend = fold
    return fold if side > 0 else (-x, y, np.pi - angle, long, wide, high, -bend)


def _flip_mark(mark: Stroke | Patch, flip: np.ndarray) -> Stroke | Patch:
    if isinstance(mark, Stroke):
        return Stroke([line * flip for line in mark.lines], mark.width, mark.colour, mark.opacity, mark.dash)
    return Patch(mark.outline * flip, mark.fabric, mark.opacity, mark.shadow, mark.angle, mark.origin)


def _wash(
    product: Product,
    side: int,
    rise: float,
    knee_y: float,
    long: float,
    outer: np.ndarray,
    inner: np.ndarray,
    hip: float,
    rng: np.random.Generator,
) -> list[Fade]:
    strength = product.get("wash", 0.0)
    if not strength:
        return []

    def middle(y: float) -> float:
        return float(
            np.interp(y, inner[:, 1], inner[:, 0]) * 0.5 + np.interp(y, outer[:, 1], outer[:, 0]) * 0.5
        )

    def half(y: float) -> float:
        return float((np.interp(y, outer[:, 1], outer[:, 0]) - np.interp(y, inner[:, 1], inner[:, 0])) / 2)

    worn = []
    thigh_y = rise + (knee_y - rise) * 0.45
    worn.append((side * middle(thigh_y), thigh_y, half(thigh_y) * 0.60, 0.17, 0.05 * side, 0.75 * strength))
    worn.append((side * middle(knee_y), knee_y + 0.02, half(knee_y) * 0.6, 0.10, 0.0, 0.55 * strength))
    worn.append(
        (side * middle(long * 0.82), long * 0.82, half(long * 0.82) * 0.55, 0.16, 0.0, 0.28 * strength)
    )
    for _ in range(rng.integers(4, 7)):
        angle = -rng.uniform(0.05, 0.6) * side
        worn.append(
            (
                side * rng.uniform(0.05, 0.11),
                rise - rng.uniform(-0.05, 0.07),
                0.07,
                0.0045,
                angle,
                rng.uniform(0.25, 0.55) * strength,
            )
        )
    for y in np.arange(rise + 0.05, long, 0.035):
        # Seams pucker in the wash, and fade in beads.
        x = float(np.interp(y, outer[:, 1], outer[:, 0])) - 0.009
        worn.append((side * x, y + rng.normal(0, 0.005), 0.004, 0.011, 0.0, 0.55 * strength))
        worn.append((side * (x - 0.012), y + 0.017, 0.007, 0.010, 0.0, -0.16 * strength))
    for t in np.linspace(0.05, 0.95, 8):
        x = float(inner[-1, 0] * (1 - t) + outer[-1, 0] * t)
        worn.append((side * x, long - 0.004, 0.006, 0.006, 0.0, 0.7 * strength))
    return worn


def _rips(
    product: Product,
    outer: np.ndarray,
    inner: np.ndarray,
    rise: float,
    knee_y: float,
    long: float,
    rng: np.random.Generator,
) -> list:
    """Return holes with white threads across them."""
    marks: list = []
    for _ in range(int(product.get("rips", 0))):
        y = rng.choice([knee_y, rise + (knee_y - rise) * 0.5]) + rng.normal(0, 0.025)
        left, right = (float(np.interp(y, e[:, 1], e[:, 0])) for e in (inner, outer))
        x, wide = (left + right) / 2 + rng.normal(0, 0.012), (right - left) * rng.uniform(0.24, 0.36)
        tall = rng.uniform(0.010, 0.024)
        edge = curves.ellipse(0, 0, wide, tall, 26) * rng.uniform(0.78, 1.15, (26, 1)) + (x, y)
        pale = rgb(0.35 * c + 0.62 * 0.9 for c in product.fabric.colours[0])
        marks.append(Patch((edge - (x, y)) * (1.08, 1.35) + (x, y), pale, 0.7))
        marks.append(Patch(edge, rgb(c * 0.28 for c in product.fabric.colours[0]), 0.92))
        rows = []
        for t in np.arange(-0.85, 0.9, 0.2):
            span = wide * float(np.sqrt(1 - t * t)) * 1.05
            sag = rng.normal(0, 0.002)
            rows.append(
                curves.bezier(
                    (x - span, y + t * tall),
                    (x - span / 3, y + t * tall + sag),
                    (x + span / 3, y + t * tall + sag),
                    (x + span, y + t * tall),
                    8,
                )
            )
        marks.append(Stroke(rows, 0.0016, (0.86, 0.87, 0.88), 0.85))
    return marks


def _turn_ups(
    product: Product, legs: Sequence[tuple[ClothPanel, dict[str, np.ndarray]]], rng: np.random.Generator
) -> list[ClothPanel]:
    pale = rgb(0.45 * c + 0.5 * 0.82 for c in product.fabric.colours[0])
    cloth = Fabric("denim", "solid", (pale,))
    found = []
    for k, (_, lines) in enumerate(legs):
        end = lines["hem"] if lines["side"][0] > 0 else lines["hem"][::-1]
        outline = curves.ribbon(end * 1.0 + (0, 0.0), 0.005, -0.042)
        outline = (outline - outline.mean(axis=0)) * (1.05, 1.0) + outline.mean(axis=0)
        found.append(
            ClothPanel(
                outline,
                cloth,
                depth=0.014,
                radius=0.05,
                shadow=0.45,
                reach=0.006,
                marks=[sewing.stitches(curves.offset(end, -0.037), product.accents[0], 0.0014, 0.6)],
                name=f"turn-up {k}",
            )
        )
    return found
