"""A drawn shop, a training that takes seconds, and sources of a few pictures."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from dataclasses import replace

import keras
import numpy as np
import pytest

from core.demo import render_catalogue
from core.labels import LABELS
from core.models.layers import UnitLength
from core.training import teacher
from core.training.data.sources import LOOK_VALUES, ImageSource
from core.training.run import keys
from core.training.run.options import Options
from core.training.schedule import PLANS, TEACHER


class Killed(Exception):
    """Stands for a kill."""


def make_source(kind="products", n=4, channels=3, *, height=80, pixels=None):
    """Make a source of garments of the five classes in turn, a red block on white."""
    if pixels is None:
        pixels = np.full((n, height, height * 3 // 4, channels), 255, np.uint8)
        pixels[:, height // 4 : -height // 4, 15:-15, :3] = (200, 30, 30)
    label = np.arange(len(pixels)) % len(LABELS)
    return ImageSource(
        kind=kind,
        ids=np.array([str(row) for row in range(len(pixels))], object),
        pixels=pixels,
        label=label,
        known=np.ones(len(pixels), int),
        types=np.eye(len(LABELS), dtype=bool)[label],
        colour=np.zeros(len(pixels), int),
        looks=np.zeros((len(pixels), len(LOOK_VALUES)), bool),
        group=np.array(LABELS, object)[label],
    )


def no_bar(title, total):
    """Show no progress."""
    return lambda n, loss: None


def kill_after(steps, stage):
    """Make a progress bar that raises `Killed` in a batch of `stage`."""

    def bar(title, total):
        told = []

        def step(n, loss):
            told.append(n)
            if title == stage and len(told) == steps:
                raise Killed

        return step

    return bar


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """Give a folder of 100 drawn products."""
    folder = tmp_path_factory.mktemp("shop")
    render_catalogue(folder, n=100)
    return folder


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Give options of a run of RGB alone: two epochs of two batches, hardly any augmented views."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    plan = PLANS["rgb"]
    schedule = replace(plan.schedule, epochs=2, views_per_epoch=16, batch=8)
    monkeypatch.setitem(PLANS, "rgb", replace(plan, schedule=schedule))
    yield Options(models=("rgb",), teacher=False, renders=0, augmented_views=64)
    keras.config.set_dtype_policy("float32")


@pytest.fixture
def tiny_teacher(monkeypatch, tmp_path):
    """Put a network of a few weights in the place of EfficientNet-Lite2; give the file of its weights."""

    def build():
        images = keras.Input((160, 120, 3), name="images")
        features = keras.layers.Flatten()(keras.layers.AveragePooling2D(40)(images))
        heads = {"label": keras.layers.Dense(5)(features), "known": keras.layers.Dense(1)(features)}
        for part, width in (("kind", 96), ("colour", 32), ("look", 32)):
            heads[part] = UnitLength(name=part)(keras.layers.Dense(width)(features))
        return keras.Model(images, heads, name="teacher")

    plan = replace(TEACHER, schedule=replace(TEACHER.schedule, epochs=1, views_per_epoch=16, batch=8))
    monkeypatch.setattr(teacher, "build_teacher", build)
    monkeypatch.setattr(teacher, "load_imagenet", lambda network: None)
    for module in (keys, teacher):
        monkeypatch.setattr(module, "TEACHER", plan)
    file = tmp_path / "imagenet.pth"
    file.write_bytes(b"weights")
    monkeypatch.setattr(teacher, "imagenet_file", lambda: file)
    return file
