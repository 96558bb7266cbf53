"""The few layers of our own. All are plain `keras.ops`, so that any Keras backend trains and serves them.

They are built with ``dtype="float32"``: under a policy of mixed precision a length or a blend computed in
bfloat16 would be off in the third digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

# Channel means of ImageNet in the order blue, green, red, as the original VGG release subtracts them.
IMAGENET_MEANS_BGR = (103.939, 116.779, 123.68)


@keras.saving.register_keras_serializable("fashion")
class KeptInHalf(keras.dtype_policies.DTypePolicy):
    """Weights stay in memory as they lie on disk, in float16; everything is computed in float32.

    VGG16 and VGG19 together take 70 MB of memory instead of 140 for the price of a cast of each kernel in
    each call. Small hosts have that little to spare.
    """

    def __init__(self, name: str = "float32") -> None:
        super().__init__(name)

    @property
    def variable_dtype(self) -> str:
        """What weights are made as."""
        return "float16"


@keras.saving.register_keras_serializable("fashion")
class ImageNetMeans(keras.layers.Layer):
    """RGB values 0 to 255 → BGR with ImageNet's channel means taken off.

    The same as `keras.applications.vgg16.preprocess_input`, inside the network, so that no caller can
    feed it the wrong way round.
    """

    def call(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """Return `images` (n, h, w, 3) as the original VGG weights expect them."""
        means = ops.convert_to_tensor(np.array(IMAGENET_MEANS_BGR, "float32"))
        images = ops.cast(images, "float32")
        return ops.flip(images, axis=-1) - means


@keras.saving.register_keras_serializable("fashion")
class UnitLength(keras.layers.Layer):
    """Divide each row by its Euclidean length."""

    def call(self, rows: keras.KerasTensor) -> keras.KerasTensor:
        """Return `rows` (n, d) with length 1, in float32 whatever the policy."""
        return ops.normalize(ops.cast(rows, "float32"), axis=-1, order=2)


@keras.saving.register_keras_serializable("fashion")
class DrawnToNames(keras.layers.Layer):
    """Draw unit-length rows towards the vectors of the names they are likely to have.

    Each name, such as an article type, has one vector of unit length; the softmax of the scaled cosines to
    all of them says how likely each is. Their mean, weighted by that and by `strength`, is added to the row,
    and the sum brought to unit length. Products of one kind so come together as far as the network is sure
    of the kind, and not where it is not.

    (A mean of names weighted by their probability: Norouzi et al. 2014, "Zero-shot learning by convex
    combination of semantic embeddings", https://arxiv.org/abs/1312.5650.)

    The vectors come from training and the strength is chosen on validation data; both travel in the weights
    file, and no gradient moves them.
    """

    def __init__(self, count: int, scale: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.count, self.scale = count, scale

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the vectors, and a strength of 0, at which rows stay as they are."""
        self.vectors = self.add_weight(
            name="vectors", shape=(self.count, input_shape[-1]), dtype="float32", trainable=False
        )
        self.strength = self.add_weight(
            name="strength", shape=(), dtype="float32", trainable=False, initializer="zeros"
        )

    def pull(self, rows: keras.KerasTensor) -> keras.KerasTensor:
        """Return what is added to `rows` (n, d) of unit length."""
        vectors = ops.cast(self.vectors, "float32")
        likely = ops.softmax(self.scale * ops.matmul(rows, ops.transpose(vectors)), axis=-1)
        return ops.cast(self.strength, "float32") * ops.matmul(likely, vectors)

    def call(self, rows: keras.KerasTensor) -> keras.KerasTensor:
        """Return the drawn rows (n, d) of unit length."""
        return ops.normalize(rows + self.pull(rows), axis=-1, order=2)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As given."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Keras's own protocol."""
        return {**super().get_config(), "count": self.count, "scale": self.scale}


@keras.saving.register_keras_serializable("fashion")
class Blend(keras.layers.Layer):
    """Join unit-length parts into one unit-length row, each with its share of the cosine.

    The cosine of two joined rows is the mean of the parts' cosines, weighted by their shares, which add up
    to 1. They are weights that no gradient moves: they are chosen once, on validation data, and travel in
    the weights file.
    """

    def build(self, input_shape: Sequence[tuple[int, ...]]) -> None:
        """Make the shares, all equal."""
        n = len(input_shape)
        # Of two parts only the first one's share is kept.
        self.share = self.add_weight(
            name="share",
            shape=() if n == 2 else (n,),
            dtype="float32",
            trainable=False,
            initializer=keras.initializers.Constant(1 / n),
        )

    def shares(self) -> list[keras.KerasTensor]:
        """Return the share of each part."""
        share = ops.cast(self.share, "float32")
        return (
            [share, 1.0 - share]
            if len(share.shape) == 0
            else [share[place] for place in range(share.shape[0])]
        )

    def call(self, parts: Sequence[keras.KerasTensor]) -> keras.KerasTensor:
        """Return the joined rows (n, sum of the parts' widths)."""
        joined = [ops.sqrt(each) * part for each, part in zip(self.shares(), parts, strict=True)]
        return ops.concatenate(joined, axis=-1)

    def compute_output_shape(self, input_shape: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        """Widths add up."""
        return (input_shape[0][0], sum(shape[-1] for shape in input_shape))


@dataclass(frozen=True)
class EmbeddingPart:
    """One part of the embedding that search uses.

    Attributes
    ----------
    name : str
        Of the network's output.
    dimension : int
    hidden : int
        Units of the hidden layer before it, in a VGG.
    scale : float
        Of the cosines to the vectors of the names it is drawn to, in training and in serving alike.
    """

    name: str
    dimension: int
    hidden: int
    scale: float


PARTS: tuple[EmbeddingPart, ...] = (
    EmbeddingPart("kind", 96, 352, 20.0),
    EmbeddingPart("colour", 32, 96, 12.0),
    EmbeddingPart("look", 32, 160, 12.0),
)
"""Kind of garment, drawn to article types; colour, drawn to base colours; look, drawn to patterns."""


def search_head(features: Sequence[keras.KerasTensor], names: Sequence[int]) -> dict[str, keras.KerasTensor]:
    """Join the features of a garment's kind, colour and look into the embedding that search uses.

    Parameters
    ----------
    features : sequence of KerasTensor (n, d)
        Of each part, in the order of `PARTS`, before it is brought to unit length.
    names : sequence of int
        How many names each part has a vector of; as many as there are parts.

    Returns
    -------
    dict
        Each part by its name, of unit length, and ``embedding`` (n, sum of d), also of unit length, which
        joins the parts after each is drawn to its names.
    """
    outputs, drawn = {}, []
    for part, rows, count in zip(PARTS, features, names, strict=False):
        outputs[part.name] = UnitLength(dtype="float32", name=part.name)(rows)
        draw = DrawnToNames(count, part.scale, dtype="float32", name=f"{part.name}_drawn")
        drawn.append(draw(outputs[part.name]))
    return outputs | {"embedding": Blend(dtype="float32", name="embedding")(drawn)}
