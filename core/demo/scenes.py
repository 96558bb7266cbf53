"""Everyday photographs of drawn garments: on a floor, a bed or a hanger, askew, badly lit, by a phone."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .backdrops import backdrop
from .canvas import bilinear
from .draw import draw_garment_rgba
from .drawing.noise import lattice, stream
from .drawing.shading import Light, crumple, illuminate
from .plan import plan_catalogue
from .product import Product

_CHANCES = {"sheet": 0.32, "wood": 0.22, "wall": 0.15, "carpet": 0.13, "tiles": 0.10, "concrete": 0.08}


def photograph(
    rgba: np.ndarray, rng: np.random.Generator, height: int, width: int, *, kind: str | None = None
) -> np.ndarray:
    """Set a garment into a home and take a phone's picture of it.

    Parameters
    ----------
    rgba : ndarray of uint8, shape (h, w, 4)
        The garment, cut out, as `draw_garment_rgba` returns it.
    rng : numpy.random.Generator
        Everything is decided by it: turned, in perspective, creased, sometimes cut by the frame, lit from one
        side, tinted, noisy, soft, compressed.
    height, width : int
        Size of the photograph in pixels.
    kind : str, optional
        One of `backdrops.BACKDROPS`; drawn by chance where None.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        At least a good half of the garment is in the frame.
    """
    if kind is None:
        kind = str(rng.choice(list(_CHANCES), p=list(_CHANCES.values())))
    hung = kind == "wall"
    scene = backdrop(kind, rng, height, width)
    cloth, corners = _placed(rgba, rng, height, width, hung)
    cover = cloth[..., 3]
    if hung and rng.random() < 0.7:
        scene = _hanger(scene, corners, rng)
    scene = scene * (1.0 - _shadow(cover, rng, hung))[..., None]
    colour = cloth[..., :3] * _creases(rng, height, width)[..., None]
    scene = scene + (colour - scene) * cover[..., None]
    return _exposed(scene, rng)


def sample_queries(seed: int = 7) -> list[tuple[str, str, np.ndarray]]:
    """Return ready-made queries for a visitor without a photograph at hand.

    Parameters
    ----------
    seed : int
        The same seed gives the same pictures, to within one level.

    Returns
    -------
    list of (name, caption, picture)
        Eight; `name` is fit for a file, the picture uint8 (480, 360, 3) RGB. They show garments that the
        demo catalogue does not hold.
    """
    pool = sample_pool(seed)
    found, used = [], set()
    for k, (name, caption, article_type, wanted, kind) in enumerate(_SAMPLES):
        product = next(p for p in pool if p.article_type == article_type and p.id not in used and wanted(p))
        used.add(product.id)
        rng = stream(seed, "sample", name)
        picture = photograph(draw_garment_rgba(product, 640, 480), rng, 480, 360, kind=kind)
        found.append((f"{k + 1}-{name}", caption, picture))
    return found


def sample_pool(seed: int) -> list[Product]:
    """Return the products that the ready-made queries are picked from; none is in the demo catalogue."""
    return plan_catalogue(seed + 90_000, 320)


def _pattern(*names: str) -> Callable[[Product], bool]:
    return lambda p: p.fabric.pattern in names


def _is(key: str, *values: object) -> Callable[[Product], bool]:
    return lambda p: p.get(key) in values


_SAMPLES = (
    (
        "striped-tee-on-the-floor",
        "Striped t-shirt on a wooden floor",
        "Tshirts",
        _pattern("breton", "multistripe"),
        "wood",
    ),
    ("checked-shirt-on-the-bed", "Checked shirt on a bed", "Shirts", _pattern("plaid", "gingham"), "sheet"),
    (
        "washed-jeans-on-tiles",
        "Washed jeans on tiles",
        "Jeans",
        lambda p: p.base_colour == "Blue" and p.get("wash") > 0.4,
        "tiles",
    ),
    ("pleated-skirt-on-the-carpet", "Pleated skirt on a carpet", "Skirts", _is("kind", "pleated"), "carpet"),
    ("kurta-on-a-hanger", "Kurta on a hanger", "Kurtas", _is("border", "wide", "narrow"), "wall"),
    (
        "printed-tee-on-the-bed",
        "Printed t-shirt, crumpled sheet",
        "Tshirts",
        lambda p: p.get("print", "sign") != "sign",
        "sheet",
    ),
    (
        "formal-shirt-on-a-hanger",
        "Plain shirt against a wall",
        "Shirts",
        lambda p: p.fabric.pattern == "solid" and p.get("sleeve") == "long",
        "wall",
    ),
    (
        "flowered-skirt-on-concrete",
        "Flowered skirt on concrete",
        "Skirts",
        _pattern("floral", "ditsy", "bloom", "leaves", "tropical"),
        "concrete",
    ),
)


def _placed(
    rgba: np.ndarray, rng: np.random.Generator, height: int, width: int, hung: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the garment bent into the frame, float32 (h, w, 4), and where its corners lie, (4, 2) pixels."""
    rows, columns = (
        np.flatnonzero(rgba[..., 3].max(axis=1) > 20),
        np.flatnonzero(rgba[..., 3].max(axis=0) > 20),
    )
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    source = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
    half = np.array([right - left, bottom - top]) / 2.0
    turn = rng.normal(0, 0.05) if hung else _turn(rng)
    cos, sin = np.cos(turn), np.sin(turn)
    box = (abs(half[0] * cos) + abs(half[1] * sin), abs(half[0] * sin) + abs(half[1] * cos))
    fit = min(width / 2 / box[0], height / 2 / box[1])
    # Mostly whole, now and then so near that the frame cuts it.
    scale = fit * (rng.uniform(0.72, 0.97) if rng.random() < 0.72 else rng.uniform(0.97, 1.25))
    shape = (source - source.mean(axis=0)) * scale * (1.0, rng.uniform(0.9, 1.05))
    shape = shape @ np.array([[cos, sin], [-sin, cos]])
    room = np.maximum(0.0, np.array([width, height]) / 2 - np.array(box) * scale)
    centre = (
        np.array([width, height]) / 2
        + room * rng.uniform(-0.8, 0.8, 2)
        + rng.normal(0, 0.02, 2) * (width, height)
    )
    corners = shape + centre + rng.uniform(-0.05, 0.05, (4, 2)) * half * 2 * scale
    matrix = _perspective(corners, source)
    x, y = (
        np.arange(width, dtype=np.float64)[None, :] + 0.5,
        np.arange(height, dtype=np.float64)[:, None] + 0.5,
    )
    depth = matrix[6] * x + matrix[7] * y + 1.0
    u = ((matrix[0] * x + matrix[1] * y + matrix[2]) / depth).astype(np.float32)
    v = ((matrix[3] * x + matrix[4] * y + matrix[5]) / depth).astype(np.float32)
    sway = np.float32(rng.uniform(0.2, 1.0) * 0.022 * (bottom - top) * (0.5 if hung else 1.0))
    u, v = u + sway * lattice(rng, 5, 4, height, width), v + sway * lattice(rng, 5, 4, height, width)
    inside = (u > 1) & (u < rgba.shape[1] - 1) & (v > 1) & (v < rgba.shape[0] - 1)
    shrink = max(1, int(0.6 / scale))
    picture = Image.fromarray(rgba).convert("RGBa")
    weighted = np.asarray(picture.reduce(shrink) if shrink > 1 else picture, dtype=np.float32) / np.float32(
        255
    )
    u = np.clip(u / shrink - 0.5, 0, weighted.shape[1] - 1.001)
    v = np.clip(v / shrink - 0.5, 0, weighted.shape[0] - 1.001)
    cloth = bilinear(weighted, v, u) * inside[..., None]
    cloth[..., :3] /= np.maximum(cloth[..., 3:], 1e-3)
    return cloth, corners


