"""The drawing board: cut cloth, print on it, light it, and lay it over what is there already.

A garment is a list of panels, from the back to the front, in metres. The board finds out where they lie in
the picture, so every drawing scales with its size, and so does its cost.
"""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from .cloth.fabrics import Fabric, grain_of, weave_of
from .drawing.colours import Rgb
from .drawing.noise import lattice, resize_field, stream
from .drawing.shading import Fold, Light, add_folds, crumple, illuminate, roundness


@dataclass(frozen=True)
class Stroke:
    """Lines on cloth: a seam, a row of stitches."""

    lines: list[np.ndarray]
    width: float  # metres
    colour: Rgb
    opacity: float = 1.0
    dash: float = 0.0  # length of a stitch, 0 for an unbroken line


@dataclass(frozen=True)
class Patch:
    """A piece of cloth (or of anything flat) on the cloth of a panel, folding as it folds."""

    outline: np.ndarray
    fabric: Fabric | Rgb
    opacity: float = 1.0
    shadow: float = 0.0  # how dark the edge it throws is
    angle: float = 0.0  # of its weave
    origin: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Decal:
    """A picture printed, or sewn, on cloth: RGBA float32 (n, m, 4), placed by its centre and width."""

    picture: np.ndarray
    centre: tuple[float, float]
    width: float
    angle: float = 0.0
    opacity: float = 1.0


Mark = Stroke | Patch | Decal
Fade = tuple[float, float, float, float, float, float]
"""A worn place of denim: x, y, radius x, radius y, angle, strength."""


@dataclass
class ClothPanel:
    """One piece of cloth and how it hangs."""

    outline: np.ndarray
    fabric: Fabric
    origin: tuple[float, float] = (0.0, 0.0)  # of the weave
    angle: float = 0.0  # of the weave
    volume: np.ndarray | None = None  # what swells; None: the outline
    radius: float = 0.07
    depth: float = 0.035
    folds: list[Fold] = field(default_factory=list)
    drapes: list[Fold] = field(default_factory=list)
    waves: list[tuple[float, float, float, float]] = field(default_factory=list)  # see `_waves`
    wrinkle: float = 1.0  # share of the fabric's own crumpling
    shadow: float = 0.35  # thrown on what lies behind
    reach: float = 0.012  # how far it throws it, metres
    tint: float = 1.0  # below 1 where little light comes
    dusk: float = 0.0  # how much darker it is at its lower end
    marks: list[Mark] = field(default_factory=list)
    wash: list[Fade] = field(default_factory=list)
    name: str = "panel"


@dataclass(frozen=True)
class Window:
    """A rectangle of the board: where it lies, and where its pixels are in metres."""

    top: int
    left: int
    height: int
    width: int
    x: np.ndarray
    y: np.ndarray


