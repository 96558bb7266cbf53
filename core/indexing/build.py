"""A folder of products becomes a catalogue to search in: pictures, embeddings and maps, kept whole."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.catalogue.import_report import CatalogueReport, count_text
from core.catalogue.kaggle import Catalogue, TableOptions, read_catalogue
from core.errors import CatalogueError, ImageError, ModelError
from core.gallery.stored_catalogue import PRODUCTS
from core.imaging.decode import QUERY_SIDE, read_image, read_info
from core.imaging.encode import encode_jpeg
from core.indexing.jpeg_metadata import has_metadata
from core.labels import LABELS
from core.maps.tsne import draw_maps
from core.models.extractors import available_extractors, check_extractor, load_extractor, weights_at_hand
from core.models.names import LEARNED_EXTRACTORS as LEARNED
from core.protocols import Bar, Extractor, no_progress
from core.storage.artifacts import catalogue_dir, write_folder

WIDTH, HEIGHT = 240, 320
"""Largest picture kept, in pixels: twice a card in the grid of hits."""

CHUNK = 256
"""Pictures in memory at a time, 60 MB of them."""

READERS = 4
QUALITY = 88


@dataclass(frozen=True)
class IndexReport:
    """What became of a folder of products."""

    folder: Path  # of the indexed catalogue
    n_products: int
    extractors: tuple[str, ...]
    read: CatalogueReport  # what was wrong with the folder's table
    unreadable: Mapping[str, str] = field(default_factory=dict)  # product id -> what its picture has
    trained: tuple[str, ...] = ()  # learned extractors at hand

    def summary(self) -> list[str]:
        """Say in plain sentences what was read, what was wrong, and what was made of it."""
        lines = self.read.summary()
        for problem in list(self.unreadable.values())[:10]:
            lines.append(f"Left out, its picture cannot be read: {problem}")
        if len(self.unreadable) > 10:
            ids = ", ".join(list(self.unreadable)[10:])
            lines.append(f"Left out for the same reason, {len(self.unreadable) - 10:,} more: {ids}.")
        if not set(self.extractors) & set(LEARNED):
            lines.append(self._without_models())
        by = ", ".join(self.extractors) or "no extractor"
        lines.append(f"Indexed {count_text(self.n_products, 'product')} by {by}: {self.folder}")
        return lines

    def _without_models(self) -> str:
        if self.trained:
            return (
                "No learned extractor was chosen, which finds better than descriptors do: index again with "
                f"--force and without --extractor for {', '.join(self.trained)}."
            )
        return (
            "No model is trained yet, which finds better than descriptors do: train some with "
            "`python -m core train DATA`, and index again with --force."
        )


def index(
    data: Path,
    name: str,
    *,
    extractors: Sequence[str] | None = None,
    with_maps: bool = True,
    force: bool = False,
    table: TableOptions | None = None,
    bar: Bar = no_progress,
    notes: Mapping[str, Any] | None = None,
) -> IndexReport:
    """Make a folder of products searchable.

    Parameters
    ----------
    data : Path
        A folder of products, as `core.catalogue.kaggle.read_catalogue` takes it. Pictures in a folder
        `queries/` beside the table, where there is one, come along as ready-made queries.
    name : str
        Of the catalogue to be.
    extractors : sequence of str, optional
        All at hand by default: those whose models are trained, and the descriptors. An empty sequence keeps a
        catalogue that cannot be searched yet.
    with_maps : bool
        Whether maps are drawn, of the learned extractors and those that are asked for by name. That takes
        minutes for tens of thousands of products.
    force : bool
        Whether a catalogue of that name may be replaced. It stays as it was until the new one is whole.
    table : TableOptions, optional
        The encoding of the table, and which of its columns holds what.
    bar : callable
        Makes a progress bar: ``bar(title, total)`` returns ``step(n, loss)``.
    notes : mapping, optional
        Fields for the manifest beside its own.

    Returns
    -------
    IndexReport
        A picture that cannot be read leaves its product out and stops nothing.

    Raises
    ------
    CatalogueError
        The folder holds no catalogue, or not one of its pictures can be read.
    ModelError
        There is no such extractor.
    ArtifactError
        The name is taken and `force` is false, or a model is torn.
    """
    target, names = catalogue_dir(name), _chosen(extractors)
    catalogue = read_catalogue(data, table)
    manifest: dict[str, Any] = {}
    with write_folder(target, force=force, manifest=manifest) as work:
        models = [load_extractor(extractor) for extractor in names]
        for folder in ("images", "embeddings", "maps"):
            (work / folder).mkdir()
        vectors, unreadable = _embed(catalogue, models, work / "images", bar)
        if len(unreadable) == len(catalogue):
            first = next(iter(unreadable.values()))
            raise CatalogueError(f"Not one of {count_text(len(catalogue), 'picture')} can be read; {first}")
        kept = catalogue.take([product_id not in unreadable for product_id in catalogue.ids])
        kept.products.to_csv(work / PRODUCTS, index=False, lineterminator="\n", encoding="utf-8")
        for model in models:
            np.save(work / "embeddings" / f"{model.name}.npy", vectors[model.name])
            if with_maps and (model.name in LEARNED or extractors is not None):
                classes = list(kept.products["articleType"])
                maps = draw_maps(vectors[model.name], classes, f"drawing maps by {model.name}", bar)
                for kind, places in maps.items():
                    np.save(work / "maps" / f"{model.name}-{kind}.npy", places)
        _copy_queries(catalogue.folder, work)
        manifest |= {
            **(notes or {}),
            "labels": list(LABELS),
            "source": catalogue.folder.resolve().name,  # no path: it would tell of somebody's machine
            "n_products": len(kept),
            "embeddings": {
                model.name: {
                    "weights": getattr(model, "weights_sha256", None) or weights_at_hand(model.name),
                    "dimension": int(model.dimension),
                }
                for model in models
            },
            "read": catalogue.report.to_dict(),
            "unreadable": unreadable,
        }
    trained = tuple(name for name in available_extractors() if name in LEARNED)
    return IndexReport(target, len(kept), names, catalogue.report, unreadable, trained)


def _chosen(extractors: Sequence[str] | None) -> tuple[str, ...]:
    if extractors is None:
        return available_extractors()
    for extractor in extractors:
        check_extractor(extractor)
    return tuple(dict.fromkeys(extractors))


def _embed(
    catalogue: Catalogue, models: Sequence[Extractor], images: Path, bar: Bar
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read every picture once, keep it small, and describe it by every extractor."""
    parts: dict[str, list[np.ndarray]] = {model.name: [] for model in models}
    unreadable: dict[str, str] = {}
    step = bar("indexing products", len(catalogue))
    for ids, pictures in _read(catalogue, images):
        good = [picture for picture in pictures if not isinstance(picture, ImageError)]
        unreadable |= {
            product_id: f"{product_id}: {problem}"
            for product_id, problem in zip(ids, pictures, strict=True)
            if isinstance(problem, ImageError)
        }
        for model in models if good else ():
            parts[model.name].append(_vectors(model, good))
        step(len(ids), None)
    whole = {name: np.concatenate(part) for name, part in parts.items() if part}
    return whole, unreadable


