"""Colours by the data set's `baseColour` names, and the colours that go with them."""

import colorsys
from collections.abc import Iterable

import numpy as np

Rgb = tuple[float, float, float]
"""Red, green and blue, each 0 to 1."""

_HEX: dict[str, tuple[str, ...]] = {
    "White": ("f0f0ee", "edeef0"),
    "Off White": ("ebe6d8", "e8e4da"),
    "Cream": ("ebdfbf", "eadcb8"),
    "Beige": ("cdb895", "d3c0a2"),
    "Khaki": ("a39467", "b0a172"),
    "Yellow": ("f0c92c", "f2d650", "e8bf1e"),
    "Mustard": ("c6922a", "bd8a1e"),
    "Orange": ("e8702a", "ef8534"),
    "Peach": ("f2b79b", "f0c0a6"),
    "Rust": ("a9502d", "b3552c"),
    "Brown": ("6b4a35", "7a543a", "59402f"),
    "Red": ("c4242b", "d3302f", "b51d27"),
    "Maroon": ("6b1b28", "741f2c"),
    "Burgundy": ("571c2e", "5f1f33"),
    "Pink": ("e77fa2", "f0a3ba", "e2608f"),
    "Magenta": ("b81f6d", "c22a78"),
    "Purple": ("62408c", "6f479a", "553377"),
    "Lavender": ("b7a3d2", "c0b0da"),
    "Navy Blue": ("1f2a4a", "232f54", "1b2540"),
    "Blue": ("2f62b3", "3f78c4", "5e95cf", "2a559c"),
    "Turquoise Blue": ("2fb2bf", "3cbcc4"),
    "Teal": ("1d6c72", "20757a"),
    "Sea Green": ("3fa38a", "4aab92"),
    "Green": ("2f8048", "3c9150", "5aa443", "26683c"),
    "Olive": ("66663a", "70703f"),
    "Grey": ("8c8f93", "7d8085", "9da0a3"),
    "Grey Melange": ("a9abae", "b2b3b6"),
    "Charcoal": ("45474c", "3f4146"),
    "Black": ("1e1f22", "242528", "1b1b1f"),
    "Multi": ("d9d3c6", "e6dfd0", "2a3050"),
}

BASE_COLOURS = tuple(_HEX)
"""The names, as the data set spells them."""

_PARTNERS: dict[str, tuple[str, ...]] = {
    "White": ("Navy Blue", "Red", "Blue", "Black", "Grey", "Green", "Teal", "Maroon"),
    "Off White": ("Maroon", "Navy Blue", "Teal", "Rust", "Green", "Mustard"),
    "Cream": ("Maroon", "Rust", "Green", "Brown", "Navy Blue", "Mustard"),
    "Beige": ("Brown", "Navy Blue", "Maroon", "Olive", "White", "Rust"),
    "Khaki": ("Brown", "White", "Olive", "Navy Blue", "Rust"),
    "Yellow": ("Navy Blue", "White", "Green", "Red", "Grey", "Magenta"),
    "Mustard": ("Maroon", "Navy Blue", "Cream", "Brown", "Green"),
    "Orange": ("Navy Blue", "White", "Brown", "Yellow", "Magenta"),
    "Peach": ("Maroon", "White", "Grey", "Teal", "Magenta"),
    "Rust": ("Cream", "Navy Blue", "Mustard", "Black", "Teal"),
    "Brown": ("Cream", "Orange", "Beige", "White", "Turquoise Blue"),
    "Red": ("White", "Navy Blue", "Black", "Cream", "Yellow", "Grey"),
    "Maroon": ("Cream", "Mustard", "White", "Navy Blue", "Pink"),
    "Burgundy": ("White", "Grey", "Cream", "Pink", "Mustard"),
    "Pink": ("White", "Magenta", "Navy Blue", "Grey", "Green"),
    "Magenta": ("Cream", "Orange", "Navy Blue", "Mustard", "White"),
    "Purple": ("White", "Lavender", "Pink", "Black", "Turquoise Blue"),
    "Lavender": ("Purple", "White", "Navy Blue", "Grey", "Magenta"),
    "Navy Blue": ("White", "Red", "Blue", "Grey", "Cream", "Turquoise Blue", "Mustard"),
    "Blue": ("White", "Navy Blue", "Red", "Cream", "Black", "Yellow"),
    "Turquoise Blue": ("White", "Navy Blue", "Magenta", "Mustard", "Orange"),
    "Teal": ("Cream", "Mustard", "Maroon", "White", "Rust"),
    "Sea Green": ("White", "Navy Blue", "Cream", "Magenta", "Mustard"),
    "Green": ("White", "Navy Blue", "Cream", "Maroon", "Yellow", "Magenta"),
    "Olive": ("Cream", "Orange", "Black", "Brown", "White"),
    "Grey": ("White", "Black", "Navy Blue", "Red", "Yellow", "Purple"),
    "Grey Melange": ("Navy Blue", "Black", "Red", "Orange", "Teal"),
    "Charcoal": ("White", "Grey", "Red", "Turquoise Blue", "Lavender"),
    "Black": ("White", "Red", "Grey", "Yellow", "Turquoise Blue", "Cream", "Magenta"),
    "Multi": ("Red", "Turquoise Blue", "Mustard", "Magenta", "Green", "Orange", "Purple"),
}


def rgb(channels: Iterable[float]) -> Rgb:
    """Return three channels as one colour."""
    red, green, blue = channels
    return red, green, blue


def tone(name: str, rng: np.random.Generator, spread: float = 1.0) -> Rgb:
    """Return a colour that a shop would call `name`, a little different every time."""
    options = _HEX[name]
    code = options[int(rng.integers(0, len(options)))]
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    hue, light, full = colorsys.rgb_to_hls(red, green, blue)
    hue = (hue + spread * rng.uniform(-0.012, 0.012)) % 1.0
    light = float(np.clip(light + spread * rng.uniform(-0.025, 0.025), 0.09, 0.945))
    full = float(np.clip(full * (1 + spread * rng.uniform(-0.10, 0.08)), 0, 1))
    return rgb(round(c, 4) for c in colorsys.hls_to_rgb(hue, light, full))


def partners(name: str, rng: np.random.Generator, n: int) -> tuple[str, ...]:
    """Return n names of colours that go with `name`, none twice while there are enough."""
    options = _PARTNERS[name]
    order = rng.permutation(len(options))
    return tuple(options[int(order[i % len(order)])] for i in range(n))
