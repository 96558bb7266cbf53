"""Fabrics: a weave (grain, crumpling, sheen) and a pattern, as colours at points of the cloth in metres."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..drawing.colours import Rgb, rgb
from ..drawing.noise import lattice, stream
from .motifs import TILES, draw_tile


@dataclass(frozen=True)
class Weave:
    """How a cloth feels."""

    crumple: float  # how much it wrinkles
    grain: float  # how strongly single threads differ
    slub: float  # how much longer than wide the thread's unevenness is; below 1: across
    sheen: float  # how much it shines
    twill: float = 0.0  # strength of diagonal lines
    rib: float = 0.0  # strength of the knit's ribs


WEAVES: dict[str, Weave] = {
    "jersey": Weave(0.55, 0.018, 2.0, 0.04),
    "pique": Weave(0.50, 0.016, 1.0, 0.03),
    "melange": Weave(0.55, 0.05, 0.4, 0.03),
    "slub": Weave(0.7, 0.035, 0.15, 0.03),
    "sport": Weave(0.45, 0.012, 1.0, 0.22),
    "rib": Weave(0.30, 0.015, 3.0, 0.04, rib=0.10),
    "poplin": Weave(0.85, 0.009, 1.0, 0.07),
    "oxford": Weave(0.80, 0.020, 1.0, 0.04),
    "linen": Weave(1.6, 0.045, 0.35, 0.03),
    "flannel": Weave(0.6, 0.025, 1.0, 0.0),
    "chambray": Weave(0.9, 0.035, 0.4, 0.03),
    "denim": Weave(0.8, 0.050, 4.0, 0.05, twill=0.06),
    "twill": Weave(0.6, 0.014, 1.0, 0.06, twill=0.04),
    "cotton": Weave(1.1, 0.014, 1.0, 0.05),
    "rayon": Weave(0.7, 0.012, 1.0, 0.10),
    "satin": Weave(0.6, 0.008, 1.0, 0.35),
    "silk": Weave(0.9, 0.03, 0.2, 0.22),
    "crepe": Weave(0.45, 0.010, 1.0, 0.05),
    "wool": Weave(0.35, 0.022, 1.0, 0.0),
    "corduroy": Weave(0.4, 0.02, 4.0, 0.05, rib=0.16),
}


@dataclass(frozen=True)
class Fabric:
    """A cloth: its weave, its pattern, the pattern's colours (RGB, 0 to 1) and its measure."""

    weave: str
    pattern: str
    colours: tuple[Rgb, ...]
    scale: float = 1.0
    seed: int = 0

    def colour_at(self, u: np.ndarray, v: np.ndarray, scale: float) -> np.ndarray:
        """Return the unlit colour at the points u (across) and v (along), metres.

        Parameters
        ----------
        u, v : ndarray of float32, broadcastable to (h, w)
            Points of the cloth.
        scale : float
            Pixels a metre: what is finer than a pixel melts into its mean instead of flickering.

        Returns
        -------
        ndarray of float32, shape (h, w, 3)
        """
        u, v = np.broadcast_arrays(u, v)
        if self.pattern in TILES:
            return _tiled(self, u, v, scale)
        return PATTERNS[self.pattern](self, u, v, np.float32(1.0 / scale))

    def plain(self, index: int = 0, factor: float = 1.0) -> "Fabric":
        """Return the same weave in one of its colours, lighter or darker by `factor`."""
        colour = self.colours[index % len(self.colours)]
        return Fabric(self.weave, "solid", (rgb(min(1.0, c * factor) for c in colour),), 1.0, self.seed)


def weave_of(fabric: Fabric) -> Weave:
    """Return the weave of a fabric."""
    return WEAVES[fabric.weave]


def grain_of(fabric: Fabric, rng: np.random.Generator, height: int, width: int, scale: float) -> np.ndarray:
    """Return what the threads do to the brightness, float32 (height, width), about 1."""
    weave = weave_of(fabric)
    fade = min(1.0, scale / 700.0)
    long = max(1.0, weave.slub * 1.4 * fade)
    wide = max(1.0, 1.4 * fade / weave.slub)
    fine = lattice(rng, int(height / long), int(width / min(wide, 12.0)), height, width)
    grain = 1.0 + np.float32(weave.grain * fade) * fine
    if weave.twill and scale > 350.0:
        rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]
        grain += np.float32(weave.twill * fade) * (((rows + columns) % 3) - 1)
    if weave.rib:
        period = max(3.0, 0.005 * scale)
        ridge = np.cos(2 * np.pi * np.arange(width, dtype=np.float32) / np.float32(period))
        grain += np.float32(weave.rib * fade) * ridge[None, :]
    return grain


def bars(at: np.ndarray, period: float, share: float, pixel: np.float32, shift: float = 0.0) -> np.ndarray:
    """Return even bars, float32 0 to 1: `share` of each `period` is 1, edges a pixel wide."""
    phase = (at / np.float32(period) + np.float32(shift)) % 1.0
    edge = np.abs(phase - 0.5) * np.float32(period)
    sharp = np.clip((np.float32(share * period / 2) - edge) / pixel + 0.5, 0.0, 1.0)
    return sharp if period > 2 * pixel else np.full_like(sharp, share)