def _read(
    catalogue: Catalogue, images: Path
) -> Iterator[tuple[tuple[str, ...], list[np.ndarray | ImageError]]]:
    """Yield ids and pictures, chunk by chunk; the next chunk is read while this one is worked on."""

    def keep(product_id: str, path: Path) -> np.ndarray | ImageError:
        try:
            return keep_picture(path, images / f"{product_id}.jpg")
        except ImageError as error:
            return error

    all_ids = catalogue.ids  # made anew at every asking
    with ThreadPoolExecutor(READERS) as readers:
        ahead: list[tuple[tuple[str, ...], Iterator[np.ndarray | ImageError]]] = []
        for start in range(0, len(catalogue), CHUNK):
            part = slice(start, start + CHUNK)
            ids = all_ids[part]
            ahead.append((ids, readers.map(keep, ids, catalogue.image_paths[part])))
            if len(ahead) == 2:
                ids, pictures = ahead.pop(0)
                yield ids, list(pictures)
        for ids, pictures in ahead:
            yield ids, list(pictures)


def keep_picture(source: Path, target: Path) -> np.ndarray:
    """Keep a picture as a JPEG of at most 240×320, and give it at that size, not yet compressed.

    A JPEG that is small enough is copied byte for byte, unless it has metadata (EXIF, XMP and the like): then
    it may lie on its side, and may tell where it was taken.

    Parameters
    ----------
    source, target : Path

    Returns
    -------
    uint8 array (height, width, 3)

    Raises
    ------
    ImageError
        If the source cannot be read.
    """
    info = read_info(source)
    scale = min(1.0, WIDTH / info.width, HEIGHT / info.height)
    image = read_image(source, max_side=max(1, int(max(info.width, info.height) * scale + 1e-6)))
    if scale == 1.0 and info.format == "JPEG" and not has_metadata(source.read_bytes()):
        shutil.copyfile(source, target)
    else:
        target.write_bytes(encode_jpeg(image, QUALITY))
    return image


def _vectors(model: Extractor, pictures: list[np.ndarray]) -> np.ndarray:
    vectors = np.asarray(model.extract(pictures), np.float32)
    if vectors.shape != (len(pictures), model.dimension) or not np.isfinite(vectors).all():
        raise ModelError(
            f"{model.name} answered {len(pictures)} pictures with an array {vectors.shape}, expected finite "
            f"numbers ({len(pictures)}, {model.dimension}); train it again"
        )
    return vectors


def _copy_queries(data: Path, work: Path) -> None:
    """Take along the pictures in `queries/`, by their names, without metadata; only JPEGs are queries."""
    queries = sorted(path for path in (data / "queries").glob("*.jpg") if not path.name.startswith("."))
    if queries:
        (work / "queries").mkdir()
    for path in queries:
        target, picture = work / "queries" / path.name, read_image(path, max_side=QUERY_SIDE)
        if has_metadata(path.read_bytes()):
            target.write_bytes(encode_jpeg(picture, QUALITY))
        else:
            shutil.copyfile(path, target)
