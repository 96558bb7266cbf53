"""What a designer decides: for each class, a cut, a cloth, a pattern and its colours, by chance."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .colours import is_light, partners, tone
from .fabrics import Fabric, Rgb
from .names import PATTERN_WORDS

YEAR_ROUND = ("Summer", "Fall", "Winter", "Spring")


@dataclass
class Design:
    """One design in one colour."""

    gender: str
    fabric: Fabric
    accents: tuple[Rgb, ...]
    details: dict[str, float | str]
    words: str  # what the name says of it
    usage: str = "Casual"
    seasons: tuple[str, ...] = ("Summer", "Fall")
    dear: float = 0.3


@dataclass
class Designer:
    """Makes designs of one class; `weights` says which colours the class comes in more often."""

    make: Callable[[np.random.Generator, str, np.random.Generator], Design]
    weights: dict[str, int] = field(default_factory=dict)

    def __call__(self, rng: np.random.Generator, colour: str, tint: np.random.Generator) -> Design:
        """Design a garment: `rng` decides the cut and pattern, `tint` the shades of the colour."""
        return self.make(rng, colour, tint)


def _pick(rng: np.random.Generator, options: dict) -> str:
    """Return one of the keys, by weight."""
    names = list(options)
    weights = np.array([options[name] for name in names], dtype=np.float64)
    return names[int(np.searchsorted(np.cumsum(weights / weights.sum()), rng.random()))]


def _pattern_fabric(weave, pattern, colour, base, others, rng) -> Fabric:
    seed = int(rng.integers(0, 2**31))
    scale = float(np.round(rng.uniform(0.75, 1.35), 2))
    if colour == "Multi" and pattern in ("solid", "melange"):
        pattern = "tiedye"
    if pattern == "melange":
        mate = (
            tuple(min(1.0, c * 0.72 + 0.02) for c in base)
            if sum(base) > 1.2
            else tuple(c * 0.7 + 0.3 * 0.75 for c in base)
        )
        return Fabric("melange", "melange", (base, mate), 1.0, seed)
    return Fabric(weave, pattern, (base, *others), scale, seed)


def _palette(colour, rng, tint, n=4) -> tuple[Rgb, tuple[Rgb, ...], tuple[str, ...]]:
    names = partners(colour, tint, n)
    return tone(colour, tint), tuple(tone(name, tint) for name in names), names


def _tshirt(rng, colour, tint) -> Design:
    gender = _pick(rng, {"Men": 50, "Women": 26, "Boys": 11, "Girls": 8, "Unisex": 5})
    base, others, _ = _palette(colour, rng, tint)
    female = gender in ("Women", "Girls")
    necks = (
        {"crew": 46, "vee": 16, "scoop": 14, "boat": 5}
        if female
        else {"crew": 46, "polo": 24, "vee": 12, "henley": 9, "raglan": 9}
    )
    neck = _pick(rng, necks)
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
    pattern = _pick(rng, patterns)
    if colour == "Grey Melange":
        pattern = "melange"
    weave = {"polo": "pique", "scoop": "slub"}.get(neck, _pick(rng, {"jersey": 8, "slub": 2, "sport": 2}))
    fabric = _pattern_fabric(weave, pattern, colour, base, others, rng)
    details: dict[str, float | str] = {"neck": neck}
    sleeve = _pick(rng, {"short": 76, "long": 14, "cap": 10 if female else 0})
    if neck == "raglan":
        sleeve = _pick(rng, {"short": 3, "long": 2})
        details["sleeve_contrast"] = 1.0
    details["sleeve"] = sleeve
    details |= {
        "wide": _near(rng, 1.0, 0.035),
        "long": _near(rng, 1.0, 0.03),
        "arm": _near(rng, 1.0, 0.06),
        "lift": _near(rng, 1.0, 0.12),
        "ease": _near(rng, 1.0, 0.18),
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
            "print": _pick(rng, kinds),
            "print_size": _near(rng, 1.22, 0.2),
            "print_ink": _near(rng, 0.92, 0.04),
        }
        words.append("Printed")
        dear += 0.1
    elif (plain and neck == "polo" and rng.random() < 0.55) or (plain and rng.random() < 0.25):
        details["print"] = "sign"
    elif rng.random() < 0.22 and neck != "polo":
        details["pocket"] = "self" if rng.random() < 0.5 else "contrast"
    if plain and "print" not in details and "pocket" not in details and rng.random() < 0.5:
        details["block"] = _pick(rng, {"yoke": 3, "chest": 3, "lower": 3, "sides": 3})
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
    ink = _inks(colour, base, others)
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


def _inks(colour: str, base: Rgb, others: tuple[Rgb, ...]) -> tuple[Rgb, ...]:
    """Return colours that can be told from the cloth, the strongest first."""

    def apart(ink):
        return abs(sum(ink) - sum(base)) + sum(abs(a - b) for a, b in zip(ink, base, strict=True))

    return tuple(sorted(others, key=apart, reverse=True))


def _near(rng, middle, spread) -> float:
    return float(
        np.round(np.clip(rng.normal(middle, spread), middle - 2.2 * spread, middle + 2.2 * spread), 3)
    )


BUTTONS = ((0.93, 0.92, 0.89), (0.30, 0.24, 0.20), (0.12, 0.12, 0.13), (0.55, 0.42, 0.30))


def _shirt(rng, colour, tint) -> Design:
    gender = _pick(rng, {"Men": 66, "Women": 20, "Boys": 10, "Girls": 4})
    base, others, _ = _palette(colour, rng, tint)
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
    pattern = _pick(rng, patterns)
    weave = _pick(rng, {"poplin": 6, "oxford": 3, "linen": 2, "chambray": 1, "satin": 0.5, "twill": 1})
    if pattern == "plaid":
        weave = _pick(rng, {"flannel": 3, "cotton": 3, "poplin": 2})
    fabric = _pattern_fabric(weave, pattern, colour, base, others, rng)
    if pattern == "solid" and fabric.pattern == "tiedye":
        fabric = Fabric("cotton", "plaid", fabric.colours, fabric.scale, fabric.seed)
    sleeve = _pick(rng, {"long": 46, "rolled": 22, "short": 32})
    details: dict[str, float | str] = {
        "sleeve": sleeve,
        "pockets": _pick(rng, {"none": 35, "one": 45, "two": 20}),
        "collar": _pick(rng, {"plain": 5, "wide": 2, "button": 2, "band": 1.6}),
        "wide": _near(rng, 1.0, 0.035),
        "long": _near(rng, 1.0, 0.03),
        "lift": _near(rng, 1.0, 0.12),
        "arm": _near(rng, 1.0, 0.03),
        "ease": _near(rng, 1.0, 0.18),
        "tail": _pick(rng, {"0.07": 6, "0.0": 2, "0.1": 2}),
        "open": _near(rng, 1.0, 0.12),
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
    ink = _inks(colour, base, others)
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


DENIMS: dict[str, tuple[str, ...]] = {
    "Blue": ("35527d", "2f4a70", "4a6b98", "6b8cb5", "8ba8c8", "27405f"),
    "Navy Blue": ("1d2940", "222f4a", "1a2338"),
    "Black": ("1f2023", "26272a", "191a1c"),
    "Grey": ("6f7379", "888c91", "5a5e64"),
    "Charcoal": ("3c3f44", "45484d"),
}
THREADS = ((0.80, 0.56, 0.27), (0.72, 0.48, 0.22), (0.86, 0.72, 0.46), (0.55, 0.58, 0.64), (0.90, 0.88, 0.84))
METALS = ((0.70, 0.55, 0.36), (0.66, 0.66, 0.68), (0.45, 0.36, 0.28), (0.60, 0.45, 0.32))


def _denim(colour: str, tint: np.random.Generator) -> Rgb:
    if colour not in DENIMS:
        base = tone(colour, tint)
        return tuple(0.9 * c + 0.1 * 0.55 for c in base)
    code = DENIMS[colour][int(tint.integers(0, len(DENIMS[colour])))]
    return tuple(
        round(int(code[i : i + 2], 16) / 255 * float(tint.uniform(0.94, 1.06)), 4) for i in (0, 2, 4)
    )


def _jeans(rng, colour, tint) -> Design:
    gender = _pick(rng, {"Men": 48, "Women": 36, "Boys": 8, "Girls": 6, "Unisex": 2})
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
    fit = _pick(rng, fits)
    base = _denim(colour, tint)
    wash = _pick(rng, {"raw": 30, "faded": 35, "washed": 25, "acid": 10})
    strength = {"raw": 0.0, "faded": 0.55, "washed": 0.95, "acid": 1.25}[wash]
    if colour not in DENIMS:
        strength *= 0.35
    details: dict[str, float | str] = {
        "fit": fit,
        "wash": round(strength * float(rng.uniform(0.85, 1.15)), 3),
        "wide": _near(rng, 1.0, 0.025),
        "long": _near(rng, 1.0, 0.025),
        "rise": _near(rng, 1.0, 0.05),
        "stance": float(np.round(rng.uniform(0.002, 0.030), 4)),
        "ease": _near(rng, 1.0, 0.25),
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
        thread = tuple(min(1.0, c * 0.75 + 0.08) for c in base)
    fabric = Fabric("denim", "solid", (base,), 1.0, int(rng.integers(0, 2**31)))
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


def _skirt(rng, colour, tint) -> Design:
    gender = _pick(rng, {"Women": 80, "Girls": 20})
    kind = _pick(
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
        kind = _pick(rng, {"flared": 3, "pleated": 3, "tiered": 3, "denim": 2})
    base, others, _ = _palette(colour, rng, tint)
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
    pattern = _pick(rng, patterns)
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
    fabric = _pattern_fabric(weave, pattern, colour, base, others, rng)
    if pattern == "houndstooth":
        fabric = Fabric(weave, pattern, fabric.colours, fabric.scale * 0.6, fabric.seed)
    details: dict[str, float | str] = {
        "kind": kind,
        "long": _near(rng, 1.0, 0.06),
        "flare": _near(rng, 1.0, 0.07),
        "full": _near(rng, 1.0, 0.2),
        "band": float(np.round(rng.uniform(0.022, 0.045), 4)),
    }
    ink = _inks(colour, base, others)
    accents: tuple[Rgb, ...] = (ink[0], ink[1], BUTTONS[int(rng.integers(0, 4))])
    words = [PATTERN_WORDS[fabric.pattern]]
    if kind == "denim":
        base = _denim(colour, tint)
        fabric = Fabric("denim", "solid", (base,), 1.0, fabric.seed)
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
            details["border"] = _pick(rng, {"bands": 3, "print": 3, "lace": 1})
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


def _kurta(rng, colour, tint) -> Design:
    gender = _pick(rng, {"Women": 72, "Men": 18, "Boys": 5, "Girls": 5})
    base, others, _ = _palette(colour, rng, tint)
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
    pattern = _pick(rng, patterns)
    if colour == "Multi":
        pattern = _pick(rng, {"ikat": 3, "bloom": 3, "paisley": 2, "mosaic": 2, "block": 2, "jaal": 2})
    weave = _pick(rng, {"cotton": 6, "rayon": 3, "linen": 3 if male else 1.5, "silk": 2, "crepe": 1})
    fabric = _pattern_fabric(weave, pattern, colour, base, others, rng)
    details: dict[str, float | str] = {
        "neck": _pick(
            rng,
            {"mandarin": 9, "round": 1}
            if male
            else {"round": 9, "mandarin": 7, "vee": 4, "notch": 5, "keyhole": 3, "scoop": 4, "boat": 2},
        ),
        "sleeve": _pick(
            rng,
            {"long": 9, "three": 1}
            if male
            else {"three": 10, "elbow": 5, "short": 6, "long": 3, "none": 5, "cap": 3},
        ),
        "wide": _near(rng, 1.0, 0.03),
        "long": _near(rng, 1.0 if not male else 0.95, 0.05),
        "flare": _near(rng, 0.6 if male else 1.0, 0.25 if not male else 0.12),
        "slit": float(np.round(rng.uniform(0.18, 0.34), 3)),
        "lift": _near(rng, 1.0, 0.10),
        "ease": _near(rng, 1.0, 0.2),
    }
    words = [PATTERN_WORDS[fabric.pattern]]
    dear = 0.2
    trims = {"plain": 4, "block": 4, "buti": 3, "zari": 4, "paisley": 2, "ikat": 2, "mosaic": 2, "floral": 1}
    details["trim"] = _pick(rng, trims)
    if male:
        details |= {
            "placket": _pick(rng, {"self": 7, "contrast": 2, "embroidered": 2}),
            "placket_long": _near(rng, 0.25, 0.03),
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
            details["border"] = _pick(rng, {"wide": 5, "narrow": 4, "lines": 2})
            if rng.random() < 0.6:
                details["cuffs"] = 1.0
        yoke = _pick(
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
                "placket": _pick(rng, {"self": 4, "contrast": 3, "embroidered": 4}),
                "placket_long": _near(rng, 0.2, 0.04),
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
    ink = _inks(colour, base, others)
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


DESIGNERS: dict[str, Designer] = {
    "Tshirts": Designer(
        _tshirt,
        {
            "White": 6,
            "Black": 6,
            "Blue": 6,
            "Navy Blue": 5,
            "Grey": 4,
            "Red": 5,
            "Green": 4,
            "Yellow": 3,
            "Pink": 3,
            "Purple": 2,
            "Grey Melange": 3,
        },
    ),
    "Shirts": Designer(
        _shirt,
        {
            "White": 6,
            "Blue": 7,
            "Black": 4,
            "Navy Blue": 4,
            "Red": 4,
            "Green": 3,
            "Purple": 3,
            "Grey": 4,
            "Pink": 3,
            "Grey Melange": 0,
        },
    ),
    "Jeans": Designer(
        _jeans,
        dict.fromkeys(
            (
                "Yellow",
                "Orange",
                "Magenta",
                "Grey Melange",
                "Multi",
                "Burgundy",
                "Cream",
                "Mustard",
                "Sea Green",
                "Off White",
            ),
            0,
        )
        | {"Blue": 50, "Navy Blue": 18, "Black": 16, "Grey": 8, "Charcoal": 4, "White": 3},
    ),
    "Skirts": Designer(
        _skirt, {"Blue": 6, "Black": 6, "Navy Blue": 4, "Pink": 4, "Grey": 3, "Red": 4, "Grey Melange": 0}
    ),
    "Kurtas": Designer(
        _kurta,
        {
            "White": 4,
            "Blue": 3,
            "Green": 3,
            "Red": 3,
            "Pink": 3,
            "Maroon": 3,
            "Grey Melange": 0,
            "Charcoal": 0,
        },
    ),
}
"""Who designs each class. (A solid brief line keeps the colours of real shops: jeans are mostly blue.)"""

__all__ = ["DESIGNERS", "Design", "is_light"]
