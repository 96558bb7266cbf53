"""The catalogue that is to be replaced: what of it is still good, found by content and not by id."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import ArtifactError
from core.gallery.catalogue_files import MAPS, CatalogueFiles
from core.gallery.further.kept import NO_FURTHER_PICTURES, FurtherPictures, picture_file
from core.indexing.pictures import PREPARATION, KeptPicture
from core.storage.artifacts import read_manifest
from core.storage.atomic import current_folder
from core.storage.schema import Manifest

log = logging.getLogger(__name__)

NOT_OF_THE_CALLER = ("schema", "kind", "created", "libraries", "files")
"""Fields of a manifest that are written anew with every folder."""


@dataclass(frozen=True, eq=False)
class PreviousCatalogue:
    """A kept catalogue, read for what of it can stay.

    Attributes
    ----------
    folder : Path
        Where its files lie.
    manifest : Manifest
    products : DataFrame
    contents : dict of product id to content
        SHA-256 of the file that each product's picture was made from.
    vectors : dict of extractor to float32 array (n, dimension)
        Row by row as `products`; where weights were given, those that they would make again.
    further : FurtherPictures
        Pictures of products beyond their first.
    further_vectors : dict of extractor to float32 array (f, dimension)
        Row by row as `further`.
    """

    folder: Path
    manifest: Manifest
    products: pd.DataFrame
    contents: Mapping[str, str]
    vectors: Mapping[str, np.ndarray]
    further: FurtherPictures
    further_vectors: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        files = dict(zip(self.further.contents, self.further.files(), strict=True))
        files |= {content: picture_file(one, 1) for one, content in self.contents.items()}
        object.__setattr__(self, "_file_of", files)

    @property
    def ids(self) -> list[str]:
        """The product ids, row by row."""
        return self.products["id"].tolist()

    @property
    def fields(self) -> dict[str, object]:
        """The fields of its manifest but for those that are written anew with every folder."""
        return {name: value for name, value in self.manifest.items() if name not in NOT_OF_THE_CALLER}

    @property
    def is_prepared_alike(self) -> bool:
        """Whether the same files would give the same pixels to embed by now."""
        return self.manifest.get("preparation", 1) == PREPARATION

    def vectors_by_content(self, extractor: str) -> dict[str, np.ndarray]:
        """Give the vectors of one extractor by the content of the picture; empty where they are not good."""
        if extractor not in self.vectors or not self.is_prepared_alike:
            return {}
        of_id = dict(zip(self.ids, self.vectors[extractor], strict=True))
        of_first = {content: of_id[product_id] for product_id, content in self.contents.items()}
        if extractor not in self.further_vectors:
            return of_first
        return dict(zip(self.further.contents, self.further_vectors[extractor], strict=True)) | of_first

    def picture(self, content: str) -> KeptPicture | None:
        """Give the small picture made from a file of this content; None where there is none undamaged."""
        file = self._file_of.get(content)  # type: ignore[attr-defined]
        return self._kept(file) if file is not None and self.is_prepared_alike else None

    def picture_of(self, product_id: str) -> KeptPicture | None:
        """Give the small picture of a product; None where there is none undamaged."""
        return self._kept(picture_file(product_id, 1))

    def all_contents(self) -> dict[str, tuple[str, ...]]:
        """Say what all pictures of each product were made from."""
        return contents_of_products(self.contents, self.further)

    def _kept(self, file: str) -> KeptPicture | None:
        entry = self.manifest["files"].get(file)
        if entry is None:
            return None
        kept = KeptPicture(self.folder / file, entry["sha256"])
        return kept if kept.undamaged() else None

    def maps(self, extractor: str) -> dict[str, np.ndarray]:
        """Give the maps of one extractor by kind; empty where they are missing or damaged."""
        files = CatalogueFiles(self.folder.name, self.folder, self.manifest, {})
        try:
            found = {kind: files.read_map(extractor, kind, len(self.products)) for kind in MAPS}
        except ArtifactError:
            return {}
        return {kind: places for kind, places in found.items() if places is not None}


def contents_of_products(contents: Mapping[str, str], further: FurtherPictures) -> dict[str, tuple[str, ...]]:
    """Say what all pictures of each product were made from: its first, and those beyond it."""
    every: dict[str, tuple[str, ...]] = {product_id: (content,) for product_id, content in contents.items()}
    for product_id, content in zip(further.products, further.contents, strict=True):
        every[product_id] = (*every.get(product_id, ()), content)
    return every


def read_previous(target: Path, versions: Mapping[str, str | None] | None = None) -> PreviousCatalogue | None:
    """Read the catalogue that lies in a place.

    Parameters
    ----------
    target : Path
        The catalogue's place.
    versions : mapping of extractor to str or None, optional
        The weights at hand: vectors of others are left out. By default all vectors are read.

    Returns
    -------
    PreviousCatalogue or None
        None where there is none, or where it is so damaged that all has to be made anew.
    """
    if not current_folder(target).is_dir():
        return None
    try:
        manifest = read_manifest(target)
        files = CatalogueFiles(target.name, current_folder(target), manifest, {})
        products = files.read_products()
    except ArtifactError as error:
        log.warning("Nothing of the catalogue at hand is used again: %s", error)
        return None
    further = _further_pictures(files, set(products["id"]))
    return PreviousCatalogue(
        files.folder,
        manifest,
        products,
        _contents(manifest, products["id"].tolist()),
        _vectors(
            files, versions, list(files.extractors), lambda one: files.read_embeddings(one, len(products))
        ),
        further,
        _vectors(
            files,
            versions,
            list(files.further_extractors()) if len(further) else [],
            lambda one: files.read_further_vectors(one, len(further)),
        ),
    )


def _further_pictures(files: CatalogueFiles, product_ids: set[str]) -> FurtherPictures:
    try:
        return files.read_further_pictures(product_ids) or NO_FURTHER_PICTURES
    except ArtifactError as error:
        log.warning("Embedding further pictures of products anew: %s", error)
        return NO_FURTHER_PICTURES


def _contents(manifest: Manifest, ids: list[str]) -> dict[str, str]:
    """Say what each product's picture was made from."""
    noted, files = manifest.get("made_from", {}), manifest["files"]
    kept = {product_id: files.get(f"images/{product_id}.jpg") for product_id in ids}
    return {
        product_id: noted.get(product_id, entry["sha256"])
        for product_id, entry in kept.items()
        if entry is not None
    }


def _vectors(
    files: CatalogueFiles,
    versions: Mapping[str, str | None] | None,
    kept: list[str],
    read: Callable[[str], np.ndarray],
) -> dict[str, np.ndarray]:
    made_by = {name: made["weights"] for name, made in files.manifest.get("embeddings", {}).items()}
    if versions is not None:
        kept = [name for name in kept if versions.get(name) and versions[name] == made_by.get(name)]
    vectors = {}
    for extractor in kept:
        try:
            vectors[extractor] = np.asarray(read(extractor), np.float32)
        except ArtifactError as error:
            log.warning("Embedding by %s anew: %s", extractor, error)
    return vectors
