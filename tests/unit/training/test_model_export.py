"""What ships is what was measured: float16 weights, checked, reloaded, then measured."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import ast
from pathlib import Path

import keras
import pytest

from core import training
from core.training.stages import float32_policy


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
