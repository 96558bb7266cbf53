"""What a network is asked to learn, all at once.

- the class, and whether the picture is one of the classes at all;
- the article type among all of the shop's, and the base colour, each as a cosine softmax against one
  vector a name (NormFace, Wang et al. 2017, https://arxiv.org/abs/1704.06369). A photographed t-shirt
  and a shop's are drawn to the same vector, which is what puts them side by side in a search;
- where there is a teacher: its answers to the very same view (Beyer et al. 2022, "a good teacher is
  patient and consistent", https://arxiv.org/abs/2106.05237).

Everything is `keras.ops`, with the answers' absence told by the answers themselves.
"""

from collections.abc import Mapping

import keras
import numpy as np
from keras import layers, ops

from core.models.layers import UnitLength
from core.models.vgg import COLOUR_DIMENSION, KIND_DIMENSION
from core.training.sources import HEIGHT, UNSAID, WIDTH, Vocabulary

TYPE_SCALE, COLOUR_SCALE = 20.0, 12.0
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

    def call(self, rows):
        """Return logits (n, count) of unit-length `rows` (n, d)."""
        vectors = ops.normalize(self.vectors, axis=-1, order=2)
        return self.scale * ops.matmul(ops.cast(rows, "float32"), ops.transpose(vectors))


@keras.saving.register_keras_serializable("fashion")
class Disagreement(layers.Layer):
    """How far a student's answers lie from its teacher's, one number a picture."""

    def call(self, inputs):
        """Return (n, 1): cosine distances of the embeddings plus divergences of the class and type."""
        student, teacher = inputs
        teacher = {key: ops.stop_gradient(ops.cast(value, "float32")) for key, value in teacher.items()}
        distance = 2.0 * _cosine_distance(student["kind"], teacher["kind"])
        distance += _cosine_distance(student["colour"], teacher["colour"])
        distance += 0.5 * _soft_cross_entropy(student["label"], teacher["label"])
        distance += 0.5 * _soft_cross_entropy(student["types"], teacher["types"])
        return ops.expand_dims(distance, -1)

    def compute_output_shape(self, input_shape):
        """One number a picture."""
        return (None, 1)


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


def _cosine_distance(a, b):
    return 1.0 - ops.sum(a * b, axis=-1)


def _soft_cross_entropy(logits, teacher_logits):
    return -ops.sum(ops.softmax(teacher_logits) * ops.log_softmax(logits), axis=-1)


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


LOSSES = {
    "label": (label_loss, 1.0),
    "known": (known_loss, 0.5),
    "types": (names_loss, 1.0),
    "colours": (names_loss, 0.5),
    "teacher": (as_given, 1.0),
    "picture_error": (as_given, 0.3),
}


def build_learner(
    network: keras.Model,
    vocabulary: Vocabulary,
    *,
    features: str | None = None,
    teacher: keras.Model | None = None,
) -> keras.Model:
    """Put a network before its lessons.

    Parameters
    ----------
    network : keras.Model
        Gives at least ``label`` and ``known``.
    vocabulary : Vocabulary
        The names to tell apart.
    features : str, optional
        The layer from which ``kind`` and ``colour`` are projected where the network does not give them;
        the projections are not part of the network.
    teacher : keras.Model, optional
        A learner that has been taught; it stays as it is.

    Returns
    -------
    keras.Model
        From views (n, 160, 120, 3) to a dictionary with an entry for each of `LOSSES` that applies.
    """
    views = keras.Input((HEIGHT, WIDTH, 3), name="views")
    images = _resized(views, *network.input_shape[1:3])
    if features is None:
        answers = network(images)
    else:
        wide = keras.Model(network.input, {**network.output, "_": network.get_layer(features).output})
        answers = wide(images)
        hidden = layers.Flatten(dtype="float32")(answers.pop("_"))
        for part, dimension in (("kind", KIND_DIMENSION), ("colour", COLOUR_DIMENSION)):
            projected = layers.Dense(dimension, dtype="float32", name=f"{part}_lesson")(hidden)
            answers[part] = UnitLength(dtype="float32", name=part)(projected)

    types = NameVectors(len(vocabulary.types), TYPE_SCALE, dtype="float32", name="types")
    colours = NameVectors(len(vocabulary.colours), COLOUR_SCALE, dtype="float32", name="colours")
    outputs = {
        "label": answers["label"],
        "known": answers["known"],
        "types": types(answers["kind"]),
        "colours": colours(answers["colour"]),
        "kind": answers["kind"],
        "colour": answers["colour"],
    }
    if teacher is not None:
        teacher.trainable = False
        for layer in (types, colours):
            layer.set_weights(teacher.get_layer(layer.name).get_weights())
            layer.trainable = False
        taught = teacher(views, training=False)
        outputs["teacher"] = Disagreement(dtype="float32", name="teacher")(
            [
                {key: outputs[key] for key in ("kind", "colour", "label", "types")},
                {key: taught[key] for key in ("kind", "colour", "label", "types")},
            ]
        )
    if "picture" in answers:
        outputs["picture_error"] = PictureError(dtype="float32", name="picture_error")(
            [answers["picture"], images]
        )
    return keras.Model(views, outputs, name=f"{network.name}_learner")


def inherit_lessons(elder: keras.Model, learner: keras.Model) -> None:
    """Let the projections of a grown network's lessons begin as those of the network it grew from.

    Random ones would first have to be learned, and pull at features that are good already.
    """
    for part in ("kind", "colour"):
        lesson = learner.get_layer(f"{part}_lesson")
        lesson.set_weights(elder.get_layer(f"{part}_projection").get_weights())


def _resized(views, height: int, width: int):
    """Average blocks of pixels, as `fit` does on the way down."""
    if (height, width) == (HEIGHT, WIDTH):
        return views
    if HEIGHT % height or WIDTH % width:
        raise ValueError(f"a view of {HEIGHT}×{WIDTH} does not divide into {height}×{width} blocks")
    return layers.AveragePooling2D((HEIGHT // height, WIDTH // width), dtype="float32", name="input")(views)


def compile_learner(learner: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Attach the losses that apply."""
    used = {key: value for key, value in LOSSES.items() if key in learner.output}
    learner.compile(
        optimizer,
        loss={key: used[key][0] if key in used else None for key in learner.output},
        loss_weights={key: used[key][1] if key in used else None for key in learner.output},
    )


def answers_of(source, rows: np.ndarray, vocabulary: Vocabulary, keys: Mapping) -> dict[str, np.ndarray]:
    """Return the true answers of pictures, shaped for the losses; all zero where unsaid."""
    label = source.label[rows]
    colour = source.colour[rows]
    everything = {
        "label": _one_hot(label, 5),
        "known": source.known[rows, None].astype(np.float32),
        "types": source.types[rows].astype(np.float32),
        "colours": _one_hot(colour, len(vocabulary.colours)),
        "teacher": np.zeros((len(rows), 1), np.float32),
        "picture_error": np.zeros((len(rows), 1), np.float32),
    }
    return {key: everything[key] for key in keys if key in everything}


def _one_hot(places: np.ndarray, count: int) -> np.ndarray:
    return ((places[:, None] == np.arange(count)) & (places[:, None] != UNSAID)).astype(np.float32)
