"""What every engine of a gallery refuses before it searches or changes anything."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.errors import ArtifactError, SearchError
from core.gallery.protocol import Gallery, QueryVectors


def check_search(
    query: QueryVectors, k: int, offset: int, exclude: Sequence[str | None] | None
) -> list[str | None]:
    """Give the product that each query leaves out, None where there is none.

    Raises
    ------
    SearchError
        If no hits are asked for, or the excluded products are not as many as the queries.
    """
    if k < 1 or offset < 0:
        raise SearchError(f"{k} hits after {offset} were asked for; ask for at least 1 after at least 0.")
    one_by_one: list[str | None] = [None] * len(query) if exclude is None else list(exclude)
    if len(one_by_one) != len(query):
        raise SearchError(f"{len(one_by_one)} excluded ids do not match {len(query)} queries; give each one.")
    return one_by_one


def check_vectors(
    gallery: Gallery, products: pd.DataFrame, vectors: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Give the vectors of products by every extractor of a gallery, float32 (n, dimension).

    Raises
    ------
    SearchError
        If an extractor's are missing, or have another shape.
    """
    if missing := sorted(set(gallery.extractors) - set(vectors)):
        raise SearchError(
            f"Products were given without vectors of {missing[0]}; give those of every extractor."
        )
    for extractor in gallery.extractors:
        shape, expected = np.shape(vectors[extractor]), (len(products), gallery.dimension(extractor))
        if shape != expected:
            raise SearchError(
                f"{len(products)} products came with {extractor} vectors of shape {shape}; "
                f"expected {expected}."
            )
    return {name: np.asarray(vectors[name], np.float32) for name in gallery.extractors}


def no_embeddings(extractor: str, extractors: Sequence[str]) -> ArtifactError:
    """Make the error of an extractor that a gallery lacks."""
    have = f"it has {', '.join(extractors)}" if extractors else "it has none"
    return ArtifactError(f"this gallery has no embeddings of {extractor!r} ({have}); index it with them")
