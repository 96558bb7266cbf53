"""Measure every model on a folder of products and one of photographs: `python -m core evaluate`."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.catalogue.kaggle import Catalogue, read_catalogue
from core.catalogue.outlined import OutlinedPhotograph
from core.catalogue.photographs import find_photographs
from core.catalogue.split import OUTLINED_SPLIT_RULE, SPLIT_RULE, split_of
from core.descriptors import DESCRIPTORS
from core.errors import ArtifactError, ModelError, TrainingError
from core.evaluation.classification import classification_figures, photo_figures
from core.evaluation.identical import IdenticalOptions, evaluate_identical
from core.evaluation.model_outputs import ModelOutputs, collect_outputs
from core.evaluation.near_duplicates import near_duplicates_of
from core.evaluation.patterns import named_patterns
from core.evaluation.photographs.garment_searches import (
    FIRST,
    OFFERED,
    GarmentSearches,
    LoadedEncoder,
    search_by_garment,
    search_figures,
)
from core.evaluation.photographs.screenshots import evaluate_screenshots, screenshot_products
from core.evaluation.photographs.street_photographs import (
    evaluate_street_photographs,
    read_street_photographs,
)
from core.evaluation.retrieval import (
    LabelledProducts,
    evaluate_baselines,
    evaluate_retrieval,
)
from core.evaluation.trust.calibrating import all_views
from core.evaluation.trust.figures import trust_figures
from core.evaluation.trust.judging import judge_views
from core.gallery.stored_catalogue import StoredCatalogue, open_catalogue
from core.labels import LABELS, PHOTO_LABELS
from core.models import available_models, load_finder, load_model
from core.models.extractors import COMPARED_EXTRACTORS, EXTRACTORS, load_extractor
from core.models.names import CLASSIFIER, DEFAULT_EXTRACTOR, FINDER
from core.protocols import Bar
from core.retrieval.agreement import ASKED
from core.retrieval.photograph.upright import TURNS
from core.retrieval.verdicts.calibration import Calibration, calibration_at_hand

if TYPE_CHECKING:
    from core.models.finder.finder import GarmentFinder

GROUPED_BY = "vgg19"

STANDARD, IDENTICAL = "standard", "identical"
TASKS = (STANDARD, IDENTICAL)
"""What can be measured: the classes and the search, and whether altered copies find their products."""

log = logging.getLogger(__name__)


def evaluate(
    folder: Path,
    *,
    split: str,
    photos: Path | None = None,
    outlined: Path | None = None,
    screenshots: Path | None = None,
    catalogue: str | None = None,
    tasks: Sequence[str] = (STANDARD,),
    sample: int | None = None,
    bar: Bar,
) -> dict[str, Any]:
    """Measure classifiers, extractors and the garment finder.

    Parameters
    ----------
    folder : Path
        Products in Kaggle's layout: the classifiers' pictures and the extractors' queries.
    split : {"all", "test"}
        Every product of the folder, for one never trained on; or only the recorded test split. The same for
        street photographs.
    photos : Path, optional
        Photographs in CLASS/*.jpg.
    outlined : Path, optional
        Street photographs, laid out as `core.catalogue.outlined` says.
    screenshots : Path, optional
        Pictures of products of the catalogue, images/ID.jpg, to draw shop pages with.
    catalogue : str, optional
        Name of the catalogue that is the gallery; without it nothing is searched.
    tasks : sequence of str
        Of `TASKS`. Photographs, outlines and screenshots belong to the standard ones.
    sample : int, optional
        Products whose altered copies are searched with, instead of `IdenticalOptions.n_products`.
    bar : callable
        Makes a progress bar: ``bar(title, total)`` returns ``step(n, loss)``.

    Returns
    -------
    dict
        ``labels``, ``classification``, ``retrieval``; with `photos` ``photos`` and ``photo_retrieval``; with
        `outlined` ``garments`` and ``worn``; with both and a calibration ``trust``
        (`core.evaluation.trust.figures.trust_figures`); with `screenshots` ``screenshots``; for the task
        `IDENTICAL` ``identical``; beside them ``measured_on``, what it was measured on and with which
        weights, and ``unreadable``, how many pictures of ``products``, ``photos`` and the others were left
        out, ``n``, and their ``names``.

    Raises
    ------
    CatalogueError, ArtifactError
        Also where the finder, which `outlined` and `screenshots` measure, is not at hand.
    TrainingError
        If there is no model, no product or photograph, or not one picture of either that can be read.
    """
    _check_tasks(tasks, catalogue=catalogue, others=(photos, outlined, screenshots))
    names = available_models()
    if not names:
        raise TrainingError("No model is trained; `python -m core train DATA` makes them")
    products = _products(folder, split)
    gallery = open_catalogue(catalogue) if catalogue else None
    photographs = _photographs(photos) if photos else {}
    street = read_street_photographs(outlined, split) if outlined else []
    searched = _searched(gallery, names)
    shown = _screenshot_products(screenshots, gallery, searched) if screenshots else {}
    finder = _finder(needed=bool(street or shown)) if photos or street or shown else None

    if STANDARD not in tasks:
        names = tuple(name for name in names if name in searched)
    models: dict[str, Any] = {name: load_model(name) for name in names}
    models |= {name: load_extractor(name) for name in searched if name not in models}
    measure = _Measured(names, models, searched, gallery, finder, bar)
    result, unreadable = measure.products(products) if STANDARD in tasks else measure.nothing()
    if IDENTICAL in tasks and gallery is not None:
        figures, unreadable["identical"] = measure.altered_copies(products, gallery, sample)
        result["identical"] = figures
        result["measured_on"]["n_identical"] = next(iter(figures.values()))["n_products"]
    result["measured_on"] |= {
        "products": folder.name,
        "split": split if split == "all" else f"test: {SPLIT_RULE}",
        "photos": photos.name if photos else None,
        "gallery": catalogue,
    }
    if STANDARD in tasks:
        unreadable["photos"] = {}
    if photos:
        figures, unreadable["photos"] = measure.photographs(photographs)
        result |= figures
    if outlined:
        figures, unreadable["outlined"] = measure.street_photographs(outlined, street)
        result |= figures
        result["measured_on"] |= {
            "outlined": outlined.name,
            "n_outlined": len(street) - len(unreadable["outlined"]),
            "outlined_split": split if split == "all" else f"test: {OUTLINED_SPLIT_RULE}",
        }
    if photos and outlined and (calibration := calibration_at_hand()):
        result["trust"] = measure.trust(photographs, outlined, street, calibration)
    if screenshots and gallery:
        result["screenshots"], unreadable["screenshots"] = evaluate_screenshots(
            shown, measure.encoder, gallery, bar=bar
        )
        result["measured_on"]["screenshots"] = screenshots.name
    result["unreadable"] = {what: {"n": len(of), "names": list(of)} for what, of in unreadable.items()}
    return result


def _check_tasks(tasks: Sequence[str], *, catalogue: str | None, others: Sequence[Path | None]) -> None:
    """Refuse tasks that lack what they are measured with, before an hour's measuring."""
    if not tasks or not set(tasks) <= set(TASKS):
        raise TrainingError(f"The tasks are {', '.join(tasks) or 'none'}; expected {' or '.join(TASKS)}")
    if IDENTICAL in tasks and catalogue is None:
        raise TrainingError("Altered copies are searched with in a catalogue; give `--catalogue NAME`")
    if STANDARD not in tasks and any(others):
        raise TrainingError(
            "Photographs, outlines and screenshots belong to the standard figures; give `--task standard "
            "identical`, or leave them out"
        )


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
    _refuse_stale(gallery, searched)
    return searched


def _refuse_stale(gallery: StoredCatalogue, extractors: Sequence[str]) -> None:
    for stale in filter(None, map(gallery.stale, extractors)):
        raise TrainingError(stale)


def _screenshot_products(
    folder: Path, gallery: StoredCatalogue | None, searched: Sequence[str]
) -> dict[str, Path]:
    """List the pictures to draw shop pages with, refusing what they cannot be searched with."""
    if gallery is None or DEFAULT_EXTRACTOR not in searched:
        raise TrainingError(
            f"Screenshots are searched by {DEFAULT_EXTRACTOR}; give `--catalogue NAME`, of one that has its "
            "embeddings"
        )
    return screenshot_products(folder, gallery)


def _finder(*, needed: bool) -> "GarmentFinder | None":
    """Load the garment finder; where nobody asked for it, it is only said that it is not at hand."""
    try:
        return load_finder()
    except (ArtifactError, ModelError) as error:
        if needed:
            raise
        log.warning("Photographs are searched with as a whole alone: %s", error)
        return None


@dataclass(frozen=True)
class _Measured:
    """The models that are measured, and what they are measured with."""

    names: Sequence[str]  # the classifiers
    models: Mapping[str, Any]  # they and the extractors
    searched: Sequence[str]  # the extractors whose embeddings the gallery has
    gallery: StoredCatalogue | None
    finder: "GarmentFinder | None"
    bar: Bar

    @property
    def grouped_by(self) -> str:
        return GROUPED_BY if GROUPED_BY in self.names else self.names[0]

    @property
    def encoder(self) -> LoadedEncoder:
        return LoadedEncoder(self.models, self.finder)

    def outputs(self) -> dict[str, ModelOutputs]:
        return {name: ModelOutputs(name, model) for name, model in self.models.items()}

    def products(self, products: Catalogue) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
        """Measure classifiers and extractors on products; gives also which cannot be read."""
        outputs = self.outputs()
        paths = dict(zip(products.ids, products.image_paths, strict=True))
        unreadable = collect_outputs(outputs, paths, what="products", bar=self.bar)
        products = products.take([product_id not in unreadable for product_id in products.ids])
        result = {
            "labels": list(LABELS),
            "measured_on": {"n_products": len(products), "weights": self._weights()},
            "classification": {
                name: classification_figures(outputs[name], products.products) for name in self.names
            },
            "retrieval": {},
        }
        if self.gallery is not None:
            result |= _retrieval([outputs[name] for name in self.searched], products, self.gallery)
        return result, {"products": unreadable}

    def nothing(self) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
        """Give what is said of the models where their standard figures are not measured."""
        return {"labels": list(LABELS), "measured_on": {"weights": self._weights()}}, {}

    def altered_copies(
        self, products: Catalogue, gallery: StoredCatalogue, sample: int | None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Measure whether products are found by altered copies of their pictures."""
        paths = dict(zip(products.ids, products.image_paths, strict=True))
        options = IdenticalOptions() if sample is None else IdenticalOptions(n_products=sample)
        extractors = {name: self.models[name] for name in self.searched}
        compared = [name for name in COMPARED_EXTRACTORS if name in gallery.extractors]
        _refuse_stale(gallery, compared)
        extractors |= {name: load_extractor(name) for name in compared}
        return evaluate_identical(paths, extractors, gallery, options=options, bar=self.bar)

    def _weights(self) -> dict[str, str]:
        weights = {name: self.models[name].weights_sha256 for name in self.names}
        if self.finder:
            weights[FINDER] = self.finder.weights_sha256
        return weights

    def photographs(self, paths: Mapping[str, Path]) -> tuple[dict[str, Any], dict[str, str]]:
        """Measure classifiers on photographs, and what each extractor finds by them."""
        outputs = self.outputs()
        unreadable = collect_outputs(
            outputs, paths, what="photographs", bar=self.bar, upright_by=self.encoder
        )
        paths = {name: path for name, path in paths.items() if name not in unreadable}
        kinds = [path.parent.name for path in paths.values()]
        result: dict[str, Any] = {
            "photos": {name: photo_figures(outputs[name], kinds) for name in self.names},
            "photo_retrieval": {},
        }
        if self.gallery is None or not self.searched:
            return result, unreadable
        rows = np.flatnonzero([kind in PHOTO_LABELS for kind in kinds])
        if not len(rows):
            log.warning("no photograph of %s can be read to search with", ", ".join(PHOTO_LABELS))
            return result, unreadable
        wanted = [(PHOTO_LABELS[kinds[row]], kinds[row]) for row in rows]
        predicted = [outputs[self.grouped_by].labels[row] for row in rows]
        labelled = [path for path, kind in zip(paths.values(), kinds, strict=True) if kind in PHOTO_LABELS]
        garments = {}
        if self.finder:
            garments = search_by_garment(labelled, self._searches(), self.encoder, self.gallery, bar=self.bar)
        result["photo_retrieval"] = {
            name: search_figures(name, wanted, outputs[name].vectors[rows], predicted, self.gallery)
            | garments.get(name, {FIRST: None, OFFERED: None})
            for name in self.searched
        }
        return result, unreadable

    def street_photographs(
        self, folder: Path, photographs: Sequence[OutlinedPhotograph]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Measure the finder, and what each extractor finds by worn garments."""
        searches = self._searches() if self.gallery is not None and self.searched else None
        found = evaluate_street_photographs(
            folder, photographs, self.encoder, searches=searches, gallery=self.gallery, bar=self.bar
        )
        return {"garments": found.garments, "worn": found.worn}, found.unreadable

    def trust(
        self,
        paths: Mapping[str, Path],
        folder: Path,
        street: Sequence[OutlinedPhotograph],
        calibration: Calibration,
    ) -> dict[str, Any]:
        """Measure how far what is said of photographs holds."""
        if self.gallery is None or not {DEFAULT_EXTRACTOR, CLASSIFIER} <= set(self.models) or not self.finder:
            return {}
        laid = [(path.parent.name, path) for path in paths.values()]
        views = all_views(laid, folder, street, self.encoder, lying=TURNS[1:], bar=self.bar)
        judged = judge_views(
            views,
            DEFAULT_EXTRACTOR,
            self.gallery,
            self.encoder,
            step=self.bar("asking what can be trusted", len(views)),
            classifiers=[name for name in ASKED if name in self.models],
            calibration=calibration,
        )
        return trust_figures(judged, DEFAULT_EXTRACTOR, calibration)

    def _searches(self) -> GarmentSearches:
        return GarmentSearches(self.models, searched=self.searched, grouped_by=self.grouped_by)


def _labelled(products: pd.DataFrame) -> LabelledProducts:
    ids, types, colours, genders = (
        list(products[column]) for column in ("id", "articleType", "baseColour", "gender")
    )
    patterns = named_patterns(products["productDisplayName"])
    return LabelledProducts(ids, types, colours, genders, patterns)


def _retrieval(
    searched: Sequence[ModelOutputs], products: Catalogue, gallery: StoredCatalogue
) -> dict[str, Any]:
    """Measure extractors with the products as queries, and what takes no picture."""
    within, queries = (_labelled(table) for table in (gallery.products, products.products))
    near_duplicates = near_duplicates_of(products.ids, products.image_paths, gallery)
    if near_duplicates is None:
        log.warning("No figures without near-duplicates: %s", gallery.not_folded())
    measured = {
        answers.name: evaluate_retrieval(
            within,
            gallery.embeddings(answers.name),
            queries=queries,
            query_vectors=answers.vectors,
            labels=LABELS,
            near_duplicates=near_duplicates,
        )
        for answers in searched
    }
    return {"retrieval": measured, "baselines": evaluate_baselines(within, queries=queries, labels=LABELS)}
