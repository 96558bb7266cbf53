"""The few layers of our own. All are plain `keras.ops`, so that any Keras backend trains and serves them.

They are built with ``dtype="float32"``: under a policy of mixed precision a length or a blend computed in
bfloat16 would be off in the third digit.
"""

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

    def __init__(self, name: str = "float32"):
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

    def call(self, images):
        """Return `images` (n, h, w, 3) as the original VGG weights expect them."""
        means = ops.convert_to_tensor(np.array(IMAGENET_MEANS_BGR, "float32"))
        images = ops.cast(images, "float32")
        return ops.flip(images, axis=-1) - means


@keras.saving.register_keras_serializable("fashion")
class UnitLength(keras.layers.Layer):
    """Divide each row by its Euclidean length."""

    def call(self, rows):
        """Return `rows` (n, d) with length 1, in float32 whatever the policy."""
        return ops.normalize(ops.cast(rows, "float32"), axis=-1, order=2)


@keras.saving.register_keras_serializable("fashion")
class Blend(keras.layers.Layer):
    """Join two unit-length parts into one unit-length row, each with its share of the cosine.

    The cosine of two joined rows is ``share · cos(first parts) + (1 − share) · cos(second parts)``.
    The share is a weight that no gradient moves: it is chosen once, on validation data, and travels in
    the weights file.
    """

    def __init__(self, share: float = 0.7, **kwargs):
        super().__init__(**kwargs)
        self.initial_share = share

    def build(self, input_shape):
        """Make the one weight."""
        self.share = self.add_weight(
            name="share",
            shape=(),
            dtype="float32",
            trainable=False,
            initializer=keras.initializers.Constant(self.initial_share),
        )

    def call(self, parts):
        """Return the joined rows (n, d1 + d2)."""
        first, second = parts
        share = ops.cast(self.share, "float32")
        return ops.concatenate([ops.sqrt(share) * first, ops.sqrt(1.0 - share) * second], axis=-1)

    def compute_output_shape(self, input_shape):
        """Widths add up."""
        first, second = input_shape
        return (first[0], first[-1] + second[-1])

    def get_config(self):
        """Keras's own protocol."""
        return {**super().get_config(), "share": self.initial_share}
