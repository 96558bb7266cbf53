"""What turns pictures into vectors, by name. Nothing here loads a network until one is asked for."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from core import models
from core.descriptors import (
    COMPARED_DESCRIPTORS,
    DESCRIPTORS,
    descriptor_version,
    is_descriptor,
    load_descriptor,
)
from core.errors import ModelError
from core.models.card import kept_weights_sha256
from core.models.compared.network_layers import NETWORK_LAYERS, LayerExtractor
from core.models.names import COMPARED_MODELS, LEARNED_EXTRACTORS, MODEL_NAMES
from core.protocols import Extractor

if TYPE_CHECKING:
    from core.models.loaded import LoadedModel

CAPTIONS = "captions"
"""What a picture shows said in words; see `core.models.compared.captions`."""

FROM_TABLE: tuple[str, ...] = (CAPTIONS,)
"""Extractors that look at a query's picture, and of a product at what the table says."""

MADE_OF_MODELS: tuple[str, ...] = (*NETWORK_LAYERS, CAPTIONS)
"""Extractors that are made of models which also serve by themselves."""

COMPARED_EXTRACTORS: tuple[str, ...] = (*COMPARED_DESCRIPTORS, *COMPARED_MODELS, *MADE_OF_MODELS)
"""Those by which a catalogue is indexed only when they are asked for."""

EXTRACTORS: tuple[str, ...] = (*LEARNED_EXTRACTORS, *DESCRIPTORS, *COMPARED_EXTRACTORS)
"""Every extractor: the learned ones, the handcrafted, which need no training, and those to compare with."""


def available_extractors() -> tuple[str, ...]:
    """Return what a catalogue is indexed by unless told otherwise: what is trained, and the handcrafted."""
    trained = models.available_models()
    return tuple(
        name for name in (*LEARNED_EXTRACTORS, *DESCRIPTORS) if name in trained or name in DESCRIPTORS
    )


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
    if is_descriptor(name):
        return load_descriptor(name)
    if name in MADE_OF_MODELS:
        return made_of_models(name, models.load_model)
    # Only a model without an embedding has no dimension, and such a one is not in EXTRACTORS.
    return cast(Extractor, models.load_model(name))


def made_of_models(name: str, load: "Callable[[str], LoadedModel]") -> Extractor:
    """Make an extractor of models.

    Parameters
    ----------
    name : str
        One of `MADE_OF_MODELS`.
    load : callable
        Gives a model by its name; what it raises is raised.
    """
    if name == CAPTIONS:
        from core.models.compared.captions import Captions

        return Captions(load)
    return LayerExtractor(name, load)


def table_vectors(names: Sequence[str], products: pd.DataFrame) -> Mapping[str, np.ndarray]:
    """Give the vectors of products that are made of the table and not of their pictures.

    Parameters
    ----------
    names : sequence of str
        Extractors.
    products : DataFrame, length n

    Returns
    -------
    dict of extractor to float32 array (n, dimension)
        Of those of `FROM_TABLE`.
    """
    if CAPTIONS not in names:
        return {}
    from core.models.compared.captions import product_captions

    return {CAPTIONS: product_captions(products)}


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
        The sha256 of its weights, or the version of what has none. None where there is no such
        extractor, or its model is not there or cannot be read: then loading it says what is wrong.
    """
    if is_descriptor(name):
        return descriptor_version(name)
    if name in NETWORK_LAYERS:
        return kept_weights_sha256(NETWORK_LAYERS[name].model)
    if name == CAPTIONS:
        from core.models.compared.captions import VERSION

        return VERSION
    return kept_weights_sha256(name) if name in (*LEARNED_EXTRACTORS, *COMPARED_MODELS) else None
