"""Which products of a gallery may be one with a query: near-duplicates and colour variants."""

from collections.abc import Sequence

import numpy as np

from core.catalogue.split import family_names, family_split_of
from core.errors import TrainingError
from core.gallery.stored_catalogue import StoredCatalogue


def kin_of_queries(gallery: StoredCatalogue, own_rows: Sequence[int]) -> list[np.ndarray]:
    """Find the kin of products of a gallery: near-duplicates by picture, and their families by name.

    Parameters
    ----------
    gallery : StoredCatalogue
    own_rows : sequence of int, length m
        Rows of the products that are queries.

    Returns
    -------
    list of m int arrays
        Rows of the gallery, rising; a query's own row is among them.

    Raises
    ------
    TrainingError
        If near-duplicates were not told when the catalogue was indexed.
    """
    if gallery.near_duplicates is None:
        raise TrainingError(gallery.not_folded())
    ids = gallery.products["id"].tolist()
    row_of = {product_id: row for row, product_id in enumerate(ids)}
    names = family_names(gallery.products)
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows_of.setdefault(name, []).append(row)
    kin = []
    for own in own_rows:
        twins = [row_of[product_id] for product_id in gallery.near_duplicates.of(ids[own])]
        kin.append(np.unique([own, *rows_of[names[own]], *twins]))
    return kin


def in_test_families(gallery: StoredCatalogue, kin: Sequence[np.ndarray]) -> np.ndarray:
    """Tell which queries are in the test split with all their kin, bool (m,)."""
    ids = gallery.products["id"].to_numpy(object)
    return np.array([family_split_of(list(ids[rows])) == "test" for rows in kin], bool)
