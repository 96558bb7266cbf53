"""What the documents name is there: files, commands with their options, targets of make, folders."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from benchmarks.bench_engines import markdown_table
from core.cli.usage import parser
from tests.unit.test_imports import FILES, STAGES, folder

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/scaling.md")
FOLDERS_OF_OURS = ("artifacts", "benchmarks", "core", "docs", "pages", "scripts", "tests", ".ci", ".github")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def paths_named(text: str) -> set[str]:
    """Give the paths of this repository in backticks: below one of its folders, or a script or document."""
    named = re.findall(r"`([^`\s]+)`", without_blocks(text))
    named += re.findall(r"\]\(([^)\s:]+)\)", text)
    return {
        name
        for name in named
        if (name.split("/")[0] in FOLDERS_OF_OURS and "/" in name)
        or ("/" not in name and name.endswith((".py", ".md", ".toml", ".txt")))
    }


def missing(names: Iterable[str]) -> list[str]:
    """Tell which are not there; `*` and words in capitals (NAME) stand for anything."""
    lost = []
    for name in sorted(names):
        pattern = re.sub(r"\b[A-Z]+\b(?!\.md)", "*", name.rstrip("/"))
        places = [pattern] if "/" in name else [pattern, f"artifacts/*/*/{pattern}"]
        if not any(next(ROOT.glob(place), None) for place in places):
            lost.append(name)
    return lost


def commands(text: str) -> list[list[str]]:
    """Give the arguments of every `python -m core` in the text's blocks, variables of the shell put in."""
    found = []
    variables: dict[str, str] = {}
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]*python -m core [^`\n]*)`", without_blocks(text))
    for line in [*"".join(blocks).splitlines(), *inline]:
        if assigned := re.fullmatch(r'([A-Z]+)="(.*)"', line.strip()):
            variables[assigned[1]] = assigned[2]
            continue
        for name, value in variables.items():
            line = line.replace(f"${name}", value)
        words = shlex.split(line, comments=True)
        if words[1:3] == ["-m", "core"]:
            found.append(words[3:])
    return found


def refused(arguments: list[str]) -> str | None:
    """Give the command where it is not understood. A verb alone names it; VERB stands for any."""
    if arguments == ["VERB"]:
        return None
    try:
        parser().parse_args([*arguments, "--help"] if len(arguments) == 1 else arguments)
    except SystemExit as ended:
        if ended.code:
            return f"python -m core {shlex.join(arguments)}"
    return None


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_a_document_names_is_there(name):
    named = paths_named(read(name))
    assert named
    assert missing(named) == []


def test_a_path_that_is_not_there_is_noticed():
    text = (
        "See `core/errors.py`, `core/gone.py`, `artifacts/models/*/card.json`, `lost.md`, `DATA`, `a b/c.py`."
    )
    assert paths_named(text) == {"core/errors.py", "core/gone.py", "artifacts/models/*/card.json", "lost.md"}
    assert missing(paths_named(text)) == ["core/gone.py", "lost.md"]


def documents_named(texts: Mapping[str, str], there: set[str]) -> set[tuple[str, str]]:
    """Give file and document for every `NAME.md` that a text names and that is not there."""
    return {
        (file, name)
        for file, text in texts.items()
        for name in re.findall(r"\b[\w-]+\.md\b", text)
        if name not in there
    }


def test_no_text_names_a_document_that_is_not_there():
    files = [path for path in ROOT.iterdir() if path.is_file()]
    files += [path for top in FOLDERS_OF_OURS for path in (ROOT / top).rglob("*") if path.is_file()]
    texts = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in files
        if path.suffix in (".py", ".md", ".toml", ".yml", ".txt", ".sh") and path != Path(__file__)
    }
    there = {path.name for path in files}
    assert documents_named(texts, there) == set()
    assert documents_named({"a.py": "as gone.md says"}, there) == {("a.py", "gone.md")}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_a_document_gives_is_understood(name, capsys):
    given = commands(read(name))
    assert [refusal for arguments in given if (refusal := refused(arguments))] == [], capsys.readouterr().err
    assert given or name != "README.md"


def test_a_command_that_is_not_understood_is_noticed(capsys):
    text = '```sh\nRUN="python -m core train DATA"\n$RUN --model vgg16   # a remark\n$RUN --modell x\n```\n'
    assert commands(text) == [["train", "DATA", "--model", "vgg16"], ["train", "DATA", "--modell", "x"]]
    assert [bool(refused(arguments)) for arguments in commands(text)] == [False, True]
    assert refused(["find", "photo.jpg"])


def test_the_readme_lists_every_verb():
    verbs = set(re.findall(r"^    ([a-z-]+)\s", parser().format_help(), flags=re.MULTILINE))
    assert {"search", "render-demo"} <= verbs
    assert {verb for verb in verbs if f"`{verb}`" not in read("README.md")} == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_target_of_make_is_there(name):
    targets = set(re.findall(r"^([a-z0-9]+):", read("Makefile"), flags=re.MULTILINE))
    text = read(name)
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL))
    named = re.findall(r"`make ([a-z0-9]+)`", text)
    named += re.findall(r"^make ([a-z0-9]+)", blocks, flags=re.MULTILINE)
    assert set(named) <= targets
    assert named or name == "ARCHITECTURE.md"


def test_the_architecture_names_every_folder():
    text = read("ARCHITECTURE.md")
    folders = {folder(name).replace(".", "/") for name in FILES if FILES[name].name == "__init__.py"}
    assert {name for name in folders - {"core"} if f"`{name}/`" not in text} == set()


def test_the_architecture_has_the_stages_that_are_held():
    block = re.search(r"^```stages\n(.*?)^```", read("ARCHITECTURE.md"), flags=re.MULTILINE | re.DOTALL)
    assert tuple(tuple(line.split()) for line in block[1].splitlines()) == STAGES


def test_the_engines_are_compared_by_the_figures_that_are_kept():
    kept = json.loads(read("benchmarks/engines.json"))["measured"]
    assert markdown_table(kept) in read("docs/scaling.md")
    assert {one["recall_at_10"] for one in kept if one["index"] in ("exact", "FLAT")} == {1.0}
    assert min(one["recall_at_10"] for one in kept) >= 0.99
