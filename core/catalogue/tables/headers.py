"""Which column of a table means what: by Kaggle's names, by those of known shops, or as one is told.

Shops whose exports are known by their headers: Shopify (products CSV), WooCommerce (product CSV), Magento and
Adobe Commerce (products CSV), Google Merchant Center (product feed) and the *H&M Personalized Fashion
Recommendations* data set (`articles.csv`).
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from core.errors import CatalogueError

KAGGLE_COLUMNS = (
    "id",
    "gender",
    "masterCategory",
    "subCategory",
    "articleType",
    "baseColour",
    "season",
    "year",
    "usage",
    "productDisplayName",
)
"""The columns of Kaggle's `styles.csv`. `id` and `articleType` must be there, by this name or another."""

COLUMNS = (*KAGGLE_COLUMNS, "price", "brandName")
"""The columns of every catalogue."""

REQUIRED = ("id", "articleType")

IMAGE, PARENT, OTHER_ID = "image", "parent", "other id"
"""What a table may hold beside the columns of a catalogue: names of picture files, the product that a row is
a variant of, and a second id that pictures may be named by."""

MAPPABLE = (*COLUMNS, IMAGE)
"""What a column can be mapped to."""

# By meaning, the names that columns go by elsewhere, the best first, as `header_key` writes them.
_KNOWN_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": (
        "articleid",
        "productid",
        "itemid",
        "sku",
        "variantsku",
        "productcode",
        "articlenumber",
        "itemnumber",
        "styleid",
        "handle",
    ),
    "articleType": (
        "producttypename",
        "producttype",
        "customproducttype",
        "garmenttype",
        "itemtype",
        "type",
        "standardproducttype",
        "productcategory",
        "category",
        "categories",
        "categoryname",
        "googleproductcategory",
        "class",
        "label",
    ),
    "productDisplayName": (
        "displayname",
        "title",
        "productname",
        "prodname",
        "name",
        "producttitle",
        "itemname",
    ),
    "baseColour": ("basecolor", "colour", "color", "colourgroupname", "colorname", "colourname"),
    "gender": ("googleshoppinggender", "sex"),
    "masterCategory": ("indexgroupname",),
    "subCategory": ("productgroupname",),
    "season": (),
    "year": (),
    "usage": ("occasion",),
    "price": ("variantprice", "regularprice", "listprice", "unitprice", "saleprice"),
    "brandName": ("brand", "vendor", "manufacturer", "brands"),
    IMAGE: (
        "images",
        "imagelink",
        "imagesrc",
        "imageurl",
        "imagepath",
        "imagefile",
        "imagefilename",
        "imagename",
        "picture",
        "pictures",
        "photo",
        "photos",
        "file",
        "filename",
        "filepath",
        "baseimage",
        "variantimage",
        "additionalimagelink",
        "additionalimages",
    ),
}
# Shopify and WooCommerce name what a variant differs by in one column, and give it in the next.
_OPTION_NAME = re.compile(r"(option|attribute)(\d)name")
_OPTION_VALUE = {"option": "option{}value", "attribute": "attribute{}values"}
_NUMBERED_IMAGE = re.compile(r"(?:image|picture|photo)(?:url|link|src|file)?\d{1,2}")


@dataclass(frozen=True)
class Shop:
    """An export that is known by its headers, and what its columns mean where that differs.

    Attributes
    ----------
    name : str
    marks : frozenset of str
        Header keys that all have to be there.
    means : Mapping of str to tuple of str
        By meaning, the only header keys that have it.
    """

    name: str
    marks: frozenset[str]
    means: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


SHOPS: tuple[Shop, ...] = (
    # A product has a row a variant, and more rows for more pictures; all of them share the handle.
    Shop("Shopify", frozenset({"handle", "title"}), {"id": ("handle",), OTHER_ID: ("variantsku",)}),
    # "Type" says simple, variable or variation there.
    Shop(
        "WooCommerce",
        frozenset({"categories", "sku", "regularprice"}),
        {"id": ("id", "sku"), "articleType": ("categories",), PARENT: ("parent",), OTHER_ID: ("sku",)},
    ),
    Shop("Google Merchant", frozenset({"id", "title", "imagelink"}), {OTHER_ID: ("mpn", "gtin")}),
    # "product_type" says simple or configurable there.
    Shop(
        "Magento",
        frozenset({"sku", "attributesetcode", "name"}),
        {"id": ("sku",), "articleType": ("categories", "attributesetcode")},
    ),
    Shop("H&M", frozenset({"articleid", "producttypename"})),
)


