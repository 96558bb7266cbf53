"""Measure on photographs of the validation split what scores and judges are worth: `core calibrate`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.catalogue.outlined import OutlinedPhotograph, read_outlined
from core.catalogue.photographs import find_photographs
from core.catalogue.split import outlined_split_of, photo_split_of
from core.errors import TrainingError
from core.evaluation.photographs.garment_searches import LoadedEncoder
from core.evaluation.trust.fitting import (
    choose_class_margin,
    choose_known_margin,
    fit_judges,
    fit_scores,
    fit_something,
)
from core.evaluation.trust.judging import judge_views
from core.evaluation.trust.views import LabelledView, empty_views, laid_views, worn_views
from core.gallery.stored_catalogue import open_catalogue
from core.labels import PHOTO_LABELS
from core.models import load_finder, load_model
from core.models.names import CLASSIFIER, DEFAULT_EXTRACTOR, FINDER, LEARNED_EXTRACTORS
from core.protocols import Bar
from core.retrieval.agreement import ASKED
from core.retrieval.encoder import Encoder
from core.retrieval.verdicts.calibration import Calibration, calibration_path
from core.storage.artifacts import write_json

EMPTY_PICTURES = 60
"""Drawn pictures with nothing in them."""


def calibrate(photos: Path, outlined: Path, catalogue: str, *, bar: Bar) -> Calibration:
    """Measure what scores and judges are worth, with the models and the catalogue at hand.

    Parameters
    ----------
    photos : Path
        Everyday photographs in CLASS/*.jpg that the models were trained with: those of their validation split
        are measured on.
    outlined : Path
        Street photographs with outlined garments, likewise.
    catalogue : str
        That is searched.
    bar : callable
        Makes a progress bar.

    Returns
    -------
    Calibration

    Raises
    ------
    ArtifactError
        If a model, or an embedding of the catalogue, is not at hand.
    TrainingError
        If a folder has no photograph of the validation split.
    """
    gallery = open_catalogue(catalogue)
    models = {name: load_model(name) for name in dict.fromkeys((*LEARNED_EXTRACTORS, *ASKED))}
    finder = load_finder()
    encoder = LoadedEncoder(models, finder)
    laid = [each for each in find_photographs(photos) if photo_split_of(each[1].stem) == "validation"]
    street = [each for each in read_outlined(outlined) if outlined_split_of(each.id) == "validation"]
    for found, folder in ((laid, photos), (street, outlined)):
        if not found:
            raise TrainingError(f"{folder} has no photograph in the validation split to calibrate on")
    views = all_views(laid, outlined, street, encoder, bar=bar)
    judged = {}
    for name in LEARNED_EXTRACTORS:
        step = bar(f"searching with them by {name}", len(views))
        judged[name] = judge_views(views, name, gallery, encoder, step=step, classifiers=ASKED)
    asked = judged[DEFAULT_EXTRACTOR]
    counts = Counter(view.source for view in asked)
    measured = Calibration(
        weights={name: models[name].weights_sha256 for name in (DEFAULT_EXTRACTOR, CLASSIFIER)}
        | {FINDER: finder.weights_sha256},
        scores={name: fit_scores(of_name) for name, of_name in judged.items()},
        something=fit_something(asked),
        class_margin=0.0,
        measured_on={"catalogue": catalogue, "products": len(gallery), **counts},
        known_margin=choose_known_margin(asked),
    )
    step = bar("reaching verdicts as a search does", len(views))
    judged_so = judge_views(
        views, DEFAULT_EXTRACTOR, gallery, encoder, step=step, classifiers=ASKED, calibration=measured
    )
    return msgspec.structs.replace(
        measured, class_margin=choose_class_margin(judged_so), judges=fit_judges(judged_so)
    )


def all_views(
    laid: Sequence[tuple[str, Path]],
    outlined: Path,
    street: Sequence[OutlinedPhotograph],
    encoder: Encoder,
    *,
    bar: Bar,
    lying: Sequence[int] = (),
) -> list[LabelledView]:
    """Give what photographs are searched with, laid and worn, and `EMPTY_PICTURES` with nothing in them.

    Photographs laid flat whose folder is a class are also handed in turned by each of the degrees `lying`.
    """
    made = []
    of_classes = [each for each in laid if each[0] in PHOTO_LABELS]
    for title, n, views in (
        ("finding garments in photographs", len(laid), laid_views(laid, encoder)),
        *(
            (f"turning photographs by {turn}", len(of_classes), laid_views(of_classes, encoder, lying=turn))
            for turn in lying
        ),
        ("finding garments in the street", 3 * len(street), worn_views(outlined, street, encoder)),
        ("drawing pictures of nothing", EMPTY_PICTURES, empty_views(EMPTY_PICTURES, encoder)),
    ):
        step = bar(title, n)
        for view in views:
            made.append(view)
            step(1)
    return made


def keep_calibration(calibration: Calibration) -> Path:
    """Write a calibration where searches read it, in place of an older one."""
    path = calibration_path()
    write_json(path, msgspec.to_builtins(calibration))
    return path
