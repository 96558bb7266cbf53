"""The data set of a training: training sources and their shares, validation split, gallery."""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from core.catalogue.import_report import count_text
from core.catalogue.kaggle import Catalogue
from core.catalogue.outlined import read_outlined
from core.catalogue.split import outlined_split_of
from core.errors import ImageError, TrainingError
from core.imaging.decode import read_image
from core.imaging.resize import letterbox_batch
from core.labels import LABELS
from core.protocols import Bar
from core.training.data.augmentation import AugmentedBatches, Augmenter
from core.training.data.sources import (
    ImageSource,
    Unreadable,
    Vocabulary,
    product_rows,
    read_photographs,
    read_products,
    render_garments,
)
from core.training.data.worn import Find, read_worn
from core.training.schedule import (
    CLASSES_SHARE,
    PHOTOGRAPHS_SHARE,
    RENDERS_SEED,
    RENDERS_SHARE,
    WORN_SHARE,
    Schedule,
)

GALLERY_SIZE = 8000
TRAINING_SAMPLE = 1000
"""Training products on which accuracy is measured after each epoch, beside the validation split."""

STREET_SIDE = 432
"""Longest side, in pixels, that street photographs are kept with as backgrounds."""

NAMED_UNREADABLE = 10
SPLIT_SHARES = {"train": "85 %", "validation": "5 %"}

log = logging.getLogger(__name__)


