"""What of a photo is searched with: a garment that was found, a rectangle of one's own, or all of it."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from core.errors import ArtifactError, ImageError, ModelError
from core.models.names import FINDER, GARMENT_NAMER
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_part import GarmentChoice, Percent, choice_crop
from pages._shared.session import cache, query_params, state
from pages._shared.session.cache_decorator import cached, version_of_model
from pages._shared.session.encoder import VisitEncoder, upright_photo
from pages._shared.widgets.turning import quarter_further

GARMENT, PART = "garment", "part"
"""The query parameters: a garment's number, 0 being the whole picture, or the sides of a rectangle."""

Sides = tuple[tuple[int, int], tuple[int, int]]
"""Left and right, then top and bottom, in per cent."""

WHOLE: Sides = ((0, 100), (0, 100))
LEAST = 5  # per cent of a side: less holds no garment

Choice = int | Sides | None
"""What the visitor chose: a garment's number, a rectangle, or nothing yet."""


@dataclass(frozen=True, eq=False)
class Selection:
    """The garments of a photo, and what of it is searched with.

    Attributes
    ----------
    photo : Photo
        The whole photo.
    choice : GarmentChoice
        The garments found, and the one that is searched with; of the whole picture where it is none of them.
    own : Sides or None
        The rectangle that is searched with, where the visitor set one.
    crop : Percent or None
        The part that is searched with, in per cent of the photo's sides; None is all of it.
    chosen : bool
        Whether the visitor chose; False where the search starts of its own accord.
    problem : str
        Why garments are not looked for; "" where they are.
    """

    photo: state.Photo
    choice: GarmentChoice
    own: Sides | None
    crop: Percent | None
    chosen: bool
    problem: str

    @property
    def searched(self) -> state.Photo:
        """What is searched with: the photo, or the part of it."""
        if self.own is not None and self.crop is not None:
            return self.photo.cropped(self.crop)
        return _part_of(self.photo, self.choice, self.crop)


def searched_photo(photo: state.Photo, choice: GarmentChoice, image: np.ndarray) -> state.Photo:
    """Give what of a photo, whose pixels these are, is searched with: the chosen garment, or all of it."""
    return _part_of(photo, choice, choice_crop(choice, image))


def _part_of(photo: state.Photo, choice: GarmentChoice, crop: Percent | None) -> state.Photo:
    if crop is not None:
        return photo.cropped(crop, choice.garment)
    return photo if choice.shown is None else photo.showing(choice.shown)


def select_part(photo: state.Photo) -> Selection:
    """Find the garments of a photo, and follow what the visitor, or the address, chose of it."""
    found, problem = _found_garments(photo)
    choice = _current_choice()
    if isinstance(choice, int) and not 0 <= choice <= len(found.garments):
        choice = None  # an address may name any number
    own = choice if isinstance(choice, tuple) and is_part(choice) else None
    number = choice if isinstance(choice, int) else 0 if choice else found.number
    selection = Selection(
        photo=photo,
        choice=replace(found, number=number),
        own=own,
        crop=_crop_of_sides(own) if own is not None else _garment_crop(photo, number) if number else None,
        chosen=choice is not None,
        problem=problem,
    )
    query_params.write(**_in_address(own or (number if selection.chosen else None)))
    return selection


def choose_part(choice: Choice) -> None:
    """Search with a garment, or with a rectangle. Meant for a widget's callback."""
    st.session_state[state_key("choice")] = choice
    # What was said of the hits of another part is not said of these.
    searched = 0 if isinstance(choice, tuple) and not is_part(choice) else choice
    query_params.write(**_in_address(searched), thumb=[], page=[])


def turn_photo(turn: int) -> None:
    """Turn the photo, and forget what was chosen of it as it lay before. Meant for a widget's callback."""
    st.session_state.pop(state_key("choice"), None)
    state.turn_query(turn)


def turn_photo_further() -> None:
    """Turn the photo by a quarter to the right from how it stands. Meant for a widget's callback."""
    # A photo that was let go cannot be turned, and the page says so.
    with suppress(ImageError):
        if isinstance(photo := state.query(), state.Photo):
            turn_photo(quarter_further(upright_photo(photo).turn or 0))


def shown_sides(selection: Selection) -> Sides:
    """Give the sides that can be moved on: those last set, or those of the garment."""
    if isinstance(set_last := st.session_state.get(state_key("choice")), tuple):
        return set_last
    if selection.crop is None:
        return WHOLE
    left, top, right, bottom = map(round, selection.crop)
    return (left, right), (top, bottom)


def state_key(name: str) -> str:
    """Name a widget, or a part of the session's state, of this query: another query starts without it."""
    return f"part-{name}-{state.query_count()}"


def is_part(sides: Sides) -> bool:
    """Whether sides hold enough to search with, and leave something out."""
    return sides != WHOLE and all(0 <= low <= high - LEAST <= 100 - LEAST for low, high in sides)


def _found_garments(photo: state.Photo) -> tuple[GarmentChoice, str]:
    try:
        return _first_choice(photo), ""
    except (ArtifactError, ModelError) as error:
        return GarmentChoice((), 0), str(error)


@cached(
    depends_on=(version_of_model(FINDER), version_of_model(GARMENT_NAMER)),
    max_entries=32,
    scope="session",
)
def _first_choice(photo: state.Photo) -> GarmentChoice:
    """Find the garments of a photo and have them named, once a visit."""
    return choose_garment(cache.read_photo(photo), VisitEncoder(), key=photo.key)


@cached(
    depends_on=(version_of_model(FINDER), version_of_model(GARMENT_NAMER)),
    max_entries=32,
    scope="session",
)
def _garment_crop(photo: state.Photo, number: int) -> Percent | None:
    """Give the part that a garment is searched with, once a visit."""
    return choice_crop(replace(_first_choice(photo), number=number), cache.read_photo(photo))


def _crop_of_sides(sides: Sides) -> Percent:
    (left, right), (top, bottom) = sides
    return left, top, right, bottom


def _current_choice() -> Choice:
    changes = [query_params.take_visitor_change(name) for name in (GARMENT, PART)]
    key = state_key("choice")
    if key not in st.session_state or any(change is not None for change in changes):
        st.session_state[key] = _from_address(*(query_params.read(name) for name in (GARMENT, PART)))
    choice: Choice = st.session_state[key]
    return choice


def _from_address(garment: list[str], part: list[str]) -> Choice:
    if part and (sides := re.fullmatch(r"(\d{1,3})-(\d{1,3})x(\d{1,3})-(\d{1,3})", part[0], re.ASCII)):
        left, right, top, bottom = map(int, sides.groups())
        if is_part(own := ((left, right), (top, bottom))):
            return own
    if garment and re.fullmatch(r"\d{1,3}", garment[0], re.ASCII):
        return int(garment[0])
    return None


def _in_address(choice: Choice) -> dict[str, list[str]]:
    if isinstance(choice, tuple):
        across, down = choice
        return {GARMENT: [], PART: ["{}-{}x{}-{}".format(*across, *down)]}
    return {GARMENT: [] if choice is None else [str(choice)], PART: []}
