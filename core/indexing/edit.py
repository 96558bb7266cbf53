"""Single products put into a catalogue, or taken out of it, without a look at all the others.

The catalogue is replaced whole, as by `index`: unchanged files are linked, so that it takes seconds.
"""

import logging
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalogue.folder_layout import TABLE_SUFFIXES
from core.catalogue.kaggle import COLUMNS, Catalogue, read_catalogue
from core.errors import ArtifactError, CatalogueError
from core.gallery.milvus.engine_update import EngineUpdate
from core.indexing.catalogue_folder import (
    Carried,
    carried_maps,
    carry_further_pictures,
    link_kept_files,
    product_fields,
    write_products,
)
from core.indexing.checkpoint import Checkpoint, hold_catalogue
from core.indexing.duplicate_upkeep import tell_near_duplicates, told_before
from core.indexing.embed import EmbeddedProducts, ExtractorPool, embed_products
from core.indexing.previous import PreviousCatalogue, read_previous
from core.indexing.report import EditReport
from core.models.extractors import FROM_TABLE, table_vectors, weights_at_hand
from core.protocols import Bar, no_progress
from core.storage.artifacts import catalogue_dir, check_folder, write_folder

log = logging.getLogger(__name__)

_PLAIN_ID = re.compile(r"[^./\\:\x00-\x1f\x7f][^/\\:\x00-\x1f\x7f]*")


def add_products(
    pictures: Sequence[Path],
    name: str,
    *,
    cells: Mapping[str, str] | None = None,
    bar: Bar = no_progress,
) -> EditReport:
    """Add products to a catalogue, or replace them, by their pictures.

    Parameters
    ----------
    pictures : sequence of Path
        Each called by its product's id, as `10023.jpg`. The cells of one that lies in `images/` beside a
        table of products come from there; those of a product that is replaced stay, and so do its further
        pictures, since the one given takes the place of its first; all others are empty.
    name : str
        Of the catalogue.
    cells : mapping of column to text, optional
        Cells that all these products get.
    bar : callable
        Makes a progress bar.

    Returns
    -------
    EditReport
        A picture that cannot be read leaves its product out and stops no other.

    Raises
    ------
    CatalogueError
        Not one of the pictures can be read, a file's name is no id, or a cell fits no column.
    ArtifactError
        The catalogue is missing or damaged, its embeddings are stale, or another process changes it.
    """
    given = parse_cells(cells or {})
    with _opened(name) as (target, previous):
        update = EngineUpdate.of(target)
        rows = _rows_of(pictures, previous, given)
        versions = _versions(previous, name)
        pool = ExtractorPool({one: made_by for one, made_by in versions.items() if one not in FROM_TABLE})
        prepared = previous.manifest.get("preparation", 1)
        made_by = previous.manifest.get("embeddings", {})
        with write_folder(target, force=True, manifest=(fields := previous.fields)) as work:
            (work / "images").mkdir()
            embedded = _embed(dict(zip(rows, pictures, strict=True)), pool, work, previous, bar)
            if not embedded.contents:
                raise CatalogueError(f"Nothing was added: {next(iter(embedded.unreadable.values()))}")
            products, vectors = _merged(previous, [rows[one] for one in embedded.contents], embedded)
            made_from = _without(previous.manifest.get("made_from", {}), embedded.contents)
            maps = _write(work, previous, products, vectors)
            fields |= product_fields(products, made_from | embedded.made_from, maps, preparation=prepared)
            fields |= update.write(work, products, vectors, made_by, bar=bar)
            before = set(previous.ids)
        update.publish()
    return EditReport(
        target,
        len(products),
        added=tuple(one for one in embedded.contents if one not in before),
        replaced=tuple(one for one in embedded.contents if one in before),
        unreadable=embedded.unreadable,
        maps_due=_due(maps),
    )


