"""VGG16 and VGG19 (Simonyan and Zisserman, 2015), at full width, for small upright pictures.

The thirteen and sixteen convolutions are those of `keras.applications`, by name and by shape, so the
weights published for them load by name. The original's three fully connected layers are left out: they
are tied to 224×224 pixels, hold nine tenths of its 138 million weights, and name ImageNet's classes.
In their place stand averages over all positions, of every block but the first, and heads of our own: the last
blocks know the kind of garment, the early ones still know its colour and its weave.

Reference: https://arxiv.org/abs/1409.1556
"""

import keras
import numpy as np
from keras import layers

from core.errors import ModelError
from core.labels import LABELS
from core.models.layers import PARTS, ImageNetMeans, search_head

HEIGHT, WIDTH = 80, 60

# Convolutions in each of the five blocks, and the filters they all have.
CONVOLUTIONS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
BLOCK_FILTERS = (64, 128, 256, 512, 512)


def build_vgg(
    depth: int,
    *,
    height: int = HEIGHT,
    width: int = WIDTH,
    names: tuple[int, ...] | None = None,
    batch_norm: bool = False,
    dtype: str | keras.dtype_policies.DTypePolicy | None = None,
) -> keras.Model:
    """Build VGG16 or VGG19 with our heads.

    Parameters
    ----------
    depth : {16, 19}
        Layers with weights in the original, the three fully connected ones included.
    height, width : int
        Input size in pixels. The weights do not depend on it.
    names : tuple of int, optional
        How many names each part of the head that search uses knows, as in `core.models.layers.PARTS`: article
        types, base colours, patterns. Without it there is no such head.
    batch_norm : bool
        Whether to normalise after each convolution (Ioffe and Szegedy, 2015), to train from random
        weights. `fold_batch_norm` turns the result into the plain network, which is what is shipped.
    dtype : str or DTypePolicy, optional
        Of the convolutions, Keras's own policy by default; the heads always compute in float32.

    Returns
    -------
    keras.Model
        From RGB pictures (n, height, width, 3), 0 to 255, to a dictionary: ``label`` (n, 5) logits of
        the classes, ``known`` (n, 1) logit of being one of them, and with `names` what `search_head` gives:
        ``kind`` (n, 96), ``colour`` (n, 32), ``look`` (n, 32) and ``embedding`` (n, 160); and ``upright``
        (n, 1), the logit of not being turned by a quarter or a half.
    """
    images = keras.Input((height, width, 3), name="images")
    x = ImageNetMeans(dtype="float32", name="imagenet_means")(images)
    seen = []
    for block, (filters, count) in enumerate(zip(BLOCK_FILTERS, CONVOLUTIONS[depth], strict=True), start=1):
        for number in range(1, count + 1):
            x = _convolution(x, filters, f"block{block}_conv{number}", batch_norm=batch_norm, dtype=dtype)
        if 1 < block < len(BLOCK_FILTERS):
            seen.append(layers.GlobalAveragePooling2D(dtype="float32", name=f"block{block}_features")(x))
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    seen.append(layers.GlobalAveragePooling2D(dtype="float32", name=f"block{len(BLOCK_FILTERS)}_features")(x))
    features = layers.Concatenate(dtype="float32", name="features")(seen)

    # Averages of different blocks are of different size: without this the largest would outweigh the rest.
    normed = layers.BatchNormalization(
        momentum=0.98, center=False, scale=False, dtype="float32", name="features_norm"
    )(features)
    dropped = layers.Dropout(0.3, dtype="float32", name="dropout")(normed)
    outputs = {
        "label": layers.Dense(len(LABELS), dtype="float32", name="label")(dropped),
        "known": layers.Dense(1, dtype="float32", name="known")(dropped),
    }
    if names:
        projected = []
        for part, _ in zip(PARTS, names, strict=False):
            hidden = layers.Dense(part.hidden, activation="relu", dtype="float32", name=f"{part.name}_hidden")
            projection = layers.Dense(part.dimension, dtype="float32", name=f"{part.name}_projection")
            projected.append(projection(hidden(dropped)))
        outputs |= search_head(projected, names)
        # Learned on its own, when all else is (`core.training.upright`): it moves no other weight.
        outputs["upright"] = layers.Dense(1, dtype="float32", name="upright")(normed)
    return keras.Model(images, outputs, name=f"vgg{depth}")


