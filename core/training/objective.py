"""What a network is asked to learn, all at once.

- the class, and whether the picture is one of the classes at all;
- the article type among all of the shop's, and the base colour, each as a cosine softmax against one
  vector a name (NormFace, Wang et al. 2017, https://arxiv.org/abs/1704.06369). A photographed t-shirt
  and a shop's are drawn to the same vector, which is what puts them side by side in a search;
- where there is a teacher: its answers to the very same view (Beyer et al. 2022, "a good teacher is
  patient and consistent", https://arxiv.org/abs/2106.05237).

Everything is `keras.ops`, with the answers' absence told by the answers themselves.
"""

from collections.abc import Iterable, Mapping

import keras
import numpy as np
from keras import layers, ops

from core.models.layers import COLOUR_SCALE, TYPE_SCALE
from core.models.loaded import softmax
from core.models.vgg import COLOUR_DIMENSION, KIND_DIMENSION
from core.training.sources import UNSAID, Vocabulary

SMOOTHING = 0.05


@keras.saving.register_keras_serializable("fashion")
class NameVectors(layers.Layer):
    """One vector a name; answers with scaled cosines to each."""

    def __init__(self, count: int, scale: float, **kwargs):
        super().__init__(**kwargs)
        self.count, self.scale = count, scale

    def build(self, input_shape):
        """Make the vectors."""
        self.vectors = self.add_weight(
            name="vectors", shape=(self.count, input_shape[-1]), initializer="random_normal", dtype="float32"
        )

    def unit_vectors(self):
        """Return the vectors (count, d) at unit length."""
        return ops.normalize(self.vectors, axis=-1, order=2)

    def call(self, rows):
        """Return logits (n, count) of unit-length `rows` (n, d)."""
        return self.scale * ops.matmul(ops.cast(rows, "float32"), ops.transpose(self.unit_vectors()))


@keras.saving.register_keras_serializable("fashion")
class PictureError(layers.Layer):
    """Squared error of a drawn picture, summed over pixels and divided by 100."""

    def call(self, inputs):
        """Return (n, 1) for pictures of 0 to 1 and the originals of 0 to 255."""
        drawn, original = inputs
        error = ops.square(drawn - ops.cast(original, "float32") / 255.0)
        return ops.expand_dims(ops.sum(error, axis=(1, 2, 3)) / 100.0, -1)

    def compute_output_shape(self, input_shape):
        """One number a picture."""
        return (None, 1)


def label_loss(truth, logits):
    """Cross entropy with smoothing; rows of `truth` that are all zero cost nothing."""
    said = ops.sum(truth, axis=-1)
    smooth = truth * (1 - SMOOTHING) + said[:, None] * SMOOTHING / truth.shape[-1]
    return -ops.sum(smooth * ops.log_softmax(ops.cast(logits, "float32")), axis=-1)


def known_loss(truth, logit):
    """Binary cross entropy where `truth` is 0 or 1; elsewhere nothing."""
    logit = ops.cast(logit, "float32")
    each = ops.maximum(logit, 0.0) - logit * truth + ops.log1p(ops.exp(-ops.abs(logit)))
    return ops.squeeze(ops.where(truth < 0, ops.zeros_like(each), each), -1)


def names_loss(truth, logits):
    """Minus the log of the probability of any of the names that are true; of none: nothing."""
    masked = ops.where(truth > 0, logits, -1e4 * ops.ones_like(logits))
    likelihood = ops.logsumexp(masked, axis=-1) - ops.logsumexp(logits, axis=-1)
    return -ops.where(ops.any(truth > 0, axis=-1), likelihood, ops.zeros_like(likelihood))


def as_given(truth, value):
    """Pass on what a layer of the network has measured already."""
    return ops.squeeze(value, -1)


def direction_loss(taught, rows):
    """Cosine distance to the teacher's rows of unit length; where these are all zero, nothing."""
    taught = ops.cast(taught, "float32")
    return ops.sum(taught * taught, axis=-1) - ops.sum(taught * rows, axis=-1)


def taught_loss(probabilities, logits):
    """Cross entropy to the teacher's probabilities; where these are all zero, nothing."""
    return -ops.sum(probabilities * ops.log_softmax(ops.cast(logits, "float32")), axis=-1)


# What each answer is measured by, and how much it counts.
LOSSES = {
    "label": (label_loss, 1.0),
    "known": (known_loss, 0.5),
    "types": (names_loss, 1.0),
    "colours": (names_loss, 1.0),
    "kind": (direction_loss, 2.0),
    "colour": (direction_loss, 2.0),
    "taught_label": (taught_loss, 0.5),
    "taught_types": (taught_loss, 1.0),
    "picture_error": (as_given, 1.0),
}