def remove_products(product_ids: Sequence[str], name: str, *, bar: Bar = no_progress) -> EditReport:
    """Take products out of a catalogue.

    Parameters
    ----------
    product_ids : sequence of str
    name : str
        Of the catalogue.
    bar : callable
        Makes a progress bar, where an engine beside this process is brought up to date.

    Returns
    -------
    EditReport

    Raises
    ------
    CatalogueError
        There is no such product, or none would be left. Then all stay.
    ArtifactError
        The catalogue is missing or damaged, or another process changes it.
    """
    gone = tuple(dict.fromkeys(product_ids))
    with _opened(name) as (target, previous):
        update = EngineUpdate.of(target)
        there = set(previous.ids)
        if unknown := [one for one in gone if one not in there]:
            raise CatalogueError(
                f"{name} has no product {', '.join(map(repr, unknown))}, and nothing was removed; "
                "take ids from its products.csv"
            )
        stay = ~previous.products["id"].isin(gone).to_numpy(bool)
        if not stay.any():
            raise CatalogueError(
                f"Not one product of {name} would be left, and nothing was removed; delete its folder instead"
            )
        products = previous.products[stay].reset_index(drop=True)
        vectors = {extractor: rows[stay] for extractor, rows in previous.vectors.items()}
        prepared = previous.manifest.get("preparation", 1)
        made_by = previous.manifest.get("embeddings", {})
        with write_folder(target, force=True, manifest=(fields := previous.fields)) as work:
            maps = _write(work, previous, products, vectors)
            made_from = _without(previous.manifest.get("made_from", {}), gone)
            fields |= product_fields(products, made_from, maps, preparation=prepared)
            fields |= update.write(work, products, vectors, made_by, bar=bar)
        update.publish()
    return EditReport(target, len(products), removed=gone, maps_due=_due(maps))


def parse_cells(cells: Mapping[str, str]) -> dict[str, object]:
    """Read cells as they are typed.

    Returns
    -------
    dict of column to str, or to float for the price

    Raises
    ------
    CatalogueError
        If there is no such column, or a price or a year is none.

    Examples
    --------
    >>> parse_cells({"articleType": "Jeans", "price": "499"})
    {'articleType': 'Jeans', 'price': 499.0}
    """
    parsed: dict[str, object] = dict(cells)
    for column, text in cells.items():
        if column == "id" or column not in COLUMNS:
            raise CatalogueError(f"A product has no {column} to be set; it has {', '.join(COLUMNS[1:])}")
        if column == "price":
            if not re.fullmatch(r"\d+(\.\d+)?|", text):
                raise CatalogueError(f"{text!r} is no price; expected a number such as 499 or 499.50")
            parsed[column] = float(text or "nan")
        if column == "year" and not re.fullmatch(r"\d{4}|", text):
            raise CatalogueError(f"{text!r} is no year; expected one such as 2012")
    return parsed


@contextmanager
def _opened(name: str) -> Iterator[tuple[Path, PreviousCatalogue]]:
    """Hold a catalogue and read it, every byte of it compared with its manifest."""
    target = catalogue_dir(name)
    check_folder(target)  # before a folder is made beside it
    with hold_catalogue(target):
        check_folder(target, deep=True)
        previous = read_previous(target)
        if previous is None:
            raise ArtifactError(f"catalogue {name!r} cannot be read; index it again")
        yield target, previous


def _versions(previous: PreviousCatalogue, name: str) -> dict[str, str | None]:
    """Give the weights at hand of a catalogue's extractors, after refusing to mix vectors of two."""
    made_by = previous.manifest.get("embeddings", {})
    versions = {extractor: weights_at_hand(extractor) for extractor in previous.vectors}
    stale = [
        extractor
        for extractor, at_hand in versions.items()
        if extractor in made_by
        and at_hand is not None
        and made_by[extractor]["weights"] not in (None, at_hand)
    ]
    if stale:
        raise ArtifactError(
            f"The {', '.join(stale)} embeddings of {name} are stale, which none can be added to; "
            f"index it again with `python -m core index DATA --name {name} --force`"
        )
    return versions


