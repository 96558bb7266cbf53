"""Where a product stands in a gallery, and what is said where it does not."""

from collections.abc import Mapping

from core.errors import SearchError


def row_in(row_of: Mapping[str, int], product_id: str) -> int:
    """Give a product's row.

    Parameters
    ----------
    row_of : mapping of product id to int
        Of every product of a gallery.
    product_id : str

    Returns
    -------
    int

    Raises
    ------
    SearchError
        If there is no such product.

    Examples
    --------
    >>> row_in({"a": 0, "b": 1}, "b")
    1
    """
    try:
        return row_of[product_id]
    except KeyError:
        raise SearchError(
            f"There is no product {product_id} among the {len(row_of)} of this catalogue; "
            "take an id from its products.csv."
        ) from None
