"""A trained model, ready to serve."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ModelError
from core.imaging.resize import letterbox_batch
from core.inference_queue import INFERENCE
from core.labels import LABELS
from core.models.card import Card, load_card
from core.models.names import COMPARED_MODELS, LEARNED_EXTRACTORS, UPRIGHT_MODEL
from core.models.serving.explanation import ClassCells, ScorePlaces
from core.models.serving.network import ModelFolder, Network, NetworkOutputs

if TYPE_CHECKING:
    from core.models.serving.keras_network import KerasNetwork

BATCH = 16

EMBEDDING = "embedding"
VECTOR_OUTPUTS = dict.fromkeys(LEARNED_EXTRACTORS, EMBEDDING) | dict.fromkeys(COMPARED_MODELS, "features")
"""The output that is searched by, of each model that has one."""


class LoadedModel:
    """A trained model: an extractor where it has an embedding, and a classifier.

    Safe to share between threads: one picture after the other goes through the network.

    Parameters
    ----------
    name : str
        One of `core.models.names.MODEL_NAMES` or `COMPARED_MODELS`.

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
        folder = ModelFolder.open(name)
        self.name = name
        self.labels = LABELS
        self.card: Card = load_card(name)
        self.weights_sha256 = folder.weights_sha256
        self._folder = folder
        self._keras: KerasNetwork | None = None
        self._network: Network = self._open_network()
        self._vectors = VECTOR_OUTPUTS.get(name)
        self.dimension: int | None = self._network.widths[self._vectors] if self._vectors else None

    def _open_network(self) -> Network:
        if not self._folder.serves_by_graph:
            return self._keras_network()
        from core.models.serving.onnx_network import OnnxNetwork

        return OnnxNetwork(self._folder)

    def _keras_network(self) -> "KerasNetwork":
        from core.models.serving.keras_network import KerasNetwork  # imports TensorFlow, which takes seconds

        if self._keras is None:
            self._keras = KerasNetwork(self.name, self.card.names, self._folder.weights)
        return self._keras

    @property
    def network(self) -> Any:
        """The Keras network, for those who look inside it; loaded when it is first asked for."""
        with INFERENCE:
            return self._keras_network().model

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Embed pictures: the mean over each and its mirror image, since a garment may face either way.

        Parameters
        ----------
        images : sequence of uint8 arrays (h, w, 3)
            RGB, of any size.

        Returns
        -------
        float32 array (n, dimension)
            Rows of unit length, but for the compared network's features; the same answer every time.

        Raises
        ------
        ModelError
            If this model only classifies.
        """
        if self._vectors is None:
            raise ModelError(
                f"{self.name} classifies and does not extract; expected {' or '.join(LEARNED_EXTRACTORS)}"
            )
        rows = self._run((self._vectors,), images)[self._vectors]
        return rows / np.linalg.norm(rows, axis=1, keepdims=True) if self._vectors == EMBEDDING else rows

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
        probabilities, margins = self.judge(images)
        return probabilities, margins >= 0

    def judge(self, images: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Classify pictures, and say by how much each is known; see `OpenSetClassifier.judge`."""
        answers = self._run(("label", "known"), images)
        return (
            softmax(answers["label"] / self.card.temperature),
            answers["known"][:, 0] - self.card.known_logit,
        )

    def upright(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Say how likely each picture is upright, and not turned by a quarter or a half.

        Returns
        -------
        float32 array (n,)

        Raises
        ------
        ModelError
            If this model does not know.
        """
        if "upright" not in self._network.widths:
            raise ModelError(f"{self.name} does not know which way up a picture is; expected {UPRIGHT_MODEL}")
        logits = self._run(("upright",), images)["upright"][:, 0]
        return (1 / (1 + np.exp(-logits))).astype(np.float32)

    def score_places(self, pictures: Sequence[np.ndarray]) -> ScorePlaces:
        """Take the score of two pictures apart, over the places of both.

        Parameters
        ----------
        pictures : sequence of two uint8 arrays (h, w, 3)
            RGB, each of its own size.

        Raises
        ------
        ModelError
            If the network cannot.
        """
        pixels = letterbox_batch(pictures, *self.input_size)
        with INFERENCE:
            return self._network.score_places(pixels)

    def class_cells(self, picture: np.ndarray) -> ClassCells:
        """Say which places of a picture, uint8 (h, w, 3) of any size, speak for each class.

        Raises
        ------
        ModelError
            If the network cannot.
        """
        pixels = letterbox_batch([picture], *self.input_size)
        with INFERENCE:
            return self._network.class_cells(pixels)

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the pictures that the network sees, in pixels."""
        return self._network.input_size

    def layer_widths(self, layers: Sequence[str]) -> tuple[int, ...]:
        """Give how many numbers each of some layers has; raises like `layer_outputs`."""
        return tuple(self._network_with(layers).widths[layer] for layer in layers)

    def layer_outputs(self, layers: tuple[str, ...], images: Sequence[np.ndarray]) -> NetworkOutputs:
        """Give what layers answer to pictures, the mean over each and its mirror image.

        Parameters
        ----------
        layers : tuple of str
            Outputs of the network, or layers inside it: these are asked of Keras, which is then loaded.
        images : sequence of uint8 arrays (h, w, 3)
            RGB, of any size.

        Returns
        -------
        dict of layer to float32 array (n, width)

        Raises
        ------
        ModelError
            If the network has no such layer.
        """
        return self._run(layers, images, self._network_with(layers))

    def name_vectors(self, part: str) -> np.ndarray | None:
        """Give the vectors of the names that a part of the embedding is drawn to; asked of Keras.

        Parameters
        ----------
        part : str
            Of `core.models.layers.PARTS`.

        Returns
        -------
        float array (number of names, dimension of the part)
            None where the weights have no such part.
        """
        if len(self.card.names) < 3 and part == "look":
            return None
        return np.asarray(self.network.get_layer(f"{part}_drawn").vectors)

    def _network_with(self, layers: Sequence[str]) -> Network:
        if all(layer in self._network.widths for layer in layers):
            return self._network
        with INFERENCE:
            keras_network = self._keras_network()
            keras_network.add_layers(layers)
        return keras_network

    def _run(
        self, keys: tuple[str, ...], images: Sequence[np.ndarray], network: Network | None = None
    ) -> NetworkOutputs:
        network = network or self._network
        parts = {key: [np.empty((0, network.widths[key]), np.float32)] for key in keys}
        for at in range(0, len(images), BATCH):
            pixels = letterbox_batch(images[at : at + BATCH], *network.input_size)
            with INFERENCE:
                answers = network.answer(pixels, keys)
            for key in keys:
                parts[key].append(answers[key])
        return {key: np.concatenate(part) for key, part in parts.items()}


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn rows of logits (n, k) into probabilities."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)
