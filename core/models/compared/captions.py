"""Captions: what a picture shows said in words, and matched with the words that the catalogue has.

After Kansara 2020, where captions are generated for pictures and products are found by their text. Here a
caption is three words: the class, the main colour and the pattern. Of a picture VGG19 says the class, where
it knows it; the name nearest to the garment's main colour is the colour; and VGG16's part for the look, where
its weights have one, says the pattern. Of a product the table says them, and its picture is not looked at.
Two captions are compared as texts are (Salton 1971): each word is a number of a vector. A word that the
vocabulary lacks, as the type of a shoe, is not said.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.catalogue.looks import LOOKS, look_of
from core.imaging.colour_space import COLOUR_NAMES
from core.imaging.dominant_colours import main_colours
from core.labels import LABELS, label_key, match_label

if TYPE_CHECKING:
    from core.models.loaded import LoadedModel

VERSION = "captions-1"
"""Raised whenever the same row of a table would give other numbers; no weights are in these."""

CLASS_BY, LOOK_BY = "vgg19", "vgg16"

LOOK = "look"
"""The output of VGG16 that says the pattern; see `core.models.layers.PARTS`."""

PATTERNS: tuple[str, ...] = tuple(LOOKS["pattern"])

WORDS: tuple[str, ...] = (*LABELS, *COLOUR_NAMES, *PATTERNS)
"""The vocabulary: classes, colours, then patterns."""

_PLACE = {label_key(word): place for place, word in enumerate(WORDS)}


def caption_rows(captions: Sequence[Sequence[str]]) -> np.ndarray:
    """Write captions as vectors.

    Parameters
    ----------
    captions : sequence of sequences of str
        Words, however they are spelled; those that the vocabulary lacks are left out.

    Returns
    -------
    float32 array (n, len(WORDS))
        1 for each word that is said.

    Examples
    --------
    >>> one, other = caption_rows([["t-shirt", "Navy Blue", "striped"], ["Tshirts", "Teal", "shoe"]])
    >>> float(one.sum()), float(other.sum()), float(one @ other)
    (3.0, 2.0, 1.0)
    """
    rows = np.zeros((len(captions), len(WORDS)), np.float32)
    for row, words in zip(rows, captions, strict=True):
        for word in words:
            if (place := _PLACE.get(label_key(word))) is not None:
                row[place] = 1
    return rows


def product_captions(products: pd.DataFrame) -> np.ndarray:
    """Write what a catalogue's table says of its products as vectors, float32 (n, len(WORDS)).

    Parameters
    ----------
    products : DataFrame
        With ``articleType``, ``baseColour`` and ``productDisplayName``.
    """
    said = zip(products["articleType"], products["baseColour"], products["productDisplayName"], strict=True)
    return caption_rows(
        [(match_label(kind) or "", colour, *look_of(name)["pattern"]) for kind, colour, name in said]
    )


class Captions:
    """Says what pictures show.

    Parameters
    ----------
    load : callable
        Gives a model by its name, such as `core.models.load_model`; what it raises is raised.
    """

    name = "captions"
    dimension = len(WORDS)

    def __init__(self, load: "Callable[[str], LoadedModel]") -> None:
        self._classifier, self._looks = load(CLASS_BY), load(LOOK_BY)
        self._patterns = self._looks.name_vectors(LOOK)

    def extract(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures; see `core.protocols.Extractor`."""
        return caption_rows(self.captions(images))

    def captions(self, images: Sequence[np.ndarray]) -> list[tuple[str, ...]]:
        """Say what each picture shows: its class, where it is known, its main colour, and its pattern."""
        probabilities, known = self._classifier.classify(images)
        labels = [LABELS[place] for place in probabilities.argmax(axis=1)]
        patterns = self._pattern_words(images)
        return [
            (*([label] if is_known else []), main_colours(image)[0].name, *pattern)
            for image, label, is_known, pattern in zip(images, labels, known, patterns, strict=True)
        ]

    def _pattern_words(self, images: Sequence[np.ndarray]) -> list[tuple[str, ...]]:
        """Give the pattern whose vector each picture's look is nearest to; none without that part."""
        if self._patterns is None:
            return [()] * len(images)
        looks = self._looks.layer_outputs((LOOK,), images)[LOOK]
        return [(PATTERNS[place],) for place in (looks @ self._patterns.T).argmax(axis=1)]
