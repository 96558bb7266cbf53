"""Chance that repeats: named random streams, and smooth noise that looks the same at every size."""

from zlib import crc32

import numpy as np
from PIL import Image


def stream(seed: int, *names: object) -> np.random.Generator:
    """Return a generator of its own for each name, so that one more draw here moves nothing there.

    Parameters
    ----------
    seed : int
        Seed of the product or catalogue, not negative.
    *names : object
        What the numbers are for; told apart by `str`.

    Returns
    -------
    numpy.random.Generator
        PCG64, the same numbers on every machine.
    """
    keys = [crc32(str(name).encode()) for name in names]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *keys])))


def resize_field(field: np.ndarray, height: int, width: int, smooth: bool = True) -> np.ndarray:
    """Return a float32 (h, w) field resampled to (height, width), bicubic or bilinear."""
    if field.shape == (height, width):
        return field
    method = Image.Resampling.BICUBIC if smooth else Image.Resampling.BILINEAR
    picture = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    return np.asarray(picture.resize((width, height), method))


def lattice(rng: np.random.Generator, rows: int, columns: int, height: int, width: int) -> np.ndarray:
    """Return smooth noise, float32 (height, width), about −2 to 2, with `rows` × `columns` bumps.

    The bumps are drawn before the size is known, so a thumbnail shows the same cloud as the large picture.
    """
    field = rng.standard_normal((max(rows, 2), max(columns, 2))).astype(np.float32)
    return resize_field(field, height, width)
