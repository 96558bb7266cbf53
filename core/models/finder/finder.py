"""The garment finder, ready to serve."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from core.errors import ArtifactError, ModelError
from core.imaging.resize import resize
from core.models.finder.card import FinderCard, load_finder_card
from core.models.finder.detections import Outputs, detect
from core.models.finder.garment import Garment
from core.models.finder.network import MULTIPLE, build_finder
from core.models.memory import INFERENCE
from core.models.names import FINDER, WEIGHTS
from core.storage.artifacts import check_folder, model_dir
from core.storage.atomic import current_folder
from core.storage.naming import folder_title, remedy

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
        folder = model_dir(FINDER)
        files = check_folder(folder, deep=True)["files"]
        if WEIGHTS not in files:
            raise ArtifactError(f"{folder_title(folder)} has no {WEIGHTS}; {remedy(folder)}")
        self.card: FinderCard = load_finder_card()
        self.weights_sha256: str = files[WEIGHTS]["sha256"]
        network = build_finder()
        try:
            network.load_weights(current_folder(folder) / WEIGHTS)
        except Exception as error:  # h5py and Keras raise whatever the mismatch happens to break.
            raise ModelError(
                f"The weights of the garment finder do not fit its network: "
                f"{' '.join(str(error).split())[:200]}; {remedy(folder)}"
            ) from error
        network.trainable = False
        self._answer = compiled(network)

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
