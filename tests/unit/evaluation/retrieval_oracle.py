"""Retrieval figures by their definitions, on lists of ids: slow, and written without what is shipped."""

from collections.abc import Collection, Sequence

import numpy as np


def precision_at_k(hits: Sequence[str], relevant: Collection[str], k: int) -> float:
    return sum(hit in relevant for hit in hits[:k]) / k


def recall_at_k(hits: Sequence[str], relevant: Collection[str], k: int) -> float:
    return float(any(hit in relevant for hit in hits[:k]))


def average_precision(hits: Sequence[str], relevant: Collection[str]) -> float:
    places = [place for place, hit in enumerate(hits, start=1) if hit in relevant]
    return sum(found / place for found, place in enumerate(places, start=1)) / max(1, len(relevant))


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return round(float(one @ other / lengths), 9) if lengths else 0.0


def ranked(vectors: np.ndarray, query: np.ndarray) -> list[int]:
    """Rows by falling cosine; `sorted` keeps the order of equal ones."""
    return sorted(range(len(vectors)), key=lambda row: -cosine(vectors[row], query))