class Board:
    """A picture being drawn: colour already weighted by coverage, and coverage."""

    def __init__(
        self, height: int, width: int, bounds: tuple[float, float, float, float], fill: float, seed: int
    ) -> None:
        left, top, right, bottom = bounds
        self.height, self.width, self.seed = height, width, seed
        self.scale = fill * min(height / (bottom - top), width / (right - left))
        self.shift = (
            width / 2 - self.scale * (left + right) / 2,
            height / 2 - self.scale * (top + bottom) / 2,
        )
        self.colour = np.zeros((height, width, 3), np.float32)
        self.cover = np.zeros((height, width), np.float32)
        self.supersample = 4 if height <= 320 else 3

    def pixels(self, outline: np.ndarray) -> np.ndarray:
        """Return points in metres as points in pixels."""
        return np.asarray(outline) * self.scale + self.shift

    def window(self, outline: np.ndarray, margin: int = 1) -> Window | None:
        """Return the smallest rectangle around `outline`, or None where it is off the board."""
        at = self.pixels(outline)
        left = max(0, int(np.floor(at[:, 0].min())) - margin)
        top = max(0, int(np.floor(at[:, 1].min())) - margin)
        right = min(self.width, int(np.ceil(at[:, 0].max())) + margin)
        bottom = min(self.height, int(np.ceil(at[:, 1].max())) + margin)
        if right - left < 2 or bottom - top < 2:
            return None
        x = ((np.arange(left, right) + 0.5 - self.shift[0]) / self.scale).astype(np.float32)
        y = ((np.arange(top, bottom) + 0.5 - self.shift[1]) / self.scale).astype(np.float32)
        return Window(top, left, bottom - top, right - left, x, y)

    def coverage(self, outline: np.ndarray, window: Window) -> np.ndarray:
        """Return how much of each pixel of `window` lies inside `outline`, float32 0 to 1."""
        s = self.supersample
        mask = Image.new("L", (window.width * s, window.height * s))
        at = (self.pixels(outline) - (window.left, window.top)) * s - 0.5
        ImageDraw.Draw(mask).polygon([(px, py) for px, py in at.tolist()], fill=255)
        return np.asarray(mask.reduce(s), dtype=np.float32) / np.float32(255.0)

    def inked(self, stroke: Stroke, window: Window) -> np.ndarray:
        """Return how much of each pixel of `window` the lines of `stroke` cover, float32 0 to 1."""
        s = self.supersample
        mask = Image.new("L", (window.width * s, window.height * s))
        draw = ImageDraw.Draw(mask)
        wide = stroke.width * self.scale * s
        thin = min(1.0, wide)
        for line in stroke.lines:
            at = (self.pixels(line) - (window.left, window.top)) * s - 0.5
            for piece in _dashes(at, stroke.dash * self.scale * s):
                draw.line([(px, py) for px, py in piece.tolist()], fill=255, width=max(1, round(wide)))
        return np.asarray(mask.reduce(s), dtype=np.float32) * np.float32(thin * stroke.opacity / 255.0)

    def lay(self, panel: ClothPanel, light: Light) -> None:
        """Draw one panel over what is on the board."""
        window = self.window(panel.outline)
        if window is None:
            return
        cover = self.coverage(panel.outline, window)
        shade, slope_x, slope_y = self._shade(panel, window, light)
        bend = np.float32(0.010)
        x, y = window.x[None, :] + bend * slope_x, window.y[:, None] + bend * slope_y
        cloth = self._cloth(panel.fabric, x, y, panel.origin, panel.angle)
        if panel.wash:
            cloth = _wash(cloth, window, panel, self.seed)
        for mark in panel.marks:
            self._mark(cloth, mark, window, x, y)
        rng = stream(self.seed, "grain", panel.name)
        cloth = cloth * grain_of(panel.fabric, rng, window.height, window.width, self.scale)[..., None]
        lit = _expose(cloth, shade * np.float32(panel.tint * light.strength), weave_of(panel.fabric).sheen)
        if panel.dusk:
            fall = np.linspace(0.0, 1.0, window.height, dtype=np.float32)[:, None, None]
            lit = lit * (1.0 - np.float32(panel.dusk) * fall)
        if panel.shadow:
            self._throw(panel, light)
        rows = slice(window.top, window.top + window.height)
        columns = slice(window.left, window.left + window.width)
        self.colour[rows, columns] *= (1.0 - cover)[..., None]
        self.colour[rows, columns] += lit * cover[..., None]
        self.cover[rows, columns] = cover + self.cover[rows, columns] * (1.0 - cover)

    def rgba(self) -> np.ndarray:
        """Return the board as uint8 (height, width, 4), colour not weighted by coverage."""
        colour = self.colour / np.maximum(self.cover, 1e-3)[..., None]
        picture = np.concatenate([colour, self.cover[..., None]], axis=2)
        return np.floor(np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)

    def _shade(self, panel: ClothPanel, window: Window, light: Light) -> list[np.ndarray]:
        """Return shade and slopes of a panel; worked out on a coarser grid, since light changes slowly."""
        step = max(1, round(self.height / 320))
        shape = (max(4, window.height // step), max(4, window.width // step))
        metres = (window.y[-1] - window.y[0]) / (shape[0] - 1)
        x = np.linspace(window.x[0], window.x[-1], shape[1], dtype=np.float32)
        y = np.linspace(window.y[0], window.y[-1], shape[0], dtype=np.float32)
        height = np.zeros(shape, np.float32)
        if panel.depth:
            volume = panel.outline if panel.volume is None else panel.volume
            half = (max(3, shape[0] // 2), max(3, shape[1] // 2))
            mask = resize_field(self.coverage(volume, window), *half, smooth=False)
            swell = roundness(mask, metres * shape[0] / half[0], panel.radius, panel.depth)
            height += resize_field(swell, *shape)
        add_folds(height, x, y, panel.folds, pulled=True)
        add_folds(height, x, y, panel.drapes, pulled=False)
        for wave in panel.waves:
            height += _waves(x, y, wave)
        weave = weave_of(panel.fabric)
        extent = (float(y[-1] - y[0]), float(x[-1] - x[0]))
        rng = stream(self.seed, "crumple", panel.name)
        for size, high in ((0.06, 0.0016), (0.025, 0.0006)) if panel.wrinkle else ():
            height += np.float32(high * weave.crumple * panel.wrinkle) * crumple(rng, extent, shape, size)
        shade, *slopes = illuminate(height, float(metres), light)
        # Only folds bend the pattern: at single wrinkles a stripe would look drawn by a shaking hand.
        slopes = [ndimage.gaussian_filter(s, max(0.7, 0.007 / metres), mode="nearest") for s in slopes]
        return [resize_field(f, window.height, window.width) for f in (shade, *slopes)]

    def _cloth(
        self, fabric: Fabric | Rgb, x: np.ndarray, y: np.ndarray, origin: tuple[float, float], angle: float
    ) -> np.ndarray:
        """Return the unlit colour of a fabric at the points x, y, float32 (h, w, 3)."""
        shape = np.broadcast_shapes(x.shape, y.shape)
        if not isinstance(fabric, Fabric):
            return np.broadcast_to(np.asarray(fabric, np.float32), (*shape, 3)).copy()
        dx, dy = x - np.float32(origin[0]), y - np.float32(origin[1])
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        return fabric.colour_at(dx * cos + dy * sin, dy * cos - dx * sin, self.scale)

    def _mark(self, cloth: np.ndarray, mark: Mark, window: Window, x: np.ndarray, y: np.ndarray) -> None:
        """Print one mark on the unlit cloth, in place."""
        if isinstance(mark, Stroke):
            ink = self.inked(mark, window)[..., None]
            cloth += (np.asarray(mark.colour, np.float32) - cloth) * ink
        elif isinstance(mark, Patch):
            cover = self.coverage(mark.outline, window)
            if mark.shadow:
                blurred = _blur(cover, max(0.6, 0.003 * self.scale))
                cloth *= (1.0 - np.float32(mark.shadow) * blurred * (1.0 - cover))[..., None]
            inner = self.window(mark.outline)
            if inner is None:
                return
            top, left = max(0, inner.top - window.top), max(0, inner.left - window.left)
            bottom = min(window.height, inner.top + inner.height - window.top)
            right = min(window.width, inner.left + inner.width - window.left)
            if top >= bottom or left >= right:
                return
            rows, columns = slice(top, bottom), slice(left, right)
            patch = self._cloth(mark.fabric, x[rows, columns], y[rows, columns], mark.origin, mark.angle)
            part = cloth[rows, columns]
            part += (patch - part) * (cover[rows, columns, None] * np.float32(mark.opacity))
        else:
            self._print(cloth, mark, x, y)

    def _print(self, cloth: np.ndarray, decal: Decal, x: np.ndarray, y: np.ndarray) -> None:
        """Print a picture on the unlit cloth, in place; it bends with the folds, as x and y do."""
        rows, columns = decal.picture.shape[:2]
        cos, sin = np.float32(np.cos(decal.angle)), np.float32(np.sin(decal.angle))
        dx, dy = x - np.float32(decal.centre[0]), y - np.float32(decal.centre[1])
        per = np.float32(columns / decal.width)
        u, v = (dx * cos + dy * sin) * per + columns / 2, (dy * cos - dx * sin) * per + rows / 2
        inside = (u > 1) & (u < columns - 1) & (v > 1) & (v < rows - 1)
        hit_rows, hit_columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        if not len(hit_rows):
            return
        area = (slice(hit_rows[0], hit_rows[-1] + 1), slice(hit_columns[0], hit_columns[-1] + 1))
        u, v = np.clip(u[area] - 0.5, 0, columns - 1.001), np.clip(v[area] - 0.5, 0, rows - 1.001)
        ink = bilinear(decal.picture, v, u)
        strength = ink[..., 3:] * np.float32(decal.opacity) * inside[area][..., None]
        cloth[area] += (ink[..., :3] - cloth[area]) * strength

    def _throw(self, panel: ClothPanel, light: Light) -> None:
        """Darken what lies behind a panel, close to its edge and a little to the lamp's far side."""
        soft = max(0.8, panel.reach * self.scale)
        wide = self.window(panel.outline, margin=int(3 * soft) + 2)
        if wide is None:
            return
        shifted = panel.outline + np.array([-light.side, light.above]) * panel.reach * 0.6
        shadow = _blur(self.coverage(shifted, wide), soft)
        rows, columns = slice(wide.top, wide.top + wide.height), slice(wide.left, wide.left + wide.width)
        self.colour[rows, columns] *= (1.0 - np.float32(panel.shadow) * shadow)[..., None]


def bilinear(picture: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return `picture` at broken rows and columns, all inside it."""
    r, c = row.astype(np.int32), column.astype(np.int32)
    fr, fc = (row - r)[..., None], (column - c)[..., None]
    r2, c2 = np.minimum(r + 1, picture.shape[0] - 1), np.minimum(c + 1, picture.shape[1] - 1)
    upper = picture[r, c] * (1 - fc) + picture[r, c2] * fc
    lower = picture[r2, c] * (1 - fc) + picture[r2, c2] * fc
    return upper * (1 - fr) + lower * fr


def _blur(mask: np.ndarray, sigma: float) -> np.ndarray:
    """Return a float32 mask softened by `sigma` pixels."""
    picture = Image.fromarray((mask * 255.0 + 0.5).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(sigma)), dtype=np.float32) / np.float32(255.0)


def _dashes(line: np.ndarray, long: float) -> list[np.ndarray]:
    """Return `line` cut into stitches `long` pixels long with gaps half as long; whole where too fine."""
    if long < 3.0:
        return [line]
    steps = np.sqrt((np.diff(line, axis=0) ** 2).sum(axis=1))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    starts = np.arange(0.0, along[-1], long * 1.5)
    at = np.stack([starts, np.minimum(starts + long, along[-1])], axis=1)
    ends = np.stack([np.interp(at, along, line[:, i]) for i in (0, 1)], axis=2)
    return list(ends)


def _expose(cloth: np.ndarray, shade: np.ndarray, sheen: float) -> np.ndarray:
    """Return lit cloth: shadows keep their colour, lights go towards white as far as the cloth shines."""
    low = np.minimum(shade, 1.0)[..., None]
    high = np.clip(shade - 1.0, 0.0, 0.6)[..., None]
    dark = cloth * low
    # Black cloth shows its folds by what it reflects, not by what it swallows.
    return dark + (0.25 * cloth + np.float32(0.12 + sheen)) * high * (1.0 - 0.5 * cloth)


def _waves(x: np.ndarray, y: np.ndarray, wave: tuple[float, float, float, float]) -> np.ndarray:
    """Return even folds running down: (how many a metre, phase, height, y from which they grow)."""
    often, phase, high, start = wave
    ramp = np.clip((y - start) / 0.25, 0.0, 1.0)[:, None].astype(np.float32)
    turn = (2 * np.pi * (often * x + phase)).astype(np.float32)[None, :]
    sway = (0.6 * np.sin(5.0 * y + 6.0 * phase)).astype(np.float32)[:, None]
    return np.float32(high) * ramp * np.sin(turn + sway)


def _wash(cloth: np.ndarray, window: Window, panel: ClothPanel, seed: int) -> np.ndarray:
    """Return denim faded where it was worn: each fade is (x, y, radius x, radius y, angle, strength)."""
    worn: np.ndarray = np.zeros(cloth.shape[:2], np.float32)
    for cx, cy, rx, ry, angle, strength in panel.wash:
        cos, sin = np.cos(angle), np.sin(angle)
        dx, dy = window.x[None, :] - cx, window.y[:, None] - cy
        u, v = (dx * cos + dy * sin) / rx, (dy * cos - dx * sin) / ry
        worn += np.float32(strength) * np.exp(-(u * u + v * v)).astype(np.float32)
    cloud = lattice(stream(seed, "wash", panel.name), 14, 9, *cloth.shape[:2])
    worn = np.clip(worn * (1.0 + 0.25 * cloud), -0.6, 0.85)[..., None]
    pale = 0.30 * cloth + np.float32(0.70) * np.array([0.74, 0.80, 0.87], np.float32)
    grey = cloth.mean(axis=2, keepdims=True)
    chroma = np.clip(np.abs(cloth - grey).max(axis=2, keepdims=True) * 8, 0, 1)
    pale = pale * chroma + (1 - chroma) * (0.45 * cloth + 0.55 * 0.78)
    return cloth + (pale - cloth) * np.maximum(worn, 0) + cloth * np.minimum(worn, 0)
