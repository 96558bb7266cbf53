"""What a variational autoencoder is for, beyond search: redraw, walk, invent, and turn a design about.

Search keeps only the direction of a latent vector, the decoder needs its length too. So pictures are encoded
again here: two for a walk, a sample of the catalogue for what is learned of a class or of all products.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ModelError, SearchError
from core.images import fit_many
from core.index import Index, Neighbours
from core.labels import LABELS

BATCH = 64

FEWEST = 10
"""Products of a class below which nothing can be learned of how they differ."""


class Studio:
    """The two halves of an autoencoder. Safe to share between threads.

    Parameters
    ----------
    encode : callable
        From uint8 pictures (n, height, width, 3) to latent means, float (n, d).
    decode : callable
        From latent vectors, float32 (n, d), to pictures, float (n, height, width, 3), 0 to 1.
    height, width : int
        Size of the pictures, in pixels.
    """

    def __init__(
        self,
        encode: Callable[[np.ndarray], np.ndarray],
        decode: Callable[[np.ndarray], np.ndarray],
        height: int,
        width: int,
    ) -> None:
        self.height, self.width = height, width
        self._encode, self._decode = encode, decode
        self._lock = threading.Lock()

    def encode(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Give the latent mean of each picture.

        Parameters
        ----------
        images : sequence of uint8 arrays (h, w, 3)
            RGB, of any size.

        Returns
        -------
        float32 array (n, d)
        """
        parts = []
        for at in range(0, len(images), BATCH):
            pixels = fit_many(images[at : at + BATCH], self.height, self.width)
            with self._lock:
                parts.append(np.asarray(self._encode(pixels), np.float32))
        if not parts:
            raise SearchError("There is no picture to encode; give at least one")
        return np.concatenate(parts)

    def decode(self, latents: np.ndarray) -> np.ndarray:
        """Draw the picture of each latent vector.

        Parameters
        ----------
        latents : float array (n, d)

        Returns
        -------
        uint8 array (n, height, width, 3)
        """
        with self._lock:
            pictures = np.asarray(self._decode(np.asarray(latents, np.float32)), np.float32)
        return np.rint(np.clip(pictures, 0, 1) * 255).astype(np.uint8)

    def redraw(self, image: np.ndarray) -> "Redrawn":
        """Encode a picture and draw it again from its latent mean."""
        seen = fit_many([image], self.height, self.width)[0]
        drawn = self.decode(self.encode([image]))[0]
        difference = np.abs(seen.astype(np.float32) - drawn)
        return Redrawn(
            seen, drawn, 255 - np.rint(difference).astype(np.uint8), float(difference.mean() / 255)
        )


@dataclass(frozen=True)
class Redrawn:
    """A picture and what the autoencoder makes of it; all uint8 arrays (height, width, 3)."""

    seen: np.ndarray  # as the encoder saw it
    drawn: np.ndarray  # from the latent mean
    difference: np.ndarray  # white where both are the same
    error: float  # mean absolute difference of a colour value, 0 to 1


def studio_of(model: Any) -> Studio:
    """Take a trained VAE apart into the half that sees and the half that draws.

    Parameters
    ----------
    model : core.models.loaded.LoadedModel

    Raises
    ------
    ModelError
        If the model has no decoder.
    """
    if model.name != "vae":
        raise ModelError(f"{model.name} draws no pictures; the studio needs vae")
    import keras

    from core.models.vae import decoder_of

    network = model.network
    encoder, decoder = keras.Model(network.input, network.output["latent"]), decoder_of(network)
    to_numpy = keras.ops.convert_to_numpy
    return Studio(
        lambda pixels: to_numpy(encoder(pixels.astype(np.float32), training=False)),
        lambda latents: to_numpy(decoder(latents, training=False)),
        *network.input_shape[1:3],
    )


# A walk ----------------------------------------------------------------------------------------------


