"""A folder of products becomes a catalogue to search in: pictures, embeddings and maps, kept whole."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.catalogue.import_report import count_text
from core.catalogue.kaggle import Catalogue, TableOptions
from core.errors import CatalogueError, ImageError
from core.gallery.milvus.engine_choice import EngineChoice
from core.gallery.milvus.engine_update import EngineUpdate
from core.imaging.decode import QUERY_SIDE, read_image
from core.imaging.encode import encode_jpeg
from core.imaging.files.jpeg_metadata import has_metadata
from core.indexing.catalogue_folder import (
    Carried,
    add_maps,
    carried_maps,
    product_fields,
    write_further_pictures,
    write_products,
)
from core.indexing.changes import find_changes, keep_lost_columns, read_settled_catalogue, refuse_losses
from core.indexing.checkpoint import hold_catalogue, open_checkpoint
from core.indexing.duplicate_upkeep import tell_near_duplicates
from core.indexing.embed import EmbeddedProducts, ExtractorPool, embed_further_pictures, embed_products
from core.indexing.map_upkeep import DrawnMaps, carry_maps
from core.indexing.pictures import PREPARATION, QUALITY
from core.indexing.previous import contents_of_products, read_previous
from core.indexing.report import IndexReport
from core.labels import LABELS
from core.maps.tsne import draw_maps
from core.models.extractors import (
    FROM_TABLE,
    available_extractors,
    check_extractor,
    table_vectors,
    weights_at_hand,
)
from core.models.names import LEARNED_EXTRACTORS as LEARNED
from core.protocols import Bar, no_progress
from core.storage.artifacts import catalogue_dir, check_folder, write_folder

log = logging.getLogger(__name__)


def index(
    data: Path,
    name: str,
    *,
    extractors: Sequence[str] | None = None,
    with_maps: bool = True,
    force: bool = False,
    allow_loss: bool = False,
    table: TableOptions | None = None,
    engine: EngineChoice | None = None,
    vector_index: str | None = None,
    bar: Bar = no_progress,
    notes: Mapping[str, Any] | None = None,
) -> IndexReport:
    """Make a folder of products searchable, or bring a catalogue up to date with its folder.

    Where a catalogue of that name is replaced, only pictures that are new or changed are embedded, told by
    their content, and those whose embeddings other weights had made. After a stop at any moment the same call
    goes on where it was.

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
        minutes for tens of thousands of products, and begins when the catalogue can be searched already.
        Maps of unchanged embeddings are kept in any case.
    force : bool
        Whether a catalogue of that name may be replaced. It stays as it was until the new one is whole.
    allow_loss : bool
        Whether it may also be replaced by a folder that looks half-written. If not, a product whose picture
        cannot be read now stays as it was, and a column that the table has lost keeps its values.
    table : TableOptions, optional
        The encoding of the table, and which of its columns holds what.
    engine : EngineChoice, optional
        What will search the catalogue: by default what the environment says, or else what did before. The
        products are brought into it too, beside what is searched, and take its place when all are there.
    vector_index : str, optional
        Of Milvus: one of `core.gallery.milvus.collections.INDEX_TYPES`, by default what it was, or exact.
    bar : callable
        Makes a progress bar: ``bar(title, total)`` returns ``step(n, loss)``.
    notes : mapping, optional
        Fields for the manifest beside its own.

    Returns
    -------
    IndexReport
        A product none of whose pictures can be read is left out and stops nothing.

    Raises
    ------
    CatalogueError
        The folder holds no catalogue, not one of its pictures can be read, or it looks half-written.
    ModelError
        There is no such extractor.
    ArtifactError
        The name is taken and `force` is false, a model is torn, or another process changes the catalogue.
    EngineError
        The engine cannot be reached. The catalogue stays as it was, and the same call goes on where it was.
    """
    target, names = catalogue_dir(name), chosen_extractors(extractors)
    catalogue = read_settled_catalogue(data, table)
    pool = ExtractorPool({name: weights_at_hand(name) for name in names if name not in FROM_TABLE})
    with open_checkpoint(target, pool.versions) as checkpoint:
        update = EngineUpdate.of(target, engine, vector_index)  # refused before hours of embedding
        manifest: dict[str, Any] = {}
        with write_folder(target, force=force, manifest=manifest) as work:
            previous = read_previous(target, pool.versions)
            if previous is not None and not allow_loss:
                refuse_losses(previous, catalogue)
            (work / "images").mkdir()
            embedded = embed_products(
                list(zip(catalogue.ids, catalogue.image_paths, strict=True)),
                pool,
                work / "images",
                previous=previous,
                checkpoint=checkpoint,
                keep_before=not allow_loss,
                bar=bar,
                further_paths=catalogue.further_paths,
            )
            if not embedded.contents:
                first = next(iter(embedded.unreadable.values()))
                raise CatalogueError(
                    f"Not one of {count_text(len(catalogue), 'picture')} can be read; {first}"
                )
            further = embed_further_pictures(
                catalogue,
                embedded.contents,
                pool,
                work,
                previous=previous,
                checkpoint=checkpoint,
                bar=bar,
            )
            products = catalogue.take([one in embedded.contents for one in catalogue.ids]).products
            kept_columns: dict[str, int] = {}
            if previous is not None and not allow_loss:
                products, kept_columns = keep_lost_columns(previous, products)
            embedded.vectors |= table_vectors(names, products)
            maps = carried_maps(previous, products, embedded.vectors) if previous is not None else {}
            write_products(work, products, embedded.vectors, maps)
            write_further_pictures(work, further.pictures, further.vectors)
            tell_near_duplicates(work / "images", list(products["id"]), previous, bar=bar).write(work)
            _copy_queries(catalogue.folder, work)
            manifest |= _manifest(catalogue, products, embedded, maps, pool) | dict(notes or {})
            manifest |= update.write(work, products, embedded.vectors, manifest["embeddings"], bar=bar)
        update.publish()
    due = [one for one in names if with_maps and (one in LEARNED or extractors is not None)]
    due = [one for one in due if one not in maps or maps[one].is_due]
    for extractor in due:
        _draw_maps(target, extractor, products, embedded.vectors[extractor], bar)
    return IndexReport(
        target,
        len(products),
        names,
        catalogue.report,
        unreadable=embedded.unreadable,
        unreadable_further={**embedded.passed_over, **further.unreadable},
        n_further=len(further.pictures),
        kept_before=embedded.kept_before,
        kept_columns=kept_columns,
        changes=None
        if previous is None
        else find_changes(previous, products, contents_of_products(embedded.contents, further.pictures)),
        n_embedded={name: n + further.n_embedded.get(name, 0) for name, n in embedded.n_embedded.items()},
        n_resumed=embedded.n_resumed,
        maps=dict.fromkeys(sorted(maps), "kept") | dict.fromkeys(due, "drawn"),
        engine_rows=update.rows,
        trained=tuple(one for one in available_extractors() if one in LEARNED),
    )


def chosen_extractors(extractors: Sequence[str] | None) -> tuple[str, ...]:
    """Give the extractors that are asked for, each once, or all at hand.

    Raises
    ------
    ModelError
        If there is no such extractor.
    """
    if extractors is None:
        return available_extractors()
    for extractor in extractors:
        check_extractor(extractor)
    return tuple(dict.fromkeys(extractors))


def _manifest(
    catalogue: Catalogue,
    products: pd.DataFrame,
    embedded: EmbeddedProducts,
    maps: Carried,
    pool: ExtractorPool,
) -> dict[str, Any]:
    return {
        **product_fields(products, embedded.made_from, maps, preparation=PREPARATION),
        "labels": list(LABELS),
        "source": catalogue.folder.resolve().name,  # no path: it would tell of somebody's machine
        "embeddings": {
            name: {
                "weights": pool.versions[name] if name in pool.versions else weights_at_hand(name),
                "dimension": int(rows.shape[1]),
            }
            for name, rows in embedded.vectors.items()
        },
        "read": catalogue.report.to_dict(),
        "unreadable": embedded.unreadable,
    }


def _draw_maps(target: Path, extractor: str, products: pd.DataFrame, vectors: np.ndarray, bar: Bar) -> None:
    """Draw maps of a catalogue that can be searched already, and add them to it as it is by then."""
    maps = draw_maps(vectors, list(products["articleType"]), f"drawing maps by {extractor}", bar)
    drawn = DrawnMaps(products["id"].tolist(), vectors, maps)
    with hold_catalogue(target):
        check_folder(target, deep=True)  # whose hashes are all written anew with the maps
        now = read_previous(target)
        # Products may have come and gone in the meantime.
        mended = (
            carry_maps(drawn, now.ids, now.vectors[extractor]) if now and extractor in now.vectors else None
        )
        if now is None or mended is None:
            log.warning("The map by %s is not kept: the catalogue is another one by now", extractor)
        else:
            add_maps(target, now, extractor, mended)


def _copy_queries(data: Path, work: Path) -> None:
    """Take along the pictures in `queries/`, by their names, without metadata; only JPEGs are queries."""
    queries = sorted(path for path in (data / "queries").glob("*.jpg") if not path.name.startswith("."))
    if queries:
        (work / "queries").mkdir()
    for path in queries:
        target = work / "queries" / path.name
        try:
            picture = read_image(path, max_side=QUERY_SIDE)
        except ImageError as error:
            log.warning("Left out of the ready-made queries: %s", error)
            continue
        if has_metadata(path.read_bytes()):
            target.write_bytes(encode_jpeg(picture, QUALITY))
        else:
            shutil.copyfile(path, target)
