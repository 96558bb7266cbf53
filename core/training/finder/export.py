"""The trained garment finder becomes one that can be served: float16 weights, calibrated and described."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression

from core.catalogue.kaggle import Catalogue
from core.catalogue.outlined import OutlinedPhotograph, read_mask, true_garments
from core.catalogue.split import OUTLINED_SPLIT_RULE, PHOTO_SPLIT_RULE, SPLIT_RULE
from core.imaging.decode import read_image
from core.imaging.resize import resize
from core.models.finder.card import FinderCard, logit
from core.models.finder.detections import Proposal, iou, propose
from core.models.finder.finder import input_size
from core.models.finder.keras_finder import compiled
from core.models.finder.labels import FINDER_LABELS
from core.models.finder.network import build_finder
from core.models.names import FINDER, WEIGHTS
from core.models.serving.onnx_graph import save_graph
from core.storage.artifacts import model_dir, write_folder, write_json
from core.storage.atomic import write_text
from core.training.model_export import save_float16
from core.training.schedule import Schedule
from core.training.training_loop import write_history

MATCH = 0.5
"""IoU from which on a box is right."""

LEAST_PRECISION = 0.75
"""Of boxes. A garment that is not found cannot be tapped, so recall is bought down to this."""

LIMITS = """\
- It knows thirteen labels. Scarves, belts, socks, jewellery, glasses and underwear are no garments to it, and
  a saree, a jumpsuit or a dungaree gets the nearest label it has.
- The street photographs, as far as they were looked at, show people alone and upright in the streets of
  Europe and North America, mostly young, slim and white, mostly women, in daylight and in the fashion of
  about 2012. Children, groups, people who sit or lie, backs, uniforms and dim rooms are rare in them, and
  found less well.
- No outlined photograph shows a kurta: kurtas were learned from a shop's pictures of 80×60 pixels and from
  drawn ones, and are taken for dresses and shirts more often than others.
- "Pants" of the outlined photographs are at times jeans; a blouse, a top and a t-shirt worn under a jacket
  are hard to tell apart. The box is surer than the name.
