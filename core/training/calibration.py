"""What is chosen on the validation split once a network is trained.

The temperature of the class probabilities (temperature scaling, Guo et al. 2017,
https://arxiv.org/abs/1706.04599), the limit from which a picture counts as one of the five classes, and the
two parameters of the embedding. Nothing here trains.
"""

import itertools
from collections.abc import Mapping, Sequence

import keras
import numpy as np
from scipy.optimize import minimize_scalar

from core.evaluation.metrics import expected_calibration_error, log_loss, macro_f1
from core.evaluation.retrieval import LabelledProducts, RetrievalOptions, evaluate_retrieval
from core.imaging.resize import letterbox_batch
from core.labels import LABELS
from core.models.layers import PARTS
from core.models.loaded import softmax
from core.training.data.sources import ImageSource, look_columns

STRENGTHS = (0.0, 0.5, 1.0, 2.0)
"""How strongly embeddings may be drawn to the prototypes of the names they are likely to have.

More wins a hundredth by names and loses the product itself: at 8, drawn pages of a shop found theirs first in
14 of 33 cases, at 2 in 19."""

LOOK_SHARES = (0.05, 0.1, 0.15, 0.2)
"""How much of the cosine may be the look of the garment."""

COLOUR_SHARES = (0.15, 0.2, 0.25, 0.3)
"""How much of it may be the colour; the rest is the kind of garment."""

BATCH = 128


