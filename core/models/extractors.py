"""What turns pictures into vectors, by name. Nothing here loads a network until one is asked for."""

from typing import cast

from core import models
from core.descriptors import DESCRIPTORS, descriptor_version, load_descriptor
from core.errors import ModelError
from core.models.card import kept_weights_sha256
from core.models.names import LEARNED_EXTRACTORS, MODEL_NAMES
from core.protocols import Extractor

EXTRACTORS: tuple[str, ...] = (*LEARNED_EXTRACTORS, *DESCRIPTORS)
"""Every extractor: the learned ones, then the handcrafted ones, which need no training."""


def available_extractors() -> tuple[str, ...]:
    """Return the extractors that can be used now: the learned ones that are trained, and the handcrafted."""
    trained = models.available_models()
    return tuple(name for name in EXTRACTORS if name in trained or name in DESCRIPTORS)


def load_extractor(name: str) -> Extractor:
    """Load an extractor.

    Parameters
    ----------
    name : str
        As on the command line, such as ``vgg16``.

    Returns
    -------
    Extractor
        It may also classify.

    Raises
    ------
    ModelError
        If there is no such extractor.
    ArtifactError
        If its model is not trained, torn, changed, or newer than the code.
    """
    check_extractor(name)
    if name in DESCRIPTORS:
        return load_descriptor(name)
    # Only a model without an embedding has no dimension, and such a one is not in EXTRACTORS.
    return cast(Extractor, models.load_model(name))


def check_extractor(name: str) -> None:
    """Refuse the name of what is no extractor, without loading anything.

    Raises
    ------
    ModelError
    """
    if name in EXTRACTORS:
        return
    what = "classifies and does not extract" if name in MODEL_NAMES else "is no extractor"
    raise ModelError(f"{name!r} {what}; expected one of {', '.join(EXTRACTORS)}")


def weights_at_hand(name: str) -> str | None:
    """Say what an extractor's vectors would be made by now, without loading it.

    Returns
    -------
    str or None
        The sha256 of its weights, or a handcrafted extractor's version. None where there is no such
        extractor, or its model is not there or cannot be read: then loading it says what is wrong.
    """
    if name in DESCRIPTORS:
        return descriptor_version(name)
    if name not in LEARNED_EXTRACTORS:
        return None
    return kept_weights_sha256(name)
