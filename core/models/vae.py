"""A convolutional variational autoencoder with a class head on its latent mean.

The encoder gives each picture a normal distribution over a latent space, the decoder draws a picture
back from a sample of it (Kingma and Welling, 2014, https://arxiv.org/abs/1312.6114). A head on the mean
of that distribution names the class, so that the space keeps apart what a shop keeps apart. Search
uses the mean, never a sample: the same picture gets the same answer every time.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from core.labels import LABELS
from core.models.layers import PARTS, search_head

HEIGHT, WIDTH = 80, 60
REST_DIMENSION = 64
"""Latent numbers that no label is learned by: the rest of the picture, its outline and its place."""

ENCODER, DECODER = (64, 128, 256, 320), (128, 64, 32, 32)

# Below this variance nothing is left to learn, above it nothing is left of the picture: the range
# keeps exp() finite while the first steps are still wild.
LOG_VARIANCE_RANGE = (-8.0, 4.0)


@keras.saving.register_keras_serializable("fashion")
class Sampling(layers.Layer):
    """Draw from the latent distribution so that gradients reach its mean and variance.

    Adds to its losses the Kullback-Leibler divergence to the standard normal, in nats a picture, times
    `weight`.
    """

    def __init__(self, weight: float, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight = weight
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Sequence[keras.KerasTensor], training: bool = False) -> keras.KerasTensor:
        """Return a sample (n, latent numbers) in training, the mean otherwise."""
        mean, log_variance = inputs
        divergence = -0.5 * ops.sum(1 + log_variance - ops.square(mean) - ops.exp(log_variance), axis=-1)
        self.add_loss(self.weight * ops.mean(divergence))
        if not training:
            return mean
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator, dtype=mean.dtype)
        return mean + ops.exp(0.5 * log_variance) * noise


def build_vae(
    names: tuple[int, ...], *, height: int = HEIGHT, width: int = WIDTH, divergence_weight: float = 1e-3
) -> keras.Model:
    """Build the whole autoencoder; `decoder_of` gives the half that draws.

    Parameters
    ----------
    names : tuple of int
        How many names each part of the head that search uses knows, as in `core.models.layers.PARTS`.
    height, width : int
        Input size in pixels; both must be divisible by 4.
    divergence_weight : float
        What one nat of divergence costs against a mean squared error of 1 a picture, summed over
        pixels of 0 to 1 and divided by 100.

    Returns
    -------
    keras.Model
        From RGB pictures (n, height, width, 3), 0 to 255, to a dictionary: ``label`` (n, 5) and
        ``known`` (n, 1) logits; ``latent`` (n, 224) the mean; ``kind``, ``colour`` and ``look``, its first
        96, next 32 and next 32 numbers at unit length, which training teaches to mean just that, and the
        ``embedding`` (n, 160) that `search_head` joins of them; ``picture`` (n, height, width, 3) the
        reconstruction, 0 to 1.
    """
    images = keras.Input((height, width, 3), name="images")
    x = layers.Rescaling(1 / 255, dtype="float32", name="unit_range")(images)
    for number, filters in enumerate(ENCODER, start=1):
        x = _convolution(x, filters, f"down{number}", strides=2)
        x = layers.Add(name=f"encode{number}_add")([x, _convolution(x, filters, f"encode{number}")])
    bottom = x.shape[1:]
    widths = [part.dimension for part, _ in zip(PARTS, names, strict=False)]
    latent = sum(widths) + REST_DIMENSION
    mean = layers.Dense(latent, dtype="float32", name="latent")(layers.Flatten(name="flat")(x))
    log_variance = layers.Dense(latent, dtype="float32", kernel_initializer="zeros", name="log_variance")(
        layers.GlobalAveragePooling2D(dtype="float32", name="pooled")(x)
    )
    log_variance = layers.ReLU(
        max_value=LOG_VARIANCE_RANGE[1] - LOG_VARIANCE_RANGE[0], dtype="float32", name="log_variance_range"
    )(log_variance - LOG_VARIANCE_RANGE[0])
    sample = Sampling(divergence_weight, dtype="float32", name="sample")(
        [mean, log_variance + LOG_VARIANCE_RANGE[0]]
    )

    picture = _decoder(latent, bottom, height, width)(sample)
    hidden = layers.Dense(256, activation="relu", dtype="float32", name="head")(
        layers.Dropout(0.1, dtype="float32", name="head_dropout")(mean)
    )
    return keras.Model(
        images,
        {
            "label": layers.Dense(len(LABELS), dtype="float32", name="label")(hidden),
            "known": layers.Dense(1, dtype="float32", name="known")(hidden),
            "latent": mean,
            "picture": picture,
        }
        | search_head(_slices(mean, widths), names),
        name="vae",
    )


def _convolution(x: keras.KerasTensor, filters: int, name: str, *, strides: int = 1) -> keras.KerasTensor:
    x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False, name=name)(x)
    return layers.LeakyReLU(0.1, name=f"{name}_relu")(
        layers.BatchNormalization(momentum=0.98, name=f"{name}_norm")(x)
    )


def _slices(rows: keras.KerasTensor, widths: Sequence[int]) -> list[keras.KerasTensor]:
    """Cut rows into parts of the given widths, from the first number on."""
    ends = itertools.accumulate(widths)
    return [rows[:, end - width : end] for width, end in zip(widths, ends, strict=True)]


def _decoder(latent_dimension: int, bottom: tuple[int, int, int], height: int, width: int) -> keras.Model:
    latent = keras.Input((latent_dimension,), name="latent")
    x = layers.Dense(bottom[0] * bottom[1] * 64, name="unfold")(latent)
    x = layers.Reshape((bottom[0], bottom[1], 64), name="grid")(x)
    for number, filters in enumerate(DECODER, start=1):
        x = layers.UpSampling2D(2, name=f"up{number}")(x)
        x = _convolution(x, filters, f"decode{number}")
    x = layers.Conv2D(3, 3, padding="same", dtype="float32", activation="sigmoid", name="paint")(x)
    # Four halvings round 60 up to 64: the surplus columns and rows are cut off.
    spare_rows, spare_columns = x.shape[1] - height, x.shape[2] - width
    x = layers.Cropping2D(((0, spare_rows), (0, spare_columns)), dtype="float32", name="trim")(x)
    return keras.Model(latent, x, name="decoder")


def decoder_of(vae: keras.Model) -> keras.Model:
    """Return the part from latent vectors to pictures (n, height, width, 3), 0 to 1."""
    return vae.get_layer("decoder")