def measure(network: keras.Model, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return log loss and accuracy over the five classes on pictures without augmentation."""
    probabilities = np.concatenate(
        [
            keras.ops.convert_to_numpy(
                keras.ops.softmax(network(images[at : at + 128].astype(np.float32), training=False)["label"])
            )
            for at in range(0, len(images), 128)
        ]
    )
    names = [LABELS[place] for place in labels]
    return log_loss(names, probabilities, LABELS), float(np.mean(probabilities.argmax(axis=1) == labels))


def calibrate(
    network: keras.Model, validation: Sequence[ImageSource]
) -> tuple[float, float, dict[str, dict[str, float | int | None]]]:
    """Choose temperature and known logit on the validation split, and measure the network with them.

    Parameters
    ----------
    network : keras.Model
        As it is served.
    validation : sequence of ImageSource
        Products first.

    Returns
    -------
    temperature, known_logit : float
    figures : dict
        By kind of source, as in the card.
    """
    outputs = [predict_logits(network, source.pixels, ("label", "known")) for source in validation]
    temperature = choose_temperature(outputs[0]["label"], validation[0].label)
    known_logit = choose_known_logit(
        np.concatenate([logits["known"][:, 0] for logits in outputs]),
        np.concatenate([source.known for source in validation]),
        np.concatenate([class_balanced_weights(source.known) for source in validation]),
    )
    figures = {
        source.kind: _figures(logits["label"] / temperature, logits["known"][:, 0] >= known_logit, source)
        for logits, source in zip(outputs, validation, strict=True)
    }
    return temperature, known_logit, figures


def predict_logits(network: keras.Model, pixels: np.ndarray, keys: Sequence[str]) -> dict[str, np.ndarray]:
    """Return outputs for pictures (n, h, w, 3), averaged over each and its mirror image, as in serving."""
    upright, mirrored = predict_with_mirrored(network, pixels, keys)
    return {key: (upright[key] + mirrored[key]) / 2 for key in keys}


def predict_with_mirrored(
    network: keras.Model, pixels: np.ndarray, keys: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return outputs for pictures (n, h, w, 3), and those for their mirror images."""
    height, width = network.input_shape[1:3]
    part = keras.Model(network.input, {key: network.output[key] for key in keys})
    batches = []
    for at in range(0, len(pixels), BATCH):
        images = letterbox_batch(pixels[at : at + BATCH], height, width).astype(np.float32)
        batches.append([part.predict_on_batch(side) for side in (images, images[:, :, ::-1])])
    upright, mirrored = (
        {key: np.concatenate([outputs[key] for outputs in side]).astype(np.float32) for key in keys}
        for side in zip(*batches, strict=True)
    )
    return upright, mirrored


def choose_temperature(logits: np.ndarray, label: np.ndarray) -> float:
    """Return the temperature of least log loss on labelled pictures (Guo et al. 2017).

    Parameters
    ----------
    logits : float array (n, 5)
    label : int array (n,)
        Places in `LABELS`; negative ones are left out.
    """
    rows = label >= 0
    names = [LABELS[place] for place in label[rows]]

    def loss(log_temperature: float) -> float:
        return log_loss(names, softmax(logits[rows] / np.exp(log_temperature)), LABELS)

    return float(np.exp(minimize_scalar(loss, bounds=(-2.5, 2.5), method="bounded").x))


def choose_known_logit(logits: np.ndarray, known: np.ndarray, weights: np.ndarray) -> float:
    """Return the limit that tells the five classes best from what is surely none of them.

    Parameters
    ----------
    logits : float array (n,)
    known : int array (n,)
        1 one of the classes, 0 surely not, negative left out.
    weights : float array (n,)
        What each picture counts, so that few photographs weigh as much as many products.

    Returns
    -------
    float
        Halfway between the two values around the limit of greatest balanced accuracy.

    Examples
    --------
    >>> choose_known_logit(np.array([-2.0, 0.0, 1.0]), np.array([0, 0, 1]), np.ones(3))
    0.5
    """
    rows = known >= 0
    logits, known, weights = logits[rows], known[rows], weights[rows]
    if len(np.unique(known)) < 2:
        return float(logits.min() - 1.0) if len(logits) else 0.0
    order = np.argsort(logits)
    in_class = np.where(known[order] == 1, weights[order], 0.0)
    out_of_class = np.where(known[order] == 0, weights[order], 0.0)
    # After position i everything up to i is called unknown.
    balanced = np.cumsum(out_of_class) / out_of_class.sum() + 1.0 - np.cumsum(in_class) / in_class.sum()
    best = int(np.argmax(balanced[:-1]))
    return float((logits[order][best] + logits[order][best + 1]) / 2)


def class_balanced_weights(known: np.ndarray) -> np.ndarray:
    """Weigh pictures so that, within a source, each value of `known` counts 1 in all.

    Examples
    --------
    >>> class_balanced_weights(np.array([1, 1, 0])).tolist()
    [0.5, 0.5, 1.0]
    """
    _, value, counts = np.unique(known, return_inverse=True, return_counts=True)
    return 1.0 / counts[value]


def _figures(logits: np.ndarray, known: np.ndarray, source: ImageSource) -> dict[str, float | int | None]:
    rows = source.label >= 0
    true = [LABELS[place] for place in source.label[rows]]
    probabilities = softmax(logits[rows])
    guessed = [LABELS[place] for place in probabilities.argmax(axis=1)]
    in_class, out_of_class = source.known == 1, source.known == 0
    return {
        "n": int(rows.sum()),
        "accuracy": float(np.mean([a == b for a, b in zip(true, guessed, strict=True)])),
        "macro_f1": macro_f1(true, guessed, LABELS),
        "loss": log_loss(true, probabilities, LABELS),
        "ece": expected_calibration_error(true, probabilities, LABELS),
        "known_inside": float(known[in_class].mean()) if in_class.any() else None,
        "known_outside": float(known[out_of_class].mean()) if out_of_class.any() else None,
    }


def choose_search_parameters(
    network: keras.Model, validation: Sequence[ImageSource], gallery: ImageSource
) -> list[dict[str, float]]:
    """Choose how strongly embeddings are drawn to prototypes, and what share of the cosine each part has.

    Each pair is tried with the validation products, and photographs, as queries among training products;
    the greatest sum of the figures that search is judged by wins and is set in the network.

    Returns
    -------
    list of dict
        What each pair gave.
    """
    keys = tuple(part.name for part in PARTS)
    gallery_outputs, *query_outputs = (
        predict_with_mirrored(network, source.pixels, keys) for source in (gallery, *validation)
    )
    tried = []
    for strength in STRENGTHS:
        for key in keys:
            network.get_layer(f"{key}_drawn").strength.assign(strength)
        drawn_gallery, *drawn_queries = (
            [{key: _drawn_to_prototypes(network, key, side[key]) for key in keys} for side in sides]
            for sides in (gallery_outputs, *query_outputs)
        )
        for look, colour in itertools.product(LOOK_SHARES, COLOUR_SHARES):
            shares = np.array(
                (1 - look - colour, colour, look), np.float16
            )  # as they are kept with the weights
            figures: dict[str, float] = {}
            for source, drawn in zip(validation, drawn_queries, strict=True):
                vectors = _blended(drawn_gallery, shares)
                figures |= _search_figures(source, _blended(drawn, shares), gallery=gallery, vectors=vectors)
            row = {"strength": strength, "colour": colour, "look": look}
            row |= figures | {"sum": sum(figures.values())}
            tried.append({key: round(float(value), 4) for key, value in row.items()})
    best = max(tried, key=lambda row: row["sum"])
    for key in keys:
        network.get_layer(f"{key}_drawn").strength.assign(best["strength"])
    network.get_layer("embedding").share.assign(
        (1 - best["look"] - best["colour"], best["colour"], best["look"])
    )
    return tried


def _search_figures(
    source: ImageSource, queries: np.ndarray, *, gallery: ImageSource, vectors: np.ndarray
) -> dict[str, float]:
    """Measure search with one validation source as queries, photographs by their class alone."""
    products = source.kind == "products"
    rows = np.flatnonzero((source.label >= 0) | products)
    types = source.group[rows] if products else [LABELS[place] for place in source.label[rows]]
    patterns = look_columns("pattern")
    report = evaluate_retrieval(
        LabelledProducts(
            [f"g{row}" for row in range(len(gallery))],
            list(gallery.group),
            _colour_names(gallery.colour),
            patterns=gallery.looks[:, patterns],
        ),
        vectors,
        queries=LabelledProducts(
            [f"q{row}" for row in rows],
            list(types),
            _colour_names(source.colour[rows]),
            patterns=source.looks[rows, patterns],
        ),
        query_vectors=queries[rows],
        labels=LABELS,
        options=RetrievalOptions(n_resamples=1),
    )
    figures = {f"{source.kind}_five_p_at_10": report["five"]["p_at_10"]}
    if products:
        figures |= {"p_at_15": report["all"]["p_at_15"], "map": report["all"]["map"]}
        figures["colour_p_at_10"] = report["colour_p_at_10"]
        figures["pattern_p_at_10"] = report["pattern_p_at_10"]["mean"] or 0.0
    return figures


def _drawn_to_prototypes(network: keras.Model, key: str, rows: np.ndarray) -> np.ndarray:
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return keras.ops.convert_to_numpy(network.get_layer(f"{key}_drawn")(rows))


def _colour_names(places: np.ndarray) -> list[str]:
    return [str(place) if place >= 0 else "" for place in places]


def _blended(sides: Sequence[Mapping[str, np.ndarray]], shares: np.ndarray) -> np.ndarray:
    """Join the parts as `core.models.layers.Blend`, and add up both sides: only directions count."""
    roots = np.sqrt(shares.astype(np.float32))
    joined = [
        np.hstack([root * side[part.name] for root, part in zip(roots, PARTS, strict=True)]) for side in sides
    ]
    return np.sum(joined, axis=0)
