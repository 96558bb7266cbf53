"""A trained network becomes a model that can be served: float16 weights, measured and described.

Weights are rounded to float16 and written, then loaded as `core.models.loaded` loads them, and only then is
anything chosen or measured: every figure of the card is of the very weights that ship.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from core.catalogue.kaggle import Catalogue
from core.catalogue.split import PHOTO_SPLIT_RULE, SPLIT_RULE
from core.errors import TrainingError
from core.imaging.resize import letterbox_batch
from core.labels import LABELS
from core.models.layers import PARTS
from core.models.loaded import VECTOR_OUTPUTS
from core.models.names import (
    CLASSIFIER,
    COMPARED_MODELS,
    LEARNED_EXTRACTORS,
    MODEL_NAMES,
    UPRIGHT_MODEL,
    WEIGHTS,
)
from core.models.serving.explanation import Explained
from core.models.serving.keras_network import BUILDERS
from core.models.serving.onnx_graph import save_graph
from core.models.serving.quantisation import output_steps
from core.storage.artifacts import model_dir, write_folder, write_json
from core.storage.atomic import write_text
from core.training.calibration import calibrate, choose_search_parameters
from core.training.data.dataset import TrainingData, evenly_spaced
from core.training.model_card import model_card
from core.training.schedule import Schedule
from core.training.stages import float32_policy
from core.training.training_loop import write_history
from core.training.upright import fit_upright

SERVED_OUTPUTS: dict[str, tuple[str, ...]] = {
    name: ("label", "known", VECTOR_OUTPUTS[name]) if name in VECTOR_OUTPUTS else ("label", "known")
    for name in (*MODEL_NAMES, *COMPARED_MODELS)
} | {UPRIGHT_MODEL: ("label", "known", VECTOR_OUTPUTS[UPRIGHT_MODEL], "upright")}
"""Outputs of each model's graph."""

EXPLAINED: dict[str, Explained] = {"vgg16": "score", CLASSIFIER: "class"}
"""What the graph of a model explains as well."""

IN_8_BITS: tuple[str, ...] = ("vgg16", "vgg19")
"""Models whose convolutions are served in 8 bits: those that take long."""

PICTURES_MEASURED = 128
"""Of products, of photographs and of worn garments each: by them the steps of 8 bits are measured."""


@dataclass(frozen=True)
class TrainingRecord:
    """How a network was trained, for its card."""

    schedule: Schedule
    head_training: Schedule | None
    init: str
    history: list[dict]
    views: int  # that the whole network was trained on
    catalogue: Catalogue
    teacher: bool


def export_model(
    name: str, network: keras.Model, record: TrainingRecord, data: TrainingData, *, force: bool
) -> Path:
    """Write the model's folder: float16 weights, history, and a card measured on the validation split.

    Parameters
    ----------
    name : str
        The model.
    network : keras.Model
        Trained, as `core.training.stages.inference_network` gives it.
    record : TrainingRecord
    data : TrainingData
    force : bool
        Replace a model that is there.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    TrainingError
        If a weight is not finite, or too large for float16.
    """
    split = {"products": SPLIT_RULE, "photographs": PHOTO_SPLIT_RULE}
    manifest = {"labels": list(LABELS), "split": split, "seed": record.schedule.seed}
    target = model_dir(name)
    with write_folder(target, force=force, manifest=manifest) as folder:
        weights = folder / WEIGHTS
        save_float16(network, weights)
        figures: dict[str, Any] = {}
        if name == UPRIGHT_MODEL:
            figures["upright"] = fit_upright(network, data)
            save_float16(network, weights)
        if name in LEARNED_EXTRACTORS:
            served = load_served(name, data.vocabulary.sizes, weights)
            figures["search"] = choose_search_parameters(served, data.validation, data.gallery)
            _copy_search_parameters(served, network)
            save_float16(network, weights)
        served = load_served(name, data.vocabulary.sizes, weights)
        save_served_graph(name, served, weights, [list(source.pixels) for source in data.validation])
        temperature, known_logit, measured = calibrate(served, data.validation)
        card = {
            "name": name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "labels": list(LABELS),
            "names": list(data.vocabulary.sizes),
            "input": list(network.input_shape[1:3]),
            "parameters": int(network.count_params()),
            "dimension": int(network.output[VECTOR_OUTPUTS[name]].shape[-1])
            if name in VECTOR_OUTPUTS
            else None,
            "temperature": temperature,
            "known_logit": known_logit,
            **_card_of_training(record, data),
            "split": split,
            "validation": figures | measured,
        }
        write_history(folder / "history.csv", record.history)
        write_json(folder / "card.json", card)
        write_text(folder / "MODEL_CARD.md", model_card(card))
    return target


