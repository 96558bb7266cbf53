"""The files of a catalogue as they lie on disk, each checked before it is used.

One that is lost costs what it holds and nothing else: an extractor, a map, a picture. Only without its table,
or without any embeddings, is a catalogue of no use.
"""

import hashlib
import mmap
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalogue.kaggle import COLUMNS
from core.errors import ArtifactError
from core.free_memory import available_bytes
from core.gallery.further.kept import FOLDER as FURTHER
from core.gallery.further.kept import PICTURES, FurtherPictures, vectors_file
from core.gallery.near_duplicates import DEFINITION, FOLDER, PAIRS, ROUGH, KeptPairs
from core.imaging.duplicate_search import ROUGH_NUMBERS
from core.models.extractors import EXTRACTORS
from core.storage.artifacts import catalogue_dir, read_manifest
from core.storage.atomic import current_folder
from core.storage.checksums import problems_by_file
from core.storage.naming import short_path
from core.storage.readers import LARGEST_NUMBER, hold_file, load_array, read_json, read_numbers
from core.storage.schema import Manifest, Schema, check_schema

PRODUCTS = "products.csv"

MAPS: dict[str, int | None] = {"2d": 2, "3d": 3, "trust": None}
"""Kind of map to columns; None is one number a product."""

_EMBEDDINGS = re.compile(r"embeddings/([^/]+)\.npy")
_FURTHER_VECTORS = re.compile(rf"{FURTHER}/embeddings/([^/]+)\.npy")
_MAP = re.compile(r"maps/([^/]+)-(?:2d|3d|trust)\.npy")
_PLAIN_ID = re.compile(r"[^./\\:\x00-\x1f\x7f][^/\\:\x00-\x1f\x7f]*")
_LONGEST_ID = 200  # bytes; file systems take names of 255
_NAMED_AT_MOST = 3


