"""The main job: a picture in, the products most like it out, and what its class is."""

from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from core.errors import ModelError
from core.models.prediction import Prediction, classify_image
from core.protocols import Extractor, JudgingClassifier
from core.retrieval.gallery import StoredCatalogue
from core.retrieval.ranking import Hit, SearchOptions, search


@dataclass(frozen=True)
class SearchResult:
    """What a search found."""

    hits: list[Hit]
    prediction: Prediction | None = None
    took_ms: dict[str, float] = field(default_factory=dict)


def find_similar(
    image: np.ndarray,
    catalogue: StoredCatalogue,
    extractor: Extractor,
    classifier: JudgingClassifier | None = None,
    options: SearchOptions | None = None,
) -> SearchResult:
    """Find the products most like a picture.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        RGB, of any size.
    catalogue : StoredCatalogue
        The gallery.
    extractor : Extractor
        The one, by name, whose index of the catalogue is searched.
    classifier : optional
        Names the picture's class; without it `prediction` is None.
    options : SearchOptions, optional

    Returns
    -------
    SearchResult
        `took_ms` has `extract` and `search`; opening the index on a first search counts for neither.

    Raises
    ------
    ArtifactError
        If the catalogue has no embeddings of this extractor.
    ModelError
        If its vectors do not fit those of the catalogue.
    SearchError
        If an option does not fit the catalogue.
    """
    index = catalogue.index(extractor.name)
    start = perf_counter()
    vector = extractor.extract([image])[0]
    extracted = perf_counter()
    if vector.shape != (index.dimension,):
        raise ModelError(
            f"{extractor.name} gives {len(vector)} numbers but {catalogue.name} holds {index.dimension} a "
            f"product; index it again with `python -m core index DATA --name {catalogue.name} --force`"
        )
    hits = search(index, catalogue.products, vector, options)
    found = perf_counter()
    took_ms = {"extract": 1000 * (extracted - start), "search": 1000 * (found - extracted)}
    return SearchResult(hits, classify_image(image, classifier) if classifier else None, took_ms)


def find_like_product(
    product_id: str, catalogue: StoredCatalogue, extractor_name: str, options: SearchOptions | None = None
) -> SearchResult:
    """Find the products most like one of the catalogue's own, which is no hit itself.

    Its vector is in the index, so no model is needed.

    Raises
    ------
    ArtifactError
        If the catalogue has no embeddings of this extractor.
    SearchError
        If there is no such product, or an option does not fit the catalogue.
    """
    index = catalogue.index(extractor_name)
    start = perf_counter()
    options = replace(options or SearchOptions(), exclude=product_id)
    hits = search(index, catalogue.products, index.vectors[catalogue.row(product_id)], options)
    return SearchResult(hits, took_ms={"search": 1000 * (perf_counter() - start)})
