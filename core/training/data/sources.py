"""The sources of training pictures, held in memory with their labels.

Three kinds: products of a shop on white, everyday photographs, and garments that `core.demo` renders. A
picture may be labelled in part: a photographed dress has none of the five classes and no base colour, but
its article type is one of the shop's. A picture that cannot be read is named and left out.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.catalogue.kaggle import Catalogue
from core.catalogue.looks import LOOKS, look_of
from core.catalogue.photographs import find_photographs
from core.catalogue.split import photo_split_of, split_of
from core.demo import draw_garment_rgba, plan_catalogue
from core.errors import ImageError
from core.imaging.decode import read_image
from core.imaging.resize import letterbox
from core.labels import LABELS, OUT_OF_CLASS_PHOTOS, PHOTO_LABELS

HEIGHT, WIDTH = 160, 120
PRODUCT_HEIGHT, PRODUCT_WIDTH = 80, 60

# The article types that photographs of a folder may have. Several: one of them, unknown which.
PHOTO_TYPES: dict[str, tuple[str, ...]] = {
    "t-shirt": ("Tshirts",),
    "shirt": ("Shirts",),
    "jeans": ("Jeans",),
    "skirt": ("Skirts",),
    "kurta": ("Kurtas",),
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

# The master category whose types look too much like the classes to count as out of class, but for these.
NEAR_CATEGORY = "Apparel"
FAR_TYPES = frozenset(
    {
        "Blazers",
        "Boxers",
        "Bra",
        "Briefs",
        "Dresses",
        "Jackets",
        "Lehenga Choli",
        "Nehru Jackets",
        "Rain Jacket",
        "Sarees",
        "Shorts",
        "Swimwear",
        "Trunk",
    }
)

UNLABELLED = -1

LOOK_VALUES: tuple[tuple[str, str], ...] = tuple(
    (attribute, value) for attribute, values in LOOKS.items() for value in values
)
"""Attribute and value of each column of an `ImageSource`'s looks."""


def look_columns(attribute: str) -> slice:
    """Return the columns of one attribute of `LOOKS`.

    Examples
    --------
    >>> look_columns("pattern"), look_columns("collar")
    (slice(0, 8, None), slice(8, 11, None))
    """
    places = [place for place, (name, _) in enumerate(LOOK_VALUES) if name == attribute]
    return slice(places[0], places[-1] + 1)


@dataclass(frozen=True)
class ImageSource:
    """Pictures of one kind and their labels.

    Attributes
    ----------
    kind : {"products", "photographs", "worn", "renders"}
        What they are, which decides how they are augmented.
    ids : object array (n,)
        Product id; of a photograph its folder and file name.
    pixels : uint8 array (n, height, width, 3 or 4)
        RGB on white, or RGBA where the garment is cut out.
    label : int array (n,)
        Class, as a place in `LABELS`, or `UNLABELLED`.
    known : int array (n,)
        1: one of the classes, 0: surely none of them, `UNLABELLED`: too near to tell.
    types : bool array (n, number of types)
        The article types it may have; no true value where it is unlabelled.
    colour : int array (n,)
        Base colour, as a place in the vocabulary, or `UNLABELLED`.
    looks : bool array (n, number of looks)
        What its name says of its look, a column a value of `LOOK_VALUES`; none true where nothing is said.
    group : object array (n,)
        What sampling balances by: the article type, or the folder's name.
    """

    kind: str
    ids: np.ndarray
    pixels: np.ndarray
    label: np.ndarray
    known: np.ndarray
    types: np.ndarray
    colour: np.ndarray
    looks: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, rows: np.ndarray) -> "ImageSource":
        """Return the pictures of `rows`, in their order; `rows` are numbers or one truth value a row."""
        arrays = ("ids", "pixels", "label", "known", "types", "colour", "looks", "group")
        return replace(self, **{name: getattr(self, name)[rows] for name in arrays})

    def fingerprint(self) -> str:
        """Return a hash of ids, pixels and labels: of everything that training learns from."""
        digest = hashlib.sha256(self.kind.encode())
        digest.update(repr(self.pixels.shape).encode())
        digest.update(np.ascontiguousarray(self.pixels).data)
        for names in (self.ids, self.group):
            digest.update("\n".join(map(str, names)).encode())
        for values in (self.label, self.known, self.types, self.colour, self.looks):
            digest.update(np.ascontiguousarray(values, np.int64).data)
        return digest.hexdigest()


@dataclass(frozen=True)
class Vocabulary:
    """The article types and base colours that training distinguishes, in a fixed order."""

    types: tuple[str, ...]
    colours: tuple[str, ...]

    @classmethod
    def of(cls, catalogue: Catalogue) -> "Vocabulary":
        """Take every type and colour of the training split, sorted."""
        rows = product_rows(catalogue, "train")
        products = catalogue.products.iloc[rows]
        colours = set(products["baseColour"]) - {"", "NA"}
        # A shop that names no colour has one all the same, the unnamed, so that no softmax is over nothing.
        return cls(tuple(sorted(set(products["articleType"]) - {""})), tuple(sorted(colours)) or ("",))

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many article types, base colours and patterns there are."""
        return len(self.types), len(self.colours), len(LOOKS["pattern"])


Unreadable = dict[str, str]
"""Why pictures cannot be read, by product id or by the folder and file name of a photograph."""


def product_rows(catalogue: Catalogue, part: str) -> np.ndarray:
    """Return the rows of one split, in the catalogue's order."""
    return np.flatnonzero([split_of(product_id) == part for product_id in catalogue.ids])


