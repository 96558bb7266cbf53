"""The training loop: what is drawn, how fast it is learned, and how it survives a kill.

An epoch is a fixed number of views rather than a pass over a source, since the sources are mixed and
balanced. Every view follows from (seed, epoch, batch), so a run that was stopped and resumed draws the
very views it would have drawn.
"""

import csv
import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from core.errors import TrainingError
from core.evaluation.metrics import log_loss
from core.labels import LABELS
from core.training.augment import Views
from core.training.objective import answers_of, compile_learner
from core.training.sources import Source, Vocabulary

HISTORY_COLUMNS = (
    "epoch",
    "views",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "photo_val_accuracy",
    "lesson_loss",
    "learning_rate",
    "seconds",
)


@dataclass(frozen=True)
class Schedule:
    """How long and how fast."""

    epochs: int = 20
    views_per_epoch: int = 8192
    batch: int = 64
    learning_rate: float = 1e-3
    warm_up: float = 0.05  # share of all steps in which the rate climbs
    weight_decay: float = 0.05
    gradient_norm: float = 5.0
    seed: int = 20161

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch."""
        return self.views_per_epoch // self.batch


class Mixture(keras.utils.PyDataset):
    """Draws balanced batches of views from several sources, in background threads."""

    def __init__(
        self,
        sources: Sequence[tuple[Source, float]],
        vocabulary: Vocabulary,
        views: Views,
        schedule: Schedule,
        outputs: Sequence[str] = (),
    ):
        super().__init__(workers=2, use_multiprocessing=False, max_queue_size=8)
        self.sources = [source for source, _ in sources]
        shares = np.array([share for _, share in sources])
        self.shares = shares / shares.sum()
        self.chances = [_balanced(source) for source in self.sources]
        self.vocabulary, self.views, self.schedule = vocabulary, views, schedule
        self.outputs = outputs
        self.epoch = 0

    def __len__(self) -> int:
        return self.schedule.steps_per_epoch

    def __getitem__(self, batch: int):
        views, parts = self.draw(batch)
        answers = [answers_of(source, rows, self.vocabulary, self.outputs) for source, rows in parts]
        joined = {key: np.concatenate([part[key] for part in answers]) for key in answers[0]}
        return views.astype(np.float32), joined

    def draw(self, batch: int) -> tuple[np.ndarray, list[tuple[Source, np.ndarray]]]:
        """Return views uint8 (batch, 160, 120, 3), and of which rows of which source they are, in order."""
        rng = np.random.default_rng((self.schedule.seed, self.epoch, batch))
        which = rng.choice(len(self.sources), self.schedule.batch, p=self.shares)
        counts = np.bincount(which, minlength=len(self.sources))
        parts = [
            (source, rng.choice(len(source), count, p=chances))
            for source, chances, count in zip(self.sources, self.chances, counts, strict=True)
        ]
        return np.stack([self.views.show(source, row, rng) for source, rows in parts for row in rows]), parts

    def on_epoch_end(self) -> None:
        """Go on to views not seen before."""
        self.epoch += 1


def _balanced(source: Source) -> np.ndarray:
    """Chance of each picture: a group's grows with its size to the power 0.65, the classes' are doubled."""
    _, group, counts = np.unique(source.group.astype(str), return_inverse=True, return_counts=True)
    chances = counts[group] ** -0.35
    chances[source.label >= 0] *= 2.0
    return chances / chances.sum()


class Checkpoint(keras.callbacks.Callback):
    """Keeps the last whole epoch: weights, optimizer and history, replaced in one step."""

    def __init__(self, folder: Path):
        super().__init__()
        self.folder = folder
        self.history: list[dict] = []

    def resume(self, learner: keras.Model, schedule: Schedule) -> int:
        """Load what was kept and return the epoch to go on with; 0 where there is nothing.

        Raises
        ------
        TrainingError
            If what was kept was trained by another schedule.
        """
        state_path = self.folder / "state.json"
        if not state_path.exists():
            return 0
        state = json.loads(state_path.read_text())
        if state["schedule"] != _plain(schedule):
            raise TrainingError(
                f"{self.folder.name} was being trained with {state['schedule']}, not {_plain(schedule)}; "
                "give the same options to go on, or leave out --resume to start over"
            )
        learner.optimizer.build(learner.trainable_variables)
        with np.load(self.folder / state["file"], allow_pickle=False) as kept:
            for number, variable in enumerate([*learner.weights, *learner.optimizer.variables]):
                variable.assign(kept[str(number)])
        self.history = state["history"]
        return state["epoch"]

    def keep(self, learner: keras.Model, schedule: Schedule, epoch: int, row: dict) -> None:
        """Write the state after `epoch` epochs; a kill at any moment leaves the state before it whole."""
        self.history.append(row)
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"epoch-{epoch}.npz"
        variables = [*learner.weights, *learner.optimizer.variables]
        arrays = {str(number): keras.ops.convert_to_numpy(value) for number, value in enumerate(variables)}
        np.savez(self.folder / name, **arrays)
        state = {"epoch": epoch, "file": name, "schedule": _plain(schedule), "history": self.history}
        fresh = self.folder / "state.json.new"
        fresh.write_text(json.dumps(state))
        os.replace(fresh, self.folder / "state.json")
        for old in self.folder.glob("epoch-*.npz"):
            if old.name != name:
                old.unlink()
        write_history(self.folder / "history.csv", self.history)

    def clear(self) -> None:
        """Forget what was kept."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _plain(schedule: Schedule) -> dict:
    return {name: getattr(schedule, name) for name in schedule.__dataclass_fields__}


