"""The verb `search`, with every control that the Search page has."""

import argparse
import logging
from contextlib import suppress
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from core.cli.argument_types import (
    column_filter,
    cosine,
    extractor_weight,
    percent,
    positive,
    price_range,
    whole_number,
)
from core.cli.console import Bars, to_json
from core.cli.engine_options import add_engine_options, engine_of
from core.cli.garments_verb import garment_document
from core.cli.query_images import add_turn_option
from core.cli.text import search_text
from core.errors import ArtifactError, ModelError, SearchError
from core.gallery.facets import FILTER_COLUMNS
from core.gallery.protocol import Filters
from core.imaging.crop import crop_percent
from core.models.compared.methods import Distance
from core.models.extractors import EXTRACTORS
from core.models.names import CLASSIFIER, DEFAULT_EXTRACTOR
from core.retrieval.request import (
    Order,
    PictureQuery,
    ProductQuery,
    Query,
    SearchRequest,
    SearchResponse,
    WordsQuery,
)

if TYPE_CHECKING:
    from core.gallery.stored_catalogue import StoredCatalogue
    from core.retrieval.encoder import Encoder
    from core.retrieval.photograph.garment_part import GarmentChoice

HITS_A_PAGE = 12

BLANK = np.full((1, 1, 3), 255, np.uint8)
"""What a model answers first: that pass compiles the network, which is part of loading it."""

log = logging.getLogger(__name__)


def add_arguments(to: argparse.ArgumentParser) -> None:
    """Say what can be typed after `search`."""
    to.set_defaults(usage_error=to.error)
    _add_arguments_of_the_query(to)
    _add_arguments_of_likeness(to)
    _add_arguments_of_the_hits(to)
    to.add_argument("--facets", action="store_true", help="count the hits that each filter would leave")
    to.add_argument("--agreement", action="store_true", help="say which models agree on the query's class")
    to.add_argument("--csv", action="store_true", help="print the hits as CSV")
    add_engine_options(to)


def _add_arguments_of_the_query(to: argparse.ArgumentParser) -> None:
    query = to.add_mutually_exclusive_group()
    query.add_argument("image", metavar="IMAGE", nargs="?", help="the picture whose like is looked for")
    query.add_argument("--product", metavar="ID", help="a product of the catalogue in place of IMAGE")
    add_turn_option(to)
    to.add_argument(
        "--crop",
        nargs=4,
        type=percent,
        metavar=("LEFT", "TOP", "RIGHT", "BOTTOM"),
        help="search with this part of IMAGE, after its turn, its sides in per cent of the picture's",
    )
    to.add_argument(
        "--garment",
        type=whole_number,
        metavar="N",
        help="search with this garment of IMAGE, 1 being the likeliest, 0 the whole picture; by default the "
        "likeliest, where there are several or it fills less than half of the picture",
    )


def _add_arguments_of_likeness(to: argparse.ArgumentParser) -> None:
    to.add_argument("--catalogue", default="demo", metavar="NAME", help="where to look (demo)")
    to.add_argument(
        "--extractor",
        default=DEFAULT_EXTRACTOR,
        metavar="E",
        help=f"what decides what is alike: {', '.join(EXTRACTORS)} (vgg16)",
    )
    to.add_argument(
        "--distance",
        choices=[distance.value for distance in Distance],
        default=Distance.COSINE.value,
        help="how its vectors are compared: cosine (default), euclidean, or a method's own",
    )
    to.add_argument(
        "--weight",
        action="append",
        type=extractor_weight,
        default=[],
        metavar="E=W",
        help="how much another extractor counts beside it, such as colour=0.5; may be repeated",
    )
    to.add_argument(
        "--words",
        action="append",
        default=[],
        metavar="TEXT",
        help='words of the catalogue, such as "red full sleeve", with IMAGE or without; may be repeated',
    )


def _add_arguments_of_the_hits(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--top", type=positive, metavar="N", help="hits on a page (12); with --csv hits in all (1,000)"
    )
    to.add_argument("--page", type=positive, default=1, metavar="N", help="which page of them (1)")
    to.add_argument("--threshold", type=cosine, metavar="S", help="lowest score of a hit, -1 to 1")
    to.add_argument(
        "--label", action="append", default=[], metavar="L", help="only this article type; may be repeated"
    )
    to.add_argument(
        "--filter",
        action="append",
        type=column_filter,
        default=[],
        metavar="COLUMN=VALUE",
        help=f"only products with this value; may be repeated. Columns: {', '.join(FILTER_COLUMNS)}",
    )
    to.add_argument("--price", type=price_range, metavar="LOW:HIGH", help="only prices from LOW to HIGH")
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
    to.add_argument(
        "--no-fold",
        action="store_false",
        dest="fold",
        help="near-duplicates one by one; they fold into one hit otherwise, as on the page",
    )
    to.add_argument(
        "--intimates",
        action="store_true",
        help="underwear, swimwear and nightwear too, for a query of another kind",
    )


