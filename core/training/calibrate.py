"""Chosen on the validation split once a network is trained: temperature, `known`, and the embedding."""

from collections.abc import Sequence

import keras
import numpy as np
from scipy.optimize import minimize_scalar

from core.evaluation.metrics import log_loss
from core.evaluation.retrieval import evaluate_retrieval
from core.imaging.resize import letterbox_batch
from core.labels import LABELS
from core.models.loaded import softmax
from core.training.sources import Source

STRENGTHS = (0.0, 0.5, 1.0, 2.0)


SHARES = (0.5, 0.6, 0.7, 0.8, 0.9)


def predict_logits(network: keras.Model, pixels: np.ndarray, keys: Sequence[str]) -> dict[str, np.ndarray]:
    """Give the network's answers to pictures (n, h, w, 3), averaged over each and its mirror image."""
    one, other = both_ways(network, pixels, keys)
    return {key: (one[key] + other[key]) / 2 for key in keys}


def both_ways(
    network: keras.Model, pixels: np.ndarray, keys: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Give the network's answers to pictures (n, h, w, 3), and those to their mirror images."""
    height, width = network.input_shape[1:3]
    part = keras.Model(network.input, {key: network.output[key] for key in keys})
    batches = []
    for at in range(0, len(pixels), 128):
        images = letterbox_batch(pixels[at : at + 128], height, width).astype(np.float32)
        batches.append([part.predict_on_batch(seen) for seen in (images, images[:, :, ::-1])])
    one, other = (
        {key: np.concatenate([answers[key] for answers in way]).astype(np.float32) for key in keys}
        for way in zip(*batches, strict=True)
    )
    return one, other


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
    """Return the limit that tells the classes from far types best.

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
    """
    rows = known >= 0
    logits, known, weights = logits[rows], known[rows], weights[rows]
    if len(np.unique(known)) < 2:
        return float(logits.min() - 1.0) if len(logits) else 0.0
    order = np.argsort(logits)
    inside = np.where(known[order] == 1, weights[order], 0.0)
    outside = np.where(known[order] == 0, weights[order], 0.0)
    # After position i everything up to i is called unknown.
    balanced = np.cumsum(outside) / outside.sum() + 1.0 - np.cumsum(inside) / inside.sum()
    best = int(np.argmax(balanced[:-1]))
    return float((logits[order][best] + logits[order][best + 1]) / 2)


def equal_weights(known: np.ndarray) -> np.ndarray:
    """Weigh pictures so that, within a source, both sides of `known` count 1 in all."""
    _, side, counts = np.unique(known, return_inverse=True, return_counts=True)
    return 1.0 / counts[side]


def choose_search(network: keras.Model, validation: Sequence[Source], gallery: Source) -> list[dict]:
    """Choose how strongly rows are drawn to names, and how much of the cosine is the kind of garment.

    Each choice is tried with the validation products, and photographs, as queries among training
    products; the greatest sum of the figures that search is judged by wins and is set in the network.

    Returns
    -------
    list of dict
        What each choice gave.
    """
    keys = ("kind", "colour")
    within, *asked = (both_ways(network, source.pixels, keys) for source in (gallery, *validation))
    ids = [f"g{row}" for row in range(len(gallery))]
    tried = []
    for strength in STRENGTHS:
        for key in keys:
            network.get_layer(f"{key}_drawn").strength.assign(strength)
        drawn, *drawn_asked = (
            [{key: _drawn(network, key, way[key]) for key in keys} for way in ways]
            for ways in (within, *asked)
        )
        for share in SHARES:
            row: dict[str, float] = {"strength": strength, "share": share}
            for place, source, query in zip(
                ("products", "photographs"), validation, drawn_asked, strict=False
            ):
                rows = source.label >= 0 if place == "photographs" else np.ones(len(source), bool)
                names = [LABELS[at] for at in source.label[rows]] if place == "photographs" else source.group
                found = evaluate_retrieval(
                    ids,
                    gallery.group,
                    _colours(gallery.colour),
                    _joined(drawn, share),
                    [f"q{at}" for at in range(int(rows.sum()))],
                    _joined(query, share)[rows],
                    names,
                    _colours(source.colour[rows]),
                    LABELS,
                    n_resamples=1,
                )
                row[f"{place}_five_p_at_10"] = found["five"]["p_at_10"]
                if place == "products":
                    row |= {"p_at_15": found["all"]["p_at_15"], "map": found["all"]["map"]}
                    row["colour_p_at_10"] = found["colour_p_at_10"]
            row["sum"] = sum(value for key, value in row.items() if key not in ("strength", "share"))
            tried.append({key: round(float(value), 4) for key, value in row.items()})
    best = max(tried, key=lambda row: row["sum"])
    for key in keys:
        network.get_layer(f"{key}_drawn").strength.assign(best["strength"])
    network.get_layer("embedding").share.assign(best["share"])
    return tried


def _drawn(network: keras.Model, key: str, rows: np.ndarray) -> np.ndarray:
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return keras.ops.convert_to_numpy(network.get_layer(f"{key}_drawn")(rows))


def _colours(places: np.ndarray) -> list[str]:
    return [str(place) if place >= 0 else "" for place in places]


def _joined(ways: Sequence[dict[str, np.ndarray]], share: float) -> np.ndarray:
    """Lay kind and colour end to end, and add up both ways: only the direction counts."""
    kind, colour = np.sqrt(share), np.sqrt(1 - share)
    return sum(np.hstack([kind * way["kind"], colour * way["colour"]]) for way in ways)