@dataclass(frozen=True)
class Header:
    """What the columns of a table mean.

    Attributes
    ----------
    cells : tuple of str
        As written, without the nameless columns that a spreadsheet leaves behind the last.
    spare : int
        How many of these there are.
    places : Mapping of str to tuple of int
        By meaning, the columns that have it, the best first.
    shop : str
        Whose export it is; "" where it is none of `SHOPS`.
    options : tuple of (int, int)
        Columns that name what a variant differs by, such as its size, and those that give it.
    """

    cells: tuple[str, ...]
    spare: int
    places: Mapping[str, tuple[int, ...]]
    shop: str = ""
    options: tuple[tuple[int, int], ...] = ()

    @cached_property
    def present(self) -> tuple[str, ...]:
        """The columns of a catalogue that the table has."""
        return tuple(column for column in COLUMNS if column in self.places)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Those that must be there and are not."""
        return tuple(column for column in REQUIRED if column not in self.places)

    def renamed(self) -> dict[str, str]:
        """Give the columns that go by other names here: ours to the table's."""
        return {
            column: self.cells[self.places[column][0]]
            for column in self.present
            if header_key(self.cells[self.places[column][0]]) != header_key(column)
        }


def header_key(name: str) -> str:
    """Reduce a column's name to what its spellings share.

    Examples
    --------
    >>> [header_key(name) for name in ("Article Type", "article_type", "articleType", "g:image_link")]
    ['articletype', 'articletype', 'articletype', 'imagelink']
    """
    plain = unicodedata.normalize("NFKC", name).casefold().strip().removeprefix("g:")
    return "".join(letter for letter in plain if letter.isalnum())


def read_header(written: Sequence[str], mapping: Mapping[str, str] | None = None) -> Header:
    """Find out what the columns of a table mean.

    Parameters
    ----------
    written : sequence of str
        The header's cells.
    mapping : mapping of str to str, optional
        One of `MAPPABLE` to the name of the column that holds it; goes before everything else.

    Returns
    -------
    Header

    Raises
    ------
    CatalogueError
        The mapping names a column that is not there.

    Examples
    --------
    >>> header = read_header(["SKU", "Title", "category"])
    >>> header.renamed()
    {'id': 'SKU', 'articleType': 'category', 'productDisplayName': 'Title'}
    >>> read_header(["id", "name", "what"], {"articleType": "what"}).lacking
    ()
    """
    cells = [" ".join(cell.split()) for cell in written]
    while cells and not cells[-1]:
        cells.pop()
    keys = [header_key(cell) for cell in cells]
    shop = next((shop for shop in SHOPS if shop.marks <= set(keys) and "articletype" not in keys), None)
    means = shop.means if shop else {}
    places: dict[str, tuple[int, ...]] = {}
    for meaning in (*MAPPABLE, PARENT, OTHER_ID):
        if mapping and meaning in mapping:
            places[meaning] = (_mapped_place(mapping[meaning], meaning, cells, keys),)
        elif found := _places(meaning, keys, means):
            places[meaning] = found
    spare = len(written) - len(cells)
    return Header(tuple(cells), spare, places, shop.name if shop else "", _options(keys))


def is_colour_name(name: str) -> bool:
    """Whether an option of that name is a product's colour.

    Examples
    --------
    >>> is_colour_name("Color"), is_colour_name("Size")
    (True, False)
    """
    return header_key(name) in ("basecolour", *_KNOWN_NAMES["baseColour"])


def _options(keys: Sequence[str]) -> tuple[tuple[int, int], ...]:
    found = []
    for place, key in enumerate(keys):
        if match := _OPTION_NAME.fullmatch(key):
            value = _OPTION_VALUE[match[1]].format(match[2])
            found += [(place, keys.index(value))] if value in keys else []
    return tuple(found)


def _places(meaning: str, keys: Sequence[str], means: Mapping[str, Collection[str]]) -> tuple[int, ...]:
    own = header_key(meaning)
    if meaning == IMAGE:
        known = (own, *_KNOWN_NAMES[IMAGE])
        numbered = [place for place, key in enumerate(keys) if _NUMBERED_IMAGE.fullmatch(key)]
        return (*(keys.index(key) for key in known if key in keys), *numbered)
    if meaning not in means and own in keys:
        return (keys.index(own),)  # by its own name: nothing stands in for an empty cell
    known = tuple(means.get(meaning, _KNOWN_NAMES.get(meaning, ())))
    return tuple(keys.index(key) for key in known if key in keys)


def _mapped_place(name: str, meaning: str, cells: Sequence[str], keys: Sequence[str]) -> int:
    if name in cells:
        return cells.index(name)
    if header_key(name) and keys.count(header_key(name)) == 1:
        return keys.index(header_key(name))
    raise CatalogueError(
        f"the table has no column {ascii(name)[1:-1]} to take for {meaning}; it has {listed_columns(cells)}"
    )


def listed_columns(cells: Sequence[str]) -> str:
    r"""List the columns of a table on one line, whatever they hold.

    Examples
    --------
    >>> listed_columns(["id", "Größe"])
    'id, Gr\\xf6\\xdfe'
    """
    return ascii(", ".join(cells)[:200])[1:-1]
