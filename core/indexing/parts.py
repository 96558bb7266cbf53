"""One part of a folder's products embedded by itself, so that several machines share the work."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from core.catalogue.id_parts import is_in_part
from core.catalogue.kaggle import TableOptions
from core.gallery.milvus.engine_choice import EngineChoice
from core.gallery.milvus.engine_update import EngineUpdate
from core.indexing.build import chosen_extractors
from core.indexing.changes import read_settled_catalogue
from core.indexing.checkpoint import Checkpoint, hold_catalogue
from core.indexing.embed import ExtractorPool, embed_further_pictures, embed_products
from core.indexing.previous import read_previous
from core.indexing.report import PartReport
from core.models.extractors import weights_at_hand
from core.protocols import Bar, no_progress
from core.storage.artifacts import catalogue_dir
from core.storage.schema import ManifestEmbeddings


def index_part(
    data: Path,
    name: str,
    part: tuple[int, int],
    *,
    extractors: Sequence[str] | None = None,
    table: TableOptions | None = None,
    engine: EngineChoice | None = None,
    vector_index: str | None = None,
    bar: Bar = no_progress,
) -> PartReport:
    """Embed the products whose ids fall into one part, for `core.indexing.build.index` to put together.

    Which part an id falls into is a fixed hash of it. Small pictures and vectors are kept in a hidden folder
    `.NAME.embedded-I-of-N` beside the catalogue's place; rows go into the engine, where there is one, beside
    what is searched. The same call may be repeated, and goes on after a stop.

    Parameters
    ----------
    data, name, extractors, table, engine, vector_index, bar
        As for `core.indexing.build.index`.
    part : tuple of int
        Which of how many, from (1, n) to (n, n).

    Raises
    ------
    CatalogueError, ModelError, ArtifactError, EngineError
        As from `core.indexing.build.index`.
    """
    target, names = catalogue_dir(name), chosen_extractors(extractors)
    update = EngineUpdate.of(target, engine, vector_index)
    catalogue = read_settled_catalogue(data, table)
    mine = catalogue.take([is_in_part(product_id, part) for product_id in catalogue.ids])
    pool = ExtractorPool({extractor: weights_at_hand(extractor) for extractor in names})
    with hold_catalogue(target, part) as folder, tempfile.TemporaryDirectory() as images:
        previous, checkpoint = read_previous(target, pool.versions), Checkpoint(folder, pool.versions)
        embedded = embed_products(
            list(zip(mine.ids, mine.image_paths, strict=True)),
            pool,
            Path(images),
            previous=previous,
            checkpoint=checkpoint,
            keep_before=False,
            bar=bar,
            further_paths=mine.further_paths,
        )
        further = embed_further_pictures(
            mine,
            embedded.contents,
            pool,
            Path(images),
            previous=previous,
            checkpoint=checkpoint,
            bar=bar,
        )
        readable = mine.take([one in embedded.contents for one in mine.ids]).products
        made = {name: ManifestEmbeddings(weights=weights) for name, weights in pool.versions.items()}
        update.write(None, readable, embedded.vectors, made, bar=bar)
    n_embedded = {name: n + further.n_embedded.get(name, 0) for name, n in embedded.n_embedded.items()}
    unreadable = {**embedded.unreadable, **embedded.passed_over, **further.unreadable}
    return PartReport(name, part, len(readable), n_embedded, unreadable, update.rows)
