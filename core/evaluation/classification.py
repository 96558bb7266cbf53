"""How well a classifier tells the classes apart, and how well it knows what is none of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.metrics import (
    accuracy,
    confusion_matrix,
    expected_calibration_error,
    log_loss,
    macro_f1,
    per_class_metrics,
    reliability_bins,
)
from core.evaluation.model_outputs import ModelOutputs
from core.labels import LABELS, OUT_OF_CLASS_PHOTOS, PHOTO_LABELS


def classification_figures(answers: ModelOutputs, products: pd.DataFrame) -> dict[str, Any]:
    """Measure a classifier on products.

    Parameters
    ----------
    answers : Answers
        To the products' pictures, row by row.
    products : DataFrame
        With ``id``, ``articleType`` and ``masterCategory``. Those of other types than the five classes count
        for ``known`` alone.

    Returns
    -------
    dict
        As under ``classification`` in a report; ``{"n": 0}`` where no product is of the classes.
    """
    types = products["articleType"].to_numpy()
    rows = np.isin(types, LABELS)
    true = list(types[rows])
    if not true:
        return {"n": 0}
    probabilities = answers.probabilities[rows]
    guessed = [label for label, within in zip(answers.labels, rows, strict=True) if within]
    ids = [product_id for product_id, within in zip(products["id"], rows, strict=True) if within]
    answered = list(zip(ids, true, guessed, strict=True))
    return {
        "n": len(true),
        "accuracy": accuracy(true, guessed),
        "loss": log_loss(true, probabilities, LABELS),
        "macro_f1": macro_f1(true, guessed, LABELS),
        "ece": expected_calibration_error(true, probabilities, LABELS),
        "per_class": per_class_metrics(true, guessed, LABELS),
        "confusion": np.asarray(confusion_matrix(true, guessed, LABELS)).tolist(),
        "reliability": reliability_bins(true, probabilities, LABELS),
        # Ids, so that every cell of the confusion can be opened and looked at.
        "mistakes": [
            {"id": product_id, "true": label, "predicted": guess}
            for product_id, label, guess in answered
            if label != guess
        ],
        "right": {
            label: [product_id for product_id, was, guess in answered if was == guess == label]
            for label in LABELS
        },
        "ms_per_picture": answers.ms_per_picture,
        "known": {
            category or "unknown": {
                "n": int(np.sum(within)),
                "share": float(answers.known[within].mean()),
            }
            for category in sorted(set(products["masterCategory"]))
            if (within := ((products["masterCategory"] == category) & ~rows).to_numpy()).any()
        }
        | {"five classes": {"n": len(true), "share": float(answers.known[rows].mean())}},
    }


def photo_figures(answers: ModelOutputs, kinds: Sequence[str]) -> dict[str, Any]:
    """Measure a classifier on everyday photographs.

    Parameters
    ----------
    answers : Answers
        To the photographs.
    kinds : sequence of str
        The folder each lies in; those without a label count for ``known`` alone.

    Returns
    -------
    dict
        As under ``photos`` in a report. Figures are None without photographs of a label. ``known`` is the
        share of those with a label that is taken for one of the five classes, ``none_of_these`` the share
        of those that are surely none of them (`core.labels.OUT_OF_CLASS_PHOTOS`) that is not.
    """
    by_class: dict[str, dict[str, Any]] = {}
    for kind in sorted(set(kinds)):
        rows = np.array([other == kind for other in kinds])
        label = PHOTO_LABELS.get(kind)
        right = [guess == label for guess, within in zip(answers.labels, rows, strict=True) if within]
        by_class[kind] = {
            "n": int(rows.sum()),
            "recall": float(np.mean(right)) if label else None,
            "known": float(answers.known[rows].mean()),
        }
    labelled = [entry for kind, entry in by_class.items() if kind in PHOTO_LABELS]
    n = sum(entry["n"] for entry in labelled)
    within, outside = (
        np.array([kind in names for kind in kinds], bool) for names in (PHOTO_LABELS, OUT_OF_CLASS_PHOTOS)
    )
    true = [PHOTO_LABELS[kind] for kind in kinds if kind in PHOTO_LABELS]
    return {
        "n": n,
        "accuracy": sum(entry["n"] * entry["recall"] for entry in labelled) / n if n else None,
        "macro_recall": float(np.mean([entry["recall"] for entry in labelled])) if n else None,
        "ece": expected_calibration_error(true, answers.probabilities[within], LABELS) if n else None,
        "known": sum(entry["n"] * entry["known"] for entry in labelled) / n if n else None,
        "none_of_these": {
            "n": int(outside.sum()),
            "share": float(np.mean(~answers.known[outside])) if outside.any() else None,
        },
        "by_class": by_class,
    }
