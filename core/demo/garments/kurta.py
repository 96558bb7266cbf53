"""Kurtas: long tunics with side slits, yokes, plackets, stand-up collars, borders and embroidery."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

import numpy as np

from .. import curves
from ..canvas import Decal, Panel, Patch, Stroke
from ..fabrics import Fabric
from ..noise import stream
from ..prints import embroidery, raised
from ..product import Product
from . import tops
from .details import button, label

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


def build(product: Product, scale: float) -> list[Panel]:
    """Return the panels of a kurta."""
    rng = stream(product.seed, "cut")
    fabric = product.fabric
    cut = _cut(product)
    lines = tops.lines_of(cut, rng)
    ease = product.get("ease", 1.0)
    folds, drapes = tops.body_folds(lines, rng, 1.1 * ease)
    drapes += _skirt_falls(product, cut, rng)
    body = Panel(
        lines.body,
        fabric,
        volume=tops.body_volume(lines),
        radius=0.12,
        depth=0.050,
        folds=folds,
        drapes=drapes,
        shadow=0.5,
        reach=0.014,
        name="body",
    )
    sleeves = tops.sleeve_panels(lines, _sleeve_cloth(product), rng, 1.1 * ease)
    trim = _trim(product)
    _hem(product, lines, body, trim)
    _slits(product, lines, body, rng)
    for panel, sleeve in zip(sleeves, lines.sleeves.values(), strict=True):
        panel.marks += tops.hem_marks(sleeve["end"], panel.fabric, 0.016, double=False)
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
    _yoke(product, lines, body, trim, scale)
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
            body.marks += tops.seam(
                curves.offset(armhole, -0.010 if armhole[0, 0] > 0 else 0.010), fabric, 0.4
            )
    panels += _opening(product, lines, trim, rng, scale)
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


def _trim(product: Product) -> Fabric:
    """Return the cloth of borders and yokes: another print of the same family, or a plain one."""
    kind = product.get("trim", "plain")
    first, second, third = product.accents[:3]
    if kind == "plain":
        return Fabric(product.fabric.weave, "solid", (first,))
    if kind == "zari":
        return Fabric(
            "silk", "mosaic", (first, (0.80, 0.65, 0.30), second, (0.88, 0.76, 0.45)), 0.28, product.seed + 1
        )
    return Fabric(
        product.fabric.weave, kind, (first, second, third, product.fabric.colours[0]), 0.55, product.seed + 1
    )


def _sleeve_cloth(product: Product) -> Fabric:
    if product.get("sleeve_contrast"):
        return (
            _trim(product)
            if product.get("trim", "plain") != "plain"
            else Fabric(product.fabric.weave, "solid", (product.accents[0],))
        )
    return product.fabric


def _hem(product: Product, lines: tops.Lines, body: Panel, trim: Fabric) -> None:
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
    body.marks += tops.hem_marks(lines.hem, product.fabric, 0.014, double=False)


def _slits(product: Product, lines: tops.Lines, body: Panel, rng: np.random.Generator) -> None:
    """Turn in the edges of the side slits; the panel behind shows in the gap."""
    high = product.get("slit", 0.26)
    for side in (lines.side_right, lines.side_left):
        edge = curves.part(side, 1 - high * 1.35, 1.0)
        away = -0.012 if edge[0, 0] > 0 else 0.012
        body.marks += tops.seam(curves.offset(edge, away), product.fabric, 0.5)


def _behind(product: Product, lines: tops.Lines, rng: np.random.Generator) -> list[Panel]:
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
    return [Panel(outline, product.fabric, tint=0.66, depth=0.0, shadow=0.0, name="tail")]


def _yoke(product: Product, lines: tops.Lines, body: Panel, trim: Fabric, scale: float) -> None:
    cut = lines.cut
    kind = product.get("yoke")
    wide = cut.chest + 0.1
    if kind == "straight":
        y = cut.armpit * 1.02
        body.marks.append(
            Patch(
                np.concatenate(
                    [curves.points((-wide, -0.1), (wide, -0.1)), curves.points((wide, y), (-wide, y))]
                ),
                trim,
                shadow=0.2,
            )
        )
        body.marks.append(Stroke([curves.points((-wide, y), (wide, y))], 0.006, product.accents[1]))
    elif kind == "round":
        rx, ry = cut.neck + 0.055, cut.neck_depth + 0.075
        body.marks.append(Patch(curves.ellipse(0, 0.0, rx, ry, 50), trim, shadow=0.25))
        arc = curves.ellipse(0, 0.0, rx, ry, 60)
        body.marks.append(Stroke([np.concatenate([arc, arc[:1]])], 0.005, product.accents[1]))
    elif kind == "bib":
        half, y = cut.neck * 0.95, cut.armpit * 1.35
        bib = curves.points((-half * 1.15, -0.05), (half * 1.15, -0.05), (half, y), (-half, y))
        body.marks.append(Patch(bib, trim, shadow=0.25))
        body.marks.append(Stroke([bib[[1, 2, 3, 0]]], 0.006, product.accents[1]))
    elif kind == "embroidered":
        size = int(max(12, (cut.neck + 0.09) * 2 * scale))
        ornament = raised(embroidery("yoke", product.accents, product.seed, size, 0.95))
        wide = (cut.neck + 0.065) * 2
        body.marks.append(Decal(ornament, (0.0, cut.neck_depth * 0.62 + wide * 0.20), wide))
    elif kind == "spray":
        size = int(max(12, 0.24 * scale))
        ornament = raised(embroidery("spray", product.accents, product.seed, size, 1.1))
        body.marks.append(Decal(ornament, (0.0, cut.neck_depth + 0.16), 0.23))
    elif kind == "panel":
        half = cut.neck * 0.62
        strip = curves.points(
            (-half, -0.02), (half, -0.02), (half * 1.2, cut.length + 0.05), (-half * 1.2, cut.length + 0.05)
        )
        body.marks.append(Patch(strip, trim, shadow=0.2))
        for s in (-1, 1):
            body.marks.append(
                Stroke(
                    [curves.points((s * half, -0.02), (s * half * 1.2, cut.length + 0.05))],
                    0.005,
                    product.accents[1],
                )
            )
    if product.get("empire"):
        y = cut.armpit * 1.42
        line = curves.bezier((-wide, y - 0.01), (-0.08, y + 0.012), (0.08, y + 0.012), (wide, y - 0.01), 20)
        body.marks += tops.seam(line, body.fabric, 0.6)
        for _ in range(26):
            x = stream(product.seed, "empire", _).uniform(-0.95, 0.95) * cut.waist
            body.folds.append((x, y + 0.008, np.pi / 2, 0.10, 0.006, 0.0026, 0.002))


def _opening(
    product: Product, lines: tops.Lines, trim: Fabric, rng: np.random.Generator, scale: float
) -> list[Panel]:
    """Return the neck: facing or collar, and the placket with buttons or embroidery."""
    cut, fabric = lines.cut, product.fabric
    neck = product.get("neck", "round")
    edge_cloth = trim if product.get("piping") else fabric.plain() if fabric.pattern == "solid" else fabric
    found: list[Panel] = []
    small = cut.shoulder / (0.222 if product.gender in ("Men", "Boys") else 0.176)
    top = cut.neck_depth - 0.008
    placket = product.get("placket")
    if placket:
        half, deep = 0.0165 * (0.5 + 0.5 * small), cut.length * product.get("placket_long", 0.22)
        sway = rng.normal(0, 0.0012)
        strip = curves.points(
            (-half, top),
            (half, top),
            (half + sway, top + deep),
            (sway, top + deep + 0.012),
            (-half + sway, top + deep),
        )
        cloth = trim if placket == "contrast" else fabric
        marks: list = [
            tops.stitches(
                curves.points((s * half * 0.78, top), (s * half * 0.78 + sway, top + deep)),
                tops.thread(cloth, 0.6),
                0.0012,
                0.6,
            )
            for s in (-1, 1)
        ]
        if placket == "embroidered":
            aspect = (deep + 0.02) / (2.8 * half)
            ornament = raised(
                embroidery("placket", product.accents, product.seed, int(max(8, 3.2 * half * scale)), aspect)
            )
            marks = [Decal(ornament, (0.0, top + deep / 2), 2.8 * half)]
            strip = strip * (1.5, 1.0)
        found.append(
            Panel(
                strip,
                cloth,
                depth=0.004,
                radius=0.008,
                wrinkle=0.7,
                shadow=0.4,
                reach=0.005,
                marks=marks,
                name="placket",
            )
        )
        if placket != "embroidered":
            n = int(product.get("buttons", 3))
            for k in range(n):
                found += button(
                    sway * k / n,
                    top + deep * (0.10 + 0.78 * k / max(1, n - 1)),
                    0.0054,
                    product.accents[2],
                    f"button{k}",
                )
    if neck in ("keyhole", "notch"):
        deep = 0.055 if neck == "keyhole" else 0.075
        hole = (
            curves.ellipse(0, top + 0.030, 0.013, deep * 0.55)
            if neck == "keyhole"
            else curves.points((-0.014, top - 0.01), (0.014, top - 0.01), (0, top + deep))
        )
        dark = fabric.plain(factor=0.42)
        found.append(
            Panel(
                hole,
                dark,
                depth=0.0,
                shadow=0.0,
                wrinkle=0.0,
                tint=0.8,
                name="keyhole",
                marks=[
                    Stroke(
                        [np.concatenate([hole, hole[:1]])],
                        0.005,
                        product.accents[0] if product.get("piping") else tops.thread(fabric, 0.7),
                        0.9,
                    )
                ],
            )
        )
    if neck == "mandarin":
        found += _mandarin(lines, trim if product.get("collar_contrast") else fabric)
    else:
        deep = 0.013 if product.get("piping") else 0.011
        found.append(
            Panel(
                curves.ribbon(lines.neckline, 0.001, -deep),
                edge_cloth,
                depth=0.003,
                radius=0.006,
                wrinkle=0.2,
                shadow=0.25,
                reach=0.003,
                marks=[
                    tops.stitches(
                        curves.offset(lines.neckline, -deep + 0.002),
                        tops.thread(edge_cloth, 0.65),
                        0.0012,
                        0.5,
                    )
                ],
                name="facing",
            )
        )
    return found


def _mandarin(lines: tops.Lines, cloth: Fabric) -> list[Panel]:
    """Return a stand-up collar, its ends rounded and a little apart."""
    cut = lines.cut
    rise = 0.034 * (0.6 + 0.4 * cut.neck / 0.07)
    roof = np.concatenate(
        [
            curves.bezier(
                (-cut.neck, 0.0),
                (-cut.neck * 0.93, -rise),
                (-cut.neck * 0.5, -rise * 1.12),
                (0, -rise * 1.15),
                12,
            ),
            curves.bezier(
                (0, -rise * 1.15),
                (cut.neck * 0.5, -rise * 1.12),
                (cut.neck * 0.93, -rise),
                (cut.neck, 0.0),
                12,
            )[1:],
        ]
    )
    inside = np.concatenate(
        [roof, curves.points((cut.neck * 0.9, 0.02), (0, cut.neck_depth), (-cut.neck * 0.9, 0.02))]
    )
    panels = [
        Panel(inside, cloth, depth=0.0, wrinkle=0.3, tint=0.66, shadow=0.0, dusk=0.3, name="collar inside")
    ]
    line = lines.neckline
    for side in (1, -1):
        half = line[len(line) // 2 :] if side > 0 else line[: len(line) // 2 + 1][::-1]
        half = half + (side * 0.003, 0.0)
        lift = np.linspace(rise * 0.72, rise * 1.0, len(half))
        lift[:3] *= (0.55, 0.8, 0.95)
        inner = half * (0.90, 1.0) - lift[:, None] * (0.0, 1.0)
        outline = np.concatenate([half + (0, 0.004), inner[::-1]])
        marks = [
            tops.stitches(half * (0.99, 1) - (0, 0.003), tops.thread(cloth, 0.6), 0.0012, 0.6),
            tops.stitches(inner + (0, 0.004), tops.thread(cloth, 0.6), 0.0012, 0.5),
        ]
        panels.append(
            Panel(
                outline,
                cloth,
                depth=0.008,
                radius=0.016,
                wrinkle=0.3,
                shadow=0.4,
                reach=0.005,
                marks=marks,
                name=f"mandarin {side}",
            )
        )
    return panels
