"""Kurtas: long tunics with side slits, yokes, plackets, stand-up collars, borders and embroidery."""

# Points are arrays: `+` moves them, it joins nothing.

import numpy as np

from ..canvas import ClothPanel, Patch, Stroke
from ..cloth.fabrics import Fabric
from ..drawing import curves
from ..drawing.noise import stream
from ..product import Product
from . import sewing, tops
from .details import label
from .kurta_front import add_yoke, opening, trim_cloth

CUTS: dict[str, dict[str, float]] = {
    "Women": {
        "neck": 0.080,
        "neck_depth": 0.105,
        "shoulder": 0.176,
        "slope": 0.042,
        "armpit": 0.205,
        "chest": 0.186,
        "waist": 0.170,
        "hip": 0.232,
        "length": 0.98,
        "sleeve": 0.17,
        "opening": 0.066,
    },
    "Men": {
        "neck": 0.076,
        "neck_depth": 0.062,
        "shoulder": 0.222,
        "slope": 0.050,
        "armpit": 0.245,
        "chest": 0.236,
        "waist": 0.230,
        "hip": 0.256,
        "length": 1.00,
        "sleeve": 0.56,
        "opening": 0.072,
    },
    "Boys": {
        "neck": 0.062,
        "neck_depth": 0.054,
        "shoulder": 0.156,
        "slope": 0.036,
        "armpit": 0.175,
        "chest": 0.172,
        "waist": 0.170,
        "hip": 0.194,
        "length": 0.66,
        "sleeve": 0.38,
        "opening": 0.056,
    },
    "Girls": {
        "neck": 0.064,
        "neck_depth": 0.072,
        "shoulder": 0.140,
        "slope": 0.034,
        "armpit": 0.160,
        "chest": 0.150,
        "waist": 0.146,
        "hip": 0.200,
        "length": 0.64,
        "sleeve": 0.14,
        "opening": 0.054,
    },
}


def build(product: Product, scale: float) -> list[ClothPanel]:
    """Return the panels of a kurta."""
    rng = stream(product.seed, "cut")
    fabric = product.fabric
    cut = _cut(product)
    lines = tops.lines_of(cut, rng)
    ease = product.get("ease", 1.0)
    body = tops.body_panel(lines, fabric, rng=rng, ease=1.1 * ease, shadow=0.5)
    body.drapes += _skirt_falls(product, cut, rng)
    sleeves = tops.sleeve_panels(lines, _sleeve_cloth(product), rng, 1.1 * ease)
    trim = trim_cloth(product)
    _hem(product, lines, body, trim)
    _slits(product, lines, body, rng)
    for panel, sleeve in zip(sleeves, lines.sleeves.values(), strict=True):
        panel.marks += sewing.hem_marks(sleeve["end"], panel.fabric, 0.016, double=False)
        if product.get("cuffs"):
            panel.marks.append(
                Patch(
                    curves.ribbon(sleeve["end"], 0.008, -0.042),
                    trim,
                    shadow=0.2,
                    angle=tops.sleeve_angle(sleeve),
                    origin=tuple(sleeve["end"][0]),
                )
            )
            panel.marks.append(Stroke([curves.offset(sleeve["end"], -0.046)], 0.005, product.accents[1]))
    add_yoke(product, lines, body, trim, scale)
    tail = _behind(product, lines, rng)
    panels = [
        *tail,
        tops.back_panel(lines, fabric.plain() if fabric.pattern != "solid" else fabric),
        label(product, lines, rng),
        body,
        *sleeves,
    ]
    if not lines.sleeves:
        for armhole in (lines.armhole_right, lines.armhole_left):
            body.marks += sewing.seam(
                curves.offset(armhole, -0.010 if armhole[0, 0] > 0 else 0.010), fabric, 0.4
            )
    panels += opening(product, lines, trim, rng, scale)
    return panels


def _cut(product: Product) -> tops.Cut:
    cut = tops.Cut(**CUTS[product.gender])
    neck = product.get("neck", "round")
    cut.vee = {"vee": 1.0, "keyhole": 0.0, "notch": 0.0, "mandarin": 0.55}.get(neck, 0.0)
    cut.neck_depth *= {
        "vee": 1.45,
        "mandarin": 0.72 if product.gender in ("Women", "Girls") else 0.9,
        "scoop": 1.45,
        "boat": 0.6,
    }.get(neck, 1.0)
    cut.neck *= {"scoop": 1.2, "boat": 1.4, "mandarin": 0.88}.get(neck, 1.0)
    cut.length *= product.get("long", 1.0)
    cut.hip = cut.waist + (cut.hip - cut.waist) * product.get("flare", 1.0)
    for name in ("chest", "waist", "hip"):
        setattr(cut, name, getattr(cut, name) * product.get("wide", 1.0))
    kind = product.get("sleeve", "short")
    reach = {"none": 0.0, "cap": 0.09, "short": 0.17, "elbow": 0.30, "three": 0.42, "long": 0.57}[kind]
    cut.sleeve = (
        reach
        * cut.shoulder
        / (0.222 if product.gender in ("Men", "Boys") else 0.176)
        * (1.0 if product.gender != "Women" else 0.95)
    )
    if reach > 0.25:
        cut.spread, cut.bend = 0.27, 0.012
        cut.opening *= 0.85 if kind != "long" else 0.78
    elif reach:
        cut.spread = 0.50
    cut.spread *= product.get("lift", 1.0)
    cut.tail = product.get("tail", 0.0) * cut.length
    return cut


