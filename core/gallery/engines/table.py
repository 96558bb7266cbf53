"""The products that an engine keeps in this process, beside its vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from core.errors import SearchError
from core.gallery.engines.product_rows import row_in


@dataclass(frozen=True, eq=False)
class GalleryTable:
    """The products of a gallery at one moment, which an engine in this process keeps beside its vectors.

    Attributes
    ----------
    products : DataFrame, length n
        Ids unique.
    row_of : mapping of product id to int

    Examples
    --------
    >>> table = GalleryTable.of(pd.DataFrame({"id": ["a", "b"], "articleType": ["Jeans", "Shirts"]}))
    >>> more, new = table.with_products(pd.DataFrame({"id": ["b", "c"], "articleType": ["Skirts", "Jeans"]}))
    >>> more.products["articleType"].tolist(), new.tolist()
    (['Jeans', 'Skirts', 'Jeans'], [False, True])
    >>> fewer, kept = more.without(["a"])
    >>> fewer.row("c"), kept.tolist()
    (1, [False, True, True])
    """

    products: pd.DataFrame
    row_of: Mapping[str, int]

    @classmethod
    def of(cls, products: pd.DataFrame) -> Self:
        """Make a table."""
        return cls(products, {product_id: row for row, product_id in enumerate(products["id"].tolist())})

    def row(self, product_id: str) -> int:
        """Give a product's row.

        Raises
        ------
        SearchError
            If there is no such product.
        """
        return row_in(self.row_of, product_id)

    def with_products(self, products: pd.DataFrame) -> tuple[Self, np.ndarray]:
        """Replace products where they are, and add the others behind.

        Returns
        -------
        table : GalleryTable
        new : bool array (len(products),)
            Which of them were added.

        Raises
        ------
        SearchError
            If they have other columns.
        """
        columns = list(self.products.columns)
        if set(products.columns) != set(columns):
            raise SearchError(
                f"Products with the columns {', '.join(products.columns)} do not fit this gallery; "
                f"expected {', '.join(columns)}."
            )
        new = ~products["id"].isin(self.row_of).to_numpy(bool)
        table = self.products.set_index("id")
        changed = products[~new].set_index("id")
        table.loc[changed.index] = changed[table.columns]
        table = pd.concat([table.reset_index(), products[new]], ignore_index=True)
        return self.of(table[columns]), new

    def without(self, ids: Sequence[str]) -> tuple[Self, np.ndarray]:
        """Take products out.

        Returns
        -------
        table : GalleryTable
        kept : bool array (n,)
            Which of the products before are still there.

        Raises
        ------
        SearchError
            If a product is not there, or `ids` is one text.
        """
        if isinstance(ids, str):
            raise SearchError(
                f"The text '{ids}' was given where product ids are expected; give a list of them."
            )
        if unknown := next((product_id for product_id in ids if product_id not in self.row_of), None):
            raise SearchError(f"There is no product {unknown} to take out among {len(self.products)}.")
        kept = ~self.products["id"].isin(list(ids)).to_numpy(bool)
        return self.of(self.products[kept].reset_index(drop=True)), kept
