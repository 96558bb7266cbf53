"""The command line as its own process: streams, signals, and a kill in the middle of work."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.gallery.catalogue_list import list_catalogues
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image
from core.imaging.encode import encode_jpeg
from core.storage import artifacts
from tests import conftest

ROOT = Path(__file__).parents[2]

WITH_TOYS = """
import os, signal, sys, time, types
# A shell that starts the tests in the background has interrupts ignored, which processes inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path[:0] = [{root!r}, {tests!r}]
import conftest
from core import cli, models
models.load_model = lambda name: conftest.ToyModel(name)
models.load_finder = lambda: types.SimpleNamespace(find=lambda image: ())
{more}
sys.exit(cli.main(sys.argv[1:]))
"""


def script(more=""):
    return WITH_TOYS.format(root=str(ROOT), tests=str(ROOT / "tests"), more=more)


def start(*arguments, more="", **options):
    return subprocess.Popen(
        [sys.executable, "-c", script(more), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.fixture
def shop(tmp_path, toy_catalogue, toy_products):
    data = tmp_path / "shop"
    data.mkdir()
    (data / "images").symlink_to(toy_catalogue / "images")
    toy_products.to_csv(data / "styles.csv", index=False)
    return data


def test_a_kill_in_the_middle_leaves_the_previous_catalogue_as_it_was(shop, toy_catalogue, tmp_path):
    before = {path: path.read_bytes() for path in sorted(toy_catalogue.rglob("*")) if path.is_file()}
    stuck = """
def stuck(self, pictures):
    print("working", flush=True)
    time.sleep(60)
conftest.ToyModel.extract = stuck
"""
    # Its own pictures are the old catalogue's, so they come from a copy.
    (shop / "images").unlink()
    (shop / "images").mkdir()
    for path in (toy_catalogue / "images").iterdir():
        (shop / "images" / path.name).write_bytes(path.read_bytes())
    running = start("index", shop, "--name", "demo", "--extractor", "vgg16", "--force", more=stuck)
    assert running.stdout.readline() == "working\n"
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    assert {p: p.read_bytes() for p in sorted(toy_catalogue.rglob("*")) if p.is_file()} == before
    assert artifacts.verify_folder(toy_catalogue) == []
    assert list_catalogues() == ["demo"]
    again = start("index", shop, "--name", "demo", "--extractor", "vgg16", "--force", "--no-map")
    again.communicate()
    assert again.returncode == 0
    assert [path.name for path in toy_catalogue.parent.iterdir()] == ["demo"]


KILLS = {
    "while it embeds": """
extract = conftest.ToyModel.extract
def killed(self, pictures, done=[]):
    done.append(pictures)
    return extract(self, pictures) if len(done) < 3 else die()
conftest.ToyModel.extract = killed
""",
    "while it writes": """
from core.indexing import build
build.write_products = lambda *given: die()
""",
    "before the new folder is moved in": """
from core.storage import atomic
atomic._move_in = lambda *given: die()
""",
    "between the two renames": """
from core.storage import atomic
rename = os.rename
def killed(source, target):
    rename(source, target)
    if ".old-" in str(target):
        die()
os.rename = killed
""",
    "before the old folder is deleted": """
from core.storage import atomic
atomic._flush_entry = lambda folder: die()
""",
    "while it draws maps": """
from core.indexing import build
build.draw_maps = lambda *given: die()
""",
}


@pytest.mark.parametrize("moment", KILLS)
def test_a_killed_index_loses_nothing_and_goes_on_where_it_was(shop, toy_catalogue, tmp_path, moment):
    common = """
def die():
    os.kill(os.getpid(), signal.SIGKILL)
from core.indexing import build, embed
embed.CHUNK = 4
build.weights_at_hand = lambda name: "v1"
"""
    (shop / "images").unlink()
    shutil.copytree(toy_catalogue / "images", shop / "images")
    arguments = ("index", shop, "--name", "mine", "--extractor", "vgg16", "--force")
    start(*arguments, "--no-map", more=common).communicate()
    mine = toy_catalogue.parent / "mine"
    # Every picture but two is another one by now.
    for path in sorted((shop / "images").iterdir())[2:]:
        path.write_bytes(encode_jpeg(conftest.garment((int(path.stem), 9, 9), 12)))
    running = start(*arguments, more=common + KILLS[moment])
    running.communicate()
    assert running.returncode == -signal.SIGKILL
    assert artifacts.verify_folder(mine) == []  # the old one or the new one, whole
    assert len(open_catalogue("mine").embeddings("vgg16")) == 20
    again = start(*arguments, "--json", more=common)
    report = json.loads(again.communicate()[0])
    expected = {"while it embeds": 10}.get(moment, 0)
    assert report["embedded"] == {"vgg16": expected}
    assert report["maps"] == {"vgg16": "drawn"}
    assert artifacts.verify_folder(mine) == []
    found = open_catalogue("mine")
    pictures = [read_image(found.image_path(product_id)) for product_id in found.products["id"]]
    assert np.allclose(found.embeddings("vgg16"), conftest.ToyModel().extract(pictures), atol=1e-6)
    assert found.map("vgg16", "2d").shape == (20, 2)
    assert sorted(path.name for path in mine.parent.iterdir()) == ["demo", "mine"]


def test_ctrl_c_is_one_line_and_leaves_nothing_half_done(shop, kept):
    stuck = """
def stuck(self, pictures):
    print("working", flush=True)
    time.sleep(60)
conftest.ToyModel.extract = stuck
"""
    running = start("index", shop, "--name", "mine", "--extractor", "vgg16", more=stuck)
    assert running.stdout.readline() == "working\n"
    os.kill(running.pid, signal.SIGINT)
    _, err = running.communicate()
    assert running.returncode == 1
    assert err == "error: stopped; what was kept before is as it was\n"
    assert [path.name for path in (kept / "catalogues").iterdir()] == ["demo"]


def test_standard_output_holds_the_json_document_and_nothing_else(toy_catalogue):
    noise = """
import logging
logging.getLogger("core.somewhere").info("a remark")
logging.getLogger("another").warning("somebody else's")
"""
    running = start("search", toy_catalogue / "images" / "121.jpg", "--json", more=noise)
    out, _ = running.communicate()
    assert running.returncode == 0
    assert json.loads(out)["hits"][0]["product_id"] == "121"


def test_a_reader_that_leaves_is_no_error(toy_catalogue):
    more = "time.sleep(1)"
    running = start("search", toy_catalogue / "images" / "121.jpg", "--json", more=more)
    running.stdout.close()
    err = running.stderr.read()
    running.stderr.close()
    assert running.wait() == 0
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["verify", "nope"], 1, "error: nothing called 'nope' is kept"),
        (["search", "nope.jpg", "--json"], 1, "error: nope.jpg is not there"),
        (["search"], 2, "usage: python -m core search"),
    ],
)
def test_the_real_command_fails_without_a_traceback(toy_catalogue, arguments, status, said):
    ended = subprocess.run(
        [sys.executable, "-m", "core", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == status
    assert ended.stdout == ""
    assert ended.stderr.startswith(said)
    assert "Traceback" not in ended.stderr


def test_names_beyond_ascii_survive_any_terminal(toy_catalogue):
    odd = toy_catalogue / "images" / "é.jpg"
    odd.write_bytes((toy_catalogue / "images" / "121.jpg").read_bytes())
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    out, _ = start("search", odd, "--json", env=environment).communicate()
    assert json.loads(out)["query"] == str(odd)
    human = start("search", odd, env=environment)
    out, _ = human.communicate()
    assert human.returncode == 0
    assert "\\xe9.jpg" in out
