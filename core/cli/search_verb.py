"""The verb `search`, with every control that the Search page has."""

import argparse
import logging
import math
from contextlib import suppress
from dataclasses import asdict
from time import perf_counter
from typing import Any

import numpy as np

from core.cli.console import Bars, to_json
from core.cli.text import search_text
from core.errors import ArtifactError, ModelError, SearchError
from core.gallery.facets import FILTER_COLUMNS
from core.gallery.protocol import Filters
from core.models.extractors import EXTRACTORS
from core.models.names import CLASSIFIER, DEFAULT_EXTRACTOR
from core.retrieval.request import Order, PictureQuery, ProductQuery, Query, SearchRequest

BLANK = np.full((1, 1, 3), 255, np.uint8)
"""What a model answers first: that pass compiles the network, which is part of loading it."""

log = logging.getLogger(__name__)


def add_arguments(to: argparse.ArgumentParser) -> None:
    """Say what can be typed after `search`."""
    query = to.add_mutually_exclusive_group(required=True)
    query.add_argument("image", metavar="IMAGE", nargs="?", help="the picture whose like is looked for")
    query.add_argument("--product", metavar="ID", help="a product of the catalogue in place of IMAGE")
    to.add_argument(
        "--crop",
        nargs=4,
        type=_percent,
        metavar=("LEFT", "TOP", "RIGHT", "BOTTOM"),
        help="search with this part of IMAGE, its sides in per cent of the picture's",
    )
    to.add_argument("--catalogue", default="demo", metavar="NAME", help="where to look (demo)")
    to.add_argument(
        "--extractor",
        default=DEFAULT_EXTRACTOR,
        metavar="E",
        help=f"what decides what is alike: {', '.join(EXTRACTORS)} (vgg16)",
    )
    to.add_argument(
        "--weight",
        action="append",
        type=_weight,
        default=[],
        metavar="E=W",
        help="how much another extractor counts beside it, such as colour=0.5; may be repeated",
    )
    to.add_argument("--top", type=positive, default=12, metavar="N", help="hits on a page (12)")
    to.add_argument("--page", type=positive, default=1, metavar="N", help="which page of them (1)")
    to.add_argument("--threshold", type=_cosine, metavar="S", help="lowest score of a hit, -1 to 1")
    to.add_argument(
        "--label", action="append", default=[], metavar="L", help="only this article type; may be repeated"
    )
    to.add_argument(
        "--filter",
        action="append",
        type=_filter,
        default=[],
        metavar="COLUMN=VALUE",
        help=f"only products with this value; may be repeated. Columns: {', '.join(FILTER_COLUMNS)}",
    )
    to.add_argument("--price", type=_price, metavar="LOW:HIGH", help="only prices from LOW to HIGH")
    to.add_argument(
        "--like", action="append", default=[], metavar="ID", help="move towards this product; may be repeated"
    )
    to.add_argument(
        "--dislike", action="append", default=[], metavar="ID", help="move away from this product"
    )
    to.add_argument(
        "--order",
        choices=[order.value for order in Order],
        default=Order.SCORE.value,
        help="by score (default), the query's class first, or in groups by class",
    )
    to.add_argument("--fold", action="store_true", help="fold near-duplicates into one hit")
    to.add_argument("--facets", action="store_true", help="count the hits that each filter would leave")
    to.add_argument("--agreement", action="store_true", help="say which models agree on the query's class")
    to.add_argument("--csv", action="store_true", help="print the hits as CSV")


