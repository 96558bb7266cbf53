"""T-shirts: crew, V and scoop necks, polos, henleys, raglans; short, long and cap sleeves."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

from collections.abc import Sequence

import numpy as np

from ..canvas import ClothPanel, Decal, Mark, Patch, Stroke
from ..cloth.fabrics import Fabric
from ..cloth.prints import PRINTS, draw_print
from ..drawing import curves
from ..drawing.noise import stream
from ..product import Product
from . import sewing, tops
from .details import button, label, loose_collar

CUTS: dict[str, dict[str, float]] = {
    "Men": {},
    "Unisex": {"chest": 0.238, "waist": 0.234, "hip": 0.238},
    "Women": {
        "neck": 0.092,
        "shoulder": 0.172,
        "slope": 0.045,
        "armpit": 0.205,
        "chest": 0.182,
        "waist": 0.160,
        "hip": 0.190,
        "length": 0.64,
        "sleeve": 0.15,
        "opening": 0.066,
        "spread": 0.68,
    },
    "Boys": {
        "neck": 0.072,
        "shoulder": 0.152,
        "slope": 0.036,
        "armpit": 0.170,
        "chest": 0.168,
        "waist": 0.166,
        "hip": 0.170,
        "length": 0.46,
        "sleeve": 0.145,
        "opening": 0.060,
        "spread": 0.85,
        "neck_depth": 0.066,
    },
    "Girls": {
        "neck": 0.072,
        "shoulder": 0.138,
        "slope": 0.034,
        "armpit": 0.155,
        "chest": 0.146,
        "waist": 0.138,
        "hip": 0.158,
        "length": 0.43,
        "sleeve": 0.105,
        "opening": 0.054,
        "spread": 0.8,
        "neck_depth": 0.07,
    },
}


def build(product: Product, scale: float) -> list[ClothPanel]:
    """Return the panels of a t-shirt; `scale` (pixels a metre) says how finely prints are drawn."""
    rng = stream(product.seed, "cut")
    neck = product.get("neck", "crew")
    fabric = product.fabric
    lines = tops.lines_of(_cut(product, neck, rng), rng)
    trim = (
        Fabric("rib" if neck != "polo" else "pique", "solid", (product.accents[0],))
        if product.get("ringer")
        else fabric.plain(factor=0.97)
    )
    body = tops.body_panel(lines, fabric, rng=rng, ease=product.get("ease", 1.0), depth=0.052)
    sleeve_fabric = fabric
    if product.get("sleeve_contrast"):
        sleeve_fabric = Fabric(fabric.weave, "solid", (product.accents[0],), 1.0, fabric.seed)
    sleeves = tops.sleeve_panels(lines, sleeve_fabric, rng, product.get("ease", 1.0))
    body.marks += sewing.hem_marks(lines.hem, fabric, 0.022)
    for panel, sleeve in zip(sleeves, lines.sleeves.values(), strict=True):
        if product.get("ringer") or neck == "polo":
            panel.marks.append(sewing.band(sleeve["end"], 0.002, -0.018, trim, 0.2))
        else:
            panel.marks += sewing.hem_marks(sleeve["end"], sleeve_fabric, 0.020)
    _panels_of_colour(product, lines, body, sleeves)
    if neck == "raglan":
        _raglan(product, lines, body, sleeves)
    _decorate(product, lines, body, rng, scale)
    back = tops.back_panel(lines, fabric.plain() if fabric.pattern != "solid" else fabric)
    panels = [back, label(product, lines, rng), body, *sleeves]
    if neck == "raglan":
        # The sleeve runs up to the neck, so the body lies on it rather than under it.
        panels = [back, label(product, lines, rng), *sleeves, body]
    if neck in ("polo", "henley"):
        panels += _placket(product, lines, trim, fabric, rng, neck)
    if neck == "polo":
        panels += loose_collar(lines, trim, product.accents[1] if product.get("tipped") else None, rng)
    else:
        panels.append(_ribbing(lines, trim, 0.016 if neck != "scoop" else 0.010))
    return panels


def _cut(product: Product, neck: str, rng: np.random.Generator) -> tops.Cut:
    measures = dict(CUTS[product.gender])
    cut = tops.Cut(**measures)
    cut.vee = 1.0 if neck == "vee" else 0.0
    cut.neck_depth *= {"vee": 1.5, "scoop": 1.55, "polo": 1.15, "henley": 0.9, "boat": 0.62}.get(neck, 1.0)
    cut.neck *= {"scoop": 1.22, "boat": 1.45, "polo": 0.92, "henley": 0.95}.get(neck, 1.0)
    cut.length *= product.get("long", 1.0)
    for name in ("chest", "waist", "hip"):
        setattr(cut, name, getattr(cut, name) * product.get("wide", 1.0))
    if product.get("sleeve") == "long":
        cut.spread, cut.sleeve, cut.bend = 0.30, cut.length * 0.84, 0.012
        cut.opening *= 0.62
    elif product.get("sleeve") == "cap":
        cut.sleeve *= 0.62
        cut.spread = 0.62
    cut.sleeve *= product.get("arm", 1.0)
    cut.spread *= product.get("lift", 1.0)
    return cut


def _ribbing(lines: tops.Lines, trim: Fabric, deep: float) -> ClothPanel:
    """Return the collar's rib, front and back in one ring seen from the front."""
    front = tops.below_shoulder(lines, curves.ribbon(lines.neckline, 0.001, -deep))
    marks: list[Mark] = [
        *sewing.seam(curves.offset(lines.neckline, -deep + 0.001), trim, 0.5),
        sewing.stitches(curves.offset(lines.neckline, -deep - 0.004), sewing.thread(trim, 0.7), 0.0012, 0.5),
    ]
    return ClothPanel(
        front,
        trim,
        depth=0.004,
        radius=deep / 2,
        wrinkle=0.2,
        shadow=0.22,
        reach=0.003,
        marks=marks,
        name="rib",
    )


