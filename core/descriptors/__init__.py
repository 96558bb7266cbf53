"""Handcrafted extractors of the literature: what colours, what texture, what shape a garment has.

They have no weights and load no network. A `version` stands where a learned extractor has the sha256 of its
weights: it is raised whenever the same picture would give other numbers, so that old vectors show as stale.
"""

from core.descriptors.colour import Colour
from core.descriptors.shape import Shape
from core.descriptors.texture import Texture
from core.errors import ModelError

Descriptor = Colour | Texture | Shape

_CLASSES: dict[str, type[Descriptor]] = {"colour": Colour, "texture": Texture, "shape": Shape}

DESCRIPTORS: tuple[str, ...] = tuple(_CLASSES)
"""Every handcrafted extractor, by name."""


def load_descriptor(name: str) -> Descriptor:
    """Give a handcrafted extractor (`core.contracts.Extractor`), ready at once.

    Parameters
    ----------
    name : str
        One of `DESCRIPTORS`.

    Raises
    ------
    ModelError
        If there is no such descriptor.
    """
    if name not in _CLASSES:
        raise ModelError(f"There is no descriptor {name!r}; expected one of {', '.join(DESCRIPTORS)}")
    return _CLASSES[name]()


def descriptor_version(name: str) -> str:
    """Say which code makes a descriptor's numbers, such as ``colour-1``.

    Raises
    ------
    ModelError
        If there is no such descriptor.
    """
    return load_descriptor(name).version
