"""Photographs searched with whole, by the garment that the page starts with, and by the one offered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ModelError
from core.evaluation.model_outputs import ModelOutputs
from core.evaluation.photographs.photo_retrieval import evaluate_photo_retrieval
from core.gallery.protocol import Filters
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.crop import Box, crop_percent
from core.imaging.decode import QUERY_SIDE, read_image
from core.labels import PHOTO_LABELS
from core.models.finder.garment import Garment
from core.models.names import UPRIGHT_MODEL
from core.models.prediction import Prediction, classify_image
from core.protocols import Bar
from core.retrieval.encoder import Encoder
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_part import GarmentChoice, garment_crop, garment_query
from core.retrieval.photograph.upright import stand_upright
from core.retrieval.request import SearchRequest, VectorQuery
from core.retrieval.search import search

if TYPE_CHECKING:
    from core.models.finder.finder import GarmentFinder

WHOLE, FIRST, OFFERED, TRUE_BOX = "whole", "first_garment", "offered_garment", "true_box"
"""The ways: the whole photograph; what is searched without anybody having chosen; the garment found whose
label is the one wanted, of several the likeliest; and the outline's box."""

AT_ONCE = 32
"""Pictures that the models answer at a time."""


class LoadedEncoder:
    """The `core.retrieval.encoder.Encoder` of models that are loaded already.

    Parameters
    ----------
    models : mapping of name to model
    finder : GarmentFinder or None
        Without one, garments cannot be found.
    """

    def __init__(self, models: Mapping[str, Any], finder: "GarmentFinder | None") -> None:
        self._models, self._finder = models, finder

    def embed(self, extractor: str, image: np.ndarray, key: str) -> np.ndarray:
        """Give the embedding of a picture."""
        return self._models[extractor].extract([image])[0]

    def classify(self, classifier: str, image: np.ndarray, key: str) -> Prediction:
        """Name the class of a picture."""
        return classify_image(image, self._models[classifier])

    def find(self, image: np.ndarray, key: str) -> tuple[Garment, ...]:
        """Find the garments of a picture."""
        if self._finder is None:
            raise ModelError("The garment finder is not at hand; train it, or search with whole pictures.")
        return self._finder.find(image)

    def upright(self, image: np.ndarray, key: str) -> float:
        """Say how likely a picture is upright."""
        if UPRIGHT_MODEL not in self._models:
            raise ModelError(f"{UPRIGHT_MODEL} is not at hand, so nobody knows which way up a picture is.")
        return float(self._models[UPRIGHT_MODEL].upright([image])[0])


@dataclass(frozen=True)
class WantedGarment:
    """A garment of a photograph whose like is searched for.

    Attributes
    ----------
    article_type : str
        Of the relevant products, and the finder's label of the garment.
    group : str
        Under which the photograph is reported.
    true_box : Box or None
        Where the garment is, if it is known.
    """

    article_type: str
    group: str
    true_box: Box | None = None


def garment_pictures(
    image: np.ndarray, wanted: WantedGarment, choice: GarmentChoice
) -> dict[str, np.ndarray | None]:
    """Return the pictures that a photograph is searched with.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
    wanted : WantedGarment
    choice : GarmentChoice
        The garments found in the photograph, and the one that the page starts with.

    Returns
    -------
    dict of way to uint8 array (rows, columns, 3), or None
        None for `OFFERED` where no garment of that label was found; without `TRUE_BOX` where it is unknown.
    """
    labels = [garment.label for garment in choice.garments]
    offered = None
    if wanted.article_type in labels:
        number = labels.index(wanted.article_type) + 1
        offered = garment_query(image, replace(choice, number=number)).image
    pictures = {WHOLE: image, FIRST: garment_query(image, choice).image, OFFERED: offered}
    if wanted.true_box is not None:
        garment = Garment(wanted.true_box, wanted.article_type, 1.0, np.ones((1, 1), bool))
        pictures[TRUE_BOX] = crop_percent(image, garment_crop(garment, image))
    return pictures