def _convolution(
    x: keras.KerasTensor,
    filters: int,
    name: str,
    *,
    batch_norm: bool,
    dtype: str | keras.dtype_policies.DTypePolicy | None,
) -> keras.KerasTensor:
    # He-normal; the first layer sees values of ±128 instead of ±1 and starts that much smaller.
    scale = 2.0 / 64.0**2 if name == "block1_conv1" else 2.0
    x = layers.Conv2D(
        filters,
        3,
        padding="same",
        use_bias=not batch_norm,
        kernel_initializer=keras.initializers.VarianceScaling(scale, "fan_in", "truncated_normal"),
        dtype=dtype,
        name=name,
    )(x)
    if batch_norm:
        x = layers.BatchNormalization(momentum=0.98, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def fold_batch_norm(trained: keras.Model, plain: keras.Model) -> None:
    """Copy `trained`, built with `batch_norm`, into `plain`, built without, as the same function.

    At inference a normalisation is a scale and a shift of each filter, which the convolution before it
    can take over exactly.
    """
    for layer in plain.layers:
        if not layer.weights:
            continue
        source = trained.get_layer(layer.name)
        if isinstance(layer, layers.Conv2D):
            norm = trained.get_layer(f"{layer.name}_norm")
            gamma, beta, mean, variance = norm.get_weights()
            scale = gamma / (variance + norm.epsilon) ** 0.5
            (kernel,) = source.get_weights()
            layer.set_weights([kernel * scale, beta - mean * scale])
        else:
            layer.set_weights(source.get_weights())


def unfold_batch_norm(
    plain: keras.Model, normed: keras.Model, images: np.ndarray, frozen: tuple[str, ...] = ()
) -> None:
    """Copy `plain`, built without `batch_norm`, into `normed`, built with it, as the same function.

    A network that has learned without them so learns on as quickly as one that always had them.

    Parameters
    ----------
    plain, normed : keras.Model
    images : float32 array (n, height, width, 3)
        By which the mean and the variance of each filter are measured.
    frozen : tuple of str
        Beginnings of the names of convolutions whose normalisation will never measure anything and starts,
        and stays, as the identity.
    """
    convolutions = [layer for layer in plain.layers if isinstance(layer, layers.Conv2D)]
    measured = [layer for layer in convolutions if not layer.name.startswith(frozen)]
    moments = {}
    outputs = keras.Model(plain.input, [layer.output for layer in measured]).predict(
        images, batch_size=32, verbose=0
    )
    for layer, seen in zip(measured, outputs, strict=True):
        flat = seen.reshape(-1, seen.shape[-1]).astype(np.float64)
        moments[layer.name] = flat.mean(axis=0), flat.var(axis=0)
    for layer in plain.layers:
        if layer.weights and layer not in convolutions:
            normed.get_layer(layer.name).set_weights(layer.get_weights())
    for layer in convolutions:
        kernel, bias = layer.get_weights()
        norm = normed.get_layer(f"{layer.name}_norm")
        mean, variance = moments.get(layer.name, (bias, np.ones_like(bias)))
        normed.get_layer(layer.name).set_weights([kernel])
        # The bias goes where the mean was measured: behind it.
        norm.set_weights([np.sqrt(variance + norm.epsilon), mean, mean - bias, variance])


def grow(vgg16: keras.Model, vgg19: keras.Model) -> None:
    """Start VGG19 as the very function that VGG16 has learned.

    The three convolutions that VGG19 has and VGG16 lacks begin as the identity, which a rectified input
    passes unchanged (Net2DeeperNet, Chen, Goodfellow and Shlens, 2016, https://arxiv.org/abs/1511.05641).
    """
    copied = copy_layers(vgg16, vgg19)
    for layer in vgg19.layers:
        if layer.weights and layer.name not in copied:
            kernel, bias = layer.get_weights()
            kernel[:] = 0.0
            for channel in range(kernel.shape[-1]):
                kernel[1, 1, channel, channel] = 1.0
            layer.set_weights([kernel, bias * 0.0])


def copy_layers(source: keras.Model, target: keras.Model) -> set[str]:
    """Copy the weights of every layer that both have, by name, and return these names."""
    names = {layer.name for layer in source.layers} & {layer.name for layer in target.layers if layer.weights}
    for name in names:
        target.get_layer(name).set_weights(source.get_layer(name).get_weights())
    return names


def load_convolutions(model: keras.Model, depth: int, weights: str) -> None:
    """Take the convolutions of a `keras.applications` network of the same depth.

    Parameters
    ----------
    model : keras.Model
        Built by `build_vgg` without `batch_norm`; its heads stay as they are.
    depth : {16, 19}
        Which network.
    weights : str
        ``imagenet``, for Keras's own download and cache, or a file in the format of
        `keras.applications` without its top.

    Raises
    ------
    ModelError
        If the weights cannot be had or do not fit.
    """
    application = {16: keras.applications.VGG16, 19: keras.applications.VGG19}[depth]
    try:
        source = application(weights=weights, include_top=False)
    except Exception as error:  # Keras raises whatever its downloader, h5py or the shapes raise.
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"VGG{depth} cannot start from {weights}: {reason}. Expected the weights that Keras publishes "
            "without the top, which `imagenet` downloads; without the internet give a file, or "
            "`--init scratch`"
        ) from error
    for layer in source.layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
