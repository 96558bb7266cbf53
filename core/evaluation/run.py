"""Measure every model on a folder of products and one of photographs: `python -m core evaluate`."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.catalogue.kaggle import Catalogue, read_catalogue
from core.catalogue.photographs import find_photographs
from core.catalogue.split import SPLIT_RULE, split_of
from core.descriptors import DESCRIPTORS
from core.errors import TrainingError
from core.evaluation.metrics import (
    accuracy,
    confusion,
    expected_calibration_error,
    log_loss,
    macro_f1,
    per_class,
    reliability_bins,
)
from core.evaluation.photo_retrieval import evaluate_photo_retrieval
from core.evaluation.retrieval import evaluate_baselines, evaluate_retrieval
from core.gallery.stored_catalogue import StoredCatalogue, open_catalogue
from core.imaging.decode import QUERY_SIDE, read_image
from core.labels import LABELS, PHOTO_LABELS
from core.models import available_models, load_model
from core.models.extractors import EXTRACTORS, load_extractor
from core.protocols import Bar

# So high, since learned embeddings are drawn to names: products of one kind and colour score 0.99 too.
NEAR_DUPLICATE = 0.9995
CHUNK = 256
GROUPED_BY = "vgg19"

log = logging.getLogger(__name__)


def evaluate(folder: Path, *, split: str, photos: Path | None, catalogue: str | None, bar: Bar) -> dict:
    """Measure classifiers and extractors.

    Parameters
    ----------
    folder : Path
        Products in Kaggle's layout: the classifiers' pictures and the extractors' queries.
    split : {"all", "test"}
        Every product of the folder, for one never trained on; or only the recorded test split.
    photos : Path, optional
        Photographs in CLASS/*.jpg.
    catalogue : str, optional
        Name of the catalogue that is the gallery; without it nothing is searched.
    bar : callable
        Makes a progress bar: ``bar(title, total)`` returns ``step(n, loss)``.

    Returns
    -------
    dict
        ``labels``, ``classification``, ``retrieval``, and with `photos` ``photos`` and
        ``photo_retrieval``; beside them ``measured_on``, what it was measured on and with which weights.

    Raises
    ------
    CatalogueError, ArtifactError, TrainingError
    """
    names = available_models()
    if not names:
        raise TrainingError("No model is trained; `python -m core train DATA` makes them")
    products = read_catalogue(folder)
    if split == "test":
        rows = [row for row, product_id in enumerate(products.ids) if split_of(product_id) == "test"]
        products = products.take(np.array(rows, int))
    if not len(products):
        raise TrainingError(f"{folder} has no product in the {split} split to measure on")
    gallery = open_catalogue(catalogue) if catalogue else None
    photographs = find_photographs(photos) if photos else []

    searched = _searched(gallery, names)
    answers = {name: _Answers(name, load_model(name)) for name in names}
    answers |= {name: _Answers(name, load_extractor(name)) for name in searched if name not in answers}
    _ask(answers, products.image_paths, "products", bar)
    photo_answers = {name: _Answers(name, answer.model) for name, answer in answers.items()}
    _ask(photo_answers, [path for _, path in photographs], "photographs", bar)
    kinds = [kind for kind, _ in photographs]

    result: dict = {
        "labels": list(LABELS),
        "measured_on": {
            "products": folder.name,
            "n_products": len(products),
            "split": split if split == "all" else f"test: {SPLIT_RULE}",
            "photos": photos.name if photos else None,
            "gallery": catalogue,
            "weights": {name: answers[name].model.weights_sha256 for name in names},
        },
        "classification": {name: _classification(answers[name], products) for name in names},
        "retrieval": {},
    }
    if photos:
        result["photos"] = {name: _photo_classes(photo_answers[name], kinds) for name in names}
        result["photo_retrieval"] = {}
    for name in searched:
        result["retrieval"][name] = _retrieval(answers[name], products, gallery)
        if photos:
            grouped = photo_answers[GROUPED_BY if GROUPED_BY in names else names[0]]
            result["photo_retrieval"][name] = _photo_retrieval(photo_answers[name], grouped, kinds, gallery)
    if gallery is not None:
        result["baselines"] = _baselines(products, gallery)
    return result


def _searched(gallery: StoredCatalogue | None, names: Sequence[str]) -> list[str]:
    """Name the extractors to be measured: the learned ones at hand and the handcrafted, as far as indexed."""
    if gallery is None:
        return []
    searched = [name for name in EXTRACTORS if name in names or name in DESCRIPTORS]
    for name in (name for name in searched if name not in gallery.extractors):
        log.warning("the catalogue %s has no embeddings of %s", gallery.name, name)
    searched = [name for name in searched if name in gallery.extractors]
    for stale in filter(None, map(gallery.stale, searched)):
        raise TrainingError(stale)
    return searched


class _Answers:
    """What one model or descriptor says to a series of pictures."""

    def __init__(self, name: str, model):
        self.name, self.model = name, model
        self._parts: list[tuple[np.ndarray, ...]] = []
        self._seconds: list[float] = []

    def add(self, images: Sequence[np.ndarray]) -> None:
        vectors = self.model.extract(images) if self.model.dimension else np.empty((len(images), 0))
        answers = (np.empty((len(images), len(LABELS))), np.empty(len(images), bool))
        if self.name not in DESCRIPTORS:
            began = time.perf_counter()
            answers = self.model.classify(images)
            self._seconds.append((time.perf_counter() - began) / max(1, len(images)))
        self._parts.append((*answers, vectors))

    @property
    def ms_per_picture(self) -> float | None:
        """Median over the chunks, since the first one also traces the network."""
        return float(np.median(self._seconds) * 1000) if self._seconds else None

    def _joined(self, place: int, width: int | None) -> np.ndarray:
        empty = np.empty((0,) if width is None else (0, width))
        return np.concatenate([part[place] for part in self._parts]) if self._parts else empty

    @property
    def probabilities(self) -> np.ndarray:
        return self._joined(0, len(LABELS))

    @property
    def known(self) -> np.ndarray:
        return self._joined(1, None).astype(bool)

    @property
    def vectors(self) -> np.ndarray:
        return self._joined(2, self.model.dimension or 0)

    @property
    def labels(self) -> list[str]:
        return [LABELS[place] for place in self.probabilities.argmax(axis=1)]


def _ask(answers: dict[str, _Answers], paths: Sequence[Path], what: str, bar: Bar) -> None:
    step = bar(f"measuring {what}", len(paths))
    for at in range(0, len(paths), CHUNK):
        images = [read_image(path, max_side=QUERY_SIDE) for path in paths[at : at + CHUNK]]
        for answer in answers.values():
            answer.add(images)
        step(len(images), None)


def _classification(answers: _Answers, products: Catalogue) -> dict:
    types = products.products["articleType"].to_numpy()
    rows = np.isin(types, LABELS)
    true = list(types[rows])
    if not true:
        return {"n": 0}
    probabilities = answers.probabilities[rows]
    guessed = [label for label, within in zip(answers.labels, rows, strict=True) if within]
    ids = [product_id for product_id, within in zip(products.ids, rows, strict=True) if within]
    answered = list(zip(ids, true, guessed, strict=True))
    return {
        "n": len(true),
        "accuracy": accuracy(true, guessed),
        "loss": log_loss(true, probabilities, LABELS),
        "macro_f1": macro_f1(true, guessed, LABELS),
        "ece": expected_calibration_error(true, probabilities, LABELS),
        "per_class": per_class(true, guessed, LABELS),
        "confusion": np.asarray(confusion(true, guessed, LABELS)).tolist(),
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
            for category in sorted(set(products.products["masterCategory"]))
            if (within := ((products.products["masterCategory"] == category) & ~rows).to_numpy()).any()
        }
        | {"five classes": {"n": len(true), "share": float(answers.known[rows].mean())}},
    }


def _photo_classes(answers: _Answers, kinds: Sequence[str]) -> dict:
    by_class = {}
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
    within = np.array([kind in PHOTO_LABELS for kind in kinds])
    true = [PHOTO_LABELS[kind] for kind in kinds if kind in PHOTO_LABELS]
    return {
        "n": n,
        "accuracy": sum(entry["n"] * entry["recall"] for entry in labelled) / n if n else None,
        "macro_recall": float(np.mean([entry["recall"] for entry in labelled])) if n else None,
        "ece": expected_calibration_error(true, answers.probabilities[within], LABELS) if n else None,
        "known": sum(entry["n"] * entry["known"] for entry in labelled) / n if n else None,
        "by_class": by_class,
    }


def _retrieval(answers: _Answers, products: Catalogue, gallery: StoredCatalogue) -> dict:
    return evaluate_retrieval(
        list(gallery.products["id"]),
        list(gallery.products["articleType"]),
        list(gallery.products["baseColour"]),
        gallery.embeddings(answers.model.name),
        products.ids,
        answers.vectors,
        list(products.products["articleType"]),
        list(products.products["baseColour"]),
        LABELS,
        fold_near_duplicates=NEAR_DUPLICATE,
    )


def _baselines(products: Catalogue, gallery: StoredCatalogue) -> dict:
    return evaluate_baselines(
        list(gallery.products["id"]),
        list(gallery.products["articleType"]),
        list(gallery.products["baseColour"]),
        products.ids,
        list(products.products["articleType"]),
        list(products.products["baseColour"]),
        LABELS,
    )


def _photo_retrieval(
    answers: _Answers, grouped: _Answers, kinds: Sequence[str], gallery: StoredCatalogue
) -> dict:
    rows = np.array([kind in PHOTO_LABELS for kind in kinds])
    asked = [kind for kind in kinds if kind in PHOTO_LABELS]
    return evaluate_photo_retrieval(
        answers.vectors[rows],
        [PHOTO_LABELS[kind] for kind in asked],
        asked,
        list(gallery.products["articleType"]),
        gallery.embeddings(answers.model.name),
        [label for label, within in zip(grouped.labels, rows, strict=True) if within],
    )
