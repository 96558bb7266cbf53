"""What a sample of an autoencoder's latent vectors says: of a class, and of what differs most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import SearchError
from core.labels import LABELS

MIN_PRODUCTS = 10
"""Products of a class below which nothing can be learned of how they differ."""


@dataclass(frozen=True)
class LatentSample:
    """Latent means of some products, and what is known of them."""

    products: pd.DataFrame  # one row each
    latents: np.ndarray  # float32 (n, d)


@dataclass(frozen=True)
class Direction:
    """A direction of the latent space along which products differ much."""

    vector: np.ndarray  # float64 (d,), unit length
    standard_deviation: float  # standard deviation along it
    share: float  # of all variance, 0 to 1
    low: str  # the class and colour that stand out at its low end
    high: str


def stratified_rows(
    products: pd.DataFrame, most: int, *, seed: int = 0, column: str = "articleType"
) -> np.ndarray:
    """Draw rows at random, the same for a seed, with no value of a column left to chance.

    Every value gets an equal part as far as it has products, so that a rare class is known as well as a
    common one.

    Returns
    -------
    int64 array, at most `most` rows, rising
    """
    rng = np.random.default_rng(seed)
    shuffled = pd.Series(rng.permutation(len(products)))
    turn = shuffled.groupby(products[column].to_numpy()[shuffled]).cumcount()
    return np.sort(shuffled[turn.sort_values(kind="stable").index[:most]].to_numpy(np.int64))


def learnable_classes(products: pd.DataFrame) -> list[str]:
    """List the classes with enough products to learn from: the five first, then the largest."""
    counts = products["articleType"].value_counts()
    enough = [name for name in counts.index[counts >= MIN_PRODUCTS] if name]
    return [name for name in LABELS if name in enough] + [name for name in enough if name not in LABELS]


def contrasting_pair(products: pd.DataFrame, first: str | None = None) -> tuple[str, str]:
    """Give two products of different classes to interpolate between.

    Parameters
    ----------
    products : DataFrame
        A catalogue's, at least one.
    first : str, optional
        The id of one of them; without it, the first row's.

    Returns
    -------
    tuple of two str
        Its id, and that of the first product of another class; the last product where all are of one.

    Examples
    --------
    >>> products = pd.DataFrame({"id": ["1", "2", "3"], "articleType": ["Jeans", "Jeans", "Skirts"]})
    >>> contrasting_pair(products), contrasting_pair(products, "3")
    (('1', '3'), ('3', '1'))
    """
    ids, labels = products["id"].tolist(), products["articleType"].tolist()
    start = ids[0] if first is None else first
    own = labels[ids.index(start)]
    others = (product_id for product_id, label in zip(ids, labels, strict=True) if label != own)
    return start, next(others, ids[-1])


def sample_latents(latents: np.ndarray, n: int, *, variety: float = 1.0, seed: int = 0) -> np.ndarray:
    """Sample new latent vectors like those of a class.

    From the normal distribution that fits them, its covariance shrunk as far as few examples of many numbers
    demand (Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004).

    Parameters
    ----------
    latents : float array (m, d)
        Of the class, m at least 2.
    n : int
    variety : float
        Scales the deviation from the class's mean: 0 always gives the typical design.
    seed : int

    Returns
    -------
    float32 array (n, d)

    Raises
    ------
    SearchError
        If there are too few examples.
    """
    if len(latents) < 2:
        raise SearchError(f"{len(latents)} products are too few to learn a class from; choose a larger class")
    from sklearn.covariance import ledoit_wolf

    latents = np.asarray(latents, np.float64)
    covariance, _ = ledoit_wolf(latents)
    values, vectors = np.linalg.eigh(covariance)
    noise = np.random.default_rng(seed).standard_normal((n, len(values)))
    deviations = (noise * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return (latents.mean(axis=0) + variety * deviations).astype(np.float32)


def directions(sample: LatentSample, n: int = 6) -> list[Direction]:
    """Find the directions of greatest variance: the principal components.

    Their ends are named by the class and colour that stand out among the outermost tenth of the sample.

    Returns
    -------
    list of at most n Direction, greatest variance first
        Each turned so that its largest number is positive: the sign of a component is otherwise arbitrary.
    """
    centred = sample.latents - sample.latents.mean(axis=0, dtype=np.float64)
    if len(centred) < 2:
        raise SearchError(f"{len(centred)} products show no direction; index more of them")
    _, singular, components = np.linalg.svd(centred, full_matrices=False)
    variances = singular**2 / (len(centred) - 1)
    found = []
    for vector, variance in zip(components[:n], variances, strict=False):
        vector = vector * np.sign(vector[np.abs(vector).argmax()])
        order = np.argsort(centred @ vector, kind="stable")
        tenth = max(1, len(order) // 10)
        found.append(
            Direction(
                vector,
                float(np.sqrt(variance)),
                float(variance / max(variances.sum(), 1e-12)),
                _standing_out(sample.products.iloc[order[:tenth]], sample.products),
                _standing_out(sample.products.iloc[order[-tenth:]], sample.products),
            )
        )
    return found


def move_along(latent: np.ndarray, along: Sequence[Direction], amounts: Sequence[float]) -> np.ndarray:
    """Move a latent vector along directions.

    Parameters
    ----------
    latent : float array (d,)
    along : sequence of Direction
    amounts : sequence of float
        In standard deviations, one for each direction.

    Returns
    -------
    float32 array (d,)
    """
    shift = sum(
        (amount * direction.standard_deviation * direction.vector)
        for direction, amount in zip(along, amounts, strict=True)
    )
    return np.asarray(np.asarray(latent, np.float64) + shift, np.float32)


def _standing_out(some: pd.DataFrame, of: pd.DataFrame) -> str:
    """Name the class and the colour whose share among some products exceeds their share of all the most."""
    named = []
    for column in ("articleType", "baseColour"):
        shares = [
            products[column][products[column] != ""].value_counts(normalize=True) for products in (some, of)
        ]
        excess = shares[0] - shares[1].reindex(shares[0].index)
        if len(excess) and excess.max() > 0:
            named.append(str(excess.idxmax()))
    return ", ".join(named) or "no kind"
