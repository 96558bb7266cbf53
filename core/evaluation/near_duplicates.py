"""Near-duplicates of queries in a gallery, as the catalogue tells them, or by the same rule."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.errors import ImageError
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.decode import QUERY_SIDE, read_image
from core.imaging.duplicate_search import (
    ROUGH_NUMBERS,
    candidate_pairs,
    find_near_duplicates,
    rough_signature,
)
from core.imaging.near_duplicates import SmallGarment, small_garment
from core.protocols import no_progress


def near_duplicates_of(
    ids: Sequence[str], paths: Sequence[Path], gallery: StoredCatalogue
) -> list[frozenset[str]] | None:
    """Find the near-duplicates of products in a catalogue.

    Parameters
    ----------
    ids : sequence of str
        Products. Of one that is in the catalogue the answer is what the catalogue tells.
    paths : sequence of Path
        Their pictures: those of the others are compared with the catalogue's.
    gallery : StoredCatalogue

    Returns
    -------
    list of frozenset of product id, or None
        None where the catalogue does not tell near-duplicates.

    Raises
    ------
    ArtifactError
        If what the catalogue tells is damaged.
    """
    if gallery.near_duplicates is None:
        return None
    found = [set(gallery.near_duplicates.of(product_id)) for product_id in ids]
    strangers = [row for row, product_id in enumerate(ids) if product_id not in gallery]
    for row, product_id in _of_strangers([paths[row] for row in strangers], gallery):
        found[strangers[row]].add(product_id)
    return [frozenset(one) for one in found]


def _of_strangers(paths: Sequence[Path], gallery: StoredCatalogue) -> list[tuple[int, str]]:
    """Compare pictures with those of a gallery; gives rows of `paths` and product ids."""
    asked = [_garment(path) for path in paths]
    rough = np.full((len(asked), ROUGH_NUMBERS), np.nan, np.float16)
    for row, garment in enumerate(asked):
        if garment is not None:
            rough[row] = rough_signature(garment)
    pairs = candidate_pairs(gallery.rough_signatures(), rough)
    product_ids = gallery.products["id"].tolist()

    def garment_of(number: int) -> SmallGarment | None:
        if number < len(asked):
            return asked[number]
        return _garment(gallery.image_path(product_ids[number - len(asked)]))

    pairs[:, 1] += len(asked)
    return [
        (row, product_ids[number - len(asked)])
        for row, number in find_near_duplicates(pairs, garment_of, step=no_progress("", 0))
    ]


def _garment(path: Path) -> SmallGarment | None:
    try:
        return small_garment(read_image(path, max_side=QUERY_SIDE))
    except ImageError:
        return None
