"""The direction of design.md: a stage knows what the stage before it hands over, and nothing after it."""

import ast
import graphlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"tensorflow", "keras", "torch", "jax"}
NOT_SERVING = ("core.training", "core.evaluation", "core.demo", "core.cli", "core.__main__")


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    module_name(path): path
    for folder in ("app.py", "core/**/*.py", "pages/**/*.py")
    for path in sorted(ROOT.glob(folder))
}
CORE = [name for name in FILES if within(name, "core")]
PAGES = [name for name in FILES if within(name, "app", "pages")]
SERVING = [name for name in CORE if not within(name, *NOT_SERVING)]
LIGHT = [name for name in SERVING if name == "core.models" or not within(name, "core.models")]


def imports(name: str, *, when_loaded: bool = False) -> set[str]:
    """Give the full names of what a module imports, anywhere or only as soon as it is loaded."""
    found = set()
    pending: list[ast.AST] = [ast.parse(FILES[name].read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".") if FILES[name].name == "__init__.py" else name.split(".")[:-1]
            base = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*base, *([node.module] if node.module else [])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
        if when_loaded and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        pending += ast.iter_child_nodes(node)
    return found


def tops(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def test_modules_are_found():
    assert {"core.errors", "core.storage.artifacts", "core.labels"} <= set(CORE)


@pytest.mark.parametrize("name", CORE)
def test_core_knows_no_user_interface(name):
    assert not tops(imports(name)) & {"streamlit", "pages", "app"}


@pytest.mark.parametrize("name", SERVING)
def test_what_serves_loads_neither_training_nor_evaluation(name):
    assert not [used for used in imports(name) if within(used, *NOT_SERVING)]


@pytest.mark.parametrize("name", [name for name in CORE if within(name, "core.retrieval.index")])
def test_the_index_knows_neither_networks_nor_pictures(name):
    assert not tops(imports(name)) & (HEAVY | {"PIL", "pandas"})
    assert not [
        used
        for used in imports(name)
        if within(used, "core.imaging.decode", "core.models", "core.catalogue.kaggle")
    ]


@pytest.mark.parametrize("name", [name for name in CORE if within(name, "core.evaluation.metrics")])
def test_metrics_know_only_ids_and_scores(name):
    foreign = tops(imports(name)) - set(sys.stdlib_module_names) - {"numpy", "sklearn", "core"}
    assert not foreign
    assert not [
        used for used in imports(name) if within(used, "core") and not within(used, "core.errors", "core")
    ]


@pytest.mark.parametrize("name", PAGES)
def test_pages_load_no_network_library_and_open_no_picture(name):
    assert not tops(imports(name)) & (HEAVY | {"PIL", "pillow_heif"})


@pytest.mark.parametrize("name", PAGES)
def test_pages_do_not_reach_into_what_makes_weights(name):
    assert not [used for used in imports(name) if within(used, "core.training", "core.cli")]


@pytest.mark.parametrize("name", LIGHT)
def test_networks_are_loaded_only_when_asked_for(name):
    assert not tops(imports(name, when_loaded=True)) & HEAVY


def test_only_one_module_opens_pictures():
    openers = {
        name
        for name, path in FILES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "Image.open"
    }
    # The demo's renderer opens only the JPEG that it has just made, to photograph its own drawing.
    assert {name for name in openers if not within(name, "core.demo")} == {"core.imaging.decode"}


def test_no_module_of_core_needs_one_that_needs_it():
    graph = {}
    for name in CORE:
        used = {used for used in imports(name, when_loaded=True) if used in FILES and used != name}
        # `from core.models import vae` names the package too, which is no wish to use all it imports.
        graph[name] = {used for used in used if not within(name, used)}
    graphlib.TopologicalSorter(graph).prepare()


def loaded_with(names):
    """Modules that a fresh interpreter has once it has imported `names`."""
    code = f"""
import importlib, json, sys
for name in {names}:
    importlib.import_module(name)
print(json.dumps(list(sys.modules)))
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(ended.stdout))


def test_serving_starts_without_networks_or_user_interface():
    assert not loaded_with(LIGHT) & (HEAVY | {"streamlit"})


def test_pages_open_without_what_only_a_search_needs():
    used = sorted({used for name in PAGES for used in imports(name, when_loaded=True) if used in FILES})
    assert {"pages._shared.session.cache", "core.retrieval.gallery"} <= set(used)
    # Of scikit-learn alone, a fresh server's first visitor would wait most of a second.
    assert not loaded_with(used) & (HEAVY | {"sklearn"})
