"""Pictures to be classed, and what the judges say of each, remembered for as long as the visit lasts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from core.errors import FashionSearchError
from core.explain.grad_cam import grad_cam
from core.explain.heatmap import overlay_heat
from core.imaging.decode import QUERY_SIDE, read_image
from core.imaging.resize import letterbox
from core.models.consensus import (
    CLASSIFIER_PRIORITY,
    K_NEIGHBOURS,
    KNN,
    ClassifiedImage,
    combine_predictions,
    predict_all,
)
from core.models.names import CLASSIFIER, MODEL_NAMES
from core.retrieval.query import nearest_products
from core.retrieval.request import PictureQuery
from pages._shared.session import cache
from pages._shared.session.cache_decorator import cached, catalogue_version, model_version, version_of_model
from pages._shared.session.encoder import VisitEncoder

MAX_PICTURES = 200
"""Pictures at once: a minute's work on two cores."""

PROGRESS_SHOWN = "classify-progress-shown"
CLASSIFIERS = tuple(name for name in CLASSIFIER_PRIORITY if name in MODEL_NAMES)
THUMBNAIL = (96, 72)
"""Height and width of a picture in the table."""


@dataclass(frozen=True)
class Picture:
    """A picture to be classed. Its bytes are fetched when they are needed, and not kept."""

    key: str
    name: str
    data: Callable[[], bytes] = field(repr=False, compare=False)
    product_id: str | None = None  # where it is a product of the catalogue

    def image(self) -> np.ndarray:
        """Decode the picture."""
        return read_image(self.data(), name=self.name, max_side=QUERY_SIDE)


@dataclass(frozen=True)
class JudgedPicture:
    """A picture that the judges have seen, or could not."""

    picture: Picture
    judged: ClassifiedImage
    thumbnail: str = ""


@dataclass(frozen=True)
class JudgesAtHand:
    """Who can be asked, and why the others cannot."""

    names: tuple[str, ...]  # of `CLASSIFIER_PRIORITY`, in their order
    absent: dict[str, str]  # judge to a sentence


def judges_at_hand(catalogue_name: str, extractor: str) -> JudgesAtHand:
    """Load the judges; one that cannot be loaded does not keep the others away."""
    absent = {}
    for name in CLASSIFIERS:
        try:
            cache.model_registry().classifier(name)
        except FashionSearchError as error:
            absent[name] = str(error)
    try:
        cache.catalogue(catalogue_name).open_index(extractor)
        cache.model_registry().extractor(extractor)
    except FashionSearchError as error:
        absent[KNN] = str(error)
    return JudgesAtHand(tuple(name for name in CLASSIFIER_PRIORITY if name not in absent), absent)


def judge_pictures(
    catalogue_name: str,
    extractor: str,
    pictures: Sequence[Picture],
    judges: tuple[str, ...],
    *,
    progress: Callable[[int, str], None],
) -> list[JudgedPicture]:
    """Ask the judges about each picture that they have not yet seen in this visit.

    Each answer is kept as it comes, so that a visitor who clicks meanwhile does not start anew. A picture
    that cannot be read gets its problem, and the others their answers.

    Parameters
    ----------
    catalogue_name, extractor : str
        Whose nearest products vote.
    pictures : sequence of Picture
        At most `MAX_PICTURES`.
    judges : tuple of str
        Who is asked.
    progress : callable
        Is told the place and the name of the picture that is next.
    """
    before: set[str] = st.session_state.get(PROGRESS_SHOWN, set())
    st.session_state[PROGRESS_SHOWN] = before & {picture.key for picture in pictures}
    seen = []
    for place, picture in enumerate(pictures):
        if picture.key not in before:
            progress(place, picture.name)
        try:
            seen.append(JudgedPicture(picture, *_judge(catalogue_name, extractor, judges, picture)))
        except FashionSearchError as error:
            seen.append(JudgedPicture(picture, ClassifiedImage(picture.name, problem=str(error))))
        st.session_state[PROGRESS_SHOWN].add(picture.key)
    return seen


@cached(
    depends_on=(catalogue_version(), model_version(), *map(version_of_model, CLASSIFIERS)),
    max_entries=MAX_PICTURES,
    scope="session",
)
def _judge(
    catalogue_name: str, extractor: str, judges: tuple[str, ...], picture: Picture
) -> tuple[ClassifiedImage, str]:
    """Give what the judges say of a picture, and the picture in small."""
    image, registry = picture.image(), cache.model_registry()
    classifiers = [registry.classifier(name) for name in judges if name != KNN]
    types = None
    if KNN in judges:
        catalogue = cache.catalogue(catalogue_name)
        nearest = nearest_products(
            PictureQuery(image),
            extractor,
            K_NEIGHBOURS,
            catalogue=catalogue,
            encoder=VisitEncoder(),
            exclude=picture.product_id,
        )
        types = catalogue.types_of(nearest.ids)
    predictions = predict_all(image, classifiers, types)
    judged = ClassifiedImage(picture.name, tuple(predictions), combine_predictions(predictions))
    return judged, cache.image_data_uri(letterbox(image, *THUMBNAIL))


@cached(depends_on=(version_of_model(CLASSIFIER),), max_entries=16, scope="session")
def grad_cam_overlay(picture: Picture, label: str) -> str | None:
    """Show a picture coloured by where VGG19 looked for a label; None where nothing spoke for it."""
    image, model = picture.image(), cache.model_registry().get(CLASSIFIER)
    activation = grad_cam(model, image, label)
    return None if activation.is_empty else cache.image_data_uri(overlay_heat(image, activation.heat))
