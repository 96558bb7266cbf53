"""The files of a catalogue's folder, written for `index`, `add` and `remove` alike."""

from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from core.gallery.catalogue_files import PRODUCTS
from core.gallery.further.kept import FOLDER as FURTHER
from core.gallery.further.kept import PICTURES, FurtherPictures, vectors_file
from core.indexing.map_upkeep import DrawnMaps, carry_maps
from core.indexing.pictures import link_or_copy
from core.indexing.previous import PreviousCatalogue
from core.storage.artifacts import write_folder, write_json

Carried = dict[str, DrawnMaps]
"""The maps of each extractor that has some."""


def carried_maps(
    previous: PreviousCatalogue, products: pd.DataFrame, vectors: Mapping[str, np.ndarray]
) -> Carried:
    """Keep of a catalogue's maps what can be kept for its products and vectors now."""
    carried = {}
    for extractor in vectors.keys() & previous.vectors.keys():
        n_changed = previous.manifest.get("maps", {}).get(extractor, {"changed": 0})["changed"]
        drawn = DrawnMaps(previous.ids, previous.vectors[extractor], previous.maps(extractor), n_changed)
        kept = carry_maps(drawn, products["id"].tolist(), vectors[extractor])
        if kept is not None:
            carried[extractor] = kept
    return carried


def write_products(
    work: Path, products: pd.DataFrame, vectors: Mapping[str, np.ndarray], maps: Carried
) -> None:
    """Write the table, the embeddings and the maps, row by row the same."""
    for folder in ("embeddings", "maps"):
        (work / folder).mkdir(exist_ok=True)
    products.to_csv(work / PRODUCTS, index=False, lineterminator="\n", encoding="utf-8")
    for extractor, rows in vectors.items():
        np.save(work / "embeddings" / f"{extractor}.npy", rows)
    for extractor, drawn in maps.items():
        write_maps(work, extractor, drawn)


def write_further_pictures(work: Path, pictures: FurtherPictures, vectors: Mapping[str, np.ndarray]) -> None:
    """Write which pictures products have beyond their first, and their vectors; nothing where none has."""
    if not len(pictures):
        return
    (work / FURTHER / "embeddings").mkdir(parents=True, exist_ok=True)
    write_json(work / PICTURES, msgspec.to_builtins(pictures))
    for extractor, rows in vectors.items():
        np.save(work / vectors_file(extractor), rows)


def carry_further_pictures(previous: PreviousCatalogue, work: Path, products: Container[str]) -> None:
    """Take along the pictures beyond the first of products that stay."""
    rows = previous.further.rows_of(products)
    pictures = previous.further.take(rows)
    for file in pictures.files():
        (work / file).parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(previous.folder / file, work / file)
    vectors = {extractor: of[rows] for extractor, of in previous.further_vectors.items()}
    write_further_pictures(work, pictures, vectors)


def write_maps(work: Path, extractor: str, drawn: DrawnMaps) -> None:
    """Write the maps of one extractor."""
    (work / "maps").mkdir(exist_ok=True)
    for kind, places in drawn.maps.items():
        np.save(work / "maps" / f"{extractor}-{kind}.npy", places)


def link_kept_files(previous: PreviousCatalogue, work: Path, *folders: str) -> None:
    """Take along what is below some folders of a catalogue, or all of it, and is not in the new one yet."""
    for file in previous.manifest["files"]:
        if (not folders or file.split("/")[0] in folders) and not (work / file).exists():
            (work / file).parent.mkdir(parents=True, exist_ok=True)
            link_or_copy(previous.folder / file, work / file)


def product_fields(
    products: pd.DataFrame, made_from: Mapping[str, str], maps: Carried, *, preparation: int
) -> dict[str, Any]:
    """Give the fields of the manifest that follow from the products."""
    return {
        "n_products": len(products),
        "preparation": preparation,
        "made_from": dict(made_from),
        "maps": {extractor: {"changed": drawn.n_changed} for extractor, drawn in sorted(maps.items())},
    }


def add_maps(target: Path, previous: PreviousCatalogue, extractor: str, drawn: DrawnMaps) -> None:
    """Replace a catalogue by itself with the maps of one extractor.

    Parameters
    ----------
    target : Path
        Its place.
    previous : PreviousCatalogue
        The catalogue as it is; nobody else may change it meanwhile.
    """
    fields = previous.fields
    maps = dict(previous.manifest.get("maps", {})) | {extractor: {"changed": drawn.n_changed}}
    with write_folder(target, force=True, manifest=fields | {"maps": maps}) as work:
        link_kept_files(previous, work)
        for path in (work / "maps").glob(f"{extractor}-*.npy"):
            path.unlink()
        write_maps(work, extractor, drawn)
