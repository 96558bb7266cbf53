"""Shirts: cloth and checks, collars, cuffs and pockets."""

import numpy as np

from ..cloth.fabrics import Fabric
from ..names import PATTERN_WORDS
from .common import (
    BUTTONS,
    Design,
    inks_of,
    near,
    palette,
    pattern_fabric,
    pick,
)


def design_shirt(rng: np.random.Generator, colour: str, tint: np.random.Generator) -> Design:
    """Design a shirt: `rng` decides cut and pattern, `tint` the shades of the colour."""
    gender = pick(rng, {"Men": 66, "Women": 20, "Boys": 10, "Girls": 4})
    base, others, _ = palette(colour, rng, tint)
    patterns = {
        "solid": 34,
        "plaid": 24,
        "gingham": 8,
        "windowpane": 5,
        "pinstripe": 7,
        "bengal": 5,
        "awning": 6,
        "dots": 3,
    }
    patterns |= {
        "ditsy": 3,
        "floral": 2,
        "tropical": 3,
        "leaves": 2,
        "triangles": 1,
        "paisley": 1,
        "brush": 1,
    }
    if gender in ("Women", "Girls"):
        patterns |= {"floral": 6, "dots": 6, "ditsy": 6, "leopard": 2}
    pattern = pick(rng, patterns)
    weave = pick(rng, {"poplin": 6, "oxford": 3, "linen": 2, "chambray": 1, "satin": 0.5, "twill": 1})
    if pattern == "plaid":
        weave = pick(rng, {"flannel": 3, "cotton": 3, "poplin": 2})
    fabric = pattern_fabric(weave, pattern, colour, base, others, rng)
    if pattern == "solid" and fabric.pattern == "tiedye":
        fabric = Fabric("cotton", "plaid", fabric.colours, fabric.scale, fabric.seed)
    sleeve = pick(rng, {"long": 46, "rolled": 22, "short": 32})
    details: dict[str, float | str] = {
        "sleeve": sleeve,
        "pockets": pick(rng, {"none": 35, "one": 45, "two": 20}),
        "collar": pick(rng, {"plain": 5, "wide": 2, "button": 2, "band": 1.6}),
        "wide": near(rng, 1.0, 0.035),
        "long": near(rng, 1.0, 0.03),
        "lift": near(rng, 1.0, 0.12),
        "arm": near(rng, 1.0, 0.03),
        "ease": near(rng, 1.0, 0.18),
        "tail": pick(rng, {"0.07": 6, "0.0": 2, "0.1": 2}),
        "open": near(rng, 1.0, 0.12),
    }
    details["tail"] = float(details["tail"])
    if details["pockets"] == "two" and rng.random() < 0.6:
        details["flap"] = 1.0
    if pattern in ("plaid", "gingham") and rng.random() < 0.45:
        details["bias"] = 1.0
    if gender in ("Women", "Girls") and rng.random() < 0.6:
        details["darts"] = 1.0
        details["pockets"] = "none"
    if rng.random() < 0.10:
        details["hidden"] = 1.0
    if rng.random() < 0.12 and gender != "Girls":
        details["western"] = 1.0
        details["pockets"], details["flap"] = "two", 1.0
    contrast = rng.random()
    if contrast < 0.09 and pattern == "solid":
        details["contrast"] = "collar"
    elif contrast < 0.16 and pattern == "solid":
        details["contrast"] = "placket"
    if sleeve == "rolled" and rng.random() < 0.5:
        details["lining"] = 1.0
    buttons = BUTTONS[0] if rng.random() < 0.62 else BUTTONS[int(rng.integers(1, 4))]
    formal = (
        sleeve == "long"
        and pattern in ("solid", "pinstripe", "bengal")
        and weave in ("poplin", "twill", "satin")
        and gender == "Men"
    )
    words = [PATTERN_WORDS[fabric.pattern]]
    if details["collar"] == "band":
        words.append("Band Collar")
    words.append(
        {"long": "Formal" if formal else "Casual", "rolled": "Roll-Up Sleeve", "short": "Short Sleeve"}[
            sleeve
        ]
    )
    ink = inks_of(colour, base, others)
    return Design(
        gender,
        fabric,
        (ink[0], ink[1], buttons),
        details,
        " ".join([*words, "Shirt"]),
        "Formal" if formal else "Casual",
        ("Fall", "Winter") if weave == "flannel" else ("Summer", "Fall"),
        0.3 + 0.2 * formal,
    )
