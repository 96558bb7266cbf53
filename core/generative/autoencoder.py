"""What a variational autoencoder is for, beyond search: reconstruct, interpolate, draw something new.

Search keeps only what an embedding holds of a latent vector, the decoder needs all of it. So pictures are
encoded again here: two to interpolate between, a sample of the catalogue for what is learned of it
(`core.generative.latent_space`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from core.errors import ModelError, SearchError
from core.gallery.index import Neighbours
from core.gallery.protocol import Filters, Gallery, QueryVectors
from core.imaging.resize import letterbox_batch
from core.inference_queue import INFERENCE

EXTRACTOR = "vae"
"""The autoencoder's name among the extractors."""

BATCH = 64

Part = Callable[[np.ndarray], np.ndarray]


class Autoencoder:
    """An autoencoder taken apart. Safe to share between threads.

    Parameters
    ----------
    encode : callable
        From uint8 pictures (n, height, width, 3) to latent means, float (n, size).
    decode : callable
        From latent vectors, float32 (n, size), to pictures, float (n, height, width, 3), 0 to 1.
    embed : callable
        From latent vectors, float32 (n, size), to the embeddings that a catalogue is searched by.
    height, width : int
        Size of the pictures, in pixels.
    size : int
        Length of a latent vector.
    """

    def __init__(
        self, encode: Part, decode: Part, embed: Part, *, height: int, width: int, size: int
    ) -> None:
        self.height, self.width, self.size = height, width, size
        self._encode, self._decode, self._embed = encode, decode, embed

    def encode(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Give the latent mean of each picture.

        Parameters
        ----------
        images : sequence of uint8 arrays (h, w, 3)
            RGB, of any size.

        Returns
        -------
        float32 array (n, size)
        """
        if not len(images):
            raise SearchError("There is no picture to encode; give at least one")
        fitted = (letterbox_batch(part, self.height, self.width) for part in _batches(images))
        return self._run(self._encode, fitted)

    def decode(self, latents: np.ndarray) -> np.ndarray:
        """Draw the picture of each latent vector.

        Parameters
        ----------
        latents : float array (n, size)

        Returns
        -------
        uint8 array (n, height, width, 3)
        """
        pictures = self._run(self._decode, _batches(np.asarray(latents, np.float32)))
        return np.rint(np.clip(pictures, 0, 1) * 255).astype(np.uint8)

    def embed(self, latents: np.ndarray) -> np.ndarray:
        """Give what a picture of each latent vector is searched by.

        Parameters
        ----------
        latents : float array (n, size)

        Returns
        -------
        float32 array (n, dimension)
            In the space of the autoencoder's embeddings.
        """
        return self._run(self._embed, _batches(np.asarray(latents, np.float32)))

    def reconstruct(self, image: np.ndarray) -> "Reconstruction":
        """Encode a picture and draw it again from its latent mean."""
        seen = letterbox_batch([image], self.height, self.width)[0]
        drawn = self.decode(self.encode([image]))[0]
        difference = np.abs(seen.astype(np.float32) - drawn)
        return Reconstruction(
            seen, drawn, 255 - np.rint(difference).astype(np.uint8), float(difference.mean() / 255)
        )

    def sketch(
        self, latents: np.ndarray, gallery: Gallery, k: int, filters: Filters | None = None
    ) -> "list[Sketch]":
        """Draw each latent vector, and find the real products nearest to it.

        Parameters
        ----------
        latents : float array (n, size)
        gallery : Gallery
            With the autoencoder's embeddings.
        k : int
            How many products.
        filters : Filters, optional
        """
        nearest = gallery.search(QueryVectors.of(EXTRACTOR, self.embed(latents)), k, filters=filters)
        return [Sketch(*both) for both in zip(self.decode(latents), nearest, strict=True)]

    def _run(self, part: Part, batches: Iterable[np.ndarray]) -> np.ndarray:
        answers = []
        for batch in batches:
            with INFERENCE:
                answers.append(np.asarray(part(batch), np.float32))
        return np.concatenate(answers)


@dataclass(frozen=True)
class Reconstruction:
    """A picture and what the autoencoder makes of it; all uint8 arrays (height, width, 3)."""

    seen: np.ndarray  # as the encoder saw it
    drawn: np.ndarray  # from the latent mean
    difference: np.ndarray  # white where both are the same
    error: float  # mean absolute difference of a colour value, 0 to 1


@dataclass(frozen=True)
class Sketch:
    """A drawing that no product is, and the products nearest to it."""

    picture: np.ndarray  # uint8 (height, width, 3)
    near: Neighbours


class HasNetwork(Protocol):
    """A loaded model whose network can be looked into."""

    @property
    def name(self) -> str:
        """As on the command line, such as ``vae``."""

    @property
    def network(self) -> Any:
        """A `keras.Model`."""


def open_autoencoder(model: HasNetwork) -> Autoencoder:
    """Take a trained VAE apart into its encoder, its decoder and what embeds a latent vector.

    Parameters
    ----------
    model : HasNetwork
        Such as a `core.models.loaded.LoadedModel`.

    Raises
    ------
    ModelError
        If the model has no decoder.
    """
    if model.name != "vae":
        raise ModelError(f"{model.name} draws no pictures; expected vae")
    import keras

    from core.models.vae import decoder_of

    network = model.network
    latent = network.output["latent"]
    encoder, embedder = keras.Model(network.input, latent), keras.Model(latent, network.output["embedding"])
    height, width = network.input_shape[1:3]
    return Autoencoder(
        _compiled_part(encoder),
        _compiled_part(decoder_of(network)),
        _compiled_part(embedder),
        height=height,
        width=width,
        size=int(latent.shape[-1]),
    )


def _compiled_part(part: Any) -> Part:
    from keras import ops

    return lambda given: ops.convert_to_numpy(part(given.astype(np.float32), training=False))


def _batches(items: Any) -> Iterable[Any]:
    return (items[at : at + BATCH] for at in range(0, len(items), BATCH))


# Interpolation ----------------------------------------------------------------------------------------------


def interpolate(start: np.ndarray, end: np.ndarray, steps: int) -> np.ndarray:
    """Interpolate between two latent vectors along an arc.

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
    >>> interpolate(np.array([2.0, 0.0]), np.array([0.0, 4.0]), 3).round(3)
    array([[2.   , 0.   ],
           [2.121, 2.121],
           [0.   , 4.   ]], dtype=float32)
    """
    if steps < 2:
        raise SearchError(f"{steps} steps were asked for; an interpolation has at least its 2 ends")
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


def sketch_interpolation(
    autoencoder: Autoencoder, gallery: Gallery, latents: np.ndarray, ends: Sequence[str]
) -> list[Sketch]:
    """Draw each step of an interpolation, with the real product nearest to it.

    Parameters
    ----------
    autoencoder : Autoencoder
    gallery : Gallery
        With the autoencoder's embeddings.
    latents : float array (steps, size)
    ends : sequence of str
        The products at both ends. In between they are left out, since they would be named again and again.

    Returns
    -------
    list of Sketch, one product each
        The first and the last stand beside the ends themselves.
    """
    others = Filters(without_ids=tuple(ends))
    if not gallery.count(filters=others):
        raise SearchError(
            "This catalogue has only its two ends, and no product between them; index a larger one"
        )
    between = autoencoder.sketch(latents[1:-1], gallery, 1, others) if len(latents) > 2 else []
    first, last = (
        autoencoder.sketch(latents[[step]], gallery, 1, Filters(only_ids=(product_id,)))[0]
        for step, product_id in zip((0, -1), ends, strict=True)
    )
    return [first, *between, last]
