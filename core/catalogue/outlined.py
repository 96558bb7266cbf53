"""Street photographs whose garments are outlined or named, in the layout of Clothing Co-Parsing.

Yang, Luo and Lin, CVPR 2014. ``photos.csv`` (``id,how,garments``) lists the photographs, ``photos/ID.jpg``.
Where ``how`` is ``outlined``, ``masks/ID.png`` gives each pixel a value that ``labels.csv``
(``value,name``) names; where it is ``named``, only the garments' names are known.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from core.errors import ImageError, TrainingError
from core.imaging.crop import Box, box_around
from core.imaging.decode import read_image

LEAST_SHARE = 0.001
"""Share of the picture's pixels below which an outlined garment is left out: a sliver at a coat's rim."""

_NAMES_OF_LABEL: dict[str, tuple[str, ...]] = {
    "Shirts": ("shirt",),
    "Tshirts": ("t-shirt",),
    "Jeans": ("jeans",),
    "Skirts": ("skirt",),
    "Tops": (
        "blouse",
        "bodysuit",
        "bra",
        "hoodie",
        "intimate",
        "jumper",
        "sweater",
        "sweatshirt",
        "top",
    ),
    "Jackets": ("blazer", "cape", "cardigan", "coat", "jacket", "suit", "vest"),
    "Dresses": ("dress", "romper"),
    "Trousers": ("leggings", "pants"),
    "Shorts": ("shorts",),
    "Shoes": (
        "boots",
        "clogs",
        "flats",
        "heels",
        "loafers",
        "pumps",
        "sandals",
        "shoes",
        "sneakers",
        "wedges",
    ),
    "Bags": ("bag", "purse", "wallet"),
    "Hats": ("hat",),
}

OUTLINED_LABELS: Mapping[str, str] = MappingProxyType(
    {name: label for label, names in _NAMES_OF_LABEL.items() for name in names}
)
"""Label of the garment finder, by the outline's name. Names that are not here (belt, socks) have none."""


@dataclass(frozen=True)
class OutlinedPhotograph:
    """A street photograph, and what is known of its garments.

    Attributes
    ----------
    id : str
    image_path : Path
    mask_path : Path or None
        Of the picture that gives each pixel a value; None where garments are only named.
    names : tuple of str
        What the photograph is said to show, in the words of ``labels.csv``.
    """

    id: str
    image_path: Path
    mask_path: Path | None
    names: tuple[str, ...]


def read_outlined(folder: Path) -> list[OutlinedPhotograph]:
    """List the photographs of a folder, in the order of its ``photos.csv``.

    Raises
    ------
    TrainingError
        If ``photos.csv`` is missing, lacks a column or names no photograph, or a photograph is neither
        outlined nor named.
    """
    photographs = []
    for row in _rows(folder / "photos.csv", ("id", "how", "garments")):
        if row["how"] not in ("outlined", "named"):
            raise TrainingError(
                f"{folder}/photos.csv, photograph {row['id']}: how is {row['how']!r}; "
                "expected outlined or named"
            )
        mask = folder / "masks" / f"{row['id']}.png" if row["how"] == "outlined" else None
        names = tuple(name for name in row["garments"].split(";") if name)
        photographs.append(OutlinedPhotograph(row["id"], folder / "photos" / f"{row['id']}.jpg", mask, names))
    return photographs


def read_mask_names(folder: Path) -> dict[int, str]:
    """Read what the values of the masks of a folder mean, from its ``labels.csv``.

    Every name is text, that of value 0 too: "null".

    Raises
    ------
    TrainingError
        If ``labels.csv`` is missing, lacks a column, or has a value that is no whole number.
    """
    names = {}
    for row in _rows(folder / "labels.csv", ("value", "name")):
        if not row["value"].isdecimal():
            raise TrainingError(
                f"{folder}/labels.csv: value {row['value']!r} of {row['name']!r} is no whole number"
            )
        names[int(row["value"])] = row["name"]
    return names


def read_mask(path: Path) -> np.ndarray:
    """Read a mask: a greyscale picture whose pixels are values of ``labels.csv``.

    Returns
    -------
    uint8 array (height, width)

    Raises
    ------
    ImageError
        If it cannot be read, or is in colour.
    """
    pixels = read_image(path)
    if (pixels != pixels[:, :, :1]).any():
        raise ImageError(f"{path.name} is in colour, expected one value a pixel: save the mask as greyscale.")
    return pixels[:, :, 0]


def labelled_values(mask: np.ndarray, names: Mapping[int, str]) -> dict[int, str]:
    """Return the values of a mask that are garments with a label, and that label.

    Parameters
    ----------
    mask : uint8 array (height, width)
    names : mapping of int to str
        What the values mean, as `read_mask_names` gives it.

    Returns
    -------
    dict of int to str
        By rising value. Garments below `LEAST_SHARE` of the pixels are left out.

    Examples
    --------
    >>> mask = np.array([[0, 38, 38], [0, 25, 4]], np.uint8)
    >>> labelled_values(mask, {0: "null", 4: "blazer", 25: "jeans", 38: "shirt"})
    {4: 'Jackets', 25: 'Jeans', 38: 'Shirts'}
    """
    values, counts = np.unique(mask, return_counts=True)
    return {
        int(value): OUTLINED_LABELS[names[value]]
        for value, count in zip(values, counts, strict=True)
        if names.get(value) in OUTLINED_LABELS and count >= LEAST_SHARE * mask.size
    }


def true_garments(mask: np.ndarray, names: Mapping[int, str]) -> list[tuple[str, Box]]:
    """Return the garments that a mask outlines, in the order of `labelled_values`.

    Two garments of one name are one: their outlines have one value. Two names of one label, a coat over a
    cardigan, are two.

    Parameters
    ----------
    mask : uint8 array (height, width)
    names : mapping of int to str
        What the values mean, as `read_mask_names` gives it.

    Returns
    -------
    list of (label, box)
        The box is around all pixels of the garment's value.

    Examples
    --------
    >>> true_garments(np.array([[0, 0, 38, 38], [0, 0, 0, 38]], np.uint8), {0: "null", 38: "shirt"})
    [('Shirts', (0.5, 0.0, 1.0, 1.0))]
    """
    return [(label, _box(mask == value)) for value, label in labelled_values(mask, names).items()]


def _box(shown: np.ndarray) -> Box:
    height, width = shown.shape
    left, top, right, bottom = box_around(shown)
    return left / width, top / height, right / width, bottom / height


def _rows(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    layout = "expected photos.csv (id,how,garments), labels.csv (value,name), photos/ID.jpg and masks/ID.png"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(f"{path} cannot be read ({type(error).__name__}); {layout}") from error
    if not rows:
        raise TrainingError(f"{path} has no rows; {layout}")
    if missing := [column for column in columns if column not in rows[0]]:
        raise TrainingError(f"{path} lacks the column {missing[0]}; {layout}")
    return rows
