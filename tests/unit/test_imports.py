"""What may import what, as ARCHITECTURE.md says it. Every rule comes with an import that breaks it."""

import ast
import graphlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"tensorflow", "keras", "torch", "jax", "pymilvus", "milvus_lite"}
PICTURES = {"PIL", "pillow_heif"}
NOT_SERVING = ("core.training", "core.evaluation", "core.demo", "core.cli", "core.__main__")

# A folder (or a module beside them) may import what stands in a line before its own, and what stands beside
# it there, as long as these two do not need each other.
STAGES = (
    (
        "core.errors",
        "core.labels",
        "core.protocols",
        "core.export",
        "core.inference_queue",
        "core.free_memory",
    ),
    ("core.imaging", "core.storage", "core.demo"),
    ("core.catalogue", "core.descriptors"),
    ("core.models",),
    ("core.gallery",),
    ("core.retrieval",),
    ("core.explain", "core.maps", "core.generative", "core.comparison"),
    ("core.indexing", "core.evaluation", "core.reporting"),
    ("core.training",),
    ("core.cli",),
    ("core.__main__",),
    ("pages._shared.session",),
    ("pages._shared.widgets",),
    tuple(
        f"pages._shared.{page}"
        for page in ("search", "classify", "map", "studio", "evaluation", "compare", "stress")
    ),
    ("pages",),
    ("app",),
)
MOST_MODULES = 12

Imports = Mapping[str, set[str]]
"""Module to the full names that it imports: modules, or what is in them where the module is not ours."""


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


