"""The losses that training minimises, the training model that computes them, and their targets.

- the class, and whether the picture is one of the five classes at all;
- the article type among all of the shop's, the base colour, and pattern, collar, sleeve, neck and fit as far
  as a product's name says them, each by a cosine softmax against one prototype a name (NormFace, Wang et al.
  2017, https://arxiv.org/abs/1704.06369). A photographed t-shirt and a shop's are drawn to the same
  prototype, which puts them side by side in a search;
- knowledge distillation, where there is a teacher: its outputs for the very same view (Beyer et al. 2022, "a
  good teacher is patient and consistent", https://arxiv.org/abs/2106.05237).

How much each counts stands in `core.training.schedule.LOSS_WEIGHTS`. A target that is all zero (`known`:
negative) means that nothing is known, and costs nothing. Everything is `keras.ops`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import keras
import numpy as np
from keras import layers, ops

from core.catalogue.looks import LOOKS
from core.labels import LABELS
from core.models.layers import PARTS
from core.models.loaded import softmax
from core.training.data.sources import UNLABELLED, Vocabulary, look_columns
from core.training.schedule import LABEL_SMOOTHING, LOSS_WEIGHTS

LOOK_OUTPUTS: Mapping[str, str] = {f"{attribute}s": attribute for attribute in LOOKS}
"""Output of a training model to attribute of the look."""

DRAWN_TO: Mapping[str, str] = {"kind": "types", "colour": "colours", "look": "patterns"}
"""Part of the embedding to the output of a training model whose prototypes it is drawn to."""

Tensor = Any
"""A tensor of whatever backend Keras runs on."""


class Labelled(Protocol):
    """What has labels, a row a picture: an `ImageSource` or a `ViewBank`."""

    @property
    def label(self) -> np.ndarray:
        """Class, int (n,)."""

    @property
    def known(self) -> np.ndarray:
        """Whether it is one of the classes, int (n,)."""

    @property
    def types(self) -> np.ndarray:
        """Article types it may have, bool (n, number of types)."""

    @property
    def colour(self) -> np.ndarray:
        """Base colour, int (n,)."""

    @property
    def looks(self) -> np.ndarray:
        """What names say of looks, bool (n, number of looks)."""


# Layers -----------------------------------------------------------------------------------------------


@keras.saving.register_keras_serializable("fashion")
class CosineSoftmax(layers.Layer):
    """One prototype a name; outputs scaled cosines to each, the logits of a softmax."""

    def __init__(self, count: int, scale: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.count, self.scale = count, scale

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the prototypes."""
        self.prototypes = self.add_weight(
            name="prototypes",
            shape=(self.count, input_shape[-1]),
            initializer="random_normal",
            dtype="float32",
        )

    def unit_prototypes(self) -> Tensor:
        """Return the prototypes (count, d) at unit length."""
        return ops.normalize(self.prototypes, axis=-1, order=2)

    def call(self, rows: Tensor) -> Tensor:
        """Return logits (n, count) of unit-length `rows` (n, d)."""
        return self.scale * ops.matmul(ops.cast(rows, "float32"), ops.transpose(self.unit_prototypes()))


@keras.saving.register_keras_serializable("fashion")
class ReconstructionError(layers.Layer):
    """Squared error of a reconstructed picture, summed over pixels and divided by 100."""

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        """Return (n, 1) for pictures of 0 to 1 and the originals of 0 to 255."""
        reconstructed, original = inputs
        error = ops.square(reconstructed - ops.cast(original, "float32") / 255.0)
        return ops.expand_dims(ops.sum(error, axis=(1, 2, 3)) / 100.0, -1)

    def compute_output_shape(self, input_shape: Any) -> tuple[None, int]:
        """One number a picture."""
        return (None, 1)


# Loss functions ---------------------------------------------------------------------------------------


def smoothed_cross_entropy(target: Tensor, logits: Tensor) -> Tensor:
    """Cross entropy with label smoothing; rows of `target` that are all zero cost nothing."""
    labelled = ops.sum(target, axis=-1)
    smooth = target * (1 - LABEL_SMOOTHING) + labelled[:, None] * LABEL_SMOOTHING / target.shape[-1]
    return -ops.sum(smooth * ops.log_softmax(ops.cast(logits, "float32")), axis=-1)


