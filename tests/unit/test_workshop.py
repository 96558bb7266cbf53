"""The workshop keeps its promises: it explains itself, and refuses a Python that cannot work."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit import config

ROOT = Path(__file__).parents[2]
needs_shell = pytest.mark.skipif(os.name == "nt" or not shutil.which("sh"), reason="no POSIX shell")


def pretend_python(folder: Path, name: str, version: str) -> Path:
    """Write a program that answers like a Python of this version, and makes an empty environment."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(
        "#!/bin/sh\n"
        f"case \"$2\" in *version_info*) echo '{version}' ;; esac\n"
        'if [ "$1 $2" = "-m venv" ]; then mkdir "$3"; fi\n'
    )
    path.chmod(0o755)
    return path


def make_venv(folder: Path, **environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "make-venv.sh", folder],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@needs_shell
@pytest.mark.parametrize(
    ("version", "verdict"),
    [("3 10 13", "too old"), ("2 7 18", "too old"), ("3 14 0", "too new"), ("4 0 0", "too new")],
)
def test_a_python_that_cannot_work_is_refused_with_its_version(tmp_path, version, verdict):
    python = pretend_python(tmp_path / "bin", "python3", version)
    ended = make_venv(tmp_path / "venv", PATH=str(python.parent))
    assert ended.returncode == 1
    assert f"python3 is {version.replace(' ', '.')}, {verdict}" in ended.stderr
    assert "Python 3.11 to 3.13 is needed" in ended.stderr
    assert not (tmp_path / "venv").exists()


