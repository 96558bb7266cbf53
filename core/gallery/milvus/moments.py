"""The spread of the scores that a query has with a whole gallery, known without scoring it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import ArtifactError

ROWS_AT_ONCE = 8192
LEAST_SPREAD = 1e-6
"""Below it is what rounding leaves of scores that are all alike."""


@dataclass(frozen=True, eq=False)
class Moments:
    """The first two moments of the vectors of a gallery.

    The scores of a unit query have the mean q·m and the mean square qᵀSq, so that their standard deviation,
    which fused extractors are weighed by, needs these alone.

    Attributes
    ----------
    count : int
    total : float64 array (dimension,)
        The sum of the vectors.
    products : float64 array (dimension, dimension)
        The sum of their outer products.

    Examples
    --------
    >>> vectors = np.array([[1, 0], [0, 1], [1, 0]], np.float32)
    >>> query = np.array([1.0, 0.0])
    >>> bool(np.isclose(Moments.of(vectors).spread(query), (vectors @ query).std()))
    True
    """

    count: int
    total: np.ndarray
    products: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray) -> "Moments":
        """Take the moments of vectors, float32 (n, dimension), of unit length or zero."""
        dimension = vectors.shape[1]
        total, products = np.zeros(dimension), np.zeros((dimension, dimension))
        for start in range(0, len(vectors), ROWS_AT_ONCE):
            rows = np.asarray(vectors[start : start + ROWS_AT_ONCE], np.float64)
            total += rows.sum(axis=0)
            products += rows.T @ rows
        return cls(len(vectors), total, products)

    def spread(self, query: np.ndarray) -> float:
        """Give the standard deviation of the scores of a unit query, float64 (dimension,)."""
        if not self.count:
            return 0.0
        mean = query @ self.total / self.count
        variance = query @ self.products @ query / self.count - mean**2
        spread = float(np.sqrt(max(0.0, variance)))
        return spread if spread > LEAST_SPREAD else 0.0

    def changed(self, gone: np.ndarray, new: np.ndarray) -> "Moments":
        """Give the moments with some vectors gone and others new, each float32 (m, dimension)."""
        less, more = Moments.of(gone), Moments.of(new)
        return Moments(
            self.count - less.count + more.count,
            self.total - less.total + more.total,
            self.products - less.products + more.products,
        )

    def save(self, path: Path) -> None:
        """Keep them as one float64 array (dimension + 1, dimension + 1), the sums beside the products."""
        corner = np.array([[self.count]], np.float64)
        np.save(path, np.block([[corner, self.total[None]], [self.total[:, None], self.products]]))

    @classmethod
    def from_array(cls, kept: np.ndarray) -> "Moments":
        """Read what `save` kept.

        Raises
        ------
        ArtifactError
            If it is of another shape.
        """
        if kept.ndim != 2 or kept.shape[0] != kept.shape[1] or len(kept) < 2:
            raise ArtifactError(f"moments of shape {kept.shape} are none; index the catalogue again")
        return cls(int(kept[0, 0]), kept[0, 1:], kept[1:, 1:])
