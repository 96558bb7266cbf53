"""The look of a garment as far as its name tells it: pattern, collar, sleeve, neck, fit.

Names say little and not always: of a garment whose name says nothing of its pattern, nothing is known. What
they say is learned from in training and measured by in evaluation; a search reads
a name only for the words that are typed.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

LOOKS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "pattern": {
            "striped": r"strip(e|es|ed|er|ers)|pinstripes?",
            "checked": r"checks?|checked|checkered|chequered|plaid|tartan|gingham",
            "floral": r"floral|flowers?|flowery|flower-print",
            "dots": r"polka|dots?|dotted",
            "graphic": r"graphics?",
            "washed": r"washed|wash|acid-wash|stonewash(ed)?|faded",
            "printed": r"print|prints|printed",
            "solid": r"solid|plain",
        },
        "collar": {
            "polo": r"polos?(?! assn)",
            "mandarin": r"mandarin|nehru|chinese collar|band collar",
            "hooded": r"hooded|hood|hoodie",
        },
        "sleeve": {
            "sleeveless": r"sleeveless|tank|camisole|strappy",
            "short": r"(short|half)[ -]sleeves?d?",
            "long": r"(long|full)[ -]sleeves?d?",
        },
        "neck": {
            "round": r"round[ -]neck|crew[ -]?neck|crew",
            "v": r"v[ -]?neck",
            "high": r"(high|turtle|polo|mock)[ -]?neck|turtle",
            "henley": r"henley",
        },
        "fit": {
            "slim": r"slim|skinny|super[ -]slim|narrow",
            "regular": r"regular|straight|comfort|classic fit",
            "loose": r"loose|relaxed|baggy|anti[ -]fit",
            "boot": r"boot[ -]?cut|flared?",
        },
    }
)
"""By attribute, its values and the words that say them, as regular expressions."""

PRINTS = frozenset({"floral", "dots", "graphic"})
"""Patterns that are printed, whether or not the name says so."""


@cache
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    return {
        attribute: {value: re.compile(rf"(?<![\w-])({words})(?![\w-])") for value, words in values.items()}
        for attribute, values in LOOKS.items()
    }


def look_of(name: str) -> dict[str, frozenset[str]]:
    """Return what a product's name says of its look: the values of each attribute that it names.

    Examples
    --------
    >>> look = look_of("Scullers Men Striped Slim Fit Blue Shirt")
    >>> sorted(look["pattern"]), sorted(look["fit"]), sorted(look["collar"])
    (['striped'], ['slim'], [])
    >>> sorted(look_of("Girls Pink Floral Dress")["pattern"])
    ['floral', 'printed']
    """
    text = name.casefold()
    look = {
        attribute: frozenset(value for value, words in values.items() if words.search(text))
        for attribute, values in _patterns().items()
    }
    if look["pattern"] & PRINTS:
        look["pattern"] |= {"printed"}
    return look
