"""Embroidered ornaments for kurtas: pictures of thread that `canvas.Decal` lays on the cloth."""

# Points are arrays: `+` moves them, it joins nothing.

import numpy as np
from PIL import Image, ImageFilter

from ..drawing import curves
from ..drawing.colours import Rgb
from ..drawing.noise import lattice, stream
from ..drawing.shapes import petal
from .plate import Plate


def embroidery(kind: str, inks: tuple[Rgb, ...], seed: int, size: int, aspect: float = 1.0) -> np.ndarray:
    """Draw an embroidered ornament, mirrored about its middle, threads catching the light.

    Parameters
    ----------
    kind : str
        "yoke" (a half round below the neck), "placket" (a long narrow strip) or "spray" (a loose branch).
    inks, seed, size
        As in `draw_print`.
    aspect : float
        Height for a width of 1.

    Returns
    -------
    ndarray of float32, shape (n, size, 4)
    """
    rng = stream(seed, "embroidery", kind)
    plate = Plate(max(8, size), aspect)
    if kind == "yoke":
        for ring in range(3):
            r = 0.92 - 0.24 * ring
            n = 17 - 4 * ring
            for k in range(n):
                angle = np.pi * k / (n - 1)
                x, y = r * np.cos(angle), r * np.sin(angle) * aspect * 0.95 - aspect * 0.1
                if ring == 0:
                    plate.fill(petal(x, y, 0.11, 0.04, angle + 0.5), inks[k % 2])
                elif ring == 1:
                    plate.fill(curves.ellipse(x, y, 0.055, 0.055, 12), inks[0])
                    plate.fill(curves.ellipse(x, y, 0.025, 0.025, 8), inks[2])
                else:
                    plate.fill(petal(x, y, 0.16, 0.05, angle), inks[1])
    elif kind == "placket":
        motif = int(rng.integers(0, 3))
        n = max(4, int(2 * aspect / 0.9))
        for k in range(n):
            y = -aspect + 2 * aspect * (k + 0.5) / n
            if motif == 0:
                for j in range(6):
                    plate.fill(petal(0, y, 0.7, 0.2, 6.2832 * j / 6), inks[j % 2])
                plate.fill(curves.ellipse(0, y, 0.2, 0.2, 10), inks[2])
            elif motif == 1:
                for s, ink in ((0.8, inks[0]), (0.5, inks[1]), (0.22, inks[2])):
                    plate.fill(curves.points((0, y - s), (s, y), (0, y + s), (-s, y)), ink)
            else:
                for side in (-1, 1):
                    plate.fill(petal(0, y + 0.3, 0.9, 0.2, -np.pi / 2 + side * 0.9), inks[0])
                plate.fill(curves.ellipse(0, y, 0.22, 0.22, 10), inks[1])
        for edge in (-0.95, 0.95):
            plate.line(curves.points((edge, -aspect), (edge, aspect)), 0.09, inks[2])
    else:
        for side in (-1, 1):
            stem = curves.bezier(
                (0, aspect), (side * 0.5, 0.4 * aspect), (side * 0.1, -0.3), (side * 0.8, -aspect * 0.9), 30
            )
            plate.line(stem, 0.03, inks[2])
            for k in range(3, 30, 4):
                plate.fill(petal(stem[k, 0], stem[k, 1], 0.28, 0.08, rng.uniform(0, 6.28)), inks[k % 2])
            for k in (12, 22, 29):
                for j in range(6):
                    plate.fill(petal(stem[k, 0], stem[k, 1], 0.15, 0.05, 6.2832 * j / 6), inks[j % 2])
    picture = plate.array()
    threads = lattice(
        rng, max(4, int(picture.shape[0] * 0.7)), max(4, int(picture.shape[1] * 0.25)), *picture.shape[:2]
    )
    picture[..., :3] *= (1.0 + 0.10 * threads)[..., None]
    return picture


def raised(picture: np.ndarray) -> np.ndarray:
    """Return a print with a thin shadow below it, as thread has that lies on cloth."""
    alpha = Image.fromarray((picture[..., 3] * 255).astype(np.uint8))
    soft = np.asarray(alpha.filter(ImageFilter.GaussianBlur(1.2)), dtype=np.float32) / np.float32(255)
    soft = np.roll(soft, 1, axis=0) * np.float32(0.45)
    cover = picture[..., 3:]
    total = cover + soft[..., None] * (1 - cover)
    colour = picture[..., :3] * cover / np.maximum(total, 1e-3)
    return np.concatenate([colour, total], axis=2)
