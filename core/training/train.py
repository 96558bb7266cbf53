"""Train the models, one after the other, and keep each when it is done.

While a run lasts, `.training` in the artifacts folder holds what a kill must not lose: the teacher, the view
bank and the last epoch of each stage. Each carries the fingerprints of what it was made from, and is used for
nothing else. After a run that ended well nothing stays but the teacher, and that only after a run of some of
the models: it is small, takes longest to train, and the next run on the same data needs it again.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import keras

from core.catalogue.kaggle import Catalogue, read_catalogue
from core.errors import ArtifactError, ModelError, TrainingError
from core.imaging import resize
from core.models import layers, load_finder, rgb, vae, vgg
from core.models.compared import cnn
from core.models.names import COMPARED_MODELS, FINDER, MODEL_NAMES, WEIGHTS
from core.protocols import Bar
from core.storage.artifacts import artifacts_dir, model_dir
from core.storage.atomic import current_folder, locked
from core.storage.checksums import sha256
from core.training import losses, schedule, stages, teacher, training_loop
from core.training.data import augmentation, view_bank
from core.training.data.dataset import TrainingData, read_training_data
from core.training.data.view_bank import ViewBank, open_view_bank
from core.training.data.worn import Find
from core.training.finder.train import FINDER_STAGES, FinderData, train_finder
from core.training.model_export import TrainingRecord, export_model
from core.training.schedule import PLANS, TEACHER, Schedule, TrainingPlan, build_optimizer, with_epochs
from core.training.stages import ModelTrainer
from core.training.training_loop import Checkpoint, KeptState, code_fingerprint, weights_fingerprint

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
    options = _needed_alone(plans, replace(options, teacher=_wants_teacher(options)))
    with _only_training(_work_folder()):
        _enable_mixed_precision()
        catalogue = read_catalogue(folder)
        for line in catalogue.report.summary():
            log.info(line)
        if FINDER in options.models:  # first: it finds the worn garments that the others learn from
            _train_finder(catalogue, options, bar)
        if plans:
            data = read_training_data(
                catalogue,
                options.photos,
                options.renders,
                outlined=options.outlined,
                find=_finder_at_hand(options),
                bar=bar,
            )
            _clear_stale(data, plans, options)
            _train_models(plans, catalogue, data, options, bar=bar)
        _clear_finished(plans)
        if FINDER in options.models:
            _clear_finder()
    return [model_dir(name) for name in (*(plan.name for plan in plans), *_finder(options))]


def _train_finder(catalogue: Catalogue, options: Options, bar: Bar) -> None:
    """Train the garment finder, which shares nothing with the other models."""
    if options.resume and _is_finished(FINDER):
        log.info("the garment finder was finished before")
        return
    assert options.outlined is not None  # `_check_models`
    target = train_finder(
        FinderData(catalogue, options.outlined, options.photos),
        _work_folder(),
        resume=options.resume,
        force=options.force,
        bar=bar,
    )
    _clear_finder()
    KeptState(_stage_folders(FINDER)["main"], {}).write({"weights": sha256(target / WEIGHTS)})
    log.info("kept %s", target)


def _finder_at_hand(options: Options) -> Find | None:
    """Return what finds garments that street photographs name; None where none is at hand or wanted."""
    if options.outlined is None:
        return None
    try:
        return load_finder().find
    except (ArtifactError, ModelError) as error:
        log.info("only outlined garments are learned from, since none can be found: %s", error)
        return None


def _finder(options: Options) -> tuple[str, ...]:
    return (FINDER,) if FINDER in options.models else ()


def _train_models(
    plans: Sequence[TrainingPlan], catalogue: Catalogue, data: TrainingData, options: Options, *, bar: Bar
) -> None:
    run = TrainingRun(data, options, bar, _train_teacher(data, bar) if options.teacher else None)
    if options.resume:
        _refuse_unusable(run.key, plans, data, options)  # now that the teacher's weights are known
    for plan in plans:
        base = _base_weights(plan, data, options)
        checkpoints = _checkpoints(plan.name, run.key | _plan_key(plan, data, options))
        if options.resume and _is_finished(plan.name):
            log.info("%s was finished before", plan.name)
            continue
        trainer = ModelTrainer(
            plan=plan,
            data=data,
            bank=run.bank,
            teacher=run.teacher,
            init=options.init,
            base=base,
            mean_with=options.mean_with,
            checkpoints=checkpoints,
            resume=options.resume,
            bar=bar,
        )
        network = trainer.train()
        record = TrainingRecord(
            schedule=plan.schedule,
            head_training=plan.head_training,
            init=_initial_weights(options),
            history=trainer.history,
            views=trainer.views,
            catalogue=catalogue,
            teacher=run.teacher is not None,
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
        key = _run_key(self.data, self.options)
        return key if self.teacher is None else key | {"teacher_weights": weights_fingerprint(self.teacher)}

    @cached_property
    def bank(self) -> ViewBank:
        """The view bank, made or completed when it is first needed."""
        return open_view_bank(
            _bank_folder(),
            self.data.augmented_batches(Schedule(seed=schedule.VIEW_BANK_SEED)),
            self.teacher,
            self.options.augmented_views,
            key=self.key,
            bar=partial(self.bar, "making views"),
        )


# Fingerprints -----------------------------------------------------------------------------------------


def _view_key(data: TrainingData) -> dict[str, Any]:
    strengths = {name: asdict(strength) for name, strength in schedule.AUGMENTATIONS.items()}
    code = code_fingerprint(augmentation, view_bank, resize)
    return {"data": data.fingerprint, "augmentation": [code, strengths, dict(schedule.BACKGROUND_SHARE)]}


def _loss_key() -> list[Any]:
    return [code_fingerprint(losses), dict(schedule.LOSS_WEIGHTS), schedule.LABEL_SMOOTHING]


def _run_key(data: TrainingData, options: Options) -> dict[str, Any]:
    """Fingerprints of what a run's models share, as far as they are known before anything is trained."""
    teacher_key = json.dumps(_teacher_key(), sort_keys=True) if options.teacher else ""
    return {
        **_view_key(data),
        "augmented_views": options.augmented_views,
        "view_bank_seed": schedule.VIEW_BANK_SEED,
        "teacher": hashlib.sha256(teacher_key.encode()).hexdigest()[:16] if teacher_key else "none",
    }


