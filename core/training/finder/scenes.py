"""The scenes that the garment finder learns from: pictures, and what is known of every pixel.

Four kinds. Outlined photographs of people name each pixel. Everyday photographs show one garment of a known
kind, whose outline is told from the ground by colour. Products stand on white: what is not white is the
garment, or somebody who wears it. Rendered garments are cut out exactly.

What is known of a pixel is a set of labels, one of which it has: partial labels, as in Cour, Sapp and Taskar
2011, "Learning from partial labels". A pixel of a photographed long-sleeved garment is a t-shirt's, a shirt's
or a top's; one of a worn kurta's picture is the kurta's, or skin, or the trousers' beneath it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from core.catalogue.kaggle import Catalogue
from core.catalogue.outlined import OUTLINED_LABELS, OutlinedPhotograph, labelled_values, read_mask
from core.demo import draw_garment_rgba, plan_catalogue
from core.imaging.crop import box_around
from core.imaging.decode import read_image
from core.imaging.foreground import segment_garment
from core.imaging.resize import resize, shrink
from core.models.finder.labels import FINDER_LABELS
from core.training.data.augmentation import remove_white_background

NOTHING = 1
"""The set of no garment alone; the set of label number n of `FINDER_LABELS` is 2 << n, and sets add up."""

UNKNOWN = 0
"""Nothing is known of the pixel, and nothing learned from it."""


def set_of(*labels: str) -> int:
    """Return the set of some labels.

    Examples
    --------
    >>> set_of("Tshirts"), set_of("Tshirts", "Shirts")
    (2, 6)
    """
    return sum(2 << FINDER_LABELS.index(label) for label in labels)


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and what is known of it.

    Attributes
    ----------
    image : uint8 array (height, width, 3)
    sets : uint16 array (height, width)
        The labels each pixel may have.
    instance : uint8 array (height, width)
        Which garment a pixel is part of, counted from 1; 0 where it is of none whose box is known.
    boxes : float32 array (n, 4)
        Left, top, right, bottom in pixels, of each garment.
    alpha : uint8 array (height, width), optional
        Of what is cut out; elsewhere any ground may show.
    weight : float
        How often it is drawn among the scenes of its kind, at most 1.
    own : int
        Where it shows one garment and no person, the labels that the garment may have; else 0.
    """

    image: np.ndarray
    sets: np.ndarray
    instance: np.ndarray
    boxes: np.ndarray
    alpha: np.ndarray | None = None
    weight: float = 1.0
    own: int = 0


# Outlined photographs ---------------------------------------------------------------------------------

COMMON = frozenset({"Shoes", "Bags", "Jackets", "Dresses", "Trousers", "Tops"})
"""Labels of so many outlined photographs that one with none other is drawn half as often."""


def outlined_scene(photograph: OutlinedPhotograph, names: Mapping[int, str]) -> Scene:
    """Read an outlined photograph; `names` says what the values of its mask mean."""
    image = read_image(photograph.image_path)
    mask = read_mask(photograph.mask_path) if photograph.mask_path else np.zeros(image.shape[:2], np.uint8)
    sets = np.full(mask.shape, NOTHING, np.uint16)
    for value in np.unique(mask):
        if names[int(value)] in OUTLINED_LABELS:
            sets[mask == value] = set_of(OUTLINED_LABELS[names[int(value)]])
    instance = np.zeros(mask.shape, np.uint8)
    boxed = labelled_values(mask, names)
    for number, value in enumerate(boxed, start=1):
        instance[mask == value] = number
    boxes = [box_around(instance == number + 1) for number in range(len(boxed))]
    weight = 1.0 if set(boxed.values()) - COMMON else 0.5
    return Scene(image, sets, instance, boxes_array(boxes), weight=weight)


def named_scene(photograph: OutlinedPhotograph) -> Scene:
    """Read a photograph whose garments are only named: every pixel may be of one of them, or of none."""
    image = read_image(photograph.image_path)
    labels = sorted({OUTLINED_LABELS[name] for name in photograph.names if name in OUTLINED_LABELS})
    sets = np.full(image.shape[:2], NOTHING | set_of(*labels), np.uint16)
    return Scene(image, sets, np.zeros(sets.shape, np.uint8), boxes_array([]))


