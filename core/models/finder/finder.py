"""The garment finder, ready to serve."""

from collections.abc import Callable

import numpy as np

from core.imaging.resize import resize
from core.inference_queue import INFERENCE
from core.models.finder.card import FinderCard, load_finder_card
from core.models.finder.detections import Outputs, detect
from core.models.finder.garment import Garment
from core.models.finder.grid import MULTIPLE
from core.models.loaded import softmax
from core.models.names import FINDER
from core.models.serving.network import ModelFolder

Answer = Callable[[np.ndarray], Outputs]
"""From a picture, uint8 (height, width, 3), to what the network says of it."""

PIXELS = 576 * 384
"""About as many pixels as a picture is brought to: more find hats and bags better, and take longer."""

LONGEST = 960
"""Most pixels of a side: a long screenshot is not squeezed into a strip."""


class GarmentFinder:
    """Finds the garments in pictures.

    Safe to share between threads: one picture after the other goes through the network.

    Attributes
    ----------
    card : FinderCard
        What was written about it when it was trained.
    weights_sha256 : str

    Raises
    ------
    ArtifactError
        If it is not trained, torn, changed, or newer than the code.
    ModelError
        If the weights do not fit the network.
    """

    name = FINDER

    def __init__(self) -> None:
        folder = ModelFolder.open(FINDER)
        self.card: FinderCard = load_finder_card()
        self.weights_sha256 = folder.weights_sha256
        self._answer = _graph_answers(folder) if folder.serves_by_graph else _keras_answers(folder)

    def find(self, image: np.ndarray) -> tuple[Garment, ...]:
        """Find the garments in a picture.

        Parameters
        ----------
        image : uint8 array (height, width, 3)
            RGB, upright, of any size.

        Returns
        -------
        tuple of Garment
            The likeliest first; empty where there is none.
        """
        with INFERENCE:
            outputs = self._answer(resize(image, *input_size(*image.shape[:2])))
        return detect(outputs, self.card)


def input_size(height: int, width: int, *, pixels: int = PIXELS) -> tuple[int, int]:
    """Return the height and width that a picture is brought to: multiples of 32, the same shape but for that.

    Examples
    --------
    >>> input_size(432, 288)
    (576, 384)
    >>> input_size(1000, 1000)
    (480, 480)
    """
    scale = min((pixels / (height * width)) ** 0.5, LONGEST / max(height, width))
    high, wide = (max(MULTIPLE, round(side * scale / MULTIPLE) * MULTIPLE) for side in (height, width))
    return high, wide


def _keras_answers(folder: ModelFolder) -> Answer:
    from core.models.finder.keras_finder import compiled, load_finder_network  # imports TensorFlow

    return compiled(load_finder_network(folder.weights))


def _graph_answers(folder: ModelFolder) -> Answer:
    from core.models.serving.onnx_network import OnnxNetwork

    network = OnnxNetwork(folder)

    def answer(pixels: np.ndarray) -> Outputs:
        outputs = network.answer(pixels[None], ("labels", "boxes", "fit"))
        labels = outputs["labels"][0]
        likely = softmax(labels.reshape(-1, labels.shape[-1])).reshape(labels.shape)
        return Outputs(likely, outputs["boxes"][0], 1 / (1 + np.exp(-outputs["fit"][0, :, :, 0])))

    return answer
