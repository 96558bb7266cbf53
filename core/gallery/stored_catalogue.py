"""Indexed catalogues as they are kept: products, pictures, embeddings and maps, row by row the same."""

import copy
import threading
from collections.abc import Callable, Container, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import ArtifactError, SearchError
from core.gallery.catalogue_files import PRODUCTS, CatalogueFiles
from core.gallery.further.best_picture import FurtherVectors
from core.gallery.further.kept import FurtherPictures, picture_file
from core.gallery.local import LocalGallery
from core.gallery.milvus.engine_choice import LOCAL, EngineChoice, chosen_engine
from core.gallery.milvus.stored import open_milvus_gallery
from core.gallery.near_duplicates import NearDuplicates
from core.gallery.protocol import Gallery
from core.gallery.score_threshold import score_for_share
from core.models.compared.methods import Distance
from core.models.extractors import weights_at_hand
from core.storage.artifacts import catalogue_dir, fingerprint
from core.storage.schema import Manifest

OPENINGS = 3
"""How often a catalogue that is replaced while it is opened is opened again."""


class StoredCatalogue:
    """An indexed catalogue, opened. Safe to share between threads; changed by none.

    Parameters
    ----------
    name : str
    engine : EngineChoice, optional
        By default what the environment says, or else the manifest.

    Attributes
    ----------
    name : str
    folder : Path
    manifest : core.storage.schema.Manifest
        What was written about it when it was indexed.
    products : DataFrame
        `core.catalogue.kaggle.COLUMNS`, text but for `price` (float, NaN where unknown), rows numbered
        from 0.
    extractors : tuple of str
        Those whose embeddings are here.
    problems : tuple of str
        What is lost of it and what that costs, a sentence each; all else can be used.
    engine : {"local", "milvus"}
        What searches it.
    further : FurtherPictures or None
        Pictures of products beyond the first; None where no product has several.
    near_duplicates : NearDuplicates or None
        Which products are near-duplicates; None where that was not told when it was indexed, or is lost.
    gallery : Gallery
        What is searched; see `core.gallery.protocol.Gallery`.
    """

    def __init__(self, name: str, engine: EngineChoice | None = None) -> None:
        self.name = name
        self._files = CatalogueFiles.of(name)
        self.manifest: Manifest = self._files.manifest
        self.folder = self._files.folder
        self.extractors: tuple[str, ...] = self._files.extractors
        self.problems: tuple[str, ...] = self._files.problems()
        products = self._files.read_products()
        self.further = self._read_further_pictures(set(products["id"]))
        self.engine, self.gallery = self._open_gallery(products, engine or chosen_engine())
        self._n_kept = len(self.gallery)
        self._score_thresholds: dict[tuple[str, Distance], float | None] = {}
        self._measuring = threading.Lock()
        self.near_duplicates = self._read_near_duplicates()

    def __len__(self) -> int:
        """Count the products."""
        return len(self.products)

    def __contains__(self, product_id: object) -> bool:
        try:
            self.gallery.row(str(product_id))
        except SearchError:
            return False
        return True

    def __repr__(self) -> str:
        return f"StoredCatalogue({self.name!r}, {len(self)} products)"

    @property
    def products(self) -> pd.DataFrame:
        """The gallery's table."""
        return self.gallery.products

    def pinned(self) -> "StoredCatalogue":
        """Give the catalogue as it is now, for answers that fit together while products change."""
        pinned = copy.copy(self)
        pinned.gallery = self.gallery.pinned()
        return pinned

    @property
    def images_dir(self) -> Path:
        """Where the pictures are, each ID.jpg."""
        return self.folder / "images"

    def image_path(self, product_id: str) -> Path:
        """Give the place of a product's picture, a JPEG of at most 240×320.

        Raises
        ------
        SearchError
            If there is no such product.
        """
        self.row(product_id)
        return self.images_dir / f"{product_id}.jpg"

    def picture_path(self, product_id: str, number: int) -> Path:
        """Give the place of one of a product's pictures; 1 is the first, `image_path`.

        Raises
        ------
        SearchError
            If there is no such product.
        """
        self.row(product_id)
        return self.folder / picture_file(product_id, number)

    def n_pictures(self, product_id: str) -> int:
        """Count the pictures by which a product is found."""
        if self.further is None or self.engine != LOCAL:
            return 1
        return 1 + self.further.products.count(product_id)

    def row(self, product_id: str) -> int:
        """Give a product's row in `products`, the embeddings and the maps.

        Raises
        ------
        SearchError
            If there is no such product.
        """
        try:
            return self.gallery.row(product_id)
        except SearchError:
            raise SearchError(
                f"{self.name} has no product {product_id!r}; take an id from its {PRODUCTS}"
            ) from None

    def types_of(self, product_ids: Iterable[str]) -> list[str]:
        """Give the `articleType` of each product, in their order."""
        types = self.products["articleType"]
        return [str(types.iloc[self.row(product_id)]) for product_id in product_ids]

    def check_extractor(self, extractor: str) -> None:
        """Refuse an extractor whose embeddings are not here.

        Raises
        ------
        ArtifactError
        """
        self._files.check_extractor(extractor)

    def open_index(self, extractor: str) -> None:
        """Load the embeddings of one extractor now rather than in the first search.

        Raises
        ------
        ArtifactError
            If the catalogue has no such embeddings, or they are changed or do not fit its products.
        """
        self.check_extractor(extractor)
        self.gallery.open_index(extractor)

    def embeddings(self, extractor: str) -> np.ndarray:
        """Give all embeddings of one extractor, float32 (n, dimension).

        For measuring whole rankings; a search asks `gallery`.

        Raises
        ------
        ArtifactError
            As from `open_index`.
        """
        self.open_index(extractor)
        return self.gallery.vectors(extractor, self.products["id"].tolist())

    def score_threshold(self, extractor: str, distance: Distance = Distance.COSINE) -> float | None:
        """Give the score above which most hits are of their query's class, measured on the first call.

        See `core.gallery.score_threshold.score_for_share`.
        """
        with self._measuring:
            if (extractor, distance) not in self._score_thresholds:
                now = self.pinned()
                ids, types = (now.products[column].tolist() for column in ("id", "articleType"))
                self._score_thresholds[extractor, distance] = score_for_share(
                    now.gallery, extractor, ids, types, distance=distance
                )
            return self._score_thresholds[extractor, distance]

    def not_folded(self) -> str:
        """Say why near-duplicates cannot be folded, and the command that mends it; "" where they can."""
        if self.near_duplicates is not None:
            return ""
        return (
            f"Near-duplicates of {self.name} were not told when it was indexed; index it again with "
            f"`{self._files.command()}`"
        )

    def rough_signatures(self) -> np.ndarray:
        """Give the rough signatures of the pictures, by which near-duplicates of others are looked for.

        Returns
        -------
        float16 array (n, core.imaging.duplicate_search.ROUGH_NUMBERS), read-only

        Raises
        ------
        ArtifactError
            If they are missing, changed or do not fit the products.
        """
        return self._files.read_rough_signatures(self._n_kept)

    def map(self, extractor: str, kind: str) -> np.ndarray | None:
        """Give one of the maps of an extractor.

        Parameters
        ----------
        extractor : str
        kind : {"2d", "3d", "trust"}

        Returns
        -------
        float32 array (n, 2), (n, 3) or (n,), read-only; None where there is no such map
            Places; NaN for a product that was not drawn. Trust is the share of a product's 15 nearest by
            cosine that are among its 15 nearest on the 2-D map.

        Raises
        ------
        ArtifactError
            If the map is lost, changed, does not fit the products or draws none of them.
        """
        return self._files.read_map(extractor, kind, self._n_kept)

    def stale(self, extractor: str) -> str | None:
        """Say that an extractor's embeddings were made by other weights than those at hand.

        Returns
        -------
        str or None
            A sentence with the command that mends it; None where they fit, or no model is there to differ.
        """
        embeddings = self.manifest.get("embeddings", {})
        made_by = embeddings[extractor]["weights"] if extractor in embeddings else None
        at_hand = weights_at_hand(extractor)
        if made_by is None or at_hand is None or made_by == at_hand:
            return None
        return (
            f"The {extractor} embeddings of {self.name} are stale, made by other weights than those at hand; "
            f"index it again with `{self._files.command()}`"
        )

    def _open_gallery(self, products: pd.DataFrame, chosen: EngineChoice | None) -> tuple[str, Gallery]:
        kept = self.manifest.get("engine")
        if kept is not None and (chosen is None or chosen.name != LOCAL):
            return kept["name"], open_milvus_gallery(self._files, products, kept, chosen)
        load = {extractor: partial(self._embeddings, extractor) for extractor in self.extractors}
        further: dict[str, Callable[[], FurtherVectors]] = {}
        if self.further is not None:
            for extractor in self._files.further_extractors():
                further[extractor] = partial(self._further_vectors, extractor, self.further)
        return LOCAL, LocalGallery(products, load, further)

    def _embeddings(self, extractor: str) -> np.ndarray:
        return self._files.read_embeddings(extractor, self._n_kept)

    def _further_vectors(self, extractor: str, further: FurtherPictures) -> FurtherVectors:
        vectors = self._files.read_further_vectors(extractor, len(further))
        return FurtherVectors(further.products, further.numbers, vectors)

    def _read_further_pictures(self, product_ids: Container[str]) -> FurtherPictures | None:
        try:
            return self._files.read_further_pictures(product_ids)
        except ArtifactError as error:
            if not self._files.lost:
                self.problems = (*self.problems, str(error))
            return None

    def _read_near_duplicates(self) -> NearDuplicates | None:
        try:
            kept = self._files.read_near_duplicates(self.products["id"])
        except ArtifactError as error:
            if not self._files.lost:
                self.problems = (*self.problems, str(error))
            return None
        return None if kept is None else NearDuplicates(kept)


def open_catalogue(name: str, engine: EngineChoice | None = None) -> StoredCatalogue:
    """Open an indexed catalogue.

    It answers from what it was when it was opened, though it may be indexed again later.

    Parameters
    ----------
    name : str
    engine : EngineChoice, optional
        By default what the environment says (see `core.gallery.milvus.engine_choice.chosen_engine`), or else
        the catalogue's manifest. A catalogue that was indexed for no other one is searched in this process.

    Raises
    ------
    ArtifactError
        If it is missing, torn, newer than the code, or has lost its table or all of its embeddings.
    """
    for _ in range(OPENINGS):
        version = fingerprint(catalogue_dir(name))
        try:
            opened = StoredCatalogue(name, engine)
        except ArtifactError:
            if fingerprint(catalogue_dir(name)) == version:
                raise
        else:
            if fingerprint(catalogue_dir(name)) == version:
                return opened
    return StoredCatalogue(name, engine)
