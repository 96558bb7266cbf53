"""Measure the garment finder, and the search for worn garments, on street photographs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.catalogue.outlined import (
    OutlinedPhotograph,
    labelled_values,
    read_mask,
    read_mask_names,
    read_outlined,
    true_garments,
)
from core.catalogue.split import outlined_split_of
from core.errors import ImageError, TrainingError
from core.evaluation.model_outputs import log_unreadable
from core.evaluation.photographs.garment_detection import DetectionFigures, TrueGarment
from core.evaluation.photographs.garment_searches import GarmentSearches, WantedGarment, garment_pictures
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.decode import QUERY_SIDE, read_image
from core.labels import PHOTO_LABELS
from core.protocols import Bar
from core.retrieval.encoder import Encoder
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.upright import stand_upright, turned


@dataclass(frozen=True)
class StreetFigures:
    """What was measured on street photographs.

    Attributes
    ----------
    garments : dict
        Of the finder; see `DetectionFigures.figures`.
    worn : dict of extractor to dict of way to dict
        See `GarmentSearches.figures`; empty where nothing was searched.
    n_photographs : int
    unreadable : dict of str to str
        What is wrong with each photograph that was left out.
    """

    garments: dict[str, Any]
    worn: dict[str, dict[str, Any]]
    n_photographs: int
    unreadable: dict[str, str]


def read_street_photographs(folder: Path, split: str) -> list[OutlinedPhotograph]:
    """List the street photographs of a folder: all, or those of the test split.

    Raises
    ------
    TrainingError
        If the folder is laid out otherwise, or there are none.
    """
    photographs = read_outlined(folder)
    if split == "test":
        photographs = [each for each in photographs if outlined_split_of(each.id) == "test"]
    if not photographs:
        raise TrainingError(f"{folder} has no photograph in the {split} split to measure on")
    return photographs


def evaluate_street_photographs(
    folder: Path,
    photographs: Sequence[OutlinedPhotograph],
    encoder: Encoder,
    *,
    searches: GarmentSearches | None,
    gallery: StoredCatalogue | None,
    bar: Bar,
) -> StreetFigures:
    """Find the garments of street photographs, and search with those of the five classes.

    Parameters
    ----------
    folder : Path
        Of the photographs, whose masks' values it names.
    photographs : sequence of OutlinedPhotograph
        Those that are outlined measure the finder; each garment of the five classes that one is said to show
        is searched with.
    encoder : Encoder
        Turns photographs back, and finds the garments.
    searches : GarmentSearches or None
        Is added to; None where nothing is searched.
    gallery : StoredCatalogue or None
        Of the products searched, with `searches`.
    bar : callable
        Makes a progress bar.

    Raises
    ------
    TrainingError
        If not one photograph can be read.
    """
    mask_names = read_mask_names(folder)
    detection, unreadable = DetectionFigures(), {}
    step = bar("measuring street photographs", len(photographs))
    for photograph in photographs:
        try:
            upright = stand_upright(read_image(photograph.image_path, max_side=QUERY_SIDE), encoder)
            true = _true_garments(photograph, mask_names, turn=upright.turn)
        except ImageError as error:
            unreadable[photograph.id] = f"{photograph.id}: {error}"
        else:
            choice = choose_garment(upright.image, encoder)
            if photograph.mask_path is not None:
                detection.add(choice.garments, true)
            for wanted in _wanted(photograph, true):
                if searches is not None:
                    searches.add(wanted, garment_pictures(upright.image, wanted, choice))
        step(1)
    log_unreadable(unreadable)
    if len(unreadable) == len(photographs):
        raise TrainingError(
            f"Not one of {len(photographs)} street photographs can be read; {next(iter(unreadable.values()))}"
        )
    worn = searches.figures(gallery) if searches is not None and gallery is not None else {}
    return StreetFigures(detection.figures(), worn, len(photographs) - len(unreadable), unreadable)


def _true_garments(
    photograph: OutlinedPhotograph, mask_names: dict[int, str], *, turn: int
) -> list[TrueGarment]:
    """Read the outlined garments of a photograph, turned as it was; none where they are only named."""
    if photograph.mask_path is None:
        return []
    mask = turned(read_mask(photograph.mask_path), turn)
    values = labelled_values(mask, mask_names)
    return [
        TrueGarment(label, box, mask == value)
        for value, (label, box) in zip(values, true_garments(mask, mask_names), strict=True)
    ]


def _wanted(photograph: OutlinedPhotograph, true: Sequence[TrueGarment]) -> list[WantedGarment]:
    """Name the garments of the five classes that a photograph is said to show."""
    boxes = {garment.label: garment.box for garment in true}
    return [
        WantedGarment(PHOTO_LABELS[name], name, boxes.get(PHOTO_LABELS[name]))
        for name in photograph.names
        if name in PHOTO_LABELS
    ]
