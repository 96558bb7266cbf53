"""Train the models, one after the other, and keep each when it is done.

While a run lasts, `.training` in the artifacts folder holds what a kill must not lose: the teacher, the view
bank and the last epoch of each stage. Each carries the fingerprints of what it was made from, and is used for
nothing else. After a run that ended well nothing stays but the teacher, and that only after a run of some of
the models: it is small, takes longest to train, and the next run on the same data needs it again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import keras

from core.catalogue.kaggle import Catalogue, read_catalogue
from core.errors import ArtifactError, ModelError
from core.models import load_finder
from core.models.names import FINDER
from core.protocols import Bar
from core.storage.artifacts import model_dir
from core.training import schedule, teacher
from core.training.data.dataset import TrainingData, read_training_data
from core.training.data.view_bank import ViewBank, open_view_bank
from core.training.data.worn import Find
from core.training.finder.train import FinderData, train_finder
from core.training.model_export import TrainingRecord, export_model
from core.training.run import kept, keys
from core.training.run.options import Options, check_models, settled_options
from core.training.run.resume import clear_stale, refuse_unusable
from core.training.schedule import PLANS, Schedule, TrainingPlan, with_epochs
from core.training.stages import ModelTrainer
from core.training.training_loop import Checkpoint, KeptState, weights_fingerprint

log = logging.getLogger(__name__)


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
    check_models(options)
    plans = [with_epochs(plan, options.epochs) for name, plan in PLANS.items() if name in options.models]
    options = settled_options(options, plans)
    with kept.only_training():
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
            clear_stale(data, plans, options)
            _train_models(plans, catalogue, data, options, bar=bar)
        kept.clear_finished(plans)
        if FINDER in options.models:
            kept.clear_finder()
    return [model_dir(name) for name in (*(plan.name for plan in plans), *_finder(options))]


def _train_finder(catalogue: Catalogue, options: Options, bar: Bar) -> None:
    """Train the garment finder, which shares nothing with the other models."""
    if options.resume and kept.is_finished(FINDER):
        log.info("the garment finder was finished before")
        return
    assert options.outlined is not None  # `check_models`
    target = train_finder(
        FinderData(catalogue, options.outlined, options.photos),
        kept.work_folder(),
        resume=options.resume,
        force=options.force,
        bar=bar,
    )
    kept.clear_finder()
    kept.keep_as_finished(KeptState(kept.stage_folders(FINDER)["main"], {}), target)
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
        refuse_unusable(run.key, plans, data, options=options)  # now that the teacher's weights are known
    for plan in plans:
        base = keys.base_weights_file(plan, data, options)
        checkpoints = kept.checkpoints(plan.name, run.key | keys.plan_key(plan, data, options))
        if options.resume and kept.is_finished(plan.name):
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
            init=keys.describe_initial_weights(options),
            history=trainer.history,
            views=trainer.views,
            catalogue=catalogue,
            teacher=run.teacher is not None,
        )
        target = export_model(plan.name, network, record, data, force=options.force)
        for checkpoint in checkpoints.values():
            checkpoint.clear()
        kept.keep_as_finished(checkpoints["main"], target)
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
        key = keys.run_key(self.data, self.options)
        return key if self.teacher is None else key | {"teacher_weights": weights_fingerprint(self.teacher)}

    @cached_property
    def bank(self) -> ViewBank:
        """The view bank, made or completed when it is first needed."""
        return open_view_bank(
            kept.bank_folder(),
            self.data.augmented_batches(Schedule(seed=schedule.VIEW_BANK_SEED)),
            self.teacher,
            self.options.augmented_views,
            key=self.key,
            bar=partial(self.bar, "making views"),
        )


def _train_teacher(data: TrainingData, bar: Bar) -> keras.Model:
    key = keys.view_key(data) | keys.teacher_key()
    return teacher.train_teacher(data, Checkpoint(kept.teacher_folder(), key), bar=bar)


def _enable_mixed_precision() -> None:
    """Compute in bfloat16 where the processor has it; weights stay float32."""
    flags = Path("/proc/cpuinfo")
    if flags.exists() and "avx512_bf16" in flags.read_text(encoding="utf-8", errors="replace"):
        keras.config.set_dtype_policy("mixed_bfloat16")
