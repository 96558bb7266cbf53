"""A catalogue's products brought into Milvus: written beside what is searched, and then put in its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import EngineError
from core.gallery.index import unit_rows
from core.gallery.milvus.collections import (
    EXACT_INDEX,
    SIDES,
    CollectionKind,
    alias_name,
    collection_name,
    collection_served,
    create_collection,
    filter_columns,
    has_collection,
    make_searchable,
    misfit,
    point_alias,
    side_of,
)
from core.gallery.milvus.connection import WRITE_SECONDS, MilvusConnection, answer_seconds
from core.gallery.milvus.engine_choice import MILVUS, EngineChoice
from core.gallery.milvus.moments import Moments
from core.gallery.milvus.rows import delete_others, upsert_changed
from core.gallery.milvus.stored import kept_uri
from core.protocols import Bar
from core.storage.schema import ManifestEngine


@dataclass
class FilledRows:
    """What became of the rows of Milvus.

    Attributes
    ----------
    uri : str
        Of Milvus.
    written, deleted : dict of extractor to int
        Rows that it lacked or had otherwise, and rows of products that are gone.
    """

    uri: str
    written: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)

    def sentence(self) -> str:
        """Say it in a sentence."""
        rows = ", ".join(f"{n:,} by {extractor}" for extractor, n in self.written.items())
        gone = sum(self.deleted.values())
        took_out = f", and took out {gone:,}" if gone else ""
        return f"Wrote rows to Milvus at {self.uri}: {rows or 'none'}{took_out}."


class MilvusFilling:
    """Brings one catalogue's products into Milvus.

    Rows go into the side that is not searched, only those that it lacks or has otherwise; so the same call
    goes on after a stop, and may be repeated, and no search sees half of it. `publish` puts that side in the
    place of the other.

    Parameters
    ----------
    catalogue : str
        Its name.
    choice : EngineChoice
        With an address.
    searched : ManifestEngine, optional
        What the catalogue's manifest says is searched now; without one the aliases say it.
    index_type : str
        One of `core.gallery.milvus.collections.INDEX_TYPES`.
    """

    def __init__(
        self,
        catalogue: str,
        choice: EngineChoice,
        searched: ManifestEngine | None = None,
        *,
        index_type: str = EXACT_INDEX,
    ) -> None:
        self.catalogue, self.choice, self.index_type = catalogue, choice, index_type
        self._connection = MilvusConnection(choice, WRITE_SECONDS)
        self._searched = searched
        self._names: dict[str, str] = {}
        self._side = SIDES[0]

    def check(self) -> None:
        """Connect now rather than after hours of embedding.

        Raises
        ------
        EngineError
            If Milvus cannot be reached, or refuses the token.
        """
        self._connection.ask("list_collections", seconds=answer_seconds(self.choice))

    def write(
        self,
        products: pd.DataFrame,
        vectors: Mapping[str, np.ndarray],
        weights: Mapping[str, str | None],
        *,
        whole: bool = True,
        bar: Bar,
    ) -> FilledRows:
        """Bring products into the side that is not searched.

        Parameters
        ----------
        products : DataFrame, length n
        vectors : mapping of extractor to float32 array (n, dimension)
        weights : mapping of extractor to str or None
            What made the vectors.
        whole : bool
            Whether these are all products: then all others are taken out. A part of them leaves the others.
        bar : callable
            Makes a progress bar.
        """
        columns = filter_columns(products)
        table = products[["id", *columns]]
        filled = FilledRows(self.choice.uri)
        self._side = self._side_to_fill(next(iter(vectors))) if vectors else SIDES[0]
        for extractor, rows in vectors.items():
            kind = CollectionKind(extractor, rows.shape[1], weights[extractor], columns, self.index_type)
            name = self._names[extractor] = collection_name(self.catalogue, kind, self._side)
            if not has_collection(self._connection, name):
                create_collection(self._connection, name, kind)
            if problem := misfit(self._connection, name, kind):
                raise EngineError(f"{problem}; drop it in Milvus, and index again")
            self._connection.ask("load_collection", name)
            filled.written[extractor] = upsert_changed(
                self._connection,
                name,
                table,
                unit_rows(rows),
                step=bar(f"writing {extractor} to Milvus", len(table)),
            )
            if whole:
                filled.deleted[extractor] = delete_others(self._connection, name, set(table["id"]))
                make_searchable(self._connection, name)
        return filled

    def manifest_engine(self) -> ManifestEngine:
        """Give what the manifest keeps: the side that was written, without the token."""
        return {
            "name": MILVUS,
            "uri": kept_uri(self.choice.uri),
            "side": self._side,
            "index": self.index_type,
            "collections": dict(self._names),
        }

    def publish(self) -> None:
        """Let the aliases name what was written, and let go of the memory of what they named before.

        Collections of this side that hold what other weights made are dropped.
        """
        there = self._connection.ask("list_collections")
        for extractor, name in self._names.items():
            alias = alias_name(self.catalogue, extractor)
            point_alias(self._connection, alias, name)
            for other in [one for one in there if one.startswith(f"{alias}__") and one != name]:
                gone = side_of(other) == self._side
                method = "drop_collection" if gone else "release_collection"
                self._connection.ask(method, other)

    def _side_to_fill(self, extractor: str) -> str:
        """Choose the side that is not searched."""
        here = self._searched
        if here is not None and kept_uri(self.choice.uri) == here["uri"]:
            searched: str | None = here["side"]
        else:
            served = collection_served(self._connection, alias_name(self.catalogue, extractor))
            searched = side_of(served) if served else None
        return SIDES[1] if searched == SIDES[0] else SIDES[0]


def save_moments(work: Path, vectors: Mapping[str, np.ndarray]) -> None:
    """Keep the moments of each extractor's vectors in a catalogue's folder."""
    (work / "moments").mkdir(exist_ok=True)
    for extractor, rows in vectors.items():
        Moments.of(unit_rows(rows)).save(work / "moments" / f"{extractor}.npy")
