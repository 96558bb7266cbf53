"""Whatever is wrong with a manifest is said by its field; nothing of it is met as another error."""

import json
from pathlib import Path

import msgspec
import pytest

from core.errors import ArtifactError
from core.storage import artifacts
from core.storage.schema import Figure, check_schema

ROOT = Path(__file__).parents[3]
OTHERS = (None, True, 7, 7.5, "text", [], ["text"], {}, {"a": 1})
WHERE = Path("artifacts/models/vgg16/card.json")


class Inner(msgspec.Struct):
    figures: dict[str, dict[str, Figure]]
    pair: tuple[int, int] | None = None


class Outer(msgspec.Struct):
    inner: list[Inner]
    more: dict[str, Figure] = msgspec.field(default_factory=dict)


def manifest_of(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture
def folder(kept):
    with artifacts.write_folder(artifacts.model_dir("vgg16")) as work:
        (work / "model.weights.h5").write_bytes(b"weights")
        (work / "card.json").write_text("{}")
    return artifacts.model_dir("vgg16")


SHIPPED = sorted(path for path in (ROOT / "artifacts").glob("**/manifest.json"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_shipped_manifests_fit(path):
    assert artifacts.read_manifest(path.parent) == manifest_of(path.parent)


@pytest.mark.parametrize("field", ["schema", "kind", "created", "files", "embeddings", "source", "drawn"])
@pytest.mark.parametrize("value", OTHERS, ids=repr)
def test_a_manifest_with_a_field_of_any_other_type_is_read_or_refused_by_its_name(folder, field, value):
    changed = manifest_of(folder) | {field: value}
    (folder / "manifest.json").write_text(json.dumps(changed))
    fits = {
        "schema": False,  # 7 is newer
        "kind": isinstance(value, str),
        "created": isinstance(value, str),
        "files": value == {},
        "embeddings": value == {},
        "source": isinstance(value, str),
        "drawn": isinstance(value, dict),
    }
    if fits[field]:
        assert artifacts.read_manifest(folder) == changed
        return
    with pytest.raises(ArtifactError, match=f"vgg16.* {field}.*core train DATA --model vgg16 --force"):
        artifacts.read_manifest(folder)


@pytest.mark.parametrize("entry", [None, 1, "x", [], {}, {"size": 1}, {"size": -1, "sha256": ""}])
def test_the_file_whose_entry_is_damaged_is_named(folder, entry):
    manifest = manifest_of(folder)
    manifest["files"]["model.weights.h5"] = entry
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (problem,) = artifacts.verify_folder(folder)
    assert "models/vgg16/manifest.json" in problem
    assert "files.model.weights.h5" in problem


@pytest.mark.parametrize("field", ["schema", "kind", "created", "files"])
def test_a_manifest_without_a_field_says_which(folder, field):
    manifest = manifest_of(folder)
    del manifest[field]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match=f"manifest.json lacks the field {field}, .*core train"):
        artifacts.read_manifest(folder)


@pytest.mark.parametrize("text", ["NaN", '{"schema": Infinity}', "[" * 100_000, "{", "\0", ""])
def test_what_is_no_json_is_said(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(
        ArtifactError, match=r"models/vgg16/manifest.json is not readable as JSON .*core train"
    ):
        artifacts.read_manifest(folder)


def test_messages_name_no_folder_of_this_machine(folder):
    (folder / "manifest.json").write_text("{")
    with pytest.raises(ArtifactError) as error:
        artifacts.read_manifest(folder)
    assert str(folder.parent) not in str(error.value)


def refusal(document) -> str:
    with pytest.raises(ArtifactError) as error:
        check_schema(document, Outer, path=WHERE)
    return str(error.value).partition(";")[0]


def test_the_key_of_a_mapping_is_found_though_other_places_are_damaged_too():
    document = {
        "inner": [
            {"figures": {"a": {"x": 1.0}}},
            {"figures": {"a": {"x": 1}, "b": {"x": 0.5, "y": "high"}, "c": {"z": "high"}}},
        ],
        "more": {"last": None},
    }
    assert refusal(document) == (
        "models/vgg16/card.json, field inner.1.figures.b.y: expected a number, got text"
    )
    document["inner"][1]["figures"] = {"b": {"y": 1e300}}
    assert refusal(document).startswith(
        "models/vgg16/card.json, field inner.1.figures.b.y: expected a number"
    )
    document["inner"] = []
    assert refusal(document) == "models/vgg16/card.json, field more.last: expected a number, got null"
    assert refusal([]) == "models/vgg16/card.json: expected an object, got a list"
    assert refusal({"inner": [{"figures": {}, "pair": [1]}]}).endswith(
        "field inner.0.pair: expected a list of length 2, got 1"
    )


def test_fields_that_newer_code_added_pass():
    assert check_schema({"inner": [], "tomorrow": 1}, Outer, path=WHERE) == Outer([])