# Everyday photographs of one garment ------------------------------------------------------------------

PHOTO_SETS: Mapping[str, tuple[str, ...]] = {
    "t-shirt": ("Tshirts",),
    "shirt": ("Shirts",),
    "jeans": ("Jeans",),
    "skirt": ("Skirts",),
    "dress": ("Dresses",),
    "shorts": ("Shorts",),
    "hat": ("Hats",),
    "shoes": ("Shoes",),
    "longsleeve": ("Tshirts", "Shirts", "Tops"),
    "outwear": ("Jackets", "Tops"),
    "pants": ("Trousers", "Jeans"),
}
"""By folder, the labels that its garments may have."""

PHOTO_SIDE = 400
"""Longest side, in pixels, that everyday photographs are kept with."""


def photograph_scene(path: Path, kind: str) -> Scene:
    """Read an everyday photograph of one garment, whose outline is guessed by colour.

    Only the inside of what stands out is surely the garment, and only what is far from it surely none.
    """
    image = shrink(read_image(path, max_side=PHOTO_SIDE), PHOTO_SIDE)
    garment = segment_garment(image)
    label = set_of(*PHOTO_SETS[kind])
    inner = ndimage.binary_erosion(garment.mask, iterations=3)
    outer = ndimage.binary_dilation(garment.mask, iterations=5)
    share = garment.mask.mean()
    small = np.where(inner, label, np.where(outer, label | NOTHING, NOTHING))
    trusted = 0.12 < share < 0.8 and inner.any()
    if not trusted:
        small = np.full(garment.mask.shape, label | NOTHING)
        high, wide = garment.mask.shape[:2]
        small[round(0.4 * high) : round(0.6 * high), round(0.4 * wide) : round(0.6 * wide)] = label
    sets = enlarged(small.astype(np.uint16), image.shape)
    instance = np.zeros(sets.shape, np.uint8)
    if not trusted:
        return Scene(image, sets, instance, boxes_array([]), own=label)
    top, bottom, left, right = garment.box
    down, across = image.shape[0] / garment.mask.shape[0], image.shape[1] / garment.mask.shape[1]
    instance[enlarged(garment.mask.astype(np.uint8), image.shape) > 0] = 1
    box = (left * across, top * down, right * across, bottom * down)
    return Scene(image, sets, instance, boxes_array([box]), own=label)


# Products ---------------------------------------------------------------------------------------------

UPPER, LOWER = (
    ("Tshirts", "Shirts", "Kurtas", "Tops", "Jackets", "Dresses"),
    ("Jeans", "Skirts", "Trousers", "Shorts"),
)

ARTICLE_LABELS: Mapping[str, str] = {
    "Tshirts": "Tshirts",
    "Shirts": "Shirts",
    "Jeans": "Jeans",
    "Skirts": "Skirts",
    "Kurtas": "Kurtas",
    "Kurtis": "Kurtas",
    "Tops": "Tops",
    "Tunics": "Tops",
    "Sweatshirts": "Tops",
    "Sweaters": "Tops",
    "Camisoles": "Tops",
    "Jackets": "Jackets",
    "Blazers": "Jackets",
    "Rain Jacket": "Jackets",
    "Dresses": "Dresses",
    "Jumpsuit": "Dresses",
    "Trousers": "Trousers",
    "Track Pants": "Trousers",
    "Leggings": "Trousers",
    "Capris": "Trousers",
    "Shorts": "Shorts",
    "Casual Shoes": "Shoes",
    "Sports Shoes": "Shoes",
    "Formal Shoes": "Shoes",
    "Heels": "Shoes",
    "Flats": "Shoes",
    "Sandals": "Shoes",
    "Handbags": "Bags",
    "Backpacks": "Bags",
    "Clutches": "Bags",
    "Laptop Bag": "Bags",
    "Caps": "Hats",
    "Hat": "Hats",
}
"""The label of those article types that have one."""

