"""The learned models: what there is, what is at hand, and one of them ready to use.

Nothing here imports Keras until a model is loaded.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.models.names import COMPARED_MODELS, FINDER, MODEL_NAMES
from core.storage.artifacts import model_dir, read_manifest
from core.storage.atomic import current_folder

if TYPE_CHECKING:
    from core.models.finder.finder import GarmentFinder
    from core.models.loaded import LoadedModel


def available_models(names: Sequence[str] = MODEL_NAMES) -> tuple[str, ...]:
    """Return those of some models that have been trained, in their order."""
    return tuple(name for name in names if (current_folder(model_dir(name)) / "manifest.json").is_file())


def load_model(name: str) -> "LoadedModel":
    """Load a trained model.

    Parameters
    ----------
    name : str
        One of `MODEL_NAMES` or `COMPARED_MODELS`.

    Returns
    -------
    core.models.loaded.LoadedModel
        An extractor, where it is one of `LEARNED_EXTRACTORS`, and a classifier.

    Raises
    ------
    ModelError
        If there is no such model.
    ArtifactError
        If it is not trained, torn, changed, or newer than the code.
    """
    if name not in (*MODEL_NAMES, *COMPARED_MODELS):
        raise ModelError(f"There is no model {name!r}; expected one of {', '.join(MODEL_NAMES)}")
    read_manifest(model_dir(name))  # before Keras is imported, which takes seconds
    from core.models.loaded import LoadedModel

    return LoadedModel(name)


def load_finder() -> "GarmentFinder":
    """Load the garment finder.

    Raises
    ------
    ArtifactError
        If it is not trained, torn, changed, or newer than the code.
    """
    read_manifest(model_dir(FINDER))  # before Keras is imported, which takes seconds
    from core.models.finder.finder import GarmentFinder

    return GarmentFinder()
