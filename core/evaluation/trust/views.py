"""Pictures as people hand them in, whose garment is known: what trust is calibrated and measured on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.catalogue.outlined import (
    OutlinedPhotograph,
    labelled_values,
    read_mask,
    read_mask_names,
    true_garments,
)
from core.errors import ImageError
from core.evaluation.photographs.garment_detection import TrueGarment, match_garments
from core.imaging.decode import QUERY_SIDE, read_image
from core.labels import PHOTO_LABELS
from core.retrieval.encoder import Encoder
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_part import GarmentChoice, garment_query
from core.retrieval.photograph.upright import stand_upright, turned
from core.retrieval.request import PictureQuery

FOLDER_KINDS: dict[str, tuple[str, ...]] = {
    **{folder: (label,) for folder, label in PHOTO_LABELS.items()},
    "longsleeve": ("Tshirts", "Tops"),
    "pants": ("Trousers", "Jeans"),
    "outwear": ("Jackets", "Sweatshirts", "Sweaters"),
    "dress": ("Dresses",),
    "shorts": ("Shorts",),
    "shoes": ("Shoes",),
    "hat": ("Hats",),
}
"""Folder of everyday photographs to the kinds of garment that fit it; see `core.labels.is_of_kind`."""

UNDECIDED_FOLDERS = ("longsleeve", "pants")
"""Folders that hold some of the five classes and some that are none: not asked whether they are known."""

EMPTY_SIDES = (100, 160)
"""Pixels of the squares of street that show no garment."""

EMPTY_EACH, TRIES = 2, 30
"""Squares of a photograph, and how often one is looked for."""

TURNED = "laid, turned by "
"""How the source of photographs begins that were turned before they were handed in."""

SEED = 20171


@dataclass(frozen=True, eq=False)
class LabelledView:
    """A picture that is searched with, and what of it is known.

    Attributes
    ----------
    source : str
        ``laid``, ``worn`` or ``nothing``.
    group : str
        The folder or the label under which it is reported.
    kinds : tuple of str
        The kinds of garment that are right; none where there is no garment.
    known : bool or None
        Whether it is one of the five classes; None where its label leaves that open.
    query : PictureQuery
        As the page makes it.
    """

    source: str
    group: str
    kinds: tuple[str, ...]
    known: bool | None
    query: PictureQuery


def laid_views(
    photographs: Sequence[tuple[str, Path]], encoder: Encoder, *, lying: int = 0
) -> Iterator[LabelledView]:
    """Give everyday photographs (folder, path) as the page searches with them first.

    Photographs of other folders than `FOLDER_KINDS`, and those that cannot be read, are left out.

    Parameters
    ----------
    photographs : sequence of (str, Path)
    encoder : Encoder
    lying : int
        Degrees clockwise by which each is turned before it is handed in; the source says so.
    """
    source = f"{TURNED}{lying}°" if lying else "laid"
    for folder, path in photographs:
        if folder not in FOLDER_KINDS:
            continue
        try:
            handed_in = turned(read_image(path, max_side=QUERY_SIDE), lying)
        except ImageError:
            continue
        image = stand_upright(handed_in, encoder).image
        query = garment_query(image, choose_garment(image, encoder))
        known = None if folder in UNDECIDED_FOLDERS else folder in PHOTO_LABELS
        yield LabelledView(source, folder, FOLDER_KINDS[folder], known, query)


def worn_views(
    folder: Path, photographs: Sequence[OutlinedPhotograph], encoder: Encoder
) -> Iterator[LabelledView]:
    """Give the garments of outlined street photographs as the page offers them, and squares without any.

    A garment is offered where one was found whose box overlaps the outline's; of a garment that is not found
    nothing is given. Photographs that only name their garments, or cannot be read, are left out.
    """
    names = read_mask_names(folder)
    generator = np.random.default_rng(SEED)
    for photograph in photographs:
        if photograph.mask_path is None:
            continue
        try:
            upright = stand_upright(read_image(photograph.image_path, max_side=QUERY_SIDE), encoder)
            image, mask = upright.image, turned(read_mask(photograph.mask_path), upright.turn)
        except ImageError:
            continue
        values = labelled_values(mask, names)
        true = [
            TrueGarment(label, box, mask == value)
            for value, (label, box) in zip(values, true_garments(mask, names), strict=True)
        ]
        found = choose_garment(image, encoder).garments
        for match in match_garments(found, true):
            label = true[match.true].label
            query = garment_query(image, GarmentChoice(found, match.found + 1))
            yield LabelledView("worn", label, (label,), label in PHOTO_LABELS.values(), query)
        yield from _empty_squares(image, mask == 0, encoder, generator)


def empty_views(n: int, encoder: Encoder) -> Iterator[LabelledView]:
    """Draw `n` pictures with nothing in them: one colour, noise, shaded and stained walls."""
    generator = np.random.default_rng(SEED)
    for number in range(n):
        height, width = ((600, 450), (400, 600), (500, 500))[number % 3]
        name, pixels = EMPTY_KINDS[number % len(EMPTY_KINDS)], generator.normal(0, 1, (height, width, 3))
        ground = generator.integers(0, 256, 3).astype(float)
        if name == "noise":
            pixels = generator.uniform(0, 256, pixels.shape)
        elif name == "shaded":
            pixels = ground + np.linspace(-60, 60, height)[:, None, None] + 4 * pixels
        elif name == "stained":
            stains = np.kron(pixels[: height // 40 + 1, : width // 40 + 1], np.ones((40, 40, 1)))
            pixels = ground + 20 * stains[:height, :width]
        else:
            pixels = ground + (0 if name == "blank" else 6) * pixels
        image = np.clip(pixels, 0, 255).astype(np.uint8)
        yield _empty(name, image, encoder)


EMPTY_KINDS = ("blank", "noise", "shaded", "grainy", "stained")
"""What `empty_views` draws."""


def _empty_squares(
    image: np.ndarray, ground: np.ndarray, encoder: Encoder, generator: np.random.Generator
) -> Iterator[LabelledView]:
    """Cut squares out of a photograph in which not one pixel in 200 is outlined."""
    scale = image.shape[0] / ground.shape[0]
    given = 0
    for _ in range(TRIES):
        side = int(generator.integers(*EMPTY_SIDES))
        top, left = (int(generator.integers(0, max(1, extent - side))) for extent in ground.shape)
        if given < EMPTY_EACH and ground[top : top + side, left : left + side].mean() > 0.995:
            given += 1
            top, left, side = (round(value * scale) for value in (top, left, side))
            yield _empty("street", image[top : top + side, left : left + side], encoder)


def _empty(group: str, image: np.ndarray, encoder: Encoder) -> LabelledView:
    query = garment_query(image, choose_garment(image, encoder))
    return LabelledView("nothing", group, (), False, query)
