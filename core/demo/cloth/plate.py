"""A sheet to draw prints on, and letters of our own, so that no font of the machine is needed."""

import numpy as np
from PIL import Image, ImageDraw

from ..drawing.colours import Rgb


class Plate:
    """A sheet to draw a print on; x and y from −1 to 1, the width being 2."""

    def __init__(self, size: int, aspect: float = 1.0) -> None:
        self.size, self.rows = size, max(2, round(size * aspect))
        self.fine = 3
        self.picture = Image.new("RGBA", (size * self.fine, self.rows * self.fine), (0, 0, 0, 0))
        self.draw = ImageDraw.Draw(self.picture)
        self.half = size * self.fine / 2
        self.middle = self.rows * self.fine / 2

    def fill(self, outline: np.ndarray, colour: Rgb | None) -> None:
        """Fill an outline, or cut it out where `colour` is None."""
        at = outline * self.half + (self.half, self.middle)
        ink = (0, 0, 0, 0) if colour is None else _ink(colour)
        self.draw.polygon([(x, y) for x, y in at.tolist()], fill=ink)

    def line(self, line: np.ndarray, width: float, colour: Rgb | None) -> None:
        """Draw a line `width` units wide."""
        at = line * self.half + (self.half, self.middle)
        ink = (0, 0, 0, 0) if colour is None else _ink(colour)
        wide = max(1, round(width * self.half))
        self.draw.line([(x, y) for x, y in at.tolist()], fill=ink, width=wide, joint="curve")
        if wide > 3:
            r = wide / 2
            for x, y in (at[0].tolist(), at[-1].tolist()):
                self.draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)

    def word(self, text: str, x: float, y: float, height: float, colour: Rgb, weight: float = 0.22) -> None:
        """Write a word centred at (x, y), letters `height` tall, strokes `weight` of that wide."""
        step = height * 0.82
        left = x - step * (len(text) - 1) / 2
        for k, letter in enumerate(text):
            for stroke in LETTERS[letter]:
                line = np.array([(int(p[0]) / 2 - 0.5, int(p[1]) / 4 - 0.5) for p in stroke.split()])
                line = line * (height * 0.52, height) + (left + k * step, y)
                self.line(line, height * weight, colour)

    def array(self) -> np.ndarray:
        """Return the print; colours are not weighted by coverage, so that its edges do not darken."""
        weighted = np.asarray(self.picture.convert("RGBa").reduce(self.fine), dtype=np.float32) / np.float32(
            255
        )
        cover = weighted[..., 3:]
        return np.concatenate([weighted[..., :3] / np.maximum(cover, 1e-3), cover], axis=2)


def _ink(colour: Rgb) -> tuple[int, int, int, int]:
    red, green, blue = (int(min(1.0, max(0.0, c)) * 255 + 0.5) for c in colour)
    return red, green, blue, 255


LETTERS: dict[str, tuple[str, ...]] = {
    "A": ("04 02 10 22 24", "03 23"),
    "B": ("04 00 10 21 12 02", "12 23 14 04"),
    "C": ("21 10 01 03 14 23",),
    "D": ("00 10 22 14 04 00",),
    "E": ("20 00 04 24", "02 12"),
    "F": ("20 00 04", "02 12"),
    "G": ("21 10 01 03 14 23 22 12",),
    "H": ("00 04", "20 24", "02 22"),
    "I": ("10 14",),
    "J": ("20 23 14 03",),
    "K": ("00 04", "20 02 24"),
    "L": ("00 04 24",),
    "M": ("04 00 12 20 24",),
    "N": ("04 00 24 20",),
    "O": ("10 01 03 14 23 21 10",),
    "P": ("04 00 10 21 12 02",),
    "R": ("04 00 10 21 12 02", "12 24"),
    "S": ("21 10 01 12 23 14 03",),
    "T": ("00 20", "10 14"),
    "U": ("00 03 14 23 20",),
    "V": ("00 14 20",),
    "W": ("00 04 12 24 20",),
    "X": ("00 24", "20 04"),
    "Y": ("00 12 20", "12 14"),
    "Z": ("00 20 04 24",),
    "0": ("10 01 03 14 23 21 10",),
    "1": ("01 10 14",),
    "2": ("01 10 21 04 24",),
    "3": ("00 20 12 23 14 03",),
    "4": ("14 10 03 23",),
    "5": ("20 00 02 12 23 14 04",),
    "6": ("20 02 03 14 23 12 02",),
    "7": ("00 20 14",),
    "8": ("10 01 12 03 14 23 12 21 10",),
    "9": ("22 12 01 10 21 22 04",),
}
"""Letters as strokes on a grid 2 wide and 4 high: each point is column and row."""


WORDS = (
    "COAST",
    "NORTH",
    "WILD",
    "RIVER",
    "SUMMIT",
    "DRIFT",
    "SOLAR",
    "HAVEN",
    "MONSOON",
    "TIDE",
    "ROAM",
    "VALLEY",
    "RETRO",
    "UNITED",
    "HARBOUR",
    "METRO",
    "ECHO",
    "NOMAD",
    "ORBIT",
    "FOREST",
    "VOLT",
    "RALLY",
    "SUNDAY",
    "KITE",
)
