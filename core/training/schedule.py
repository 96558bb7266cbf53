"""How every model is trained: losses and their weights, data, augmentation and schedule, in one place.

VGG16, the model that search uses, is trained from scratch in three stages (`PLANS`):

1. *Pretraining*: every layer, from random weights and with batch normalisation, 12 epochs.
2. *Fine-tuning*, the main stage: the two early blocks are frozen, everything else learns on for 28 epochs at
   half the learning rate. Afterwards batch normalisation is folded into the convolutions.
3. *Head training*: the convolutions are frozen, and the heads alone learn for 12 epochs from their features.

The first two minimise the sum of `LOSS_WEIGHTS`, those of distillation included where there is a teacher;
head training learns from the true labels alone. All use AdamW (`Schedule`): the learning rate climbs in a
linear warm-up to its peak and falls to 0 by cosine decay; the gradient's global norm is clipped.

The training set is a view bank (`core.training.data.view_bank`): every product and photograph of the training
split as it is, and `AUGMENTED_VIEWS` augmented ones, drawn from products, photographs and rendered garments
in the shares below. VGG sees an original four times as often as an augmented view. Half of all views are
mirrored. The validation split chooses no epoch: it is measured after each, and calibrates the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import keras

from core.errors import TrainingError

# Losses -----------------------------------------------------------------------------------------------

LOSS_WEIGHTS: Mapping[str, float] = {
    "label": 1.0,  # cross entropy of the five classes, with label smoothing
    "known": 0.5,  # binary cross entropy: one of the five classes, or none of them
    "types": 1.0,  # cross entropy of the article type, by cosine softmax (vgg16, vae, teacher)
    "colours": 1.0,  # cross entropy of the base colour, by cosine softmax (vgg16, vae, teacher)
    "patterns": 0.7,  # cross entropy of the pattern that the name says, by cosine softmax on the look
    "collars": 0.3,  # the same of collar, sleeve, neck and fit
    "sleeves": 0.3,
    "necks": 0.3,
    "fits": 0.3,
    "kind": 2.0,  # distillation: cosine distance to the teacher's embedding of the kind of garment
    "colour": 2.0,  # distillation: cosine distance to the teacher's embedding of the colour
    "look": 2.0,  # distillation: cosine distance to the teacher's embedding of the look
    "distilled_label": 0.5,  # distillation: cross entropy to the teacher's probabilities of the classes
    "distilled_types": 1.0,  # distillation: the same of the article types
    "reconstruction_error": 1.0,  # squared error of the decoder's picture (vae)
}
"""What each loss of `core.training.losses` counts; a model has those whose outputs it has."""

LABEL_SMOOTHING = 0.05

# Training set -----------------------------------------------------------------------------------------

AUGMENTED_VIEWS, VIEW_BANK_SEED = 120_000, 20162
RENDERS, RENDERS_SEED = 1500, 4242

# Shares of the augmented views; what photographs, worn garments and renders leave goes to products.
PHOTOGRAPHS_SHARE, WORN_SHARE, RENDERS_SHARE = 0.2, 0.22, 0.03
CLASSES_SHARE = 0.45  # of the products: those of the five classes
CLASSES_WEIGHT: Mapping[str, float] = {"products": 2.0, "photographs": 2.0, "worn": 4.0, "renders": 2.0}
"""How much likelier than another picture of its source one of the five classes is drawn."""


@dataclass(frozen=True)
class Augmentation:
    """How far a view may be from its picture; every value is drawn uniformly."""

    max_rotation: float  # degrees
    scale: tuple[float, float]  # drawn on a logarithmic scale
    max_shift: float  # share of the picture's width and height
    max_shear: float
    colour_jitter: float  # 1: full range of brightness, contrast, tint, shading, noise and blur; 0: none


AUGMENTATIONS: Mapping[str, Augmentation] = {
    "photograph": Augmentation(17, (0.8, 1.35), 0.15, 0.05, 1.0),
    "worn": Augmentation(8, (0.85, 1.25), 0.07, 0.04, 0.8),
    "on_white": Augmentation(5, (0.85, 1.15), 0.06, 0.05, 0.25),
    "on_background": Augmentation(30, (0.75, 1.5), 0.15, 0.12, 1.0),  # cut out, with a shadow
}

BACKGROUND_SHARE: Mapping[str, float] = {"products": 0.45, "renders": 0.8}
"""How often a garment is put before a background rather than left on white, by kind of source."""

CROPPED_SHARE = 0.5
"""How often a garment before a background is then cropped to its box, as a search by a box does."""

CROP_MARGINS = (-0.1, 0.2)
"""How far, as a share of the box, each side of such a crop may lie outside the box."""

# Schedules --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Schedule:
    """How long and how fast one stage trains.

    An epoch is a fixed number of views, not a pass over the training set.

    Examples
    --------
    >>> PLANS["vgg16"].schedule.steps_per_epoch
    128
    """

    epochs: int = 20
    views_per_epoch: int = 8192
    batch: int = 64
    learning_rate: float = 1e-3  # the peak: cosine decay to 0 begins after the warm-up
    warm_up: float = 0.05  # share of all steps in which the rate climbs, from a twentieth of the peak
    weight_decay: float = 0.05  # not of biases, batch normalisation and prototypes
    gradient_norm: float = 5.0  # global norm at which gradients are clipped
    seed: int = 20161  # of initial weights, dropout, shuffling and mirroring

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch."""
        return self.views_per_epoch // self.batch


