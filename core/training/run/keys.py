"""Fingerprints of what a run makes its view bank, its teacher and its models from.

They are kept beside what was made, and a stopped run goes on from that only where they are the same: whoever
changes what is in them, or the code that they are taken of, makes every kept run start over.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.imaging import resize
from core.models import layers, rgb, vae, vgg
from core.models.compared import cnn
from core.storage.checksums import sha256
from core.training import losses, schedule, stages, teacher, training_loop
from core.training.data import augmentation, view_bank
from core.training.data.dataset import TrainingData
from core.training.run.kept import is_finished
from core.training.run.options import Options
from core.training.schedule import TEACHER, TrainingPlan, build_optimizer
from core.training.training_loop import code_fingerprint


def view_key(data: TrainingData) -> dict[str, Any]:
    """Give the fingerprints of what views are drawn from, and how."""
    strengths = {name: asdict(strength) for name, strength in schedule.AUGMENTATIONS.items()}
    code = code_fingerprint(augmentation, view_bank, resize)
    return {"data": data.fingerprint, "augmentation": [code, strengths, dict(schedule.BACKGROUND_SHARE)]}


def run_key(data: TrainingData, options: Options) -> dict[str, Any]:
    """Give the fingerprints of what a run's models share, as far as they are known before it trains any."""
    of_teacher = json.dumps(teacher_key(), sort_keys=True) if options.teacher else ""
    return {
        **view_key(data),
        "augmented_views": options.augmented_views,
        "view_bank_seed": schedule.VIEW_BANK_SEED,
        "teacher": hashlib.sha256(of_teacher.encode()).hexdigest()[:16] if of_teacher else "none",
    }


def teacher_key() -> dict[str, Any]:
    """Give the fingerprints of what the teacher is made from, beside the data."""
    return {
        "schedule": asdict(TEACHER),
        "losses": _loss_key(),
        "networks": code_fingerprint(teacher, training_loop, build_optimizer, layers, vgg),
        "imagenet_weights": sha256(teacher.imagenet_file())[:16],
    }


def plan_key(plan: TrainingPlan, data: TrainingData, options: Options) -> dict[str, Any]:
    """Give the fingerprints of what one model is made from, beside what the run's models share."""
    return {
        "schedule": asdict(plan),
        "losses": _loss_key(),
        "networks": code_fingerprint(stages, training_loop, build_optimizer, layers, vgg, vae, rgb, cnn),
        "initial_weights": describe_initial_weights(options),
        "base_model": _base_key(plan, data, options),
    }


def _loss_key() -> list[Any]:
    return [code_fingerprint(losses), dict(schedule.LOSS_WEIGHTS), schedule.LABEL_SMOOTHING]


def _base_key(plan: TrainingPlan, data: TrainingData, options: Options) -> str:
    if options.init == "scratch" and plan.grows_from in options.models and not is_finished(plan.grows_from):
        return "still to be trained"
    base = base_weights_file(plan, data, options)
    return sha256(base)[:16] if base else "none"


def base_weights_file(plan: TrainingPlan, data: TrainingData, options: Options) -> Path | None:
    """Give the weights file of the smaller model that a model grows from; None where it starts otherwise."""
    return stages.base_weights(plan, data.vocabulary.sizes) if options.init == "scratch" else None


def describe_initial_weights(options: Options) -> str:
    """Say what a model starts from, as its card does."""
    start = stages.describe_init(options.init)
    if options.mean_with is None:
        return start
    return (
        f"mean of the convolutions of {start}, and {stages.describe_init(str(options.mean_with))} (WiSE-FT)"
    )
