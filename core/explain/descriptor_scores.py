"""How alike two pictures are in colour, texture and shape, by the handcrafted descriptors."""

import numpy as np

from core.descriptors import DESCRIPTORS, load_descriptor


def descriptor_scores(query: np.ndarray, hit: np.ndarray) -> dict[str, float]:
    """Say how alike two garments are in colour, texture and shape each.

    Parameters
    ----------
    query, hit : uint8 array (height, width, 3)

    Returns
    -------
    dict of descriptor to float
        In the order of `core.descriptors.DESCRIPTORS`; 0 to 1, the same as a search by that descriptor
        scores the hit.
    """
    scores = {}
    for name in DESCRIPTORS:
        one, other = load_descriptor(name).extract([query, hit])
        scores[name] = float(np.clip(one @ other, 0.0, 1.0))
    return scores