def _plan_key(plan: TrainingPlan, data: TrainingData, options: Options) -> dict[str, Any]:
    return {
        "schedule": asdict(plan),
        "losses": _loss_key(),
        "networks": code_fingerprint(stages, training_loop, build_optimizer, layers, vgg, vae, rgb, cnn),
        "initial_weights": _initial_weights(options),
        "base_model": _base_key(plan, data, options),
    }


def _initial_weights(options: Options) -> str:
    """Say what a model starts from, as its card does."""
    start = stages.describe_init(options.init)
    if options.mean_with is None:
        return start
    return (
        f"mean of the convolutions of {start}, and {stages.describe_init(str(options.mean_with))} (WiSE-FT)"
    )


def _base_key(plan: TrainingPlan, data: TrainingData, options: Options) -> str:
    if options.init == "scratch" and plan.grows_from in options.models and not _is_finished(plan.grows_from):
        return "still to be trained"
    base = _base_weights(plan, data, options)
    return sha256(base)[:16] if base else "none"


def _base_weights(plan: TrainingPlan, data: TrainingData, options: Options) -> Path | None:
    return stages.base_weights(plan, data.vocabulary.sizes) if options.init == "scratch" else None


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


def _kept_folders() -> list[Path]:
    """List what is kept of models that learn from the same data; the garment finder looks after its own."""
    folders = sorted(path for path in _work_folder().iterdir() if path.is_dir())
    return [path for path in folders if path.name not in FINDER_STAGES]


