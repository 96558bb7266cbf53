"""A model's `card.json`: what it is served by, and what is said about it."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

import msgspec

from core.errors import ArtifactError
from core.labels import LABELS
from core.models.names import CARD, WEIGHTS
from core.storage.artifacts import model_dir, read_manifest
from core.storage.atomic import current_folder
from core.storage.naming import remedy, short_path
from core.storage.readers import read_json
from core.storage.schema import Count, Figure, check_schema

_Names = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class CardSchedule(msgspec.Struct, frozen=True):
    """How the model was trained."""

    seed: int | None = None


class AnyCard(msgspec.Struct, frozen=True, kw_only=True):
    """What the card of any model says about it; None where an older card lacks it."""

    name: str | None = None
    created: str | None = None  # ISO 8601
    labels: list[str] | None = None
    parameters: Count | None = None
    seconds: Figure | None = None
    data: dict[str, Count | str] | None = None
    split: dict[str, str] | None = None


OneCard = TypeVar("OneCard", bound=AnyCard)


class Card(AnyCard, frozen=True, kw_only=True):
    """The fields of a classifier's `card.json` that code relies on; training writes more.

    A model cannot be served without the first three. The others are told about it.
    """

    # How many article types, base colours and patterns the network tells apart; older ones know no patterns.
    names: Annotated[tuple[_Names, ...], msgspec.Meta(min_length=2, max_length=3)]
    temperature: Annotated[float, msgspec.Meta(gt=0, le=1e6)]  # logits are divided by it
    known_logit: Figure  # from which on a picture is one of the classes
    input: tuple[Count, Count] | None = None  # height and width, in pixels
    init: str | None = None
    schedule: CardSchedule | None = None


def load_card(model: str) -> Card:
    """Read the card of a model.

    Raises
    ------
    ArtifactError
        If it is missing, does not fit `Card`, or is the card of another model or of other classes.
    """
    return read_card(model, Card, LABELS)


def read_card(model: str, schema: type[OneCard], labels: Sequence[str]) -> OneCard:
    """Read the card of a model, and see that it is this model's.

    Parameters
    ----------
    model : str
    schema : type
        An `AnyCard`.
    labels : sequence of str
        That the model must tell apart.

    Raises
    ------
    ArtifactError
        If it is missing, does not fit the schema, or is the card of another model or of other labels.
    """
    path = current_folder(model_dir(model)) / CARD
    card = check_schema(read_json(path), schema, path=path)
    for field, had, expected in (("name", card.name, model), ("labels", card.labels, list(labels))):
        if had not in (None, expected):
            raise ArtifactError(
                f"{short_path(path)}, field {field}: expected {expected!r}, got {had!r}; {remedy(path)}"
            )
    return card


def kept_weights_sha256(model: str) -> str | None:
    """Give the sha256 of a model's weights as its manifest says it; None where that cannot be read."""
    try:
        entry = read_manifest(model_dir(model))["files"].get(WEIGHTS)
    except ArtifactError:
        return None
    return entry["sha256"] if entry else None
