"""The training of the garment finder.

Two stages, both on canvases that are drawn anew for every step. *Fine-tuning* starts from ImageNet's weights
and learns from what outlines and partial labels say. Then the network labels what has no outline itself,
within what is known of it (`core.training.finder.pseudo_labels`), and *self-training* learns from all of it.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.catalogue.kaggle import Catalogue
from core.catalogue.outlined import OutlinedPhotograph, read_mask_names, read_outlined
from core.catalogue.photographs import find_photographs
from core.catalogue.split import Split, outlined_split_of, photo_split_of
from core.errors import TrainingError
from core.labels import LABELS
from core.models.finder import efficientnet, network
from core.models.finder.efficientnet import Variant
from core.models.finder.keras_finder import compiled
from core.models.finder.labels import FINDER_LABELS
from core.models.finder.network import build_finder
from core.protocols import Bar
from core.storage.checksums import sha256
from core.training import training_loop
from core.training.data import augmentation
from core.training.data.sources import product_rows
from core.training.finder import canvases, losses, pseudo_labels, scenes
from core.training.finder.canvases import CanvasBatches, ScenePools
from core.training.finder.export import FinderRecord, export_finder
from core.training.finder.losses import (
    GROUND_WEIGHT,
    BoxesAndFit,
    PartialLabels,
    build_finder_training_model,
)
from core.training.finder.scenes import Scene
from core.training.schedule import (
    FINDER_PLAN,
    FINDER_SELF_TRAINING,
    TrainingPlan,
    build_optimizer,
)
from core.training.stages import float32_policy
from core.training.teacher import imagenet_file, load_imagenet
from core.training.training_loop import Checkpoint, code_fingerprint, train_epoch

PRODUCTS_OF_A_LABEL = 400
RENDERS, RENDERS_SEED, PRODUCTS_SEED = 400, 4242, 20165
BACKBONE = Variant(first_trainable=3)
"""The stem and the first stages, which respond to edges and weave, stay as ImageNet taught them."""

FINDER_STAGES = ("finder", "finder-self-training")
"""Folders of the checkpoints of its stages."""

RARITY_POWER = -0.5
"""Pixels weigh by the number of their label's pixels to this power: coats fill much, hats little."""

