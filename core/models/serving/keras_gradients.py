"""What each place adds to a score, or speaks for a class, by the gradients of TensorFlow."""

from typing import Any

import keras
import numpy as np

from core.errors import ModelError
from core.models.layers import PARTS
from core.models.serving.explanation import MIN_CELLS, ClassCells, ScorePlaces


def fine_layer(network: keras.Model) -> str:
    """Name the last convolution with at least `MIN_CELLS` cells, or the last of all where none has as many.

    It is the rectifier behind it, where that is a layer of its own.

    Raises
    ------
    ModelError
        If the network has no convolution.
    """
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    if not convolutions:
        raise ModelError(
            f"{network.name} has no convolutions, so there are no places it looks at; take vgg16 or vgg19"
        )
    fine = [layer for layer in convolutions if tuple(layer.output.shape[1:3]) >= MIN_CELLS]
    name = (fine or convolutions)[-1].name
    rectified = f"{name}_relu"
    return rectified if any(layer.name == rectified for layer in network.layers) else str(name)


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
    tf = _tensorflow()
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


def class_cells(network: keras.Model, pixels: np.ndarray) -> ClassCells:
    """Weigh a layer's channels by the gradients of each class's logit: equations 1 and 2 of Grad-CAM.

    Parameters
    ----------
    network : keras.Model
        With convolutions, and logits called ``label``.
    pixels : uint8 array (1, height, width, 3)

    Raises
    ------
    ModelError
        If the network has no convolution, or Keras runs on a backend other than TensorFlow.
    """
    tf = _tensorflow()
    layer = fine_layer(network)
    inside = keras.Model(network.input, [network.get_layer(layer).output, network.output["label"]])
    picture = tf.constant(pixels, tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(picture)  # the weights are frozen, so nothing would be recorded without a watched input
        activations, logits = inside(picture, training=False)
        scores = tf.unstack(logits[0])
    weights = [np.asarray(tape.gradient(score, activations))[0].mean(axis=(0, 1)) for score in scores]
    cells = np.einsum("hwc,kc->khw", np.asarray(activations)[0], np.stack(weights))
    return ClassCells(layer, cells.astype(np.float32))


def _tensorflow() -> Any:
    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            f"An explanation needs gradients from TensorFlow, not from {keras.backend.backend()}; "
            "start with KERAS_BACKEND=tensorflow"
        )
    import tensorflow as tf

    return tf


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
