"""Curves that garments are cut from: float64 arrays (n, 2) of points in metres, x to the right, y down."""

import numpy as np

Point = tuple[float, float] | np.ndarray
"""x and y, metres."""


def points(*pairs: tuple[float, float]) -> np.ndarray:
    """Return the pairs as a float64 (n, 2) array."""
    return np.array(pairs, dtype=np.float64)


def bezier(a: Point, b: Point, c: Point, d: Point, n: int = 24) -> np.ndarray:
    """Return n points of the cubic Bézier curve from `a` to `d` with handles `b` and `c`."""
    t = np.linspace(0.0, 1.0, n)[:, None]
    a, b, c, d = (np.asarray(p, dtype=np.float64) for p in (a, b, c, d))
    r = 1.0 - t
    return r * r * r * a + 3 * r * r * t * b + 3 * r * t * t * c + t * t * t * d


def spline(knots: np.ndarray, n: int = 10, closed: bool = False) -> np.ndarray:
    """Return the Catmull-Rom curve through `knots` (k, 2), n points a span."""
    knots = np.asarray(knots, dtype=np.float64)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    p0, p1, p2, p3 = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0.0, 1.0, n, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (p[:, None, :] for p in (p0, p1, p2, p3))
    curve = 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, knots[-1:]])


def resample(curve: np.ndarray, n: int) -> np.ndarray:
    """Return n points at equal steps of length along `curve`."""
    steps = np.sqrt((np.diff(curve, axis=0) ** 2).sum(axis=1))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0.0, along[-1], n)
    return np.stack([np.interp(at, along, curve[:, i]) for i in (0, 1)], axis=1)


def length(curve: np.ndarray) -> float:
    """Return the length of `curve` in metres."""
    return float(np.sqrt((np.diff(curve, axis=0) ** 2).sum(axis=1)).sum())


def part(curve: np.ndarray, start: float, stop: float, n: int = 24) -> np.ndarray:
    """Return the stretch of `curve` between two shares (0 to 1) of its length."""
    dense = resample(curve, 200)
    at = np.linspace(start, stop, n) * 199
    return np.stack([np.interp(at, np.arange(200), dense[:, i]) for i in (0, 1)], axis=1)


def normals(curve: np.ndarray) -> np.ndarray:
    """Return unit normals (n, 2): to the left of the way the curve runs, with y down."""
    tangent = np.gradient(curve, axis=0)
    tangent /= np.sqrt((tangent**2).sum(axis=1, keepdims=True)) + 1e-12
    return np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)


def offset(curve: np.ndarray, distance: float | np.ndarray) -> np.ndarray:
    """Return `curve` moved along its normals by `distance` metres (a number or one a point)."""
    return (
        curve + normals(curve) * np.broadcast_to(np.asarray(distance, dtype=np.float64), len(curve))[:, None]
    )


def ribbon(curve: np.ndarray, left: float, right: float) -> np.ndarray:
    """Return the outline of a band that lies from `left` to `right` metres beside `curve`."""
    return np.concatenate([offset(curve, left), offset(curve, right)[::-1]])


def mirror(curve: np.ndarray) -> np.ndarray:
    """Return `curve` seen in a mirror at x = 0, run the other way."""
    return curve[::-1] * (-1.0, 1.0)


def ellipse(cx: float, cy: float, rx: float, ry: float, n: int = 28) -> np.ndarray:
    """Return the outline of an ellipse."""
    angle = np.linspace(0.0, 2 * np.pi, n, endpoint=False)
    return np.stack([cx + rx * np.cos(angle), cy + ry * np.sin(angle)], axis=1)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Return the outline of a rectangle."""
    return points((left, top), (right, top), (right, bottom), (left, bottom))


def rotate(curve: np.ndarray, angle: float, centre: Point = (0.0, 0.0)) -> np.ndarray:
    """Return `curve` turned by `angle` radians (clockwise as seen) about `centre`."""
    cos, sin = np.cos(angle), np.sin(angle)
    moved = np.asarray(curve) - centre
    return (
        np.stack([moved[:, 0] * cos - moved[:, 1] * sin, moved[:, 0] * sin + moved[:, 1] * cos], 1) + centre
    )


def wobble(curve: np.ndarray, rng: np.random.Generator, amount: float, bumps: int = 5) -> np.ndarray:
    """Return `curve` with its inner points moved a little, ends fixed, as cloth never lies in a true arc."""
    knots = np.concatenate([[0.0], rng.standard_normal(bumps), [0.0]])
    shift = np.interp(np.linspace(0, len(knots) - 1, len(curve)), np.arange(len(knots)), knots)
    shift = np.convolve(np.pad(shift, 3, mode="edge"), np.ones(7) / 7, mode="valid")
    shift *= np.minimum(1.0, 6 * np.minimum(np.linspace(0, 1, len(curve)), np.linspace(1, 0, len(curve))))
    return offset(curve, shift * amount)
