"""A bank of views: made once, answered once by the teacher, learned from by every network.

It opens with every training product and photograph as it is, since that is what a shop holds and what
people hand in, and goes on with random views of all sources. Making a view and asking the teacher costs as
much as a third of a training step; kept, it is paid once for all networks and passes.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from core.imaging.resize import letterbox_batch
from core.labels import LABELS
from core.models.vgg import COLOUR_DIMENSION, KIND_DIMENSION
from core.storage.artifacts import write_json
from core.storage.readers import read_json
from core.training.loop import Mixture, Schedule
from core.training.objective import answers_of, taught_of
from core.training.sources import HEIGHT, PRODUCT_HEIGHT, PRODUCT_WIDTH, WIDTH, Source

CHUNK = 256
TAUGHT = {"kind": KIND_DIMENSION, "colour": COLOUR_DIMENSION, "label": len(LABELS)}
"""The teacher's answers that are kept, and their widths."""


@dataclass(frozen=True)
class Bank:
    """Views and what is known of them; all arrays have a row a view.

    Attributes
    ----------
    views : uint8 array (n, 80, 60, 3)
        Or what a network makes of them, as `seen_through` gives it.
    plain : bool array (n,)
        The picture as it is, not a random view of it.
    label, known, colour : int arrays (n,)
    types : bool array (n, number of types)
        As of a `Source`.
    taught : dict of str to float16 array
        ``kind`` (n, 96) and ``colour`` (n, 32) of unit length and ``label`` (n, 5) logits by the teacher;
        empty without one.
    """

    views: np.ndarray
    plain: np.ndarray
    label: np.ndarray
    known: np.ndarray
    colour: np.ndarray
    types: np.ndarray
    taught: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.views)


def open_bank(
    folder: Path,
    mixture: Mixture,
    teacher: keras.Model | None,
    n_random: int,
    bar: Callable[[int], Callable[[int, float | None], None]],
) -> Bank:
    """Return the bank in `folder`, made first where it is missing and completed where it is not whole.

    Parameters
    ----------
    folder : Path
        One array a file, and how many rows are done.
    mixture : Mixture
        Whose sources are shown.
    teacher : keras.Model, optional
        A taught learner, from views (n, 160, 120, 3).
    n_random : int
        Random views wanted beside the plain ones.
    bar : callable
        Given how many views there are, returns what to tell of each chunk.
    """
    plain = [source for source in mixture.sources if source.kind != "renders"]
    n_plain = sum(len(source) for source in plain)
    n = n_plain + n_random
    step = bar(n)
    folder.mkdir(parents=True, exist_ok=True)
    arrays = _arrays(folder, n, len(mixture.vocabulary.types), taught=teacher is not None)
    arrays["plain"][:] = np.arange(n) < n_plain
    done = _done(folder, n)
    step(done, None)
    for at, small, views, said in _chunks(plain, mixture, n_plain, n, done):
        rows = slice(at, at + len(views))
        for name, values in {"views": small, **said}.items():
            arrays[name][rows] = values
        if teacher is not None:
            answers = teacher.predict_on_batch(views.astype(np.float32))
            for name in TAUGHT:
                arrays[f"taught_{name}"][rows] = answers[name]
        _keep_done(folder, n, rows.stop)
        step(len(views), None)
    taught = {name: arrays[f"taught_{name}"] for name in TAUGHT if teacher is not None}
    named = {name: array for name, array in arrays.items() if not name.startswith("taught_")}
    return Bank(**named, taught=taught)


def seen_through(
    bank: Bank, network: keras.Model, layer: str, bar: Callable[[int], Callable[[int, None], None]]
) -> Bank:
    """Return a bank with a layer's answers in place of views, and without a teacher's.

    It holds the plain views, as they are and mirrored, and a quarter of the rest.

    Parameters
    ----------
    bank : Bank
    network : keras.Model
    layer : str
    bar : callable
        Given how many views there are, returns what to tell of each chunk.

    Returns
    -------
    Bank
        Its ``views`` are float16 (m, width of the layer).
    """
    plain, others = np.flatnonzero(bank.plain), np.flatnonzero(~bank.plain)[::4]
    rows = np.concatenate([plain, plain, others])
    mirrored = np.arange(len(rows)) < len(plain)
    part = keras.Model(network.input, network.get_layer(layer).output)
    seen = np.empty((len(rows), part.output.shape[-1]), np.float16)
    step = bar(len(rows))
    for at in range(0, len(rows), CHUNK):
        these = slice(at, at + CHUNK)
        views = bank.views[rows[these]]
        views[mirrored[these]] = views[mirrored[these], :, ::-1]
        seen[these] = part.predict_on_batch(views.astype(np.float32))
        step(len(views), None)
    return Bank(views=seen, plain=bank.plain[rows], **_said(bank, rows), taught={})