def run(chosen: argparse.Namespace, bars: Bars) -> int:
    """Find the products most like a picture, a garment in it, or a product."""
    from core.gallery.distances import check_distance
    from core.gallery.facets import FACET_COLUMNS, matching_rows
    from core.gallery.stored_catalogue import open_catalogue
    from core.reporting.hit_table import hits_csv
    from core.retrieval.encoder import default_encoder
    from core.retrieval.photograph.upright import turned_name
    from core.retrieval.search import search

    # What is quick to refuse comes before the models, which take seconds to load.
    _refuse_what_has_no_effect(chosen)
    _refuse_no_query(chosen)
    check_distance(Distance(chosen.distance), chosen.extractor)
    catalogue = open_catalogue(chosen.catalogue, engine_of(chosen))
    filters = _filters(chosen)
    matching_rows(catalogue.products, filters)
    weights = dict(chosen.weight)
    for extractor in (chosen.extractor, *weights):
        catalogue.open_index(extractor)
        if stale := catalogue.stale(extractor):
            raise ArtifactError(stale)
    start = perf_counter()
    query = _query(chosen)
    took_ms = {"decode": 1000 * (perf_counter() - start)}
    encoder = default_encoder()
    wants_class = not chosen.csv or chosen.order != Order.SCORE
    photo = None
    if isinstance(query, PictureQuery):
        _warm_up(chosen, encoder, (chosen.extractor, *weights), classifies=wants_class)
        photo = _photo_searched(chosen, query, encoder, took_ms)
        query = photo.query
    request = SearchRequest(
        query,
        extractor=chosen.extractor,
        distance=Distance(chosen.distance),
        weights=weights,
        words=tuple(chosen.words),
        liked=tuple(chosen.like),
        disliked=tuple(chosen.dislike),
        filters=filters,
        threshold=chosen.threshold,
        order=Order(chosen.order),
        intimates=chosen.intimates,
        fold=chosen.fold,
        top=chosen.top or HITS_A_PAGE,
        page=chosen.page,
        predict=wants_class,
        agreement=chosen.agreement,
        facets=FACET_COLUMNS if chosen.facets else (),
    )
    if chosen.csv:
        name = chosen.image or chosen.product or " ".join(chosen.words)
        if photo is not None:
            name = turned_name(name, photo.turn)
        rows = hits_csv(request, catalogue, query_name=name, encoder=encoder, most=chosen.top)
        print(rows.decode("utf-8-sig"), end="")
        _say_not_folded(catalogue.not_folded() if chosen.fold else "")
        return 0
    response = search(request, catalogue, encoder)
    for word, alike in response.words.unknown.items():
        log.warning(
            "No product has the word %s%s", word, f"; did you mean {' or '.join(alike)}?" if alike else ""
        )
    _say_not_folded(response.not_folded)
    if response.not_predicted:
        log.warning("The query's class is not named: %s", response.not_predicted)
    document = _document(chosen, catalogue, response, photo=photo, took_ms=took_ms)
    print(to_json(document) if chosen.json else search_text(document))
    return 0


def _say_not_folded(why: str) -> None:
    if why:
        log.warning("Hits are not folded: %s", why)


@dataclass(frozen=True)
class _Photo:
    """What of a photo is searched with, and what was done to it for that."""

    query: PictureQuery
    turn: int  # degrees clockwise
    choice: "GarmentChoice | None" = None  # None where no garments were looked for


def _looks_for_garments(chosen: argparse.Namespace) -> bool:
    return chosen.crop is None and chosen.garment != 0


def _warm_up(
    chosen: argparse.Namespace, encoder: "Encoder", extractors: tuple[str, ...], *, classifies: bool
) -> None:
    """Load the models and have each answer once, so that what is timed is the answer."""
    for extractor in extractors:
        encoder.embed(extractor, BLANK, "")
    with suppress(ArtifactError, ModelError):  # then nothing is turned
        if chosen.turn is None:
            encoder.upright(BLANK, "")
    with suppress(ArtifactError, ModelError):  # said with the answer
        if classifies:
            encoder.classify(CLASSIFIER, BLANK, "")
    with suppress(ArtifactError, ModelError):  # said, or raised, when it is asked
        if _looks_for_garments(chosen):
            encoder.find(BLANK, "")


def _photo_searched(
    chosen: argparse.Namespace, query: PictureQuery, encoder: "Encoder", took_ms: dict[str, float]
) -> _Photo:
    """Turn a photo, then take the part or the garment of it that is asked for; adds how long each took."""
    from core.retrieval.photograph.upright import stand_upright

    start = perf_counter()
    upright = stand_upright(query.image, encoder, turn=chosen.turn, key=query.key)
    took_ms["turn"] = 1000 * (perf_counter() - start)
    if upright.turn:
        query = PictureQuery(upright.image)
    if chosen.crop is not None:
        return _Photo(PictureQuery(crop_percent(query.image, tuple(chosen.crop))), upright.turn)
    if not _looks_for_garments(chosen):
        return _Photo(query, upright.turn)
    start = perf_counter()
    query, choice = _garment_searched(query, chosen.garment, encoder)
    took_ms["find"] = 1000 * (perf_counter() - start)
    return _Photo(query, upright.turn, choice)