@dataclass(frozen=True)
class CatalogueFiles:
    """The files of one catalogue.

    Attributes
    ----------
    name : str
    folder : Path
        Where they lie now.
    manifest : core.storage.schema.Manifest
    lost : dict of str to str
        What is wrong with each file that is missing or has another size, by its name.
    held : dict of str to mmap or None
        Embeddings and maps, mapped into memory: they are read when they are needed first, by when the
        catalogue may have been indexed again.
    """

    name: str
    folder: Path
    manifest: Manifest
    lost: dict[str, str]
    held: dict[str, mmap.mmap | None] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str) -> "CatalogueFiles":
        """Look at the files of a catalogue.

        Only at their sizes: reading tens of thousands of pictures would keep a visitor waiting.

        Raises
        ------
        ArtifactError
            If the catalogue is missing, torn, newer than the code, or of no use without what it has lost.
        """
        manifest = read_manifest(catalogue_dir(name))
        folder = current_folder(catalogue_dir(name))
        held = {file: hold_file(folder / file) for file in manifest["files"] if file.endswith(".npy")}
        files = cls(name, folder, manifest, problems_by_file(folder, manifest["files"], deep=False), held)
        if PRODUCTS not in manifest["files"] or PRODUCTS in files.lost:
            raise files._damaged(PRODUCTS, files.lost.get(PRODUCTS, "missing"))
        if not files.extractors and (lost := files._lost_like(_EMBEDDINGS)):
            raise files._damaged(lost[0], files.lost[lost[0]])
        return files

    @property
    def extractors(self) -> tuple[str, ...]:
        """Those whose embeddings are here: learned ones first, in the order of the command line's list."""
        found = [match[1] for file in self.manifest["files"] if (match := _EMBEDDINGS.fullmatch(file))]
        order = {name: place for place, name in enumerate(EXTRACTORS)}
        here = [name for name in found if f"embeddings/{name}.npy" not in self.lost]
        return tuple(sorted(here, key=lambda name: (order.get(name, len(order)), name)))

    def problems(self) -> tuple[str, ...]:
        """Say, a sentence each, what is lost and what that costs."""
        embeddings, maps = self._lost_like(_EMBEDDINGS), self._lost_like(_MAP)
        folding = [file for file in self.lost if file.startswith(f"{FOLDER}/")]
        further = [file for file in self.lost if file == PICTURES or _FURTHER_VECTORS.fullmatch(file)]
        others = [file for file in self.lost if file not in {*embeddings, *maps, *folding, *further}]
        costs = [(f"cannot be searched by {_stems(embeddings, _EMBEDDINGS)}", embeddings)]
        costs += [(f"lacks a map by {_stems(maps, _MAP)}", maps)]
        costs += [("cannot fold near-duplicates", folding)]
        costs += [("finds products by their first picture alone", further)]
        costs += [(f"lacks {len(others):,} of its pictures and other files", others)]
        return tuple(
            f"catalogue {self.name!r} {cost} ({self._named(files)}); {self.remedy()}"
            for cost, files in costs
            if files
        )

    def check_extractor(self, extractor: str) -> None:
        """Refuse an extractor whose embeddings are not here.

        Raises
        ------
        ArtifactError
        """
        if extractor in self.extractors:
            return
        file = f"embeddings/{extractor}.npy"
        if file in self.lost:
            raise self._damaged(file, self.lost[file])
        have = ", ".join(self.extractors)
        if extractor not in EXTRACTORS:
            raise ArtifactError(
                f"there is no extractor {extractor!r}; catalogue {self.name!r} has {have or 'none'}"
            )
        raise ArtifactError(
            f"catalogue {self.name!r} has no embeddings of {extractor!r} (it has {have or 'none'}); index it "
            f"again with `{self.command(extractor)}`"
        )

    def read_products(self) -> pd.DataFrame:
        """Read the table.

        Returns
        -------
        DataFrame
            `core.catalogue.kaggle.COLUMNS`, text but for `price`: a float, NaN where it is no amount.

        Raises
        ------
        ArtifactError
            If it is changed, no table, lacks a column or a product, or an id is twice or no file's name.
        """
        path = self._checked(PRODUCTS)
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
        except (ValueError, OSError) as error:
            raise self._unfit(PRODUCTS, "cannot be read as a table") from error
        missing = [column for column in COLUMNS if column not in table]
        if missing:
            raise self._unfit(PRODUCTS, f"lacks the column {missing[0]}")
        if table.empty:
            raise self._unfit(PRODUCTS, "holds no product")
        if not isinstance(table.index, pd.RangeIndex):
            raise self._unfit(PRODUCTS, "has rows with more cells than columns")
        table = table.fillna("")  # the cells that short rows lack
        ids = table["id"]
        if bad := [one for one in ids if not _PLAIN_ID.fullmatch(one) or len(one.encode()) > _LONGEST_ID]:
            raise self._unfit(PRODUCTS, f"names a product {bad[0][:40]!r}, which is no file's name")
        if ids.duplicated().any():
            raise self._unfit(PRODUCTS, "names a product twice")
        return table.assign(price=_prices(table["price"]))

    def read_embeddings(self, extractor: str, n_products: int) -> np.ndarray:
        """Read the embeddings of an extractor, mapped into memory: an index makes its own copy.

        Raises
        ------
        ArtifactError
            If they are not here, changed, no rows of finite numbers, one a product, or too large for the
            memory that is left.
        """
        self.check_extractor(extractor)
        file = f"embeddings/{extractor}.npy"
        rows = self._read_array(file, rows=n_products)
        left, needed = available_bytes(), 4 * rows.size
        if left is not None and needed > left:
            raise ArtifactError(
                f"memory is too short for the embeddings of {extractor} in {self.name!r}: {needed >> 20} MB "
                f"are needed and {left >> 20} are left; look by another extractor, or serve with more memory"
            )
        return rows

    def read_map(self, extractor: str, kind: str, n_products: int) -> np.ndarray | None:
        """Read one of the maps of an extractor; None where there is none.

        Raises
        ------
        ArtifactError
            If it is lost, changed, does not fit the products, or draws none of them.
        """
        file = f"maps/{extractor}-{kind}.npy"
        if file not in self.manifest["files"]:
            return None
        columns = MAPS[kind]
        places = self._read_array(file, rows=n_products, columns=columns, flat=columns is None)
        sizes = np.abs(places, dtype=np.float64)
        if np.isnan(sizes).all() or (sizes > LARGEST_NUMBER).any():
            raise self._unfit(file, "holds no places to draw products at")
        return places

    def read_moments(self, extractor: str) -> np.ndarray:
        """Read the moments of an extractor's vectors, as `core.gallery.milvus.moments` keeps them.

        Raises
        ------
        ArtifactError
            If they are not here, changed, or no array of numbers.
        """
        return self._read_array(f"moments/{extractor}.npy")

    def read_near_duplicates(self, product_ids: Iterable[str]) -> KeptPairs | None:
        """Read which products are near-duplicates; None where that was not told, or by another definition.

        Raises
        ------
        ArtifactError
            If it is lost, changed, or names other products than the catalogue's.
        """
        kept = self._read_document(PAIRS, KeptPairs)
        if kept is None:
            return None
        named = [
            *(one for group in kept.same for one in group),
            *(one for pair in kept.pairs for one in pair),
        ]
        if not set(named) <= set(product_ids) or not all(kept.same):
            raise self._unfit(PAIRS, "names products that the catalogue does not have")
        return kept if kept.definition == DEFINITION else None

    def read_further_pictures(self, product_ids: Container[str]) -> FurtherPictures | None:
        """Read which pictures products have beyond their first; None where none has.

        Raises
        ------
        ArtifactError
            If that is lost, changed, or names other products than the catalogue's.
        """
        kept = self._read_document(PICTURES, FurtherPictures)
        if kept is None:
            return None
        whole = len(kept.products) == len(kept.numbers) == len(kept.contents)
        if not whole or len(kept.rows_of(product_ids)) < len(kept):
            raise self._unfit(PICTURES, "names pictures of products that the catalogue does not have")
        return kept

    def further_extractors(self) -> tuple[str, ...]:
        """Name the extractors whose vectors of further pictures are here."""
        return tuple(
            match[1]
            for file in self.manifest["files"]
            if (match := _FURTHER_VECTORS.fullmatch(file)) and file not in self.lost
        )

    def read_further_vectors(self, extractor: str, n_pictures: int) -> np.ndarray:
        """Read an extractor's vectors of the pictures beyond the first, float (n_pictures, dimension).

        Raises
        ------
        ArtifactError
            If they are lost, changed, or do not fit the pictures.
        """
        return self._read_array(vectors_file(extractor), rows=n_pictures)

    def read_rough_signatures(self, n_products: int) -> np.ndarray:
        """Read the rough signatures of the pictures, float (n, ROUGH_NUMBERS).

        Raises
        ------
        ArtifactError
            If they are lost, changed, or do not fit the products.
        """
        return self._read_array(ROUGH, rows=n_products, columns=ROUGH_NUMBERS)

    def command(self, extractor: str | None = None) -> str:
        """Give the command that makes the catalogue again, with an extractor that it lacks."""
        if self.manifest.get("drawn"):
            return "python -m core render-demo"
        had = f"embeddings/{extractor}.npy" in self.manifest["files"]
        more = f" --extractor {extractor}" if extractor and not had else ""
        return f"python -m core index DATA --name {self.name}{more} --force"

    def remedy(self) -> str:
        """Say how to get lost files back."""
        return f"restore it from git, or make it again with `{self.command()}`"

    def _read_document(self, file: str, schema: type[Schema]) -> Schema | None:
        """Read a JSON document that a catalogue may be without; None where it is."""
        if file not in self.manifest["files"]:
            return None
        path = self._checked(file)
        return check_schema(read_json(path), schema, path=path)

    def _read_array(
        self, file: str, *, rows: int | None = None, columns: int | None = None, flat: bool = False
    ) -> np.ndarray:
        return load_array(
            self._checked(file), held=self.held.get(file), rows=rows, columns=columns, flat=flat
        )

    def _checked(self, file: str) -> Path:
        """Give a file's path after making sure that not a byte of it has changed."""
        entry = self.manifest["files"].get(file)
        if entry is None:
            raise self._damaged(file, "missing")
        if (held := self.held.get(file)) is not None and hashlib.sha256(held).hexdigest() == entry["sha256"]:
            return self.folder / file
        if found := problems_by_file(self.folder, {file: entry}, deep=True):
            raise self._damaged(file, found[file])
        return self.folder / file

    def _damaged(self, file: str, problem: str) -> ArtifactError:
        return ArtifactError(f"catalogue {self.name!r} is damaged: {file}: {problem}; {self.remedy()}")

    def _unfit(self, file: str, what: str) -> ArtifactError:
        return ArtifactError(f"{short_path(self.folder / file)} {what}; {self.remedy()}")

    def _lost_like(self, pattern: re.Pattern[str]) -> list[str]:
        return [file for file in self.lost if pattern.fullmatch(file)]

    def _named(self, files: list[str]) -> str:
        more = f" and {len(files) - _NAMED_AT_MOST:,} more" if len(files) > _NAMED_AT_MOST else ""
        return "; ".join(f"{file}: {self.lost[file]}" for file in files[:_NAMED_AT_MOST]) + more


def _stems(files: Iterable[str], pattern: re.Pattern[str]) -> str:
    names = [match[1] for file in files if (match := pattern.fullmatch(file))]
    return ", ".join(dict.fromkeys(names))


def _prices(cells: pd.Series) -> np.ndarray:
    """Read prices; what is no amount of money is unknown."""
    prices = read_numbers(cells)
    return np.where(prices >= 0, prices, np.nan)
