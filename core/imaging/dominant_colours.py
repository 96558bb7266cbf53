"""The main colours of a garment, with their shares and names.

A photograph is often too dark: its white is grey. People name what they see by what is white around it, and
call pale stripes beside black ones white. So colours are named as they would look if that were white.
"""

from dataclasses import dataclass

import numpy as np

from core.imaging.colour_space import lab_to_rgb, nearest_name, to_hex, to_lab
from core.imaging.foreground import SegmentedGarment, segment_garment

MAX_COLOURS = 5
_TELL_APART = 14.0  # colours nearer than this in Lab are one: folds and shade of the same cloth
_LEAST = 0.04  # share of the garment below which a colour is none of its main ones
_NEUTRAL = 18.0  # chroma up to which something light may be white in some light
_WHITE = 92.0  # lightness that a white is brought to
_BRIGHT = 88.0  # lightness from which on a white around the garment says that the photograph is bright enough
_MOST_LIGHT = 1.9  # by which a photograph is brightened at most
_WHITE_AROUND = 0.02  # share of the picture that has to be pale around a garment to say what is white
_DARK, _PALE, _OF_STRIPES = 38.0, 48.0, 0.2  # lightness of two colours of a pattern, and their least share
_FOLDS = np.array([0.5, 1.0, 1.0], np.float32)  # folds change the lightness of a cloth, not its hue


@dataclass(frozen=True)
class MainColour:
    """One of the main colours of a picture."""

    hex: str  # "#rrggbb"
    share: float  # of the garment, its middle counted most, 0 to 1; those of one picture sum to 1
    name: str  # one of `core.imaging.colour_space.COLOUR_NAMES`


def main_colours(image: np.ndarray) -> list[MainColour]:
    """Find the main colours of the garment in a picture.

    K-means in CIE Lab, lightness halved, on the pixels of the garment; the result is the same every time.
    Clusters that look alike are put together, and rare ones are left out.

    Parameters
    ----------
    image : uint8 array (height, width, 3)
        RGB, of any size.

    Returns
    -------
    list of MainColour
        One to `MAX_COLOURS`, the largest share first.
    """
    from sklearn.cluster import KMeans

    cut = segment_garment(image)
    pixels, weights = to_lab(_sampled(image, cut.mask)), cut.weights / cut.weights.sum()
    distinct = len(np.unique(pixels, axis=0))
    # K-means warns where it is asked for more clusters than there are colours.
    means = KMeans(min(2 * MAX_COLOURS, distinct), n_init=1, random_state=0, max_iter=30).fit(
        pixels * _FOLDS, sample_weight=weights
    )
    centres = means.cluster_centers_ / _FOLDS
    shares = np.bincount(means.labels_, weights, minlength=len(centres))
    centres, shares = _together(centres, shares)
    order = [
        place
        for place in np.argsort(-shares)[:MAX_COLOURS]
        if shares[place] >= _LEAST or place == shares.argmax()
    ]
    total = shares[order].sum()
    lit = _brightened(centres, _light(cut, centres, shares))
    return [
        MainColour(to_hex(lab_to_rgb(centres[place])), float(shares[place] / total), nearest_name(lit[place]))
        for place in order
    ]


def _light(cut: SegmentedGarment, centres: np.ndarray, shares: np.ndarray) -> float:
    """Say by how much light a picture lacks, as far as it shows something that is surely white."""
    around = cut.lab[~cut.mask]
    pale = around[np.hypot(around[:, 1], around[:, 2]) < _NEUTRAL, 0]
    white = float(np.percentile(pale, 95)) if len(pale) >= _WHITE_AROUND * cut.mask.size else None
    if white is None or white < _BRIGHT:
        neutral = (np.hypot(centres[:, 1], centres[:, 2]) < _NEUTRAL) & (shares >= _OF_STRIPES * shares.sum())
        lightness = centres[neutral, 0]
        if len(lightness) > 1 and lightness.min() < _DARK and lightness.max() > _PALE:
            white = min(float(lightness.max()), white or _WHITE)
    if white is None:
        return 1.0
    return float(np.clip(((_WHITE + 16) / (white + 16)) ** 3, 1.0, _MOST_LIGHT))


def _brightened(lab: np.ndarray, light: float) -> np.ndarray:
    """Give Lab colours, (n, 3), as they look in so much more light."""
    black = np.array([16, 0, 0])  # more light multiplies Lab seen from here
    return (lab + black) * np.cbrt(light) - black


def _sampled(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Take the picture's own pixel at each of the mask's; averaged ones would mix thin stripes."""
    rows, columns = np.nonzero(mask)
    down, across = image.shape[0] / mask.shape[0], image.shape[1] / mask.shape[1]
    return image[((rows + 0.5) * down).astype(int), ((columns + 0.5) * across).astype(int)]


def _together(centres: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join the two nearest clusters until all can be told apart."""
    while len(centres) > 1:
        apart = np.linalg.norm((centres[:, None] - centres[None]) * _FOLDS, axis=2)
        np.fill_diagonal(apart, np.inf)
        one, other = np.unravel_index(apart.argmin(), apart.shape)
        if apart[one, other] >= _TELL_APART:
            break
        joined = shares[one] + shares[other]
        centres[one] = (shares[one] * centres[one] + shares[other] * centres[other]) / joined
        shares[one] = joined
        centres, shares = np.delete(centres, other, axis=0), np.delete(shares, other)
    return centres, shares