def _rows_of(
    pictures: Sequence[Path], previous: PreviousCatalogue, given: Mapping[str, object]
) -> dict[str, dict[str, object]]:
    """Give the row of each picture's product, by its id, in the pictures' order."""
    table = lru_cache(_table_beside)
    before = previous.products.set_index("id", drop=False)
    rows: dict[str, dict[str, object]] = {}
    for path in pictures:
        row: dict[str, object] = dict.fromkeys(COLUMNS, "") | {"id": path.stem, "price": np.nan}
        listed = table(path.absolute().parent.parent)
        if listed is not None and path.absolute() in listed.image_paths:
            row = listed.products.iloc[listed.image_paths.index(path.absolute())].to_dict()
        elif path.stem in before.index:
            row = before.loc[path.stem].to_dict()
        product_id = str(row["id"])
        if not _PLAIN_ID.fullmatch(product_id):
            raise CatalogueError(f"{path}: {product_id!r} cannot be an id; call the picture ID.jpg")
        if product_id in rows:
            raise CatalogueError(f"{product_id} was given two pictures, expected one of each product")
        rows[product_id] = {**row, **given}
    return rows


def _table_beside(folder: Path) -> Catalogue | None:
    """Read the table of a folder of products; None where there is none."""
    if not any(path.suffix.lower() in TABLE_SUFFIXES for path in folder.glob("*.*")):
        return None
    try:
        return read_catalogue(folder)
    except CatalogueError as error:
        log.warning("Passed over, no table of these products: %s", error)
        return None


def _embed(
    pictures: Mapping[str, Path], pool: ExtractorPool, work: Path, previous: PreviousCatalogue, bar: Bar
) -> EmbeddedProducts:
    with tempfile.TemporaryDirectory() as place:
        return embed_products(
            list(pictures.items()),
            pool,
            work / "images",
            previous=previous,
            checkpoint=Checkpoint(Path(place), pool.versions),
            keep_before=False,
            bar=bar,
        )


def _merged(
    previous: PreviousCatalogue, rows: Sequence[Mapping[str, object]], embedded: EmbeddedProducts
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Put rows and vectors in the place of those of the same id, and the others behind."""
    given = pd.DataFrame(list(rows), columns=list(previous.products.columns)).assign(
        price=lambda table: table["price"].astype(float)
    )
    order = pd.concat([previous.products["id"], given["id"]], ignore_index=True)
    rows_now = order.drop_duplicates(keep="last").index.to_numpy()
    # A replaced product stays where it was, which settles equal scores.
    place = {product_id: row for row, product_id in reversed(list(enumerate(order)))}
    rows_now = np.array(sorted(rows_now, key=lambda row: place[order[row]]))
    products = pd.concat([previous.products, given], ignore_index=True).iloc[rows_now]
    vectors = {
        extractor: np.concatenate([kept, embedded.vectors[extractor]])[rows_now]
        for extractor, kept in previous.vectors.items()
        if extractor not in FROM_TABLE
    }
    products = products.reset_index(drop=True)
    return products, vectors | dict(table_vectors(tuple(previous.vectors), products))


def _write(
    work: Path, previous: PreviousCatalogue, products: pd.DataFrame, vectors: Mapping[str, np.ndarray]
) -> Carried:
    maps = carried_maps(previous, products, vectors)
    write_products(work, products, vectors, maps)
    link_kept_files(previous, work, "images", "queries")
    carry_further_pictures(previous, work, set(products["id"]))
    for product_id in set(previous.ids) - set(products["id"]):
        (work / "images" / f"{product_id}.jpg").unlink(missing_ok=True)
    # Where nothing was told before, all pictures would have to be compared now: that is for `index`.
    if told_before(previous):
        tell_near_duplicates(work / "images", list(products["id"]), previous).write(work)
    return maps


def _without(named: Mapping[str, str], ids: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    return {product_id: value for product_id, value in named.items() if product_id not in ids}


def _due(maps: Carried) -> tuple[str, ...]:
    return tuple(sorted(extractor for extractor, drawn in maps.items() if drawn.is_due))
