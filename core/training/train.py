"""Train the models, one after the other, and keep each when it is done.

While a run lasts, `.training` in the artifacts folder holds what a kill must not lose: the teacher, the view
bank and the last epoch of each stage. Each carries the fingerprints of what it was made from, and is used for
nothing else. After a run that ended well nothing stays but the teacher, and that only after a run of some of
the models: it is small, takes longest to train, and the next run on the same data needs it again.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import keras

from core.catalogue.kaggle import Catalogue, read_catalogue
from core.errors import ArtifactError, TrainingError
from core.imaging import resize
from core.models import layers, rgb, vae, vgg
from core.models.names import WEIGHTS
from core.protocols import Bar
from core.storage.artifacts import artifacts_dir, model_dir
from core.storage.atomic import current_folder, locked
from core.storage.checksums import sha256
from core.training import augmentation, losses, schedule, stages, teacher, training_loop, view_bank
from core.training.dataset import TrainingData, read_training_data
from core.training.model_export import TrainingRecord, export_model
from core.training.schedule import PLANS, TEACHER, Schedule, TrainingPlan, build_optimizer, with_epochs
from core.training.stages import ModelTrainer
from core.training.training_loop import Checkpoint, KeptState, code_fingerprint, weights_fingerprint
from core.training.view_bank import ViewBank, open_view_bank

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What a run can be told; the command line has all but the last two."""

    photos: Path | None = None
    models: tuple[str, ...] = tuple(PLANS)
    init: str = "scratch"
    epochs: int | None = None
    resume: bool = False
    force: bool = False
    teacher: bool | None = None  # None: where its packages are installed
    renders: int = schedule.RENDERS
    augmented_views: int = schedule.AUGMENTED_VIEWS


def train(folder: Path, options: Options, bar: Bar) -> list[Path]:
    """Train models on a folder of products.

    Parameters
    ----------
    folder : Path
        In Kaggle's layout.
    options : Options
        What to train and how.
    bar : callable
        Makes a progress bar: ``bar(title, total)`` returns ``step(n, loss)``.

    Returns
    -------
    list of Path
        The folders of the models, also of those that were finished before the run was resumed.

    Raises
    ------
    TrainingError
        If the data lacks what training or validation needs, another training is running, what should be
        resumed was made from other data or by other options, or weights are no finite numbers.
    CatalogueError, ModelError, ArtifactError

    Notes
    -----
    The random state of Python, NumPy and Keras is seeded for every model.
    """
    _check_models(options)
    plans = [with_epochs(plan, options.epochs) for name, plan in PLANS.items() if name in options.models]
    with _only_training(_work_folder()):
        _enable_mixed_precision()
        catalogue = read_catalogue(folder)
        for line in catalogue.report.summary():
            log.info(line)
        data = read_training_data(catalogue, options.photos, options.renders, bar=bar)
        _clear_stale(data, plans, options)
        _train_models(plans, catalogue, data, options, bar=bar)
        _clear_finished(plans)
    return [model_dir(plan.name) for plan in plans]


def _train_models(
    plans: Sequence[TrainingPlan], catalogue: Catalogue, data: TrainingData, options: Options, *, bar: Bar
) -> None:
    with_teacher = _wants_teacher(options)
    run = TrainingRun(data, options, bar, _train_teacher(data, bar) if with_teacher else None)
    for plan in plans:
        base = stages.base_weights(plan, data.vocabulary.sizes) if options.init == "scratch" else None
        checkpoints = run.checkpoints(plan, base)
        if options.resume and _is_finished(plan.name):
            checkpoints["main"].refuse_other()
            log.info("%s was finished before", plan.name)
            continue
        trainer = ModelTrainer(
            plan=plan,
            data=data,
            bank=run.bank,
            teacher=run.teacher,
            init=options.init,
            base=base,
            checkpoints=checkpoints,
            resume=options.resume,
            bar=bar,
        )
        network = trainer.train()
        record = TrainingRecord(
            schedule=plan.schedule,
            head_training=plan.head_training,
            init=stages.describe_init(options.init),
            history=trainer.history,
            views=trainer.views,
            catalogue=catalogue,
            teacher=with_teacher,
        )
        target = export_model(plan.name, network, record, data, force=options.force)
        for checkpoint in checkpoints.values():
            checkpoint.clear()
        checkpoints["main"].write({"weights": sha256(target / WEIGHTS)})
        log.info("kept %s", target)


@dataclass(frozen=True)
class TrainingRun:
    """What the models of a run share.

    Attributes
    ----------
    data : TrainingData
    options : Options
    bar : callable
        As of `train`.
    teacher : keras.Model or None
        Its training model.
    """

    data: TrainingData
    options: Options
    bar: Bar
    teacher: keras.Model | None

    @cached_property
    def key(self) -> dict[str, Any]:
        """Fingerprints of what the view bank is made from."""
        return {
            **_view_key(self.data),
            "augmented_views": self.options.augmented_views,
            "teacher": weights_fingerprint(self.teacher) if self.teacher is not None else "none",
        }

    @cached_property
    def bank(self) -> ViewBank:
        """The view bank, made or completed when it is first needed."""
        return open_view_bank(
            _work_folder() / "bank",
            self.data.augmented_batches(Schedule(seed=schedule.VIEW_BANK_SEED)),
            self.teacher,
            self.options.augmented_views,
            key=self.key,
            bar=partial(self.bar, "making views"),
        )

    def checkpoints(self, plan: TrainingPlan, base: Path | None) -> dict[str, Checkpoint]:
        """Return the checkpoints of a model, by stage."""
        key = self.key | _plan_key(plan, self.options) | {"base": sha256(base)[:16] if base else "none"}
        return {stage: Checkpoint(folder, key) for stage, folder in _stage_folders(plan.name).items()}


