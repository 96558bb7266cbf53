"""Products by text: for people who look for one product to start from, not for ranking."""

import pandas as pd

TEXT_COLUMNS = ("productDisplayName", "brandName", "articleType", "baseColour", "gender", "usage")


def find_products_by_text(products: pd.DataFrame, words: str) -> list[str]:
    """Find the products that have all the given words, or the id itself.

    Parameters
    ----------
    products : DataFrame
        With the columns of a catalogue.
    words : str
        Separated by blanks, in any order and case; the start of a word is enough. Empty takes all.

    Returns
    -------
    list of str
        Product ids in the catalogue's order.

    Examples
    --------
    >>> table = {"productDisplayName": ["Check Shirt", "Tee"], "baseColour": ["Navy Blue", "Red"]}
    >>> rest = {name: ["", ""] for name in ("brandName", "articleType", "gender", "usage")}
    >>> find_products_by_text(pd.DataFrame({"id": ["7", "8"], **table, **rest}), "navy shi")
    ['7']
    """
    wanted = words.casefold().split()
    passes = pd.Series(True, index=products.index)
    if wanted:
        text = products[TEXT_COLUMNS[0]].str.cat([products[name] for name in TEXT_COLUMNS[1:]], sep=" ")
        text = " " + text.str.casefold()
        for word in wanted:
            passes &= text.str.contains(" " + word, regex=False)
        passes |= products["id"] == words.strip()
    return products["id"][passes].tolist()
