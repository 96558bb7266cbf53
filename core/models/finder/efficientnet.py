"""EfficientNet-Lite: the convolutions of the garment finder, and of the teacher of training.

Architecture: Tan and Le 2019, https://arxiv.org/abs/1905.11946, in the "lite" variant of
TensorFlow's release, without squeeze-and-excitation and with ReLU6.
"""

import math
from dataclasses import dataclass
from typing import Any

from keras import layers

# (repeats, kernel, stride, expansion, filters) of each stage of the base network.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


@dataclass(frozen=True)
class Variant:
    """How much wider and deeper than the base network, and what of it is trained.

    Attributes
    ----------
    width, depth : float
        Factors of the filters and of the repeats.
    first_trainable : int
        Stages before this one, counted from 1, and the stem are frozen.
    trained_norms : bool
        Whether batch normalisation of the trained stages adapts to the batches of training.
    """

    width: float = 1.0
    depth: float = 1.0
    first_trainable: int = 1
    trained_norms: bool = True


LITE0 = Variant()
LITE2 = Variant(width=1.1, depth=1.2)


def efficientnet_stages(images: Any, variant: Variant) -> list[Any]:
    """Return the feature maps after each of the seven stages.

    Parameters
    ----------
    images : KerasTensor (n, height, width, 3)
        RGB, 0 to 255.
    variant : Variant

    Returns
    -------
    list of KerasTensor
        At strides 2, 4, 8, 16, 16, 32 and 32.
    """
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="centred")(images)
    trained = variant.first_trainable <= 1
    stem = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="stem", trainable=trained)
    x = norm(stem(x), "stem", trainable=trained and variant.trained_norms)
    number, maps = 0, []
    for stage, (repeats, kernel, stride, expansion, filters) in enumerate(STAGES, start=1):
        filters = _rounded(filters * variant.width)
        if 1 < stage < len(STAGES):
            repeats = math.ceil(repeats * variant.depth)
        for repeat in range(repeats):
            x = _block(
                x,
                f"block{number}",
                kernel=kernel,
                stride=stride if repeat == 0 else 1,
                expansion=expansion,
                filters=filters,
                trainable=stage >= variant.first_trainable,
                trained_norms=variant.trained_norms,
            )
            number += 1
        maps.append(x)
    return maps


def norm(x: Any, name: str, *, trainable: bool, active: bool = True) -> Any:
    """Batch normalisation, and ReLU6 unless not `active`."""
    layer = layers.BatchNormalization(momentum=0.98, epsilon=1e-3, name=f"{name}_norm")
    layer.trainable = trainable
    x = layer(x)
    return layers.ReLU(6, name=f"{name}_relu")(x) if active else x


def _rounded(filters: float) -> int:
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * filters else rounded + 8


def _block(
    x: Any,
    name: str,
    *,
    kernel: int,
    stride: int,
    expansion: int,
    filters: int,
    trainable: bool,
    trained_norms: bool,
) -> Any:
    """Inverted residual (Sandler et al. 2018): expand, depthwise convolution, project."""
    y, channels = x, x.shape[-1]
    options: dict[str, Any] = {"use_bias": False, "trainable": trainable}
    adapting = trainable and trained_norms
    if expansion > 1:
        expand = layers.Conv2D(channels * expansion, 1, name=f"{name}_expand", **options)
        y = norm(expand(y), f"{name}_expand", trainable=adapting)
    depthwise = layers.DepthwiseConv2D(kernel, stride, padding="same", name=f"{name}_depthwise", **options)
    y = norm(depthwise(y), f"{name}_depthwise", trainable=adapting)
    project = layers.Conv2D(filters, 1, name=f"{name}_project", **options)
    y = norm(project(y), f"{name}_project", trainable=adapting, active=False)
    return layers.Add(name=f"{name}_add")([x, y]) if stride == 1 and channels == filters else y