class Batches(keras.utils.PyDataset):
    """Draws batches from the rows of a bank, each pass in another order.

    Parameters
    ----------
    bank : Bank
    rows : int array
        Those to learn from.
    vocabulary : Vocabulary
    schedule : Schedule
    outputs : sequence of str
        Which answers the learner is asked for.
    type_vectors : float array (number of types, 96), optional
        The teacher's, by which its ``kind`` is read as article types.
    mirror : bool
        Whether every other view is mirrored.
    shift : int
        Pixels by which views are shifted at most, for networks that know no neighbourhood.
    """

    def __init__(
        self, bank, rows, vocabulary, schedule: Schedule, outputs, type_vectors=None, mirror=True, shift=0
    ):
        super().__init__(workers=1)
        self.bank, self.rows, self.vocabulary, self.schedule = bank, rows, vocabulary, schedule
        self.outputs, self.type_vectors = list(outputs), type_vectors
        self.mirror, self.shift = mirror, shift
        self.epoch = 0
        self._order = functools.lru_cache(maxsize=2)(self._drawn_order)  # a pass has thousands of batches

    def __len__(self) -> int:
        return self.schedule.steps_per_epoch

    def __getitem__(self, batch: int):
        step = self.epoch * len(self) + batch
        rows, rng = self._rows(step), np.random.default_rng((self.schedule.seed, 2, step))
        views = self.bank.views[rows]
        if self.mirror:
            mirrored = rng.random(len(rows)) < 0.5
            views[mirrored] = views[mirrored, :, ::-1]
        if self.shift:
            for place, offset in enumerate(rng.integers(-self.shift, self.shift + 1, (len(rows), 2))):
                views[place] = np.roll(views[place], offset, (0, 1))
        answers = answers_of(self.bank, rows, self.vocabulary, self.outputs)
        answers |= taught_of(self.bank.taught, rows, self.type_vectors, self.outputs)
        return views.astype(np.float32), answers

    def _rows(self, step: int) -> np.ndarray:
        """Return the bank's rows of a step; a pass ends where it ends, also within a batch."""
        at = np.arange(step * self.schedule.batch, (step + 1) * self.schedule.batch)
        rows = np.empty(len(at), np.int64)
        for number in np.unique(at // len(self.rows)):
            within = at // len(self.rows) == number
            rows[within] = self._order(int(number))[at[within] % len(self.rows)]
        return rows

    def _drawn_order(self, number: int) -> np.ndarray:
        return np.random.default_rng((self.schedule.seed, 1, number)).permutation(self.rows)

    def on_epoch_end(self) -> None:
        """Go on with the pass."""
        self.epoch += 1


def _chunks(
    plain: list[Source], mixture: Mixture, n_plain: int, n: int, done: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray, dict[str, np.ndarray]]]:
    """Give what is missing: first row, views at the students' and at the teacher's size, what is known."""
    at = 0
    for source in plain:
        for first in range(0, len(source), CHUNK):
            rows = np.arange(first, min(first + CHUNK, len(source)))
            if at >= done:
                pixels = source.pixels[rows]
                small = letterbox_batch(pixels, PRODUCT_HEIGHT, PRODUCT_WIDTH)
                yield at, small, letterbox_batch(pixels, HEIGHT, WIDTH), _said(source, rows)
            at += len(rows)
    batch = mixture.schedule.batch
    for number in range(-(-(n - n_plain) // batch)):
        if at >= done:
            views, parts = mixture.draw(number)
            said = [_said(source, rows) for source, rows in parts]
            joined = {name: np.concatenate([part[name] for part in said]) for name in said[0]}
            m = min(batch, n - at)
            yield at, _halved(views[:m]), views[:m], {name: values[:m] for name, values in joined.items()}
        at += batch


def _said(source: "Source | Bank", rows: np.ndarray) -> dict[str, np.ndarray]:
    return {name: getattr(source, name)[rows] for name in ("label", "known", "colour", "types")}


def _halved(views: np.ndarray) -> np.ndarray:
    n = len(views)
    blocks = views.reshape(n, PRODUCT_HEIGHT, HEIGHT // PRODUCT_HEIGHT, PRODUCT_WIDTH, -1, 3)
    return np.rint(blocks.mean(axis=(2, 4))).astype(np.uint8)


def _arrays(folder: Path, n: int, n_types: int, *, taught: bool) -> dict[str, np.ndarray]:
    """Open the bank's files to be written and read where they lie, for they may be larger than memory."""
    kinds = {
        "views": ((PRODUCT_HEIGHT, PRODUCT_WIDTH, 3), np.uint8),
        "plain": ((), bool),
        "label": ((), np.int16),
        "known": ((), np.int16),
        "colour": ((), np.int16),
        "types": ((n_types,), bool),
    }
    if taught:
        kinds |= {f"taught_{name}": ((width,), np.float16) for name, width in TAUGHT.items()}
    arrays = {}
    for name, (shape, dtype) in kinds.items():
        path, wanted = folder / f"{name}.npy", (n, *shape)
        fits = path.exists() and np.load(path, mmap_mode="r").shape == wanted
        arrays[name] = np.lib.format.open_memmap(
            path, mode="r+" if fits else "w+", dtype=dtype, shape=None if fits else wanted
        )
        if not fits:
            _keep_done(folder, n, 0)
    return arrays


def _done(folder: Path, n: int) -> int:
    path = folder / "done.json"
    state = read_json(path) if path.exists() else {}
    return state.get("done", 0) if state.get("n") == n else 0


def _keep_done(folder: Path, n: int, done: int) -> None:
    write_json(folder / "done.json", {"n": n, "done": done})
