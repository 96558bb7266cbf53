"""What ships is what was measured: float16 weights, checked, reloaded, then measured."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import ast
from pathlib import Path

import keras
import numpy as np
import pytest

from core import training
from core.errors import TrainingError
from core.models import load_model
from core.models.rgb import build_rgb
from core.storage.artifacts import model_dir
from core.storage.readers import read_json
from core.training.calibration import calibrate, predict_logits
from core.training.data.dataset import TrainingData
from core.training.data.sources import Vocabulary
from core.training.model_export import TrainingRecord, export_model, save_float16
from core.training.schedule import Schedule
from core.training.stages import float32_policy
from tests.unit.training.conftest import make_source


@pytest.fixture
def rgb():
    keras.utils.set_random_seed(3)
    return build_rgb()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (np.nan, "not all finite"),
        (-np.inf, "not all finite"),
        (70_000.0, r"reach 70000, more than the 65504"),
    ],
)
def test_weights_that_float16_cannot_hold_are_refused(rgb, tmp_path, value, sentence):
    kernel, *others = rgb.get_layer("label").get_weights()
    kernel[3, 2] = value
    rgb.get_layer("label").set_weights([kernel, *others])
    with pytest.raises(TrainingError, match=sentence):
        save_float16(rgb, tmp_path / "model.weights.h5")


def test_figures_of_the_card_are_of_the_float16_weights(rgb, tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    # Weights between two numbers of float16: what is measured before rounding is something else.
    for layer in (rgb.get_layer("label"), rgb.get_layer("known")):
        layer.set_weights([value * 3 + 1.0004 for value in layer.get_weights()])
    rng = np.random.default_rng(0)
    validation = make_source(pixels=rng.integers(0, 256, (40, 80, 60, 3), np.uint8))
    data = TrainingData(Vocabulary(("Jeans",), ("Blue",)), [(validation, 1.0)], [validation], validation)

    class Shop:
        folder = Path("shop")

        def __len__(self):
            return 40

    record = TrainingRecord(Schedule(), None, "scratch", [{"seconds": 1.0}], 8, Shop(), False)
    export_model("rgb", rgb, record, data, force=False)
    card, served = read_json(model_dir("rgb") / "card.json"), load_model("rgb")
    temperature, known_logit, figures = calibrate(served.network, [validation])
    assert card["temperature"] == pytest.approx(temperature, rel=1e-9)
    assert card["known_logit"] == pytest.approx(known_logit, rel=1e-9)
    assert card["validation"]["products"] == pytest.approx(figures["products"], rel=1e-9)
    before = predict_logits(rgb, validation.pixels, ("known",))["known"]
    after = predict_logits(served.network, validation.pixels, ("known",))["known"]
    assert np.abs(before - after).max() > 1e-4
    assert card["known_logit"] != pytest.approx(calibrate(rgb, [validation])[1], rel=1e-9)
    # What the pages and `evaluate` do with the card gives the card's own accuracy.
    probabilities = served.predict(list(validation.pixels))
    accuracy = float(np.mean(probabilities.argmax(axis=1) == validation.label))
    assert card["validation"]["products"]["accuracy"] == pytest.approx(accuracy)


def test_float32_is_a_policy_for_a_while():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        with float32_policy():
            assert keras.config.dtype_policy().compute_dtype == "float32"
        assert keras.config.dtype_policy().compute_dtype == "bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    "path", sorted(Path(training.__file__).parent.glob("*.py")), ids=lambda path: path.stem
)
def test_text_is_written_and_read_as_utf_8_on_every_system(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in ("read_text", "write_text", "open"):
            binary = any(isinstance(one, ast.Constant) and "b" in str(one.value) for one in node.args)
            assert binary or any(word.arg == "encoding" for word in node.keywords), node.lineno
