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

Keras is loaded only when a match is explained by VGG16; the descriptors need none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from core.errors import ModelError
from core.explain.heatmap import MIN_CELLS
from core.imaging.resize import letterbox_batch
from core.inference_queue import INFERENCE

SPLITTABLE_EXTRACTORS: tuple[str, ...] = ("vgg16",)
"""Extractors whose score can be split over places."""


class SplittableExtractor(Protocol):
    """A loaded extractor whose network can be read layer by layer."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def network(self) -> Any:
        """The Keras network."""


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
        If the model's score cannot be split, or it runs on a backend other than TensorFlow.
    """
    if model.name not in SPLITTABLE_EXTRACTORS:
        raise ModelError(
            f"The score of {model.name} does not split over places; "
            f"take {' or '.join(SPLITTABLE_EXTRACTORS)} for that"
        )
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            f"Explaining a match needs gradients from TensorFlow, not from {keras.backend.backend()}; "
            "start with KERAS_BACKEND=tensorflow"
        )
    network = model.network
    layer = _layer(network)
    frame = network.input_shape[1:3]
    with INFERENCE:
        places, cosines = _passes(network, layer, letterbox_batch([query, hit], *frame))
    score = cosines["embedding"]
    rows, columns = places[0].shape[1:]
    cells = np.sum([_gathered(each, rows, columns) for each in places], axis=0)
    cells = cells[:2] + cells[2:, :, ::-1]
    cells += (score - cells.sum(axis=(1, 2), keepdims=True)) / cells[0].size
    query_cells, hit_cells = cells.astype(np.float32)
    parts = {name: cosine for name, cosine in cosines.items() if name != "embedding"}
    return SimilarityMap(score, parts, layer, query_cells, hit_cells, (frame[0], frame[1]))


def _layer(network: Any) -> str:
    """Name the last rectified convolution with at least `MIN_CELLS` cells."""
    fine = [
        layer.name
        for layer in network.layers
        if layer.name.endswith("_relu") and tuple(layer.output.shape[1:3]) >= MIN_CELLS
    ]
    if not fine:
        raise ModelError(f"No convolution of {network.name} has {MIN_CELLS[0]}×{MIN_CELLS[1]} cells")
    return fine[-1]


def _passes(network: Any, layer: str, pixels: np.ndarray) -> tuple[list[np.ndarray], dict[str, float]]:
    """Give what each place adds to the score, and the cosines.

    The places, float (4, rows, columns), are of both pictures, then of their mirror images: those of the
    layer, then those of each earlier block whose average the heads see as well. The cosines are of each part
    and of the whole embedding.
    """
    import keras
    import tensorflow as tf

    from core.models.layers import PARTS

    layers = [found.name for found in network.layers]
    parts = [part.name for part in PARTS if f"{part.name}_drawn" in layers]
    drawing = [network.get_layer(f"{part}_drawn") for part in parts]
    averages = [name for name in layers[: layers.index(layer)] if name.endswith("_features")]
    inside = keras.Model(
        network.input,
        [
            network.get_layer(layer).output,
            [network.get_layer(name).input for name in averages],
            [network.get_layer(name).output for name in averages],
            [network.get_layer(f"{part}_projection").output for part in parts],
        ],
    )
    pixels = tf.constant(np.concatenate([pixels, pixels[:, :, ::-1]]), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(pixels)  # the weights are frozen, so nothing would be recorded without a watched input
        activations, early, means, projected = inside(pixels, training=False)
        # Lengths are held, and each picture's vector is held while the other's places are asked: what is
        # left is linear, and one pass back answers for both pictures.
        drawn = [_drawn(rows, layer, tf) for rows, layer in zip(projected, drawing, strict=True)]
        joined = network.get_layer("embedding")(drawn)
        cosines = {
            name: _cosine(rows, tf)
            for name, rows in zip((*parts, "embedding"), (*drawn, joined), strict=True)
        }
    gradient, *of_means = tape.gradient(cosines["embedding"], [activations, *means])
    places = [np.sum(activations * gradient, axis=-1)]
    for seen, of_mean in zip(early, of_means, strict=True):
        places.append(np.einsum("nhwc,nc->nhw", seen, of_mean) / (seen.shape[1] * seen.shape[2]))
    # Either picture has answered for the whole.
    return places, {name: float(cosine) / 2 for name, cosine in cosines.items()}


def _gathered(places: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Sum (n, h, w) up over the cells of a coarser grid, (n, rows, columns)."""
    height, width = places.shape[1:]
    places = np.add.reduceat(places, np.arange(rows) * height // rows, axis=1)
    return np.add.reduceat(places, np.arange(columns) * width // columns, axis=2)


def _cosine(rows: Any, tf: Any) -> Any:
    """Sum, over both pictures, the cosine of its vector and the other's, that one and all lengths held."""
    both = rows[:2] + rows[2:]
    both = both / tf.stop_gradient(tf.norm(both, axis=1, keepdims=True))
    return tf.reduce_sum(both * tf.stop_gradient(both[::-1]))


def _drawn(rows: Any, drawing: Any, tf: Any) -> Any:
    """Bring rows to unit length, draw them to their names and to unit length again, all that being held."""
    rows = rows / tf.stop_gradient(tf.norm(rows, axis=1, keepdims=True))
    rows = rows + tf.stop_gradient(drawing.pull(rows))
    return rows / tf.stop_gradient(tf.norm(rows, axis=1, keepdims=True))
