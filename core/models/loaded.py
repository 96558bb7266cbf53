"""A trained model, ready to serve."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.errors import ArtifactError, ModelError
from core.imaging.resize import letterbox_batch
from core.labels import LABELS
from core.models.card import Card, load_card
from core.models.layers import KeptInHalf
from core.models.memory import INFERENCE
from core.models.names import LEARNED_EXTRACTORS, WEIGHTS
from core.models.rgb import build_rgb
from core.models.vae import build_vae
from core.models.vgg import build_vgg
from core.storage.artifacts import check_folder, model_dir
from core.storage.atomic import current_folder
from core.storage.naming import folder_title, remedy

NetworkOutputs = dict[str, np.ndarray]
"""What a network gives, by the names of its outputs, each float32 (n, width)."""

# Each from how many names of each part of the embedding its card says that it knows.
BUILDERS: Mapping[str, Callable[[tuple[int, ...]], keras.Model]] = {
    "vgg16": lambda names: build_vgg(16, names=names, dtype=KeptInHalf()),
    "vgg19": lambda names: build_vgg(19, dtype=KeptInHalf()),
    "vae": build_vae,
    "rgb": lambda names: build_rgb(),
}
BATCH = 16


class LoadedModel:
    """A trained model: an extractor where it has an embedding, and a classifier.

    Safe to share between threads: one picture after the other goes through the network.

    Parameters
    ----------
    name : str
        One of `BUILDERS`.

    Attributes
    ----------
    name : str
    labels : tuple of str
    dimension : int or None
        Length of its embeddings; None where it only classifies.
    card : core.models.card.Card
        What was written about it when it was trained.
    weights_sha256 : str
        Of the weights file, by which embeddings say what made them.

    Raises
    ------
    ArtifactError
        If the model is not trained, torn, changed, or newer than the code.
    ModelError
        If the weights do not fit the network.
    """

    def __init__(self, name: str) -> None:
        folder = model_dir(name)
        files = check_folder(folder, deep=True)["files"]
        if WEIGHTS not in files:
            raise ArtifactError(f"{folder_title(folder)} has no {WEIGHTS}; {remedy(folder)}")
        self.name = name
        self.labels = LABELS
        self.card: Card = load_card(name)
        self.weights_sha256: str = files[WEIGHTS]["sha256"]
        self._network = _load(name, self.card.names, current_folder(folder) / WEIGHTS)
        self.dimension: int | None = (
            int(self._network.output["embedding"].shape[-1]) if name in LEARNED_EXTRACTORS else None
        )
        self._judge = _compiled(self._network, ("label", "known"))
        self._embed = _compiled(self._network, ("embedding",)) if self.dimension else None

    @property
    def network(self) -> keras.Model:
        """The Keras network, for those who look inside it."""
        return self._network

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Embed pictures: the mean over each and its mirror image, since a garment may face either way.

        Parameters
        ----------
        images : sequence of uint8 arrays (h, w, 3)
            RGB, of any size.

        Returns
        -------
        float32 array (n, dimension)
            Rows of unit length; the same answer every time.

        Raises
        ------
        ModelError
            If this model only classifies.
        """
        if self._embed is None:
            raise ModelError(
                f"{self.name} classifies and does not extract; expected {' or '.join(LEARNED_EXTRACTORS)}"
            )
        rows = self._run(self._embed, ("embedding",), images)["embedding"]
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def predict(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Give each picture's probability of each class.

        Returns
        -------
        float32 array (n, 5)
            Calibrated by temperature (Guo et al. 2017); rows sum to 1.
        """
        return self.classify(images)[0]

    def classify(self, images: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Classify pictures, averaged over each and its mirror image, in one pass.

        Returns
        -------
        probabilities : float32 array (n, 5)
            As from `predict`.
        known : bool array (n,)
            Whether each picture is one of the classes at all.
        """
        answers = self._run(self._judge, ("label", "known"), images)
        return (
            softmax(answers["label"] / self.card.temperature),
            answers["known"][:, 0] >= self.card.known_logit,
        )

    def _run(
        self, serve: Callable[[np.ndarray], NetworkOutputs], keys: Sequence[str], images: Sequence[np.ndarray]
    ) -> NetworkOutputs:
        height, width = self._network.input_shape[1:3]
        parts: dict[str, list[np.ndarray]] = {
            key: [np.empty((0, self._network.output[key].shape[-1]), np.float32)] for key in keys
        }
        for at in range(0, len(images), BATCH):
            pixels = letterbox_batch(images[at : at + BATCH], height, width)
            with INFERENCE:
                answers = serve(pixels)
            for key in keys:
                parts[key].append(answers[key])
        return {key: np.concatenate(part) for key, part in parts.items()}


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn rows of logits (n, k) into probabilities."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


def _load(name: str, names: tuple[int, ...], weights: Path) -> keras.Model:
    network = BUILDERS[name](names)
    try:
        network.load_weights(weights)
    except Exception as error:  # h5py and Keras raise whatever the mismatch happens to break.
        raise ModelError(
            f"The weights of {name} do not fit its network: {' '.join(str(error).split())[:200]}; "
            f"train it again with `python -m core train DATA --model {name} --force`"
        ) from error
    network.trainable = False
    return network


def _compiled(network: keras.Model, keys: Sequence[str]) -> Callable[[np.ndarray], NetworkOutputs]:
    """Return a function from uint8 pictures to NumPy answers, compiled where the backend can.

    The answers are the mean over each picture and its mirror image.
    """
    part = keras.Model(network.input, {key: network.output[key] for key in keys})
    height, width = network.input_shape[1:3]

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
