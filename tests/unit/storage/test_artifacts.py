import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from core.errors import ArtifactError
from core.storage import artifacts, readers
from core.storage.atomic import current_folder, restore_folder
from core.storage.leftovers import find_leftovers

ROOT = Path(__file__).parents[3]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


def fill(folder: Path, text: str = "one") -> None:
    (folder / "images").mkdir()
    (folder / "images" / "1.jpg").write_bytes(b"picture")
    (folder / "products.csv").write_text(text)


def make(target: Path, text: str = "one", **options) -> Path:
    with artifacts.write_folder(target, **options) as work:
        fill(work, text)
    return target


def hidden(parent: Path) -> list[str]:
    return sorted(path.name for path in parent.iterdir() if path.name.startswith("."))


# Places


def test_default_place_is_beside_the_package_wherever_the_process_runs(monkeypatch, tmp_path):
    monkeypatch.delenv("ARTIFACTS_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert artifacts.artifacts_dir() == ROOT / "artifacts"


def test_environment_puts_everything_elsewhere(kept):
    assert artifacts.model_dir("vgg16") == kept / "models" / "vgg16"
    assert artifacts.catalogue_dir("demo") == kept / "catalogues" / "demo"
    assert artifacts.reports_dir() == kept / "reports"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../a", "a\\b", ".hidden", "-x", "a" * 65, "é", "a\n", "a b"]
)
def test_names_that_could_leave_the_folder_are_refused(kept, name):
    with pytest.raises(ArtifactError, match="cannot be a name"):
        artifacts.catalogue_dir(name)


@pytest.mark.parametrize("name", ["demo", "a" * 64, "Shop_2.1-b", "7"])
def test_ordinary_names_pass(kept, name):
    assert artifacts.catalogue_dir(name).name == name


# Writing


def test_manifest_describes_every_file_and_keeps_the_callers_fields(kept):
    fields = {"labels": ["Tshirts"]}
    with artifacts.write_folder(artifacts.catalogue_dir("demo"), manifest=fields) as work:
        fill(work)
        fields["seed"] = np.int64(7)
    manifest = artifacts.check_folder(artifacts.catalogue_dir("demo"), deep=True)
    assert set(manifest["files"]) == {"products.csv", "images/1.jpg"}
    assert manifest["files"]["products.csv"] == {
        "size": 3,
        "sha256": "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
    }
    assert (manifest["schema"], manifest["kind"], manifest["seed"]) == (
        artifacts.SCHEMA_VERSION,
        "catalogue",
        7,
    )
    assert manifest["labels"] == ["Tshirts"]
    assert manifest["libraries"]["numpy"] == np.__version__
    assert time.strptime(manifest["created"], "%Y-%m-%dT%H:%M:%SZ")


def test_the_callers_fields_cannot_hide_what_the_manifest_must_say(kept):
    folder = make(artifacts.model_dir("vae"), manifest={"files": {}, "schema": 0})
    assert set(artifacts.read_manifest(folder)["files"]) == {"products.csv", "images/1.jpg"}


def test_a_taken_place_needs_force_and_says_so(kept):
    folder = make(artifacts.model_dir("vae"))
    with pytest.raises(ArtifactError, match="--force"):
        make(folder, "two")
    assert (folder / "products.csv").read_text() == "one"
    make(folder, "two", force=True)
    assert (folder / "products.csv").read_text() == "two"
    assert hidden(folder.parent) == []


def test_a_failure_inside_leaves_the_old_folder_and_no_rest(kept):
    folder = make(artifacts.model_dir("vae"))
    with pytest.raises(ValueError, match="broken half-way"):
        make_and_fail(folder)
    assert (folder / "products.csv").read_text() == "one"
    assert hidden(folder.parent) == []


def make_and_fail(folder: Path) -> None:
    with artifacts.write_folder(folder, force=True) as work:
        fill(work, "two")
        raise ValueError("broken half-way")


def test_an_error_of_the_callers_own_reading_is_not_blamed_on_the_place(kept, tmp_path):
    folder = artifacts.catalogue_dir("demo")
    with pytest.raises(FileNotFoundError) as error, artifacts.write_folder(folder) as work:
        shutil.copyfile(tmp_path / "no-such-source.jpg", work / "a.jpg")
    assert error.value.filename == str(tmp_path / "no-such-source.jpg")
    with pytest.raises(BrokenPipeError), artifacts.write_folder(folder):
        raise BrokenPipeError
    assert not folder.exists()
    assert hidden(folder.parent) == []


