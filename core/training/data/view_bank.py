"""The view bank: the training set, made once, run through the teacher once, shared by every network.

It opens with every training product and photograph as it is, since that is what a shop holds and what
people upload, and goes on with augmented views of all sources. Making a view and running the teacher on it
costs as much as a third of a training step; kept, it is paid once for all networks and epochs.
"""

import functools
import io
import logging
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.imaging.resize import letterbox_batch
from core.labels import LABELS
from core.models.layers import PARTS
from core.training.data.augmentation import AugmentedBatches
from core.training.data.sources import (
    HEIGHT,
    LOOK_VALUES,
    PRODUCT_HEIGHT,
    PRODUCT_WIDTH,
    WIDTH,
    ImageSource,
    Vocabulary,
)
from core.training.losses import Labelled, distillation_targets, targets_of
from core.training.schedule import Schedule, TrainingPlan
from core.training.training_loop import KeptState

CHUNK = 256
TEACHER_OUTPUTS = {**{part.name: part.dimension for part in PARTS}, "label": len(LABELS)}
"""The teacher's outputs that are kept, and their widths."""

Format = tuple[tuple[int, ...], type]
"""Shape of a row of an array, and its dtype."""

ProgressBar = Callable[[int], Callable[[int, float | None], None]]
"""Given how many views there are, returns what to tell of each chunk."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ViewBank:
    """Views and their labels; all arrays have a row a view.

    Attributes
    ----------
    views : uint8 array (n, 80, 60, 3)
        Or a network's features of them, as `feature_bank` gives it.
    original : bool array (n,)
        The picture as it is, not an augmented view of it.
    label, known, colour : int arrays (n,)
    types : bool array (n, number of types)
    looks : bool array (n, number of looks)
        As of an `ImageSource`.
    teacher_outputs : dict of str to float16 array
        ``kind`` (n, 96), ``colour`` (n, 32) and ``look`` (n, 32) of unit length and ``label`` (n, 5) logits;
        empty without a teacher.
    """

    views: np.ndarray
    original: np.ndarray
    label: np.ndarray
    known: np.ndarray
    colour: np.ndarray
    types: np.ndarray
    looks: np.ndarray
    teacher_outputs: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.views)


def open_view_bank(
    folder: Path,
    batches: AugmentedBatches,
    teacher: keras.Model | None,
    n_augmented: int,
    *,
    key: Mapping[str, Any],
    bar: ProgressBar,
) -> ViewBank:
    """Return the view bank in `folder`, made first where it is missing and completed where it is not whole.

    Parameters
    ----------
    folder : Path
        One array a file, and how many rows are done.
    batches : AugmentedBatches
        Whose sources are augmented.
    teacher : keras.Model, optional
        A trained training model, from views (n, 160, 120, 3).
    n_augmented : int
        Augmented views wanted beside the originals.
    key : mapping
        Fingerprints of what the views are made from. A bank with another key, or with a file that is missing
        or not of its size, is deleted and made anew, and the log says why.
    bar : callable
    """
    originals = [source for source in batches.sources if source.kind != "renders"]
    n_originals = sum(len(source) for source in originals)
    n = n_originals + n_augmented
    state = KeptState(folder, key)
    formats = _formats(len(batches.vocabulary.types), with_teacher=teacher is not None)
    if why := state.differences() or (state.read().get("done") and _damage(folder, formats, n)):
        log.info("the view bank is made anew: %s", why)
        state.clear()
    done = state.read().get("done", 0)
    if not done:
        state.clear()
        state.write({"done": 0})
    arrays = {
        # Mapped rather than read: they may be larger than memory.
        name: np.lib.format.open_memmap(
            folder / f"{name}.npy",
            mode="r+" if done else "w+",
            dtype=dtype,
            shape=None if done else (n, *shape),
        )
        for name, (shape, dtype) in formats.items()
    }
    step = bar(n)
    arrays["original"][:] = np.arange(n) < n_originals
    step(done, None)
    for at, small, views, labels in _missing_chunks(originals, batches, n=n, done=done):
        rows = slice(at, at + len(views))
        for name, values in {"views": small, **labels}.items():
            arrays[name][rows] = values
        if teacher is not None:
            outputs = teacher.predict_on_batch(views.astype(np.float32))
            for name in TEACHER_OUTPUTS:
                arrays[f"teacher_{name}"][rows] = outputs[name]
        for array in arrays.values():
            array.flush()  # before the state counts these rows, so that no power loss leaves them empty
        state.write({"done": rows.stop})
        step(len(views), None)
    teacher_outputs = {name: arrays.pop(f"teacher_{name}") for name in TEACHER_OUTPUTS if teacher is not None}
    return ViewBank(**arrays, teacher_outputs=teacher_outputs)


def feature_bank(bank: ViewBank, network: keras.Model, layer: str, *, bar: ProgressBar) -> ViewBank:
    """Return a bank with the outputs of a layer in place of views, and without a teacher's.

    It holds the originals, as they are and mirrored, and a quarter of the augmented views.

    Returns
    -------
    ViewBank
        Its ``views`` are float16 (m, width of the layer).
    """
    originals, augmented = np.flatnonzero(bank.original), np.flatnonzero(~bank.original)[::4]
    rows = np.concatenate([originals, originals, augmented])
    mirrored = np.arange(len(rows)) < len(originals)
    part = keras.Model(network.input, network.get_layer(layer).output)
    features = np.empty((len(rows), part.output.shape[-1]), np.float16)
    step = bar(len(rows))
    for at in range(0, len(rows), CHUNK):
        these = slice(at, at + CHUNK)
        views = bank.views[rows[these]]
        views[mirrored[these]] = views[mirrored[these], :, ::-1]
        features[these] = part.predict_on_batch(views.astype(np.float32))
        step(len(views), None)
    labels = _labels_of(bank, rows)
    return ViewBank(views=features, original=bank.original[rows], **labels, teacher_outputs={})


def training_rows(plan: TrainingPlan, bank: ViewBank) -> np.ndarray:
    """Return the rows of the bank that a pass shows, each as often as it is shown."""
    if plan.originals_only:
        classes, others = (
            np.flatnonzero(bank.original & rows) for rows in (bank.label >= 0, bank.known == 0)
        )
        return np.concatenate([classes] * 4 + [others])
    originals = [np.flatnonzero(bank.original)] * (plan.original_repeats - 1)
    return np.concatenate([np.arange(len(bank)), *originals])


class ViewBankBatches:
    """Draws batches from the rows of a view bank, shuffled anew in each pass.

    Parameters
    ----------
    bank : ViewBank
    rows : int array
        Those to train on.
    vocabulary : Vocabulary
    schedule : Schedule
    outputs : sequence of str
        Those of the training model.
    type_prototypes : float array (number of types, 96), optional
        The teacher's, by which its ``kind`` is read as probabilities of article types.
    mirror : bool
        Whether every other view is mirrored.
    max_shift : int
        Pixels by which views are shifted at most, for networks without convolutions.
    """

    def __init__(
        self,
        bank: ViewBank,
        rows: np.ndarray,
        vocabulary: Vocabulary,
        schedule: Schedule,
        *,
        outputs: list[str],
        type_prototypes: np.ndarray | None = None,
        mirror: bool = True,
        max_shift: int = 0,
    ):
        self.bank, self.rows, self.vocabulary, self.schedule = bank, rows, vocabulary, schedule
        self.outputs, self.type_prototypes = outputs, type_prototypes
        self.mirror, self.max_shift = mirror, max_shift
        self._order = functools.lru_cache(maxsize=2)(self._shuffled)  # a pass has thousands of batches

    def batch(self, step: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return views and targets of a step, counted from the start of the stage."""
        rows, rng = self.rows_of(step), np.random.default_rng((self.schedule.seed, 2, step))
        views = self.bank.views[rows]
        if self.mirror:
            mirrored = rng.random(len(rows)) < 0.5
            views[mirrored] = views[mirrored, :, ::-1]
        if self.max_shift:
            shifts = rng.integers(-self.max_shift, self.max_shift + 1, (len(rows), 2))
            for place, shift in enumerate(shifts):
                views[place] = np.roll(views[place], shift, (0, 1))
        targets = targets_of(self.bank, rows, self.vocabulary, self.outputs)
        targets |= distillation_targets(self.bank.teacher_outputs, rows, self.type_prototypes, self.outputs)
        return views.astype(np.float32), targets

    def rows_of(self, step: int) -> np.ndarray:
        """Return the bank's rows of a step; a pass ends where it ends, also within a batch."""
        at = np.arange(step * self.schedule.batch, (step + 1) * self.schedule.batch)
        rows = np.empty(len(at), np.int64)
        for number in np.unique(at // len(self.rows)):
            within = at // len(self.rows) == number
            rows[within] = self._order(int(number))[at[within] % len(self.rows)]
        return rows

    def _shuffled(self, number: int) -> np.ndarray:
        return np.random.default_rng((self.schedule.seed, 1, number)).permutation(self.rows)


def _missing_chunks(
    originals: list[ImageSource], batches: AugmentedBatches, *, n: int, done: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray, dict[str, np.ndarray]]]:
    """Yield from row `done` on: first row, views at the students' and at the teacher's size, labels."""
    at = 0
    for source in originals:
        for first in range(0, len(source), CHUNK):
            rows = np.arange(first, min(first + CHUNK, len(source)))
            if at >= done:
                pixels = source.pixels[rows]
                small = letterbox_batch(pixels, PRODUCT_HEIGHT, PRODUCT_WIDTH)
                yield at, small, letterbox_batch(pixels, HEIGHT, WIDTH), _labels_of(source, rows)
            at += len(rows)
    batch = batches.schedule.batch
    for number in range(-(-(n - at) // batch)):
        if at >= done:
            views, parts = batches.draw(number)
            labels = [_labels_of(source, rows) for source, rows in parts]
            joined = {name: np.concatenate([part[name] for part in labels]) for name in labels[0]}
            m = min(batch, n - at)
            yield at, _halved(views[:m]), views[:m], {name: values[:m] for name, values in joined.items()}
        at += batch


def _labels_of(source: Labelled, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {name: getattr(source, name)[rows] for name in ("label", "known", "colour", "types", "looks")}


def _halved(views: np.ndarray) -> np.ndarray:
    n = len(views)
    blocks = views.reshape(n, PRODUCT_HEIGHT, HEIGHT // PRODUCT_HEIGHT, PRODUCT_WIDTH, -1, 3)
    return np.rint(blocks.mean(axis=(2, 4))).astype(np.uint8)


def _damage(folder: Path, formats: Mapping[str, Format], n: int) -> str:
    """Say which file is not one of `n` rows, by its header and its size; empty where all are.

    To map a file that is too short would fill it up with zeros: black views.
    """
    for name, (shape, dtype) in formats.items():
        path, header = folder / f"{name}.npy", io.BytesIO()
        fields = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": (n, *shape)}
        np.lib.format.write_array_header_1_0(header, fields)
        size = len(header.getvalue()) + n * math.prod(shape) * np.dtype(dtype).itemsize
        if not path.is_file():
            return f"{path.name} is missing"
        if path.stat().st_size != size:
            return f"{path.name} is damaged, it has {path.stat().st_size} bytes instead of {size}"
        with path.open("rb") as file:
            if file.read(len(header.getvalue())) != header.getvalue():
                return f"{path.name} is damaged, it does not begin as an array of {n} rows does"
    return ""


def _formats(n_types: int, *, with_teacher: bool) -> dict[str, Format]:
    """Return shape of a row and dtype of each of the bank's arrays."""
    formats: dict[str, Format] = {
        "views": ((PRODUCT_HEIGHT, PRODUCT_WIDTH, 3), np.uint8),
        "original": ((), np.bool_),
        "label": ((), np.int16),
        "known": ((), np.int16),
        "colour": ((), np.int16),
        "types": ((n_types,), np.bool_),
        "looks": ((len(LOOK_VALUES),), np.bool_),
    }
    if with_teacher:
        formats |= {f"teacher_{name}": ((width,), np.float16) for name, width in TEACHER_OUTPUTS.items()}
    return formats
