"""A score to stop at that means something, measured on the catalogue itself."""

from collections.abc import Sequence

import numpy as np

from core.gallery.protocol import Gallery, QueryVectors
from core.models.compared.methods import Distance

MIN_SHARE = 0.95
SAMPLED_QUERIES = 300
HITS_A_QUERY = 50
MIN_HITS = 30


def score_for_share(
    gallery: Gallery,
    extractor: str,
    ids: Sequence[str],
    labels: Sequence[str],
    share: float = MIN_SHARE,
    distance: Distance = Distance.COSINE,
) -> float | None:
    """Find the score above which most hits are of their query's class.

    Up to `SAMPLED_QUERIES` products, spread evenly over the catalogue, are taken as queries; their
    `HITS_A_QUERY` hits, never the query itself, are put together and ordered by score.

    Parameters
    ----------
    gallery : Gallery
    extractor : str
    ids, labels : sequences of str, length len(gallery)
        Id and class of each product.
    share : float
        Of the hits at or above the score, how many must have the class of their query, 0 to 1.
    distance : Distance
        By which they are scored.

    Returns
    -------
    float or None
        The lowest score that holds this, with equal scores taken together. None where fewer than `MIN_HITS`
        hits lie above any such score: then no score means that much.
    """
    if not len(ids):
        return None
    asked = np.unique(np.linspace(0, len(ids) - 1, min(SAMPLED_QUERIES, len(ids))).astype(int))
    own = [ids[row] for row in asked]
    found = gallery.search(
        QueryVectors.of(extractor, gallery.vectors(extractor, own), distance), HITS_A_QUERY, exclude=own
    )
    scores = np.concatenate([neighbours.scores for neighbours in found])
    label_of = dict(zip(ids, labels, strict=True))
    right = np.concatenate(
        [
            np.array([label_of[found_id] == labels[row] for found_id in neighbours.ids], bool)
            for row, neighbours in zip(asked, found, strict=True)
        ]
    )
    order = np.argsort(-scores, kind="stable")
    scores, right = scores[order], right[order]
    last = np.append(np.diff(scores) < 0, True)  # the last of equal scores: a threshold takes all of them
    good = last & (np.cumsum(right) >= share * np.arange(1, len(scores) + 1))
    good[: MIN_HITS - 1] = False
    return float(scores[np.flatnonzero(good)[-1]]) if good.any() else None
