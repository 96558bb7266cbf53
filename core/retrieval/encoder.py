"""What a search asks of the models: a picture's embedding, and its class."""

from functools import cache
from typing import Protocol

import numpy as np

from core.models.finder.garment import Garment
from core.models.names import UPRIGHT_MODEL
from core.models.prediction import Prediction, classify_image
from core.models.registry import ModelRegistry


class Encoder(Protocol):
    """Embeds and classifies query pictures. `key` tells pictures apart, so that answers can be remembered."""

    def embed(self, extractor: str, image: np.ndarray, key: str) -> np.ndarray:
        """Give the embedding of a picture, float32 (dimension,).

        Raises
        ------
        ArtifactError, ModelError
            If the extractor is not at hand.
        """

    def classify(self, classifier: str, image: np.ndarray, key: str) -> Prediction:
        """Name the class of a picture.

        Raises
        ------
        ArtifactError, ModelError
            If the classifier is not at hand.
        """

    def find(self, image: np.ndarray, key: str) -> tuple[Garment, ...]:
        """Find the garments of a picture, the likeliest first.

        Raises
        ------
        ArtifactError, ModelError
            If the finder is not at hand.
        """

    def upright(self, image: np.ndarray, key: str) -> float:
        """Say how likely a picture is upright, 0 to 1.

        Raises
        ------
        ArtifactError, ModelError
            If what knows it is not at hand.
        """


class ModelEncoder:
    """Asks the models of a registry, one picture at a time."""

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry

    def embed(self, extractor: str, image: np.ndarray, key: str) -> np.ndarray:
        """Give the embedding of a picture; see `Encoder`."""
        return self._registry.extractor(extractor).extract([image])[0]

    def classify(self, classifier: str, image: np.ndarray, key: str) -> Prediction:
        """Name the class of a picture; see `Encoder`."""
        return classify_image(image, self._registry.classifier(classifier))

    def find(self, image: np.ndarray, key: str) -> tuple[Garment, ...]:
        """Find the garments of a picture; see `Encoder`."""
        return self._registry.finder().find(image)

    def upright(self, image: np.ndarray, key: str) -> float:
        """Say how likely a picture is upright; see `Encoder`."""
        return float(self._registry.get(UPRIGHT_MODEL).upright([image])[0])


@cache
def default_encoder() -> ModelEncoder:
    """Give the encoder of this process, whose models are loaded when they are needed first."""
    return ModelEncoder(ModelRegistry())