def known_cross_entropy(target: Tensor, logit: Tensor) -> Tensor:
    """Binary cross entropy where `target` is 0 or 1; nothing where it is negative."""
    logit = ops.cast(logit, "float32")
    each = ops.maximum(logit, 0.0) - logit * target + ops.log1p(ops.exp(-ops.abs(logit)))
    return ops.squeeze(ops.where(target < 0, ops.zeros_like(each), each), -1)


def any_of_cross_entropy(target: Tensor, logits: Tensor) -> Tensor:
    """Minus the log of the probability that any of the true names has; nothing where none is known."""
    masked = ops.where(target > 0, logits, -1e4 * ops.ones_like(logits))
    likelihood = ops.logsumexp(masked, axis=-1) - ops.logsumexp(logits, axis=-1)
    return -ops.where(ops.any(target > 0, axis=-1), likelihood, ops.zeros_like(likelihood))


def cosine_distance(target: Tensor, rows: Tensor) -> Tensor:
    """Cosine distance to the teacher's rows of unit length; nothing where these are all zero."""
    target = ops.cast(target, "float32")
    return ops.sum(target * target, axis=-1) - ops.sum(target * rows, axis=-1)


def distillation_cross_entropy(target: Tensor, logits: Tensor) -> Tensor:
    """Cross entropy to the teacher's probabilities; nothing where these are all zero."""
    return -ops.sum(target * ops.log_softmax(ops.cast(logits, "float32")), axis=-1)


def output_itself(target: Tensor, output: Tensor) -> Tensor:
    """Return what a layer of the training model has measured already."""
    return ops.squeeze(output, -1)


LOSSES = {
    "label": smoothed_cross_entropy,
    "known": known_cross_entropy,
    "types": any_of_cross_entropy,
    "colours": any_of_cross_entropy,
    **dict.fromkeys(LOOK_OUTPUTS, any_of_cross_entropy),
    "kind": cosine_distance,
    "colour": cosine_distance,
    "look": cosine_distance,
    "distilled_label": distillation_cross_entropy,
    "distilled_types": distillation_cross_entropy,
    "reconstruction_error": output_itself,
}
"""The loss of each output of a training model; `LOSS_WEIGHTS` has the same keys."""


# Training model ---------------------------------------------------------------------------------------


def build_training_model(
    network: keras.Model,
    vocabulary: Vocabulary,
    view_shape: tuple[int, ...],
    teacher: keras.Model | None = None,
) -> keras.Model:
    """Add to a network what its losses need: cosine softmaxes, distillation outputs, resizing.

    Parameters
    ----------
    network : keras.Model
        Outputs at least ``label`` and ``known``; without ``kind`` and ``colour`` it learns no types and no
        colours.
    vocabulary : Vocabulary
        The names to tell apart.
    view_shape : tuple of int
        The network's own input shape, or one with a multiple of its height and width.
    teacher : keras.Model, optional
        A trained training model, whose prototypes of types and colours are taken over and frozen. Without
        one they are learned, from those that the network has where it was trained before.

    Returns
    -------
    keras.Model
        From views to a dictionary with an entry for each of `LOSSES` that applies; it shares the weights of
        `network`.
    """
    views = keras.Input(view_shape, name="views")
    images = views if network.input_shape[1:] == view_shape else _resized(views, *network.input_shape[1:3])
    head_outputs = network(images)
    outputs = {"label": head_outputs["label"], "known": head_outputs["known"]}
    if "kind" in head_outputs:
        outputs |= _cosine_softmaxes(network, head_outputs, vocabulary, teacher)
    if teacher is not None:
        for key in ("label", "types"):
            if key in outputs:
                identity = layers.Identity(dtype="float32", name=f"distilled_{key}")
                outputs[f"distilled_{key}"] = identity(outputs[key])
    if "picture" in head_outputs:
        error = ReconstructionError(dtype="float32", name="reconstruction_error")
        outputs["reconstruction_error"] = error([head_outputs["picture"], images])
    return keras.Model(views, outputs, name=f"{network.name}_training")


