"""Late fusion: the scores of several extractors weighed into one."""

from collections.abc import Mapping

import numpy as np

from core.errors import SearchError


def combined_scores(
    scores: Mapping[str, np.ndarray],
    weights: Mapping[str, float],
    *,
    balanced: bool = False,
    spreads: Mapping[str, float] | None = None,
) -> np.ndarray:
    """Weigh the scores of several extractors into one.

    The weighted mean of cosines is again a cosine: that of the vectors laid end to end, each scaled by the
    root of its weight. So it keeps the range from -1 to 1.

    Parameters
    ----------
    scores : mapping of extractor to float array (n,)
        Of one query, all over the same rows.
    weights : mapping of extractor to float
        At least 0, not all 0; only their proportions count. An extractor without a weight counts nothing.
    balanced : bool
        Divide each weight by the spread (standard deviation) of its scores. Equal weights then move hits
        equally, where otherwise an extractor whose scores differ little is hardly heard.
    spreads : mapping of extractor to float, optional
        The spreads to balance by, where the scores are not of the whole gallery.

    Returns
    -------
    float32 array (n,)

    Raises
    ------
    SearchError
        If a weight is negative, names no scores, or none is left.
    """
    unknown = sorted(set(weights) - set(scores))
    if unknown:
        raise SearchError(f"There are no scores of {unknown[0]}; there are of {', '.join(sorted(scores))}.")
    if not all(0 <= weight < np.inf for weight in weights.values()) or not any(weights.values()):
        raise SearchError("The weights must be 0 or more, and at least one more than 0.")
    used = {name: np.asarray(scores[name], np.float64) for name, weight in weights.items() if weight}
    if len({values.shape for values in used.values()}) != 1:
        raise SearchError("Scores of different catalogues cannot be combined; use extractors of one.")
    shares = {name: float(weights[name]) for name in used}
    if balanced and spreads is None:
        spreads = {name: values.std() if values.size else 0.0 for name, values in used.items()}
    if spreads is not None:
        # Scores that are all alike order nothing, and have no spread to divide by.
        heard = {name: share / spreads[name] for name, share in shares.items() if spreads[name] > 0}
        shares = heard or shares
    total = sum(share * used[name] for name, share in shares.items())
    return np.asarray(total / sum(shares.values()), np.float32)
