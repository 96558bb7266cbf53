"""The RGB classifier: a class from raw pixel values alone, without a convolution.

It sees the picture as one long row of red, green and blue values at a small size, the way the paper's
baseline does, and shows how far colour and outline alone go.
"""

import keras
from keras import layers

from core.labels import LABELS

HEIGHT, WIDTH = 20, 15


def build_rgb(*, height: int = HEIGHT, width: int = WIDTH) -> keras.Model:
    """Build the classifier.

    Parameters
    ----------
    height, width : int
        Input size in pixels.

    Returns
    -------
    keras.Model
        From RGB pictures (n, height, width, 3), 0 to 255, to a dictionary of ``label`` (n, 5) and
        ``known`` (n, 1) logits.
    """
    # In float32 whatever the policy: so small a network gains no time from less, and loses accuracy.
    images = keras.Input((height, width, 3), name="images")
    x = layers.Rescaling(1 / 64, offset=-2, dtype="float32", name="centred")(images)
    x = layers.Flatten(dtype="float32", name="pixels")(x)
    for number, units in enumerate((1024, 512), start=1):
        x = layers.Dense(units, use_bias=False, dtype="float32", name=f"dense{number}")(x)
        x = layers.BatchNormalization(momentum=0.98, dtype="float32", name=f"dense{number}_norm")(x)
        x = layers.ReLU(dtype="float32", name=f"dense{number}_relu")(x)
        x = layers.Dropout(0.3, dtype="float32", name=f"dense{number}_dropout")(x)
    return keras.Model(
        images,
        {
            "label": layers.Dense(len(LABELS), dtype="float32", name="label")(x),
            "known": layers.Dense(1, dtype="float32", name="known")(x),
        },
        name="rgb",
    )
