"""Who agrees on the class of a query: a classifier, a second one, and the nearest products."""

from contextlib import suppress

from core.errors import ArtifactError, ModelError
from core.gallery.stored_catalogue import StoredCatalogue
from core.models.consensus import K_NEIGHBOURS, Verdict, combine_predictions, knn_vote
from core.models.names import CLASSIFIER
from core.retrieval.encoder import Encoder
from core.retrieval.query import nearest_products, picture_of
from core.retrieval.request import Query

N_JUDGES = 3
"""Who is asked: `CLASSIFIER`, `SECOND_OPINION` and the nearest products."""

SECOND_OPINION = "rgb"
"""The classifier that is asked beside `CLASSIFIER` whether it agrees: it sees colours alone."""


def agreement(query: Query, extractor: str, catalogue: StoredCatalogue, encoder: Encoder) -> Verdict:
    """Say what a query shows, and whether a second classifier and the nearest products agree.

    Parameters
    ----------
    query : PictureQuery or ProductQuery
    extractor : str
        By which the nearest products are found.
    catalogue : StoredCatalogue
    encoder : Encoder

    Returns
    -------
    Verdict
        A classifier that is not at hand is left out, but for the first.

    Raises
    ------
    ArtifactError, ModelError
        If `CLASSIFIER` or the extractor is not at hand.
    SearchError
        If the catalogue has no other product to vote.
    """
    picture = picture_of(query, catalogue)
    opinions = [encoder.classify(CLASSIFIER, picture.image, picture.key)]
    nearest = nearest_products(query, extractor, K_NEIGHBOURS, catalogue=catalogue, encoder=encoder)
    opinions.append(knn_vote(catalogue.types_of(nearest.ids)))
    with suppress(ArtifactError, ModelError):  # the first opinion does not depend on it
        opinions.append(encoder.classify(SECOND_OPINION, picture.image, picture.key))
    return combine_predictions(opinions)
