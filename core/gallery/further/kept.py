"""Pictures of products beyond their first, as a catalogue keeps them.

Products, embeddings and maps stay row by row the same, a row a product, of its first picture. What the others
have lies beside them, a row a picture; a catalogue whose products have one picture each has none of it.
"""

from collections.abc import Container

import msgspec

from core.storage.schema import Count

FOLDER = "further-pictures"
PICTURES = f"{FOLDER}/pictures.json"
"""`FurtherPictures`, as JSON."""


class FurtherPictures(msgspec.Struct, frozen=True):
    """Which pictures there are beyond the first of each product; three lists of one length.

    Attributes
    ----------
    products : list of product id
        In the order of the catalogue, once for each picture.
    numbers : list of int
        From 2: the picture's place among those of its product's folder. The first is 1.
    contents : list of str
        SHA-256 of the file that each was made from.

    Examples
    --------
    >>> further = FurtherPictures(["7", "7"], [2, 3], ["ab", "cd"])
    >>> further.files(), further.rows_of(["8"])
    (['further-pictures/images/7/2.jpg', 'further-pictures/images/7/3.jpg'], [])
    """

    products: list[str]
    numbers: list[Count]
    contents: list[str]

    def __len__(self) -> int:
        return len(self.products)

    def files(self) -> list[str]:
        """Give the file of each, below the catalogue's folder."""
        return [picture_file(one, number) for one, number in zip(self.products, self.numbers, strict=True)]

    def rows_of(self, products: Container[str]) -> list[int]:
        """Give the rows of the pictures of some products."""
        return [row for row, product_id in enumerate(self.products) if product_id in products]

    def take(self, rows: list[int]) -> "FurtherPictures":
        """Choose pictures, in the order given."""
        return FurtherPictures(
            [self.products[row] for row in rows],
            [self.numbers[row] for row in rows],
            [self.contents[row] for row in rows],
        )


NO_FURTHER_PICTURES = FurtherPictures([], [], [])


def picture_file(product_id: str, number: int) -> str:
    """Give the place of a product's picture below the catalogue's folder; 1 is its first."""
    if number == 1:
        return f"images/{product_id}.jpg"
    return f"{FOLDER}/images/{product_id}/{number}.jpg"


def vectors_file(extractor: str) -> str:
    """Give the place of an extractor's vectors below the catalogue's folder, row by row as `PICTURES`."""
    return f"{FOLDER}/embeddings/{extractor}.npy"
