"""Handcrafted extractors: colours, texture and shape of a garment, and what others have published.

They have no weights and load no network. A `version` stands where a learned extractor has the sha256 of its
weights: it is raised whenever the same picture would give other numbers, so that old vectors show as stale.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import Protocol

from core.errors import ModelError
from core.protocols import Extractor

DESCRIPTORS: tuple[str, ...] = ("colour", "texture", "shape")
"""Those that catalogues are indexed by, by the name of their module here; the class is called likewise."""

_PUBLISHED: Mapping[str, tuple[str, str, tuple[object, ...]]] = MappingProxyType(
    {
        "cld": ("colour_layout", "ColourLayout", ("cld", 6, 3)),
        "cld64": ("colour_layout", "ColourLayout", ("cld64", 64, 64)),
        "gabor": ("gabor", "Gabor", ()),
        "cld-gabor": ("gabor", "ColourLayoutAndGabor", ()),
        "salient-colour": ("colour_maps", "SalientColour", ()),
        "block-colour": ("colour_maps", "BlockColour", ()),
        "lbp": ("local_patterns", "LocalPatterns", ()),
        "wavelet-lbp": ("local_patterns", "WaveletPatterns", ()),
        "histogram": ("histogram", "Histogram", ()),
        "ahash": ("hashes", "PerceptualHash", ("ahash",)),
        "dhash": ("hashes", "PerceptualHash", ("dhash",)),
        "phash": ("hashes", "PerceptualHash", ("phash",)),
        "whash": ("hashes", "PerceptualHash", ("whash",)),
    }
)
"""Module of `core.descriptors.published`, class and arguments of each compared descriptor."""

COMPARED_DESCRIPTORS: tuple[str, ...] = tuple(_PUBLISHED)
"""Descriptors that others have published, by which a catalogue is indexed when it is asked for."""


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
        One of `DESCRIPTORS` or `COMPARED_DESCRIPTORS`.

    Returns
    -------
    Descriptor

    Raises
    ------
    ModelError
        If there is no such descriptor.
    """
    # Not before one is asked for: what they load is slow to load, and most pages need none of it.
    return _maker(name)()


def descriptor_version(name: str) -> str:
    """Say which code makes a descriptor's numbers, such as ``colour-1``.

    Raises
    ------
    ModelError
        If there is no such descriptor.
    """
    return load_descriptor(name).version


def is_descriptor(name: str) -> bool:
    """Whether there is a handcrafted extractor of this name."""
    return name in DESCRIPTORS or name in COMPARED_DESCRIPTORS


def _maker(name: str) -> Callable[[], Descriptor]:
    """Give what makes a descriptor."""
    if name in DESCRIPTORS:
        maker: Callable[[], Descriptor] = getattr(import_module(f"{__name__}.{name}"), name.capitalize())
        return maker
    if name in _PUBLISHED:
        module, kind, arguments = _PUBLISHED[name]
        return partial(getattr(import_module(f"{__name__}.published.{module}"), kind), *arguments)
    expected = ", ".join((*DESCRIPTORS, *COMPARED_DESCRIPTORS))
    raise ModelError(f"There is no descriptor {name!r}; expected one of {expected}")
