"""The stages that a model is trained in: initial weights, pretraining, fine-tuning, head training."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import keras
import numpy as np

from core.errors import TrainingError
from core.models.card import load_card
from core.models.compared.cnn import build_cnn
from core.models.names import LEARNED_EXTRACTORS, WEIGHTS
from core.models.rgb import build_rgb
from core.models.vae import build_vae
from core.models.vgg import (
    build_vgg,
    copy_layers,
    fold_batch_norm,
    grow,
    load_convolutions,
    unfold_batch_norm,
)
from core.protocols import Bar
from core.storage.artifacts import MANIFEST, model_dir
from core.storage.atomic import current_folder
from core.storage.checksums import sha256
from core.training.data.dataset import TrainingData, evenly_spaced
from core.training.data.view_bank import ViewBank, ViewBankBatches, feature_bank, training_rows
from core.training.losses import build_training_model, copy_prototypes
from core.training.schedule import Schedule, TrainingPlan
from core.training.training_loop import Checkpoint, fit

Names = tuple[int, ...]
"""How many article types, base colours and patterns there are."""

TRAINING_BUILDERS: dict[str, Callable[[Names], keras.Model]] = {
    "vgg16": lambda names: build_vgg(16, names=names),
    "vgg19": lambda names: build_vgg(19, names=names),
    "vae": build_vae,
    "rgb": lambda names: build_rgb(),
    "cnn": lambda names: build_cnn(),
}
"""What is trained; `inference_network` makes of it what is served."""

MOMENTS_SAMPLE = 256
"""Views by which batch normalisation that is put into a trained VGG measures its means and variances."""

FEATURES = "features"
"""The layer of a VGG that its heads stand on."""

log = logging.getLogger(__name__)


@dataclass
class ModelTrainer:
    """Trains one model through its stages.

    Attributes
    ----------
    plan : TrainingPlan
    data : TrainingData
    bank : ViewBank
    teacher : keras.Model or None
        Its training model.
    init : str
        As of `initial_network`.
    base : Path or None
        As of `base_weights`.
    mean_with : Path or None
        Weights of the same VGG that ``init`` was fine-tuned from. Then the convolutions are the mean of both
        (`mean_of_convolutions`), and the heads alone are trained.
    checkpoints : mapping of str to Checkpoint
        Of ``pretraining``, ``main`` and ``heads``.
    resume : bool
        Go on from the checkpoints.
    bar : callable
        As of `core.training.train.train`.
    history : list of dict
        Of all stages so far.
    views : int
        That the whole network was trained on, and not its heads alone.
    """

    plan: TrainingPlan
    data: TrainingData
    bank: ViewBank
    teacher: keras.Model | None
    init: str
    base: Path | None
    mean_with: Path | None
    checkpoints: Mapping[str, Checkpoint]
    resume: bool
    bar: Bar
    history: list[dict] = field(default_factory=list)
    views: int = 0

    def train(self) -> keras.Model:
        """Train the model and return the network to serve."""
        plan, names = self.plan, self.data.vocabulary.sizes
        keras.utils.set_random_seed(plan.schedule.seed)
        base = _load_base(plan, names, self.base) if self.base else None
        network = initial_network(plan, self.init, names, base)
        if self.mean_with is not None and plan.head_training:
            mean_of_convolutions(network, initial_network(plan, str(self.mean_with), names))
            self._train_heads(network, plan.head_training)
            return inference_network(plan, network)
        rows = training_rows(plan, self.bank)
        if plan.pretraining and self.init == "scratch" and base is None:
            self._fit("pretraining", network, network, schedule=plan.pretraining, bank=self.bank, rows=rows)
        sample = self.bank.views[evenly_spaced(len(self.bank), MOMENTS_SAMPLE)].astype(np.float32)
        network = with_batch_norm(plan, network, names, sample)
        if not self.checkpoints["main"].read():
            self.checkpoints["heads"].clear()  # they learned from the features of a network that is lost
        self._fit("main", network, network, schedule=plan.schedule, bank=self.bank, rows=rows)
        self.views = self.history[-1]["views"]
        network = without_batch_norm(plan, network, names)
        if plan.head_training:
            self._train_heads(network, plan.head_training)
        return inference_network(plan, network)

    def _train_heads(self, network: keras.Model, schedule: Schedule) -> None:
        """Train a network's heads alone, for many epochs, on the features of its frozen convolutions.

        They learn from the true labels: heads that follow a teacher stay further from the shop's own
        products, which are what is searched.
        """
        bar = partial(self.bar, f"{self.plan.name} features")
        bank = feature_bank(self.bank, network, FEATURES, bar=bar)
        heads = keras.Model(
            network.get_layer(FEATURES).output, network.output, name=f"{self.plan.name}_heads"
        )
        self._fit("heads", heads, network, schedule=schedule, bank=bank, rows=np.arange(len(bank)))

    def _fit(
        self,
        stage: str,
        part: keras.Model,
        network: keras.Model,
        *,
        schedule: Schedule,
        bank: ViewBank,
        rows: np.ndarray,
    ) -> None:
        """Train `part` of a network and continue the history."""
        teacher = self.teacher if bank.teacher_outputs and self.plan.taught else None
        training_model = build_training_model(part, self.data.vocabulary, bank.views.shape[1:], teacher)
        prototypes = None
        if teacher is not None:
            prototypes = keras.ops.convert_to_numpy(teacher.get_layer("types").unit_prototypes())
        batches = ViewBankBatches(
            bank,
            rows,
            self.data.vocabulary,
            schedule,
            outputs=list(training_model.output),
            type_prototypes=prototypes,
            mirror=bank.views.ndim > 2,
            max_shift=2 if self.plan.originals_only else 0,
        )
        self.history = fit(
            training_model,
            network,
            batches,
            data=self.data,
            checkpoint=self.checkpoints[stage],
            resume=self.resume,
            bar=self.bar,
            before=self.history,
        )
        if self.plan.name in LEARNED_EXTRACTORS:
            copy_prototypes(training_model, network)


def initial_network(
    plan: TrainingPlan, init: str, names: Names, base: keras.Model | None = None
) -> keras.Model:
    """Build a network with its initial weights.

    Parameters
    ----------
    plan : TrainingPlan
        Of the model to build.
    init : str
        ``scratch``; ``imagenet``; or a weights file, of this project's model of the same name or in the
        format of `keras.applications` without its top.
    names : tuple of int
        How many article types, base colours and patterns there are.
    base : keras.Model, optional
        The network as whose function it starts from scratch.

    Returns
    -------
    keras.Model
        Ready for its first stage. From scratch and without `base`, a VGG has batch normalisation, which
        `without_batch_norm` folds into its convolutions.

    Raises
    ------
    TrainingError
        If there are no such weights, or they do not fit.
    """
    if init == "scratch":
        if base is None and plan.pretraining:
            return build_vgg(_depth(plan), names=names, batch_norm=True)
        network = TRAINING_BUILDERS[plan.name](names)
        if base is not None:
            grow(base, network)
        return network
    network = TRAINING_BUILDERS[plan.name](names)
    if init != "imagenet":
        try:
            network.load_weights(init)
            return network
        except Exception as error:  # h5py, zipfile and Keras each raise their own where the file is another's
            if not _is_vgg(plan):
                raise TrainingError(
                    f"{init} does not hold weights of {plan.name}: {' '.join(str(error).split())[:200]}; "
                    "expected a file that this project wrote for the same model"
                ) from error
    elif not _is_vgg(plan):
        raise TrainingError(
            f"There are no ImageNet weights for {plan.name}; they exist for vgg16 and vgg19. "
            "Name the models with --model, or use --init scratch"
        )
    load_convolutions(network, _depth(plan), init)
    return network


def mean_of_convolutions(network: keras.Model, other: keras.Model) -> None:
    """Move the convolutions of a VGG half the way to those of another.

    Between weights and what was fine-tuned from them, the mean keeps most of what either knows (WiSE-FT,
    Wortsman et al. 2022, https://arxiv.org/abs/2109.01903). Heads are left as they are.
    """
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            pairs = zip(layer.get_weights(), other.get_layer(layer.name).get_weights(), strict=True)
            layer.set_weights([(mine + theirs) / 2 for mine, theirs in pairs])


def describe_init(init: str) -> str:
    """Return what a card says of the initial weights: of a file, its name and the start of its sha256.

    Examples
    --------
    >>> describe_init("imagenet")
    'imagenet'
    """
    path = Path(init)
    return f"{path.name}, sha256 {sha256(path)[:16]}" if path.is_file() else init


def base_weights(plan: TrainingPlan, names: Names) -> Path | None:
    """Return the weights file of the model that a plan grows from, where it is at hand and fits.

    It is the exported file also where that model was trained in the same run, so that a resumed run grows
    from the same weights.
    """
    if plan.grows_from is None:
        return None
    folder = current_folder(model_dir(plan.grows_from))
    if not (folder / MANIFEST).exists():
        return None
    if tuple(load_card(plan.grows_from).names) != names:
        log.info(
            "%s is trained from random weights: the %s at hand knows other article types and colours",
            plan.name,
            plan.grows_from,
        )
        return None
    return folder / WEIGHTS


def _load_base(plan: TrainingPlan, names: Names, weights: Path) -> keras.Model:
    network = TRAINING_BUILDERS[str(plan.grows_from)](names)
    network.load_weights(weights)
    return network


def with_batch_norm(
    plan: TrainingPlan, network: keras.Model, names: Names, images: np.ndarray
) -> keras.Model:
    """Return a VGG with batch normalisation, the same function of `images`, its early blocks frozen.

    Any other network is returned as it is. With batch normalisation a VGG learns more from a view, also late.
    """
    if not _is_vgg(plan):
        return network
    if not _has_batch_norm(network):
        folded, network = network, build_vgg(_depth(plan), names=names, batch_norm=True)
        unfold_batch_norm(folded, network, images, plan.frozen)
    for layer in network.layers:
        if layer.name.startswith(plan.frozen):
            layer.trainable = False
    return network


def without_batch_norm(plan: TrainingPlan, network: keras.Model, names: Names) -> keras.Model:
    """Return the network with the batch normalisation of its convolutions folded in, the same function."""
    if not _has_batch_norm(network):
        return network
    folded = TRAINING_BUILDERS[plan.name](names)
    fold_batch_norm(network, folded)
    return folded


def inference_network(plan: TrainingPlan, network: keras.Model) -> keras.Model:
    """Return the network as it is served: VGG19 classifies only, and loses the head of search."""
    if plan.name != "vgg19":
        return network
    served = build_vgg(19)
    copy_layers(network, served)
    return served


@contextmanager
def float32_policy() -> Iterator[None]:
    """Build networks that compute in float32, whatever the policy around."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _is_vgg(plan: TrainingPlan) -> bool:
    return plan.name.startswith("vgg")


def _has_batch_norm(network: keras.Model) -> bool:
    return any(layer.name.endswith("_conv1_norm") for layer in network.layers)


def _depth(plan: TrainingPlan) -> int:
    return int(plan.name.removeprefix("vgg"))