def test_a_step_of_the_writers_own_that_fails_names_the_place(kept, monkeypatch):
    folder = make(artifacts.catalogue_dir("demo"))

    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifacts, "sha256", full)
    with pytest.raises(ArtifactError, match=r"catalogues/demo could not be written: .*No space left"):
        make(folder, "two", force=True)
    assert (folder / "products.csv").read_text() == "one"
    assert hidden(folder.parent) == []


def test_no_link_is_kept(kept, tmp_path):
    (tmp_path / "secret").write_text("secret")
    with (
        pytest.raises(ArtifactError, match="link"),
        artifacts.write_folder(artifacts.model_dir("vae")) as work,
    ):
        (work / "weights").symlink_to(tmp_path / "secret")
    assert not artifacts.model_dir("vae").exists()


def test_an_unwritable_place_is_named(kept):
    kept.write_text("a file where the folder should be")
    with pytest.raises(ArtifactError, match="could not be written"):
        make(artifacts.model_dir("vae"))


KILLED = """
import os, sys
from pathlib import Path
from core.storage import artifacts, atomic
target, moment = Path(sys.argv[1]), sys.argv[2]

def wait():
    print("now", flush=True)
    sys.stdin.read()

rename, removed = os.rename, []
def slow_rename(source, goal):
    rename(source, goal)
    removed.append(goal)
    if moment == "between renames" and len(removed) == 1 or moment == "after renames" and len(removed) == 2:
        wait()
os.rename = slow_rename
with artifacts.write_folder(target, force=True) as work:
    (work / "products.csv").write_text("two")
    if moment == "while filling":
        wait()
"""


def kill_writer(target: Path, moment: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(target), moment],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "now\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
@pytest.mark.parametrize(
    ("moment", "left"), [("while filling", "one"), ("between renames", "one"), ("after renames", "two")]
)
def test_a_kill_leaves_the_old_or_the_new_folder_whole(kept, moment, left):
    folder = make(artifacts.catalogue_dir("demo"))
    kill_writer(folder, moment)
    assert hidden(folder.parent), "the kill came too late to test anything"
    assert list(artifacts.iter_folders()) == [folder]
    assert artifacts.verify_folder(folder) == []
    assert (current_folder(folder) / "products.csv").read_text() == left
    make(folder, "three", force=True)
    assert (folder / "products.csv").read_text() == "three"
    assert hidden(folder.parent) == []


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_readers_find_what_a_killed_writer_set_aside_and_leave_it_there(kept):
    folder = make(artifacts.catalogue_dir("demo"))
    kill_writer(folder, "between renames")
    assert not folder.exists()
    before = hidden(folder.parent)
    assert list(artifacts.iter_folders()) == [folder]
    assert artifacts.read_manifest(folder)["kind"] == "catalogue"
    assert artifacts.verify_folder(folder) == []
    artifacts.check_folder(folder, deep=True)
    (current_folder(folder) / "products.csv").write_text("owe")
    with pytest.raises(ArtifactError, match=r"^catalogue 'demo' is damaged: .*index DATA --name demo"):
        artifacts.check_folder(folder, deep=True)
    assert hidden(folder.parent) == before
    assert not folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_reports_set_aside_are_read_and_the_next_report_joins_them(kept):
    artifacts.write_report("first", {"map": 0.5})
    kill_writer(artifacts.reports_dir(), "between renames")
    assert list(artifacts.iter_folders()) == [artifacts.reports_dir()]
    assert not artifacts.reports_dir().exists()
    artifacts.write_report("second", {})
    assert artifacts.verify_folder(artifacts.reports_dir()) == []
    assert readers.read_json(artifacts.reports_dir() / "first.json") == {"map": 0.5}


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_fingerprint_changes_when_a_folder_is_put_back(kept):
    folder = make(artifacts.catalogue_dir("demo"))
    whole = artifacts.fingerprint(folder)
    kill_writer(folder, "between renames")
    aside = artifacts.fingerprint(folder)
    assert "" not in (whole, aside)
    assert aside != whole
    restore_folder(folder)
    assert artifacts.fingerprint(folder) == whole


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
@pytest.mark.parametrize("moment", ["while filling", "after renames"])
def test_the_next_writer_of_anything_beside_it_removes_what_a_kill_left(kept, moment):
    folder = make(artifacts.catalogue_dir("demo"))
    kill_writer(folder, moment)
    (left,) = find_leftovers()
    assert (left.path.parent, left.name, left.is_resumed) == (folder.parent, "demo", False)
    assert left.n_bytes >= 3
    assert str(left.path) in left.sentence()
    make(artifacts.catalogue_dir("another"))
    assert hidden(folder.parent) == []
    assert find_leftovers() == []
    assert artifacts.verify_folder(folder) == []


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_what_can_still_be_put_back_is_no_leftover(kept):
    folder = make(artifacts.catalogue_dir("demo"))
    kill_writer(folder, "between renames")
    make(artifacts.catalogue_dir("another"))
    assert artifacts.verify_folder(folder) == []
    assert [path.name[:9] for path in map(Path, hidden(folder.parent))] == [".demo.old"]
    assert find_leftovers() == []


