"""What people read of every extractor, and by which distances its vectors can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core.errors import SearchError


class Distance(StrEnum):
    """How two vectors of one extractor are compared; see `core.gallery.distances`."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"
    WEIGHTED = "weighted"  # the Colour Layout Descriptor's own
    INTERSECTION = "intersection"  # of histograms
    JACCARD = "jaccard"  # of binary maps
    HAMMING = "hamming"  # of bits


@dataclass(frozen=True)
class Method:
    """One extractor as it is shown beside the others.

    Attributes
    ----------
    name : str
        As on the command line.
    title : str
        As people read it.
    description : str
        One sentence.
    year : int
        When its source was published.
    own_distances : tuple of Distance
        By which its source compares, beside the cosine and the Euclidean distance, which all have.
    is_learned : bool
        Whether a network makes its vectors.
    same_order : bool
        Whether all its distances put products in the same order, since its vectors are all of one length.
    """

    name: str
    title: str
    description: str
    year: int
    own_distances: tuple[Distance, ...] = ()
    is_learned: bool = False
    same_order: bool = False

    @property
    def distances(self) -> tuple[Distance, ...]:
        """All by which it can be searched, the cosine first."""
        return (Distance.COSINE, Distance.EUCLIDEAN, *self.own_distances)


_METHODS = (
    Method(
        "vgg16",
        "VGG16",
        "Shape and style, learned by thirteen convolutions.",
        2015,
        is_learned=True,
        same_order=True,
    ),
    Method(
        "vae",
        "VAE",
        "The overall impression, as an autoencoder has learned it.",
        2014,
        is_learned=True,
        same_order=True,
    ),
    Method(
        "colour",
        "Colour",
        "How much of each colour the garment alone has, softly counted.",
        1991,
        same_order=True,
    ),
    Method(
        "texture",
        "Texture",
        "The small patterns of the garment's weave, stripes and prints.",
        2002,
        same_order=True,
    ),
    Method(
        "shape",
        "Shape",
        "The directions of the garment's edges in each part of its frame.",
        2005,
        same_order=True,
    ),
    Method(
        "cld",
        "Colour Layout Descriptor",
        "Which colour lies where, in twelve numbers of a cosine transform (MPEG-7).",
        2002,
        (Distance.WEIGHTED,),
    ),
    Method(
        "cld64",
        "Colour Layout Descriptor, 64 coefficients",
        "Which colour lies where, with all the detail that 8×8 blocks hold (MPEG-7).",
        2002,
        (Distance.WEIGHTED,),
    ),
    Method("gabor", "Gabor texture", "How strongly bars of four widths and six directions stand out.", 1996),
    Method(
        "cld-gabor",
        "Colour Layout and Gabor",
        "Where which colour lies and how strongly bars stand out, each counting half.",
        2002,
        same_order=True,
    ),
    Method(
        "salient-colour",
        "Colour of the salient region",
        "In which parts of what stands out each of its dominant colours lies.",
        2009,
        (Distance.JACCARD,),
    ),
    Method(
        "block-colour",
        "Colour of sub-blocks",
        "Which colours each sixteenth of the whole picture has, without looking for what stands out.",
        2002,
        (Distance.JACCARD,),
    ),
    Method("lbp", "Local binary patterns", "Which neighbours of each pixel are brighter than it.", 2002),
    Method(
        "wavelet-lbp",
        "Wavelets and local binary patterns",
        "Which neighbours are brighter, in the coarse and the fine bands of a wavelet transform.",
        2016,
    ),
    Method(
        "histogram",
        "Colour histogram",
        "How much of each of 512 colours the whole picture has: the plain baseline.",
        1991,
        (Distance.INTERSECTION,),
    ),
    Method(
        "ahash",
        "Average hash",
        "Which of 64 cells are brighter than their mean.",
        2017,
        (Distance.HAMMING,),
        same_order=True,
    ),
    Method(
        "dhash",
        "Difference hash",
        "Which of 64 cells are brighter than the one to their left.",
        2017,
        (Distance.HAMMING,),
        same_order=True,
    ),
    Method(
        "phash",
        "Perceptual hash",
        "Which of the 64 coarsest waves of the picture are above their median.",
        2017,
        (Distance.HAMMING,),
        same_order=True,
    ),
    Method(
        "whash",
        "Wavelet hash",
        "Which of 64 coarse wavelet coefficients are above their median.",
        2017,
        (Distance.HAMMING,),
        same_order=True,
    ),
    Method(
        "cnn",
        "Small CNN",
        "The last layer of a small network that learned the five classes from scratch.",
        2018,
        is_learned=True,
    ),
    Method(
        "vgg19-pooled",
        "VGG19, pooled layers",
        "What four blocks of VGG19's convolutions answer on average, before any head.",
        2015,
        is_learned=True,
    ),
    Method(
        "vgg16-layers",
        "VGG16, layers fused late",
        "Four blocks of VGG16's convolutions, each compared by itself and the scores averaged.",
        2015,
        is_learned=True,
        same_order=True,
    ),
    Method(
        "captions",
        "Captions",
        "Class, colour and pattern predicted for the picture, matched with the catalogue's words.",
        2020,
        is_learned=True,
    ),
)

METHODS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _METHODS})
"""Every extractor by its name."""

DEMO_METHODS = ("cld", "cld64", "salient-colour", "block-colour", "histogram")
"""Compared methods that the demo catalogue is indexed by too: small, and serving has all that they need."""


def distances_of(extractor: str) -> tuple[Distance, ...]:
    """List the distances by which an extractor can be searched; one that is unknown has the two of all.

    Examples
    --------
    >>> [distance.value for distance in distances_of("cld")]
    ['cosine', 'euclidean', 'weighted']
    """
    method = METHODS.get(extractor)
    return method.distances if method else (Distance.COSINE, Distance.EUCLIDEAN)


def by_distance(extractor: str, distance: Distance) -> str:
    """Name an extractor that is compared by a distance; by the cosine it goes by its own name.

    Examples
    --------
    >>> by_distance("cld", Distance.WEIGHTED), by_distance("cld", Distance.COSINE)
    ('cld:weighted', 'cld')
    """
    return extractor if distance is Distance.COSINE else f"{extractor}:{distance}"


def extractor_and_distance(method: str) -> tuple[str, Distance]:
    """Part what `by_distance` has joined.

    Raises
    ------
    SearchError
        If the distance is none, or none of the extractor's.

    Examples
    --------
    >>> extractor_and_distance("cld:weighted")
    ('cld', <Distance.WEIGHTED: 'weighted'>)
    """
    extractor, _, distance = method.partition(":")
    if not distance:
        return extractor, Distance.COSINE
    offered = distances_of(extractor)
    if distance not in offered:
        raise SearchError(
            f"{method_title(extractor)} is not compared by the {distance} distance; expected "
            f"{', '.join(offered)}."
        )
    return extractor, Distance(distance)


def method_title(extractor: str) -> str:
    """Give what people read for an extractor; one that is unknown goes by its name."""
    method = METHODS.get(extractor)
    return method.title if method else extractor


def ordering_distances(extractor: str) -> tuple[Distance, ...]:
    """List the distances of an extractor that put products in different orders: what is worth a choice.

    Examples
    --------
    >>> ordering_distances("vgg16"), len(ordering_distances("histogram"))
    ((<Distance.COSINE: 'cosine'>,), 3)
    """
    method = METHODS.get(extractor)
    return (Distance.COSINE,) if method and method.same_order else distances_of(extractor)
