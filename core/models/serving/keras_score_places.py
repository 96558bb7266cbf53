"""What each place of two pictures adds to their score, by the gradients of TensorFlow."""

from typing import Any

import keras
import numpy as np

from core.errors import ModelError
from core.models.layers import PARTS
from core.models.serving.score_places import MIN_CELLS, ScorePlaces


def fine_layer(network: keras.Model) -> str:
    """Name the last rectified convolution with at least `MIN_CELLS` cells.

    Raises
    ------
    ModelError
        If there is none.
    """
    fine = [
        layer.name
        for layer in network.layers
        if layer.name.endswith("_relu") and tuple(layer.output.shape[1:3]) >= MIN_CELLS
    ]
    if not fine:
        raise ModelError(f"No convolution of {network.name} has {MIN_CELLS[0]}×{MIN_CELLS[1]} cells")
    return fine[-1]


def earlier_averages(network: keras.Model, layer: str) -> list[str]:
    """Name the averages of blocks before a layer, which the heads see beside those of the last blocks."""
    names = [found.name for found in network.layers]  # deep ones last, the averages among them
    before = names[: names.index(layer)]
    return [
        found.name
        for found in network.layers
        if found.name.endswith("_features") and found.input._keras_history.operation.name in before
    ]


def score_places(network: keras.Model, pixels: np.ndarray) -> ScorePlaces:
    """Take a score apart by one pass forward and part of one back.

    Parameters
    ----------
    network : keras.Model
        A VGG with an embedding.
    pixels : uint8 array (2, height, width, 3)

    Raises
    ------
    ModelError
        If Keras runs on a backend other than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            f"Explaining a match needs gradients from TensorFlow, not from {keras.backend.backend()}; "
            "start with KERAS_BACKEND=tensorflow"
        )
    import tensorflow as tf

    layer = fine_layer(network)
    names = {found.name for found in network.layers}
    parts = [part.name for part in PARTS if f"{part.name}_drawn" in names]
    drawing = [network.get_layer(f"{part}_drawn") for part in parts]
    averages = earlier_averages(network, layer)
    inside = keras.Model(
        network.input,
        [
            network.get_layer(layer).output,
            [network.get_layer(name).input for name in averages],
            [network.get_layer(name).output for name in averages],
            [network.get_layer(f"{part}_projection").output for part in parts],
        ],
    )
    both = tf.constant(np.concatenate([pixels, pixels[:, :, ::-1]]), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(both)  # the weights are frozen, so nothing would be recorded without a watched input
        activations, early, means, projected = inside(both, training=False)
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
    return ScorePlaces(layer, places, {name: float(cosine) / 2 for name, cosine in cosines.items()})


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
