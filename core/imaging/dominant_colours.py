"""The main colours of a garment, with their shares and names."""

from dataclasses import dataclass

import numpy as np

from core.imaging.colour_space import nearest_name, to_hex, to_lab, to_rgb
from core.imaging.foreground import segment_garment

MAX_COLOURS = 5
_TELL_APART = 14.0  # colours nearer than this in Lab are one: folds and shade of the same cloth
_LEAST = 0.04  # share of the garment below which a colour is none of its main ones
_FOLDS = np.array([0.5, 1.0, 1.0], np.float32)  # folds change the lightness of a cloth, not its hue


@dataclass(frozen=True)
class MainColour:
    """One of the main colours of a picture."""

    hex: str  # "#rrggbb"
    share: float  # of the garment, its middle counted most, 0 to 1; those of one picture sum to 1
    name: str  # nearest `baseColour` of the data set, see `core.imaging.colour_space.COLOUR_NAMES`


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
    return [
        MainColour(to_hex(to_rgb(centres[place])), float(shares[place] / total), nearest_name(centres[place]))
        for place in order
    ]


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