def build_learner(
    network: keras.Model,
    vocabulary: Vocabulary,
    view: tuple[int, ...],
    teacher: keras.Model | None = None,
) -> keras.Model:
    """Put a network before its lessons.

    Parameters
    ----------
    network : keras.Model
        Gives at least ``label`` and ``known``; without ``kind`` and ``colour`` it is taught no types and no
        colours.
    vocabulary : Vocabulary
        The names to tell apart.
    view : tuple of int
        Shape of a view; the network's own input is that or has a whole fraction of its height and width.
    teacher : keras.Model, optional
        A learner that has been taught, whose vectors of types and colours are taken over as they are.
        Without one they are learned, from those that the network has where it has learned before.

    Returns
    -------
    keras.Model
        From views to a dictionary with an entry for each of `LOSSES` that applies.
    """
    views = keras.Input(view, name="views")
    images = views if network.input_shape[1:] == view else _resized(views, *network.input_shape[1:3])
    answers = network(images)
    own = {layer.name: layer for layer in network.layers}
    outputs = {"label": answers["label"], "known": answers["known"]}
    if "kind" in answers:
        types = NameVectors(len(vocabulary.types), TYPE_SCALE, dtype="float32", name="types")
        colours = NameVectors(len(vocabulary.colours), COLOUR_SCALE, dtype="float32", name="colours")
        outputs |= {
            "types": types(answers["kind"]),
            "colours": colours(answers["colour"]),
            "kind": answers["kind"],
            "colour": answers["colour"],
        }
        for layer, drawn in ((types, "kind_drawn"), (colours, "colour_drawn")):
            if teacher is not None:
                layer.set_weights(teacher.get_layer(layer.name).get_weights())
                layer.trainable = False
            elif np.any(own[drawn].vectors):
                layer.set_weights([keras.ops.convert_to_numpy(own[drawn].vectors)])
    if teacher is not None:
        for key in (key for key in ("label", "types") if key in outputs):
            outputs[f"taught_{key}"] = layers.Identity(dtype="float32", name=f"taught_{key}")(outputs[key])
    if "picture" in answers:
        outputs["picture_error"] = PictureError(dtype="float32", name="picture_error")(
            [answers["picture"], images]
        )
    return keras.Model(views, outputs, name=f"{network.name}_learner")


def hand_over_names(learner: keras.Model, network: keras.Model) -> None:
    """Give the layers of `search_head`, which draw to names, the vectors that the lessons were learned by."""
    for lesson, part in (("types", "kind_drawn"), ("colours", "colour_drawn")):
        network.get_layer(part).vectors.assign(learner.get_layer(lesson).unit_vectors())


def _resized(views, height: int, width: int):
    """Average blocks of pixels, as `letterbox` does on the way down."""
    rows, columns = views.shape[1] / height, views.shape[2] / width
    if not (rows.is_integer() and columns.is_integer()):
        raise ValueError(f"a view of {views.shape[1:3]} does not divide into {height}×{width} blocks")
    blocks = (int(rows), int(columns))
    return layers.AveragePooling2D(blocks, dtype="float32", name="input")(views)


def compile_learner(learner: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Attach the losses that apply."""
    used = {key: value for key, value in LOSSES.items() if key in learner.output}
    learner.compile(
        optimizer,
        loss={key: used[key][0] if key in used else None for key in learner.output},
        loss_weights={key: used[key][1] if key in used else None for key in learner.output},
    )


def answers_of(
    source, rows: np.ndarray, vocabulary: Vocabulary, keys: Iterable[str]
) -> dict[str, np.ndarray]:
    """Return the true answers of pictures, shaped for the losses; all zero where unsaid."""
    label = source.label[rows]
    colour = source.colour[rows]
    everything = {
        "label": _one_hot(label, 5),
        "known": source.known[rows, None].astype(np.float32),
        "types": source.types[rows].astype(np.float32),
        "colours": _one_hot(colour, len(vocabulary.colours)),
        "kind": np.zeros((len(rows), KIND_DIMENSION), np.float32),
        "colour": np.zeros((len(rows), COLOUR_DIMENSION), np.float32),
        "picture_error": np.zeros((len(rows), 1), np.float32),
    }
    return {key: everything[key] for key in keys if key in everything}


def taught_of(
    taught: Mapping[str, np.ndarray], rows: np.ndarray, type_vectors: np.ndarray | None, keys: Iterable[str]
) -> dict[str, np.ndarray]:
    """Return a teacher's answers to views, shaped for the losses; empty without a teacher."""
    if not taught:
        return {}
    kind = taught["kind"][rows].astype(np.float32)
    everything = {
        "kind": kind,
        "colour": taught["colour"][rows].astype(np.float32),
        "taught_label": softmax(taught["label"][rows].astype(np.float32)),
    }
    if "taught_types" in keys:
        everything["taught_types"] = softmax(TYPE_SCALE * kind @ type_vectors.T)
    return {key: value for key, value in everything.items() if key in keys}


def _one_hot(places: np.ndarray, count: int) -> np.ndarray:
    return ((places[:, None] == np.arange(count)) & (places[:, None] != UNSAID)).astype(np.float32)
