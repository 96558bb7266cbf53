"""Skirts: shapes, pleats, tiers, borders."""

import numpy as np

from ..cloth.fabrics import Fabric
from ..drawing.colours import Rgb
from ..names import PATTERN_WORDS
from .common import (
    BUTTONS,
    DENIMS,
    METALS,
    THREADS,
    Design,
    denim_tone,
    inks_of,
    near,
    palette,
    pattern_fabric,
    pick,
)


def design_skirt(rng: np.random.Generator, colour: str, tint: np.random.Generator) -> Design:
    """Design a skirt: `rng` decides cut and pattern, `tint` the shades of the colour."""
    gender = pick(rng, {"Women": 80, "Girls": 20})
    kind = pick(
        rng,
        {
            "a-line": 16,
            "pencil": 16,
            "flared": 15,
            "pleated": 13,
            "box": 5,
            "tiered": 11,
            "maxi": 12,
            "mini": 7,
            "denim": 12,
            "wrap": 5,
            "bubble": 3,
        },
    )
    if gender == "Girls" and kind in ("pencil", "wrap", "maxi"):
        kind = pick(rng, {"flared": 3, "pleated": 3, "tiered": 3, "denim": 2})
    base, others, _ = palette(colour, rng, tint)
    patterns = {
        "solid": 40,
        "floral": 9,
        "dots": 6,
        "plaid": 6,
        "bloom": 5,
        "ditsy": 5,
        "leaves": 3,
        "gingham": 3,
        "paisley": 3,
        "block": 3,
        "leopard": 2,
        "brush": 2,
        "chevron": 2,
        "tropical": 2,
        "houndstooth": 1,
        "ikat": 2,
        "multistripe": 3,
        "tiedye": 1,
        "jaal": 2,
        "stars": 1,
    }
    if kind in ("pencil", "box"):
        patterns = {
            "solid": 55,
            "houndstooth": 8,
            "plaid": 10,
            "windowpane": 6,
            "pinstripe": 6,
            "floral": 6,
            "leopard": 4,
            "dots": 4,
        }
    if kind in ("pleated",):
        patterns = {"solid": 60, "plaid": 26, "gingham": 5, "dots": 4, "multistripe": 4}
    pattern = pick(rng, patterns)
    weave = {
        "pencil": "crepe",
        "pleated": "twill",
        "box": "wool",
        "mini": "twill",
        "maxi": "rayon",
        "flared": "rayon",
    }.get(kind, "cotton")
    if weave == "crepe" and rng.random() < 0.2:
        weave = "satin"
    fabric = pattern_fabric(weave, pattern, colour, base, others, rng)
    if pattern == "houndstooth":
        fabric = Fabric(weave, pattern, fabric.colours, fabric.scale * 0.6, fabric.seed)
    details: dict[str, float | str] = {
        "kind": kind,
        "long": near(rng, 1.0, 0.06),
        "flare": near(rng, 1.0, 0.07),
        "full": near(rng, 1.0, 0.2),
        "band": float(np.round(rng.uniform(0.022, 0.045), 4)),
    }
    ink = inks_of(colour, base, others)
    accents: tuple[Rgb, ...] = (ink[0], ink[1], BUTTONS[int(rng.integers(0, 4))])
    words = [PATTERN_WORDS[fabric.pattern]]
    if kind == "denim":
        base = denim_tone(colour, tint)
        fabric = Fabric("denim" if colour in DENIMS else "twill", "solid", (base,), 1.0, fabric.seed)
        accents = (THREADS[int(rng.integers(0, 3))], base, METALS[int(rng.integers(0, len(METALS)))])
        details["wash"] = float(np.round(rng.uniform(0.2, 1.1) * (1.0 if colour in DENIMS else 0.3), 3))
        words = ["Washed"]
    else:
        if kind in ("flared", "maxi", "tiered", "bubble") and rng.random() < 0.8:
            details["gathers"] = float(rng.integers(14, 30))
        if kind in ("flared", "maxi", "tiered") and rng.random() < 0.4:
            details["elastic"] = 1.0
        if kind in ("pleated", "box"):
            details["pleats"] = float(rng.integers(9, 22) if kind == "pleated" else rng.integers(4, 8))
        if kind == "tiered":
            details["tiers"] = float(rng.integers(2, 5))
            if rng.random() < 0.3:
                details["tier_contrast"] = 1.0
        if kind in ("flared", "a-line", "maxi") and rng.random() < 0.28:
            details["border"] = pick(rng, {"bands": 3, "print": 3, "lace": 1})
        if kind in ("a-line", "mini", "box") and rng.random() < 0.35:
            details["buttons"] = 1.0
        elif kind in ("a-line", "mini", "flared") and rng.random() < 0.3:
            details["pockets"] = 1.0
        if kind == "pencil" and rng.random() < 0.5:
            details["slit"] = 1.0
        if rng.random() < 0.10:
            details["belt"] = 1.0
        elif rng.random() < 0.08:
            details["bow"] = 1.0
        elif rng.random() < 0.12:
            details["band_contrast"] = 1.0
    words.append(
        {
            "a-line": "A-Line",
            "box": "Box Pleat",
            "mini": "Mini",
            "maxi": "Maxi",
            "bubble": "Bubble",
            "wrap": "Wrap",
        }.get(kind, kind.capitalize())
    )
    usage = (
        "Formal"
        if kind in ("pencil", "box") and fabric.pattern in ("solid", "houndstooth", "windowpane", "pinstripe")
        else "Casual"
    )
    return Design(
        gender,
        fabric,
        accents,
        details,
        " ".join([*words, "Skirt"]),
        usage,
        ("Summer", "Spring", "Fall"),
        0.3,
    )
