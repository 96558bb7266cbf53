"""The collections of a catalogue: one an extractor and side, their names, fields and index.

Each extractor has two collections, side `a` and side `b`. One is searched; the other is brought up to date,
and then they change places: an alias, and the catalogue's manifest, name the one that is searched. A
collection an extractor, since a server allows four vectors a row unless it is told otherwise. What a
collection holds is part of its name, so that vectors of other weights, or other columns, never meet in one.
"""

import hashlib
import re
import time
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.errors import EngineError
from core.gallery.facets import FILTER_COLUMNS
from core.gallery.milvus.connection import (
    WRITE_SECONDS,
    CollectionAbsentError,
    MilvusConnection,
    pymilvus,
)

SIDES = ("a", "b")
METRIC = "IP"
"""Of unit vectors the inner product is the cosine; of a zero vector it is 0, where a cosine has no value."""

INDEX_TYPES: dict[str, dict[str, Any]] = {"FLAT": {}, "HNSW": {"M": 32, "efConstruction": 256}}
"""Indexes of vectors that can be asked for, and the parameters that they are built with.

Never AUTOINDEX, which is approximate where nobody says so.
"""

EXACT_INDEX = "FLAT"
MADE_BY = "fashion-search.made-by"
LONGEST_TEXT = 65_535  # bytes; Milvus's own limit
LONGEST_ID = 1_000
_POLL = 0.2
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class CollectionKind:
    """What a collection holds: what has to be the same for vectors to be comparable.

    Attributes
    ----------
    extractor : str
    dimension : int
    weights : str or None
        What made the vectors; see `core.storage.schema.ManifestEmbeddings`.
    columns : tuple of str
        The facets of its rows.
    index_type : str
        One of `INDEX_TYPES`.
    """

    extractor: str
    dimension: int
    weights: str | None
    columns: tuple[str, ...]
    index_type: str = EXACT_INDEX

    def __post_init__(self) -> None:
        if self.index_type not in INDEX_TYPES:
            raise EngineError(f"there is no index {self.index_type!r}; there are {', '.join(INDEX_TYPES)}")

    @property
    def made_by(self) -> str:
        """What made its vectors, which Milvus keeps as a property of the collection."""
        return f"{self.extractor} {self.weights or 'unknown'}"

    @property
    def digest(self) -> str:
        """A few digits that change with any of this."""
        return _digest(repr(self))


def filter_columns(products: pd.DataFrame) -> tuple[str, ...]:
    """Give the columns of a table that rows carry beside the vector: its facets, and the price."""
    return tuple(column for column in (*FILTER_COLUMNS, "price") if column in products)


def alias_name(catalogue: str, extractor: str) -> str:
    """Name the alias of the collection that is searched.

    Milvus takes letters, digits and underscores: names with others get a few digits of their hash.

    Examples
    --------
    >>> alias_name("shop", "vgg16"), alias_name("my-shop", "vgg16")
    ('shop__vgg16', 'my_shop_d703f4__vgg16')
    """
    plain = re.sub(r"[^A-Za-z0-9_]", "_", catalogue)
    if plain != catalogue or not _NAME.fullmatch(catalogue) or "__" in catalogue:
        plain = f"{plain if _NAME.fullmatch(plain) else f'_{plain}'}_{_digest(catalogue)}"
    return f"{plain}__{extractor}"


def collection_name(catalogue: str, kind: CollectionKind, side: str) -> str:
    """Name the collection of one side."""
    return f"{alias_name(catalogue, kind.extractor)}__{side}_{kind.digest}"


def side_of(name: str) -> str:
    """Give the side of a collection by its name.

    Examples
    --------
    >>> kind = CollectionKind("vgg16", 128, None, ("gender", "price"))
    >>> side_of(collection_name("shop", kind, "b"))
    'b'
    """
    return name.rpartition("__")[2].partition("_")[0]