def test_a_work_folder_taken_for_a_leftover_before_it_is_held_is_made_again(kept, monkeypatch):
    made = []

    def made_and_swept(**options):
        made.append(mkdtemp(**options))
        if len(made) == 1:
            os.rmdir(made[0])
        return made[-1]

    mkdtemp = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", made_and_swept)
    assert artifacts.verify_folder(make(artifacts.catalogue_dir("demo"))) == []
    assert len(made) == 2


@pytest.mark.skipif(os.name == "nt", reason="no advisory locks")
def test_a_living_writer_is_not_swept_by_a_writer_of_something_else(kept):
    with artifacts.write_folder(artifacts.catalogue_dir("other"), force=True) as other:
        make(artifacts.catalogue_dir("demo"))
        assert find_leftovers() == []
        fill(other, "other")
    assert artifacts.verify_folder(artifacts.catalogue_dir("other")) == []


@pytest.mark.skipif(os.name == "nt", reason="no advisory locks")
def test_a_living_writer_is_not_swept_by_another(kept):
    folder = artifacts.catalogue_dir("demo")
    with artifacts.write_folder(folder, force=True) as slow:
        fill(slow, "slow")
        make(folder, "quick")
        assert (folder / "products.csv").read_text() == "quick"
    assert (folder / "products.csv").read_text() == "slow"


# Verifying


@pytest.mark.parametrize(
    ("damage", "message", "quick"),
    [
        (lambda f: (f / "products.csv").write_text("owe"), "products.csv: changed", False),
        (
            lambda f: (f / "products.csv").write_text("longer"),
            "products.csv: 6 bytes, the manifest says 3",
            True,
        ),
        (lambda f: (f / "images" / "1.jpg").unlink(), "images/1.jpg: missing", True),
        (lambda f: (f / "extra.bin").write_bytes(b"x"), "extra.bin: unexpected", False),
        (
            lambda f: (f / "products.csv").write_text(
                f"version https://git-lfs.github.com/spec/v1\n{'x' * 91}"
            ),
            "git lfs pull",
            True,
        ),
    ],
)
def test_every_damage_is_named(kept, damage, message, quick):
    folder = make(artifacts.catalogue_dir("demo"))
    damage(folder)
    problems = artifacts.verify_folder(folder)
    assert len(problems) == 1
    assert message in problems[0]
    assert bool(artifacts.verify_folder(folder, deep=False)) is quick
    with pytest.raises(
        ArtifactError, match=f"catalogue 'demo' is damaged: .*{message}.*index DATA --name demo"
    ):
        artifacts.check_folder(folder, deep=True)


def test_clutter_of_desktops_is_no_damage(kept):
    folder = make(artifacts.catalogue_dir("demo"))
    (folder / "images" / ".DS_Store").write_bytes(b"x")
    assert artifacts.verify_folder(folder) == []


def rewrite(folder: Path, **fields) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | fields))


def test_a_newer_schema_is_refused_by_name(kept):
    folder = make(artifacts.model_dir("vgg16"))
    rewrite(folder, schema=artifacts.SCHEMA_VERSION + 1)
    with pytest.raises(ArtifactError, match=r"model 'vgg16' has schema 2, newer .* update the code"):
        artifacts.check_folder(folder)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\\b"])
def test_a_manifest_cannot_point_outside_its_folder(kept, name):
    folder = make(artifacts.model_dir("vgg16"))
    rewrite(folder, files={name: {"size": 1, "sha256": ""}})
    assert "not one that this program writes" in artifacts.verify_folder(folder, deep=False)[0]


