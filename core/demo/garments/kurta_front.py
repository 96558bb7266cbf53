"""The front of a kurta: yoke, placket, collar, and the cloth of its trims."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

import numpy as np

from ..canvas import ClothPanel, Decal, Mark, Patch, Stroke
from ..cloth.embroidery import embroidery, raised
from ..cloth.fabrics import Fabric
from ..drawing import curves
from ..drawing.noise import stream
from ..product import Product
from . import sewing, tops
from .details import button


def trim_cloth(product: Product) -> Fabric:
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


def add_yoke(product: Product, lines: tops.Lines, body: ClothPanel, trim: Fabric, scale: float) -> None:
    """Sew a yoke, a bib, a panel or embroidery on the body, and gather it below the bust."""
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
        ornament = raised(embroidery("yoke", product.accents, product.fabric.seed, size, 0.95))
        wide = (cut.neck + 0.065) * 2
        body.marks.append(Decal(ornament, (0.0, cut.neck_depth * 0.62 + wide * 0.20), wide))
    elif kind == "spray":
        size = int(max(12, 0.24 * scale))
        ornament = raised(embroidery("spray", product.accents, product.fabric.seed, size, 1.1))
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
        body.marks += sewing.seam(line, body.fabric, 0.6)
        for _ in range(26):
            x = stream(product.seed, "empire", _).uniform(-0.95, 0.95) * cut.waist
            body.folds.append((x, y + 0.008, np.pi / 2, 0.10, 0.006, 0.0026, 0.002))


def opening(
    product: Product, lines: tops.Lines, trim: Fabric, rng: np.random.Generator, scale: float
) -> list[ClothPanel]:
    """Return the neck: facing or collar, and the placket with buttons or embroidery."""
    cut, fabric = lines.cut, product.fabric
    neck = product.get("neck", "round")
    edge_cloth = trim if product.get("piping") else fabric.plain() if fabric.pattern == "solid" else fabric
    found: list[ClothPanel] = []
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
            sewing.stitches(
                curves.points((s * half * 0.78, top), (s * half * 0.78 + sway, top + deep)),
                sewing.thread(cloth, 0.6),
                0.0012,
                0.6,
            )
            for s in (-1, 1)
        ]
        if placket == "embroidered":
            aspect = (deep + 0.02) / (2.8 * half)
            ornament = raised(
                embroidery(
                    "placket", product.accents, product.fabric.seed, int(max(8, 3.2 * half * scale)), aspect
                )
            )
            marks = [Decal(ornament, (0.0, top + deep / 2), 2.8 * half)]
            strip = strip * (1.5, 1.0)
        found.append(
            ClothPanel(
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
            ClothPanel(
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
                        product.accents[0] if product.get("piping") else sewing.thread(fabric, 0.7),
                        0.9,
                    )
                ],
            )
        )
    if neck == "mandarin":
        found += mandarin_collar(lines, trim if product.get("collar_contrast") else fabric)
    else:
        deep = 0.013 if product.get("piping") else 0.011
        found.append(
            ClothPanel(
                tops.below_shoulder(lines, curves.ribbon(lines.neckline, 0.001, -deep)),
                edge_cloth,
                depth=0.003,
                radius=0.006,
                wrinkle=0.2,
                shadow=0.25,
                reach=0.003,
                marks=[
                    sewing.stitches(
                        curves.offset(lines.neckline, -deep + 0.002),
                        sewing.thread(edge_cloth, 0.65),
                        0.0012,
                        0.5,
                    )
                ],
                name="facing",
            )
        )
    return found


def mandarin_collar(lines: tops.Lines, cloth: Fabric) -> list[ClothPanel]:
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
        ClothPanel(
            inside, cloth, depth=0.0, wrinkle=0.3, tint=0.66, shadow=0.0, dusk=0.3, name="collar inside"
        )
    ]
    line = lines.neckline
    for side in (1, -1):
        half = line[len(line) // 2 :] if side > 0 else line[: len(line) // 2 + 1][::-1]
        half = half + (side * 0.003, 0.0)
        lift = np.linspace(rise * 0.72, rise * 1.0, len(half))
        lift[:3] *= (0.55, 0.8, 0.95)
        inner = half * (0.90, 1.0) - lift[:, None] * (0.0, 1.0)
        inner[:, 1] = np.maximum(inner[:, 1], np.interp(inner[:, 0], roof[:, 0], roof[:, 1]))
        outline = np.concatenate([half + (0, 0.004), inner[::-1]])
        marks: list[Mark] = [
            sewing.stitches(half * (0.99, 1) - (0, 0.003), sewing.thread(cloth, 0.6), 0.0012, 0.6),
            sewing.stitches(inner + (0, 0.004), sewing.thread(cloth, 0.6), 0.0012, 0.5),
        ]
        panels.append(
            ClothPanel(
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
