"""What people call garments, colours and wearers, and what fashion catalogues write for it."""

from collections.abc import Mapping

from core.labels import BROADER_KINDS, NARROWER_TYPES, label_key, spellings_of

KINDS: Mapping[str, tuple[str, ...]] = {
    "tee": ("Tshirts",),
    "pant": ("Trousers",),
    "slack": ("Trousers",),
    "chino": ("Trousers",),
    "jogger": ("Track Pants", "Trousers"),
    "sweatpant": ("Track Pants", "Trousers"),
    "gown": ("Dresses",),
    "frock": ("Dresses",),
    "jumper": ("Sweaters",),
    "pullover": ("Sweaters",),
    "cardigan": ("Sweaters",),
    "hoodie": ("Sweatshirts",),
    "coat": ("Coats", "Jackets"),
    "blouse": ("Tops", "Shirts"),
    "sneaker": ("Sports Shoes", "Casual Shoes"),
    "trainer": ("Sports Shoes", "Casual Shoes"),
    "boot": ("Booties", "Casual Shoes"),
    "purse": ("Handbags", "Clutches"),
    "hat": ("Hats",),
    "specs": ("Sunglasses",),
    "shade": ("Sunglasses",),
}
"""What people call a garment, as `label_key` reduces it, to article types, or kinds of `NARROWER_TYPES`."""

VALUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "gender": {
        "man": ("Men",),
        "male": ("Men",),
        "gent": ("Men",),
        "woman": ("Women",),
        "female": ("Women",),
        "lady": ("Women",),
        "ladie": ("Women",),
        "boy": ("Boys",),
        "girl": ("Girls",),
        "kid": ("Boys", "Girls"),
        "child": ("Boys", "Girls"),
        "children": ("Boys", "Girls"),
    },
    "baseColour": {
        "gray": ("Grey",),
        "violet": ("Purple",),
        "crimson": ("Red",),
        "multicolour": ("Multi",),
        "multicolor": ("Multi",),
        "colourful": ("Multi",),
    },
    "season": {"autumn": ("Fall",)},
    "usage": {"office": ("Formal",), "sport": ("Sports",), "gym": ("Sports",)},
}
"""Column to words, as `label_key` reduces them, to the values that say the same."""


def article_types_called(word: str, article_types: tuple[str, ...]) -> tuple[str, ...]:
    """Give the article types of a catalogue that go by a word, as the catalogue spells them.

    A catalogue without the kind itself answers with its narrower types, and without these with the classes
    that are of that kind too: jeans are trousers.

    Parameters
    ----------
    word : str
        One word or several.
    article_types : tuple of str
        All that the catalogue has.

    Returns
    -------
    tuple of str
        Empty where the word is no kind of garment, or the catalogue has none of it.

    Examples
    --------
    >>> article_types_called("tee", ("Jeans", "Tshirts"))
    ('Tshirts',)
    >>> article_types_called("trousers", ("Jeans", "Tshirts"))
    ('Jeans',)
    >>> article_types_called("bag", ("Handbags", "Backpacks", "Jeans"))
    ('Handbags', 'Backpacks')
    """
    if spelled := spellings_of(word, article_types):
        return spelled
    key = label_key(word)
    kinds = KINDS.get(key) or tuple(kind for kind in NARROWER_TYPES if label_key(kind) == key)
    if spelled := _spellings(kinds, article_types):
        return spelled
    for wider in (NARROWER_TYPES, BROADER_KINDS):
        if spelled := _spellings([one for kind in kinds for one in wider.get(kind, ())], article_types):
            return spelled
    return ()


def _spellings(kinds: tuple[str, ...] | list[str], article_types: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(spelled for kind in kinds for spelled in spellings_of(kind, article_types))