def _garment_searched(
    query: PictureQuery, number: int | None, encoder: "Encoder"
) -> tuple[PictureQuery, "GarmentChoice | None"]:
    """Give the query of the garment that was asked for, or that the page would start with.

    Where the finder is not at hand, nobody asked for a garment, and the whole picture is searched.
    """
    from core.retrieval.garment_choice import choose_garment
    from core.retrieval.photograph.garment_part import garment_query

    try:
        choice = choose_garment(query.image, encoder, number=number, key=query.key)
    except (ArtifactError, ModelError) as error:
        if number is not None:
            raise
        log.warning("The whole picture is searched: %s", error)
        return query, None
    return (garment_query(query.image, choice) if choice.shown else query), choice


def _document(
    chosen: argparse.Namespace,
    catalogue: "StoredCatalogue",
    response: SearchResponse,
    *,
    photo: _Photo | None,
    took_ms: dict[str, float],
) -> dict[str, Any]:
    """Lay out the answer as it is printed with `--json`."""
    products = catalogue.products.set_index("id")
    document: dict[str, Any] = {
        "query": chosen.image or chosen.product or " ".join(chosen.words),
        "catalogue": catalogue.name,
        "extractor": chosen.extractor,
        "hits": [
            {
                "rank": hit.rank,
                "product_id": hit.product_id,
                "score": hit.score,
                "closeness": hit.closeness,
                "label": products.at[hit.product_id, "articleType"],
                "name": products.at[hit.product_id, "productDisplayName"],
                "duplicates": hit.duplicates,
                "picture": hit.picture,
            }
            for hit in response.hits
        ],
        "prediction": vars(response.prediction) if response.prediction else None,
        "took_ms": took_ms | dict(response.took_ms),
        "turn": photo.turn if photo else None,
        "garment": _chosen_garment(photo.choice if photo else None),
        "distance": chosen.distance,
        "order": chosen.order,
        "first": response.first,
        "groups": [
            {
                "label": group.label,
                "product_ids": [hit.product_id for hit in group.hits],
                "total": group.total,
            }
            for group in response.groups
        ],
        "total": response.total,
        "page": response.page,
        "n_pages": response.n_pages,
        "n_groups": response.n_groups,
        "not_folded": response.not_folded,
        "left_out": response.n_left_out,
        "likely_gender": response.likely_gender,
        "words": [
            {"text": term.text, "column": term.column, "values": term.meant} for term in response.words.terms
        ],
        "unknown_words": response.words.unknown,
        "nothing_close": response.nothing_close,
        "counted_among": response.counted_among,
        "verdict": asdict(response.verdict) if response.verdict else None,
    }
    if chosen.facets:
        document["facets"] = response.facets
    if chosen.agreement and response.verdict is not None:
        document["agreement"] = {
            "agreeing": response.verdict.agreeing,
            "differing": response.verdict.differing,
        }
    return document


def _chosen_garment(choice: "GarmentChoice | None") -> dict[str, Any] | None:
    """Name the garment that was searched with; None for the whole picture."""
    if choice is None or choice.garment is None:
        return None
    return {"number": choice.number} | garment_document(choice.garment) | {"of": len(choice.garments)}


def _refuse_what_has_no_effect(chosen: argparse.Namespace) -> None:
    for given, other, why in (
        (chosen.json, chosen.csv, "hits are printed as `--json` or as `--csv`"),
        (chosen.image is None, chosen.crop, "`--crop` is for a picture, not for a `--product` or words"),
        (
            chosen.image is None,
            chosen.turn is not None,
            "`--turn` is for a picture, not for a `--product` or words",
        ),
        (
            chosen.garment is not None,
            chosen.image is None or chosen.crop,
            "`--garment` is for a whole picture, not for a `--product`, words or a `--crop`",
        ),
        (chosen.csv, chosen.page > 1, "`--csv` has the hits of all pages"),
        (chosen.csv, chosen.facets or chosen.agreement, "`--csv` has the hits alone"),
    ):
        if given and other:
            raise SearchError(f"These options do not go together: {why}; leave one of them out.")
    if chosen.extractor in dict(chosen.weight):
        raise SearchError(
            f"{chosen.extractor} is the extractor itself and counts 1; give a `--weight` of another one."
        )


def _refuse_no_query(chosen: argparse.Namespace) -> None:
    if not (chosen.image or chosen.product or any(map(str.strip, chosen.words))):
        chosen.usage_error("nothing is looked for; give a picture, a `--product` or `--words`")


def _query(chosen: argparse.Namespace) -> Query:
    if chosen.image is None and chosen.product is None:
        return WordsQuery()
    if chosen.product is not None:
        return ProductQuery(chosen.product)
    return PictureQuery.read(chosen.image)


def _filters(chosen: argparse.Namespace) -> Filters:
    accepted: dict[str, tuple[str, ...]] = {}
    for column, value in [("articleType", label) for label in chosen.label] + chosen.filter:
        accepted[column] = (*accepted.get(column, ()), value)
    return Filters(accepted, price=chosen.price)
