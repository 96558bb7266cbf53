"""Which products of a gallery may be one with a query: near-duplicates and colour variants."""

from collections.abc import Sequence

import numpy as np

from core.catalogue.split import family_names, family_split_of
from core.errors import ImageError
from core.evaluation.rankings import iter_rankings
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.decode import QUERY_SIDE, read_image
from core.imaging.near_duplicates import GarmentSignature, duplicates_of, garment_signature
from core.protocols import Bar

NEAREST = 10
"""Products that are compared with a query by their pictures, the nearest by each extractor."""


def kin_of_queries(
    gallery: StoredCatalogue, own_rows: Sequence[int], nearest: Sequence[np.ndarray], *, bar: Bar
) -> list[np.ndarray]:
    """Find the kin of products of a gallery: near-duplicates by picture, and their families by name.

    Parameters
    ----------
    gallery : StoredCatalogue
    own_rows : sequence of int, length m
        Rows of the products that are queries.
    nearest : sequence of int arrays (m, k)
        Rows of the gallery that are compared with each query by their pictures.
    bar : callable
        Makes a progress bar.

    Returns
    -------
    list of m int arrays
        Rows of the gallery, rising; a query's own row is among them.
    """
    names = family_names(gallery.products)
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows_of.setdefault(name, []).append(row)
    signatures: dict[int, GarmentSignature | None] = {}
    step = bar("comparing near-duplicates", len(own_rows))
    kin = []
    for number, own in enumerate(own_rows):
        looked = sorted({int(row) for rows in nearest for row in rows[number]} - {own})
        query, *seen = (_signature(row, gallery, signatures) for row in (own, *looked))
        twins = [row for row, is_twin in zip(looked, duplicates_of(query, seen), strict=True) if is_twin]
        kin.append(np.unique([own, *rows_of[names[own]], *twins]))
        step(1, None)
    return kin


def nearest_rows(gallery_vectors: np.ndarray, query_vectors: np.ndarray) -> np.ndarray:
    """Give the rows nearest to each query by cosine, the query itself included, int64 (m, `NEAREST` + 1)."""
    return np.array([order[: NEAREST + 1] for _, order, _ in iter_rankings(gallery_vectors, query_vectors)])


def in_test_families(gallery: StoredCatalogue, kin: Sequence[np.ndarray]) -> np.ndarray:
    """Tell which queries are in the test split with all their kin, bool (m,)."""
    ids = gallery.products["id"].to_numpy(object)
    return np.array([family_split_of(list(ids[rows])) == "test" for rows in kin], bool)


def _signature(
    row: int, gallery: StoredCatalogue, known: dict[int, GarmentSignature | None]
) -> GarmentSignature | None:
    """Make a product's picture small enough to be compared, once; None where it cannot be read."""
    if row not in known:
        path = gallery.images_dir / f"{gallery.products['id'].iloc[row]}.jpg"
        try:
            known[row] = garment_signature(read_image(path, max_side=QUERY_SIDE))
        except ImageError:
            known[row] = None
    return known[row]