def mix(base: np.ndarray, colour: Rgb, weight: np.ndarray) -> np.ndarray:
    """Return `base` (h, w, 3) or one colour, with `colour` laid over it by `weight` (h, w)."""
    return base + (np.asarray(colour, np.float32) - base) * weight[..., None]


def _ground(fabric: Fabric, u: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.asarray(fabric.colours[0], np.float32), (*u.shape, 3))


def _solid(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    return _ground(fabric, u).copy()


def _melange(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    rng = stream(fabric.seed, "melange")
    flecks = lattice(rng, int(u.shape[0] * 0.8), max(2, int(u.shape[1] * 0.35)), *u.shape)
    return mix(_ground(fabric, u), fabric.colours[1], np.clip(0.35 + 0.30 * flecks, 0.0, 0.85))


def _breton(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    return mix(_ground(fabric, u), fabric.colours[1], bars(v, 0.032 * fabric.scale, 0.42, pixel))


def _sequence(fabric: Fabric, at: np.ndarray, pixel: np.float32, name: str) -> list[tuple[Rgb, np.ndarray]]:
    """Return the bars of a stripe that repeats: two to five of different width and colour."""
    rng = stream(fabric.seed, "stripes", name)
    period = 0.11 * fabric.scale * rng.uniform(0.75, 1.3)
    found, start = [], 0.0
    for _ in range(rng.integers(2, 6)):
        wide = rng.choice([0.03, 0.06, 0.12, 0.2], p=[0.35, 0.3, 0.2, 0.15])
        colour = fabric.colours[rng.integers(1, len(fabric.colours))]
        start += rng.uniform(0.04, 0.16) + wide
        if start > 0.97:
            break
        found.append((colour, bars(at, period, wide, pixel, -start + wide / 2 + 0.5)))
    return found


def _multistripe(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    cloth = _ground(fabric, u)
    for colour, weight in _sequence(fabric, v, pixel, "across"):
        cloth = mix(cloth, colour, weight)
    return cloth


def _pinstripe(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    return mix(_ground(fabric, u), fabric.colours[1], 0.8 * bars(u, 0.014 * fabric.scale, 0.16, pixel))


def _bengal(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    return mix(_ground(fabric, u), fabric.colours[1], 0.9 * bars(u, 0.012 * fabric.scale, 0.48, pixel))


def _awning(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    cloth = _ground(fabric, u)
    for colour, weight in _sequence(fabric, u, pixel, "down"):
        cloth = mix(cloth, colour, 0.92 * weight)
    return cloth


def _gingham(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    period = 0.018 * fabric.scale
    down, across = bars(u, period, 0.5, pixel), bars(v, period, 0.5, pixel)
    return mix(_ground(fabric, u), fabric.colours[1], 0.5 * (down + across))


def _windowpane(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    period = 0.045 * fabric.scale
    lines = np.maximum(bars(u, period, 0.06, pixel), bars(v, period * 1.15, 0.05, pixel))
    cloth = mix(_ground(fabric, u), fabric.colours[1], 0.85 * lines)
    if len(fabric.colours) > 2:
        shifted = np.maximum(bars(u, period, 0.06, pixel, 0.5), bars(v, period * 1.15, 0.05, pixel, 0.5))
        cloth = mix(cloth, fabric.colours[2], 0.8 * shifted)
    return cloth


def _plaid(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    """Weave a sett both ways: where bars cross, threads of both show, half each."""
    rng = stream(fabric.seed, "plaid")
    period = 0.075 * fabric.scale * rng.uniform(0.6, 1.4)
    sett = []
    for _ in range(rng.integers(2, 5)):
        colour = fabric.colours[rng.integers(1, len(fabric.colours))]
        sett.append(
            (rng.uniform(0, 1), rng.choice([0.035, 0.07, 0.3, 0.42], p=[0.34, 0.26, 0.22, 0.18]), colour)
        )
    sett.sort(key=lambda bar: -bar[1])
    cloth = _ground(fabric, u)
    for shift, share, colour in sett:
        cloth = mix(cloth, colour, 0.55 * bars(u, period, share, pixel, shift))
        cloth = mix(cloth, colour, 0.50 * bars(v, period * 1.06, share, pixel, shift))
    return cloth


def _dots(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    period = 0.030 * fabric.scale
    cloth = _ground(fabric, u)
    radius = 0.26 * period
    for shift in (0.0, 0.5):
        du = ((u / np.float32(period) + np.float32(shift)) % 1.0 - 0.5) * np.float32(period)
        dv = ((v / np.float32(period) + np.float32(shift)) % 1.0 - 0.5) * np.float32(period)
        inside = np.clip((np.float32(radius) - np.sqrt(du * du + dv * dv)) / pixel + 0.5, 0, 1)
        cloth = mix(cloth, fabric.colours[1], inside)
    return cloth


def _chevron(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    period = 0.05 * fabric.scale
    saw = np.abs((u / np.float32(period)) % 1.0 - 0.5) * np.float32(period)
    cloth = mix(_ground(fabric, u), fabric.colours[1], bars(v + saw, period, 0.35, pixel))
    return mix(cloth, fabric.colours[-1], bars(v + saw, period, 0.1, pixel, 0.5))


def _clouds(fabric: Fabric, u: np.ndarray, v: np.ndarray, size: float, name: str) -> np.ndarray:
    """Return noise fixed to the cloth rather than to the picture, sampled at u, v."""
    field = stream(fabric.seed, name).standard_normal((24, 24)).astype(np.float32)
    a, b = u / np.float32(size), v / np.float32(size)
    r, c = np.floor(b).astype(np.int32), np.floor(a).astype(np.int32)
    fr, fc = b - r, a - c
    fr, fc = fr * fr * (3 - 2 * fr), fc * fc * (3 - 2 * fc)
    r0, r1, c0, c1 = r % 24, (r + 1) % 24, c % 24, (c + 1) % 24
    upper = field[r0, c0] * (1 - fc) + field[r0, c1] * fc
    return upper * (1 - fr) + (field[r1, c0] * (1 - fc) + field[r1, c1] * fc) * fr


def _camouflage(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    cloth = _ground(fabric, u)
    for index, colour in enumerate(fabric.colours[1:4]):
        field = _clouds(fabric, u, v, 0.06 * fabric.scale, f"blot{index}")
        field = field + 0.4 * _clouds(fabric, u, v, 0.025 * fabric.scale, f"edge{index}")
        cloth = mix(cloth, colour, np.clip((field - 0.55) * np.float32(0.03 / pixel) + 0.5, 0, 1))
    return cloth


def _tiedye(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    rng = stream(fabric.seed, "tie")
    cx, cy = rng.uniform(-0.08, 0.08), rng.uniform(0.15, 0.45)
    du, dv = u - np.float32(cx), v - np.float32(cy)
    radius = np.sqrt(du * du + dv * dv) + 0.025 * _clouds(fabric, u, v, 0.05, "fray")
    turn = np.arctan2(dv, du) / np.float32(2 * np.pi)
    phase = radius * np.float32(rng.uniform(6, 10)) + turn * rng.integers(0, 3)
    cloth = _ground(fabric, u)
    for index, colour in enumerate(fabric.colours[1:4]):
        wave = 0.5 + 0.5 * np.sin(np.float32(2 * np.pi) * (phase + np.float32(index * 0.37)))
        cloth = mix(cloth, colour, np.clip(wave * 1.3 - 0.35, 0, 1) * 0.85)
    return cloth


def _ombre(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    ramp = np.clip((v - np.float32(0.12)) / np.float32(0.55 * fabric.scale), 0, 1)
    ramp = ramp + 0.04 * _clouds(fabric, u, v, 0.05, "ombre")
    return mix(_ground(fabric, u), fabric.colours[1], np.clip(ramp, 0, 1))


def _houndstooth(fabric: Fabric, u: np.ndarray, v: np.ndarray, pixel: np.float32) -> np.ndarray:
    period = 0.02 * fabric.scale
    down, across = bars(u, period, 0.5, pixel), bars(v, period, 0.5, pixel)
    twill = bars(u + v, period / 2, 0.5, pixel)
    return mix(
        _ground(fabric, u), fabric.colours[1], down * across + (down + across - 2 * down * across) * twill
    )


PATTERNS = {
    "solid": _solid,
    "melange": _melange,
    "breton": _breton,
    "multistripe": _multistripe,
    "pinstripe": _pinstripe,
    "bengal": _bengal,
    "awning": _awning,
    "gingham": _gingham,
    "windowpane": _windowpane,
    "plaid": _plaid,
    "dots": _dots,
    "chevron": _chevron,
    "camouflage": _camouflage,
    "tiedye": _tiedye,
    "ombre": _ombre,
    "houndstooth": _houndstooth,
}


@lru_cache(maxsize=6)
def _tile(pattern: str, colours: tuple[Rgb, ...], seed: int, size: int) -> np.ndarray:
    return draw_tile(pattern, colours, seed, size)


def _tiled(fabric: Fabric, u: np.ndarray, v: np.ndarray, scale: float) -> np.ndarray:
    """Return the colours of a pattern that is drawn once and repeated."""
    side = TILES[fabric.pattern] * fabric.scale
    size = int(min(512, max(12, round(side * scale))))
    tile = _tile(fabric.pattern, fabric.colours, fabric.seed, size)
    row, column = (v / np.float32(side) % 1.0) * size, (u / np.float32(side) % 1.0) * size
    r, c = row.astype(np.int32) % size, column.astype(np.int32) % size
    fr, fc = (row - np.floor(row))[..., None], (column - np.floor(column))[..., None]
    r2, c2 = (r + 1) % size, (c + 1) % size
    upper = tile[r, c] * (1 - fc) + tile[r, c2] * fc
    lower = tile[r2, c] * (1 - fc) + tile[r2, c2] * fc
    return upper * (1 - fr) + lower * fr