@dataclass
class TrainingData:
    """What is trained on, what is validated on, and what is searched in while calibrating.

    Attributes
    ----------
    vocabulary : Vocabulary
    training : list of (ImageSource, float)
        Each source and its share of the augmented views; products of the five classes come first.
    validation : list of ImageSource
        Products, then photographs and worn garments where there are any that are labelled.
    gallery : ImageSource
        Training products, evenly spaced.
    streets : list of uint8 arrays (h, w, 3)
        Street photographs of the training split, as backgrounds.
    """

    vocabulary: Vocabulary
    training: list[tuple[ImageSource, float]]
    validation: list[ImageSource]
    gallery: ImageSource
    streets: list[np.ndarray] = field(default_factory=list)

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of everything that is learned from: ids, pixels, labels, vocabulary and shares."""
        digest = hashlib.sha256(repr(self.vocabulary).encode())
        for source, share in self.training:
            digest.update(f"{source.fingerprint()} {share:.6f}".encode())
        for source in self.validation:
            digest.update(source.fingerprint().encode())
        return digest.hexdigest()[:16]

    def augmented_batches(self, schedule: Schedule, outputs: Sequence[str] = ()) -> AugmentedBatches:
        """Return what draws augmented views of the training sources, with targets for `outputs`."""
        photographs = [source.pixels for source, _ in self.training if source.kind == "photographs"]
        backgrounds = np.concatenate(photographs) if photographs else np.empty((0, 1, 1, 3), np.uint8)
        augmenter = Augmenter(backgrounds, self.streets)
        return AugmentedBatches(self.training, self.vocabulary, augmenter, schedule, outputs)

    def measured_sets(self, height: int, width: int) -> Iterable[tuple[str, np.ndarray, np.ndarray]]:
        """Yield what is measured after each epoch: pictures of the classes, without augmentation.

        Yields
        ------
        name : {"train", "products", "photographs", "worn"}
            A sample of the training products, then the validation split.
        images : uint8 array (n, height, width, 3)
        labels : int array (n,)
        """
        first = self.training[0][0]
        sample = first.take(evenly_spaced(len(first), TRAINING_SAMPLE))
        for name, source in (("train", sample), *((source.kind, source) for source in self.validation)):
            rows = np.flatnonzero(source.label >= 0)
            yield name, letterbox_batch(source.pixels[rows], height, width), source.label[rows]

    def counts(self) -> dict[str, int]:
        """Pictures of each kind of training source."""
        counts: dict[str, int] = {}
        for source, _ in self.training:
            counts[source.kind] = counts.get(source.kind, 0) + len(source)
        return counts


def read_training_data(
    catalogue: Catalogue,
    photos: Path | None,
    n_renders: int,
    *,
    outlined: Path | None = None,
    find: Find | None = None,
    bar: Bar,
) -> TrainingData:
    """Read products, photographs, worn garments and rendered ones, and split them.

    A picture that cannot be read is named in the log and left out.

    Parameters
    ----------
    catalogue : Catalogue
    photos : Path, optional
        Everyday photographs, in one folder a kind.
    n_renders : int
        How many garments to render.
    outlined : Path, optional
        Street photographs, as of `core.catalogue.outlined`.
    find : callable, optional
        The garment finder, as of `core.training.data.worn`.
    bar : callable
        As of `core.training.train.train`.

    Raises
    ------
    TrainingError
        If training or validation split have no readable product of the five classes, or there are
        photographs and none for training can be read.
    """
    rows = {part: product_rows(catalogue, part) for part in ("train", "validation")}
    for part in rows:  # before anything is read: that takes minutes
        _require_classes(catalogue, part, catalogue.products["articleType"].iloc[rows[part]])
    vocabulary = Vocabulary.of(catalogue)
    products = _read_products(catalogue, rows, vocabulary, bar)
    in_class = products["train"].label >= 0
    shares = {PHOTOGRAPHS_SHARE: photos is not None, WORN_SHARE: outlined, RENDERS_SHARE: n_renders > 0}
    share = 1.0 - sum(part for part, there in shares.items() if there)
    training = [(products["train"].take(in_class), share * CLASSES_SHARE)]
    if not in_class.all():
        training.append((products["train"].take(~in_class), share * (1 - CLASSES_SHARE)))
    validation = [products["validation"]]
    if photos is not None:
        for_training, for_validation = _read_photographs(photos, vocabulary, bar)
        training.append((for_training, PHOTOGRAPHS_SHARE))
        if (for_validation.label >= 0).any():
            validation.append(for_validation)
        else:
            log.info("%s has no labelled photograph in the validation split: products alone validate", photos)
    streets = []
    if outlined is not None:
        for_training, for_validation = _read_worn(outlined, vocabulary, find, bar)
        training.append((for_training, WORN_SHARE))
        if (for_validation.label >= 0).any():
            validation.append(for_validation)
        streets = _read_streets(outlined)
    if n_renders:
        step = bar("drawing garments", n_renders)
        renders = render_garments(n_renders, RENDERS_SEED, vocabulary, progress=lambda: step(1, None))
        training.append((renders, RENDERS_SHARE))
    gallery = products["train"].take(evenly_spaced(len(products["train"]), GALLERY_SIZE))
    return TrainingData(vocabulary, training, validation, gallery, streets)


def evenly_spaced(n: int, wanted: int) -> np.ndarray:
    """Return about `wanted` rows of `n`, evenly apart.

    Examples
    --------
    >>> evenly_spaced(9, 3).tolist()
    [0, 4, 8]
    >>> evenly_spaced(2, 3).tolist()
    [0, 1]
    """
    return np.unique(np.linspace(0, n - 1, min(n, wanted)).astype(int))


def _read_products(
    catalogue: Catalogue, rows: dict[str, np.ndarray], vocabulary: Vocabulary, bar: Bar
) -> dict[str, ImageSource]:
    step = bar("reading products", sum(len(part) for part in rows.values()))
    products, unreadable = {}, Unreadable()
    for part in rows:
        products[part], problems = read_products(
            catalogue, rows[part], vocabulary, progress=lambda: step(1, None)
        )
        unreadable |= problems
    _log_unreadable("product", unreadable)
    if unreadable and not any(len(source) for source in products.values()):
        raise TrainingError(
            f"Not one of the {len(unreadable):,} pictures in {catalogue.folder} can be read: "
            f"{next(iter(unreadable.values()))}"
        )
    for part, source in products.items():
        _require_classes(catalogue, part, source.group)
    return products


def _read_photographs(photos: Path, vocabulary: Vocabulary, bar: Bar) -> list[ImageSource]:
    """Read the training and the validation split of the photographs."""
    parts, unreadable = [], Unreadable()
    for part in ("train", "validation"):
        source, problems = read_photographs(photos, part, vocabulary, progress=lambda: None)
        parts.append(source)
        unreadable |= problems
    _log_unreadable("photograph", unreadable)
    if not len(parts[0]):
        why = (
            f": {next(iter(unreadable.values()))}"
            if unreadable
            else ", 90 % of them by a hash of their names"
        )
        raise TrainingError(
            f"{photos} has no readable photograph in the training split{why}; add photographs, or leave out "
            "--photos"
        )
    return parts


def _read_worn(outlined: Path, vocabulary: Vocabulary, find: Find | None, bar: Bar) -> list[ImageSource]:
    """Read the training and the validation split of the worn garments."""
    parts, unreadable = [], Unreadable()
    step = bar("reading worn garments", len(read_outlined(outlined)))
    for part in ("train", "validation"):
        source, problems = read_worn(outlined, part, vocabulary, find=find, progress=lambda: step(1, None))
        parts.append(source)
        unreadable |= problems
    _log_unreadable("street photograph", unreadable)
    if not len(parts[0]):
        raise TrainingError(
            f"{outlined} has no readable garment in the training split, 75 % of the photographs by a hash of "
            "their ids; add photographs, or leave out --outlined"
        )
    return parts


def _read_streets(outlined: Path) -> list[np.ndarray]:
    streets = []
    for photograph in read_outlined(outlined):
        if outlined_split_of(photograph.id) == "train":
            try:
                streets.append(read_image(photograph.image_path, max_side=STREET_SIDE))
            except ImageError:
                continue  # named already, where its garments were read
    return streets


def _require_classes(catalogue: Catalogue, part: str, types: Iterable[str]) -> None:
    if not set(types) & set(LABELS):
        verb = {"train": "train on", "validation": "validate on"}[part]
        raise TrainingError(
            f"{catalogue.folder} has no product of the five classes to {verb}; expected articleType Tshirts, "
            f"Shirts, Jeans, Skirts or Kurtas, and enough products that one falls into the {part} split, "
            f"which takes {SPLIT_SHARES[part]} of them by a hash of their ids"
        )


def _log_unreadable(what: str, unreadable: Unreadable) -> None:
    for picture_id, problem in list(unreadable.items())[:NAMED_UNREADABLE]:
        log.warning("%s %s is left out, its picture cannot be read: %s", what, picture_id, problem)
    if len(unreadable) > NAMED_UNREADABLE:
        others = ", ".join(list(unreadable)[NAMED_UNREADABLE:])
        log.warning("left out for the same reason, %d more: %s", len(unreadable) - NAMED_UNREADABLE, others)
    if unreadable:
        log.warning("left out in all, %s that cannot be read", count_text(len(unreadable), "picture"))
