"""Kurtas: necks, yokes, borders, embroidery."""

import numpy as np

from ..names import PATTERN_WORDS
from .common import Design, inks_of, near, palette, pattern_fabric, pick


def design_kurta(rng: np.random.Generator, colour: str, tint: np.random.Generator) -> Design:
    """Design a kurta: `rng` decides cut and pattern, `tint` the shades of the colour."""
    gender = pick(rng, {"Women": 72, "Men": 18, "Boys": 5, "Girls": 5})
    base, others, _ = palette(colour, rng, tint)
    male = gender in ("Men", "Boys")
    patterns = {
        "solid": 30,
        "buti": 13,
        "block": 9,
        "paisley": 7,
        "jaal": 6,
        "floral": 8,
        "ikat": 6,
        "ditsy": 4,
        "leaves": 4,
        "mosaic": 3,
        "bloom": 3,
        "dots": 2,
        "awning": 2,
        "chevron": 1,
        "ombre": 1,
    }
    if male:
        patterns = {
            "solid": 62,
            "buti": 12,
            "pinstripe": 6,
            "ikat": 4,
            "block": 5,
            "paisley": 4,
            "awning": 3,
            "plaid": 2,
        }
    pattern = pick(rng, patterns)
    if colour == "Multi":
        pattern = pick(rng, {"ikat": 3, "bloom": 3, "paisley": 2, "mosaic": 2, "block": 2, "jaal": 2})
    weave = pick(rng, {"cotton": 6, "rayon": 3, "linen": 3 if male else 1.5, "silk": 2, "crepe": 1})
    fabric = pattern_fabric(weave, pattern, colour, base, others, rng)
    details: dict[str, float | str] = {
        "neck": pick(
            rng,
            {"mandarin": 9, "round": 1}
            if male
            else {"round": 9, "mandarin": 7, "vee": 4, "notch": 5, "keyhole": 3, "scoop": 4, "boat": 2},
        ),
        "sleeve": pick(
            rng,
            {"long": 9, "three": 1}
            if male
            else {"three": 10, "elbow": 5, "short": 6, "long": 3, "none": 5, "cap": 3},
        ),
        "wide": near(rng, 1.0, 0.03),
        "long": near(rng, 1.0 if not male else 0.95, 0.05),
        "flare": near(rng, 0.6 if male else 1.0, 0.25 if not male else 0.12),
        "slit": float(np.round(rng.uniform(0.18, 0.34), 3)),
        "lift": near(rng, 1.0, 0.10),
        "ease": near(rng, 1.0, 0.2),
    }
    words = [PATTERN_WORDS[fabric.pattern]]
    dear = 0.2
    trims = {"plain": 4, "block": 4, "buti": 3, "zari": 4, "paisley": 2, "ikat": 2, "mosaic": 2, "floral": 1}
    details["trim"] = pick(rng, trims)
    if male:
        details |= {
            "placket": pick(rng, {"self": 7, "contrast": 2, "embroidered": 2}),
            "placket_long": near(rng, 0.25, 0.03),
            "buttons": float(rng.integers(3, 6)),
        }
        if rng.random() < 0.15:
            details["collar_contrast"] = 1.0
        if rng.random() < 0.12:
            details["border"] = "narrow"
        if rng.random() < 0.15:
            details["yoke"] = "spray"
    else:
        if rng.random() < 0.62:
            details["border"] = pick(rng, {"wide": 5, "narrow": 4, "lines": 2})
            if rng.random() < 0.6:
                details["cuffs"] = 1.0
        yoke = pick(
            rng, {"none": 8, "straight": 3, "round": 3, "bib": 4, "embroidered": 4, "spray": 2, "panel": 2}
        )
        if yoke != "none":
            details["yoke"] = yoke
            dear += 0.2
        if (
            details["neck"] in ("mandarin", "round", "vee")
            and yoke in ("none", "straight", "panel")
            and rng.random() < 0.6
        ):
            details |= {
                "placket": pick(rng, {"self": 4, "contrast": 3, "embroidered": 4}),
                "placket_long": near(rng, 0.2, 0.04),
                "buttons": float(rng.integers(3, 7)),
            }
        if rng.random() < 0.35:
            details["piping"] = 1.0
        if rng.random() < 0.18:
            details["sleeve_contrast"] = 1.0
        if rng.random() < 0.16:
            details["empire"] = 1.0
        if rng.random() < 0.14:
            details["tail"] = 0.06
    if details.get("yoke") in ("embroidered", "spray") or details.get("placket") == "embroidered":
        words.append("Embroidered")
        dear += 0.2
    ink = inks_of(colour, base, others)
    words.append(
        {
            "mandarin": "Mandarin Collar",
            "vee": "V-Neck",
            "round": "Straight",
            "notch": "Notch Neck",
            "keyhole": "Keyhole Neck",
            "scoop": "Scoop Neck",
            "boat": "Boat Neck",
        }[str(details["neck"])]
    )
    gold = (0.80, 0.64, 0.30)
    third = gold if rng.random() < 0.4 else ink[2]
    return Design(
        gender,
        fabric,
        (ink[0], ink[1], third),
        details,
        " ".join([*words, "Kurta"]),
        "Ethnic",
        ("Summer", "Fall"),
        dear,
    )
