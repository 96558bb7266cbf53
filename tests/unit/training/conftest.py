"""A drawn shop, a training that takes seconds, and sources of a few pictures."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from dataclasses import replace

import keras
import numpy as np
import pytest

from core.demo import render_catalogue
from core.labels import LABELS
from core.training import train
from core.training.data.sources import LOOK_VALUES, ImageSource
from core.training.schedule import PLANS


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
    yield train.Options(models=("rgb",), teacher=False, renders=0, augmented_views=64)
    keras.config.set_dtype_policy("float32")