def walk(start: np.ndarray, end: np.ndarray, steps: int) -> np.ndarray:
    """Go from one latent vector to another along an arc.

    Latent vectors lie on a shell around the origin; a straight line would cut through its inside, where no
    picture was ever encoded. So directions turn evenly and lengths change evenly (White, "Sampling generative
    networks", 2016, https://arxiv.org/abs/1609.04468).

    Parameters
    ----------
    start, end : float array (d,)
    steps : int
        How many vectors, both ends among them; at least 2.

    Returns
    -------
    float32 array (steps, d)

    Examples
    --------
    >>> walk(np.array([2.0, 0.0]), np.array([0.0, 4.0]), 3).round(3).tolist()
    [[2.0, 0.0], [2.121, 2.121], [0.0, 4.0]]
    """
    if steps < 2:
        raise SearchError(f"A walk of {steps} steps was asked for; it needs at least its 2 ends")
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    way = np.linspace(0, 1, steps)[:, None]
    lengths = np.linalg.norm([start, end], axis=1)
    if not lengths.all():
        return ((1 - way) * start + way * end).astype(np.float32)
    first, last = start / lengths[0], end / lengths[1]
    angle = np.arccos(np.clip(first @ last, -1, 1))
    if np.sin(angle) < 1e-6:  # the same direction, or opposite ones between which no arc is the shortest
        return ((1 - way) * start + way * end).astype(np.float32)
    turned = (np.sin((1 - way) * angle) * first + np.sin(way * angle) * last) / np.sin(angle)
    return (turned * ((1 - way) * lengths[0] + way * lengths[1])).astype(np.float32)


def nearest_on_the_way(index: Index, latents: np.ndarray, ends: Sequence[str]) -> list[Neighbours]:
    """Find the real product nearest to each step of a walk.

    Parameters
    ----------
    index : Index
        Of the autoencoder's embeddings.
    latents : float array (steps, d)
    ends : sequence of str
        The products at both ends. In between they are left out, since they would be named again and again.

    Returns
    -------
    list of Neighbours, one product each
    """
    rows = np.ones(len(index), bool)
    rows[[index.row(product_id) for product_id in ends]] = False
    if not rows.any():
        raise SearchError("A walk needs products in between; this catalogue has only its two ends")
    between = index.search(latents[1:-1], 1, rows=rows) if len(latents) > 2 else []
    first, last = index.search(latents[[0, -1]], 1)
    return [first, *between, last]


# What a sample of latent vectors says ----------------------------------------------------------------


@dataclass(frozen=True)
class LatentSample:
    """Latent means of some products, and what is known of them."""

    products: pd.DataFrame  # one row each
    latents: np.ndarray  # float32 (n, d)

    def of_class(self, label: str) -> np.ndarray:
        """Latent vectors of one class, float32 (m, d)."""
        return self.latents[(self.products["articleType"] == label).to_numpy()]


@dataclass(frozen=True)
class Direction:
    """A direction of the latent space along which products differ much."""

    vector: np.ndarray  # float64 (d,), unit length
    spread: float  # standard deviation along it
    share: float  # of all variance, 0 to 1
    low: str  # the class and colour that stand out at its low end
    high: str


def rows_to_sample(
    products: pd.DataFrame, most: int, seed: int = 0, *, column: str = "articleType"
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


def classes_to_learn(products: pd.DataFrame) -> list[str]:
    """List the classes with enough products to learn from: the five first, then the largest."""
    counts = products["articleType"].value_counts()
    enough = [name for name in counts.index[counts >= FEWEST] if name]
    return [name for name in LABELS if name in enough] + [name for name in enough if name not in LABELS]


def invent(latents: np.ndarray, n: int, variety: float = 1.0, seed: int = 0) -> np.ndarray:
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


def moved(latent: np.ndarray, along: Sequence[Direction], amounts: Sequence[float]) -> np.ndarray:
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
        (amount * direction.spread * direction.vector)
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
