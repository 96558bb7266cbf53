"""Hits as tables: those of one search, and those of several pictures searched with at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.export import safe_csv
from core.gallery.stored_catalogue import StoredCatalogue
from core.retrieval.encoder import Encoder
from core.retrieval.ranking import Hit
from core.retrieval.request import Order, SearchRequest
from core.retrieval.search import search_all
from core.retrieval.verdicts.verdict import Verdict


@dataclass(frozen=True)
class BatchAnswer:
    """What was found for one picture of several, or why nothing was."""

    name: str
    looked_at: str = ""  # which of its garments is searched with, in words
    verdict: Verdict | None = None  # None where nobody could say what it is
    hits: tuple[Hit, ...] = ()
    problem: str = ""
    nothing_close: bool = False
    turn: int = 0  # degrees clockwise that it was turned by to stand upright


def hit_table(hits: Sequence[Hit], products: pd.DataFrame) -> pd.DataFrame:
    """Lay hits out as a table, a row each.

    Parameters
    ----------
    hits : sequence of Hit
    products : DataFrame
        Those that the hits are of.

    Returns
    -------
    DataFrame
        ``rank``, ``score``, ``closeness`` (the score in words, "" where it was not measured what it means),
        ``product_id``, then every other column of the products, and ``near_duplicates``, the ids folded into
        the hit with blanks between.
    """
    facts = products.set_index("id").loc[[hit.product_id for hit in hits]]
    table = facts.rename_axis("product_id").reset_index()
    table.insert(0, "rank", [hit.rank for hit in hits])
    table.insert(1, "score", [round(hit.score, 6) for hit in hits])
    table.insert(2, "closeness", [str(hit.closeness or "") for hit in hits])
    table["near_duplicates"] = [" ".join(hit.duplicates) for hit in hits]
    return table


def hits_csv(
    request: SearchRequest,
    catalogue: StoredCatalogue,
    *,
    query_name: str,
    encoder: Encoder | None = None,
    most: int | None = None,
) -> bytes:
    """Search, and write all hits as CSV that is safe to open in a spreadsheet.

    Parameters
    ----------
    request : SearchRequest
    catalogue : StoredCatalogue
    query_name : str
        What is searched with, in words.
    encoder : Encoder, optional
        By default the models of this process.
    most : int, optional
        Hits at most; by default those of `core.retrieval.search.search_all`.

    Returns
    -------
    bytes
        The columns of `hit_table`, then in every row ``query``, ``catalogue``, ``extractor`` and ``asked``:
        the filters, words and all other controls that are set, in one line.

    Raises
    ------
    ArtifactError, ModelError, SearchError
        As from `core.retrieval.search.search`.
    """
    response = search_all(request, catalogue, encoder)
    table = hit_table(response.hits[:most], catalogue.products)
    asked = request_text(request)
    return safe_csv(
        table.assign(query=query_name, catalogue=catalogue.name, extractor=request.extractor, asked=asked)
    )


def request_text(request: SearchRequest) -> str:
    """Say in a line what a request asks for beside its query; empty where it asks for nothing.

    Examples
    --------
    >>> from core.gallery.protocol import Filters
    >>> from core.retrieval.request import ProductQuery
    >>> narrow = Filters({"baseColour": ("Blue", "Red")}, price=(None, 500.0))
    >>> request_text(SearchRequest(ProductQuery("1"), words=("striped",), filters=narrow, threshold=0.4))
    'words: striped; baseColour: Blue, Red; price: to 500; score: from 0.4'
    """
    filters = request.filters
    lowest, highest = filters.price or (None, None)
    bounds = [f"{side} {bound:g}" for side, bound in (("from", lowest), ("to", highest)) if bound is not None]
    parts = {
        "words": ", ".join(request.words),
        **{column: ", ".join(value or "unknown" for value in of) for column, of in filters.accepted.items()},
        "price": " ".join(bounds),
        "score": "" if request.threshold is None else f"from {request.threshold:g}",
        "weights": ", ".join(f"{name} {weight:g}" for name, weight in request.weights.items() if weight),
        "order": "" if request.order is Order.SCORE else request.order.value,
        "near-duplicates": "" if request.fold else "not folded",
        "liked": " ".join(request.liked),
        "disliked": " ".join(request.disliked),
    }
    return "; ".join(f"{name}: {text}" for name, text in parts.items() if text)


def batch_table(answers: Sequence[BatchAnswer], products: pd.DataFrame) -> pd.DataFrame:
    """Lay answers out as a table, a row for each hit.

    Parameters
    ----------
    answers : sequence of BatchAnswer
    products : DataFrame
        Those that the hits are of.

    Returns
    -------
    DataFrame
        ``picture``, ``turned`` (degrees clockwise), ``looked at`` (which of its garments), ``verdict`` (its
        heading), ``probability`` (of what the verdict says), ``known`` (whether it is one of the five
        classes), ``rank``, ``score``, ``closeness``, ``product_id``, then every other column of the products,
        and ``problem``. A picture without hits has one row. What nobody could say is None, or NaN.
    """
    wanted = {hit.product_id for each in answers for hit in each.hits}
    facts = products[products["id"].isin(wanted)].set_index("id")
    rows = []
    for each in answers:
        verdict = each.verdict
        probability = verdict.probability if verdict else None
        head = {
            "picture": each.name,
            "turned": each.turn,
            "looked at": each.looked_at,
            "verdict": verdict.heading if verdict else None,
            "probability": math.nan if probability is None else probability,
            "known": verdict.known if verdict else None,
        }
        found = [
            {
                "rank": hit.rank,
                "score": round(hit.score, 6),
                "closeness": str(hit.closeness or ""),
                "product_id": hit.product_id,
            }
            | facts.loc[hit.product_id].to_dict()
            for hit in each.hits
        ]
        rows += [head | hit | {"problem": each.problem} for hit in found or [{}]]
    columns = ["picture", "turned", "looked at", "verdict", "probability", "known"]
    columns += ["rank", "score", "closeness", "product_id", *facts.columns, "problem"]
    return pd.DataFrame(rows, columns=columns)