- Its box is around what can be seen: what another garment covers is not guessed.
- It says nothing about the people in a picture and must not be used to.
"""

KINDS = {
    "outlined": "street photographs",
    "photographs": "everyday photographs",
    "products": "products",
    "renders": "drawn garments",
}
"""What the scenes of each pool are, in words."""

DATA = """\
| data | licence | what is learned from it |
|---|---|---|
| Clothing Co-Parsing (Yang, Luo and Lin, CVPR 2014) | Apache-2.0; photographs from fashion blogs | outlines |
| Clothing dataset (small) | CC0 | garments laid flat, by kind |
| Fashion Product Images (Small) | as its Kaggle page states | products, also worn, by article type |
| garments drawn by this project | the project's own | cut-outs of the five classes |
| ImageNet, through EfficientNet-Lite0's weights | Apache-2.0 (TensorFlow's release) | the start |
"""


@dataclass(frozen=True)
class FinderRecord:
    """How the finder was trained, for its card."""

    stages: Sequence[Schedule]
    history: Sequence[Mapping[str, Any]]
    catalogue: Catalogue
    scenes: Mapping[str, int]


@dataclass(frozen=True)
class Match:
    """A proposal in a validation photograph, and whether it is right."""

    proposal: Proposal
    box_right: bool
    label_right: bool


def export_finder(
    finder: keras.Model,
    record: FinderRecord,
    validation: Sequence[OutlinedPhotograph],
    names: Mapping[int, str],
    *,
    force: bool,
) -> Path:
    """Write the finder's folder: float16 weights, history, and a card measured on the validation split.

    Parameters
    ----------
    finder : keras.Model
        Trained.
    record : FinderRecord
    validation : sequence of OutlinedPhotograph
        Outlined photographs of the validation split.
    names : mapping of int to str
        What the values of their masks mean.
    force : bool
        Replace a finder that is there.

    Returns
    -------
    Path
        The folder.
    """
    split = {"outlined": OUTLINED_SPLIT_RULE, "products": SPLIT_RULE, "photographs": PHOTO_SPLIT_RULE}
    manifest = {"labels": list(FINDER_LABELS), "split": split, "seed": record.stages[0].seed}
    target = model_dir(FINDER)
    with write_folder(target, force=force, manifest=manifest) as folder:
        save_float16(finder, folder / WEIGHTS)
        served = build_finder()
        served.load_weights(folder / WEIGHTS)
        save_graph(served, folder / WEIGHTS, tuple(served.output), mirrored=False)
        matches, n_garments = match_proposals(served, validation, names)
        logistic = fit_certainty(matches)
        least, measured = choose_limit(matches, n_garments, logistic)
        card = {
            "name": FINDER,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "labels": list(FINDER_LABELS),
            "logistic": list(logistic),
            "least_certainty": least,
            "parameters": int(served.count_params()),
            "schedule": asdict(record.stages[0]),
            "stages": [asdict(stage) for stage in record.stages],
            "seconds": round(sum(row["seconds"] for row in record.history), 1),
            "data": {
                "folder": record.catalogue.folder.name,
                **{f"training_{kind}": count for kind, count in record.scenes.items()},
            },
            "split": split,
            "validation": {"photographs": len(validation), "garments": n_garments, **measured},
        }
        write_history(folder / "history.csv", record.history)
        write_json(folder / "card.json", card)
        write_text(folder / "MODEL_CARD.md", finder_card_text(card))
    return target


# Calibration ------------------------------------------------------------------------------------------


def match_proposals(
    finder: keras.Model, photographs: Sequence[OutlinedPhotograph], names: Mapping[int, str]
) -> tuple[list[Match], int]:
    """Compare what a finder proposes with what is outlined.

    Returns
    -------
    matches : list of Match
        One a proposal. Of several at one garment, the surest alone is right.
    n_garments : int
        How many are outlined.
    """
    answer = compiled(finder)
    matches, n_garments = [], 0
    for photograph in photographs:
        if photograph.mask_path is None:
            continue
        truth = true_garments(read_mask(photograph.mask_path), names)
        n_garments += len(truth)
        image = read_image(photograph.image_path)
        proposals = propose(answer(resize(image, *input_size(*image.shape[:2]))))
        free = np.array([box for _, box in truth]).reshape(-1, 4)
        labels = [label for label, _ in truth]
        for proposal in sorted(proposals, key=lambda found: -found.sure * found.shares.max()):
            overlap = iou(np.array(proposal.box), free) if len(free) else np.zeros(1)
            right = bool(overlap.max(initial=0.0) >= MATCH)
            named = False
            if right:
                at = int(overlap.argmax())
                named = labels[at] == FINDER_LABELS[proposal.label]
                free[at] = -1.0  # taken: nothing overlaps with an empty box
            matches.append(Match(proposal, right, named))
    return matches, n_garments


def fit_certainty(matches: Sequence[Match]) -> tuple[float, ...]:
    """Fit the logistic regression of the card, by which proposals are right: bias and three weights."""
    features = np.array(
        [
            (logit(found.sure), logit(float(found.shares.max())), math.log(found.pixels))
            for found in (match.proposal for match in matches)
        ]
    )
    right = np.array([match.box_right and match.label_right for match in matches])
    model = LogisticRegression(C=10.0).fit(features, right)
    return tuple(round(float(value), 6) for value in (*model.intercept_, *model.coef_[0]))


def choose_limit(
    matches: Sequence[Match], n_garments: int, logistic: tuple[float, ...]
) -> tuple[float, dict[str, float]]:
    """Choose the least certainty of a garment, as low as `LEAST_PRECISION` allows, and measure with it.

    Returns
    -------
    least : float
    measured : dict
        ``recall``, ``precision`` of boxes and ``label_accuracy`` of those that are right.
    """
    card = FinderCard(logistic=logistic, least_certainty=0.0)  # type: ignore[arg-type]
    certainties = np.array(
        [
            card.certainty(match.proposal.sure, float(match.proposal.shares.max()), match.proposal.pixels)
            for match in matches
        ]
    )
    right = np.array([match.box_right for match in matches])
    named = np.array([match.label_right for match in matches])
    for least in np.arange(2, 96) / 100:
        shown = certainties >= least
        precision = float((right & shown).sum() / max(1, shown.sum()))
        if precision >= LEAST_PRECISION:
            break
    measured = {
        "recall": float((right & shown).sum() / max(1, n_garments)),
        "precision": precision,
        "label_accuracy": float((named & shown).sum() / max(1, (right & shown).sum())),
    }
    return float(least), {key: round(value, 4) for key, value in measured.items()}


# The card ---------------------------------------------------------------------------------------------


def finder_card_text(card: Mapping[str, Any]) -> str:
    """Write `card` (the content of card.json) as Markdown."""
    schedule, validation, data = card["schedule"], card["validation"], card["data"]
    counts = ", ".join(
        f"{data[f'training_{kind}']:,} {words}"
        for kind, words in KINDS.items()
        if data.get(f"training_{kind}")
    )
    canvases = sum(stage["epochs"] * stage["views_per_epoch"] for stage in card["stages"])
    epochs = " and ".join(str(stage["epochs"]) for stage in card["stages"])
    lines = [
        "# Garment finder",
        "",
        "EfficientNet-Lite0 with a light feature pyramid. For each cell of a picture it says which of "
        "thirteen labels it belongs to, the box of the garment that the cell is part of, and how well that "
        "box is expected to fit; cells that agree become a garment with a box, a mask, a label and a "
        "probability.",
        "",
        "## Training",
        "",
        f"- Date: {card['created'][:10]}. Seed {schedule['seed']}. Start: ImageNet.",
        f"- Learned from {counts}. Products, everyday photographs and the street photographs whose garments "
        "are only named were labelled by the finder itself after the first stage, within what is known of "
        "them.",
        f"- Two stages of {epochs} epochs, {canvases:,} canvases in all, "
        f"batches of {schedule['batch']}, AdamW to {schedule['learning_rate']:g} with warm-up and a cosine "
        f"schedule; {card['seconds'] / 60:.0f} minutes.",
        f"- Split of the street photographs: {card['split']['outlined']}.",
        f"- Weights: {card['parameters']:,}, kept in float16.",
        "",
        DATA,
        "## On validation data",
        "",
        f"{validation['photographs']} outlined photographs with {validation['garments']} garments, by which "
        "the least certainty and its scale were calibrated; the test figures are in `artifacts/reports`. At "
        f"an IoU of 0.5: recall {validation['recall']:.3f}, precision {validation['precision']:.3f}; of the "
        f"boxes that are right, {validation['label_accuracy']:.3f} have the right label.",
        "",
        "## What it does not see",
        "",
        LIMITS,
    ]
    return "\n".join(lines)
