"""Products by text: for people who look for one product to start from, not for ranking."""

import re
import unicodedata

import pandas as pd

TEXT_COLUMNS = ("productDisplayName", "brandName", "articleType", "baseColour", "gender", "usage")

# Accents apart from their letters, and whatever parts words.
_ACCENT = re.compile(r"[\u0300-\u036f]+")
_BETWEEN_WORDS = re.compile(r"[^\w\n]+|_+")
# One word, however it is written: who looks for shirts does not look for these.
_T_SHIRT = re.compile(r"\bt (?=sh)")


def find_products_by_text(products: pd.DataFrame, words: str) -> list[str]:
    """Find the products that have all the given words.

    Case, accents and the marks between words do not count: "fit" finds Slim-fit, "cafe" Café, and
    "sku-10023", "sku 10023" and "10023" the product SKU-10023.

    Parameters
    ----------
    products : DataFrame
        With the columns of a catalogue.
    words : str
        Separated by blanks, in any order. The start of a word is enough, but of an id's parts each counts as
        a whole: three digits would find hundreds. Empty takes all.

    Returns
    -------
    list of str
        Product ids in the catalogue's order.

    Examples
    --------
    >>> table = {"productDisplayName": ["Check Shirt", "Tee"], "baseColour": ["Navy Blue", "Red"]}
    >>> rest = {name: ["", ""] for name in ("brandName", "articleType", "gender", "usage")}
    >>> find_products_by_text(pd.DataFrame({"id": ["SKU-7", "8"], **table, **rest}), "navy shi")
    ['SKU-7']
    >>> find_products_by_text(pd.DataFrame({"id": ["SKU-7", "8"], **table, **rest}), "sku-7")
    ['SKU-7']
    """
    wanted = _reduced(words).split()
    if not wanted:
        return [] if words.strip() else products["id"].tolist()
    texts = _reduced_lines(
        products[TEXT_COLUMNS[0]].str.cat([products[c] for c in TEXT_COLUMNS[1:]], sep=" ")
    )
    ids = _reduced_lines(products["id"])
    passes = pd.Series(True, index=products.index)
    for word in wanted:
        in_text = texts.str.contains(f" {word}", regex=False)
        passes &= in_text | ids.str.contains(f" {word} ", regex=False)
    return products["id"][passes].tolist()


def _reduced(text: str) -> str:
    """Write a text in lower case, without accents, its words parted by blanks; its lines stay."""
    plain = (text if text.isascii() else _ACCENT.sub("", unicodedata.normalize("NFKD", text))).casefold()
    return _T_SHIRT.sub("t", _BETWEEN_WORDS.sub(" ", plain))


def _reduced_lines(texts: pd.Series) -> pd.Series:
    """Reduce every text, with blanks around it."""
    # As one long text, which is several times quicker than one by one.
    lines = _reduced("\n".join(text.replace("\n", " ") for text in texts)).split("\n")
    return pd.Series([f" {line} " for line in lines[: len(texts)]], index=texts.index, dtype="str")
