"""The training loop of one stage, and the checkpoint that lets it be resumed.

A checkpoint holds the last whole epoch: weights, the optimizer's state, the random state of dropout and
sampling, and the history. Batches follow from seed and step alone. So a run that is killed and resumed goes
on from the same state with the same batches as one that was never stopped, and on a machine that computes
the same twice it ends with the same weights, bit by bit. In bfloat16 the convolutions of a VGG are not
computed the same twice, so two runs differ there, stopped or not. `seconds` in the history always differs.
"""

import ast
import csv
import hashlib
import inspect
import json
import logging
import os
import shutil
import time
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import keras
import numpy as np

from core.errors import ArtifactError, TrainingError
from core.protocols import Bar
from core.storage.artifacts import write_json
from core.storage.readers import read_json, reason_of
from core.training.calibration import measure
from core.training.data.dataset import TrainingData
from core.training.losses import compile_training_model
from core.training.schedule import Schedule, build_optimizer

HISTORY_COLUMNS = (
    "epoch",
    "views",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "photo_val_accuracy",
    "worn_val_accuracy",
    "lesson_loss",  # the sum that is minimised; `loss` is the log loss of the classes alone
    "learning_rate",
    "seconds",
)
HISTORY_PREFIXES = {"train": "", "products": "val_", "photographs": "photo_val_", "worn": "worn_val_"}
"""Of the columns of each of `TrainingData.measured_sets`."""

DRAWING_THREADS, BATCHES_AHEAD = 2, 8

log = logging.getLogger(__name__)


# Fingerprints and state on disk -----------------------------------------------------------------------


def weights_fingerprint(network: keras.Model) -> str:
    """Return a short hash of all weights."""
    digest = hashlib.sha256()
    for value in network.get_weights():
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()[:16]


def code_fingerprint(*parts: ModuleType | Callable) -> str:
    """Return a short hash of what modules and functions do: comments, layout, docstrings do not count."""
    digest = hashlib.sha256()
    for part in parts:
        tree = ast.parse(inspect.getsource(part))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
                node.body = node.body[1:]
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()[:16]


class KeptState:
    """The `state.json` of a folder that a run leaves: from what it was made, and how far it is.

    Parameters
    ----------
    folder : Path
    key : mapping
        Fingerprints and options, by what they are of; a value may be a mapping itself.
    """

    NAME = "state.json"

    def __init__(self, folder: Path, key: Mapping[str, Any]):
        self.folder = folder
        self.key: dict[str, Any] = json.loads(json.dumps(key))  # tuples are lists once they are read back

    def read(self) -> dict[str, Any]:
        """Return what was written; empty where there is nothing, or nothing that can be read."""
        return self._read() or {}

    def _read(self) -> dict[str, Any] | None:
        """Return None where there is something, and it cannot be read."""
        path = self.folder / self.NAME
        if not path.exists():
            return {}
        try:
            state = read_json(path)
        except ArtifactError:
            return None
        return state if isinstance(state, dict) else None

    def write(self, fields: Mapping[str, Any]) -> None:
        """Replace what was written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / self.NAME, {**fields, "key": self.key})

    def differences(self) -> str:
        """Say in which parts of the key what is kept differs; empty where there is nothing or no difference.

        Parts that this key lacks are not compared. What cannot be read differs too.
        """
        state = self._read()
        if state is None:
            return f"its {self.NAME} cannot be read"
        if not state:
            return ""
        return ", ".join(_differences(state.get("key") or {}, self.key))

    def refuse_other(self) -> None:
        """Raise `TrainingError` if what is kept was made from other data or by other options."""
        if why := self.differences():
            raise TrainingError(
                f"What a stopped training kept of {self.folder.name} cannot be resumed: {why}. "
                "Give the same data and options to go on, or leave out --resume to start over"
            )

    def clear(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name what differs, with both values where they are numbers."""
    parts = []
    for name, value in now.items():
        was = before.get(name)
        if was == value:
            continue
        if isinstance(value, dict) and isinstance(was, dict):
            parts += _differences(was, value)
        elif isinstance(value, int | float) and isinstance(was, int | float):
            parts.append(f"{name.replace('_', ' ')} {value} instead of {was}")
        elif was == "none":
            parts.append(f"a {name.replace('_', ' ')} instead of none")
        elif was and value == "none":
            parts.append(f"no {name.replace('_', ' ')} instead of one")
        else:
            parts.append(f"other {name.replace('_', ' ')}")
    return parts


# Checkpoint -------------------------------------------------------------------------------------------


