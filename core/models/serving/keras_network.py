"""A model's network in Keras: how it is trained and looked into, and served where nothing lighter is."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.errors import ModelError
from core.models.compared.cnn import build_cnn
from core.models.layers import KeptInHalf
from core.models.rgb import build_rgb
from core.models.serving.explanation import ClassCells, ScorePlaces
from core.models.serving.keras_gradients import class_cells, score_places
from core.models.serving.network import NetworkOutputs
from core.models.vae import build_vae
from core.models.vgg import build_vgg

# Each from how many names of each part of the embedding its card says that it knows.
BUILDERS: Mapping[str, Callable[[tuple[int, ...]], keras.Model]] = {
    "vgg16": lambda names: build_vgg(16, names=names, dtype=KeptInHalf()),
    "vgg19": lambda names: build_vgg(19, dtype=KeptInHalf()),
    "vae": build_vae,
    "rgb": lambda names: build_rgb(),
    "cnn": lambda names: build_cnn(),
}


class KerasNetwork:
    """A model's network, answering by Keras.

    Parameters
    ----------
    name : str
        One of `BUILDERS`.
    names : tuple of int
        Of its card.
    weights : Path

    Attributes
    ----------
    model : keras.Model
    input_size : (int, int)
        Height and width in pixels.
    widths : dict of str to int
        Of each output, and of each layer added.

    Raises
    ------
    ModelError
        If the weights do not fit the network.
    """

    def __init__(self, name: str, names: tuple[int, ...], weights: Path) -> None:
        self.model = load_network(name, names, weights)
        self.input_size: tuple[int, int] = self.model.input_shape[1:3]
        self.widths = {key: int(output.shape[-1]) for key, output in self.model.output.items()}
        self._outputs = dict(self.model.output)
        self._compiled = functools.cache(self._compile)

    def answer(self, pixels: np.ndarray, keys: tuple[str, ...]) -> NetworkOutputs:
        """Give outputs for uint8 (n, height, width, 3), averaged with those of the mirror images."""
        return self._compiled(keys)(pixels)

    def score_places(self, pixels: np.ndarray) -> ScorePlaces:
        """Take the score of two pictures apart, uint8 (2, height, width, 3)."""
        return score_places(self.model, pixels)

    def class_cells(self, pixels: np.ndarray) -> ClassCells:
        """Say which places of a picture, uint8 (1, height, width, 3), speak for each class."""
        return class_cells(self.model, pixels)

    def add_layers(self, layers: Sequence[str]) -> None:
        """Have layers inside the network answer too, where they give a row a picture.

        Raises
        ------
        ModelError
            If there is no such layer.
        """
        for layer in layers:
            if layer in self._outputs:
                continue
            try:
                self._outputs[layer] = self.model.get_layer(layer).output
            except ValueError as error:
                raise ModelError(f"{self.model.name} has no layer {layer!r} to be asked for") from error
            self.widths[layer] = int(self._outputs[layer].shape[-1])

    def _compile(self, keys: tuple[str, ...]) -> Callable[[np.ndarray], NetworkOutputs]:
        return _compiled(keras.Model(self.model.input, {key: self._outputs[key] for key in keys}))


def load_network(name: str, names: tuple[int, ...], weights: Path) -> keras.Model:
    """Build a model's network as it is served, with its weights.

    Raises
    ------
    ModelError
        If the weights do not fit the network.
    """
    mend = f"train it again with `python -m core train DATA --model {name} --force`"
    return with_weights(BUILDERS[name](names), weights, title=name, mend=mend)


def with_weights(network: keras.Model, weights: Path, *, title: str, mend: str) -> keras.Model:
    """Load a network's weights, to serve and not to train.

    Parameters
    ----------
    network : keras.Model
    weights : Path
    title, mend : str
        What the model is called in an error, and how to mend it.

    Raises
    ------
    ModelError
        If the weights do not fit the network.
    """
    try:
        network.load_weights(weights)
    except Exception as error:  # h5py and Keras raise whatever the mismatch happens to break.
        raise ModelError(
            f"The weights of {title} do not fit its network: {' '.join(str(error).split())[:200]}; {mend}"
        ) from error
    network.trainable = False
    return network


def _compiled(part: keras.Model) -> Callable[[np.ndarray], NetworkOutputs]:
    """Return a function from uint8 pictures to NumPy answers, compiled where the backend can.

    The answers are the mean over each picture and its mirror image.
    """
    keys = list(part.output)
    height, width = part.input_shape[1:3]

    def answer(pixels: Any) -> dict[str, Any]:
        pixels = keras.ops.cast(pixels, "float32")
        both = part(keras.ops.concatenate([pixels, keras.ops.flip(pixels, axis=2)]), training=False)
        n = keras.ops.shape(pixels)[0]
        return {key: (both[key][:n] + both[key][n:]) / 2 for key in keys}

    if keras.backend.backend() != "tensorflow":
        return lambda pixels: {
            key: keras.ops.convert_to_numpy(value) for key, value in answer(pixels).items()
        }
    import tensorflow as tf

    @functools.cache
    def graph() -> Callable[..., dict[str, Any]]:
        # One signature for every batch size: nothing is traced again while somebody waits.
        pictures = tf.TensorSpec((None, height, width, 3), tf.uint8)
        return tf.function(answer).get_concrete_function(pictures)

    return lambda pixels: {key: value.numpy() for key, value in graph()(tf.constant(pixels)).items()}