def _turn(rng: np.random.Generator) -> float:
    """Return an angle: phones are held nearly straight, seldom sideways."""
    chance = rng.random()
    if chance < 0.68:
        return rng.normal(0, 0.14)
    if chance < 0.92:
        return rng.normal(0, 0.45)
    return rng.choice([-1.5708, 1.5708, 3.1416]) + rng.normal(0, 0.15)


def _perspective(corners: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Return the eight numbers that take a point of the photograph to a point of the garment's picture."""
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows), np.array(values))


def _shadow(cover: np.ndarray, rng: np.random.Generator, hung: bool) -> np.ndarray:
    """Return how much the garment darkens what it lies on."""
    height = cover.shape[0]
    mask = Image.fromarray((cover * 255).astype(np.uint8))
    total = np.zeros_like(cover)
    for soft, dark in ((0.006, 0.35), (0.03, 0.30 if hung else 0.18)):
        blurred = mask.filter(ImageFilter.GaussianBlur(max(0.6, soft * height)))
        away = (rng.normal(0, soft, 2) * height * (2.0 if hung else 1.0)).astype(int)
        total += (
            np.float32(dark * rng.uniform(0.6, 1.2))
            * np.roll(np.asarray(blurred, np.float32), tuple(away), (0, 1))
            / 255
        )
    return np.clip(total, 0, 0.75)


