"""Measure every model on a folder of products and one of photographs: `python -m core evaluate`."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.catalogue.kaggle import Catalogue, read_catalogue
from core.catalogue.photographs import find_photographs
from core.catalogue.split import SPLIT_RULE, split_of
from core.descriptors import DESCRIPTORS
from core.errors import TrainingError
from core.evaluation.classification import classification_figures, photo_figures
from core.evaluation.model_outputs import ModelOutputs, collect_outputs
from core.evaluation.photo_retrieval import evaluate_photo_retrieval
from core.evaluation.retrieval import (
    LabelledProducts,
    RetrievalOptions,
    evaluate_baselines,
    evaluate_retrieval,
)
from core.gallery.protocol import Filters
from core.gallery.stored_catalogue import StoredCatalogue, open_catalogue
from core.labels import LABELS, PHOTO_LABELS
from core.models import available_models, load_model
from core.models.extractors import EXTRACTORS, load_extractor
from core.protocols import Bar
from core.retrieval.request import SearchRequest, VectorQuery
from core.retrieval.search import search

# So high, since learned embeddings are drawn to names: products of one kind and colour score 0.99 too.
NEAR_DUPLICATE = 0.9995
GROUPED_BY = "vgg19"

log = logging.getLogger(__name__)


def evaluate(
    folder: Path, *, split: str, photos: Path | None, catalogue: str | None, bar: Bar
) -> dict[str, Any]:
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
        ``photo_retrieval``; beside them ``measured_on``, what it was measured on and with which weights, and
        ``unreadable``, how many pictures of ``products`` and ``photos`` were left out, ``n``, and their
        ``names``.

    Raises
    ------
    CatalogueError, ArtifactError
    TrainingError
        If there is no model, no product or photograph, or not one picture of either that can be read.
    """
    names = available_models()
    if not names:
        raise TrainingError("No model is trained; `python -m core train DATA` makes them")
    products = _products(folder, split)
    gallery = open_catalogue(catalogue) if catalogue else None
    photographs = _photographs(photos) if photos else {}

    searched = _searched(gallery, names)
    answers = {name: ModelOutputs(name, load_model(name)) for name in names}
    answers |= {name: ModelOutputs(name, load_extractor(name)) for name in searched if name not in answers}
    paths = dict(zip(products.ids, products.image_paths, strict=True))
    unreadable = {"products": collect_outputs(answers, paths, what="products", bar=bar)}
    products = products.take([product_id not in unreadable["products"] for product_id in products.ids])
    photo_answers = {name: ModelOutputs(name, answer.model) for name, answer in answers.items()}
    unreadable["photos"] = collect_outputs(photo_answers, photographs, what="photographs", bar=bar)
    kinds = [path.parent.name for name, path in photographs.items() if name not in unreadable["photos"]]

    measured_on = {
        "products": folder.name,
        "n_products": len(products),
        "split": split if split == "all" else f"test: {SPLIT_RULE}",
        "photos": photos.name if photos else None,
        "gallery": catalogue,
        "weights": {name: answers[name].model.weights_sha256 for name in names},
    }
    result: dict[str, Any] = {
        "labels": list(LABELS),
        "measured_on": measured_on,
        "unreadable": {what: {"n": len(of), "names": list(of)} for what, of in unreadable.items()},
        "classification": {name: classification_figures(answers[name], products.products) for name in names},
        "retrieval": {},
    }
    if photos:
        result["photos"] = {name: photo_figures(photo_answers[name], kinds) for name in names}
        result["photo_retrieval"] = {}
    if gallery is not None:
        result |= _retrieval([answers[name] for name in searched], products, gallery)
        if photos:
            grouped = photo_answers[GROUPED_BY if GROUPED_BY in names else names[0]]
            measured = {name: photo_answers[name] for name in searched}
            result["photo_retrieval"] = _photo_retrieval(measured, grouped, kinds, gallery)
    return result


def _products(folder: Path, split: str) -> Catalogue:
    products = read_catalogue(folder)
    if split == "test":
        rows = [row for row, product_id in enumerate(products.ids) if split_of(product_id) == "test"]
        products = products.take(np.array(rows, int))
    if not len(products):
        raise TrainingError(f"{folder} has no product in the {split} split to measure on")
    return products


def _photographs(folder: Path) -> dict[str, Path]:
    """List photographs by what they are called, as in "t-shirt/a.jpg"."""
    return {f"{kind}/{path.name}": path for kind, path in find_photographs(folder)}


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


def _retrieval(
    searched: Sequence[ModelOutputs], products: Catalogue, gallery: StoredCatalogue
) -> dict[str, Any]:
    """Measure extractors with the products as queries, and what takes no picture."""
    types, colours = (list(gallery.products[column]) for column in ("articleType", "baseColour"))
    within = LabelledProducts(list(gallery.products["id"]), types, colours)
    types, colours = (list(products.products[column]) for column in ("articleType", "baseColour"))
    queries = LabelledProducts(products.ids, types, colours)
    options = RetrievalOptions(near_duplicate_score=NEAR_DUPLICATE)
    measured = {
        answers.name: evaluate_retrieval(
            within,
            gallery.embeddings(answers.name),
            queries=queries,
            query_vectors=answers.vectors,
            labels=LABELS,
            options=options,
        )
        for answers in searched
    }
    return {"retrieval": measured, "baselines": evaluate_baselines(within, queries=queries, labels=LABELS)}


def _photo_retrieval(
    searched: Mapping[str, ModelOutputs],
    grouped: ModelOutputs,
    kinds: Sequence[str],
    gallery: StoredCatalogue,
) -> dict[str, Any]:
    """Measure extractors with the photographs that have a label as queries."""
    rows = np.array([kind in PHOTO_LABELS for kind in kinds], bool)
    if not rows.any():
        log.warning("no photograph of %s can be read to search with", ", ".join(PHOTO_LABELS))
        return {}
    groups = [kind for kind in kinds if kind in PHOTO_LABELS]
    predicted = [label for label, within in zip(grouped.labels, rows, strict=True) if within]
    return {
        name: evaluate_photo_retrieval(
            [_hit_types(name, vector, gallery) for vector in answers.vectors[rows]],
            [PHOTO_LABELS[kind] for kind in groups],
            query_groups=groups,
            grouped_hit_types=[
                _hit_types(name, vector, gallery, only=label)
                for vector, label in zip(answers.vectors[rows], predicted, strict=True)
            ],
        )
        for name, answers in searched.items()
    }


def _hit_types(name: str, vector: np.ndarray, gallery: StoredCatalogue, only: str | None = None) -> list[str]:
    """Search as the page does, and give the `articleType` of the first 15 hits."""
    if only is not None and only not in gallery.gallery.count_by("articleType"):
        return []
    request = SearchRequest(
        VectorQuery({name: vector}),
        extractor=name,
        filters=Filters({} if only is None else {"articleType": (only,)}),
        top=15,
        predict=False,
    )
    return gallery.types_of(hit.product_id for hit in search(request, gallery).hits)
