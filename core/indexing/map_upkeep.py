"""Maps while the catalogue changes: kept, mended for a few products, and drawn anew when they are due.

A map of tens of thousands of products takes minutes, and moves every dot. So as long as few products have
come, changed or gone, all others stay where they are, and those few are placed among them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.maps.placement import AVERAGED, drawn_rows
from core.maps.tsne import FEWEST, PRESERVED_NEIGHBOURS

REDRAWN_FROM = 0.05
"""Share of the products that may come, change or go before a map is drawn anew."""

LEAST_KEPT = 0.5
"""Below this share of unchanged products a map says nothing about the others."""

TRUST = "trust"
_ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class DrawnMaps:
    """The maps of one extractor, and what they are of.

    Attributes
    ----------
    ids : sequence of str
    vectors : float32 array (n, dimension)
    maps : dict of kind to float32 array
        As from `core.maps.tsne.draw_maps`.
    n_changed : int
        Products that came, changed or went since t-SNE drew them.
    """

    ids: Sequence[str]
    vectors: np.ndarray
    maps: Mapping[str, np.ndarray]
    n_changed: int = 0

    @property
    def is_due(self) -> bool:
        """Whether so much has changed that the maps should be drawn anew."""
        return self.n_changed > REDRAWN_FROM * len(self.ids)


def carry_maps(drawn: DrawnMaps, ids: Sequence[str], vectors: np.ndarray) -> DrawnMaps | None:
    """Keep maps for a catalogue that has changed.

    Parameters
    ----------
    drawn : DrawnMaps
    ids : sequence of n str
        Of the catalogue now.
    vectors : float32 array (n, dimension)

    Returns
    -------
    DrawnMaps or None
        Products with the same vector are where they were, every other is placed at the mean of its nearest
        among these, weighted by score. None where too few are the same.

    Examples
    --------
    >>> vectors = np.array([[1, 0], [0, 1]], np.float32)
    >>> maps = {"2d": np.array([[1, 2], [3, 4]], np.float32), "trust": np.ones(2, np.float32)}
    >>> carried = carry_maps(DrawnMaps(["a", "b"], vectors, maps), ["b", "a"], vectors[::-1])
    >>> carried.maps["2d"].tolist(), carried.n_changed
    ([[3.0, 4.0], [1.0, 2.0]], 0)
    """
    if not drawn.maps or drawn.vectors.shape[1:] != vectors.shape[1:]:
        return None
    row_of = {product_id: row for row, product_id in enumerate(drawn.ids)}
    rows = np.array([row_of.get(product_id, -1) for product_id in ids])
    same = rows >= 0
    same[same] = (drawn.vectors[rows[same]] == vectors[same]).all(axis=1)
    if not same.all() and same.sum() < max(FEWEST, AVERAGED, LEAST_KEPT * len(ids)):
        return None
    n_gone = len(set(drawn.ids) - set(ids))
    n_changed = drawn.n_changed + int((~same).sum()) + n_gone
    maps = {
        kind: _carried(places, rows, same, vectors) for kind, places in drawn.maps.items() if kind != TRUST
    }
    if TRUST in drawn.maps:
        trust = np.ones(len(ids), np.float32)
        trust[same] = drawn.maps[TRUST][rows[same]]
        if "2d" in maps:
            trust[~same] = _preservation(vectors, maps["2d"], np.flatnonzero(~same))
        maps[TRUST] = trust
    return DrawnMaps(list(ids), vectors, maps, n_changed)


def _carried(places: np.ndarray, rows: np.ndarray, same: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    carried = np.full((len(rows), places.shape[1]), np.nan, np.float32)
    carried[same] = places[rows[same]]
    if not drawn_rows(places).all():
        return carried  # a map of a sample: the others are not drawn either
    anchors, strangers = np.flatnonzero(same), np.flatnonzero(~same)
    for start in range(0, len(strangers), _ROWS_AT_ONCE):
        some = strangers[start : start + _ROWS_AT_ONCE]
        scores = vectors[some] @ vectors[anchors].T
        near = np.argpartition(-scores, AVERAGED - 1, axis=1)[:, :AVERAGED]
        weights = np.clip(np.take_along_axis(scores, near, axis=1), 1e-6, None)
        weights /= weights.sum(axis=1, keepdims=True)
        carried[some] = np.einsum("ij,ijk->ik", weights, carried[anchors[near]])
    return carried


def _preservation(vectors: np.ndarray, places: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Share of the nearest neighbours that some products keep on the map, as `neighbourhood_preservation`."""
    k = min(PRESERVED_NEIGHBOURS, len(vectors) - 1)
    kept = np.ones(len(rows), np.float32)
    squares = (places.astype(np.float64) ** 2).sum(axis=1)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        true = -(vectors[some] @ vectors.T)
        on_map = squares - 2 * places[some].astype(np.float64) @ places.T
        for distances in (true, on_map):
            distances[np.arange(len(some)), some] = np.inf
        near, near_on_map = (np.argpartition(d, k - 1, axis=1)[:, :k] for d in (true, on_map))
        shared = (near[:, :, None] == near_on_map[:, None, :]).any(axis=2)
        kept[start : start + len(some)] = shared.mean(axis=1)
    return kept