def create_collection(connection: MilvusConnection, name: str, kind: CollectionKind) -> None:
    """Make a collection without rows, with its index, where there is none of its name."""
    library = pymilvus()
    kinds, client = library.DataType, library.MilvusClient
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", kinds.VARCHAR, is_primary=True, max_length=LONGEST_ID)
    schema.add_field("vector", kinds.FLOAT_VECTOR, dim=kind.dimension)
    schema.add_field("bucket", kinds.INT64)
    schema.add_field("digest", kinds.VARCHAR, max_length=64)
    for column in kind.columns:
        if column == "price":
            schema.add_field(column, kinds.DOUBLE, nullable=True)
        else:
            schema.add_field(column, kinds.VARCHAR, max_length=LONGEST_TEXT)
    index = client.prepare_index_params()
    index.add_index(
        "vector",
        index_type=kind.index_type,
        metric_type=METRIC,
        params=INDEX_TYPES[kind.index_type],
    )
    try:
        connection.ask(
            "create_collection",
            name,
            schema=schema,
            index_params=index,
            consistency_level="Strong",
            properties={MADE_BY: kind.made_by},
            seconds=WRITE_SECONDS,
        )
    except EngineError:
        if not has_collection(connection, name):  # or another machine made it just now
            raise


def misfit(connection: MilvusConnection, name: str, kind: CollectionKind) -> str:
    """Say what a collection holds instead of what it should; "" where it fits.

    Raises
    ------
    CollectionAbsentError
        If there is none of that name.
    EngineError
        If Milvus does not answer.
    """
    told = connection.ask("describe_collection", name)
    fields = {field["name"]: field for field in told["fields"]}
    expected = {"id", "vector", "bucket", "digest", *kind.columns}
    if set(fields) != expected:
        odd = sorted(set(fields) ^ expected)[0]
        return f"the schema of the collection {name} is another: the field {odd} is {_here(odd in fields)}"
    dimension = int(fields["vector"]["params"]["dim"])
    if dimension != kind.dimension:
        return f"the collection {name} holds vectors of {dimension} numbers, expected {kind.dimension}"
    if (made_by := dict(told.get("properties") or {}).get(MADE_BY)) != kind.made_by:
        return f"the collection {name} holds another embedding, by {made_by}, expected one by {kind.made_by}"
    index = connection.ask("describe_index", name, "vector") or {}
    index_type, metric = index.get("index_type"), index.get("metric_type")
    if (index_type, metric) != (kind.index_type, METRIC):
        return (
            f"the collection {name} has the index {index_type} by {metric}, expected {kind.index_type} by "
            f"{METRIC}"
        )
    return ""


def has_collection(connection: MilvusConnection, name: str) -> bool:
    """Whether there is a collection of this name."""
    return bool(connection.ask("has_collection", name))


def make_searchable(connection: MilvusConnection, name: str) -> None:
    """Put what was written onto the disk, wait for its index, and load it into memory."""
    connection.ask("flush", name, seconds=WRITE_SECONDS)
    until = time.monotonic() + WRITE_SECONDS
    while connection.ask("describe_index", name, "vector").get("pending_index_rows"):
        if time.monotonic() > until:
            raise EngineError(f"the index of the collection {name} is not built yet; index again to go on")
        time.sleep(_POLL)
    connection.ask("load_collection", name, seconds=WRITE_SECONDS)


def point_alias(connection: MilvusConnection, alias: str, name: str) -> None:
    """Let an alias name a collection, whatever it named before."""
    served = collection_served(connection, alias)
    if served != name:
        connection.ask("alter_alias" if served else "create_alias", name, alias)


def collection_served(connection: MilvusConnection, alias: str) -> str | None:
    """Give the collection that an alias names; None where there is no such alias."""
    try:
        told = connection.ask("describe_alias", alias)
    except CollectionAbsentError:
        return None
    except EngineError as error:
        if "alias" in str(error) and ("not found" in str(error) or "not exist" in str(error)):
            return None
        raise
    return str(told["collection_name"]) if told else None


def _here(is_there: bool) -> str:
    return "not expected" if is_there else "missing"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