def _bank_folder() -> Path:
    return _work_folder() / "bank"


def _checkpoints(name: str, key: Mapping[str, Any]) -> dict[str, Checkpoint]:
    """Return the checkpoints of a model, by stage."""
    return {stage: Checkpoint(folder, key) for stage, folder in _stage_folders(name).items()}


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
    """Delete what this run cannot use; where it should resume what it cannot use, refuse before that.

    A run that starts over deletes the checkpoints of its models, so that none outlives what it grew from.
    Teacher and, where nothing is resumed, view bank compare the rest of their keys themselves.
    """
    for folder in _kept_folders():
        kept = KeptState(folder, {})
        if why := kept.differences():  # nothing is asked of its key: it cannot be read
            log.warning("what an earlier training kept in %s is deleted: %s", folder, why)
            kept.clear()
    if options.resume:
        _refuse_unusable(_run_key(data, options), plans, data, options)
    else:
        _clear_checkpoints(plans)
    for folder in _kept_folders():
        kept = KeptState(folder, {"data": data.fingerprint})
        if not kept.read() or kept.differences():
            log.info("what an earlier training of other data kept of %s is deleted", folder.name)
            kept.clear()


def _refuse_unusable(
    run_key: dict[str, Any], plans: Sequence[TrainingPlan], data: TrainingData, options: Options
) -> None:
    """Raise `TrainingError` if a checkpoint or the view bank was made from something else than the keys say.

    Damage of a checkpoint is refused too; the view bank can be made again.
    """
    for plan in plans:
        for checkpoint in _checkpoints(plan.name, run_key | _plan_key(plan, data, options)).values():
            checkpoint.refuse_unusable()
    KeptState(_bank_folder(), run_key).refuse_other()


def _clear_checkpoints(plans: Sequence[TrainingPlan]) -> None:
    for plan in plans:
        for checkpoint in _checkpoints(plan.name, {}).values():
            checkpoint.clear()


def _clear_finished(plans: Sequence[TrainingPlan]) -> None:
    """Delete all that the run kept; the teacher stays where models are left for another run."""
    _clear_checkpoints(plans)
    KeptState(_bank_folder(), {}).clear()
    if {plan.name for plan in plans} >= set(PLANS) - set(COMPARED_MODELS):
        KeptState(_work_folder() / "teacher", {}).clear()


def _clear_finder() -> None:
    """Delete what training the garment finder kept; no other model's run touches it."""
    for stage in FINDER_STAGES:
        KeptState(_work_folder() / stage, {}).clear()


def _is_finished(name: str) -> bool:
    """Say whether a run that has not ended has finished this model, and it is still the same."""
    weights = KeptState(_stage_folders(name)["main"], {}).read().get("weights")
    path = current_folder(model_dir(name)) / WEIGHTS
    return weights is not None and path.exists() and sha256(path) == weights


# Checks -----------------------------------------------------------------------------------------------


def _check_models(options: Options) -> None:
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
    if options.force:
        return
    taken = [name for name in options.models if model_dir(name).exists()]
    if taken := [name for name in taken if not (options.resume and _is_finished(name))]:
        stopped = any(_is_finished(name) for name in taken)
        raise ArtifactError(
            f"Trained already: {', '.join(taken)}; `--force` replaces them when the new ones are done"
            + (", `--resume` goes on with the run that was stopped" if stopped else "")
        )


def _needed_alone(plans: Sequence[TrainingPlan], options: Options) -> Options:
    """Leave out what none of the models learns from: a teacher, augmented views and rendered garments."""
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


def _enable_mixed_precision() -> None:
    """Compute in bfloat16 where the processor has it; weights stay float32."""
    flags = Path("/proc/cpuinfo")
    if flags.exists() and "avx512_bf16" in flags.read_text(encoding="utf-8", errors="replace"):
        keras.config.set_dtype_policy("mixed_bfloat16")
