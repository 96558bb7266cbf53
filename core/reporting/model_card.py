"""What is kept beside a model's weights: how it learned, epoch by epoch, and its card."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.errors import ArtifactError
from core.models.names import WEIGHTS
from core.storage.artifacts import check_folder, model_dir, read_json

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
    fields: dict[str, Any]  # card.json
    text: str  # MODEL_CARD.md
    weights_bytes: int

    @property
    def facts(self) -> dict[str, str]:
        """Date, size, seed, data, split and time of training, in words; what the card lacks is left out."""
        data, split = self._part("data"), self._part("split")
        known = {
            "Trained on": str(self.fields.get("created", ""))[:10],
            "Parameters": f"{self.fields['parameters']:,}" if "parameters" in self.fields else "",
            "Size of the file": f"{self.weights_bytes / 1e6:.1f} MB, float16",
            "Input": "×".join(map(str, self.fields.get("input", []))),
            "Start": str(self.fields.get("init", "")),
            "Seed": str(self._part("schedule").get("seed", "")),
            "Data": str(data.get("folder", "")),
            "Learned from": ", ".join(
                f"{count:,} {kind.removeprefix('training_')}"
                for kind, count in data.items()
                if kind.startswith("training_")
            ),
            "Split of products": str(split.get("products", "")),
            "Split of photographs": str(split.get("photographs", "")),
            "Time to train": f"{self.fields['seconds'] / 60:.0f} minutes" if "seconds" in self.fields else "",
        }
        return {name: value for name, value in known.items() if value}

    def _part(self, key: str) -> dict[str, Any]:
        part = self.fields.get(key)
        return part if isinstance(part, dict) else {}


def read_history(model: str) -> History:
    """Read a model's history.

    Raises
    ------
    ArtifactError
        If the model is missing or damaged, or its history is no table with epochs.
    """
    folder = model_dir(model)
    check_folder(folder)
    try:
        table = pd.read_csv(folder / "history.csv")
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{model} has no readable history.csv ({error}); {_mend(model)}") from error
    table = table.apply(pd.to_numeric, errors="coerce")
    if "epoch" not in table or not len(table):
        raise ArtifactError(f"{model}'s history.csv holds no epoch; {_mend(model)}")
    table = table.dropna(axis="columns", how="all")
    return History(model, table, tuple(name for name in CURVES if name not in table))


def read_card(model: str) -> ModelCard:
    """Read a model's card.

    Raises
    ------
    ArtifactError
        If the model is missing or damaged, or has no card.
    """
    folder = model_dir(model)
    manifest = check_folder(folder)
    fields = read_json(folder / "card.json")
    if not isinstance(fields, dict):
        raise ArtifactError(f"{model}'s card.json is no card; {_mend(model)}")
    try:
        text = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{model} has no readable MODEL_CARD.md; {_mend(model)}") from error
    return ModelCard(model, fields, text, int(manifest["files"].get(WEIGHTS, {}).get("size", 0)))


def _mend(model: str) -> str:
    return f"restore it from git, or train it again with `python -m core train DATA --model {model} --force`"
