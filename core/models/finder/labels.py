"""What the garment finder tells apart, and how that answers to the data set's article types."""

from core.models.prediction import CLASS_NAMES

FINDER_LABELS: tuple[str, ...] = (
    "Tshirts",
    "Shirts",
    "Jeans",
    "Skirts",
    "Kurtas",
    "Tops",
    "Jackets",
    "Dresses",
    "Trousers",
    "Shorts",
    "Shoes",
    "Bags",
    "Hats",
)
"""In the order of the network's outputs; the five classes first, and as `core.labels.LABELS` spells them."""

GARMENT_NAMES: dict[str, str] = CLASS_NAMES | {
    "Tops": "Top",
    "Jackets": "Jacket",
    "Dresses": "Dress",
    "Trousers": "Trousers",
    "Shorts": "Shorts",
    "Shoes": "Shoes",
    "Bags": "Bag",
    "Hats": "Hat",
}
"""What one garment of each label is called."""


def garment_name(label: str, *, in_sentence: bool = False) -> str:
    """Return what a garment of one of `FINDER_LABELS` is called, in small letters within a sentence.

    Examples
    --------
    >>> garment_name("Dresses"), garment_name("Dresses", in_sentence=True)
    ('Dress', 'dress')
    >>> garment_name("Tshirts", in_sentence=True)
    'T-shirt'
    """
    name = GARMENT_NAMES[label]
    return name.lower() if in_sentence and name != "T-shirt" else name