def save_served_graph(
    name: str, served: keras.Model, weights: Path, pictures: Sequence[Sequence[np.ndarray]]
) -> Path:
    """Write the graph that answers for a model, beside its weights.

    Parameters
    ----------
    name : str
    served : keras.Model
        As `load_served` gives it.
    weights : Path
    pictures : sequence of sequences of uint8 arrays (h, w, 3)
        By which the steps of what is computed in 8 bits are measured: up to `PICTURES_MEASURED` of each.

    Returns
    -------
    Path
    """
    steps = None
    if name in IN_8_BITS:
        rectified = [layer.name for layer in served.layers if layer.name.endswith("_relu")]
        sample = [part[row] for part in pictures for row in evenly_spaced(len(part), PICTURES_MEASURED)]
        steps = output_steps(served, letterbox_batch(sample, *served.input_shape[1:3]), rectified)
    return save_graph(
        served,
        weights,
        SERVED_OUTPUTS[name],
        mirrored=True,
        explained=EXPLAINED.get(name),
        steps=steps,
    )


def load_served(name: str, names: tuple[int, ...], weights: Path) -> keras.Model:
    """Load weights into the network that serves them, which computes in float32."""
    with float32_policy():
        network = BUILDERS[name](names)
    network.load_weights(weights)
    return network


def save_float16(network: keras.Model, path: Path) -> None:
    """Write weights in float16, without the optimizer's state.

    Raises
    ------
    TrainingError
        If a weight is not finite, or too large for float16.
    """
    whole = path.with_name("whole.weights.h5")
    network.save_weights(whole)
    with h5py.File(whole, "r") as source, h5py.File(path, "w") as target:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Group):
                target.require_group(name)
            elif name.startswith("optimizer"):
                return
            elif np.issubdtype(item.dtype, np.floating):
                target.create_dataset(name, data=_to_float16(item[...], f"{network.name}, {name}"))
            else:
                target.create_dataset(name, data=item[...])
            for key, value in item.attrs.items():
                target[name].attrs[key] = value

        source.visititems(copy)
        for key, value in source.attrs.items():
            target.attrs[key] = value
    whole.unlink()


def _to_float16(values: np.ndarray, name: str) -> np.ndarray:
    if not np.isfinite(values).all():
        raise TrainingError(
            f"The weights of {name} are not all finite numbers, so the model is not kept; train again with a "
            "lower learning rate"
        )
    largest, limit = float(np.abs(values).max(initial=0.0)), float(np.finfo(np.float16).max)
    if largest > limit:
        raise TrainingError(
            f"The weights of {name} reach {largest:g}, more than the {limit:g} that float16 holds, so the "
            "model is not kept; train again with a lower learning rate"
        )
    return values.astype(np.float16)


def _copy_search_parameters(source: keras.Model, target: keras.Model) -> None:
    for key in (f"{part.name}_drawn" for part in PARTS):
        target.get_layer(key).strength.assign(source.get_layer(key).strength)
    target.get_layer("embedding").share.assign(source.get_layer("embedding").share)


def _card_of_training(record: TrainingRecord, data: TrainingData) -> dict[str, Any]:
    teacher = "efficientnet-lite2 (ImageNet, Apache-2.0), taught by the same data"
    return {
        "init": record.init,
        "teacher": teacher if record.teacher else None,
        "schedule": asdict(record.schedule),
        "heads": asdict(record.head_training) if record.head_training else None,
        "views": record.views,
        "seconds": round(sum(row["seconds"] for row in record.history), 1),
        "data": {
            "folder": record.catalogue.folder.name,
            "products": len(record.catalogue),
            **{f"training_{kind}": count for kind, count in data.counts().items()},
        },
    }
