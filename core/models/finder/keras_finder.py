"""The garment finder's network in Keras, answering one picture at a time."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.models.finder.detections import Outputs
from core.models.finder.network import build_finder
from core.models.names import FINDER
from core.models.serving.keras_network import with_weights
from core.storage.artifacts import model_dir
from core.storage.naming import remedy


def load_finder_network(weights: Path) -> keras.Model:
    """Build the network with its weights.

    Raises
    ------
    ModelError
        If the weights do not fit the network.
    """
    mend = remedy(model_dir(FINDER))
    return with_weights(build_finder(), weights, title="the garment finder", mend=mend)


def compiled(network: keras.Model) -> Callable[[np.ndarray], Outputs]:
    """Return a function from a uint8 picture (height, width, 3) to its outputs, compiled if possible.

    One signature for pictures of every size: nothing is traced again while somebody waits.
    """

    def answer(pixels: Any) -> dict[str, Any]:
        outputs = network(keras.ops.cast(pixels[None], "float32"), training=False)
        return {
            "labels": keras.ops.softmax(outputs["labels"][0]),
            "boxes": outputs["boxes"][0],
            "fit": keras.ops.sigmoid(outputs["fit"][0, :, :, 0]),
        }

    def plain(values: dict[str, Any], to_numpy: Callable[[Any], np.ndarray]) -> Outputs:
        return Outputs(**{key: to_numpy(value) for key, value in values.items()})

    if keras.backend.backend() != "tensorflow":
        return lambda pixels: plain(answer(pixels), keras.ops.convert_to_numpy)
    import tensorflow as tf

    @functools.cache
    def graph() -> Callable[..., dict[str, Any]]:
        return tf.function(answer).get_concrete_function(tf.TensorSpec((None, None, 3), tf.uint8))

    return lambda pixels: plain(graph()(tf.constant(pixels)), lambda value: value.numpy())
