"""What the designers of all classes share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..cloth.fabrics import Fabric
from ..drawing.colours import Rgb, partners, rgb, tone

YEAR_ROUND = ("Summer", "Fall", "Winter", "Spring")


BUTTONS = ((0.93, 0.92, 0.89), (0.30, 0.24, 0.20), (0.12, 0.12, 0.13), (0.55, 0.42, 0.30))


DENIMS: dict[str, tuple[str, ...]] = {
    "Blue": ("35527d", "2f4a70", "4a6b98", "6b8cb5", "8ba8c8", "27405f"),
    "Navy Blue": ("1d2940", "222f4a", "1a2338"),
    "Black": ("1f2023", "26272a", "191a1c"),
    "Grey": ("6f7379", "888c91", "5a5e64"),
    "Charcoal": ("3c3f44", "45484d"),
}


THREADS = ((0.80, 0.56, 0.27), (0.72, 0.48, 0.22), (0.86, 0.72, 0.46), (0.55, 0.58, 0.64), (0.90, 0.88, 0.84))


METALS = ((0.70, 0.55, 0.36), (0.66, 0.66, 0.68), (0.45, 0.36, 0.28), (0.60, 0.45, 0.32))


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


def pick(rng: np.random.Generator, options: dict) -> str:
    """Return one of the keys, by weight."""
    names = list(options)
    weights = np.array([options[name] for name in names], dtype=np.float64)
    return names[int(np.searchsorted(np.cumsum(weights / weights.sum()), rng.random()))]


def pattern_fabric(
    weave: str, pattern: str, colour: str, base: Rgb, others: Sequence[Rgb], rng: np.random.Generator
) -> Fabric:
    """Return a cloth of a pattern in a colour; what has no single colour is tie-dyed rather than plain."""
    seed = int(rng.integers(0, 2**31))
    scale = float(np.round(rng.uniform(0.75, 1.35), 2))
    if colour == "Multi" and pattern in ("solid", "melange"):
        pattern = "tiedye"
    if pattern == "melange":
        mate = (
            rgb(min(1.0, c * 0.72 + 0.02) for c in base)
            if sum(base) > 1.2
            else rgb(c * 0.7 + 0.3 * 0.75 for c in base)
        )
        return Fabric("melange", "melange", (base, mate), 1.0, seed)
    return Fabric(weave, pattern, (base, *others), scale, seed)


def palette(
    colour: str, rng: np.random.Generator, tint: np.random.Generator, n: int = 4
) -> tuple[Rgb, tuple[Rgb, ...], tuple[str, ...]]:
    """Return a shade of the colour, n that go with it, and their names."""
    names = partners(colour, tint, n)
    return tone(colour, tint), tuple(tone(name, tint) for name in names), names


def inks_of(colour: str, base: Rgb, others: tuple[Rgb, ...]) -> tuple[Rgb, ...]:
    """Return colours that can be told from the cloth, the strongest first."""

    def apart(ink: Rgb) -> float:
        return abs(sum(ink) - sum(base)) + sum(abs(a - b) for a, b in zip(ink, base, strict=True))

    return tuple(sorted(others, key=apart, reverse=True))


def near(rng: np.random.Generator, middle: float, spread: float) -> float:
    """Return a measure near `middle`, seldom further away than twice `spread`."""
    return float(
        np.round(np.clip(rng.normal(middle, spread), middle - 2.2 * spread, middle + 2.2 * spread), 3)
    )


def denim_tone(colour: str, tint: np.random.Generator) -> Rgb:
    """Return a shade of denim; other colours than denim has are dyed over it, a little dull."""
    if colour not in DENIMS:
        base = tone(colour, tint)
        return rgb(0.9 * c + 0.1 * 0.55 for c in base)
    code = DENIMS[colour][int(tint.integers(0, len(DENIMS[colour])))]
    return rgb(round(int(code[i : i + 2], 16) / 255 * float(tint.uniform(0.94, 1.06)), 4) for i in (0, 2, 4))