CLASSES_WEIGHT = 1.5
"""Pixels of the five classes count so much more: a t-shirt called a top is not offered as a t-shirt."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FinderData:
    """What the finder is trained on.

    Attributes
    ----------
    catalogue : Catalogue
    outlined : Path
        Folder of outlined and named photographs.
    photos : Path or None
        Folder of everyday photographs, one folder a kind.
    """

    catalogue: Catalogue
    outlined: Path
    photos: Path | None

    def photographs(self, part: Split, *, outlined: bool) -> list[OutlinedPhotograph]:
        """Return the outlined photographs of a split, or those whose garments are only named."""
        return [
            photograph
            for photograph in read_outlined(self.outlined)
            if outlined_split_of(photograph.id) == part and (photograph.mask_path is not None) == outlined
        ]

    def everyday(self) -> list[tuple[str, Path]]:
        """Return the everyday photographs of the training split whose kind has a label."""
        if self.photos is None:
            return []
        return [
            (kind, path)
            for kind, path in find_photographs(self.photos)
            if kind in scenes.PHOTO_SETS and photo_split_of(path.stem) == "train"
        ]


def train_finder(
    data: FinderData, work: Path, *, plan: TrainingPlan = FINDER_PLAN, resume: bool, force: bool, bar: Bar
) -> Path:
    """Train the finder and keep it.

    Parameters
    ----------
    data : FinderData
    work : Path
        Where checkpoints are kept while it lasts.
    plan : TrainingPlan
    resume : bool
        Go on from the checkpoints.
    force : bool
        Replace a finder that is there.
    bar : callable
        As of `core.training.train.train`.

    Returns
    -------
    Path
        The folder of the finder.

    Raises
    ------
    TrainingError
        If the data lacks outlined photographs, the ImageNet weights are not installed, or what should be
        resumed was made from other data or code.
    """
    if not data.photographs("train", outlined=True) or not data.photographs("validation", outlined=True):
        raise TrainingError(
            f"{data.outlined} holds no outlined photographs to learn from and to validate on; "
            "expected both among those that photos.csv calls outlined"
        )
    keras.utils.set_random_seed(plan.schedule.seed)
    with float32_policy():  # depthwise convolutions are slower in bfloat16 on a processor
        finder = build_finder(BACKBONE)
        load_imagenet(finder, "lite0")
        pools = read_pools(data, bar=bar)
        key = _key(pools, plan)
        stages = (plan.schedule, FINDER_SELF_TRAINING)
        history: list[dict[str, Any]] = []
        for stage, schedule in zip(FINDER_STAGES, stages, strict=True):
            if schedule is FINDER_SELF_TRAINING:
                pools = pseudo_labels.relabelled(pools, compiled(finder), bar=bar)
            batches = CanvasBatches(pools, schedule)
            checkpoint = Checkpoint(work / stage, key)
            if not resume:
                checkpoint.clear()
            history = history + _fit(finder, batches, label_weights(pools), checkpoint, bar=bar)
        record = FinderRecord(stages, history, data.catalogue, pools.counts())
        validation = data.photographs("validation", outlined=True)
        return export_finder(finder, record, validation, read_mask_names(data.outlined), force=force)


def read_pools(data: FinderData, *, bar: Bar) -> ScenePools:
    """Read the scenes of the training split."""
    names = read_mask_names(data.outlined)
    outlined = data.photographs("train", outlined=True)
    named = data.photographs("train", outlined=False)
    everyday = data.everyday()
    step = bar("reading photographs", len(outlined) + len(named) + len(everyday))
    read: list[list[Scene]] = []
    with ThreadPoolExecutor(2) as pool:
        jobs: Sequence[tuple[Callable[[Any], Scene], Sequence[Any]]] = (
            (lambda photograph: scenes.outlined_scene(photograph, names), outlined),
            (lambda photograph: scenes.named_scene(photograph), named),
            (lambda item: scenes.photograph_scene(item[1], item[0]), everyday),
        )
        for read_one, items in jobs:
            read.append([])
            for scene in pool.map(read_one, items):
                read[-1].append(scene)
                step(1)
    rows = product_rows(data.catalogue, "train")
    step = bar("reading products", PRODUCTS_OF_A_LABEL * len(FINDER_LABELS))
    products = scenes.product_scenes(
        data.catalogue, rows, most=PRODUCTS_OF_A_LABEL, seed=PRODUCTS_SEED, progress=partial(step, 1)
    )
    step = bar("drawing garments", RENDERS)
    renders = scenes.render_scenes(RENDERS, RENDERS_SEED, progress=partial(step, 1))
    return ScenePools(
        outlined=read[0], named=read[1], photographs=read[2], products=products, renders=renders
    )


def label_weights(pools: ScenePools) -> np.ndarray:
    """Return the weight of a pixel by its label, float64 (14,); those of garments average 1."""
    counts = np.zeros(1 + len(FINDER_LABELS))
    for scene in (*pools.outlined, *pools.products, *pools.renders):
        sets, pixels = np.unique(scene.sets, return_counts=True)
        for label in range(1, len(counts)):
            counts[label] += pixels[sets == 1 << label].sum()
    weights = np.maximum(counts[1:], 1.0) ** RARITY_POWER
    weights[: len(LABELS)] *= CLASSES_WEIGHT
    weights *= counts[1:].sum() / (weights * counts[1:]).sum()
    return np.concatenate([[GROUND_WEIGHT], weights])


def _fit(
    finder: keras.Model,
    batches: CanvasBatches,
    weights: np.ndarray,
    checkpoint: Checkpoint,
    *,
    bar: Bar,
) -> list[dict[str, Any]]:
    """Train one stage, from its checkpoint where there is one, and return its history."""
    training_model, schedule = build_finder_training_model(finder), batches.schedule
    optimizer = build_optimizer(schedule)
    training_model.compile(
        optimizer=optimizer,
        loss={"labels": PartialLabels(weights), "boxes": BoxesAndFit()},
        jit_compile=False,
    )
    done, stage = checkpoint.restore(training_model), checkpoint.folder.name
    step = bar(stage.replace("-", " "), schedule.epochs * schedule.views_per_epoch)
    for epoch in range(done, schedule.epochs):
        began = time.perf_counter()
        loss = train_epoch(training_model, batches, epoch, step)
        row = {
            "epoch": epoch + 1,
            "views": (epoch + 1) * schedule.views_per_epoch,
            "lesson_loss": round(loss, 5),
            "learning_rate": round(float(optimizer.learning_rate), 8),
            "seconds": round(time.perf_counter() - began, 1),
        }
        checkpoint.save(training_model, epoch + 1, row)
        log.info("%s %s", stage, " ".join(f"{name}={value}" for name, value in row.items()))
    return checkpoint.history


def _key(pools: ScenePools, plan: TrainingPlan) -> dict[str, Any]:
    """Fingerprints of what the finder is made from."""
    return {
        "data": pools.fingerprint(),
        "schedule": [asdict(plan), asdict(FINDER_SELF_TRAINING)],
        "code": code_fingerprint(
            augmentation, canvases, scenes, pseudo_labels, losses, network, efficientnet, training_loop
        ),
        "imagenet_weights": sha256(imagenet_file("lite0"))[:16],
    }
