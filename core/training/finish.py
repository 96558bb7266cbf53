"""What happens to a network once it is trained: calibrated on validation data, described, and kept."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import h5py
import keras
import numpy as np

from core.catalogue.kaggle import Catalogue
from core.catalogue.split import PHOTO_SPLIT_RULE, SPLIT_RULE
from core.evaluation.metrics import expected_calibration_error, log_loss, macro_f1
from core.labels import LABELS
from core.models.loaded import softmax
from core.models.names import LEARNED_EXTRACTORS, WEIGHTS
from core.storage.artifacts import model_dir, write_folder, write_json
from core.training.calibrate import (
    choose_known_logit,
    choose_search,
    choose_temperature,
    equal_weights,
    predict_logits,
)
from core.training.data import Data
from core.training.loop import Schedule, write_history
from core.training.model_card_text import model_card
from core.training.sources import Source


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
    if name in LEARNED_EXTRACTORS:
        figures["search"] = choose_search(network, validation, data.gallery)
    answers = [predict_logits(network, source.pixels, ("label", "known")) for source in validation]
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
        "dimension": int(network.output["embedding"].shape[-1]) if name in LEARNED_EXTRACTORS else None,
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
        "split": {"products": SPLIT_RULE, "photographs": PHOTO_SPLIT_RULE},
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
