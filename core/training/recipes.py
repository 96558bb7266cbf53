"""What is trained, in which order, and with which options."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import keras

from core.errors import TrainingError
from core.models.rgb import build_rgb
from core.models.vae import build_vae
from core.models.vgg import build_vgg, fold_batch_norm, grow, load_convolutions
from core.training.loop import Schedule
from core.training.teacher import build_teacher
from core.training.teacher import load_imagenet as load_teacher


@dataclass(frozen=True)
class Recipe:
    """How one model comes about.

    Attributes
    ----------
    name : str
        The model.
    build : callable
        Makes the network that is shipped.
    schedule : Schedule
        How long and how fast.
    features : str, optional
        Layer that the lessons hang on where the network has no embedding of its own.
    after : str, optional
        The model whose weights it begins as, where it is trained from scratch and that model is at hand.
    """

    name: str
    build: Callable[[], keras.Model]
    schedule: Schedule
    features: str | None = None
    after: str | None = None


TEACHER = Recipe("teacher", build_teacher, Schedule(epochs=8, learning_rate=5e-4))

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("vgg16", lambda: build_vgg(16), Schedule(epochs=12)),
        Recipe(
            "vgg19",
            lambda: build_vgg(19, embedding=False),
            Schedule(epochs=3, views_per_epoch=4096, learning_rate=1e-4),
            features="features",
            after="vgg16",
        ),
        Recipe("vae", build_vae, Schedule(epochs=8, views_per_epoch=4096)),
        Recipe("rgb", build_rgb, Schedule(epochs=24, views_per_epoch=4096), features="dense3_relu"),
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


def start(recipe: Recipe, init: str, trained: dict[str, keras.Model]) -> keras.Model:
    """Make a network with its first weights.

    Parameters
    ----------
    recipe : Recipe
        What to make.
    init : str
        ``scratch``; ``imagenet``; or a weights file, of this project's model of the same name or in the
        format of `keras.applications` without its top.
    trained : dict
        Networks at hand, by name.

    Returns
    -------
    keras.Model
        Ready to be taught. From scratch, VGG16 carries normalisations that `finished` folds away.
    """
    if recipe.name == "teacher":
        network = recipe.build()
        load_teacher(network)
        return network
    if init == "scratch":
        if recipe.name == "vgg16":
            return build_vgg(16, batch_norm=True)
        network = recipe.build()
        if recipe.after in trained:
            grow(trained[recipe.after], network)
        return network
    network = recipe.build()
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
    load_convolutions(network, int(recipe.name.removeprefix("vgg")), init)
    return network


def finished(recipe: Recipe, network: keras.Model) -> keras.Model:
    """Return the network as it is shipped."""
    if recipe.name == "vgg16" and any(layer.name.endswith("_norm") for layer in network.layers):
        plain = recipe.build()
        fold_batch_norm(network, plain)
        return plain
    return network
