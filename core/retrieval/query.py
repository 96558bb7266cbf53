"""What a query is to a gallery: its vectors, its picture, and the products nearest to it."""

from collections.abc import Sequence

import numpy as np

from core.errors import ModelError, SearchError
from core.gallery.index import Neighbours
from core.gallery.intimates import leave_out_intimates
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.decode import QUERY_SIDE, read_image
from core.retrieval.encoder import Encoder
from core.retrieval.request import PictureQuery, ProductQuery, Query, VectorQuery


def nearest_products(
    query: Query,
    extractor: str,
    k: int,
    *,
    catalogue: StoredCatalogue,
    encoder: Encoder,
    exclude: str | None = None,
    intimates: bool = False,
) -> Neighbours:
    """Find the `k` products nearest to a query by one extractor's plain score.

    A product that is the query, and the one to `exclude`, is none of them. Nor is underwear, swimwear or
    nightwear, unless either is of that kind, or `intimates` is set.

    Raises
    ------
    ArtifactError, ModelError
        If the extractor is not at hand, or its vectors do not fit the catalogue.
    SearchError
        If there is no such product.
    """
    catalogue.open_index(extractor)
    vector = query_vectors(query, (extractor,), catalogue, encoder)[extractor]
    own = query.product_id if isinstance(query, ProductQuery) else exclude
    filters = Filters()
    if not intimates:
        own_type = catalogue.types_of([own])[0] if own else ""
        filters, _ = leave_out_intimates(filters, catalogue.gallery, own_type=own_type)
    (found,) = catalogue.gallery.search(QueryVectors.of(extractor, vector), k, filters=filters, exclude=[own])
    return found


def picture_of(query: Query, catalogue: StoredCatalogue) -> PictureQuery:
    """Give the picture of a query; a product's is the catalogue's.

    Raises
    ------
    ImageError
        If a product's picture cannot be read.
    ModelError
        If the query is a vector, or words, which show nothing.
    SearchError
        If there is no such product.
    """
    if isinstance(query, PictureQuery):
        return query
    if isinstance(query, ProductQuery):
        return PictureQuery(read_image(catalogue.image_path(query.product_id), max_side=QUERY_SIDE))
    what = "A vector has" if isinstance(query, VectorQuery) else "Words have"
    raise ModelError(f"{what} no picture whose class could be named; search with the picture instead.")


def query_vectors(
    query: Query, extractors: Sequence[str], catalogue: StoredCatalogue, encoder: Encoder
) -> dict[str, np.ndarray]:
    """Give a query's vector of each extractor.

    Parameters
    ----------
    query : Query
    extractors : sequence of str
    catalogue : StoredCatalogue
    encoder : Encoder

    Returns
    -------
    dict of extractor to float array (dimension,)

    Raises
    ------
    ArtifactError, ModelError
        If an extractor is not at hand, or its vectors do not fit the catalogue.
    SearchError
        If there is no such product, a vector query lacks an extractor, or the query is of words alone.
    """
    if isinstance(query, ProductQuery):
        catalogue.row(query.product_id)
        return {name: catalogue.gallery.vectors(name, [query.product_id])[0] for name in extractors}
    if isinstance(query, PictureQuery):
        vectors = {name: encoder.embed(name, query.image, query.key) for name in extractors}
    elif isinstance(query, VectorQuery):
        missing = [name for name in extractors if name not in query.vectors]
        if missing:
            raise SearchError(
                f"The query is a vector without one of {missing[0]}; give one for each extractor."
            )
        vectors = {name: np.asarray(query.vectors[name]) for name in extractors}
    else:
        raise SearchError("Words have no vector of their own; search with them by `core.retrieval.search`.")
    for name, vector in vectors.items():
        dimension = catalogue.gallery.dimension(name)
        if vector.shape != (dimension,):
            raise ModelError(
                f"{name} gives {vector.size} numbers but {catalogue.name} holds {dimension} a product; index "
                f"it again with `python -m core index DATA --name {catalogue.name} --force`"
            )
    return vectors
