"""A trained network becomes a model that can be served: float16 weights, measured and described.

Weights are rounded to float16 and written, then loaded as `core.models.loaded` loads them, and only then is
anything chosen or measured: every figure of the card is of the very weights that ship.

The card follows the headings of Mitchell et al. 2019, "Model Cards for Model Reporting"
(https://arxiv.org/abs/1810.03993), as far as they apply.
"""

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
from core.labels import LABELS
from core.models.layers import PARTS
from core.models.loaded import VECTOR_OUTPUTS
from core.models.names import LEARNED_EXTRACTORS, SPLITTABLE_EXTRACTORS, WEIGHTS
from core.models.serving.keras_network import BUILDERS
from core.models.serving.onnx_graph import save_graph
from core.storage.artifacts import model_dir, write_folder, write_json
from core.storage.atomic import write_text
from core.training.calibration import calibrate, choose_search_parameters
from core.training.data.dataset import TrainingData
from core.training.schedule import Schedule
from core.training.stages import float32_policy
from core.training.training_loop import write_history

WHAT = {
    "vgg16": (
        "VGG16, a class and an embedding for search",
        "The thirteen convolutions of VGG16 at full width on 80×60 pixels, averages over all positions of "
        "every block but the first, and heads for the class, for being one of the classes at all, and for a "
        "128-number embedding in which the cosine joins the kind of garment and its colour, each drawn to "
        "the article types and colours that the picture is likely to have.",
    ),
    "vgg19": (
        "VGG19, a class",
        "The sixteen convolutions of VGG19 at full width on 80×60 pixels, averages over all positions of "
        "every block but the first, and heads for the class and for being one of the classes at all. From "
        "scratch it starts as the function that VGG16 has learned, its three further convolutions being the "
        "identity, and learns on.",
    ),
    "vae": (
        "Variational autoencoder, a class and an embedding for search",
        "A convolutional encoder to a normal distribution over 192 numbers, a decoder back to the "
        "picture, and a head on the mean for the class. The first 96 numbers are taught the kind of garment, "
        "the next 32 its colour; search uses these, drawn to likely names as VGG16's are. The other 64 hold "
        "what is left of the picture.",
    ),
    "rgb": (
        "RGB classifier, a class from raw pixel values",
        "Three dense layers on the red, green and blue values of 20×15 pixels: no convolution.",
    ),
    "cnn": (
        "Small CNN, to be compared with",
        "Four convolutions on 80×60 pixels, each normalised and rectified, and averages of the last over all "
        "positions, by which it is searched. It learned the five classes from random weights, without a "
        "teacher and without augmented views.",
    ),
}

SERVED_OUTPUTS: dict[str, tuple[str, ...]] = {
    name: ("label", "known", VECTOR_OUTPUTS[name]) if name in VECTOR_OUTPUTS else ("label", "known")
    for name in WHAT
}
"""Outputs of each model's graph."""

NO_DENSE_LAYERS = (
    "The original's three fully connected layers are left out: they are tied to 224×224 pixels, hold nine "
    "tenths of its 138 million weights, and name ImageNet's classes."
)

LIMITS = """\
- It knows five classes. A top, a sweatshirt or a dress is near a t-shirt, a shirt or a kurta, and may be
  called one; whether a picture is one of the classes at all is judged against far things (shoes, bags, hats).
- No photograph in training showed a kurta, and skirts are rare: trust these less.
- The shop is Indian, its pictures are from about 2011 to 2018, its customers mostly adults.
- It sees 80×60 pixels or fewer: weave, stitching and lettering are lost.
- It says nothing about the people in a picture and must not be used to.
"""


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
        if name in LEARNED_EXTRACTORS:
            served = load_served(name, data.vocabulary.sizes, weights)
            figures["search"] = choose_search_parameters(served, data.validation, data.gallery)
            _copy_search_parameters(served, network)
            save_float16(network, weights)
        served = load_served(name, data.vocabulary.sizes, weights)
        save_graph(
            served,
            weights,
            SERVED_OUTPUTS[name],
            mirrored=True,
            score_places=name in SPLITTABLE_EXTRACTORS,
        )
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


def model_card(card: dict) -> str:
    """Write `card` (the content of card.json) as Markdown."""
    title, what = WHAT[card["name"]]
    lines = [f"# {title}", "", what, ""]
    if card["name"].startswith("vgg"):
        lines += [NO_DENSE_LAYERS, ""]
    schedule, data = card["schedule"], card["data"]
    minutes = card["seconds"] / 60
    lines += [
        "## Training",
        "",
        f"- Date: {card['created'][:10]}. Seed {schedule['seed']}. Start: {card['init']}.",
        f"- Data: `{data['folder']}`, {data['products']:,} products; learned from {_counts(data)}.",
        f"- Split: {card['split']['products']}. Photographs: {card['split']['photographs']}.",
        f"- {schedule['epochs']} epochs of {schedule['views_per_epoch']:,} views ({card['views']:,} in all), "
        f"batches of {schedule['batch']}, AdamW to {schedule['learning_rate']:g} with warm-up and a cosine "
        f"schedule; {_heads(card['heads'])}{minutes:.0f} minutes.",
        f"- Teacher: {card['teacher'] or 'none'}.",
        f"- Weights: {card['parameters']:,}, kept in float16.",
        "",
        "## On validation data",
        "",
        "These figures chose the temperature and the limits; the test figures are in `artifacts/reports`.",
        "",
        "| | n | accuracy | macro-F1 | loss | calibration error | known | known, far things |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for place in ("products", "photographs"):
        if place in card["validation"]:
            lines.append(f"| {place} | {_row(card['validation'][place])} |")
    lines += ["", "## What it is not good for", "", LIMITS]
    return "\n".join(lines)


def _heads(schedule: dict | None) -> str:
    if schedule is None:
        return ""
    shown = schedule["epochs"] * schedule["views_per_epoch"]
    return f"then the heads alone, on the features of {shown:,} views; "


def _counts(data: dict) -> str:
    kinds = ("products", "photographs", "renders")
    words = {"products": "products", "photographs": "everyday photographs", "renders": "drawn garments"}
    return ", ".join(
        f"{data[f'training_{kind}']:,} {words[kind]}" for kind in kinds if f"training_{kind}" in data
    )


def _row(figures: dict) -> str:
    cells = [f"{figures['n']:,}"]
    for key in ("accuracy", "macro_f1", "loss", "ece", "known_inside", "known_outside"):
        value = figures[key]
        cells.append("–" if value is None else f"{value:.3f}")
    return " | ".join(cells)
