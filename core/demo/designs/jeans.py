"""Jeans: fits, washes, rips."""

import numpy as np

from ..cloth.fabrics import Fabric
from ..drawing.colours import rgb
from .common import DENIMS, METALS, THREADS, YEAR_ROUND, Design, denim_tone, near, pick


def design_jeans(rng: np.random.Generator, colour: str, tint: np.random.Generator) -> Design:
    """Design a pair of jeans: `rng` decides cut and pattern, `tint` the shades of the colour."""
    gender = pick(rng, {"Men": 48, "Women": 36, "Boys": 8, "Girls": 6, "Unisex": 2})
    female = gender in ("Women", "Girls")
    fits = (
        {
            "skinny": 22,
            "straight": 10,
            "bootcut": 9,
            "flared": 7,
            "wide": 9,
            "cropped": 10,
            "slim": 6,
            "tapered": 3,
        }
        if female
        else {
            "straight": 24,
            "slim": 24,
            "skinny": 8,
            "bootcut": 8,
            "relaxed": 14,
            "tapered": 10,
            "wide": 3,
            "cropped": 2,
        }
    )
    fit = pick(rng, fits)
    base = denim_tone(colour, tint)
    wash = pick(rng, {"raw": 30, "faded": 35, "washed": 25, "acid": 10})
    strength = {"raw": 0.0, "faded": 0.55, "washed": 0.95, "acid": 1.25}[wash]
    if colour not in DENIMS:
        strength *= 0.35
    details: dict[str, float | str] = {
        "fit": fit,
        "wash": round(strength * float(rng.uniform(0.85, 1.15)), 3),
        "wide": near(rng, 1.0, 0.025),
        "long": near(rng, 1.0, 0.025),
        "rise": near(rng, 1.0, 0.05),
        "stance": float(np.round(rng.uniform(0.002, 0.030), 4)),
        "ease": near(rng, 1.0, 0.25),
    }
    words = [{"raw": "Solid", "faded": "Faded", "washed": "Washed", "acid": "Acid Washed"}[wash]]
    if rng.random() < 0.17:
        details["rips"] = float(rng.integers(1, 4))
        words.append("Ripped")
    if rng.random() < 0.13 and fit in ("straight", "slim", "relaxed", "cropped", "tapered"):
        details["turn_up"] = 1.0
    if rng.random() < 0.75:
        details["rivets"] = 1.0
    thread = THREADS[int(rng.integers(0, len(THREADS)))]
    if colour not in DENIMS or rng.random() < 0.2:
        thread = rgb(min(1.0, c * 0.75 + 0.08) for c in base)
    weave = "denim" if colour in DENIMS else "twill"
    fabric = Fabric(weave, "solid", (base,), 1.0, int(rng.integers(0, 2**31)))
    words.append(
        {"cropped": "Cropped", "wide": "Wide Leg", "flared": "Flared"}.get(fit, f"{fit.capitalize()} Fit")
    )
    return Design(
        gender,
        fabric,
        (thread, base, METALS[int(rng.integers(0, len(METALS)))]),
        details,
        " ".join([*words, "Jeans"]),
        "Casual",
        YEAR_ROUND,
        0.3 + 0.1 * strength,
    )