def run(chosen: argparse.Namespace, bars: Bars) -> int:
    """Find the products most like a picture, or a product."""
    from core.export import safe_csv
    from core.gallery.facets import FACET_COLUMNS, matching_rows
    from core.gallery.stored_catalogue import open_catalogue
    from core.reporting.hit_table import hit_table
    from core.retrieval.encoder import default_encoder
    from core.retrieval.search import search

    # What is quick to refuse comes before the models, which take seconds to load.
    _refuse_what_has_no_effect(chosen)
    catalogue = open_catalogue(chosen.catalogue)
    filters = _filters(chosen)
    matching_rows(catalogue.products, filters)
    weights = dict(chosen.weight)
    for extractor in (chosen.extractor, *weights):
        catalogue.open_index(extractor)
        if stale := catalogue.stale(extractor):
            raise ArtifactError(stale)
    start = perf_counter()
    query = _query(chosen)
    decoded = 1000 * (perf_counter() - start)
    encoder = default_encoder()
    wants_class = not chosen.csv or chosen.order != Order.SCORE
    if isinstance(query, PictureQuery):
        for extractor in (chosen.extractor, *weights):
            encoder.embed(extractor, BLANK, "")
        if wants_class:
            with suppress(ArtifactError, ModelError):  # said with the answer
                encoder.classify(CLASSIFIER, BLANK, "")
    request = SearchRequest(
        query,
        extractor=chosen.extractor,
        weights=weights,
        liked=tuple(chosen.like),
        disliked=tuple(chosen.dislike),
        filters=filters,
        threshold=chosen.threshold,
        order=Order(chosen.order),
        fold=chosen.fold,
        top=chosen.top,
        page=chosen.page,
        predict=wants_class,
        agreement=chosen.agreement,
        facets=FACET_COLUMNS if chosen.facets else (),
    )
    response = search(request, catalogue, encoder)
    if response.not_predicted:
        log.warning("The query's class is not named: %s", response.not_predicted)
    if chosen.csv:
        print(safe_csv(hit_table(response.hits, catalogue.products)).decode("utf-8-sig"), end="")
        return 0
    products = catalogue.products.set_index("id")
    document: dict[str, Any] = {
        "query": chosen.image if chosen.product is None else chosen.product,
        "catalogue": catalogue.name,
        "extractor": chosen.extractor,
        "hits": [
            {
                "rank": hit.rank,
                "product_id": hit.product_id,
                "score": hit.score,
                "label": products.at[hit.product_id, "articleType"],
                "name": products.at[hit.product_id, "productDisplayName"],
                "duplicates": hit.duplicates,
            }
            for hit in response.hits
        ],
        "prediction": vars(response.prediction) if response.prediction else None,
        "took_ms": {"decode": decoded} | dict(response.took_ms),
        "order": chosen.order,
        "first": response.first,
        "groups": [
            {"label": group.label, "product_ids": [hit.product_id for hit in group.hits]}
            for group in response.groups
        ],
        "total": response.total,
        "page": response.page,
        "n_pages": response.n_pages,
        "nothing_close": response.nothing_close,
        "verdict": asdict(response.verdict) if response.verdict else None,
    }
    if chosen.facets:
        document["facets"] = response.facets
    if chosen.agreement and response.verdict is not None:
        document["agreement"] = {
            "agreeing": response.verdict.agreeing,
            "differing": response.verdict.differing,
        }
    print(to_json(document) if chosen.json else search_text(document))
    return 0


def _refuse_what_has_no_effect(chosen: argparse.Namespace) -> None:
    for given, other, why in (
        (chosen.json, chosen.csv, "hits are printed as `--json` or as `--csv`"),
        (chosen.product, chosen.crop, "`--crop` is for a picture, not for a `--product`"),
        (chosen.fold, chosen.page > 1, "`--fold` looks at the nearest alone and has one `--page`"),
        (chosen.csv, chosen.facets or chosen.agreement, "`--csv` has the hits alone"),
    ):
        if given and other:
            raise SearchError(f"These options do not go together: {why}; leave one of them out.")
    if chosen.extractor in dict(chosen.weight):
        raise SearchError(
            f"{chosen.extractor} is the extractor itself and counts 1; give a `--weight` of another one."
        )


def _query(chosen: argparse.Namespace) -> Query:
    if chosen.product is not None:
        return ProductQuery(chosen.product)
    return PictureQuery.read(chosen.image, tuple(chosen.crop) if chosen.crop else None)


def _filters(chosen: argparse.Namespace) -> Filters:
    accepted: dict[str, tuple[str, ...]] = {}
    for column, value in [("articleType", label) for label in chosen.label] + chosen.filter:
        accepted[column] = (*accepted.get(column, ()), value)
    return Filters(accepted, price=chosen.price)


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def _cosine(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or not -1 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no cosine, which lies between -1 and 1")
    return value


def _percent(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is no percentage, which lies between 0 and 100")
    return value


def _weight(text: str) -> tuple[str, float]:
    name, equals, weight = text.partition("=")
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not name or not equals or not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no weight; expected E=W, such as colour=0.5")
    return name, value


def _filter(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not column or not equals:
        raise argparse.ArgumentTypeError(f"{text} is no filter; expected COLUMN=VALUE, such as gender=Women")
    return column, value


def _price(text: str) -> tuple[float | None, float | None]:
    low, colon, high = text.partition(":")
    try:
        bounds = tuple(float(side) if side.strip() else None for side in (low, high))
    except ValueError:
        bounds = (math.nan, None)
    if not colon or any(side is not None and not math.isfinite(side) for side in bounds):
        raise argparse.ArgumentTypeError(
            f"{text} is no price range; expected LOW:HIGH, either may be left out"
        )
    return bounds[0], bounds[1]