class Checkpoint(KeptState):
    """The last whole epoch of a stage, replaced in one step.

    Attributes
    ----------
    history : list of dict
        The rows of the epochs so far.
    """

    def __init__(self, folder: Path, key: Mapping[str, Any]):
        super().__init__(folder, key)
        self.history: list[dict] = []

    def damage(self) -> str:
        """Say what is wrong with the file of the last epoch; empty where there is none, or nothing wrong."""
        name = self.read().get("file")
        if name is None:
            return ""
        try:
            with zipfile.ZipFile(self.folder / name) as file:
                return f"its {name} is damaged" if file.testzip() else ""
        except FileNotFoundError:
            return f"its {name} is missing"
        except (OSError, EOFError, zipfile.BadZipFile) as error:
            return f"its {name} is damaged ({reason_of(error)})"

    def refuse_unusable(self) -> None:
        """Raise `TrainingError` if what is kept was made from something else, or is damaged."""
        self.refuse_other()
        if why := self.damage():
            raise TrainingError(
                f"What a stopped training kept of {self.folder.name} cannot be resumed: {why}. "
                f"Delete {self.folder} and resume to train that again, or leave out --resume to start over"
            )

    def restore(self, training_model: keras.Model) -> int:
        """Load what is kept and return the epoch to go on with; 0 where there is nothing.

        Raises
        ------
        TrainingError
            If what is kept was made from other data or by other options, or is damaged.
        """
        self.refuse_unusable()
        state = self.read()
        if "file" not in state:
            return 0
        training_model.optimizer.build(training_model.trainable_variables)
        with np.load(self.folder / state["file"], allow_pickle=False) as arrays:
            for number, variable in enumerate(_state_variables(training_model)):
                variable.assign(arrays[str(number)])
        self.history = state["history"]
        return state["epoch"]

    def save(self, training_model: keras.Model, epoch: int, row: dict) -> None:
        """Keep the state after `epoch` epochs; a kill at any moment leaves the state before it whole."""
        self.history.append(row)
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"epoch-{epoch}.npz"
        arrays = {
            str(number): keras.ops.convert_to_numpy(variable)
            for number, variable in enumerate(_state_variables(training_model))
        }
        with (self.folder / name).open("wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())  # before the state names it, so that no power loss leaves a name alone
        self.write({"epoch": epoch, "file": name, "history": self.history})
        for old in self.folder.glob("epoch-*.npz"):
            if old.name != name:
                old.unlink()
        write_history(self.folder / "history.csv", self.history)


def _state_variables(training_model: keras.Model) -> list[keras.Variable]:
    """Return all that a step changes: weights, random states (which `weights` lacks), optimizer."""
    return [*training_model.variables, *training_model.optimizer.variables]


def write_history(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write `rows` as CSV with `HISTORY_COLUMNS`, empty where a value is missing."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HISTORY_COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(fresh, path)


# The loop ---------------------------------------------------------------------------------------------


class Batches(Protocol):
    """What a stage is trained on."""

    schedule: Schedule

    def batch(self, step: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return views and targets of a step, counted from the start of the stage."""


def fit(
    training_model: keras.Model,
    network: keras.Model,
    batches: Batches,
    *,
    data: TrainingData,
    checkpoint: Checkpoint,
    resume: bool,
    bar: Bar,
    before: Sequence[dict] = (),
) -> list[dict]:
    """Train one stage and return the history.

    Not by Keras's own `fit`: that draws the first batches of an epoch, as many as time allows, before it
    tells the data set that the epoch before has ended, so that no run could be repeated.

    Parameters
    ----------
    training_model, network : keras.Model
        What is trained, and the network inside that is measured; they share their weights.
    batches : Batches
    data : TrainingData
        Measured on after each epoch: a sample of the training products, and the validation split.
    checkpoint : Checkpoint
        Where each epoch is kept; the folder's name is the stage's.
    resume : bool
        Go on from what is kept, if anything is; otherwise it is deleted.
    bar : callable
        As of `core.training.train.train`.
    before : sequence of dict
        The history of earlier stages, which this one continues.

    Raises
    ------
    TrainingError
        If the checkpoint was made from other data or by other options or is damaged, or the loss is no longer
        finite.
    """
    schedule, stage = batches.schedule, checkpoint.folder.name
    optimizer = build_optimizer(schedule)
    compile_training_model(training_model, optimizer)
    if not resume:
        checkpoint.clear()
    done = checkpoint.restore(training_model)
    measured_sets = list(data.measured_sets(*network.input_shape[1:3]))
    step = bar(stage, schedule.epochs * schedule.views_per_epoch)
    for epoch in range(done, schedule.epochs):
        began = time.perf_counter()
        loss = train_epoch(training_model, batches, epoch, step)
        row = {
            "epoch": len(before) + epoch + 1,
            "views": (before[-1]["views"] if before else 0) + (epoch + 1) * schedule.views_per_epoch,
            "lesson_loss": round(loss, 5),
            "learning_rate": round(float(optimizer.learning_rate), 8),
        }
        for name, images, labels in measured_sets:
            loss, accuracy = measure(network, images, labels)
            row[f"{HISTORY_PREFIXES[name]}loss"] = round(loss, 5)
            row[f"{HISTORY_PREFIXES[name]}accuracy"] = round(accuracy, 5)
        row["seconds"] = round(time.perf_counter() - began, 1)
        checkpoint.save(training_model, epoch + 1, row)
        log.info("%s %s", stage, " ".join(f"{key}={value}" for key, value in row.items()))
    return [*before, *checkpoint.history]


def train_epoch(
    training_model: keras.Model, batches: Batches, epoch: int, step: Callable[[int, float | None], None]
) -> float:
    """Train one epoch and return its mean loss."""
    schedule, loss = batches.schedule, 0.0
    training_model.reset_metrics()
    first = epoch * schedule.steps_per_epoch
    for views, targets in _drawn_ahead(batches, range(first, first + schedule.steps_per_epoch)):
        loss = float(training_model.train_on_batch(views, targets, return_dict=True)["loss"])
        if not np.isfinite(loss):
            raise TrainingError(
                f"The loss of {training_model.name} is no longer a number in epoch {epoch + 1}; train again "
                "with a lower learning rate, or --resume from the epoch before"
            )
        step(schedule.batch, loss)
    return loss


def _drawn_ahead(batches: Batches, steps: range) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Yield the batches of `steps` in order, drawn in background threads."""
    with ThreadPoolExecutor(DRAWING_THREADS) as pool:
        drawn = deque(pool.submit(batches.batch, step) for step in steps[:BATCHES_AHEAD])
        for step in steps:
            yield drawn.popleft().result()
            if step + BATCHES_AHEAD in steps:
                drawn.append(pool.submit(batches.batch, step + BATCHES_AHEAD))