def _placket(
    product: Product, lines: tops.Lines, trim: Fabric, fabric: Fabric, rng: np.random.Generator, neck: str
) -> list[ClothPanel]:
    """Return a buttoned opening below the neck."""
    top = lines.neckline[len(lines.neckline) // 2][1] - 0.004
    deep = lines.cut.length * (0.19 if neck == "polo" else 0.20)
    half = 0.016 if product.gender not in ("Boys", "Girls") else 0.013
    strip = curves.box(-half, top, half, top + deep)
    strip = strip + np.array([rng.normal(0, 0.001), 0.0])
    cloth = trim if product.get("ringer") else fabric.plain(factor=0.98)
    inset = curves.box(-half + 0.003, top, half - 0.003, top + deep - 0.003)
    marks: list[Mark] = [
        sewing.stitches(np.concatenate([inset, inset[:1]]), sewing.thread(cloth, 0.6), 0.0012, 0.55),
        Stroke(
            [curves.points((-half + 0.001, top + deep * 0.82), (half - 0.001, top + deep * 0.82))],
            0.0014,
            sewing.thread(cloth, 0.6),
            0.5,
        ),
    ]
    found = [
        ClothPanel(
            strip,
            cloth,
            depth=0.003,
            radius=0.006,
            wrinkle=0.4,
            shadow=0.35,
            reach=0.004,
            marks=marks,
            name="placket",
        )
    ]
    tone = product.accents[2]
    count = 3 if neck == "henley" else 2
    for k in range(count):
        y = top + deep * (0.20 + 0.52 * k / max(1, count - 1))
        found += button(strip[:, 0].mean(), y, 0.0058, tone, f"button{k}")
    return found


def _raglan(product: Product, lines: tops.Lines, body: ClothPanel, sleeves: Sequence[ClothPanel]) -> None:
    """Move the seam of the sleeve up to the neck, and give the sleeve the shoulder."""
    cut = lines.cut
    for panel, armhole, side in zip(sleeves, (lines.armhole_right, lines.armhole_left), (1, -1), strict=True):
        neck = np.array([side * cut.neck * 0.97, cut.neck_depth * 0.22])
        pit = armhole[-1]
        line = curves.bezier(neck, neck + (side * 0.02, 0.07), pit - (side * 0.045, 0.05), pit, 24)
        wedge = np.concatenate(
            [
                line,
                armhole[::-1],
                curves.points((side * (cut.shoulder + 0.03), -0.02), (side * cut.neck, -0.02)),
            ]
        )
        body.marks.append(Patch(wedge, panel.fabric, shadow=0.15))
        body.marks += sewing.seam(line, body.fabric, 0.5)
        panel.marks = [
            m for m in panel.marks if not (isinstance(m, Stroke) and len(m.lines[0]) == len(armhole))
        ]


def _panels_of_colour(
    product: Product, lines: tops.Lines, body: ClothPanel, sleeves: Sequence[ClothPanel]
) -> None:
    """Sew in blocks of another colour: a yoke, a chest band, side panels."""
    block = product.get("block")
    if not block:
        return
    cut = lines.cut
    cloth = Fabric(product.fabric.weave, "solid", (product.accents[0],), 1.0, product.fabric.seed)
    other = Fabric(product.fabric.weave, "solid", (product.accents[1],), 1.0, product.fabric.seed)
    wide = cut.chest + 0.1
    if block == "yoke":
        outline = curves.box(-wide, -0.1, wide, cut.armpit * 0.95)
        body.marks.append(Patch(outline, cloth))
        body.marks += sewing.seam(outline[2:], body.fabric)
    elif block == "chest":
        for top, high, fabric in ((0.0, 0.075, cloth), (0.075, 0.02, other)):
            y = cut.armpit + 0.02 + top
            body.marks.append(Patch(curves.box(-wide, y, wide, y + high), fabric))
    elif block == "lower":
        y = cut.length * 0.62
        body.marks.append(Patch(curves.box(-wide, y, wide, cut.length + 0.1), cloth))
        body.marks += sewing.seam(curves.points((-wide, y), (wide, y)), body.fabric)
    else:
        for seam in (lines.side_right, lines.side_left):
            side = 1 if seam[0, 0] > 0 else -1
            inner = curves.bezier(
                seam[0],
                seam[0] - (side * 0.07, -0.15),
                seam[-1] - (side * 0.05, 0.15),
                seam[-1] - (side * 0.02, 0),
                24,
            )
            body.marks.append(Patch(np.concatenate([seam + (side * 0.05, 0), inner[::-1]]), cloth))
            body.marks.append(Stroke([inner], 0.004, product.accents[1], 0.9))


def _decorate(
    product: Product, lines: tops.Lines, body: ClothPanel, rng: np.random.Generator, scale: float
) -> None:
    """Print the chest, or put a small sign on it, or a pocket."""
    cut = lines.cut
    kind = product.get("print")
    if kind in PRINTS:
        wide = cut.chest * min(1.5, product.get("print_size", 1.1))
        picture = draw_print(kind, product.accents, product.fabric.seed, int(wide * scale * 1.1))
        high = wide * picture.shape[0] / picture.shape[1]
        centre = (
            product.get("print_x", 0.0) * cut.chest,
            max(cut.neck_depth + 0.06 + high / 2, cut.armpit + 0.05),
        )
        body.marks.append(Decal(picture, centre, wide, rng.normal(0, 0.01), product.get("print_ink", 0.92)))
    elif kind == "sign":
        picture = draw_print(
            "emblem", product.accents, product.fabric.seed, int(max(10, 0.036 * scale * 1.2))
        )
        body.marks.append(Decal(picture, (cut.chest * 0.45, cut.armpit * 0.78), 0.036))
    if product.get("pocket"):
        x, y, wide = cut.chest * 0.48, cut.armpit + 0.01, cut.chest * 0.22
        outline = curves.points(
            (x - wide, y),
            (x + wide, y),
            (x + wide, y + 2.1 * wide),
            (x, y + 2.5 * wide),
            (x - wide, y + 2.1 * wide),
        )
        cloth = (
            body.fabric
            if product.get("pocket") == "self"
            else Fabric(body.fabric.weave, "solid", (product.accents[0],))
        )
        body.marks.append(Patch(outline, cloth, shadow=0.4))
        closed = np.concatenate([outline, outline[:1]])
        body.marks.append(
            sewing.stitches((closed - (x, y + wide)) * 0.93 + (x, y + wide), sewing.thread(cloth), 0.0013)
        )
        body.marks += sewing.seam(curves.points((x - wide, y + 0.016), (x + wide, y + 0.016)), cloth, 0.35)
