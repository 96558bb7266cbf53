"""Garments as people wear them: crops of street photographs, labelled by their outlines or their names.

An outlined garment is cropped to its box, as a search by the finder's box sees it, loosely, askew, and laid
on white. Where a photograph's garments are only named, the garment finder says where they are: a garment
found on the upper body has the one name that the photograph has for the upper body, if it has just one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from core.catalogue.outlined import (
    OUTLINED_LABELS,
    OutlinedPhotograph,
    labelled_values,
    read_mask,
    read_mask_names,
    read_outlined,
)
from core.catalogue.split import outlined_split_of
from core.errors import ImageError
from core.imaging.crop import Box, box_around
from core.imaging.decode import read_image
from core.imaging.resize import letterbox
from core.labels import LABELS
from core.models.finder.garment import Garment
from core.training.data.sources import (
    HEIGHT,
    LOOK_VALUES,
    UNLABELLED,
    WIDTH,
    ImageSource,
    Unreadable,
    Vocabulary,
    places_of,
)

_BOTTOMS = ("Trousers", "Track Pants", "Jeans", "Leggings", "Jeggings", "Capris", "Lounge Pants")
_OUTER = ("Jackets", "Blazers", "Rain Jacket", "Sweaters", "Sweatshirts", "Waistcoat", "Shrug")
_SHOES = ("Casual Shoes", "Sports Shoes", "Formal Shoes", "Flats", "Heels", "Sandals")

WORN_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "t-shirt": ("Tshirts",),
        "shirt": ("Shirts",),
        "jeans": ("Jeans",),
        "skirt": ("Skirts",),
        "blouse": ("Tops", "Shirts", "Tunics"),
        "top": ("Tops", "Camisoles", "Tunics"),
        "jumper": ("Sweaters", "Sweatshirts", "Tops"),
        "sweater": ("Sweaters", "Sweatshirts", "Tops"),
        "sweatshirt": ("Sweatshirts",),
        "hoodie": ("Sweatshirts",),
        "pants": _BOTTOMS,
        "leggings": ("Leggings", "Jeggings", "Tights"),
        "shorts": ("Shorts",),
        "dress": ("Dresses",),
        "romper": ("Rompers", "Jumpsuit", "Dresses"),
        "blazer": ("Blazers", "Jackets"),
        "jacket": ("Jackets", "Rain Jacket", "Blazers"),
        "coat": _OUTER,
        "cape": _OUTER,
        "cardigan": _OUTER,
        "suit": ("Blazers", "Jackets", "Suits"),
        "vest": ("Waistcoat", "Jackets", "Tops"),
        "boots": _SHOES,
        "clogs": _SHOES,
        "flats": ("Flats", "Casual Shoes", "Sandals"),
        "heels": ("Heels", "Sandals"),
        "loafers": ("Casual Shoes", "Formal Shoes", "Flats"),
        "pumps": ("Heels", "Flats"),
        "sandals": ("Sandals", "Flats", "Heels", "Sports Sandals"),
        "shoes": _SHOES,
        "sneakers": ("Casual Shoes", "Sports Shoes"),
        "wedges": ("Heels", "Sandals", "Flats"),
        "bag": ("Handbags", "Backpacks", "Clutches", "Messenger Bag"),
        "purse": ("Handbags", "Clutches", "Wallets"),
        "wallet": ("Wallets", "Clutches", "Handbags"),
        "hat": ("Caps", "Hat"),
    }
)
"""The article types that a garment of a street photograph may have, by its name there."""

FAR_LABELS = frozenset({"Dresses", "Jackets", "Shorts", "Shoes", "Bags", "Hats"})
"""The finder's labels of what is surely none of the five classes."""

REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "Tshirts": "upper",
        "Shirts": "upper",
        "Tops": "upper",
        "Kurtas": "upper",
        "Jackets": "outer",
        "Dresses": "whole",
        "Jeans": "lower",
        "Trousers": "lower",
        "Skirts": "lower",
        "Shorts": "lower",
        "Shoes": "feet",
        "Bags": "bag",
        "Hats": "head",
    }
)
"""The part of the body that garments of a label are worn on."""

CLOTHES = frozenset({"upper", "outer", "whole", "lower"})

LEAST_BOX, LEAST_FILL = 0.015, 0.3
"""Share of a photograph that the box of an outlined piece of clothing covers at least, and of which share of
its box it is seen, to be learned from."""

Find = Callable[[np.ndarray], Sequence[Garment]]
"""The garment finder: from a picture to the garments in it, the likeliest first."""


@dataclass(frozen=True, eq=False)
class WornGarment:
    """One crop of a garment.

    Attributes
    ----------
    id : str
        Of the photograph, the garment and the crop.
    name : str
        As the photograph names the garment.
    pixels : uint8 array (160, 120, 3)
    """

    id: str
    name: str
    pixels: np.ndarray


def read_worn(
    folder: Path, part: str, vocabulary: Vocabulary, *, find: Find | None, progress: Callable[[], None]
) -> tuple[ImageSource, Unreadable]:
    """Read the garments of one split of a folder of street photographs, at 160×120.

    The training split has several crops of each garment, the others the one to its box.

    Parameters
    ----------
    folder : Path
        As of `core.catalogue.outlined`.
    part : {"train", "validation", "test"}
    vocabulary : Vocabulary
    find : callable, optional
        By which garments that are only named are found; without it they are left out.
    progress : callable
        Called once a photograph.

    Returns
    -------
    ImageSource
        Of the kind ``worn``.
    dict of str to str
        Photograph to why it cannot be read.
    """
    mask_names = read_mask_names(folder)
    garments: list[WornGarment] = []
    unreadable: Unreadable = {}
    for photograph in read_outlined(folder):
        if outlined_split_of(photograph.id) != part:
            continue
        try:
            if photograph.mask_path:
                garments += outlined_garments(photograph, mask_names, several=part == "train")
            elif find:
                garments += named_garments(photograph, find, several=part == "train")
        except ImageError as error:
            unreadable[photograph.id] = str(error)
        progress()
    return _source(garments, vocabulary), unreadable


