"""Rows of a collection: written where they differ, listed, counted and taken out."""

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.catalogue.id_parts import BUCKETS, bucket_of
from core.errors import EngineError
from core.gallery.milvus.connection import WRITE_SECONDS, MilvusConnection
from core.gallery.milvus.expressions import listed
from core.protocols import ProgressStep

BATCH = 2_000
"""Rows written at a time: some MB, of the 64 that Milvus takes in one message."""

LISTED = 4_000
"""Rows listed at a time, of the 16,384 that Milvus gives at once."""

MOST_LISTED = 16_384


def row_digests(products: pd.DataFrame, vectors: np.ndarray) -> list[str]:
    """Give what changes when a product's facets, price or vector do, for each.

    Parameters
    ----------
    products : DataFrame, length n
        The id and the columns of the collection.
    vectors : float32 array (n, dimension)
    """
    cells = [products[column].map(repr) for column in products]
    texts = ["\0".join(row) for row in zip(*cells, strict=True)]
    return [
        hashlib.sha256(text.encode() + np.ascontiguousarray(vector).tobytes()).hexdigest()
        for text, vector in zip(texts, vectors, strict=True)
    ]


def upsert_changed(
    connection: MilvusConnection,
    name: str,
    products: pd.DataFrame,
    vectors: np.ndarray,
    *,
    step: ProgressStep | None = None,
) -> int:
    """Write the rows that a collection lacks or has otherwise; gives how many.

    What it has already is told by digests, so that after a stop the same call goes on, and twice the same
    rows are there once.

    Parameters
    ----------
    connection : MilvusConnection
    name : str
        Of the collection.
    products : DataFrame, length n
        The id and the columns of the collection.
    vectors : float32 array (n, dimension)
        Of unit length or zero.
    step : callable, optional
        Moves a progress bar on by the rows of each batch.
    """
    written, is_empty = 0, not count_rows(connection, name)
    for start in range(0, len(products), BATCH):
        part = products.iloc[start : start + BATCH]
        rows = vectors[start : start + BATCH]
        digests = row_digests(part, rows)
        ids = part["id"].tolist()
        had = {} if is_empty else _field_by_id(connection, name, "digest", ids, seconds=WRITE_SECONDS)
        new = [
            place
            for place, (product_id, digest) in enumerate(zip(part["id"], digests, strict=True))
            if had.get(product_id) != digest
        ]
        if new:
            entities = _entities(part.iloc[new], rows[new], [digests[place] for place in new])
            connection.ask("upsert", name, entities, seconds=WRITE_SECONDS)
        written += len(new)
        if step is not None:
            step(len(part))
    return written


def delete_others(connection: MilvusConnection, name: str, kept: set[str]) -> int:
    """Take every row out whose id is none of these; gives how many."""
    gone = [product_id for product_id in list_ids(connection, name) if product_id not in kept]
    delete_ids(connection, name, gone)
    return len(gone)


def delete_ids(connection: MilvusConnection, name: str, ids: Sequence[str]) -> None:
    """Take rows out by their ids."""
    for start in range(0, len(ids), BATCH):
        # By an expression of our own: that of pymilvus breaks at a quote in an id.
        expression = f"id in {listed(ids[start : start + BATCH])}"
        connection.ask("delete", name, filter=expression, seconds=WRITE_SECONDS)


def count_rows(connection: MilvusConnection, name: str) -> int:
    """Count the rows of a collection."""
    (answer,) = connection.ask(
        "query", name, filter="", output_fields=["count(*)"], consistency_level="Strong"
    )
    return int(answer["count(*)"])


def list_ids(connection: MilvusConnection, name: str) -> Iterator[str]:
    """List every id of a collection.

    By ranges of buckets that hold no more than are given at once. pymilvus's own iterator pages by id, and
    gives some rows twice where ids hold quotes.
    """
    n_ranges = max(1, count_rows(connection, name) // LISTED)
    edges = [BUCKETS * number // n_ranges for number in range(n_ranges + 1)]
    pending = list(itertools.pairwise(edges))
    while pending:
        low, high = pending.pop()
        answers = connection.ask(
            "query",
            name,
            filter=f"bucket >= {low} and bucket < {high}",
            output_fields=["id"],
            limit=MOST_LISTED,
            consistency_level="Strong",
            seconds=WRITE_SECONDS,
        )
        if len(answers) < MOST_LISTED:
            yield from (answer["id"] for answer in answers)
        elif high - low == 1:
            raise EngineError(f"too many ids of the collection {name} fall into one bucket to be listed")
        else:
            middle = (low + high) // 2
            pending += [(low, middle), (middle, high)]


def vectors_by_id(
    connection: MilvusConnection, name: str, ids: Sequence[str], seconds: float | None = None
) -> dict[str, np.ndarray]:
    """Give the vectors of those of these ids that are there, float32 (dimension,)."""
    found: dict[str, np.ndarray] = {}
    for start in range(0, len(ids), BATCH):
        part = _field_by_id(connection, name, "vector", ids[start : start + BATCH], seconds=seconds)
        found.update((product_id, np.asarray(vector, np.float32)) for product_id, vector in part.items())
    return found


def _field_by_id(
    connection: MilvusConnection, name: str, field: str, ids: Sequence[str], *, seconds: float | None
) -> dict[str, Any]:
    """Give a field of those of these ids, `BATCH` at most, that are there."""
    answers = connection.ask(
        "query",
        name,
        filter=f"id in {listed(ids)}",
        output_fields=["id", field],
        limit=BATCH,
        consistency_level="Strong",
        seconds=seconds,
    )
    return {answer["id"]: answer[field] for answer in answers}


def _entities(products: pd.DataFrame, vectors: np.ndarray, digests: Sequence[str]) -> list[dict[str, Any]]:
    cells = {column: products[column].tolist() for column in products}
    if "price" in cells:
        cells["price"] = [None if np.isnan(price) else float(price) for price in cells["price"]]
    return [
        {
            **{column: values[place] for column, values in cells.items()},
            "vector": vectors[place],
            "bucket": bucket_of(cells["id"][place]),
            "digest": digests[place],
        }
        for place in range(len(digests))
    ]
