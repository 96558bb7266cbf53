"""Handcrafted extractors of the literature: what colours, what texture, what shape a garment has.

They have no weights and load no network. A `version` stands where a learned extractor has the sha256 of its
weights: it is raised whenever the same picture would give other numbers, so that old vectors show as stale.
"""

from importlib import import_module
from typing import Protocol

from core.errors import ModelError
from core.protocols import Extractor

DESCRIPTORS: tuple[str, ...] = ("colour", "texture", "shape")
"""Every handcrafted extractor, by the name of its module here; its class is called likewise."""


class Descriptor(Extractor, Protocol):
    """An extractor made of code alone."""

    @property
    def version(self) -> str:
        """Which code makes its numbers, such as ``colour-1``."""


def load_descriptor(name: str) -> Descriptor:
    """Give a handcrafted extractor, ready at once.

    Parameters
    ----------
    name : str
        One of `DESCRIPTORS`.

    Returns
    -------
    Descriptor

    Raises
    ------
    ModelError
        If there is no such descriptor.
    """
    if name not in DESCRIPTORS:
        raise ModelError(f"There is no descriptor {name!r}; expected one of {', '.join(DESCRIPTORS)}")
    # Not before one is asked for: what they load is slow to load, and most pages need none of it.
    descriptor: Descriptor = getattr(import_module(f"{__name__}.{name}"), name.capitalize())()
    return descriptor


def descriptor_version(name: str) -> str:
    """Say which code makes a descriptor's numbers, such as ``colour-1``.

    Raises
    ------
    ModelError
        If there is no such descriptor.
    """
    return load_descriptor(name).version
