"""What the models say of a visit's pictures, each asked once a visit: embeddings, classes, garments."""

import numpy as np

from core.models.finder.garment import Garment
from core.models.names import FINDER, UPRIGHT_MODEL
from core.models.prediction import Prediction
from core.retrieval.encoder import ModelEncoder
from core.retrieval.photograph.upright import stand_upright
from core.retrieval.request import PictureQuery, ProductQuery
from pages._shared.session import cache
from pages._shared.session.cache_decorator import cached, model_version, version_of_model
from pages._shared.session.state import Photo, Product


class VisitEncoder:
    """A `core.retrieval.encoder.Encoder` that remembers its answers for as long as the visit lasts."""

    def embed(self, extractor: str, image: np.ndarray, key: str) -> np.ndarray:
        """Give the embedding of a picture, float32 (dimension,)."""
        return _embed(extractor, PictureQuery(image, key))

    def classify(self, classifier: str, image: np.ndarray, key: str) -> Prediction:
        """Name the class of a picture."""
        return _classify(classifier, PictureQuery(image, key))

    def find(self, image: np.ndarray, key: str) -> tuple[Garment, ...]:
        """Find the garments of a picture, the likeliest first."""
        return _find(PictureQuery(image, key))

    def upright(self, image: np.ndarray, key: str) -> float:
        """Say how likely a picture is upright, 0 to 1."""
        return _upright(PictureQuery(image, key))


def upright_photo(photo: Photo) -> Photo:
    """Give a photo as every page sees it: turned as it was asked for, or back where it is likely turned.

    Raises
    ------
    ImageError
        If the photo was let go.
    """
    return photo if photo.turn is not None else photo.turned(_likely_turn(photo))


def to_query(query: Photo | Product) -> PictureQuery | ProductQuery:
    """Turn what the visitor asked for into what `core` is asked."""
    if isinstance(query, Product):
        return ProductQuery(query.product_id)
    return PictureQuery(cache.read_photo(query), query.key, garment=query.garment)


# Once a visit, whatever is at hand later: a photo does not turn while it is looked at.
@cached(depends_on=(version_of_model(UPRIGHT_MODEL),), max_entries=cache.ANSWERS_A_VISIT, scope="session")
def _likely_turn(photo: Photo) -> int:
    return stand_upright(cache.read_photo(photo), VisitEncoder(), key=photo.key).turn


@cached(depends_on=(model_version(),), max_entries=cache.ANSWERS_A_VISIT, scope="session")
def _embed(extractor: str, picture: PictureQuery) -> np.ndarray:
    return ModelEncoder(cache.model_registry()).embed(extractor, picture.image, picture.key)


@cached(depends_on=(model_version("model"),), max_entries=cache.ANSWERS_A_VISIT, scope="session")
def _classify(model: str, picture: PictureQuery) -> Prediction:
    return ModelEncoder(cache.model_registry()).classify(model, picture.image, picture.key)


@cached(depends_on=(version_of_model(FINDER),), max_entries=cache.ANSWERS_A_VISIT, scope="session")
def _find(picture: PictureQuery) -> tuple[Garment, ...]:
    return ModelEncoder(cache.model_registry()).find(picture.image, picture.key)


@cached(depends_on=(version_of_model(UPRIGHT_MODEL),), max_entries=cache.ANSWERS_A_VISIT, scope="session")
def _upright(picture: PictureQuery) -> float:
    return ModelEncoder(cache.model_registry()).upright(picture.image, picture.key)
