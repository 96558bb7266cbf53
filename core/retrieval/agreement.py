"""What a query shows: the judges are asked, and one verdict is reached."""

from dataclasses import dataclass, field

import numpy as np

from core.errors import ArtifactError, FashionSearchError, ImageError, ModelError
from core.gallery.stored_catalogue import StoredCatalogue
from core.labels import spellings_of
from core.models.consensus import JUDGE_NAMES, K_NEIGHBOURS, NeighbourVote, knn_vote
from core.models.names import CLASSIFIER
from core.models.prediction import Prediction
from core.retrieval.encoder import Encoder
from core.retrieval.query import nearest_products, picture_of
from core.retrieval.request import PictureQuery, ProductQuery, Query, QueryClass, VectorQuery, WordsQuery
from core.retrieval.verdicts.calibration import (
    calibration_at_hand,
    is_very_close,
    judge_worth,
    known_on_photograph,
)
from core.retrieval.verdicts.evidence import Evidence
from core.retrieval.verdicts.verdict import Verdict, product_verdict, reach_verdict
from core.retrieval.verdicts.verdict_rules import Sureness

SECOND_OPINION = "rgb"
"""The classifier that is asked beside `CLASSIFIER` whether it agrees: it sees colours alone."""

ASKED = (CLASSIFIER, SECOND_OPINION)
"""The classifiers that a search asks, the first of which speaks."""


@dataclass(frozen=True)
class Judgement:
    """A verdict, and what the classifiers said by themselves.

    Attributes
    ----------
    verdict : Verdict or None
        None where nobody could be asked.
    prediction : Prediction or None
        The classifier's; None where it was not asked or is not at hand.
    absent : dict of str to str
        Judges that were asked and are not at hand, to the reason.
    evidence : Evidence or None
        What the verdict on a picture was reached from; None for a product, which its own row speaks for.
    """

    verdict: Verdict | None = None
    prediction: Prediction | None = None
    absent: dict[str, str] = field(default_factory=dict)
    evidence: Evidence | None = None


def judge_query(
    query: Query,
    extractor: str,
    catalogue: StoredCatalogue,
    encoder: Encoder,
    *,
    vector: np.ndarray | None = None,
    second_opinion: bool = False,
    intimates: bool = False,
) -> Judgement:
    """Say what a query shows, from the classifier, the garment finder and the nearest products.

    Parameters
    ----------
    query : Query
        A picture's garment, where it has one, is what the finder says. A product of the catalogue
        is what its row says; without a second opinion no model is asked about it. Nobody is asked
        about words.
    extractor : str
        By which the nearest products are found.
    catalogue : StoredCatalogue
    encoder : Encoder
    vector : float array (dimension,), optional
        The query's embedding, where it is already there.
    second_opinion : bool
        Whether to ask `SECOND_OPINION` too, and about products and vectors as well.
    intimates : bool
        Whether underwear, swimwear and nightwear count among the nearest products of a query of another kind.

    Returns
    -------
    Judgement
        Whoever is not at hand is left out, and named.

    Raises
    ------
    ModelError
        If a second opinion is asked about a vector, which shows nothing.
    SearchError
        If there is no such product.
    """
    if isinstance(query, WordsQuery):
        return Judgement()
    own = query.product_id if isinstance(query, ProductQuery) else None
    own_type = catalogue.types_of([own])[0] if own else ""
    if not second_opinion and not isinstance(query, PictureQuery):
        return Judgement(product_verdict(own_type, Evidence()) if own_type else None)
    absent: dict[str, str] = {}
    calibration = calibration_at_hand()
    predictions = _predictions(query, catalogue, encoder, second_opinion, absent)
    if isinstance(query, PictureQuery):
        predictions = [known_on_photograph(said, calibration) for said in predictions]
    vote: NeighbourVote | None = None
    try:
        near = query if vector is None else VectorQuery({extractor: vector})
        vote = neighbour_vote(near, extractor, catalogue, encoder, exclude=own, intimates=intimates)
    except FashionSearchError as error:  # without embeddings there are no hits either, which is said there
        absent[extractor] = str(error)
    garment = query.garment if isinstance(query, PictureQuery) else None
    evidence = Evidence(predictions, garment, vote, stocked_types(catalogue))
    if not (predictions or evidence.garment or vote):
        return Judgement(absent=absent)
    prediction = next(iter(predictions), None)
    if own_type:
        return Judgement(product_verdict(own_type, evidence), prediction, absent)
    verdict = reach_verdict(evidence, judge_worth(calibration))
    return Judgement(verdict, prediction, absent, evidence)


