"""The five classes, the names that photographs of them go by, and how a catalogue may spell them."""

import unicodedata
from collections.abc import Iterable, Sequence

LABELS: tuple[str, ...] = ("Tshirts", "Shirts", "Jeans", "Skirts", "Kurtas")
"""The classes, by the data set's `articleType`, in the order of every probability row."""

PHOTO_LABELS: dict[str, str] = {
    "t-shirt": "Tshirts",
    "shirt": "Shirts",
    "jeans": "Jeans",
    "skirt": "Skirts",
    "kurta": "Kurtas",
}
"""Folder of the everyday photographs to class. Folders not named here have no label."""

NARROWER_TYPES: dict[str, tuple[str, ...]] = {
    "Kurtas": ("Kurtis", "Kurta Sets"),
    "Tops": ("Tunics", "Sweatshirts", "Sweaters", "Camisoles", "Shrug", "Waistcoat"),
    "Jackets": ("Blazers", "Coats", "Rain Jacket", "Nehru Jackets"),
    "Dresses": ("Jumpsuit", "Rompers", "Nightdress"),
    "Trousers": (
        "Track Pants",
        "Leggings",
        "Capris",
        "Lounge Pants",
        "Jeggings",
        "Churidar",
        "Salwar",
        "Patiala",
        "Tights",
        "Rain Trousers",
    ),
    "Shorts": ("Lounge Shorts",),
    "Shoes": (
        "Casual Shoes",
        "Sports Shoes",
        "Formal Shoes",
        "Heels",
        "Flats",
        "Sandals",
        "Sports Sandals",
        "Flip Flops",
        "Booties",
    ),
    "Bags": (
        "Handbags",
        "Backpacks",
        "Clutches",
        "Laptop Bag",
        "Duffel Bag",
        "Messenger Bag",
        "Rucksacks",
        "Trolley Bag",
    ),
    "Hats": ("Caps",),
}
"""The data set's article types that are a kind of garment too, beside those spelled as the kind itself."""


BROADER_KINDS: dict[str, tuple[str, ...]] = {
    "Tops": ("Tshirts", "Shirts", "Kurtas"),
    "Trousers": ("Jeans",),
}
"""Kinds of garment, and the classes that they do not rule out: a T-shirt is a top too."""


def label_key(text: str) -> str:
    """Reduce a label to what its spellings share: case, hyphens, blanks and the plural are left out.

    Examples
    --------
    >>> [label_key(text) for text in ("Tshirts", "T-Shirt", "t shirts", "Dresses", "Dress", "Camisetas")]
    ['tshirt', 'tshirt', 'tshirt', 'dress', 'dress', 'camiseta']
    """
    key = "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())
    if not key:
        return text
    if key.endswith(("sses", "shes", "ches", "xes")):
        return key[:-2]
    return key if key.endswith("ss") else key.removesuffix("s")


def match_label(text: str, labels: Sequence[str] = LABELS) -> str | None:
    """Give the label that a spelling means, None where it means none of them.

    Examples
    --------
    >>> match_label("t-shirt"), match_label("Camisetas")
    ('Tshirts', None)
    """
    key = label_key(text)
    return next((label for label in labels if label_key(label) == key), None)


def is_of_kind(article_type: str, kind: str) -> bool:
    """Whether an article type, however it is spelled, is a kind of garment, or one of its narrower types.

    Examples
    --------
    >>> is_of_kind("t-shirts", "Tshirts"), is_of_kind("casual shoes", "Shoes"), is_of_kind("Shoes", "Heels")
    (True, True, False)
    """
    return match_label(article_type, (kind, *NARROWER_TYPES.get(kind, ()))) is not None


def rules_out(article_type: str, label: str) -> bool:
    """Whether a product of a type, however it is spelled, is surely of no such class.

    Examples
    --------
    >>> rules_out("dresses", "Tshirts"), rules_out("Tops", "Tshirts"), rules_out("t-shirt", "Tshirts")
    (True, False, False)
    """
    broader = match_label(article_type, tuple(BROADER_KINDS))
    return not is_of_kind(article_type, label) and label not in BROADER_KINDS.get(broader or "", ())


def spellings_of(label: str, article_types: Iterable[str]) -> tuple[str, ...]:
    """Give those article types of a catalogue that are spellings of a label, in their order.

    Examples
    --------
    >>> spellings_of("Tshirts", ["Jeans", "tshirts", "T-Shirts", "Camisetas"])
    ('tshirts', 'T-Shirts')
    """
    key = label_key(label)
    return tuple(spelled for spelled in article_types if label_key(spelled) == key)


OUT_OF_CLASS_PHOTOS: tuple[str, ...] = ("dress", "hat", "outwear", "shoes", "shorts", "other")
"""Folders of photographs that are surely none of the five classes. The rest may hold some of them."""
