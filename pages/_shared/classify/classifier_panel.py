"""Pictures to be classed, and what the judges say of each, remembered for as long as the visit lasts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from core.errors import ArtifactError, FashionSearchError, ModelError
from core.explain.grad_cam import grad_cam
from core.explain.heatmap import overlay_heat
from core.imaging.decode import QUERY_SIDE, read_image
from core.imaging.resize import letterbox
from core.inference_queue import Priority
from core.models.consensus import CLASSIFIER_PRIORITY, KNN, NeighbourVote
from core.models.names import CLASSIFIER, FINDER, MODEL_NAMES
from core.models.prediction import classify_image
from core.reporting.class_table import ClassifiedImage
from core.retrieval.agreement import neighbour_vote, stocked_types
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_part import GarmentChoice, garment_query
from core.retrieval.photograph.upright import stand_upright, turned
from core.retrieval.request import PictureQuery
from core.retrieval.verdicts.calibration import calibration_at_hand, judge_worth, known_on_photograph
from core.retrieval.verdicts.evidence import Evidence
from core.retrieval.verdicts.verdict import reach_verdict
from pages._shared.session import cache
from pages._shared.session.cache_decorator import (
    DoNotCache,
    cached,
    catalogue_version,
    model_version,
    version_of_model,
)
from pages._shared.session.encoder import VisitEncoder
from pages._shared.widgets import turning
from pages._shared.widgets.names import garment_choice_text

MAX_PICTURES = 200
"""Pictures at once: a minute's work on two cores."""

PROGRESS_SHOWN = "classify-progress-shown"
CLASSIFIERS = tuple(name for name in CLASSIFIER_PRIORITY if name in MODEL_NAMES)
THUMBNAIL = (96, 72)
"""Height and width of a picture in the table."""

CHOSEN = "classify-garments-chosen"
"""Pictures' keys to the numbers of the garments that the visitor chose; 0 is the whole picture."""

WHOLE_PICTURE = GarmentChoice((), 0)


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
    choice: GarmentChoice = WHOLE_PICTURE  # its garments, and which of them was looked at

    @property
    def turn(self) -> int:
        """The degrees clockwise that the picture was turned by."""
        return self.judged.turn


@dataclass(frozen=True)
class JudgesAtHand:
    """Who can be asked, and why the others cannot."""

    names: tuple[str, ...]  # of `CLASSIFIER_PRIORITY`, in their order
    absent: dict[str, str]  # judge to a sentence
    no_finder: str  # why garments are not looked for; "" where they are


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
    no_finder = ""
    try:
        cache.model_registry().finder()
    except FashionSearchError as error:
        no_finder = str(error)
    names = tuple(name for name in CLASSIFIER_PRIORITY if name not in absent)
    return JudgesAtHand(names, absent, no_finder)


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
            number = st.session_state.get(CHOSEN, {}).get(picture.key)
            turn = 0 if picture.product_id is not None else turning.asked_turn(picture.key)
            answer = _judge(catalogue_name, extractor, judges, picture, turn=turn, number=number)
            seen.append(JudgedPicture(picture, *answer))
        except FashionSearchError as error:
            seen.append(JudgedPicture(picture, ClassifiedImage(picture.name, problem=str(error))))
        st.session_state[PROGRESS_SHOWN].add(picture.key)
    return seen


def choose(picture: Picture, number: int) -> None:
    """Look at another garment of a picture, or with 0 at the whole picture."""
    st.session_state.setdefault(CHOSEN, {})[picture.key] = number


def turn_picture(picture: Picture, turn: int) -> None:
    """Turn a picture by so many degrees clockwise; the garment chosen of it as it lay before is let go."""
    st.session_state.get(CHOSEN, {}).pop(picture.key, None)
    turning.ask_for_turn(picture.key, turn)


@cached(
    depends_on=(
        catalogue_version(),
        model_version(),
        version_of_model(FINDER),
        *map(version_of_model, CLASSIFIERS),  # one of which says whether a picture is upright
    ),
    max_entries=MAX_PICTURES,
    scope="session",
    priority=Priority.CLASS,
)
def _judge(
    catalogue_name: str,
    extractor: str,
    judges: tuple[str, ...],
    picture: Picture,
    *,
    turn: int | None,
    number: int | None,
) -> tuple[ClassifiedImage, str, GarmentChoice]:
    """Give what the judges say of a picture, the picture in small, and which of its garments they saw."""
    registry = cache.model_registry()
    upright = stand_upright(picture.image(), VisitEncoder(), turn=turn)
    choice, passing = _choice_of(picture, upright.image, number)
    query = garment_query(upright.image, choice)
    predictions = [classify_image(query.image, registry.classifier(name)) for name in judges if name != KNN]
    calibration = calibration_at_hand()
    if picture.product_id is None:
        predictions = [known_on_photograph(said, calibration) for said in predictions]
    vote: NeighbourVote | None = None
    stocked: tuple[str, ...] = ()
    if KNN in judges:
        catalogue = cache.catalogue(catalogue_name)
        stocked = stocked_types(catalogue)
        vote = neighbour_vote(query, extractor, catalogue, VisitEncoder(), exclude=picture.product_id)
    judged = ClassifiedImage(
        picture.name,
        garment_choice_text(choice),
        tuple(predictions),
        vote,
        reach_verdict(Evidence(predictions, choice.shown, vote, stocked), judge_worth(calibration)),
        turn=upright.turn,
    )
    answer = judged, cache.image_data_uri(letterbox(query.image, *THUMBNAIL)), choice
    if passing:
        raise DoNotCache(answer)
    return answer


def _choice_of(picture: Picture, image: np.ndarray, number: int | None) -> tuple[GarmentChoice, bool]:
    """Choose the garment that a search would start with, or the one that the visitor chose.

    Also gives whether it may be another one in a moment, memory being short now. A product is looked at as a
    search does: whole.
    """
    if picture.product_id is not None:
        return WHOLE_PICTURE, False
    try:
        return choose_garment(image, VisitEncoder(), number=number, key=PictureQuery(image).key), False
    except (ArtifactError, ModelError) as error:
        return WHOLE_PICTURE, isinstance(error, ModelError)


def looked_at(seen: JudgedPicture) -> np.ndarray:
    """Give what of a picture the judges saw: uint8 (height, width, 3)."""
    return garment_query(turned(seen.picture.image(), seen.turn), seen.choice).image


def grad_cam_overlay(seen: JudgedPicture, label: str) -> str | None:
    """Show a picture coloured by where VGG19 looked for a label; None where nothing spoke for it."""
    return _grad_cam_overlay(PictureQuery(looked_at(seen)), label)


@cached(
    depends_on=(version_of_model(CLASSIFIER),),
    max_entries=16,
    scope="session",
    priority=Priority.EXPLANATION,
)
def _grad_cam_overlay(query: PictureQuery, label: str) -> str | None:
    model = cache.model_registry().get(CLASSIFIER)
    activation = grad_cam(model, query.image, label)
    return None if activation.is_empty else cache.image_data_uri(overlay_heat(query.image, activation.heat))
