"""What layers of a network answer, as vectors to search by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.models.loaded import LoadedModel

BLOCKS = tuple(f"block{number}_features" for number in (2, 3, 4, 5))
"""Averages over all positions of a VGG's blocks; see `core.models.vgg`."""


@dataclass(frozen=True)
class NetworkLayers:
    """Which layers of which model make an extractor's vectors.

    Attributes
    ----------
    model : str
    layers : tuple of str
    fused_late : bool
        Whether each layer is brought to unit length and counts the same: the cosine of two vectors is then
        the mean of the layers' cosines, which is what fusing their scores gives. Without it the answers are
        laid end to end as they are.
    """

    model: str
    layers: tuple[str, ...]
    fused_late: bool = False


NETWORK_LAYERS: Mapping[str, NetworkLayers] = MappingProxyType(
    {
        "vgg19-pooled": NetworkLayers("vgg19", BLOCKS),
        "vgg16-layers": NetworkLayers("vgg16", BLOCKS, fused_late=True),
    }
)
"""By the extractor's name."""


class LayerExtractor:
    """An extractor made of a network's layers.

    Parameters
    ----------
    name : str
        One of `NETWORK_LAYERS`.
    load : callable
        Gives a model by its name, such as `core.models.load_model`; what it raises is raised.

    Raises
    ------
    ModelError
        If the model lacks a layer.
    """

    def __init__(self, name: str, load: "Callable[[str], LoadedModel]") -> None:
        self.name, self._asked = name, NETWORK_LAYERS[name]
        self._model = load(self._asked.model)
        self.weights_sha256 = self._model.weights_sha256
        self.dimension = sum(self._model.layer_widths(self._asked.layers))

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        answers = self._model.layer_outputs(self._asked.layers, images)
        rows = [answers[layer] for layer in self._asked.layers]
        if self._asked.fused_late:
            rows = fused_late(rows)
        return np.concatenate(rows, axis=1)


def fused_late(rows: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Scale the answers of layers so that each counts the same in the cosine of what they make together.

    Parameters
    ----------
    rows : sequence of float arrays (n, width)

    Returns
    -------
    list of float32 arrays (n, width)
        Of length 1 over the root of how many there are; zero rows stay zero.

    Examples
    --------
    >>> one, other = fused_late([np.array([[3.0, 4.0]]), np.array([[0.5]])])
    >>> (2 * (one**2).sum()).round(3), (2 * (other**2).sum()).round(3)
    (np.float32(1.0), np.float32(1.0))
    """
    lengths = [np.linalg.norm(row, axis=1, keepdims=True) for row in rows]
    return [
        (row / (np.where(length == 0, 1, length) * np.sqrt(len(rows)))).astype(np.float32)
        for row, length in zip(rows, lengths, strict=True)
    ]
