"""Why a hit matched: which places of both pictures carried the score, and what colour, texture and shape say.

VGG16's score splits exactly over places. Its embedding is linear in the averaged features, but for its
length, and everything from a convolution up to them is piecewise linear: convolutions, rectifiers and maxima,
each of which passes some of its inputs on and drops the rest. With the lengths of both vectors, what was
passed on, and the pull of the names that a picture is likely to have held as they are, the score is a sum
over the places of that convolution, plus what the pull and the biases between there and the score add, which
belongs to no place and is shared evenly. A picture's mirror image, which has half a say in its embedding, is
turned back and laid over it. So the map is that of the very score which ranked the hit, no saliency that only
goes along with it. (Splitting an embedding's
similarity over positions: Stylianou, Souvenir and Pless, "Visualizing Deep Similarity Networks", WACV 2019,
https://arxiv.org/abs/1901.00536. That input times gradient is exact in rectifier networks: Ancona, Ceolini,
Öztireli and Gross, ICLR 2018, https://arxiv.org/abs/1711.06104.)

The places are those of the last convolution with at least 10×7 cells, block4_conv3 for 80×60 pixels, and what
the averages of earlier blocks add is summed up over each of them. A larger input would give the last
convolution as many, but another score than the one that is to be explained.

Whatever answers searches takes the score apart too, so no Keras is loaded for it where a graph serves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.errors import ModelError
from core.models.names import SPLITTABLE_EXTRACTORS
from core.models.serving.explanation import ScorePlaces


class SplittableExtractor(Protocol):
    """A loaded extractor that can take a score apart."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of its network's input, in pixels."""

    def score_places(self, pictures: Sequence[np.ndarray]) -> ScorePlaces:
        """Take the score of two pictures apart."""


@dataclass(frozen=True)
class SimilarityMap:
    """The score of one hit, split over the places of both pictures."""

    score: float  # cosine of the two embeddings
    parts: Mapping[str, float]  # cosine of each part of the embedding: kind, colour and look
    layer: str  # whose cells are added up
    query_cells: np.ndarray  # float32 (rows, columns), adding up to the score
    hit_cells: np.ndarray  # float32 (rows, columns), adding up to the score
    frame: tuple[int, int]  # height and width of the network's input, over which the cells lie


def similarity_map(model: SplittableExtractor, query: np.ndarray, hit: np.ndarray) -> SimilarityMap:
    """Split the score of a hit over the places of both pictures.

    One pass forward and part of one back.

    Parameters
    ----------
    model : SplittableExtractor
        One of `SPLITTABLE_EXTRACTORS`.
    query, hit : uint8 array (height, width, 3)
        RGB, each of its own size.

    Returns
    -------
    SimilarityMap

    Raises
    ------
    ModelError
        If the model's score cannot be split, or Keras serves it on a backend other than TensorFlow.
    """
    if model.name not in SPLITTABLE_EXTRACTORS:
        raise ModelError(
            f"The score of {model.name} does not split over places; "
            f"take {' or '.join(SPLITTABLE_EXTRACTORS)} for that"
        )
    found = model.score_places([query, hit])
    score = found.cosines["embedding"]
    rows, columns = found.places[0].shape[1:]
    cells = np.sum([_gathered(each, rows, columns) for each in found.places], axis=0)
    cells = cells[:2] + cells[2:, :, ::-1]
    cells += (score - cells.sum(axis=(1, 2), keepdims=True)) / cells[0].size
    query_cells, hit_cells = cells.astype(np.float32)
    parts = {name: cosine for name, cosine in found.cosines.items() if name != "embedding"}
    return SimilarityMap(score, parts, found.layer, query_cells, hit_cells, model.input_size)


def _gathered(places: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Sum (n, h, w) up over the cells of a coarser grid, (n, rows, columns)."""
    height, width = places.shape[1:]
    places = np.add.reduceat(places, np.arange(rows) * height // rows, axis=1)
    return np.add.reduceat(places, np.arange(columns) * width // columns, axis=2)