def test_a_folder_without_a_manifest_is_torn(kept):
    (kept / "models" / "vgg16").mkdir(parents=True)
    assert "is torn" in artifacts.verify_folder(artifacts.model_dir("vgg16"))[0]
    (kept / "models" / "vgg16" / "manifest.json").write_text("[1]")
    assert (
        "models/vgg16/manifest.json: expected an object, got a list"
        in artifacts.verify_folder(artifacts.model_dir("vgg16"))[0]
    )
    (kept / "models" / "vgg16" / "manifest.json").write_text('{"schema": 1, "fil')
    assert "not readable as JSON" in artifacts.verify_folder(artifacts.model_dir("vgg16"))[0]


def test_a_missing_folder_names_what_is_there_and_how_to_make_it(kept):
    make(artifacts.catalogue_dir("demo"))
    with pytest.raises(
        ArtifactError, match=r"no catalogue 'shop' \(there: demo\); .*index DATA --name shop`$"
    ):
        artifacts.read_manifest(artifacts.catalogue_dir("shop"))


def test_everything_kept_is_walked_in_order(kept):
    assert list(artifacts.iter_folders()) == []
    for folder in (artifacts.catalogue_dir("b"), artifacts.model_dir("vgg16"), artifacts.catalogue_dir("a")):
        make(folder)
    artifacts.write_report("figures", {})
    walked = [folder.relative_to(kept).as_posix() for folder in artifacts.iter_folders()]
    assert walked == ["models/vgg16", "catalogues/a", "catalogues/b", "reports"]


# Reports


def test_a_report_joins_the_others_and_replaces_its_own(kept):
    artifacts.write_report("first", {"map": 0.5})
    artifacts.write_report("second", {"map": 0.25})
    path = artifacts.write_report("first", {"map": 0.75})
    assert readers.read_json(path) == {"map": 0.75}
    assert readers.read_json(kept / "reports" / "second.json") == {"map": 0.25}
    assert artifacts.verify_folder(artifacts.reports_dir()) == []


def test_a_new_report_does_not_make_a_changed_one_look_right(kept):
    path = artifacts.write_report("first", {"map": 0.5})
    path.write_text(path.read_text().replace("0.5", "0.9"))
    with pytest.raises(ArtifactError, match=r"first.json: changed"):
        artifacts.write_report("second", {})


# Files


def test_json_takes_numpy_and_refuses_nan(tmp_path):
    artifacts.write_json(tmp_path / "a.json", {"a": np.float32(0.5), "b": np.arange(2), "c": Path("x")})
    assert readers.read_json(tmp_path / "a.json") == {"a": 0.5, "b": [0, 1], "c": "x"}
    with pytest.raises(ArtifactError, match=r"a.json cannot be written as JSON"):
        artifacts.write_json(tmp_path / "a.json", {"a": float("nan")})
    assert readers.read_json(tmp_path / "a.json")["a"] == 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_missing_json_is_named(tmp_path):
    with pytest.raises(ArtifactError, match=r"a.json: No such file"):
        readers.read_json(tmp_path / "a.json")


def test_array_comes_back_with_its_shape_checked(tmp_path):
    rows = np.arange(6, dtype=np.float16).reshape(3, 2)
    np.save(tmp_path / "e.npy", rows)
    loaded = readers.load_array(tmp_path / "e.npy", rows=3, columns=2)
    assert loaded.dtype == np.float16
    np.testing.assert_array_equal(loaded, rows)
    assert isinstance(loaded, np.memmap)
    with pytest.raises(ArtifactError, match=r"shape \(3, 2\), expected \(4, 2\)"):
        readers.load_array(tmp_path / "e.npy", rows=4)
    with pytest.raises(ArtifactError, match=r"shape \(3, 2\), expected \(3, 5\)"):
        readers.load_array(tmp_path / "e.npy", columns=5)


def test_arrays_that_run_code_or_are_no_arrays_are_refused(tmp_path):
    path = tmp_path / "e.npy"
    with pytest.raises(ArtifactError, match="missing"):
        readers.load_array(path)
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ArtifactError, match="no array of numbers"):
        readers.load_array(path)
    path.write_bytes(b"")
    with pytest.raises(ArtifactError, match="no array of numbers"):
        readers.load_array(path)
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ArtifactError, match="git lfs pull"):
        readers.load_array(path)
    np.save(path, np.arange(3))
    with pytest.raises(ArtifactError, match="rows of numbers"):
        readers.load_array(path)