def _cosine_softmaxes(
    network: keras.Model,
    head_outputs: Mapping[str, Tensor],
    vocabulary: Vocabulary,
    teacher: keras.Model | None,
) -> dict[str, Tensor]:
    own = {layer.name: layer for layer in network.layers}
    outputs = {part.name: head_outputs[part.name] for part in PARTS}
    counts = {"types": len(vocabulary.types), "colours": len(vocabulary.colours)}
    counts |= {output: len(LOOKS[attribute]) for output, attribute in LOOK_OUTPUTS.items()}
    scales = {part.name: part.scale for part in PARTS}
    for key, count in counts.items():
        part = next((part for part, drawn_to in DRAWN_TO.items() if drawn_to == key), "look")
        layer = CosineSoftmax(count, scales[part], dtype="float32", name=key)
        outputs[key] = layer(head_outputs[part])
        drawn = own.get(f"{part}_drawn") if DRAWN_TO[part] == key else None
        if teacher is not None:
            layer.set_weights(teacher.get_layer(key).get_weights())
            layer.trainable = False
        elif drawn is not None and np.any(drawn.vectors):
            layer.set_weights([ops.convert_to_numpy(drawn.vectors)])
    return outputs


def copy_prototypes(training_model: keras.Model, network: keras.Model) -> None:
    """Copy the prototypes that were learned to the layers of `network` that draw embeddings to them."""
    for part, key in DRAWN_TO.items():
        prototypes = training_model.get_layer(key).unit_prototypes()
        network.get_layer(f"{part}_drawn").vectors.assign(prototypes)


def _resized(views: Tensor, height: int, width: int) -> Tensor:
    """Average blocks of pixels, as `fit` does on the way down."""
    rows, columns = views.shape[1] / height, views.shape[2] / width
    if not (rows.is_integer() and columns.is_integer()):
        raise ValueError(f"a view of {views.shape[1:3]} does not divide into {height}×{width} blocks")
    blocks = (int(rows), int(columns))
    return layers.AveragePooling2D(blocks, dtype="float32", name="input")(views)


def compile_training_model(training_model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Attach the losses that apply, and their weights; outputs without one cost nothing."""
    outputs = training_model.output
    training_model.compile(
        optimizer,
        loss={key: LOSSES.get(key) for key in outputs},
        loss_weights={key: LOSS_WEIGHTS.get(key) for key in outputs},
    )


# Targets ----------------------------------------------------------------------------------------------


def targets_of(
    source: Labelled, rows: np.ndarray, vocabulary: Vocabulary, outputs: Iterable[str]
) -> dict[str, np.ndarray]:
    """Return the targets of pictures by their labels, shaped for the losses; all zero where unlabelled."""
    targets = {
        "label": _one_hot(source.label[rows], len(LABELS)),
        "known": source.known[rows, None].astype(np.float32),
        "types": source.types[rows].astype(np.float32),
        "colours": _one_hot(source.colour[rows], len(vocabulary.colours)),
        **{
            output: source.looks[rows][:, look_columns(attribute)].astype(np.float32)
            for output, attribute in LOOK_OUTPUTS.items()
        },
        **{part.name: np.zeros((len(rows), part.dimension), np.float32) for part in PARTS},
        "reconstruction_error": np.zeros((len(rows), 1), np.float32),
    }
    return {key: targets[key] for key in outputs if key in targets}


def distillation_targets(
    teacher_outputs: Mapping[str, np.ndarray],
    rows: np.ndarray,
    type_prototypes: np.ndarray | None,
    outputs: Iterable[str],
) -> dict[str, np.ndarray]:
    """Return the targets of views by a teacher's outputs, shaped for the losses; empty without a teacher.

    Parameters
    ----------
    teacher_outputs : mapping of str to float16 array
        As of a `ViewBank`.
    rows : int array
    type_prototypes : float array (number of types, 96), optional
        The teacher's, by which its ``kind`` is read as probabilities of article types.
    outputs : iterable of str
        Those of the training model.
    """
    if not teacher_outputs:
        return {}
    kind = teacher_outputs["kind"][rows].astype(np.float32)
    targets = {
        "kind": kind,
        "colour": teacher_outputs["colour"][rows].astype(np.float32),
        "look": teacher_outputs["look"][rows].astype(np.float32),
        "distilled_label": softmax(teacher_outputs["label"][rows].astype(np.float32)),
    }
    if type_prototypes is not None:
        targets["distilled_types"] = softmax(PARTS[0].scale * kind @ type_prototypes.T)
    return {key: targets[key] for key in outputs if key in targets}


def _one_hot(places: np.ndarray, count: int) -> np.ndarray:
    return ((places[:, None] == np.arange(count)) & (places[:, None] != UNLABELLED)).astype(np.float32)
