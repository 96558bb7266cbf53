"""What happens to a network once it is trained: calibrated on validation data, described, and kept."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import h5py
import keras
import numpy as np
from scipy.optimize import minimize_scalar

from core.artifacts import model_dir, write_folder, write_json
from core.catalogue import Catalogue
from core.evaluation.metrics import expected_calibration_error, log_loss, macro_f1
from core.evaluation.retrieval import evaluate_retrieval
from core.images import fit_many
from core.labels import LABELS
from core.models import EXTRACTORS, WEIGHTS
from core.models.loaded import softmax
from core.split import PHOTO_RULE, RULE
from core.training.card import model_card
from core.training.data import Data
from core.training.loop import Schedule, write_history
from core.training.sources import Source

STRENGTHS = (0.0, 0.5, 1.0, 2.0)
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Lesson:
    """What a network was taught, for its card."""

    schedule: Schedule
    heads: Schedule | None  # of the heads alone, afterwards
    init: str
    history: list[dict]
    views: int  # shown to the whole network
    catalogue: Catalogue
    teacher: bool


def finish(name: str, network: keras.Model, lesson: Lesson, data: Data, *, force: bool) -> Path:
    """Choose what is left to choose on validation data, and write the model's folder.

    Parameters
    ----------
    name : str
        The model.
    network : keras.Model
        Trained, as it is shipped.
    lesson : Lesson
        How.
    data : Data
        With the validation sources, products, then photographs where there are any; and training products
        to search in while the search's own options are chosen.
    force : bool
        Replace a model that is there.

    Returns
    -------
    Path
        The folder.
    """
    figures: dict[str, object] = {}
    validation = data.validation
    if name in EXTRACTORS:
        figures["search"] = choose_search(network, validation, data.gallery)
    answers = [predict(network, source.pixels, ("label", "known")) for source in validation]
    temperature = choose_temperature(answers[0]["label"], validation[0].label)
    known_logit = choose_known_logit(
        np.concatenate([part["known"][:, 0] for part in answers]),
        np.concatenate([source.known for source in validation]),
        np.concatenate([equal_weights(source.known) for source in validation]),
    )
    for place, answer, source in zip(("products", "photographs"), answers, validation, strict=False):
        figures[place] = _figures(answer["label"] / temperature, answer["known"][:, 0] >= known_logit, source)
    card = {
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "labels": list(LABELS),
        "names": list(data.names),
        "input": list(network.input_shape[1:3]),
        "parameters": int(network.count_params()),
        "dimension": int(network.output["embedding"].shape[-1]) if name in EXTRACTORS else None,
        "temperature": temperature,
        "known_logit": known_logit,
        "init": lesson.init,
        "teacher": "efficientnet-lite2 (ImageNet, Apache-2.0), taught by the same data"
        if lesson.teacher
        else None,
        "schedule": asdict(lesson.schedule),
        "heads": asdict(lesson.heads) if lesson.heads else None,
        "views": lesson.views,
        "seconds": round(sum(row["seconds"] for row in lesson.history), 1),
        "data": {
            "folder": lesson.catalogue.folder.name,
            "products": len(lesson.catalogue),
            **{f"training_{kind}": count for kind, count in data.counts().items()},
        },
        "split": {"products": RULE, "photographs": PHOTO_RULE},
        "validation": figures,
    }
    target = model_dir(name)
    manifest = {"labels": list(LABELS), "split": card["split"], "seed": lesson.schedule.seed}
    with write_folder(target, force=force, manifest=manifest) as folder:
        save_weights(network, folder / WEIGHTS)
        write_history(folder / "history.csv", lesson.history)
        write_json(folder / "card.json", card)
        (folder / "MODEL_CARD.md").write_text(model_card(card))
    return target


def save_weights(network: keras.Model, path: Path) -> None:
    """Write weights in float16, without optimizer state."""
    whole = path.with_name("whole.weights.h5")
    network.save_weights(whole)
    with h5py.File(whole, "r") as source, h5py.File(path, "w") as target:

        def copy(name: str, item) -> None:
            if isinstance(item, h5py.Group):
                target.require_group(name)
            elif name.startswith("optimizer"):
                return
            elif np.issubdtype(item.dtype, np.floating):
                target.create_dataset(name, data=item[...].astype(np.float16))
            else:
                target.create_dataset(name, data=item[...])
            place = target[name]
            for key, value in item.attrs.items():
                place.attrs[key] = value

        source.visititems(copy)
        for key, value in source.attrs.items():
            target.attrs[key] = value
    whole.unlink()


def predict(network: keras.Model, pixels: np.ndarray, keys: Sequence[str]) -> dict[str, np.ndarray]:
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
        images = fit_many(pixels[at : at + 128], height, width).astype(np.float32)
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


def _figures(logits: np.ndarray, known: np.ndarray, source: Source) -> dict[str, float | int | None]:
    rows = source.label >= 0
    true = [LABELS[place] for place in source.label[rows]]
    probabilities = softmax(logits[rows])
    guessed = [LABELS[place] for place in probabilities.argmax(axis=1)]
    inside, outside = source.known == 1, source.known == 0
    return {
        "n": int(rows.sum()),
        "accuracy": float(np.mean([a == b for a, b in zip(true, guessed, strict=True)])),
        "macro_f1": macro_f1(true, guessed, LABELS),
        "loss": log_loss(true, probabilities, LABELS),
        "ece": expected_calibration_error(true, probabilities, LABELS),
        "known_inside": float(known[inside].mean()) if inside.any() else None,
        "known_outside": float(known[outside].mean()) if outside.any() else None,
    }