def _skirt_falls(product: Product, cut: tops.Cut, rng: np.random.Generator) -> list:
    n = int(5 + 4 * product.get("flare", 1.0))
    found = []
    for k in range(n):
        x = (-0.85 + 1.7 * (k + rng.uniform(0.2, 0.8)) / n) * cut.waist
        lean = x / cut.waist * (cut.hip - cut.waist) / (cut.length * 0.6)
        start = cut.length * rng.uniform(0.32, 0.55)
        found.append(
            (
                x,
                start,
                np.pi / 2 - np.arctan(lean),
                (cut.length - start) * rng.uniform(1.1, 1.8),
                rng.uniform(0.013, 0.026),
                rng.choice([-1, 1]) * rng.uniform(0.002, 0.006) * product.get("flare", 1.0) ** 0.5,
                rng.normal(0, 0.012),
            )
        )
    return found


def _sleeve_cloth(product: Product) -> Fabric:
    if product.get("sleeve_contrast"):
        return (
            trim_cloth(product)
            if product.get("trim", "plain") != "plain"
            else Fabric(product.fabric.weave, "solid", (product.accents[0],))
        )
    return product.fabric


def _hem(product: Product, lines: tops.Lines, body: ClothPanel, trim: Fabric) -> None:
    border = product.get("border")
    if border == "wide":
        body.marks.append(Patch(curves.ribbon(lines.hem, 0.012, -0.085), trim, shadow=0.15))
        body.marks.append(Stroke([curves.offset(lines.hem, -0.090)], 0.007, product.accents[1]))
        body.marks.append(Stroke([curves.offset(lines.hem, -0.102)], 0.003, product.accents[2]))
    elif border == "narrow":
        body.marks.append(Patch(curves.ribbon(lines.hem, 0.012, -0.032), trim, shadow=0.15))
        body.marks.append(Stroke([curves.offset(lines.hem, -0.036)], 0.004, product.accents[1]))
    elif border == "lines":
        for k, far in enumerate((0.03, 0.045, 0.06)):
            body.marks.append(Stroke([curves.offset(lines.hem, -far)], 0.005, product.accents[k % 3]))
    body.marks += sewing.hem_marks(lines.hem, product.fabric, 0.014, double=False)


def _slits(product: Product, lines: tops.Lines, body: ClothPanel, rng: np.random.Generator) -> None:
    """Turn in the edges of the side slits; the panel behind shows in the gap."""
    high = product.get("slit", 0.26)
    for side in (lines.side_right, lines.side_left):
        edge = curves.part(side, 1 - high * 1.35, 1.0)
        away = -0.012 if edge[0, 0] > 0 else 0.012
        body.marks += sewing.seam(curves.offset(edge, away), product.fabric, 0.5)


def _behind(product: Product, lines: tops.Lines, rng: np.random.Generator) -> list[ClothPanel]:
    """Return the back below the slits: it hangs a little lower and wider than the front."""
    high = product.get("slit", 0.26)
    right, left = (
        curves.part(lines.side_right, 1 - high * 1.35, 1.0, 20),
        curves.part(lines.side_left, 1 - high * 1.35, 1.0, 20),
    )
    grow = np.linspace(0, 1, 20)[:, None] ** 1.2
    right = right + grow * (0.010 + rng.uniform(0, 0.007), 0.010)
    left = left + grow * (-0.010 - rng.uniform(0, 0.007), 0.010)
    hem = curves.bezier(
        right[-1],
        (right[-1, 0] * 0.4, lines.hem[:, 1].max() + 0.006),
        (left[-1, 0] * 0.4, lines.hem[:, 1].max() + 0.006),
        left[-1],
        30,
    )
    outline = np.concatenate([right, hem[1:], left[::-1][1:]])
    return [ClothPanel(outline, product.fabric, tint=0.66, depth=0.0, shadow=0.0, name="tail")]