def stocked_types(catalogue: StoredCatalogue) -> tuple[str, ...]:
    """List every `articleType` that a catalogue has, the most frequent first."""
    counts = catalogue.gallery.count_by("articleType")
    return tuple(sorted(counts, key=lambda spelled: -counts[spelled]))


def neighbour_vote(
    query: Query,
    extractor: str,
    catalogue: StoredCatalogue,
    encoder: Encoder,
    *,
    exclude: str | None = None,
    intimates: bool = False,
) -> NeighbourVote:
    """Let the products nearest to a query vote, by the plain score of one extractor.

    Those of `core.retrieval.query.nearest_products` have a vote.

    Raises
    ------
    ArtifactError, ModelError
        If the extractor is not at hand, or its vectors do not fit the catalogue.
    SearchError
        If the catalogue has no other product.
    """
    found = nearest_products(
        query,
        extractor,
        K_NEIGHBOURS,
        catalogue=catalogue,
        encoder=encoder,
        exclude=exclude,
        intimates=intimates,
    )
    best = float(found.scores[0]) if len(found.scores) else 0.0
    very_close = is_very_close(best, extractor, calibration_at_hand())
    return knn_vote(catalogue.types_of(found.ids), very_close=very_close)


def query_class(query: Query, judged: Judgement, catalogue: StoredCatalogue) -> QueryClass:
    """Say which class's hits may come first: a product's own, or what the verdict is sure of."""
    if isinstance(query, ProductQuery):
        (own,) = catalogue.types_of([query.product_id])
        return QueryClass(own or None, "its own class", order=(own,))
    verdict = judged.verdict
    if verdict is None:
        return QueryClass()
    sure, reason = _sure_class(verdict, judged.prediction, catalogue)
    return QueryClass(sure, reason, _likeliest_classes(verdict, judged.prediction), verdict.known)


def _sure_class(
    verdict: Verdict, prediction: Prediction | None, catalogue: StoredCatalogue
) -> tuple[str | None, str]:
    """Give the class that may come first, as most of its products spell it, and why it may, or none may."""
    if verdict.label is None or verdict.sureness is not Sureness.SURE:
        return None, f"since {JUDGE_NAMES[CLASSIFIER]} is not sure of the class" if prediction else ""
    spelled = spellings_of(verdict.label, stocked_types(catalogue))
    if not spelled:
        return None, f"since the catalogue has no {verdict.label}"
    return spelled[0], verdict.reason


def _likeliest_classes(verdict: Verdict, prediction: Prediction | None) -> tuple[str, ...]:
    """Give the classes by falling probability, where the verdict follows the classifier; else its own."""
    if prediction is not None and prediction.known and prediction.label == verdict.label:
        shares = prediction.probabilities
        return tuple(sorted(shares, key=shares.__getitem__, reverse=True))
    return (verdict.kind,) if verdict.kind else ()


def is_stocked(verdict: Verdict | None, catalogue: StoredCatalogue) -> bool:
    """Whether the catalogue has products of the query's class; also where nobody was asked for it."""
    if verdict is None or verdict.label is None:
        return True
    return bool(spellings_of(verdict.label, stocked_types(catalogue)))


def _predictions(
    query: Query, catalogue: StoredCatalogue, encoder: Encoder, second_opinion: bool, absent: dict[str, str]
) -> list[Prediction]:
    """Ask the classifier, and where it is at hand the second one; note why one is not."""
    predictions: list[Prediction] = []
    try:
        picture = picture_of(query, catalogue)
    except ImageError as error:  # what the table says of a product can still be said
        absent[CLASSIFIER] = str(error)
        return predictions
    for classifier in ASKED if second_opinion else ASKED[:1]:
        try:
            predictions.append(encoder.classify(classifier, picture.image, picture.key))
        except (ArtifactError, ModelError) as error:
            absent[classifier] = str(error)
            break  # the second one sees colours alone, and does not speak for the first
    return predictions