def imported_names(source: str, package: str, *, when_loaded: bool = False) -> set[str]:
    """Give the full names of what a module imports, anywhere or only as soon as it is loaded."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (base, node.module) if part)
            found |= {f"{base}.{alias.name}" for alias in node.names}
        if when_loaded and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if when_loaded and isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            pending += node.orelse
            continue
        pending += ast.iter_child_nodes(node)
    return found


def import_graph(*, when_loaded: bool = False) -> Imports:
    """Read every module of core and pages; names of things in our modules become the modules they are in."""
    graph = {}
    for name, path in FILES.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        names = imported_names(path.read_text(encoding="utf-8"), package, when_loaded=when_loaded)
        graph[name] = {used if used in FILES else owner(used) for used in names} - {name}
    return graph


def owner(used: str) -> str:
    parent = used.rpartition(".")[0]
    return parent if parent in FILES else used


EVERYWHERE = import_graph()
WHEN_LOADED = import_graph(when_loaded=True)
CORE = [name for name in FILES if within(name, "core")]
PAGES = [name for name in FILES if within(name, "app", "pages")]


def is_light(name: str) -> bool:
    """Whether a module serves a visitor and is no network itself."""
    return (
        within(name, "core")
        and not within(name, *NOT_SERVING)
        and (name == "core.models" or not within(name, "core.models"))
    )


def top(name: str) -> str:
    return name.split(".")[0]


def offences(
    graph: Imports, of: Callable[[str], bool], forbidden: Callable[[str], bool]
) -> list[tuple[str, str]]:
    return sorted((name, used) for name in graph if of(name) for used in graph[name] if forbidden(used))


def core_that_knows_the_user_interface(graph):
    return offences(
        graph, lambda name: within(name, "core"), lambda used: top(used) in ("streamlit", "pages", "app")
    )


def serving_that_loads_training_or_evaluation(graph):
    return offences(
        graph,
        lambda name: within(name, "core") and not within(name, *NOT_SERVING),
        lambda used: within(used, *NOT_SERVING),
    )


def index_that_knows_networks_tables_or_pictures(graph):
    ours = ("core.imaging", "core.models", "core.catalogue")
    return offences(
        graph,
        lambda name: within(name, "core.gallery.index"),
        lambda used: top(used) in HEAVY | PICTURES | {"pandas"} or within(used, *ours),
    )


def metrics_that_know_more_than_ids_and_scores(graph):
    known = set(sys.stdlib_module_names) | {"numpy"}
    return offences(
        graph,
        lambda name: within(name, "core.evaluation.metrics"),
        lambda used: top(used) not in known and not within(used, "sklearn.metrics", "core.errors"),
    )


def pages_that_load_networks_or_open_pictures(graph):
    return offences(
        graph, lambda name: within(name, "app", "pages"), lambda used: top(used) in HEAVY | PICTURES
    )


def pages_that_reach_into_what_makes_weights(graph):
    return offences(
        graph,
        lambda name: within(name, "app", "pages"),
        lambda used: within(used, "core.training", "core.cli"),
    )


def searches_that_compare_pictures_with_each_other(graph):
    # Some hundred hits have thousands of pairs, which are told once, when a catalogue is indexed.
    return offences(
        graph,
        lambda name: within(name, "app", "pages", "core.retrieval", "core.gallery"),
        lambda used: used == "core.imaging.near_duplicates",
    )


def networks_loaded_before_they_are_asked_for(graph):
    return offences(graph, is_light, lambda used: top(used) in HEAVY)


def stage(name: str) -> int:
    """The line of `STAGES` that a module is in, by the longest name that holds it."""
    _, at = max(
        ((folder, at) for at, folders in enumerate(STAGES) for folder in folders if within(name, folder)),
        key=lambda found: len(found[0]),
    )
    return at


def imports_upwards(graph):
    ours = {name: {used for used in graph[name] if within(used, "core", "pages", "app")} for name in graph}
    # `import core` alone is the version number, which everybody may read.
    return [
        (name, used)
        for name in sorted(ours)
        for used in sorted(ours[name])
        if name != "core" and used != "core" and stage(used) > stage(name)
    ]


def folder(name: str) -> str:
    """core.demo and what is below it is one folder; so is each view with its likes."""
    parts = name.split(".")
    if parts[:2] == ["pages", "_shared"]:
        return ".".join(parts[:3])
    return "pages" if parts[0] == "pages" else ".".join(parts[:2])


def cycle(graph: Imports) -> list[str]:
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def folders_that_need_each_other(graph):
    folders: dict[str, set[str]] = {}
    for name, names in graph.items():
        used = {folder(one) for one in names if within(one, "core", "pages", "app") and one != "core"}
        folders.setdefault(folder(name), set()).update(used - {folder(name)})
    return cycle(folders)


def modules_that_need_each_other(graph):
    # A package's own modules are loaded before it; `from core.models import vae` needs no more than vae.
    return cycle({name: {used for used in graph[name] if not within(name, used)} for name in graph})


RULES: dict[Callable, tuple[Imports, Imports, object]] = {
    core_that_knows_the_user_interface: (
        EVERYWHERE,
        {"core.retrieval.search": {"numpy", "streamlit"}},
        [("core.retrieval.search", "streamlit")],
    ),
    serving_that_loads_training_or_evaluation: (
        EVERYWHERE,
        {"core.models": {"core.training.recipes"}, "core.cli.verbs": {"core.training.train"}},
        [("core.models", "core.training.recipes")],
    ),
    index_that_knows_networks_tables_or_pictures: (
        EVERYWHERE,
        {"core.gallery.index": {"sklearn.neighbors.NearestNeighbors", "pandas.DataFrame"}},
        [("core.gallery.index", "pandas.DataFrame")],
    ),
    metrics_that_know_more_than_ids_and_scores: (
        EVERYWHERE,
        {"core.evaluation.metrics": {"math", "numpy", "core.errors", "core.gallery.index", "pandas"}},
        [("core.evaluation.metrics", "core.gallery.index"), ("core.evaluation.metrics", "pandas")],
    ),
    pages_that_load_networks_or_open_pictures: (
        EVERYWHERE,
        {"pages.search": {"PIL.Image", "streamlit"}, "core.imaging.decode": {"PIL.Image"}},
        [("pages.search", "PIL.Image")],
    ),
    pages_that_reach_into_what_makes_weights: (
        EVERYWHERE,
        {"pages.models": {"core.training.recipes"}},
        [("pages.models", "core.training.recipes")],
    ),
    searches_that_compare_pictures_with_each_other: (
        EVERYWHERE,
        {"pages.search": {"core.imaging.near_duplicates"}, "core.indexing": {"core.imaging.near_duplicates"}},
        [("pages.search", "core.imaging.near_duplicates")],
    ),
    networks_loaded_before_they_are_asked_for: (
        WHEN_LOADED,
        {"core.explain.grad_cam": {"keras"}, "core.models.vgg": {"keras"}},
        [("core.explain.grad_cam", "keras")],
    ),
    imports_upwards: (
        EVERYWHERE,
        {
            "core.retrieval.search": {"core", "core.imaging.decode", "core.indexing.build"},
            "core.storage.artifacts": {"core.imaging.decode"},
            "pages._shared.widgets.names": {"pages._shared.session.cache", "pages.search"},
        },
        [
            ("core.retrieval.search", "core.indexing.build"),
            ("pages._shared.widgets.names", "pages.search"),
        ],
    ),
    folders_that_need_each_other: (
        EVERYWHERE,
        {"core.imaging.decode": {"core.storage.atomic"}, "core.storage.artifacts": {"core.imaging.resize"}},
        ["core.imaging", "core.storage", "core.imaging"],
    ),
    modules_that_need_each_other: (
        WHEN_LOADED,
        {"core.maps.tsne": {"core.maps.placement"}, "core.maps.placement": {"core.maps.tsne"}},
        ["core.maps.placement", "core.maps.tsne", "core.maps.placement"],
    ),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"no_{rule.__name__}")
def test_the_tree_keeps_the_rule(rule):
    graph, _, _ = RULES[rule]
    assert not rule(graph)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"no_{rule.__name__}")
def test_an_offence_is_found(rule):
    _, broken, expected = RULES[rule]
    found = rule(broken)
    if "need_each_other" in rule.__name__:
        assert len(found) == len(expected)
        assert set(found) == set(expected)  # a circle may be told from anywhere on it
    else:
        assert found == expected


def test_modules_are_found():
    assert {"core.errors", "core.storage.artifacts", "core.labels"} <= set(CORE)
    assert {"app", "pages.search", "pages._shared.session.cache"} <= set(PAGES)


def test_imports_are_read_wherever_they_stand():
    source = (
        "import numpy as np\n"
        "from . import curves\n"
        "from ..errors import CatalogueError\n"
        "if TYPE_CHECKING:\n    import keras\n"
        "def load():\n    from torch import nn\n"
    )
    loaded = {"numpy", "core.demo.curves", "core.errors.CatalogueError"}
    assert imported_names(source, "core.demo", when_loaded=True) == loaded
    assert imported_names(source, "core.demo") == loaded | {"keras", "torch.nn"}


def test_every_folder_has_a_stage():
    assert {folder(name) for name in FILES if name != "core"} == {name for line in STAGES for name in line}


def overfull(names: Iterable[str]) -> dict[str, int]:
    counted = Counter(
        name.rpartition(".")[0] for name in names if within(name, "core", "pages._shared") and "." in name
    )
    return {package: count for package, count in counted.items() if count > MOST_MODULES}


def test_no_folder_has_more_than_a_dozen_modules():
    packages = {name for name, path in FILES.items() if path.name == "__init__.py"}
    assert not overfull(set(FILES) - packages)
    assert overfull(f"core.maps.m{number}" for number in range(13)) == {"core.maps": 13}


def openers(sources: Mapping[str, str]) -> set[str]:
    return {
        name
        for name, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "Image.open"
    }


def test_only_one_module_opens_pictures():
    sources = {name: path.read_text(encoding="utf-8") for name, path in FILES.items()}
    # The demo's renderer opens only the JPEG that it has just made, to photograph its own drawing.
    assert {name for name in openers(sources) if not within(name, "core.demo")} == {"core.imaging.decode"}
    assert openers({"pages.search": "from PIL import Image\nImage.open('photo.jpg')"}) == {"pages.search"}


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
    loaded = loaded_with([name for name in CORE if is_light(name)])
    assert not loaded & (HEAVY | {"streamlit"})
    assert "numpy" in loaded


def test_pages_open_without_what_only_a_search_needs():
    used = sorted({used for name in PAGES for used in WHEN_LOADED[name] if used in FILES})
    assert {"pages._shared.session.cache", "core.gallery.stored_catalogue"} <= set(used)
    # Of scikit-learn alone, a fresh server's first visitor would wait most of a second, and of SciPy's parts
    # a quarter: `import scipy` loads them when they are used first.
    loaded = loaded_with(used)
    assert not loaded & (HEAVY | {"sklearn"})
    assert not loaded & {"scipy.ndimage", "scipy.spatial", "scipy.linalg", "scipy.sparse", "scipy.stats"}
