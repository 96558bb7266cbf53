"""Search with screenshots of a shop's pages: how often is the product of the page among the first hits."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ImageError, TrainingError
from core.evaluation.model_outputs import log_unreadable
from core.evaluation.photographs.shop_page import N_OTHERS, draw_shop_page
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.decode import EXTENSIONS, QUERY_SIDE, read_image
from core.imaging.encode import encode_jpeg
from core.models.names import DEFAULT_EXTRACTOR
from core.protocols import Bar
from core.retrieval.encoder import Encoder
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_part import garment_query
from core.retrieval.photograph.upright import stand_upright
from core.retrieval.request import PictureQuery, SearchRequest
from core.retrieval.search import search

TOP = 3
"""Hits among which the product is looked for."""

PICTURE_SIDE = 1200
"""Longest side that products' pictures are drawn from, in pixels."""

IN_MEMORY = 64
"""Pictures of products that are kept while pages are drawn."""

QUALITY = 95
"""Of the JPEG that a screenshot is handed in as."""


def screenshot_products(folder: Path, gallery: StoredCatalogue) -> dict[str, Path]:
    """List the pictures of a folder, `folder`/images/ID.jpg, whose products are in a gallery, by id.

    Raises
    ------
    TrainingError
        If there are none.
    """
    ids = set(gallery.products["id"])
    paths = {
        path.stem: path
        for path in sorted((folder / "images").glob("*"))
        if path.suffix.lower().removeprefix(".") in EXTENSIONS and path.stem in ids
    }
    if not paths:
        raise TrainingError(
            f"{folder} holds no picture of a product of {gallery.name}; expected {folder.name}/images/ID.jpg"
        )
    return paths


def evaluate_screenshots(
    paths: Mapping[str, Path], encoder: Encoder, gallery: StoredCatalogue, *, bar: Bar
) -> tuple[dict[str, Any], dict[str, str]]:
    """Search with drawn screenshots of the pages of products.

    Parameters
    ----------
    paths : mapping of str to Path
        The pictures by their products' ids, as `screenshot_products` lists them. Each page also shows the
        pictures of those listed after it.
    encoder : Encoder
        Turns pictures back, finds garments, and embeds for the default extractor.
    gallery : StoredCatalogue
    bar : callable
        Makes a progress bar.

    Returns
    -------
    figures : dict
        ``n`` screenshots; and of how many the product is among the hits: ``first_at_1`` and ``first_at_3``,
        searched as the page does without anybody having chosen; ``whole_at_3``, searched whole;
        ``offered_at_3``, by any garment found; ``picture_at_3``, the product's picture itself handed in.
    unreadable : dict of str to str
        What is wrong with each picture that was left out.

    Raises
    ------
    TrainingError
        If not one picture can be read.
    """
    read = functools.lru_cache(maxsize=IN_MEMORY)(functools.partial(read_image, max_side=PICTURE_SIDE))
    unreadable: dict[str, str] = {}
    for product_id, path in paths.items():
        try:
            read(path)
        except ImageError as error:
            unreadable[product_id] = f"{product_id}: {error}"
    log_unreadable(unreadable)
    ids = [product_id for product_id in paths if product_id not in unreadable]
    if not ids:
        raise TrainingError(f"Not one picture of a product can be read; {next(iter(unreadable.values()))}")
    names = gallery.products.set_index("id")["productDisplayName"]
    figures = dict.fromkeys(
        ("n", "first_at_1", "first_at_3", "whole_at_3", "offered_at_3", "picture_at_3"), 0
    )
    step = bar("measuring screenshots", len(ids))
    for place, product_id in enumerate(ids):
        after = (ids[place + 1 :] + ids[:place])[:N_OTHERS]
        picture, others = read(paths[product_id]), [read(paths[other]) for other in after]
        page = draw_shop_page(product_id, picture, others, title=names[product_id])
        figures["n"] += 1
        for figure, within in _ranked(product_id, page, picture, encoder, gallery).items():
            figures[figure] += within
        step(1)
    return figures, unreadable


def _ranked(
    product_id: str, page: np.ndarray, picture: np.ndarray, encoder: Encoder, gallery: StoredCatalogue
) -> dict[str, bool]:
    """Tell which searches find a product, by the figures' names."""
    screenshot, original = _handed_in(page, encoder), _handed_in(picture, encoder)
    choice = choose_garment(screenshot, encoder)
    ranks = [
        _rank(product_id, garment_query(screenshot, replace(choice, number=number)), encoder, gallery)
        for number in range(len(choice.garments) + 1)
    ]
    return {
        "first_at_1": ranks[choice.number] <= 1,
        "first_at_3": ranks[choice.number] <= TOP,
        "whole_at_3": ranks[0] <= TOP,
        "offered_at_3": any(rank <= TOP for rank in ranks[1:]),
        "picture_at_3": _rank(product_id, PictureQuery(original), encoder, gallery) <= TOP,
    }


def _handed_in(image: np.ndarray, encoder: Encoder) -> np.ndarray:
    """Save a picture, and read and turn it as a photo that is handed in."""
    return stand_upright(read_image(encode_jpeg(image, QUALITY), max_side=QUERY_SIDE), encoder).image


def _rank(product_id: str, query: PictureQuery, encoder: Encoder, gallery: StoredCatalogue) -> float:
    """Search, and give the product's rank; infinity where it is not among the first."""
    request = SearchRequest(
        query, extractor=DEFAULT_EXTRACTOR, top=TOP, intimates=True, fold=False, predict=False
    )
    hits = search(request, gallery, encoder).hits
    return next((hit.rank for hit in hits if hit.product_id == product_id), float("inf"))