def read_products(
    catalogue: Catalogue, rows: np.ndarray, vocabulary: Vocabulary, *, progress: Callable[[], None]
) -> tuple[ImageSource, Unreadable]:
    """Read the pictures of `rows` at 80×60, and tell which cannot be read.

    Returns
    -------
    ImageSource
        The products that can be read.
    dict of str to str
        Product id to what is wrong with its picture.
    """
    products = catalogue.products.iloc[rows]
    paths = [catalogue.image_paths[row] for row in rows]
    ids = products["id"].to_numpy(object)
    pixels, unreadable = _read_pictures(paths, ids, PRODUCT_HEIGHT, PRODUCT_WIDTH, progress)
    types = products["articleType"].to_numpy(object)
    label = places_of(types, LABELS)
    near = (products["masterCategory"] == NEAR_CATEGORY).to_numpy() & ~np.isin(types, list(FAR_TYPES))
    source = ImageSource(
        kind="products",
        ids=ids,
        pixels=pixels,
        label=label,
        known=np.where(label >= 0, 1, np.where(near, UNLABELLED, 0)),
        types=types[:, None] == np.array(vocabulary.types, object)[None, :],
        colour=places_of(products["baseColour"], vocabulary.colours),
        looks=looks_of(products["productDisplayName"]),
        group=types,
    )
    return _without(source, unreadable), unreadable


def read_photographs(
    folder: Path, part: str, vocabulary: Vocabulary, *, progress: Callable[[], None]
) -> tuple[ImageSource, Unreadable]:
    """Read one split of the training photographs at 160×120, and tell which cannot be read."""
    listed = [(kind, path) for kind, path in find_photographs(folder) if photo_split_of(path.stem) == part]
    kinds = np.array([kind for kind, _ in listed], object)
    ids = np.array([f"{kind}/{path.name}" for kind, path in listed], object)
    pixels, unreadable = _read_pictures([path for _, path in listed], ids, HEIGHT, WIDTH, progress)
    label = places_of([PHOTO_LABELS.get(kind, "") for kind in kinds], LABELS)
    types = np.array([[name in PHOTO_TYPES.get(kind, ()) for name in vocabulary.types] for kind in kinds])
    source = ImageSource(
        kind="photographs",
        ids=ids,
        pixels=pixels,
        label=label,
        known=np.where(label >= 0, 1, np.where(np.isin(kinds, OUT_OF_CLASS_PHOTOS), 0, UNLABELLED)),
        types=types.reshape(len(listed), len(vocabulary.types)).astype(bool),
        colour=np.full(len(listed), UNLABELLED),
        looks=np.zeros((len(listed), len(LOOK_VALUES)), bool),
        group=kinds,
    )
    return _without(source, unreadable), unreadable


def render_garments(
    n: int, seed: int, vocabulary: Vocabulary, *, progress: Callable[[], None]
) -> ImageSource:
    """Render garments that are in no catalogue, with an alpha channel, at 160×120."""
    garments = plan_catalogue(seed, n)
    pixels = np.empty((len(garments), HEIGHT, WIDTH, 4), np.uint8)
    for row, garment in enumerate(garments):
        pixels[row] = draw_garment_rgba(garment, HEIGHT, WIDTH)
        progress()
    types = np.array([garment.article_type for garment in garments], object)
    return ImageSource(
        kind="renders",
        ids=np.array([f"render-{row}" for row in range(len(garments))], object),
        pixels=pixels,
        label=places_of(types, LABELS),
        known=np.ones(len(garments), int),
        types=types[:, None] == np.array(vocabulary.types, object)[None, :],
        colour=places_of([garment.base_colour for garment in garments], vocabulary.colours),
        looks=looks_of(garment.name for garment in garments),
        group=types,
    )


def looks_of(names: Iterable[str]) -> np.ndarray:
    """Return what products' names say of their looks, bool (n, number of looks).

    Examples
    --------
    >>> np.argwhere(looks_of(["Striped polo T-shirt", "Bag"])).tolist()
    [[0, 0], [0, 8]]
    """
    looks = [look_of(name) for name in names]
    return np.array(
        [[value in look[attribute] for attribute, value in LOOK_VALUES] for look in looks], bool
    ).reshape(len(looks), len(LOOK_VALUES))


def _read_pictures(
    paths: Sequence[Path], ids: np.ndarray, height: int, width: int, progress: Callable[[], None]
) -> tuple[np.ndarray, Unreadable]:
    pixels = np.empty((len(paths), height, width, 3), np.uint8)

    def read_one(row: int) -> str | None:
        try:
            pixels[row] = letterbox(read_image(paths[row], max_side=2 * height), height, width)
        except ImageError as error:
            return str(error)
        return None

    unreadable: Unreadable = {}
    with ThreadPoolExecutor(2) as pool:
        for picture_id, problem in zip(ids, pool.map(read_one, range(len(paths))), strict=True):
            if problem:
                unreadable[picture_id] = problem
            progress()
    return pixels, unreadable


def _without(source: ImageSource, unreadable: Unreadable) -> ImageSource:
    if not unreadable:
        return source  # taking all rows would copy every picture
    return source.take(np.array([picture_id not in unreadable for picture_id in source.ids]))


def places_of(values: Iterable[str], names: Sequence[str]) -> np.ndarray:
    """Return the place of each value in `names`, int (n,); `UNLABELLED` where it is none of them."""
    place = {name: number for number, name in enumerate(names)}
    return np.array([place.get(value, UNLABELLED) for value in values], int)
