"""Everything a network can be shown in training, as pixels and answers held in memory.

Three sources: products of a shop on white, everyday photographs, and garments that `core.demo` draws.
Each picture carries what is known about it and says nothing where nothing is known: a photographed
dress has no class of ours and no colour, but its type is one of the shop's.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.catalogue.kaggle import Catalogue
from core.catalogue.photographs import find_photographs
from core.catalogue.split import photo_split_of, split_of
from core.demo import draw_garment_rgba, plan_catalogue
from core.imaging.decode import read_image
from core.imaging.resize import letterbox
from core.labels import LABELS, PHOTO_LABELS

HEIGHT, WIDTH = 160, 120
PRODUCT_HEIGHT, PRODUCT_WIDTH = 80, 60

# What a photograph's folder can be in the words of the shop. Several names: one of them, unsaid which.
PHOTO_TYPES: dict[str, tuple[str, ...]] = {
    "t-shirt": ("Tshirts",),
    "shirt": ("Shirts",),
    "jeans": ("Jeans",),
    "skirt": ("Skirts",),
    "dress": ("Dresses",),
    "shorts": ("Shorts",),
    "hat": ("Caps", "Hat"),
    "longsleeve": ("Tshirts", "Tops", "Sweatshirts", "Sweaters", "Shirts"),
    "outwear": ("Jackets", "Sweaters", "Sweatshirts", "Blazers", "Rain Jacket", "Waistcoat"),
    "pants": ("Trousers", "Track Pants", "Jeans", "Leggings", "Jeggings", "Capris", "Lounge Pants"),
    "shoes": (
        "Casual Shoes",
        "Sports Shoes",
        "Formal Shoes",
        "Flats",
        "Heels",
        "Sandals",
        "Flip Flops",
        "Sports Sandals",
    ),
}

# Kinds of photograph that are surely none of the classes.
FAR_PHOTOS = ("hat", "shoes")
# The master category whose other types stand too near the classes to be called something else.
NEAR_CATEGORY = "Apparel"

UNSAID = -1


@dataclass(frozen=True)
class Source:
    """Pictures of one kind and the answers to them.

    Attributes
    ----------
    kind : {"products", "photographs", "renders"}
        What they are, which decides how they are shown.
    pixels : uint8 array (n, height, width, 3 or 4)
        RGB on white, or RGBA where the garment is cut out.
    label : int array (n,)
        Class, as a place in `LABELS`, or `UNSAID`.
    known : int array (n,)
        1: one of the classes, 0: surely none of them, `UNSAID`: too near to tell.
    types : bool array (n, number of types)
        The article types it may have; no true value where nothing is known.
    colour : int array (n,)
        Base colour, as a place in the vocabulary, or `UNSAID`.
    group : object array (n,)
        What it is called in its own source, to balance by: the article type, or the folder's name.
    """

    kind: str
    pixels: np.ndarray
    label: np.ndarray
    known: np.ndarray
    types: np.ndarray
    colour: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, rows: np.ndarray) -> "Source":
        """Return the pictures of `rows`, in their order."""
        fields = (self.pixels, self.label, self.known, self.types, self.colour, self.group)
        return Source(self.kind, *(field[rows] for field in fields))


@dataclass(frozen=True)
class Vocabulary:
    """The article types and base colours that training distinguishes, in a fixed order."""

    types: tuple[str, ...]
    colours: tuple[str, ...]

    @classmethod
    def of(cls, catalogue: Catalogue) -> "Vocabulary":
        """Take every type and colour of the training part, sorted."""
        rows = product_rows(catalogue, "train")
        products = catalogue.products.iloc[rows]
        colours = set(products["baseColour"]) - {"", "NA"}
        # A shop that names no colour has one all the same, the unnamed, so that no softmax is over nothing.
        return cls(tuple(sorted(set(products["articleType"]) - {""})), tuple(sorted(colours)) or ("",))


def product_rows(catalogue: Catalogue, part: str) -> np.ndarray:
    """Return the rows of one part of the split, in the catalogue's order."""
    return np.flatnonzero([split_of(product_id) == part for product_id in catalogue.ids])


def read_products(
    catalogue: Catalogue, rows: np.ndarray, vocabulary: Vocabulary, progress: Callable[[], None]
) -> Source:
    """Read the pictures of `rows` at 80×60.

    Raises
    ------
    ImageError
        If a picture cannot be read; `index` names such products and leaves them out.
    """
    pixels = _read([catalogue.image_paths[row] for row in rows], PRODUCT_HEIGHT, PRODUCT_WIDTH, progress)
    products = catalogue.products.iloc[rows]
    types = products["articleType"].to_numpy()
    label = _places(types, LABELS)
    near = (products["masterCategory"] == NEAR_CATEGORY).to_numpy()
    known = np.where(label >= 0, 1, np.where(near, UNSAID, 0))
    return Source(
        "products",
        pixels,
        label,
        known,
        types[:, None] == np.array(vocabulary.types, object)[None, :],
        _places(products["baseColour"], vocabulary.colours),
        types,
    )


def read_photographs(folder: Path, part: str, vocabulary: Vocabulary, progress: Callable[[], None]) -> Source:
    """Read one part of the training photographs at 160×120."""
    found = [(kind, path) for kind, path in find_photographs(folder) if photo_split_of(path.stem) == part]
    kinds = np.array([kind for kind, _ in found], object)
    label = np.array(
        [LABELS.index(PHOTO_LABELS[kind]) if kind in PHOTO_LABELS else UNSAID for kind in kinds], int
    )
    known = np.where(label >= 0, 1, np.where(np.isin(kinds, FAR_PHOTOS), 0, UNSAID))
    types = np.array([[name in PHOTO_TYPES.get(kind, ()) for name in vocabulary.types] for kind in kinds])
    return Source(
        "photographs",
        _read([path for _, path in found], HEIGHT, WIDTH, progress),
        label,
        known,
        types.reshape(len(found), len(vocabulary.types)),
        np.full(len(found), UNSAID),
        kinds,
    )


def draw_renders(n: int, seed: int, vocabulary: Vocabulary, progress: Callable[[], None]) -> Source:
    """Draw garments that are in no catalogue, cut out, at 160×120."""
    garments = plan_catalogue(seed, n)
    pixels = np.empty((len(garments), HEIGHT, WIDTH, 4), np.uint8)
    for row, garment in enumerate(garments):
        pixels[row] = draw_garment_rgba(garment, HEIGHT, WIDTH)
        progress()
    types = np.array([garment.article_type for garment in garments], object)
    return Source(
        "renders",
        pixels,
        _places(types, LABELS),
        np.ones(len(garments), int),
        types[:, None] == np.array(vocabulary.types, object)[None, :],
        _places([garment.base_colour for garment in garments], vocabulary.colours),
        types,
    )


def _read(paths: Sequence[Path], height: int, width: int, progress: Callable[[], None]) -> np.ndarray:
    pixels = np.empty((len(paths), height, width, 3), np.uint8)

    def one(row: int) -> None:
        image = read_image(paths[row], max_side=2 * height)
        pixels[row] = letterbox(image, height, width)

    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(one, range(len(paths))):
            progress()
    return pixels


def _places(values: Sequence[str], names: Sequence[str]) -> np.ndarray:
    place = {name: number for number, name in enumerate(names)}
    return np.array([place.get(value, UNSAID) for value in values], int)
