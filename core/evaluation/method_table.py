"""Every method, by every distance, on every task and both splits: `python -m core evaluate --methods`.

Relevant, ties and denominators are those of `core.evaluation.retrieval`; intervals are from resampled
queries. Two splits are told apart. *By id*: every product of the split looks in the whole gallery, itself
left out. *By family*: only products whose near-duplicates and colour variants are all in the test split, and
these are left out of the gallery with it, so that nothing of one product stands on both sides.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.catalogue.kaggle import read_catalogue
from core.catalogue.photographs import find_photographs
from core.catalogue.split import FAMILY_SPLIT_RULE, SPLIT_RULE, split_of
from core.errors import ArtifactError, ImageError, TrainingError
from core.evaluation.kin import in_test_families, kin_of_queries
from core.evaluation.method_figures import MethodQueries, MethodVectors, measure_method
from core.evaluation.model_outputs import log_unreadable
from core.evaluation.retrieval import LabelledProducts
from core.gallery.stored_catalogue import StoredCatalogue, open_catalogue
from core.imaging.decode import QUERY_SIDE, read_image
from core.labels import LABELS, PHOTO_LABELS
from core.models.compared.methods import METHODS, method_title, ordering_distances
from core.models.extractors import FROM_TABLE, check_extractor, load_extractor
from core.protocols import Bar, Extractor
from core.retrieval.encoder import default_encoder
from core.retrieval.photograph.upright import stand_upright

CHUNK = 128
"""Pictures in memory at a time."""

TIMED = 32
"""Pictures by which the time that a method takes for one is measured, after one that loads it."""

log = logging.getLogger(__name__)


def evaluate_methods(
    folder: Path,
    *,
    split: str,
    catalogue: str,
    names: Sequence[str] = (),
    photos: Path | None = None,
    bar: Bar,
) -> dict[str, Any]:
    """Measure extractors by all their distances.

    Parameters
    ----------
    folder : Path
        Products in Kaggle's layout, whose ids are the queries; their pictures are the catalogue's.
    split : {"all", "test"}
        Every product of the folder, or those of the recorded test split.
    catalogue : str
        Name of the catalogue that is the gallery. Products that it lacks are no queries.
    names : sequence of str, optional
        Extractors; by default all that the catalogue has embeddings of.
    photos : Path, optional
        Photographs in CLASS/*.jpg; those whose class is none of the labels are passed over.
    bar : callable
        Makes a progress bar: ``bar(title, total)`` returns ``step(n, loss)``.

    Returns
    -------
    dict
        ``labels``, ``measured_on``, ``unreadable``, and ``methods``: by extractor ``title``,
        ``ms_per_picture`` (processor time) and ``distances``, as of
        `core.evaluation.method_figures.measure_method`.

    Raises
    ------
    CatalogueError, ArtifactError, ModelError
    TrainingError
        If there is no product to look for, or the catalogue's vectors are stale.
    """
    gallery = open_catalogue(catalogue)
    chosen = _chosen(gallery, names)
    rows = _query_rows(folder, split, gallery)
    photographs = _Photographs.read(photos)
    products = gallery.products.iloc[rows]
    kin = kin_of_queries(gallery, rows)
    queries = MethodQueries(
        _labelled(gallery.products),
        _labelled(products),
        kin,
        in_test_families(gallery, kin),
        photographs.types,
    )
    step = bar("ranking", len(rows) * sum(len(ordering_distances(name)) for name in chosen))
    measured: dict[str, Any] = {}
    unreadable: dict[str, str] = {}
    for name in chosen:
        extractor, stored = load_extractor(name), gallery.embeddings(name)
        asked = stored[rows]
        if name in FROM_TABLE:  # of a product, a query is its picture
            asked, unreadable = _embedded(extractor, [_picture(gallery, row) for row in rows])
        of_photographs = extractor.extract(photographs.pictures) if photographs.pictures else None
        measured[name] = {
            "title": method_title(name),
            "ms_per_picture": _ms_per_picture(extractor, [_picture(gallery, row) for row in rows]),
            "distances": measure_method(
                name, MethodVectors(stored, asked, of_photographs), queries, step=step
            ),
        }
        log.info("measured %s", name)
    log_unreadable(unreadable)
    return {
        "labels": list(LABELS),
        "measured_on": {
            "products": folder.name,
            "n_products": len(rows),
            "split": split if split == "all" else f"test: {SPLIT_RULE}",
            "families": FAMILY_SPLIT_RULE,
            "n_in_families": int(queries.by_family.sum()),
            "photos": photos.name if photos else None,
            "gallery": catalogue,
            "n_gallery": len(gallery),
            "weights": _weights(gallery, chosen),
        },
        "unreadable": {
            "products": {"n": len(unreadable), "names": list(unreadable)},
            "photos": {"n": len(photographs.unreadable), "names": list(photographs.unreadable)},
        },
        "methods": measured,
    }


@dataclass
class _Photographs:
    """Everyday photographs of the labels, whole, turned back as a page does."""

    pictures: list[np.ndarray] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path | None) -> "_Photographs":
        found = cls()
        for kind, path in find_photographs(folder) if folder else ():
            if kind not in PHOTO_LABELS:
                continue
            try:
                image = read_image(path, max_side=QUERY_SIDE)
                found.pictures.append(stand_upright(image, default_encoder()).image)
                found.types.append(PHOTO_LABELS[kind])
            except ImageError as error:
                found.unreadable[f"{kind}/{path.name}"] = f"{kind}/{path.name}: {error}"
        log_unreadable(found.unreadable)
        return found


def _chosen(gallery: StoredCatalogue, names: Sequence[str]) -> list[str]:
    """Name the extractors to be measured, refusing those whose vectors cannot be."""
    for name in names:
        check_extractor(name)
        gallery.check_extractor(name)
    chosen = [name for name in METHODS if name in (names or gallery.extractors)]
    for stale in filter(None, map(gallery.stale, chosen)):
        raise ArtifactError(stale)
    for name in METHODS:
        if name not in chosen and not names:
            log.warning("not measured, since %s has no embeddings of it: %s", gallery.name, name)
    return chosen


def _query_rows(folder: Path, split: str, gallery: StoredCatalogue) -> list[int]:
    row_of = {product_id: row for row, product_id in enumerate(gallery.products["id"].tolist())}
    ids = [one for one in read_catalogue(folder).ids if split == "all" or split_of(one) == "test"]
    if lacking := sum(product_id not in row_of for product_id in ids):
        log.warning("%s products are no queries, since %s lacks them", f"{lacking:,}", gallery.name)
    rows = [row_of[product_id] for product_id in ids if product_id in row_of]
    if not rows:
        raise TrainingError(f"{folder} has no product of {gallery.name} in the {split} split to measure on")
    return rows


def _picture(gallery: StoredCatalogue, row: int) -> Path:
    return gallery.images_dir / f"{gallery.products['id'].iloc[row]}.jpg"


def _embedded(extractor: Extractor, paths: Sequence[Path]) -> tuple[np.ndarray, dict[str, str]]:
    """Embed pictures; those that cannot be read are zero, and why they cannot."""
    vectors = np.zeros((len(paths), extractor.dimension), np.float32)
    unreadable: dict[str, str] = {}
    for start in range(0, len(paths), CHUNK):
        places, pictures = [], []
        for place, path in enumerate(paths[start : start + CHUNK], start):
            try:
                pictures.append(read_image(path, max_side=QUERY_SIDE))
                places.append(place)
            except ImageError as error:
                unreadable[path.stem] = f"{path.stem}: {error}"
        if pictures:
            vectors[places] = extractor.extract(pictures)
    return vectors, unreadable


def _ms_per_picture(extractor: Extractor, paths: Iterable[Path]) -> float | None:
    """Measure the processor time for one picture, in milliseconds, by the first that can be read."""
    pictures: list[np.ndarray] = []
    for path in paths:
        try:
            pictures.append(read_image(path, max_side=QUERY_SIDE))
        except ImageError:
            continue
        if len(pictures) > TIMED:
            break
    if not pictures:
        return None
    extractor.extract(pictures[:1])
    began = time.process_time()
    extractor.extract(pictures)
    return 1000 * (time.process_time() - began) / len(pictures)


def _labelled(products: Any) -> LabelledProducts:
    columns = ("id", "articleType", "baseColour", "gender")
    return LabelledProducts(*(products[column].tolist() for column in columns))


def _weights(gallery: StoredCatalogue, names: Sequence[str]) -> Mapping[str, str]:
    """Give the weights that made the vectors of the learned extractors."""
    made_by = gallery.manifest.get("embeddings", {})
    learned = [name for name in names if METHODS[name].is_learned and name in made_by]
    return {name: weights for name in learned if (weights := made_by[name]["weights"])}
