"""Shape: which way the edges run in each part of the garment's frame.

Histograms of oriented gradients (Dalal and Triggs, "Histograms of oriented gradients for human detection",
CVPR 2005), taken of the garment cut out of its ground and fitted into one upright frame: the outline counts
whatever the colour of the cloth or of the floor, seams and collars count less, and where in the picture the
garment lies, and how large, counts nothing.
"""

from collections.abc import Sequence

import numpy as np
import scipy

from core.imaging.foreground import segment_garment
from core.imaging.resize import resize

HEIGHT, WIDTH = 64, 48
CELL_SIDE = 8
ORIENTATIONS = 8
_LIMIT = 0.2  # Dalal and Triggs's "L2-Hys": no single edge may fill more of a block
_CLOTH = 0.35  # how much of the frame's contrast the cloth's own edges have, beside the outline


class Shape:
    """Oriented gradients of the cut-out garment: 8 × 6 cells of 8 directions.

    Moving or scaling the garment within the picture, another ground, and a brighter or darker light change
    nothing but what resampling and the mask do. Turning changes it: an upside-down garment has another shape.
    """

    name = "shape"
    version = "shape-1"
    dimension = (HEIGHT // CELL_SIDE) * (WIDTH // CELL_SIDE) * ORIENTATIONS

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        rows = np.zeros((len(images), self.dimension), np.float32)
        for row, image in zip(rows, images, strict=True):
            row[:] = _unit(_oriented_gradients(_framed(image)))
        return rows


def _framed(image: np.ndarray) -> np.ndarray:
    """Fit the garment into the frame: 0 is ground, cloth lies around 1, float32 (HEIGHT, WIDTH)."""
    cut = segment_garment(image)
    top, bottom, left, right = cut.box
    mask = cut.mask[top:bottom, left:right].astype(np.float32)
    grey = cut.lab[top:bottom, left:right, 0]
    middle = np.median(grey[mask > 0])
    spread = max(np.abs(grey - middle)[mask > 0].mean(), 5.0)
    garment = mask * (1 + _CLOTH * np.clip((grey - middle) / spread, -2, 2))
    scale = min((HEIGHT - 2) / (bottom - top), (WIDTH - 2) / (right - left))
    height, width = (max(1, round(scale * side)) for side in mask.shape)
    levels = np.rint(60 * garment).astype(np.uint8)  # a garment is at most 1 + 2 · _CLOTH
    frame = np.zeros((HEIGHT, WIDTH), np.float32)
    y, x = (HEIGHT - height) // 2, (WIDTH - width) // 2
    frame[y : y + height, x : x + width] = resize(levels, height, width) / np.float32(60)
    return frame


def _oriented_gradients(frame: np.ndarray) -> np.ndarray:
    """Count gradients by cell and direction, each block of 2×2 cells made of unit length, then averaged."""
    down, across = np.gradient(scipy.ndimage.gaussian_filter(frame, 0.7))
    strength = np.hypot(down, across)
    # Opposite directions are one: a dark garment on white has the outline of a white one on dark.
    place = (np.arctan2(down, across) % np.pi) * (ORIENTATIONS / np.pi)
    first = place.astype(np.intp) % ORIENTATIONS
    second_share = place - np.floor(place)
    cells = np.zeros((HEIGHT // CELL_SIDE, WIDTH // CELL_SIDE, ORIENTATIONS))
    for direction in range(ORIENTATIONS):
        share = np.where(first == direction, 1 - second_share, 0)
        share += np.where((first + 1) % ORIENTATIONS == direction, second_share, 0)
        blocks = (strength * share).reshape(HEIGHT // CELL_SIDE, CELL_SIDE, WIDTH // CELL_SIDE, CELL_SIDE)
        cells[..., direction] = blocks.sum(axis=(1, 3))
    padded = np.pad(cells, ((1, 1), (1, 1), (0, 0)))
    energy = (padded**2).sum(axis=2)
    found = np.zeros_like(cells)
    for y, x in np.ndindex(2, 2):
        block = sum(
            energy[y + i : y + i + cells.shape[0], x + j : x + j + cells.shape[1]]
            for i, j in np.ndindex(2, 2)
        )
        found += np.minimum(cells / np.sqrt(block + 1e-2)[..., None], _LIMIT)
    return found.ravel()


def _unit(row: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(row)
    return row / length if length > 0 else row
