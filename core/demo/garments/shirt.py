"""Shirts: collar, placket, buttons, pockets, curved or straight hem; long, rolled and short sleeves."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

import numpy as np

from ..canvas import ClothPanel, Patch, Stroke
from ..cloth.fabrics import Fabric
from ..drawing import curves
from ..drawing.noise import stream
from ..product import Product
from . import sewing, tops
from .details import button, label, shirt_collar

CUTS: dict[str, dict[str, float]] = {
    "Men": {
        "neck": 0.080,
        "neck_depth": 0.078,
        "shoulder": 0.222,
        "slope": 0.050,
        "armpit": 0.245,
        "chest": 0.235,
        "waist": 0.222,
        "hip": 0.232,
        "length": 0.76,
        "sleeve": 0.25,
        "opening": 0.085,
    },
    "Women": {
        "neck": 0.072,
        "neck_depth": 0.10,
        "shoulder": 0.180,
        "slope": 0.044,
        "armpit": 0.215,
        "chest": 0.190,
        "waist": 0.160,
        "hip": 0.200,
        "length": 0.66,
        "sleeve": 0.19,
        "opening": 0.070,
    },
    "Boys": {
        "neck": 0.066,
        "neck_depth": 0.062,
        "shoulder": 0.158,
        "slope": 0.036,
        "armpit": 0.178,
        "chest": 0.178,
        "waist": 0.178,
        "hip": 0.184,
        "length": 0.50,
        "sleeve": 0.155,
        "opening": 0.066,
    },
    "Girls": {
        "neck": 0.064,
        "neck_depth": 0.066,
        "shoulder": 0.144,
        "slope": 0.036,
        "armpit": 0.165,
        "chest": 0.158,
        "waist": 0.148,
        "hip": 0.170,
        "length": 0.47,
        "sleeve": 0.13,
        "opening": 0.058,
    },
}


def build(product: Product, scale: float) -> list[ClothPanel]:
    """Return the panels of a shirt; `scale` is not needed, since nothing is printed on one."""
    rng = stream(product.seed, "cut")
    fabric = product.fabric
    cut = _cut(product)
    lines = tops.lines_of(cut, rng)
    ease = product.get("ease", 1.0)
    body = tops.body_panel(lines, fabric, rng=rng, ease=1.1 * ease)
    body.marks += _body_marks(product, lines, fabric)
    sleeves = tops.sleeve_panels(lines, fabric, rng, 1.15 * ease)
    ends: list[ClothPanel] = []
    for panel, (side, sleeve) in zip(sleeves, lines.sleeves.items(), strict=True):
        ends += _sleeve_end(product, panel, sleeve, side, rng)
    contrast = product.get("contrast")
    collar_cloth = Fabric(fabric.weave, "solid", (product.accents[0],)) if contrast else fabric
    inner = fabric if product.get("lining") is None else Fabric(fabric.weave, "solid", (product.accents[1],))
    panels = [tops.back_panel(lines, inner), label(product, lines, rng), body, *sleeves, *ends]
    panels += _front(product, lines, fabric, rng)
    if product.get("collar") == "band":
        panels += _band_collar(lines, collar_cloth)
    else:
        long, spread = {"wide": (0.066, 1.0), "button": (0.072, 0.62)}.get(
            product.get("collar"), (0.075, 0.7)
        )
        panels += shirt_collar(lines, collar_cloth, rng, long, spread)
    return panels


def _cut(product: Product) -> tops.Cut:
    cut = tops.Cut(**CUTS[product.gender])
    cut.vee = product.get("vee", 0.85)
    cut.neck_depth *= product.get("open", 1.0)
    cut.tail = cut.length * product.get("tail", 0.07)
    cut.length *= product.get("long", 1.0)
    for name in ("chest", "waist", "hip"):
        setattr(cut, name, getattr(cut, name) * product.get("wide", 1.0))
    kind = product.get("sleeve", "long")
    if kind == "long":
        cut.sleeve, cut.spread, cut.bend = cut.length * 0.80, 0.245, 0.016
        cut.opening *= 0.60
    elif kind == "rolled":
        cut.sleeve, cut.spread, cut.bend = cut.length * 0.53, 0.30, 0.010
        cut.opening *= 0.78
    else:
        cut.spread = 0.66
    cut.spread *= product.get("lift", 1.0)
    cut.sleeve *= product.get("arm", 1.0)
    return cut


def _body_marks(product: Product, lines: tops.Lines, fabric: Fabric) -> list:
    cut = lines.cut
    marks: list = sewing.hem_marks(lines.hem, fabric, 0.010, double=False)
    for side, armhole in ((1, lines.armhole_right), (-1, lines.armhole_left)):
        yoke = curves.bezier(
            (side * cut.neck * 1.05, 0.034),
            (side * (cut.neck + 0.05), 0.036),
            (side * (cut.shoulder - 0.05), cut.slope + 0.022),
            armhole[3] + (0, 0.004),
            12,
        )
        marks += sewing.seam(yoke, fabric, 0.42)
        if product.get("darts"):
            dart = curves.bezier(
                (side * cut.waist * 0.50, cut.armpit + 0.05),
                (side * cut.waist * 0.44, cut.length * 0.55),
                (side * cut.waist * 0.44, cut.length * 0.65),
                (side * cut.waist * 0.5, cut.length * 0.9),
                20,
            )
            marks += sewing.seam(dart, fabric, 0.5)
    pockets = {"one": (1,), "two": (1, -1)}.get(product.get("pockets"), ())
    for side in pockets:
        marks += _pocket(product, lines, fabric, side)
    if product.get("western"):
        marks += _western(product, lines, fabric)
    return marks


def _pocket(product: Product, lines: tops.Lines, fabric: Fabric, side: int) -> list:
    cut = lines.cut
    x, y, wide = side * cut.chest * 0.50, cut.armpit * 0.80, cut.chest * 0.235
    low = y + wide * 2.35
    outline = curves.points(
        (x - wide, y), (x + wide, y), (x + wide, low - 0.012), (x, low), (x - wide, low - 0.012)
    )
    # Cut on the cross, or moved by half a repeat: a pocket rarely matches the check below it for long.
    turn = 0.785 if product.get("bias") else 0.0
    marks: list = [Patch(outline, fabric, shadow=0.45, angle=turn, origin=(x + 0.004, y + 0.003))]
    closed = np.concatenate([outline, outline[:1]])
    marks.append(Stroke([closed], 0.0016, sewing.thread(fabric, 0.55), 0.5))
    marks.append(
        sewing.stitches(
            (closed - (x, y + wide)) * 0.94 + (x, y + wide), sewing.thread(fabric, 0.6), 0.0012, 0.6
        )
    )
    if product.get("flap"):
        flap = curves.points(
            (x - wide * 1.04, y - 0.004),
            (x + wide * 1.04, y - 0.004),
            (x + wide * 1.02, y + 0.032),
            (x, y + 0.052),
            (x - wide * 1.02, y + 0.032),
        )
        marks.append(Patch(flap, fabric, shadow=0.5, angle=turn, origin=(x, y + 0.006)))
        marks.append(Stroke([np.concatenate([flap, flap[:1]])], 0.0014, sewing.thread(fabric, 0.55), 0.5))
        marks.append(Patch(curves.ellipse(x, y + 0.038, 0.005, 0.005, 14), product.accents[2], shadow=0.5))
    else:
        marks.append(
            sewing.stitches(
                curves.points((x - wide, y + 0.022), (x + wide, y + 0.022)),
                sewing.thread(fabric, 0.6),
                0.0012,
                0.6,
            )
        )
    return marks


def _western(product: Product, lines: tops.Lines, fabric: Fabric) -> list:
    cut = lines.cut
    marks: list = []
    for side in (1, -1):
        edge = np.concatenate(
            [
                curves.bezier(
                    (side * 0.018, cut.armpit * 0.50),
                    (side * 0.06, cut.armpit * 0.56),
                    (side * 0.09, cut.armpit * 0.60),
                    (side * 0.105, cut.armpit * 0.76),
                    12,
                ),
                curves.bezier(
                    (side * 0.105, cut.armpit * 0.76),
                    (side * 0.13, cut.armpit * 0.60),
                    (side * 0.16, cut.armpit * 0.56),
                    (side * (cut.shoulder + 0.02), cut.armpit * 0.56),
                    12,
                )[1:],
            ]
        )
        outline = np.concatenate(
            [edge, curves.points((side * (cut.shoulder + 0.05), -0.05), (side * 0.018, -0.05))]
        )
        marks.append(Patch(outline, fabric, shadow=0.3, angle=0.0, origin=(0.011, 0.013)))
        marks += sewing.seam(edge, fabric, 0.5)
    return marks


def _sleeve_end(
    product: Product, panel: ClothPanel, sleeve: dict, side: str, rng: np.random.Generator
) -> list[ClothPanel]:
    """Finish a sleeve: a cuff with its button, a rolled cuff, or a hem."""
    fabric, kind = product.fabric, product.get("sleeve", "long")
    end = sleeve["end"]
    if kind == "short":
        panel.marks += sewing.hem_marks(end, fabric, 0.024, double=False)
        return []
    angle = tops.sleeve_angle(sleeve)
    cloth = fabric
    if product.get("contrast") and kind == "long":
        cloth = Fabric(fabric.weave, "solid", (product.accents[0],))
    if kind == "long":
        deep = 0.062 if lines_wide(end) > 0.07 else 0.048
        outline = curves.ribbon(end, 0.004, -deep)
        edge, top = curves.offset(end, 0.0), curves.offset(end, -deep)
        marks = [
            sewing.stitches(curves.offset(end, -0.005), sewing.thread(cloth, 0.6), 0.0012, 0.6),
            *sewing.seam(top, cloth, 0.5),
        ]
        at = edge[4 if side == "right" else -5] + (0, -deep * 0.5)
        cuff = ClothPanel(
            outline,
            cloth,
            angle=angle,
            origin=tuple(end[0]),
            depth=0.012,
            radius=0.05,
            wrinkle=0.5,
            shadow=0.4,
            reach=0.005,
            marks=marks,
            name=f"cuff {side}",
        )
        return [cuff, *button(float(at[0]), float(at[1]), 0.0050, product.accents[2], f"cuff button {side}")]
    inner = cloth if product.get("lining") is None else Fabric(fabric.weave, "solid", (product.accents[1],))
    found = []
    for k, (low, high) in enumerate(((0.004, -0.036), (-0.022, -0.060))[::-1]):
        outline = curves.ribbon(curves.wobble(end, rng, 0.003, 4), low, high)
        roll = inner if k == 1 else cloth
        found.append(
            ClothPanel(
                outline,
                roll,
                angle=angle + rng.normal(0, 0.05),
                origin=tuple(end[0] + (0.007, 0.004 * k)),
                depth=0.014,
                radius=0.018,
                wrinkle=1.2,
                shadow=0.45,
                reach=0.006,
                name=f"roll {side} {k}",
            )
        )
    return found


def lines_wide(end: np.ndarray) -> float:
    """Return how wide the end of a sleeve is."""
    return float(np.sqrt(((end[0] - end[-1]) ** 2).sum()))


def _front(product: Product, lines: tops.Lines, fabric: Fabric, rng: np.random.Generator) -> list[ClothPanel]:
    """Return the placket, one side lapped over the other, and its buttons."""
    cut = lines.cut
    small = cut.length / 0.76
    half = 0.0165 * min(1.0, small + 0.1)
    top = cut.neck_depth - 0.006
    low = lines.hem[len(lines.hem) // 2][1] + 0.001
    sway = rng.normal(0, 0.0022, 6)
    y = np.linspace(top, low, 24)
    middle = np.interp(y, np.linspace(top, low, 6), sway)
    right, left = np.stack([middle + half, y], 1), np.stack([middle - half, y], 1)
    outline = np.concatenate([right, left[::-1]])
    cloth, turn = fabric, 0.0
    if product.get("contrast") == "placket":
        cloth = Fabric(fabric.weave, "solid", (product.accents[0],))
    elif product.get("bias"):
        turn = 0.785
    drapes = [
        (
            0.0,
            top + k * 0.09 * small,
            np.pi / 2 + rng.normal(0, 0.1),
            0.09,
            0.010,
            rng.normal(0, 0.0016),
            0.004,
        )
        for k in range(int((low - top) / (0.09 * small)))
    ]
    marks: list = []
    if product.get("hidden"):
        marks = [*sewing.seam(left + (0.002, 0), cloth, 0.6)]
    else:
        marks = [
            sewing.stitches(line, sewing.thread(cloth, 0.58), 0.0012, 0.6)
            for line in (right - (0.005, 0), left + (0.005, 0))
        ]
    found = [
        ClothPanel(
            outline,
            cloth,
            angle=turn,
            origin=(0.006, 0.0),
            depth=0.004,
            radius=0.008,
            drapes=drapes,
            wrinkle=0.8,
            shadow=0.42,
            reach=0.005,
            marks=marks,
            name="placket",
        )
    ]
    if product.get("hidden"):
        return found
    gap = 0.094 * small
    for k in range(int((low - top - 0.06 * small) / gap) + 1):
        at = top + 0.030 * small + k * gap
        x = float(np.interp(at, y, middle))
        found += button(x, at, 0.0056, product.accents[2], f"button{k}")
    return found


def _band_collar(lines: tops.Lines, cloth: Fabric) -> list[ClothPanel]:
    """Return a stand-up collar without leaves."""
    cut = lines.cut
    line = lines.neckline
    rise = 0.026
    roof = np.concatenate(
        [
            curves.bezier(
                (-cut.neck, 0),
                (-cut.neck * 0.9, -rise),
                (-cut.neck * 0.5, -rise * 1.1),
                (0, -rise * 1.15),
                12,
            ),
            curves.bezier(
                (0, -rise * 1.15), (cut.neck * 0.5, -rise * 1.1), (cut.neck * 0.9, -rise), (cut.neck, 0), 12
            )[1:],
        ]
    )
    inside = np.concatenate([roof, curves.points((0, cut.neck_back + 0.02))])
    panels = [ClothPanel(inside, cloth, depth=0.0, wrinkle=0.3, tint=0.72, shadow=0.0, name="collar inside")]
    for side in (1, -1):
        half = line[len(line) // 2 :] if side > 0 else line[: len(line) // 2 + 1][::-1]
        inner = half * (0.86, 1.0) - np.linspace(0.010, rise, len(half))[:, None] * (0, 1)
        inner[:, 1] = np.maximum(inner[:, 1], np.interp(inner[:, 0], roof[:, 0], roof[:, 1]))
        outline = np.concatenate([half + (side * 0.003, 0.004), inner[::-1]])
        panels.append(
            ClothPanel(
                outline,
                cloth,
                depth=0.006,
                radius=0.012,
                wrinkle=0.3,
                shadow=0.4,
                reach=0.005,
                marks=[sewing.stitches(half * 0.985 - (0, 0.002), sewing.thread(cloth, 0.6), 0.0012, 0.6)],
                name=f"band {side}",
            )
        )
    return panels
