"""Gabor texture: how strongly bars of each width and direction stand in a picture.

Manjunath and Ma, "Texture features for browsing and retrieval of image data", IEEE PAMI 18 (1996): mean and
standard deviation of the size of a picture's responses to Gabor filters of four scales and six orientations,
their middle frequencies from 0.05 to 0.4 cycles a pixel. The paper divides each number by its spread over the
data base. Here the filters have unit energy instead, and an octave of width: pictures of the world answer
such filters about equally at all scales (Field, "Relations between the statistics of natural images and the
response properties of cortical cells", JOSA A 4, 1987), and a picture's numbers do not depend on other
pictures. The filters are those of scikit-image.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy import fft

from core.descriptors.published.colour_layout import ColourLayout
from core.descriptors.published.libraries import import_library
from core.imaging.colour_space import grey_levels
from core.imaging.resize import letterbox

HEIGHT, WIDTH = 80, 60
FREQUENCIES = (0.4, 0.2, 0.1, 0.05)
"""Cycles a pixel, from the finest scale to the coarsest."""

ORIENTATIONS = 6
"""Directions across the bars, from along the rows in steps of 30 degrees."""


class Gabor:
    """Mean and deviation of 4 × 6 Gabor responses: scale by scale, orientation by orientation."""

    name = "gabor"
    version = "gabor-1"
    dimension = 2 * len(FREQUENCIES) * ORIENTATIONS

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        rows = np.zeros((len(images), self.dimension), np.float32)
        filters = self._transfer_functions
        for row, image in zip(rows, images, strict=True):
            grey = grey_levels(letterbox(image, HEIGHT, WIDTH))
            # Whatever leaves the frame on one side comes in on the other: on white, nothing.
            seen = np.abs(fft.ifft2(fft.fft2(grey) * filters, axes=(1, 2)))
            row[0::2], row[1::2] = seen.mean(axis=(1, 2)), seen.std(axis=(1, 2))
        return rows

    @cached_property
    def _transfer_functions(self) -> np.ndarray:
        """What each filter does to each frequency, complex64 (24, HEIGHT, WIDTH)."""
        filters = import_library("skimage.filters", method=self.name)
        found = []
        for frequency in FREQUENCIES:
            for turn in range(ORIENTATIONS):
                kernel = filters.gabor_kernel(frequency, theta=np.pi * turn / ORIENTATIONS, bandwidth=1)
                found.append(_transfer_function(kernel))
        return np.array(found, np.complex64)


class ColourLayoutAndGabor:
    """The Colour Layout Descriptor and Gabor texture side by side, each of unit length.

    The cosine of two rows is the mean of the two descriptors' cosines: both count the same.
    """

    name = "cld-gabor"
    version = "cld-gabor-1"

    def __init__(self) -> None:
        self._parts = (ColourLayout(), Gabor())
        self.dimension = sum(part.dimension for part in self._parts)

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        rows = [part.extract(images) for part in self._parts]
        lengths = [np.linalg.norm(row, axis=1, keepdims=True) for row in rows]
        units = [row / np.where(length == 0, 1, length) for row, length in zip(rows, lengths, strict=True)]
        return np.concatenate(units, axis=1) / np.float32(np.sqrt(len(units)))


def _transfer_function(kernel: np.ndarray) -> np.ndarray:
    """Transform a filter of any size into what it does to a frame, blind to brightness and of unit energy."""
    down, across = (np.arange(side) - side // 2 for side in kernel.shape)
    frame = np.zeros((HEIGHT, WIDTH), complex)
    np.add.at(frame, (down[:, None] % HEIGHT, across[None] % WIDTH), kernel)
    transfer = fft.fft2(frame)
    transfer[0, 0] = 0
    return transfer / np.sqrt(np.mean(np.abs(transfer) ** 2))
