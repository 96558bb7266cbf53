"""What is trained, in which order, and with which options."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from core.errors import TrainingError
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
from core.storage.artifacts import sha256
from core.training.loop import Schedule
from core.training.teacher import build_teacher
from core.training.teacher import load_imagenet as load_teacher

Names = tuple[int, int]
"""How many article types and base colours there are."""


@dataclass(frozen=True)
class Recipe:
    """How one model comes about.

    Attributes
    ----------
    name : str
        The model.
    build : callable
        Makes the network that learns.
    schedule : Schedule
        How long and how fast.
    shipped : callable, optional
        Makes the network that is shipped, where it has fewer heads.
    first : Schedule, optional
        Before that, from random weights: a stretch in which nothing is frozen.
    heads : Schedule, optional
        After that, for the heads alone.
    after : str, optional
        The model whose weights it begins as, where it is trained from scratch and that model is at hand.
    frozen : tuple of str
        Beginnings of the names of layers that stay as they are once the first stretch is over.
    plain_times : int
        How often a picture as it is comes up in a pass that shows each random view once; not for the heads.
    plain_only : bool
        Whether it learns from pictures as they are alone, shifted by a few pixels: those of the classes, and
        of what is surely none of them.
    """

    name: str
    build: Callable[[Names], keras.Model]
    schedule: Schedule
    shipped: Callable[[Names], keras.Model] | None = None
    first: Schedule | None = None
    heads: Schedule | None = None
    after: str | None = None
    frozen: tuple[str, ...] = ()
    plain_times: int = 1
    plain_only: bool = False


TEACHER = Recipe("teacher", lambda names: build_teacher(), Schedule(epochs=12, learning_rate=5e-4))

HEADS = Schedule(epochs=12, views_per_epoch=131_072, batch=512, learning_rate=1e-3)

# What the first two blocks see, edges and weave, holds for every garment; leaving them be saves a quarter.
EARLY = ("block1_", "block2_")

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "vgg16",
            lambda names: build_vgg(16, names=names),
            Schedule(epochs=28, learning_rate=5e-4),
            first=Schedule(epochs=12),
            heads=HEADS,
            frozen=EARLY,
            plain_times=4,
        ),
        Recipe(
            "vgg19",
            lambda names: build_vgg(19, names=names),
            Schedule(epochs=5, learning_rate=3e-4),
            shipped=lambda names: build_vgg(19),
            first=Schedule(epochs=12),
            heads=HEADS,
            after="vgg16",
            frozen=EARLY,
            plain_times=4,
        ),
        Recipe("vae", build_vae, Schedule(epochs=20)),
        Recipe("rgb", lambda names: build_rgb(), Schedule(epochs=120, batch=128), plain_only=True),
    )
}
"""In the order of training: VGG19 grows out of VGG16."""


def with_epochs(recipe: Recipe, epochs: int | None) -> Recipe:
    """Return the recipe with another number of epochs, or itself."""
    if epochs is None:
        return recipe
    if epochs < 1:
        raise TrainingError(f"--epochs {epochs} trains nothing; expected 1 or more")
    return replace(recipe, schedule=replace(recipe.schedule, epochs=epochs))


def start(recipe: Recipe, init: str, names: Names, elder: keras.Model | None = None) -> keras.Model:
    """Make a network with its first weights.

    Parameters
    ----------
    recipe : Recipe
        What to make.
    init : str
        ``scratch``; ``imagenet``; or a weights file, of this project's model of the same name or in the
        format of `keras.applications` without its top.
    names : (int, int)
        How many article types and base colours there are.
    elder : keras.Model, optional
        What it grows out of from scratch.

    Returns
    -------
    keras.Model
        Ready for its first stretch. From scratch and without an elder, a VGG carries normalisations that
        `folded` takes away.
    """
    if recipe.name == "teacher":
        network = recipe.build(names)
        load_teacher(network)
        return network
    if init == "scratch":
        if elder is not None:
            network = recipe.build(names)
            grow(elder, network)
            return network
        if recipe.first:
            return build_vgg(_depth(recipe), names=names, batch_norm=True)
        return recipe.build(names)
    network = recipe.build(names)
    if init != "imagenet":
        try:
            network.load_weights(init)
            return network
        except (
            Exception
        ) as error:  # h5py, zipfile and Keras each raise their own where the file is another's.
            if not recipe.name.startswith("vgg"):
                raise TrainingError(
                    f"{init} does not hold weights of {recipe.name}: {' '.join(str(error).split())[:200]}; "
                    "expected a file that this project wrote for the same model"
                ) from error
    elif not recipe.name.startswith("vgg"):
        raise TrainingError(
            f"There are no ImageNet weights for {recipe.name}; they exist for vgg16 and vgg19. "
            "Name the models with --model, or use --init scratch"
        )
    load_convolutions(network, _depth(recipe), init)
    return network


def normed(recipe: Recipe, network: keras.Model, names: Names, images: np.ndarray) -> keras.Model:
    """Return a VGG with normalisations, the same function of `images`, its `frozen` layers frozen.

    Any other network is returned as it is. With normalisations a VGG learns more from a view, also late.
    """
    if not recipe.name.startswith("vgg"):
        return network
    if not _has_norms(network):
        plain, network = network, build_vgg(_depth(recipe), names=names, batch_norm=True)
        unfold_batch_norm(plain, network, images, recipe.frozen)
    for layer in network.layers:
        if layer.name.startswith(recipe.frozen):
            layer.trainable = False
    return network


def folded(recipe: Recipe, network: keras.Model, names: Names) -> keras.Model:
    """Return the network without the normalisations of its convolutions, the same function."""
    if not _has_norms(network):
        return network
    plain = recipe.build(names)
    fold_batch_norm(network, plain)
    return plain


def finished(recipe: Recipe, network: keras.Model, names: Names) -> keras.Model:
    """Return the network as it is shipped."""
    if recipe.shipped is None:
        return network
    shipped = recipe.shipped(names)
    copy_layers(network, shipped)
    return shipped


def described(init: str) -> str:
    """Say in a card what a network began as."""
    path = Path(init)
    if not path.is_file():
        return init
    return f"{path.name}, sha256 {sha256(path)[:16]}"


def _has_norms(network: keras.Model) -> bool:
    return any(layer.name.endswith("_conv1_norm") for layer in network.layers)


def _depth(recipe: Recipe) -> int:
    return int(recipe.name.removeprefix("vgg"))
