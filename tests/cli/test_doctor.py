"""`doctor` prints what a bug report needs, and says what keeps the dashboard from serving."""

import json
import socket

import pytest

from core import cli
from core.cli import diagnosis
from core.storage import artifacts


@pytest.fixture
def command(capsys, monkeypatch):
    """Give a function that runs `doctor`, all models being well: exit status, standard output and error."""
    monkeypatch.setattr(diagnosis, "_models", lambda problems: {"vgg16": "weights of 2026-01-01"})
    monkeypatch.setattr(diagnosis, "available_bytes", lambda: 8 * 1024**3)

    def run(*arguments):
        capsys.readouterr()
        try:
            status = cli.main(["doctor", *arguments])
        except SystemExit as ended:
            status = ended.code
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def free_port() -> str:
    with socket.socket() as asked:
        asked.bind(("", 0))
        return str(asked.getsockname()[1])


def test_where_all_is_well_everything_is_listed_and_nothing_complained_of(command, toy_catalogue, free_port):
    status, out, err = command("--port", free_port)
    assert (status, err) == (0, "")
    for line in ("streamlit: 1.", "memory: 8,192 MB left", "model vgg16: weights of 2026-01-01"):
        assert line in out
    assert "catalogue demo: 20 products, vgg16" in out
    assert f"port: {free_port} is free" in out
    assert "written: yes" in out


def test_json_is_one_document_with_the_same(command, toy_catalogue, free_port):
    status, out, _ = command("--port", free_port, "--json")
    found = json.loads(out)
    assert status == 0
    assert found["catalogues"] == {"demo": "20 products, vgg16"}
    assert found["memory_left"] == 8192
    assert found["problems"] == []
    assert found["artifacts"]["folder"] == str(artifacts.artifacts_dir())


def test_a_damaged_catalogue_is_named(command, toy_catalogue, free_port):
    (toy_catalogue / "products.csv").unlink()
    status, out, err = command("--port", free_port)
    assert status == 1
    assert "catalogue demo: cannot be used" in out
    assert err.startswith("error: ")
    assert "products.csv" in err


def test_too_little_memory_is_said(command, toy_catalogue, monkeypatch, free_port):
    monkeypatch.setattr(diagnosis, "available_bytes", lambda: 100 * 1024**2)
    status, out, _ = command("--port", free_port)
    assert status == 1
    assert "problem: 100 MB of memory are left, TensorFlow and all models take" in out


def test_memory_that_the_system_does_not_tell_is_no_problem(command, toy_catalogue, monkeypatch, free_port):
    monkeypatch.setattr(diagnosis, "available_bytes", lambda: None)
    assert command("--port", free_port)[0] == 0


def test_a_port_that_is_taken_is_said_and_another_way_given(command, toy_catalogue):
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        status, _, err = command("--port", str(taken.getsockname()[1]))
    assert status == 1
    assert "make run PORT=8600" in err


def test_what_is_not_installed_is_said(command, toy_catalogue, monkeypatch, free_port):
    monkeypatch.setattr(diagnosis, "LIBRARIES", ("numpy", "no-such-package"))
    status, out, _ = command("--port", free_port)
    assert status == 1
    assert "no-such-package: missing" in out


def test_a_folder_that_is_not_there_is_said(command, kept, free_port):
    status, out, err = command("--port", free_port)
    assert status == 1
    assert "read: no" in out
    assert "set ARTIFACTS_DIR" in err


def test_no_port_is_a_matter_of_usage(command, toy_catalogue):
    assert command("--port", "70000")[0] == 2


def test_what_a_killed_command_left_is_named_and_is_no_problem(command, toy_catalogue, free_port):
    left = toy_catalogue.with_name(".shop.new-x1y2")
    left.mkdir()
    (left / "products.csv").write_bytes(bytes(2 * 1024**2))
    status, out, _ = command("--port", free_port)
    assert status == 0
    assert f"left over: {left} holds 2.0 MB left by a command that was killed" in out
    assert len(json.loads(command("--port", free_port, "--json")[1])["leftovers"]) == 1