class GarmentSearches:
    """Pictures that photographs are searched with, way by way, and what models answer to them.

    Parameters
    ----------
    models : mapping of name to model
        The extractors to be measured, and the classifier that `grouped_by` names.
    searched : sequence of str
        The extractors.
    grouped_by : str
        The classifier whose class narrows the hits of the grouped figures.
    """

    def __init__(self, models: Mapping[str, Any], *, searched: Sequence[str], grouped_by: str) -> None:
        names = dict.fromkeys([*searched, grouped_by])
        self._outputs = {name: ModelOutputs(name, models[name]) for name in names}
        self._searched, self._grouped_by = searched, grouped_by
        self._pending: list[np.ndarray] = []
        self._n_pictures = 0
        # By way: what is wanted, and the row of its picture among the models' outputs; None without one.
        self._rows: dict[str, list[tuple[WantedGarment, int | None]]] = {}

    def add(self, wanted: WantedGarment, pictures: Mapping[str, np.ndarray | None]) -> None:
        """Take in one more photograph, as `garment_pictures` gives it."""
        for way, picture in pictures.items():
            row = None
            if picture is not None:
                row, self._n_pictures = self._n_pictures, self._n_pictures + 1
                self._pending.append(picture)
            self._rows.setdefault(way, []).append((wanted, row))
        if len(self._pending) >= AT_ONCE:
            self._answer()

    def figures(self, gallery: StoredCatalogue) -> dict[str, dict[str, Any]]:
        """Search with all of them.

        Returns
        -------
        dict of extractor to dict of way to dict
            The figures are those of `evaluate_photo_retrieval`. A garment that was not found counts as one
            without a single hit. Empty where no photograph was added.
        """
        self._answer()
        if not self._rows:
            return {}
        return {
            name: {way: self._figures(name, rows, gallery) for way, rows in self._rows.items()}
            for name in self._searched
        }

    def _answer(self) -> None:
        for outputs in self._outputs.values() if self._pending else ():
            outputs.add(self._pending)
        self._pending = []

    def _figures(
        self,
        extractor: str,
        rows: Sequence[tuple[WantedGarment, int | None]],
        gallery: StoredCatalogue,
    ) -> dict[str, Any]:
        vectors, labels = self._outputs[extractor].vectors, self._outputs[self._grouped_by].labels
        return search_figures(
            extractor,
            [(wanted.article_type, wanted.group) for wanted, _ in rows],
            [None if row is None else vectors[row] for _, row in rows],
            [None if row is None else labels[row] for _, row in rows],
            gallery,
        )


def search_figures(
    extractor: str,
    wanted: Sequence[tuple[str, str]],
    vectors: Iterable[np.ndarray | None],
    predicted: Iterable[str | None],
    gallery: StoredCatalogue,
) -> dict[str, Any]:
    """Search with embeddings of photographs, and measure their hits.

    Parameters
    ----------
    extractor : str
    wanted : sequence of (str, str)
        The relevant article type and the group of each photograph.
    vectors : iterable of float array (dimension,) or None
        None finds nothing.
    predicted : iterable of str or None
        The class that the grouped figures' hits are of.
    gallery : StoredCatalogue

    Returns
    -------
    dict
        As `evaluate_photo_retrieval` gives it.
    """
    vectors = list(vectors)
    return evaluate_photo_retrieval(
        [_hit_types(extractor, vector, gallery) for vector in vectors],
        [article_type for article_type, _ in wanted],
        query_groups=[group for _, group in wanted],
        grouped_hit_types=[
            _hit_types(extractor, vector, gallery, only=label)
            for vector, label in zip(vectors, predicted, strict=True)
        ],
    )


def search_by_garment(
    paths: Sequence[Path],
    searches: GarmentSearches,
    encoder: Encoder,
    gallery: StoredCatalogue,
    *,
    bar: Bar,
) -> dict[str, dict[str, Any]]:
    """Search with the garments found in photographs whose folders name their class.

    Parameters
    ----------
    paths : sequence of Path
        CLASS/*.jpg, with classes of `core.labels.PHOTO_LABELS`.
    searches : GarmentSearches
        Is added to.
    encoder : Encoder
        Turns photographs back, and finds the garments.
    gallery : StoredCatalogue
    bar : callable
        Makes a progress bar.

    Returns
    -------
    dict of extractor to dict of way to dict
        With `FIRST` and `OFFERED`; see `GarmentSearches.figures`.
    """
    step = bar("finding garments in photographs", len(paths))
    for path in paths:
        image = stand_upright(read_image(path, max_side=QUERY_SIDE), encoder).image
        wanted = WantedGarment(PHOTO_LABELS[path.parent.name], path.parent.name)
        pictures = garment_pictures(image, wanted, choose_garment(image, encoder))
        searches.add(wanted, {way: pictures[way] for way in (FIRST, OFFERED)})
        step(1)
    return searches.figures(gallery)


def _hit_types(
    extractor: str, vector: np.ndarray | None, gallery: StoredCatalogue, only: str | None = None
) -> list[str]:
    """Search as the page does, and give the `articleType` of the first 15 hits."""
    if vector is None or (only is not None and only not in gallery.gallery.count_by("articleType")):
        return []
    request = SearchRequest(
        VectorQuery({extractor: vector}),
        extractor=extractor,
        filters=Filters({} if only is None else {"articleType": (only,)}),
        top=15,
        intimates=True,
        fold=False,
        predict=False,
    )
    return gallery.types_of(hit.product_id for hit in search(request, gallery).hits)