def outlined_garments(
    photograph: OutlinedPhotograph, mask_names: Mapping[int, str], *, several: bool
) -> Iterator[WornGarment]:
    """Crop the garments that a photograph outlines."""
    assert photograph.mask_path is not None
    image, mask = read_image(photograph.image_path), read_mask(photograph.mask_path)
    rng = np.random.default_rng(int.from_bytes(photograph.id.encode(), "big"))
    for value, label in labelled_values(mask, mask_names).items():
        shown = mask == value
        box = box_around(shown)
        if REGIONS[label] in CLOTHES and _is_sliver(shown, box):
            continue
        crops = list(_crops(image, box, rng, several=several and REGIONS[label] in CLOTHES))
        if several and REGIONS[label] in CLOTHES:
            crops.append(crop(np.where(shown[..., None], image, np.uint8(255)), box))
        for number, pixels in enumerate(crops):
            name = mask_names[value]
            yield WornGarment(f"{photograph.id}/{name}/{number}", name, letterbox(pixels, HEIGHT, WIDTH))


def named_garments(photograph: OutlinedPhotograph, find: Find, *, several: bool) -> Iterator[WornGarment]:
    """Crop the garments of a photograph that are found, and whose name there is no doubt about."""
    names = sole_names(photograph.names)
    image = read_image(photograph.image_path)
    rng = np.random.default_rng(int.from_bytes(photograph.id.encode(), "big"))
    for garment in find(image):
        region = REGIONS[garment.label]
        if region not in names:
            continue
        name = names.pop(region)  # the likeliest of the region alone
        left, top, right, bottom = _in_pixels(garment.box, image)
        crops = _crops(image, (left, top, right, bottom), rng, several=several and region in CLOTHES)
        for number, pixels in enumerate(crops):
            yield WornGarment(f"{photograph.id}/{name}/{number}", name, letterbox(pixels, HEIGHT, WIDTH))


def sole_names(names: Iterable[str]) -> dict[str, str]:
    """Return the name of each part of the body that a photograph has just one garment named for.

    Examples
    --------
    >>> sole_names(("t-shirt", "jeans", "coat", "jacket", "belt"))
    {'upper': 't-shirt', 'lower': 'jeans'}
    """
    by_region: dict[str, list[str]] = {}
    for name in names:
        if name in WORN_TYPES:
            by_region.setdefault(REGIONS[OUTLINED_LABELS[name]], []).append(name)
    return {region: named[0] for region, named in by_region.items() if len(named) == 1}


def crop(image: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """Return the part of a picture within left, top, right, bottom, as far as there is picture."""
    left, top, right, bottom = box
    return image[max(0, top) : max(1, bottom), max(0, left) : max(1, right)]


def _crops(
    image: np.ndarray, box: tuple[int, int, int, int], rng: np.random.Generator, *, several: bool
) -> Iterator[np.ndarray]:
    """Yield the crop to the box, and where several are wanted a loose one and one askew."""
    yield crop(image, box)
    if several:
        left, top, right, bottom = box
        sides = np.array([right - left, bottom - top] * 2)
        outwards = np.array([-1, -1, 1, 1])
        for share in (np.full(4, 0.18), rng.uniform(-0.12, 0.15, 4)):
            askew = np.array(box) + np.rint(outwards * share * sides).astype(int)
            yield crop(image, (int(askew[0]), int(askew[1]), int(askew[2]), int(askew[3])))


def _is_sliver(shown: np.ndarray, box: tuple[int, int, int, int]) -> bool:
    """Whether so little of a garment is seen that nobody could name it: a collar above a coat."""
    left, top, right, bottom = box
    area = (right - left) * (bottom - top)
    return area < LEAST_BOX * shown.size or shown.sum() < LEAST_FILL * area


def _in_pixels(box: Box, image: np.ndarray) -> tuple[int, int, int, int]:
    high, wide = image.shape[:2]
    left, top, right, bottom = box
    return round(left * wide), round(top * high), round(right * wide), round(bottom * high)


def _source(garments: Sequence[WornGarment], vocabulary: Vocabulary) -> ImageSource:
    names = np.array([garment.name for garment in garments], object)
    labels = [OUTLINED_LABELS[name] for name in names]
    types = np.array([[of in WORN_TYPES.get(name, ()) for of in vocabulary.types] for name in names], bool)
    label = places_of(labels, LABELS)
    return ImageSource(
        kind="worn",
        ids=np.array([garment.id for garment in garments], object),
        pixels=np.array([garment.pixels for garment in garments], np.uint8).reshape(-1, HEIGHT, WIDTH, 3),
        label=label,
        known=np.where(label >= 0, 1, np.where(np.isin(labels, list(FAR_LABELS)), 0, UNLABELLED)),
        types=types.reshape(len(garments), len(vocabulary.types)),
        colour=np.full(len(garments), UNLABELLED),
        looks=np.zeros((len(garments), len(LOOK_VALUES)), bool),
        group=names,
    )
