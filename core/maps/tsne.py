"""Maps of a catalogue: products that look alike lie close together, in the plane and in space.

t-SNE (van der Maaten and Hinton 2008) by openTSNE: cosine distances, exact neighbours, started from the
principal components, so that the large shape means something (Kobak and Berens 2019), and with a fixed seed,
so that the same catalogue gives the same map.
"""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from sklearn.neighbors import NearestNeighbors

from core.protocols import Bar

PERPLEXITY = 30
EARLY, LATE = 250, 500
"""Steps with exaggerated attraction, then without."""

MOST_IN_SPACE = 5000
"""Products drawn in space: a browser turns that many smoothly, and their computing stays within minutes."""

PRESERVED_NEIGHBOURS = 15
"""Neighbours compared to say how far a place on the map can be trusted."""

SEED = 20260717
FEWEST = 5
"""Below this many products there are no neighbourhoods to keep."""

INTERPOLATED_FROM = 10_000
THREADS_FROM = 2_000
"""Below, two threads wait for each other longer than they work."""

STEPS_A_REPORT = 50


def draw_maps(vectors: np.ndarray, classes: Sequence[str], title: str, bar: Bar) -> dict[str, np.ndarray]:
    """Draw all maps of one extractor.

    Parameters
    ----------
    vectors : float array (n, dimension)
        Unit rows.
    classes : sequence of n str
        By which the products drawn in space are chosen, each class by its share.
    title : str
        What the progress bar is called.
    bar : callable
        ``bar(title, total)`` returns ``step(n, loss)``.

    Returns
    -------
    dict
        ``2d`` float32 (n, 2); ``3d`` float32 (n, 3), NaN where a product is not drawn; ``trust`` float32
        (n,), see `neighbourhood_preservation`.
    """
    drawn = sample_by_class(classes, MOST_IN_SPACE)
    step = bar(title, 2 * (EARLY + LATE))
    flat = tsne_map(vectors, 2, lambda: step(STEPS_A_REPORT, None))
    space = np.full((len(vectors), 3), np.nan, np.float32)
    space[drawn] = tsne_map(vectors[drawn], 3, lambda: step(STEPS_A_REPORT, None))
    # On disk it is called `-trust.npy`: catalogues that were indexed before must stay readable.
    return {"2d": flat, "3d": space, "trust": neighbourhood_preservation(vectors, flat)}


def tsne_map(vectors: np.ndarray, dimensions: int, report: Callable[[], None] = lambda: None) -> np.ndarray:
    """Place vectors in few dimensions by t-SNE.

    Parameters
    ----------
    vectors : float array (n, dimension)
        Unit rows.
    dimensions : {2, 3}
    report : callable
        Called every `STEPS_A_REPORT` steps.

    Returns
    -------
    float32 array (n, dimensions)
        The same on every run on the same machine. Fewer than `FEWEST` lie by their principal components.
    """
    start = _principal_components(vectors, dimensions)
    if len(vectors) < FEWEST:
        return start.astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import openTSNE
        from openTSNE.affinity import PerplexityBasedNN
        from openTSNE.nearest_neighbors import PrecomputedNeighbors

        jobs = 2 if len(vectors) >= THREADS_FROM else 1
        perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
        distances, neighbours = _nearest(vectors, int(3 * perplexity))
        # On unit vectors the cosine distance is half the squared Euclidean one.
        knn = PrecomputedNeighbors(neighbours, distances**2 / 2)
        affinities = PerplexityBasedNN(perplexity=perplexity, knn_index=knn, n_jobs=jobs)
        interpolated = dimensions == 2 and len(vectors) >= INTERPOLATED_FROM
        places = openTSNE.TSNE(
            n_components=dimensions,
            early_exaggeration_iter=EARLY,
            n_iter=LATE,
            negative_gradient_method="fft" if interpolated else "bh",
            callbacks=lambda *_: report(),
            callbacks_every_iters=STEPS_A_REPORT,
            n_jobs=jobs,
            random_state=SEED,
        ).fit(affinities=affinities, initialization=start * 1e-4)
    return np.asarray(places, np.float32)


def sample_by_class(classes: Sequence[str], most: int) -> np.ndarray:
    """Choose products at random, each class by its share.

    Parameters
    ----------
    classes : sequence of n str
    most : int

    Returns
    -------
    int array (min(n, most),)
        Rows, rising; the same on every run.
    """
    shuffled = np.random.default_rng(SEED).permutation(len(classes))
    by_class = shuffled[np.argsort(np.asarray(classes)[shuffled], kind="stable")]
    evenly = np.linspace(0, len(classes), min(len(classes), most), endpoint=False).astype(int)
    return np.sort(by_class[evenly])


def neighbourhood_preservation(
    vectors: np.ndarray, places: np.ndarray, k: int = PRESERVED_NEIGHBOURS
) -> np.ndarray:
    """Share of each product's nearest neighbours that are its nearest neighbours on the map too.

    Its mean over the products is Q_NX(k) of Lee and Verleysen, "Quality assessment of dimensionality
    reduction: rank-based criteria" (Neurocomputing 72, 2009). It is not the trustworthiness of Venna and
    Kaski (2001), as in ``sklearn.manifold.trustworthiness``: that looks only at strangers among the
    neighbours on the map, and weighs each by its rank among the true neighbours, so that one who is nearly a
    neighbour hardly counts. Here every neighbour lost counts the same. Nor is it the neighbour hit, the share
    of neighbours on the map that have the point's own label.

    Parameters
    ----------
    vectors : float array (n, dimension)
        Unit rows.
    places : float array (n, 2)
        On the map.
    k : int
        Neighbours compared; all others where the products are fewer.

    Returns
    -------
    float32 array (n,)
        Of the `k` nearest by cosine, the share that is among the `k` nearest on the map, 0 to 1; 1 for a
        single product, which has no neighbour to lose.

    Examples
    --------
    Four products along an arc; on the map the last two have changed places, and each loses one of two:

    >>> angles = np.array([0.0, 0.1, 0.3, 0.7])
    >>> vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> places = np.column_stack([angles[[0, 1, 3, 2]], np.zeros(4)])
    >>> neighbourhood_preservation(vectors, places, k=2).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    if len(vectors) < 2:
        return np.ones(len(vectors), np.float32)
    k = min(k, len(vectors) - 1)
    near, near_on_map = _nearest(vectors, k)[1], _nearest(places, k)[1]
    return (near[:, :, None] == near_on_map[:, None, :]).any(axis=2).mean(axis=1).astype(np.float32)


def _nearest(points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Give distances (n, k) and rows (n, k) of each point's nearest others."""
    return NearestNeighbors(n_neighbors=k).fit(np.asarray(points, np.float64)).kneighbors()


def _principal_components(vectors: np.ndarray, dimensions: int) -> np.ndarray:
    """Project on the directions of greatest spread, scaled so that the first has a spread of 1."""
    centred = np.asarray(vectors, np.float64) - np.mean(vectors, axis=0, dtype=np.float64)
    directions = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :dimensions]
    # Either sign is a principal component; one is chosen, so that libraries do not.
    directions = directions * np.sign(directions[np.abs(directions).argmax(axis=0), range(dimensions)])
    places = centred @ directions
    places /= max(float(places[:, 0].std()), 1e-9)
    # Equal vectors must not start at one place, where nothing could ever part them.
    return places + np.random.default_rng(SEED).normal(0, 0.01, places.shape)
