"""T-shirts: necks, sleeves, prints, pockets and blocks of colour."""

import numpy as np

from ..names import PATTERN_WORDS
from .common import (
    YEAR_ROUND,
    Design,
    inks_of,
    near,
    palette,
    pattern_fabric,
    pick,
)


def design_tshirt(rng: np.random.Generator, colour: str, tint: np.random.Generator) -> Design:
    """Design a t-shirt: `rng` decides cut and pattern, `tint` the shades of the colour."""
    gender = pick(rng, {"Men": 50, "Women": 26, "Boys": 11, "Girls": 8, "Unisex": 5})
    base, others, _ = palette(colour, rng, tint)
    female = gender in ("Women", "Girls")
    necks = (
        {"crew": 46, "vee": 16, "scoop": 14, "boat": 5}
        if female
        else {"crew": 46, "polo": 24, "vee": 12, "henley": 9, "raglan": 9}
    )
    neck = pick(rng, necks)
    patterns = {
        "solid": 52,
        "melange": 9,
        "breton": 9,
        "multistripe": 10,
        "tiedye": 3,
        "ombre": 2,
        "camouflage": 2,
        "dots": 2,
    }
    if female:
        patterns |= {"dots": 6, "hearts": 4, "stars": 4, "floral": 5, "ditsy": 4, "leopard": 2, "bloom": 2}
    else:
        patterns |= {"triangles": 2, "leaves": 2, "brush": 2, "tropical": 2}
    if neck == "raglan":
        patterns = {"solid": 9, "melange": 2}
    pattern = pick(rng, patterns)
    if colour == "Grey Melange":
        pattern = "melange"
    weave = {"polo": "pique", "scoop": "slub"}.get(neck, pick(rng, {"jersey": 8, "slub": 2, "sport": 2}))
    fabric = pattern_fabric(weave, pattern, colour, base, others, rng)
    details: dict[str, float | str] = {"neck": neck}
    sleeve = pick(rng, {"short": 76, "long": 14, "cap": 10 if female else 0})
    if neck == "raglan":
        sleeve = pick(rng, {"short": 3, "long": 2})
        details["sleeve_contrast"] = 1.0
    details["sleeve"] = sleeve
    details |= {
        "wide": near(rng, 1.0, 0.035),
        "long": near(rng, 1.0, 0.03),
        "arm": near(rng, 1.0, 0.06),
        "lift": near(rng, 1.0, 0.12),
        "ease": near(rng, 1.0, 0.18),
    }
    words, usage, dear = [], "Casual", 0.15
    if rng.random() < (0.5 if neck == "polo" else 0.16):
        details["ringer"] = 1.0
        if neck == "polo" and rng.random() < 0.6:
            details["tipped"] = 1.0
    plain = fabric.pattern in ("solid", "melange", "ombre")
    if plain and neck not in ("polo", "henley") and rng.random() < 0.72:
        kinds = {
            "sunset": 3,
            "peaks": 3,
            "waves": 3,
            "emblem": 4,
            "slogan": 4,
            "college": 4,
            "bands": 3,
            "splash": 2,
            "botanical": 3,
            "rings": 2,
            "lowpoly": 2,
            "love": 1,
            "animal": 1,
            "rocket": 1,
        }
        if gender in ("Boys", "Girls"):
            kinds |= {"animal": 9, "rocket": 8, "love": 6 if female else 0}
        elif female:
            kinds |= {"botanical": 8, "love": 4}
        details |= {
            "print": pick(rng, kinds),
            "print_size": near(rng, 1.38, 0.2),
            "print_ink": near(rng, 0.92, 0.04),
        }
        words.append("Printed")
        dear += 0.1
    elif (plain and neck == "polo" and rng.random() < 0.55) or (plain and rng.random() < 0.25):
        details["print"] = "sign"
    elif rng.random() < 0.22 and neck != "polo":
        details["pocket"] = "self" if rng.random() < 0.5 else "contrast"
    if plain and "print" not in details and "pocket" not in details and rng.random() < 0.5:
        details["block"] = pick(rng, {"yoke": 3, "chest": 3, "lower": 3, "sides": 3})
        words.append("Colourblocked")
    if weave == "sport" and fabric.weave == "sport":
        usage, words = "Sports", ["Training", *words]
    if not words:
        words.append(PATTERN_WORDS[fabric.pattern])
    words.append(
        {
            "crew": "Round Neck",
            "vee": "V-Neck",
            "scoop": "Scoop Neck",
            "boat": "Boat Neck",
            "polo": "Polo",
            "henley": "Henley",
            "raglan": "Raglan",
        }[neck]
    )
    if sleeve == "long":
        words.append("Long Sleeve")
    ink = inks_of(colour, base, others)
    return Design(
        gender,
        fabric,
        ink,
        details,
        " ".join([*words, "T-shirt"]),
        usage,
        YEAR_ROUND[:2] if sleeve != "long" else ("Fall", "Winter"),
        dear + (0.25 if neck == "polo" else 0),
    )
