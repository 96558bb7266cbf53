"""Writing the demo catalogue to a folder in Kaggle's layout."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import CatalogueError
from .draw import draw_product
from .plan import DEMO_SEED, plan_catalogue
from .product import Product

DRAWN_SIZE = (640, 480)  # height and width a picture is drawn at
KEPT_SIZE = (320, 240)  # and kept at
JPEG_QUALITY = 80

HEADER = (
    "id",
    "gender",
    "masterCategory",
    "subCategory",
    "articleType",
    "baseColour",
    "season",
    "year",
    "usage",
    "productDisplayName",
    "price",
    "brandName",
)


def render_catalogue(
    folder: Path,
    *,
    n: int | None = None,
    seed: int = DEMO_SEED,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Draw a catalogue in Kaggle's layout: `styles.csv` and `images/ID.jpg`.

    Parameters
    ----------
    folder : Path
        An existing, empty folder.
    n : int, optional
        How many products; 1,000 by default.
    seed : int
        The same seed gives the same catalogue, pixels to within one level before JPEG.
    progress : callable, optional
        Called with (done, total) after each product.

    Raises
    ------
    CatalogueError
        Where the folder does not exist or is not empty.
    """
    if not folder.is_dir() or any(folder.iterdir()):
        raise CatalogueError(
            f"{folder} has to be an existing, empty folder to draw the demo into; make a new one."
        )
    products = plan_catalogue(seed, n)
    images = folder / "images"
    images.mkdir()
    for done, product in enumerate(products, 1):
        kept_picture(product).save(images / f"{product.id}.jpg", quality=JPEG_QUALITY, optimize=True)
        if progress is not None:
            progress(done, len(products))
    with (folder / "styles.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(row_of(product) for product in products)


def kept_picture(product: Product) -> Image.Image:
    """Return the picture of a product at the size it is kept at."""
    drawn = Image.fromarray(np.ascontiguousarray(draw_product(product, *DRAWN_SIZE)))
    return drawn.resize((KEPT_SIZE[1], KEPT_SIZE[0]), Image.Resampling.LANCZOS)


def row_of(product: Product) -> tuple[object, ...]:
    """Return a product's line of `styles.csv`."""
    return (
        product.id,
        product.gender,
        "Apparel",
        product.sub_category,
        product.article_type,
        product.base_colour,
        product.season,
        product.year,
        product.usage,
        product.name,
        product.price,
        product.brand,
    )