# Fingerprints -----------------------------------------------------------------------------------------


def _view_key(data: TrainingData) -> dict[str, Any]:
    strengths = {name: asdict(strength) for name, strength in schedule.AUGMENTATIONS.items()}
    code = code_fingerprint(augmentation, view_bank, resize)
    return {"data": data.fingerprint, "augmentation": [code, strengths, dict(schedule.BACKGROUND_SHARE)]}


def _loss_key() -> list[Any]:
    return [code_fingerprint(losses), dict(schedule.LOSS_WEIGHTS), schedule.LABEL_SMOOTHING]


def _plan_key(plan: TrainingPlan, options: Options) -> dict[str, Any]:
    return {
        "schedule": asdict(plan),
        "losses": _loss_key(),
        "networks": code_fingerprint(stages, training_loop, build_optimizer, layers, vgg, vae, rgb),
        "initial_weights": stages.describe_init(options.init),
    }


def _teacher_key() -> dict[str, Any]:
    """Fingerprints of what the teacher is made from, beside the data."""
    return {
        "schedule": asdict(TEACHER),
        "losses": _loss_key(),
        "networks": code_fingerprint(teacher, training_loop, build_optimizer, layers, vgg),
        "imagenet_weights": sha256(teacher.imagenet_file())[:16],
    }


def _train_teacher(data: TrainingData, bar: Bar) -> keras.Model:
    key = _view_key(data) | _teacher_key()
    return teacher.train_teacher(data, Checkpoint(_work_folder() / "teacher", key), bar=bar)


# What a run keeps -------------------------------------------------------------------------------------


def _work_folder() -> Path:
    return artifacts_dir() / ".training"


def _stage_folders(name: str) -> dict[str, Path]:
    """Folder of the checkpoint of each stage of a model; that of the main stage also says when it is done."""
    return {
        "pretraining": _work_folder() / f"{name}-pretraining",
        "main": _work_folder() / name,
        "heads": _work_folder() / f"{name}-heads",
    }


@contextmanager
def _only_training(folder: Path) -> Iterator[None]:
    """Hold the folder against another training."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, wait=False))
        except BlockingIOError as error:
            raise TrainingError(
                f"Another training is running in {folder.parent}; wait until it has ended, or let "
                "ARTIFACTS_DIR name another folder"
            ) from error
        yield


def _clear_stale(data: TrainingData, plans: Sequence[TrainingPlan], options: Options) -> None:
    """Delete what was made from other data or, where it should be resumed, refuse it before anything is made.

    Teacher and view bank compare the rest of their keys themselves.
    """
    if options.resume:
        for plan in plans:
            key = _view_key(data) | {"augmented_views": options.augmented_views} | _plan_key(plan, options)
            for folder in _stage_folders(plan.name).values():
                Checkpoint(folder, key).refuse_other()
    for folder in sorted(path for path in _work_folder().iterdir() if path.is_dir()):
        kept = KeptState(folder, {"data": data.fingerprint})
        if not kept.read() or kept.differences():
            log.info("what an earlier training of other data kept of %s is deleted", folder.name)
            kept.clear()


def _clear_finished(plans: Sequence[TrainingPlan]) -> None:
    """Delete all that the run kept; the teacher stays where models are left for another run."""
    folders = [folder for plan in plans for folder in _stage_folders(plan.name).values()]
    folders.append(_work_folder() / "bank")
    if len(plans) == len(PLANS):
        folders.append(_work_folder() / "teacher")
    for folder in folders:
        KeptState(folder, {}).clear()


def _is_finished(name: str) -> bool:
    """Say whether a run that has not ended has finished this model, and it is still the same."""
    weights = KeptState(_stage_folders(name)["main"], {}).read().get("weights")
    path = current_folder(model_dir(name)) / WEIGHTS
    return weights is not None and path.exists() and sha256(path) == weights


# Checks -----------------------------------------------------------------------------------------------


def _check_models(options: Options) -> None:
    unknown = [name for name in options.models if name not in PLANS]
    if unknown:
        raise TrainingError(f"There is no model {unknown[0]!r}; expected one of {', '.join(PLANS)}")
    if options.force:
        return
    taken = [name for name in options.models if model_dir(name).exists()]
    if taken := [name for name in taken if not (options.resume and _is_finished(name))]:
        stopped = any(_is_finished(name) for name in taken)
        raise ArtifactError(
            f"Trained already: {', '.join(taken)}; `--force` replaces them when the new ones are done"
            + (", `--resume` goes on with the run that was stopped" if stopped else "")
        )


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


def _enable_mixed_precision() -> None:
    """Compute in bfloat16 where the processor has it; weights stay float32."""
    flags = Path("/proc/cpuinfo")
    if flags.exists() and "avx512_bf16" in flags.read_text(encoding="utf-8", errors="replace"):
        keras.config.set_dtype_policy("mixed_bfloat16")
