"""What is learned from, what chooses, and in which proportions it is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.catalogue.kaggle import Catalogue
from core.errors import TrainingError
from core.imaging.resize import letterbox_batch
from core.protocols import Bar
from core.training.augment import Views
from core.training.loop import Mixture, Schedule
from core.training.sources import (
    Source,
    Vocabulary,
    draw_renders,
    product_rows,
    read_photographs,
    read_products,
)

RENDERS_SEED = 4242
GALLERY = 8000
PHOTOGRAPHS_SHARE, RENDERS_SHARE = 0.27, 0.05
CLASSES_SHARE = 0.45  # of the products shown


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

    def mixture(self, schedule: Schedule, outputs: Sequence[str] = ()) -> Mixture:
        """Return what draws random views of the training sources, with answers for `outputs`."""
        photographs = [source.pixels for source, _ in self.training if source.kind == "photographs"]
        grounds = np.concatenate(photographs) if photographs else np.empty((0, 1, 1, 3), np.uint8)
        return Mixture(self.training, self.vocabulary, Views(grounds), schedule, outputs)

    def pictures(self, height: int, width: int) -> Iterable[tuple[str, np.ndarray, np.ndarray]]:
        """Give pictures of the classes to measure on: a part of the training's, then the validation's."""
        first = self.training[0][0]
        sample = first.take(spread_evenly(len(first), 1000))
        for name, source in (("train", sample), *zip(("shop", "photo"), self.validation, strict=False)):
            rows = np.flatnonzero(source.label >= 0)
            if len(rows):
                yield name, letterbox_batch(source.pixels[rows], height, width), source.label[rows]

    def counts(self) -> dict[str, int]:
        """Pictures of each training source."""
        counts: dict[str, int] = {}
        for source, _ in self.training:
            counts[source.kind] = counts.get(source.kind, 0) + len(source)
        return counts


def read_data(catalogue: Catalogue, photos: Path | None, renders: int, bar: Bar) -> Data:
    """Read products, photographs and rendered garments, and split them.

    Parameters
    ----------
    catalogue : Catalogue
    photos : Path, optional
        Everyday photographs, in one folder a kind.
    renders : int
        How many garments to draw.
    bar : callable
        As of `core.training.train.train`.

    Raises
    ------
    TrainingError
        If there is no product of the classes to train on.
    ImageError
        If a picture cannot be read.
    """
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
    photographs = photos is not None
    share = 1.0 - PHOTOGRAPHS_SHARE * photographs - RENDERS_SHARE * (renders > 0)
    training = [(products["train"].take(np.flatnonzero(in_class)), share * CLASSES_SHARE)]
    if not in_class.all():
        training.append((products["train"].take(np.flatnonzero(~in_class)), share * (1 - CLASSES_SHARE)))
    validation = [products["validation"]]
    if photographs:
        training.append((read_photographs(photos, "train", vocabulary, lambda: None), PHOTOGRAPHS_SHARE))
        validation.append(read_photographs(photos, "validation", vocabulary, lambda: None))
    if renders:
        step = bar("drawing garments", renders)
        renders = draw_renders(renders, RENDERS_SEED, vocabulary, lambda: step(1, None))
        training.append((renders, RENDERS_SHARE))
    gallery = products["train"].take(spread_evenly(len(products["train"]), GALLERY))
    return Data(vocabulary, training, validation, gallery)


def spread_evenly(n: int, wanted: int) -> np.ndarray:
    """Return about `wanted` rows of `n`, evenly apart."""
    return np.unique(np.linspace(0, n - 1, min(n, wanted)).astype(int))