@needs_shell
def test_the_first_python_that_works_is_taken(tmp_path):
    pretend_python(tmp_path / "bin", "python3", "3 14 0")
    pretend_python(tmp_path / "bin", "python3.12", "3 12 1")
    ended = make_venv(tmp_path / "venv", PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert ended.returncode == 0, ended.stderr
    assert "python3.12, Python 3.12.1" in ended.stdout
    assert (tmp_path / "venv").is_dir()


@needs_shell
def test_a_named_python_is_the_only_one_tried(tmp_path):
    pretend_python(tmp_path / "bin", "python3", "3 12 1")
    old = pretend_python(tmp_path / "else where", "python", "3 9 2")
    ended = make_venv(tmp_path / "venv", PATH=str(tmp_path / "bin"), PYTHON=str(old))
    assert ended.returncode == 1
    assert f"{old} is 3.9.2, too old" in ended.stderr


@needs_shell
def test_no_python_at_all_is_said(tmp_path):
    ended = make_venv(tmp_path / "venv", PATH=str(tmp_path))
    assert ended.returncode == 1
    assert "Found no Python" in ended.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
def test_bare_make_lists_every_target():
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "e2e", "check", "format", "fuzz", "lock", "audit", "clean"):
        assert re.search(rf"^make {target} +\w", listed, re.MULTILINE), target


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run_ci(folder: Path) -> subprocess.CompletedProcess:
    """Run `.ci/run` where there are only the programs in `bin/`, and those that the script itself needs."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    for name in ("bash", "dirname", "id"):
        (folder / "bin" / name).symlink_to(shutil.which(name))
    return subprocess.run(
        ["bash", folder / ".ci" / "run"],
        env={"PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


needs_bash = pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="no bash")


@needs_bash
@pytest.mark.parametrize(
    ("check", "test", "e2e", "verdict"),
    [(0, 0, 0, 0), (1, 0, 0, 1), (0, 1, 0, 1), (0, 0, 1, 0), (2, 2, 2, 1)],
    ids=str,
)
def test_a_change_passes_only_where_checks_and_tests_do(tmp_path, check, test, e2e, verdict):
    cases = f"check) exit {check} ;; test) exit {test} ;; e2e) exit {e2e} ;; *) exit 9 ;;"
    program(tmp_path / "bin", "make", f'echo "ran $1"\ncase "$1" in {cases} esac')
    program(tmp_path / "bin", "chromium", "exit 0")
    ended = run_ci(tmp_path)
    assert ended.stdout.splitlines()[:3] == ["ran check", "ran test", "ran e2e"]
    assert ("Tests in a browser failed" in ended.stdout) == bool(e2e)
    assert ended.returncode == verdict


@needs_bash
@pytest.mark.parametrize("installs", [True, False])
def test_a_browser_is_installed_where_it_can_be_and_its_lack_is_said(tmp_path, installs):
    program(tmp_path / "bin", "make", 'echo "ran $1"')
    program(tmp_path / "bin", "sudo", 'shift\n"$@"')
    program(tmp_path / "bin", "apt-get", f'echo "$@" >> "{tmp_path}/asked"\nexit {int(not installs)}')
    ended = run_ci(tmp_path)
    assert ended.returncode == 0
    assert ("tests in a browser are skipped" in ended.stdout) == (not installs)
    assert ended.stdout.splitlines()[-1] == "ran e2e"
    asked = (tmp_path / "asked").read_text()
    assert "update" in asked
    assert ("install -y --no-install-recommends chromium" in asked) == installs


def test_checking_lints_formats_types_and_runs_examples():
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    for step in ("ruff check", "ruff format --check", "mypy", "pytest --doctest-modules core pages"):
        assert step in recipe


def test_every_function_has_to_be_typed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert {"core", "pages"} <= set(settings["files"])
    for setting in ("disallow_untyped_defs", "check_untyped_defs", "warn_unused_ignores"):
        assert settings[setting] is True
    assert not settings.get("ignore_missing_imports")
    assert not any("disallow_untyped_defs" in one for one in settings["overrides"])


def test_every_setting_exists_and_keeps_to_the_house_rules():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    known = config.get_config_options()

    def flat(table, prefix=""):
        for name, value in table.items():
            if isinstance(value, dict):
                yield from flat(value, f"{prefix}{name}.")
            else:
                yield prefix + name, value

    flattened = dict(flat(settings))
    assert [name for name in flattened if name not in known] == []
    assert flattened["browser.gatherUsageStats"] is False
    assert flattened["server.headless"] is True
    assert flattened["server.enableXsrfProtection"] is True


def test_python_versions_agree_everywhere():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    script = (ROOT / "scripts" / "make-venv.sh").read_text()
    oldest, newest = (
        int(re.search(rf"^{word}=(\d+)", script, re.MULTILINE)[1]) for word in ("oldest", "newest")
    )
    assert declared == f">=3.{oldest},<3.{newest + 1}"
    workflow = (ROOT / ".github" / "workflows" / "check.yml").read_text()
    versions = re.findall(r'"(\d+\.\d+)"', re.search(r"python: \[(.*)\]", workflow)[1])
    assert versions == [f"3.{minor}" for minor in range(oldest, newest + 1)]
    checker = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["target-version"]
    assert checker == f"py3{oldest}"


# The container ---------------------------------------------------------------------------------------


def instructions(text: str) -> list[tuple[str, str]]:
    """Give the instructions of a Containerfile: keyword and arguments, long lines joined."""
    joined = text.replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(keyword, rest.strip()) for keyword, _, rest in (line.partition(" ") for line in lines)]


CONTAINER = instructions((ROOT / "Containerfile").read_text())


def arguments(keyword: str) -> list[str]:
    return [rest for name, rest in CONTAINER if name == keyword]


def test_the_container_serves_as_nobody_and_tells_whether_it_is_well():
    assert arguments("USER") == ["65534:65534"]
    assert [name for name, _ in CONTAINER].index("USER") < [name for name, _ in CONTAINER].index("CMD")
    assert "/_stcore/health" in arguments("HEALTHCHECK")[0]
    assert "app.py" in arguments("CMD")[-1]


def test_the_container_has_what_serves_and_nothing_else():
    copied = {word for rest in arguments("COPY") for word in rest.split()[:-1] if not word.startswith("--")}
    assert copied == {"requirements.txt", ".streamlit/config.toml", "core", "pages", "app.py", "artifacts"}
    assert {name for name in copied if not (ROOT / name).exists()} == set()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied


def test_the_lock_holds_what_serving_needs_each_with_its_hashes():
    """The lock is written by `make lock`; a pin that was changed without it is caught here."""
    pins = set(
        re.findall(r"^([A-Za-z0-9_.-]+==[^ ;\n]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    )
    lock = (ROOT / "requirements.lock").read_text()
    locked = re.split(r"\n(?=\S)", lock.strip())
    names = {entry.split()[0].lower() for entry in locked}
    assert {pin.lower() for pin in pins} <= names
    assert len(names) > len(pins)
    assert all("--hash=sha256:" in entry for entry in locked)
    assert "://" not in lock


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ({"dependencies": [{"name": "a", "version": "1", "vulns": []}]}, 0, "None of 1 packages"),
        ({"dependencies": [{"name": "a", "skip_reason": "not found"}]}, 2, "Not audited: 1 of 1"),
        (
            {
                "dependencies": [
                    {"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}
                ]
            },
            1,
            "a 1: X-1, mended in 2",
        ),
        (None, 2, "Not audited: the service of known weaknesses could not be asked (no route)."),
    ],
)
def test_an_audit_that_could_not_ask_does_not_pass(tmp_path, answer, status, said):
    package = tmp_path / "pip_audit"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        f"import sys\nsys.stdout.write({json.dumps(answer)!r} if {answer is not None} else '')\n"
        "sys.stderr.write('no route')\n"
    )
    ended = subprocess.run(
        [sys.executable, ROOT / "scripts" / "audit.py", "requirements.lock"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (status, "")
    assert said in ended.stdout