def write_history(path: Path, rows: Sequence[dict]) -> None:
    """Write `rows` as CSV with `HISTORY_COLUMNS`, empty where a value is missing."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", newline="") as file:
        writer = csv.DictWriter(file, HISTORY_COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(fresh, path)


def fit(
    learner: keras.Model,
    network: keras.Model,
    data: keras.utils.PyDataset,
    validation: Sequence[tuple[str, np.ndarray, np.ndarray]],
    checkpoint: Checkpoint,
    *,
    resume: bool,
    on_batch: Callable[[int, float], None],
    on_epoch: Callable[[dict], None],
    before: Sequence[dict] = (),
) -> list[dict]:
    """Train `learner` and return the history.

    Parameters
    ----------
    learner, network : keras.Model
        The network, and the same weights before their lessons.
    data : PyDataset
        What is shown, with its `schedule` and the `epoch` to begin with.
    validation : sequence of (prefix, images uint8 (n, h, w, 3), labels (n,))
        Plain pictures to measure on after each epoch; an empty prefix names the shop's.
    checkpoint : Checkpoint
        Where each epoch is kept.
    resume : bool
        Go on from what is kept, if anything is.
    on_batch : callable
        Told after each batch the number of views it had and the running loss.
    on_epoch : callable
        Told each row of the history as it is written.
    before : sequence of dict
        The history of the same weights so far, which this one goes on from.
    """
    schedule = data.schedule
    steps = schedule.epochs * schedule.steps_per_epoch
    warm = max(1, int(steps * schedule.warm_up))
    rate = keras.optimizers.schedules.CosineDecay(
        schedule.learning_rate / 20,
        decay_steps=steps - warm,
        warmup_target=schedule.learning_rate,
        warmup_steps=warm,
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=schedule.weight_decay, global_clipnorm=schedule.gradient_norm
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta", "vectors"])
    compile_learner(learner, optimizer)
    if not resume:
        checkpoint.clear()
    done = checkpoint.resume(learner, schedule)
    data.epoch = done

    class Report(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):
            loss = float(logs["loss"])
            if not np.isfinite(loss):
                raise TrainingError(
                    f"The loss of {network.name} is no longer a number in epoch {epoch_now() + 1}; "
                    "train again with a lower learning rate, or --resume from the epoch before"
                )
            on_batch(schedule.batch, loss)

        def on_epoch_end(self, epoch, logs=None):
            row = {
                "epoch": len(before) + epoch + 1,
                "views": (before[-1]["views"] if before else 0) + (epoch + 1) * schedule.views_per_epoch,
                "lesson_loss": round(float(logs["loss"]), 5),
                "learning_rate": round(float(rate(optimizer.iterations)), 8),
            }
            for prefix, images, labels in validation:
                loss, accuracy = measure(network, images, labels)
                name = {"train": "", "shop": "val_", "photo": "photo_val_"}[prefix]
                row[f"{name}loss"] = round(loss, 5)
                row[f"{name}accuracy"] = round(accuracy, 5)
            row["seconds"] = round(time.perf_counter() - self.began, 1)
            checkpoint.keep(learner, schedule, epoch + 1, row)
            on_epoch(row)

    def epoch_now() -> int:
        return data.epoch

    if done < schedule.epochs:
        learner.fit(data, epochs=schedule.epochs, initial_epoch=done, verbose=0, callbacks=[Report()])
    return [*before, *checkpoint.history]


def measure(network: keras.Model, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return log loss and accuracy over the five classes on plain pictures."""
    probabilities = np.concatenate(
        [
            keras.ops.convert_to_numpy(
                keras.ops.softmax(network(images[at : at + 128].astype(np.float32), training=False)["label"])
            )
            for at in range(0, len(images), 128)
        ]
    )
    names = [LABELS[place] for place in labels]
    return log_loss(names, probabilities, LABELS), float(np.mean(probabilities.argmax(axis=1) == labels))
