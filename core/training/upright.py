"""Which way up a picture is: one more output of VGG16, learned when all else is.

The network saw nothing turned, and its features tell: a logistic regression on them says whether a picture is
upright. Pictures are turned first and then cropped to one of `ASPECTS` at random, so that their shape says
nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from core.imaging.resize import letterbox
from core.training.calibration import BATCH
from core.training.data.dataset import TrainingData, evenly_spaced

FEATURES = "features_norm"
"""The layer whose outputs are told apart."""

ASPECTS = (3 / 4, 1.0, 4 / 3)
"""Width to height."""

PICTURES = 1500
"""Of each source of the training set, evenly spaced."""

SEED = 20167
REGULARISATION = 0.01
"""Inverse strength of the L2 penalty: far more features than kinds of pictures."""


def fit_upright(network: keras.Model, data: TrainingData) -> dict[str, Any]:
    """Teach a network's output ``upright``, on the training set, and measure it on the validation set.

    Parameters
    ----------
    network : keras.Model
        A VGG with an embedding; only the layer ``upright`` changes.
    data : TrainingData

    Returns
    -------
    dict
        For each source of the validation set ``n``, ``auc`` (area under the ROC curve) and ``accuracy``
        at a logit of 0, of as many upright pictures as turned ones.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    generator = np.random.default_rng(SEED)
    sources = [list(source.pixels[..., :3]) for source, _ in data.training if source.kind != "renders"]
    features, upright = _turned_features(network, [*sources, data.streets], generator)
    told = LogisticRegression(C=REGULARISATION, max_iter=1000).fit(features, upright)
    layer = network.get_layer("upright")
    layer.set_weights([told.coef_.T.astype(np.float32), told.intercept_.astype(np.float32)])
    figures = {}
    for source in data.validation:
        features, upright = _turned_features(network, [list(source.pixels[..., :3])], generator)
        logits = told.decision_function(features)
        figures[source.kind] = {
            "n": len(upright),
            "auc": float(roc_auc_score(upright, logits)),
            "accuracy": float(np.mean((logits > 0) == upright)),
        }
    return figures


def _turned_features(
    network: keras.Model, sources: Sequence[Sequence[np.ndarray]], generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Give the features (2n, d) of pictures, each upright and turned, and which are upright, bool (2n,)."""
    height, width = network.input_shape[1:3]
    pictures = [source[row] for source in sources for row in evenly_spaced(len(source), PICTURES)]
    views = [letterbox(view, height, width) for each in pictures for view in _both_ways(each, generator)]
    part = keras.Model(network.input, network.get_layer(FEATURES).output)
    rows = []
    for at in range(0, len(views), BATCH):
        seen = np.stack(views[at : at + BATCH]).astype(np.float32)
        both = [np.asarray(part.predict_on_batch(side), np.float32) for side in (seen, seen[:, :, ::-1])]
        rows.append((both[0] + both[1]) / 2)  # as it is served: with the mirror image
    return np.concatenate(rows), np.tile([True, False], len(pictures))


def _both_ways(picture: np.ndarray, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Give a picture as it is and turned, each cropped to a shape of its own."""
    for quarters in (0, int(generator.integers(1, 4))):
        yield _cropped(np.rot90(picture, quarters), generator)


def _cropped(picture: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Cut a part of a random shape, as large as there is, out of a picture."""
    height, width = picture.shape[:2]
    aspect = generator.choice(ASPECTS)
    wide, high = min(width, round(height * aspect)), min(height, round(width / aspect))
    left, top = generator.integers(0, width - wide + 1), generator.integers(0, height - high + 1)
    return np.ascontiguousarray(picture[top : top + high, left : left + wide])
