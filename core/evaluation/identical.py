"""Does a product find itself? Altered copies of products' pictures as queries against the whole gallery.

It stands in for the same product photographed by another camera. A query is right where the product itself is
first, or among the first ten: ``recall_at_1`` and ``recall_at_10``. Catalogues hold products that show one
garment twice; an altered copy cannot tell them apart. So beside these stand ``with_duplicates_at_1`` and
``with_duplicates_at_10``, for which a near-duplicate of the product is right as well, as the
catalogue tells them (`core.gallery.near_duplicates`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.comparison.alterations import ALTERATIONS
from core.errors import ImageError, TrainingError
from core.evaluation.metrics import bootstrap_intervals
from core.evaluation.model_outputs import log_unreadable
from core.gallery.milvus.engine_choice import LOCAL
from core.gallery.protocol import QueryVectors
from core.gallery.stored_catalogue import StoredCatalogue
from core.imaging.decode import QUERY_SIDE, read_image
from core.models.compared.methods import Distance, by_distance, extractor_and_distance, ordering_distances
from core.protocols import Bar, Extractor

IDENTICAL_FIGURES = ("recall_at_1", "recall_at_10", "with_duplicates_at_1", "with_duplicates_at_10")
"""The figures of each query, in the order of the columns."""

TOP = 10
"""Hits among which the product is looked for."""

QUERIES_AT_ONCE = 256
"""Searched together: the engine goes through the gallery once for all of them."""


@dataclass(frozen=True)
class IdenticalOptions:
    """How many products are searched with, and how the figures are made."""

    n_products: int = 300
    seed: int = 0  # of the choice of products and of the bootstrap
    n_resamples: int = 1000


def sample_ids(ids: Sequence[str], options: IdenticalOptions) -> list[str]:
    """Choose products by a seed, in the order of `ids`; all of them where there are no more.

    The choice does not depend on the order, and a larger one holds every smaller one.

    Examples
    --------
    >>> sample_ids(["a", "b", "c", "d"], IdenticalOptions(n_products=2))
    ['a', 'c']
    >>> sample_ids(["d", "c", "b", "a"], IdenticalOptions(n_products=2))
    ['c', 'a']
    """
    in_order = sorted(ids)
    drawn = np.random.default_rng(options.seed).permutation(len(in_order))[: options.n_products]
    chosen = {in_order[place] for place in drawn}
    return [product_id for product_id in ids if product_id in chosen]


def evaluate_identical(
    paths: Mapping[str, Path],
    extractors: Mapping[str, Extractor],
    gallery: StoredCatalogue,
    *,
    options: IdenticalOptions,
    bar: Bar,
) -> tuple[dict[str, Any], dict[str, str]]:
    """Search with altered copies of products.

    Parameters
    ----------
    paths : mapping of str to Path
        The products' pictures by id. Those that the gallery lacks are passed over, and of the others
        `options.n_products` are taken.
    extractors : mapping of name to Extractor
        Each with embeddings in the gallery.
    gallery : StoredCatalogue
    options : IdenticalOptions
    bar : callable
        Makes a progress bar.

    Returns
    -------
    figures : dict
        By extractor, and by each of its other distances that order products differently where the gallery is
        searched in this process (see `core.models.compared.methods.by_distance`), ``n_products``,
        ``n_gallery``, the `IDENTICAL_FIGURES` of the pictures as they are (``unaltered``), of every
        alteration (``overall``, each alteration counting once), and ``by_alteration``, each with its
        ``unit``, its ``overall`` and its ``steps``, which have a ``step``, a ``strength`` and a ``text``.
        Figures come with ``intervals``, 95 %, from resampled products.
    unreadable : dict of str to str
        What is wrong with each picture that was left out.

    Raises
    ------
    TrainingError
        If there is nothing to search with: no extractor, no product of the gallery, no picture that can be
        read.
    """
    if not extractors:
        raise TrainingError(f"The catalogue {gallery.name} has no embeddings of an extractor that is at hand")
    near_duplicates = gallery.near_duplicates
    if near_duplicates is None:
        raise TrainingError(gallery.not_folded())
    ids = sample_ids([each for each in paths if each in gallery], options)
    if not ids:
        raise TrainingError(f"None of the products to be measured is in the catalogue {gallery.name}")
    vectors: dict[str, list[np.ndarray]] = {name: [] for name in extractors}
    unreadable: dict[str, str] = {}
    step = bar("searching with altered copies", len(ids))
    for product_id in ids:
        try:
            copies = altered_copies(read_image(paths[product_id], max_side=QUERY_SIDE))
        except ImageError as error:
            unreadable[product_id] = f"{product_id}: {error}"
        else:
            for name, extractor in extractors.items():
                vectors[name].append(extractor.extract(copies))
        step(1)
    log_unreadable(unreadable)
    measured = [each for each in ids if each not in unreadable]
    if not measured:
        raise TrainingError(f"Not one picture of a product can be read; {next(iter(unreadable.values()))}")
    found: dict[str, Any] = {}
    twins = {each: frozenset(near_duplicates.of(each)) for each in measured}
    methods = [method for name in vectors for method in _methods(name, gallery)]
    step = bar("looking for the products", len(methods))
    for method in methods:
        of_products = np.stack(vectors[extractor_and_distance(method)[0]])
        figures = _query_figures(method, of_products, gallery, of=twins)
        found[method] = {"n_products": len(measured), "n_gallery": len(gallery)} | _summary(figures, options)
        step(1)
    return found, unreadable


def altered_copies(image: np.ndarray) -> list[np.ndarray]:
    """Give a picture as it is, and by every step of every alteration, in the order of `ALTERATIONS`."""
    altered = [each.apply(image, step.strength) for each in ALTERATIONS.values() for step in each.steps]
    return [image, *altered]


def _methods(extractor: str, gallery: StoredCatalogue) -> list[str]:
    """Name an extractor by each of its distances that is worth measuring; other engines know the cosine."""
    distances = ordering_distances(extractor) if gallery.engine == LOCAL else (Distance.COSINE,)
    return [by_distance(extractor, distance) for distance in distances]


def _query_figures(
    method: str, vectors: np.ndarray, gallery: StoredCatalogue, *, of: Mapping[str, frozenset[str]]
) -> np.ndarray:
    """Search with vectors (products, copies, dimension): bool (products, copies, `IDENTICAL_FIGURES`).

    `of` has each product's near-duplicates, in the order of the vectors.
    """
    ids = list(of)
    extractor, distance = extractor_and_distance(method)
    n_products, n_copies, _ = vectors.shape
    queries = vectors.reshape(n_products * n_copies, -1)
    figures = np.zeros((len(queries), len(IDENTICAL_FIGURES)), bool)
    for start in range(0, len(queries), QUERIES_AT_ONCE):
        chunk = QueryVectors.of(extractor, queries[start : start + QUERIES_AT_ONCE], distance)
        for place, near in enumerate(gallery.gallery.search(chunk, TOP), start=start):
            product_id = ids[place // n_copies]
            figures[place] = _right(product_id, near.ids, of[product_id])
    return figures.reshape(n_products, n_copies, -1)


def _right(product_id: str, hits: Sequence[str], twins: frozenset[str]) -> tuple[bool, ...]:
    """Say whether a product is right at 1 and at 10, alone and with its near-duplicates."""
    first, among = hits[:1] == (product_id,), product_id in hits
    return first, among, first or not twins.isdisjoint(hits[:1]), among or not twins.isdisjoint(hits)


def _summary(figures: np.ndarray, options: IdenticalOptions) -> dict[str, Any]:
    """Means over products: of each copy, of each alteration, and of all, with their intervals."""
    figures = figures.astype(np.float64)
    places, parts = 1, dict[str, np.ndarray]()  # (products, figures) each
    for alteration in ALTERATIONS.values():
        of_steps = figures[:, places : places + len(alteration.steps)]
        parts |= {f"{alteration.name} {place}": of_steps[:, place] for place in range(of_steps.shape[1])}
        parts[alteration.name] = of_steps.mean(axis=1)
        places += of_steps.shape[1]
    whole = np.mean([parts[name] for name in ALTERATIONS], axis=0)
    named = _with_intervals({"unaltered": figures[:, 0], "overall": whole} | parts, options)
    by_alteration = {
        each.name: {
            "unit": each.unit,
            "overall": named[each.name],
            "steps": [
                {"step": step.name, "strength": float(step.strength), "text": step.text}
                | named[f"{each.name} {place}"]
                for place, step in enumerate(each.steps)
            ],
        }
        for each in ALTERATIONS.values()
    }
    return {
        "unaltered": named["unaltered"],
        "overall": named["overall"],
        "by_alteration": by_alteration,
    }


def _with_intervals(parts: Mapping[str, np.ndarray], options: IdenticalOptions) -> dict[str, dict[str, Any]]:
    joined = np.concatenate(list(parts.values()), axis=1)
    bounds = bootstrap_intervals(joined, n_resamples=options.n_resamples, seed=options.seed)
    wide = len(IDENTICAL_FIGURES)
    named: dict[str, dict[str, Any]] = {}
    for place, (part, of_part) in enumerate(parts.items()):
        means = of_part.mean(axis=0)
        intervals = bounds[place * wide : (place + 1) * wide]
        named[part] = {figure: float(mean) for figure, mean in zip(IDENTICAL_FIGURES, means, strict=True)}
        named[part] |= {
            "intervals": {
                figure: [float(low), float(high)]
                for figure, (low, high) in zip(IDENTICAL_FIGURES, intervals, strict=True)
            }
        }
    return named