def _creases(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Return the light on a garment that was not ironed."""
    relief = np.float32(rng.uniform(0.0005, 0.004)) * crumple(
        rng, (1.2, 1.2 * width / height), (height, width), rng.uniform(0.04, 0.09)
    )
    shade, _, _ = illuminate(
        relief, 1.2 / height, Light(side=float(rng.uniform(-1, 1)), above=float(rng.uniform(-0.3, 0.9)))
    )
    return np.clip(shade, 0.45, 1.25)


def _hanger(scene: np.ndarray, corners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a hanger's hook, and its arms where the neck lets them show."""
    height, width = scene.shape[:2]
    picture = Image.new("L", (width * 3, height * 3))
    draw = ImageDraw.Draw(picture)
    (ax, ay), (bx, by) = corners[0] * 3, corners[1] * 3
    x, y, span = (ax + bx) / 2, (ay + by) / 2, max(12.0, float(np.hypot(bx - ax, by - ay)))
    wide = max(2, int(span * 0.018))
    arm = span * 0.30
    draw.line(
        [(x - arm, y + span * 0.17), (x, y + span * 0.01), (x + arm, y + span * 0.17)],
        fill=255,
        width=wide * 2,
    )
    draw.line([(x, y + span * 0.02), (x, y - span * 0.08)], fill=255, width=wide)
    r = span * 0.05
    draw.arc((x - r, y - span * 0.08 - 2 * r + r, x + r, y - span * 0.08 + r), 180, 450, fill=255, width=wide)
    mask = np.asarray(picture.reduce(3), np.float32)[..., None] / np.float32(255)
    metal = np.array(
        ((0.55, 0.55, 0.57), (0.13, 0.13, 0.14), (0.62, 0.45, 0.28))[int(rng.integers(0, 3))], np.float32
    )
    return scene + (metal - scene) * mask


def _exposed(scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what a phone makes of a scene: light, tint, softness, noise, JPEG."""
    height, width = scene.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    angle = rng.uniform(0, 6.28)
    fall = np.float32(rng.uniform(0.0, 0.28)) * (
        x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    )
    vignette = np.float32(rng.uniform(0.0, 0.22)) * (x * x + y * y)
    light = np.float32(rng.uniform(0.72, 1.10)) * (1.0 + fall - vignette)
    if rng.random() < 0.35:
        # The edge of a shadow: a window frame, or the person with the phone.
        turn, at, soft = rng.uniform(0, 6.28), rng.uniform(-0.4, 0.7), rng.uniform(3, 14)
        side = (x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn)) - np.float32(at)) * np.float32(
            soft
        )
        light = light * (1.0 - np.float32(rng.uniform(0.12, 0.4)) / (1.0 + np.exp(-side)))
    warmth, green = rng.normal(0, 0.055), rng.normal(0, 0.02)
    tint = np.array([1 + warmth, 1 + green, 1 - warmth], np.float32)
    picture = scene * light[..., None] * tint
    picture = np.clip(picture, 0, 1.4) ** np.float32(rng.uniform(0.85, 1.15))
    grey = picture.mean(axis=2, keepdims=True)
    picture = grey + (picture - grey) * np.float32(rng.uniform(0.75, 1.1))
    noise = rng.standard_normal((height, width, 3)).astype(np.float32)
    picture = picture + np.float32(abs(rng.normal(0, 0.012))) * noise
    image = Image.fromarray(np.floor(np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 1.1)) * height / 480))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(55, 92)))
    return np.asarray(Image.open(buffer).convert("RGB"))


__all__ = ["photograph", "sample_pool", "sample_queries"]
