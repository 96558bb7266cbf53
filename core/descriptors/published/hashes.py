"""Perceptual hashes: a picture in 64 bits, nearly the same for nearly the same picture.

Compared for reverse image search by Gaillard and Egyed-Zsigmond, "Large scale reverse image search: a method
comparison for almost identical image retrieval" (INFORSID 2017). The hashes are those of ImageHash: the
average hash (brighter than the mean or not), the difference hash (brighter than the pixel to the left), the
hash by a discrete cosine transform, and that by wavelets.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image

from core.descriptors.published.libraries import import_library

SIDE = 8
"""Bits along each side."""

HASHES = {"ahash": "average_hash", "dhash": "dhash", "phash": "phash", "whash": "whash"}
"""By the method's name, the function of ImageHash."""


class PerceptualHash:
    """One of `HASHES`: 64 numbers, 1 for a bit that is set and -1 for one that is not.

    So the cosine is 1 less a 32nd of the Hamming distance, and the Euclidean distance twice its root: all
    three put pictures in the same order.
    """

    dimension = SIDE**2

    def __init__(self, name: str) -> None:
        self.name, self.version = name, f"{name}-1"

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        function = self._function()
        rows = np.zeros((len(images), self.dimension), np.float32)
        for row, image in zip(rows, images, strict=True):
            bits = function(Image.fromarray(np.ascontiguousarray(image)), hash_size=SIDE).hash
            row[:] = np.where(bits.ravel(), 1, -1)
        return rows

    def _function(self) -> Callable[..., Any]:
        library = import_library("imagehash", method=self.name)
        function: Callable[..., Any] = getattr(library, HASHES[self.name])
        return function
