"""A small convolutional network of our own, to be compared with: five classes, from random weights.

The first paper of the survey that this project starts from trains a network on the classes alone and searches
by what its last layers answer, by cosine and by Euclidean distance. So does this one: four blocks of one
convolution each (LeCun et al. 1998), normalised (Ioffe and Szegedy 2015), and the average of the last over
all positions (Lin, Chen and Yan 2014). It is trained in minutes.
"""

import keras
from keras import layers

from core.labels import LABELS

HEIGHT, WIDTH = 80, 60
FILTERS = (32, 64, 128, 256)
"""Of each block; the last is the number of features too."""

FEATURES = "features"
"""The output that is searched by."""


def build_cnn(*, height: int = HEIGHT, width: int = WIDTH) -> keras.Model:
    """Build the network.

    Parameters
    ----------
    height, width : int
        Input size in pixels.

    Returns
    -------
    keras.Model
        From RGB pictures (n, height, width, 3), 0 to 255, to a dictionary of ``label`` (n, 5) and ``known``
        (n, 1) logits, and ``features`` (n, 256), none below 0.
    """
    images = keras.Input((height, width, 3), name="images")
    x = layers.Rescaling(1 / 64, offset=-2, dtype="float32", name="centred")(images)
    for block, filters in enumerate(FILTERS, start=1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"block{block}_conv")(x)
        x = layers.BatchNormalization(momentum=0.98, name=f"block{block}_norm")(x)
        x = layers.ReLU(name=f"block{block}_relu")(x)
        if block < len(FILTERS):
            x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    features = layers.GlobalAveragePooling2D(dtype="float32", name=FEATURES)(x)
    dropped = layers.Dropout(0.3, dtype="float32", name="dropout")(features)
    return keras.Model(
        images,
        {
            "label": layers.Dense(len(LABELS), dtype="float32", name="label")(dropped),
            "known": layers.Dense(1, dtype="float32", name="known")(dropped),
            FEATURES: features,
        },
        name="cnn",
    )