def build_optimizer(schedule: Schedule) -> keras.optimizers.Optimizer:
    """Return AdamW with linear warm-up, cosine decay to 0 and clipping, as the schedule says."""
    steps = schedule.epochs * schedule.steps_per_epoch
    warm_up = max(1, int(steps * schedule.warm_up))
    rate = keras.optimizers.schedules.CosineDecay(
        schedule.learning_rate / 20,
        decay_steps=steps - warm_up,
        warmup_target=schedule.learning_rate,
        warmup_steps=warm_up,
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=schedule.weight_decay, global_clipnorm=schedule.gradient_norm
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta", "prototypes"])
    return optimizer


# Plans ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TrainingPlan:
    """The stages of one model.

    Attributes
    ----------
    name : str
        The model.
    schedule : Schedule
        The main stage; of a VGG, which is pretrained or starts from given weights, its fine-tuning.
    pretraining : Schedule, optional
        Before that, from random weights and with nothing frozen.
    head_training : Schedule, optional
        After that, of the heads alone.
    grows_from : str, optional
        The model as whose function it starts, instead of pretraining, where that model is at hand.
    frozen : tuple of str
        Prefixes of the names of layers that are frozen after pretraining.
    original_repeats : int
        How often an original picture comes up in a pass that shows each augmented view once; not for the
        heads.
    originals_only : bool
        Train on original pictures alone, of the classes and of what is surely none of them, shifted by a few
        pixels: for a network without convolutions, to which an augmented view is another picture, and for one
        that is trained in minutes.
    taught : bool
        Whether it learns from the teacher too, where there is one.
    """

    name: str
    schedule: Schedule
    pretraining: Schedule | None = None
    head_training: Schedule | None = None
    grows_from: str | None = None
    frozen: tuple[str, ...] = ()
    original_repeats: int = 1
    originals_only: bool = False
    taught: bool = True


# Edges and weave, which the early blocks respond to, are alike for all garments; freezing saves a quarter.
EARLY_BLOCKS = ("block1_", "block2_")
PRETRAINING = Schedule(epochs=12)
HEAD_TRAINING = Schedule(epochs=12, views_per_epoch=131_072, batch=512, learning_rate=1e-3)

TEACHER = TrainingPlan("teacher", Schedule(epochs=16, learning_rate=5e-4))

# A view of the garment finder is a canvas, with twelve times the pixels of a view of VGG.
FINDER_PLAN = TrainingPlan(
    "finder",
    Schedule(epochs=5, views_per_epoch=2688, batch=12, learning_rate=1e-3, weight_decay=0.02, seed=20164),
)
FINDER_SELF_TRAINING = replace(FINDER_PLAN.schedule, epochs=12, seed=20166)
"""After that, from what the finder has labelled itself."""

PLANS: dict[str, TrainingPlan] = {
    plan.name: plan
    for plan in (
        TrainingPlan(
            "vgg16",
            schedule=Schedule(epochs=28, learning_rate=5e-4),
            pretraining=PRETRAINING,
            head_training=HEAD_TRAINING,
            frozen=EARLY_BLOCKS,
            original_repeats=4,
        ),
        TrainingPlan(
            "vgg19",
            schedule=Schedule(epochs=5, learning_rate=3e-4),
            pretraining=PRETRAINING,
            head_training=HEAD_TRAINING,
            grows_from="vgg16",
            frozen=EARLY_BLOCKS,
            original_repeats=4,
        ),
        TrainingPlan("vae", schedule=Schedule(epochs=20)),
        TrainingPlan("rgb", schedule=Schedule(epochs=120, batch=128), originals_only=True),
        TrainingPlan("cnn", schedule=Schedule(epochs=10), originals_only=True, taught=False),
    )
}
"""In the order of training: VGG19 grows out of VGG16. The last is only compared with: trained when named."""


def with_epochs(plan: TrainingPlan, epochs: int | None) -> TrainingPlan:
    """Return the plan with another number of epochs in its main stage, or itself.

    Raises
    ------
    TrainingError
        If `epochs` is less than 1.

    Examples
    --------
    >>> with_epochs(PLANS["vae"], 3).schedule.epochs
    3
    """
    if epochs is None:
        return plan
    if epochs < 1:
        raise TrainingError(f"--epochs {epochs} trains nothing; expected 1 or more")
    return replace(plan, schedule=replace(plan.schedule, epochs=epochs))