PRODUCT_HEIGHT = 160  # pixels that products of 80 are enlarged to


def product_scene(image: np.ndarray, label: str) -> Scene | None:
    """Make a scene of a product on white; None where it does not stand on white.

    Shoes, bags and hats stand alone, and their outline gives their box. Clothes may be worn: the middle of
    the upper or lower half is surely of them, the rest of the outline may be skin or another garment.
    """
    scale = PRODUCT_HEIGHT / image.shape[0]
    image = resize(image, PRODUCT_HEIGHT, max(1, round(image.shape[1] * scale)))
    alpha = remove_white_background(image)[..., 3]
    solid = ndimage.binary_fill_holes(alpha > 127)
    if not 0.05 < solid.mean() < 0.9:
        return None
    left, top, right, bottom = box_around(solid)
    only = set_of(label)
    sets = np.full(solid.shape, NOTHING, np.uint16)
    instance, boxes = np.zeros(solid.shape, np.uint8), []
    if label in UPPER or label in LOWER:
        around = (*LOWER, "Shoes", "Hats", "Bags") if label in UPPER else ("Shoes", "Tops", "Tshirts", "Bags")
        sets[solid] = only | NOTHING | set_of(*(other for other in around if other != label))
        down, across = np.mgrid[: solid.shape[0], : solid.shape[1]]
        down, across = (down - top) / (bottom - top), (across - left) / (right - left)
        low, high = (0.3, 0.5) if label in UPPER else (0.25, 0.6)
        middle = solid & (abs(across - 0.5) < 0.2) & (low < down) & (down < high)
        sets[middle] = only
    else:
        sets[solid] = only
        instance[solid] = 1
        boxes.append((left, top, right, bottom))
    alpha = np.where(solid & (alpha == 0), 255, alpha)  # white inside the outline is the garment's own
    return Scene(image, sets, instance, boxes_array(boxes), alpha)


def product_scenes(
    catalogue: Catalogue, rows: np.ndarray, *, most: int, seed: int, progress: Callable[[], None]
) -> list[Scene]:
    """Read at most `most` products of each label among `rows`, chosen by `seed`."""
    rng = np.random.default_rng(seed)
    types = catalogue.products["articleType"].to_numpy(object)
    scenes: list[Scene] = []
    for label in FINDER_LABELS:
        mine = np.array([row for row in rows if ARTICLE_LABELS.get(types[row]) == label], int)
        for row in rng.permutation(mine)[:most]:
            scene = product_scene(read_image(catalogue.image_paths[row]), label)
            if scene is not None:
                scenes.append(scene)
            progress()
    return scenes


# Renders ----------------------------------------------------------------------------------------------


def render_scenes(n: int, seed: int, *, progress: Callable[[], None]) -> list[Scene]:
    """Render garments of the five classes, cut out exactly."""
    scenes = []
    for garment in plan_catalogue(seed, n):
        rgba = draw_garment_rgba(garment, 240, 180)
        solid = rgba[..., 3] > 127
        sets = np.where(solid, set_of(garment.article_type), NOTHING).astype(np.uint16)
        scenes.append(
            Scene(
                np.ascontiguousarray(rgba[..., :3]),
                sets,
                solid.astype(np.uint8),
                boxes_array([box_around(solid)]),
                np.ascontiguousarray(rgba[..., 3]),
            )
        )
        progress()
    return scenes


def boxes_array(boxes: Sequence[tuple[float, float, float, float]]) -> np.ndarray:
    """Return boxes as a float32 array (n, 4)."""
    return np.array(boxes, np.float32).reshape(-1, 4)


def enlarged(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Enlarge a map to a picture's height and width, each pixel the value of the nearest."""
    rows = np.arange(shape[0]) * values.shape[0] // shape[0]
    columns = np.arange(shape[1]) * values.shape[1] // shape[1]
    return values[rows[:, None], columns]
