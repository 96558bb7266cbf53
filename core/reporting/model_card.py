"""What is kept beside a model's weights: how it learned, epoch by epoch, and its card."""

from dataclasses import dataclass

import pandas as pd

from core.errors import ArtifactError
from core.models.card import Card, load_card
from core.models.finder.card import FinderCard, load_finder_card
from core.models.names import CARD, FINDER, WEIGHTS
from core.storage.artifacts import check_files, model_dir
from core.storage.atomic import current_folder
from core.storage.naming import remedy
from core.storage.readers import read_numbers

HISTORY, CARD_TEXT = "history.csv", "MODEL_CARD.md"

CURVES: tuple[str, ...] = ("loss", "accuracy", "val_loss", "val_accuracy")
"""Columns that every history should have, beside ``epoch``."""


@dataclass(frozen=True)
class History:
    """How a model learned."""

    model: str
    table: pd.DataFrame  # ``epoch``, and every column with at least one number; gaps are NaN
    missing: tuple[str, ...]  # those of `CURVES` without any number


@dataclass(frozen=True)
class ModelCard:
    """What somebody should know before relying on a model."""

    model: str
    fields: Card | FinderCard  # card.json
    text: str  # MODEL_CARD.md
    weights_bytes: int

    @property
    def facts(self) -> dict[str, str]:
        """Date, size, seed, data, split and time of training, in words; what the card lacks is left out."""
        card, data, split = self.fields, self.fields.data or {}, self.fields.split or {}
        size: tuple[int, ...] = ()
        init, seed = None, None
        if isinstance(card, Card):
            size, init = card.input or (), card.init
            seed = card.schedule.seed if card.schedule else None
        counts = {
            kind.removeprefix("training_"): n for kind, n in data.items() if kind.startswith("training_")
        }
        known = {
            "Trained on": (card.created or "")[:10],
            "Parameters": "" if card.parameters is None else f"{card.parameters:,}",
            "Size of the file": f"{self.weights_bytes / 1e6:.1f} MB, float16",
            "Input": "×".join(map(str, size)),
            "Start": init or "",
            "Seed": "" if seed is None else str(seed),
            "Data": str(data.get("folder", "")),
            "Learned from": ", ".join(f"{n:,} {kind}" for kind, n in counts.items() if isinstance(n, int)),
            "Split of products": split.get("products", ""),
            "Split of photographs": split.get("photographs", ""),
            "Split of street photographs": split.get("outlined", ""),
            "Time to train": "" if card.seconds is None else f"{card.seconds / 60:.0f} minutes",
        }
        return {name: value for name, value in known.items() if value}


def read_history(model: str) -> History:
    """Read a model's history.

    Raises
    ------
    ArtifactError
        If the model is missing or damaged, or its history is no table with epochs.
    """
    place = model_dir(model)
    check_files(place, (HISTORY,))
    try:
        table = pd.read_csv(current_folder(place) / HISTORY, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{model} has no readable history.csv; {remedy(place)}") from error
    table = pd.DataFrame({column: read_numbers(cells) for column, cells in table.fillna("").items()})
    if "epoch" not in table or not len(table):
        raise ArtifactError(f"{model}'s history.csv holds no epoch; {remedy(place)}")
    table = table.dropna(axis="columns", how="all")
    return History(model, table, tuple(name for name in CURVES if name not in table))


def read_card(model: str) -> ModelCard:
    """Read a model's card.

    Raises
    ------
    ArtifactError
        If the model is missing or damaged, has no card, or one that does not fit `core.models.card.Card`;
        of the garment finder `core.models.finder.card.FinderCard`.
    """
    place = model_dir(model)
    weights = check_files(place, (CARD, CARD_TEXT))["files"].get(WEIGHTS)
    card = load_finder_card() if model == FINDER else load_card(model)
    try:
        text = (current_folder(place) / CARD_TEXT).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{model} has no readable MODEL_CARD.md; {remedy(place)}") from error
    return ModelCard(model, card, text, weights["size"] if weights else 0)
