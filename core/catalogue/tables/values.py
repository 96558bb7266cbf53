"""Prices, years and categories as tables write them."""

import html
import math
import re
from collections.abc import Sequence

HIGHEST_PRICE = 1e12
"""What is above is no price but a mistake: an id in the wrong column, or a number out of bounds."""

UNKNOWN_PRICES = ("", "na", "n/a", "nan", "none", "null", "-")

_YEAR = re.compile(r"(\d{4})(?:\.0+|-\d\d(?:-\d\d.*)?)?")

# A currency before the number or behind it: a sign, a code of three letters, or what shops write. A question
# mark is what an encoding without the sign leaves of it.
_CURRENCY = r"(?:[a-z]{3}|rs\.?|kr\.?|zł|kč|ft|lei|лв\.?|руб\.?|[$£€¥¢₹₺₽₩₪₫₴₦₱฿?]|us\$|r\$|a\$|c\$)?"
_PRICE = re.compile(
    rf"{_CURRENCY}\s*(\d+(?:[.,'’\s]\d+)*)\s*(?:/-|,-|,--|\.-|-)?\s*{_CURRENCY}", re.IGNORECASE
)
# Currencies with three decimals.
_THREE_DECIMALS = re.compile(r"\b(?:kwd|bhd|omr|jod|tnd|lyd|iqd)\b", re.IGNORECASE)


def parse_year(text: str) -> tuple[str, bool]:
    """Read a year.

    Returns
    -------
    year : str
        Four digits, or "".
    understood : bool
        Empty counts as understood.

    Examples
    --------
    >>> parse_year("2012.0"), parse_year("2012-05-01"), parse_year("soon")
    (('2012', True), ('2012', True), ('', False))
    """
    match = _YEAR.fullmatch(text)
    return (match[1] if match else ""), bool(match) or not text


def parse_prices(texts: Sequence[str]) -> tuple[list[float], list[bool], list[int]]:
    """Read a column of prices: currencies, groups of digits, decimal points and decimal commas.

    "1.299" can be read both ways. The rest of the column decides: where another price has a decimal comma, or
    where every point has three digits behind it, which no price has but in a few currencies.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    prices : list of float
        NaN where empty or not understood.
    understood : list of bool
    guessed : list of int
        Where a point was taken to group digits because every point of the column has three behind it.

    Examples
    --------
    >>> parse_prices(["45,00", "1.299,50", "19.99 EUR", "1.299"])[0]
    [45.0, 1299.5, 19.99, 1299.0]
    >>> parse_prices(["1,299.50", "1,299", "9" * 309])[:2]
    ([1299.5, 1299.0, nan], [True, True, False])
    """
    numbers = [_number_in(text) for text in texts]
    decimal_signs = {sign for number in numbers if number and (sign := _decimal_sign(number))}
    pointed = [number for number in numbers if number and _is_ambiguous(number, ".")]
    with_point = [number for number in numbers if number and "." in number and "," not in number]
    three_decimals = any(_THREE_DECIMALS.search(text) for text in texts)
    all_grouped = bool(pointed) and len(pointed) == len(with_point) and not three_decimals
    prices, understood, guessed = [], [], []
    for place, (text, number) in enumerate(zip(texts, numbers, strict=True)):
        grouping_point = "," in decimal_signs
        if number and _is_ambiguous(number, ".") and not grouping_point and all_grouped:
            grouping_point = True
            guessed.append(place)
        price = _to_float(number, point_groups=grouping_point) if number else math.nan
        prices.append(price)
        understood.append(math.isfinite(price) or (number is None and text.casefold() in UNKNOWN_PRICES))
    return prices, understood, guessed


def _number_in(text: str) -> str | None:
    match = _PRICE.fullmatch(" ".join(text.split()))
    return match[1] if match else None


def _decimal_sign(number: str) -> str:
    """Give the decimal sign of a number that leaves no doubt; "" for the others."""
    last = max(number.rfind("."), number.rfind(","))
    if last < 0:
        return ""
    sign, other = number[last], "," if number[last] == "." else "."
    if number.count(sign) > 1:
        return ""  # groups of digits
    if other in number or re.search(r"['’\s]", number[:last]):
        return sign
    return "" if len(number) - last - 1 == 3 and not number.startswith("0") else sign


def _is_ambiguous(number: str, sign: str) -> bool:
    """Whether the one sign in a number may group its digits as well as end its whole part."""
    return re.fullmatch(rf"[1-9]\d{{0,2}}{re.escape(sign)}\d{{3}}", number) is not None


def _to_float(number: str, *, point_groups: bool) -> float:
    sign = _decimal_sign(number)
    if not sign and _is_ambiguous(number, ".") and not point_groups:
        sign = "."
    whole, _, decimals = number.rpartition(sign) if sign else (number, "", "")
    groups = re.split(r"[.,'’\s]", whole)
    # The last group has three digits; those before it three too, or two where lakhs are counted.
    if len(groups) > 1 and (len(groups[-1]) != 3 or any(len(group) not in (2, 3) for group in groups[1:])):
        return math.nan
    price = float(f"{''.join(groups)}.{decimals or 0}")
    return price if price <= HIGHEST_PRICE else math.nan


GOOGLE_CATEGORIES = {
    "166": "Apparel & Accessories",
    "1604": "Clothing",
    "5322": "Activewear",
    "182": "Baby & Toddler Clothing",
    "2271": "Dresses",
    "5182": "One-Pieces",
    "203": "Outerwear",
    "7313": "Outfit Sets",
    "204": "Pants",
    "212": "Shirts & Tops",
    "207": "Shorts",
    "1581": "Skirts",
    "5344": "Skorts",
    "208": "Sleepwear & Loungewear",
    "1594": "Suits",
    "211": "Swimwear",
    "5388": "Traditional & Ceremonial Clothing",
    "213": "Underwear & Socks",
    "2306": "Uniforms",
    "5441": "Wedding & Bridal Party Dresses",
    "167": "Clothing Accessories",
    "169": "Belts",
    "173": "Hats",
    "177": "Scarves & Shawls",
    "3032": "Handbags",
    "188": "Jewelry",
    "187": "Shoes",
}
"""The numbers of Google's product taxonomy for what a fashion shop sells; a feed may give them for names."""


def last_category(text: str, *, several: bool = False) -> str:
    """Give the narrowest category of a path.

    Parameters
    ----------
    text : str
    several : bool
        Whether there may be several paths, separated by commas; then the deepest of them counts.

    Examples
    --------
    >>> last_category("Apparel & Accessories > Clothing > Shirts")
    'Shirts'
    >>> last_category("Sale, Clothing > Hoodies", several=True)
    'Hoodies'
    """
    paths = [html.unescape(path).split(">") for path in (text.split(",") if several else [text])]
    deepest = max(paths, key=len)
    return next((name.strip() for name in reversed(deepest) if name.strip()), "")
