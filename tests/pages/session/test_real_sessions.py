"""A server with real sessions: what it holds of its visitors, and what one of them can do to the others.

The catalogue is searched by colour, which needs no network, so the server starts in seconds.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from benchmarks.visitor import XSRF_COOKIE, Visitor
from core.catalogue.kaggle import COLUMNS
from core.descriptors import load_descriptor
from core.imaging.encode import encode_jpeg, encode_lossless
from core.storage import artifacts
from tests.conftest import COLOURS, garment

ROOT = Path(__file__).parents[3]

# Serves the dashboard, and writes what it holds into a file again and again.
SERVE = """
import gc, json, os, sys, threading, time
from pathlib import Path

sys.path.insert(0, os.getcwd())
from pages._shared.session import cache_decorator, server, stores

server.LOOK_EVERY = 0.1
opened = []
from pages._shared.session import cache
real = cache.open_catalogue
cache.open_catalogue = lambda name, *more: opened.append(name) or real(name, *more)

def watch(place):
    while True:
        from streamlit import runtime
        uploads = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
        held = {
            "visits": stores.VISITS.n_visits,
            "photos": stores.VISITS.n_photos,
            "photo bytes": sum(map(len, stores.VISITS._photos.values())),
            "upload bytes": uploads._total_bytes if uploads else 0,
            "catalogues opened": len(opened),
        }
        place.with_suffix(".new").write_text(json.dumps(held))
        place.with_suffix(".new").replace(place)
        time.sleep(0.05)

threading.Thread(target=watch, args=(Path(sys.argv[1]),), daemon=True).start()
from streamlit.web import cli
options = ["--server.port", sys.argv[2], "--server.disconnectedSessionTTL", "1"]
sys.argv = ["streamlit", "run", "app.py", *options]
cli.main()
"""


class Server:
    """A dashboard that serves, and what it holds."""

    def __init__(self, address: str, held: Path, log: Path) -> None:
        self.address, self._held, self._log = address, held, log
        self.visitors: list[Visitor] = []

    def visit(self) -> Visitor:
        """Open the dashboard."""
        visitor = Visitor(self.address)
        self.visitors.append(visitor)
        visitor.run()
        assert visitor.ran, visitor.texts()
        return visitor

    def held(self) -> dict[str, int]:
        return json.loads(self._held.read_text())

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def until(self, holds: Callable[[dict[str, int]], bool]) -> None:
        deadline = time.monotonic() + 120
        while not holds(self.held()):
            assert time.monotonic() < deadline, f"it never came to that: {self.held()}\n{self.log()}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Server]:
    """Serve a catalogue that has vectors of the colour descriptor alone."""
    place = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ARTIFACTS_DIR", str(place / "artifacts"))
        environment.setenv("PYTHONDONTWRITEBYTECODE", "1")
        _write_catalogue()
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
        script, held, log = place / "serve.py", place / "held.json", place / "log"
        script.write_text(SERVE)
        command = [sys.executable, str(script), str(held), str(port)]
        with log.open("wb") as file:
            process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"http://localhost:{port}/_stcore/health", process, log)
        yield Server(f"localhost:{port}", held, log)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def server(served) -> Iterator[Server]:
    """Give the server without a visitor, and have all leave at the end."""
    yield served
    while served.visitors:
        served.visitors.pop().leave()
    served.until(lambda held: (held["visits"], held["upload bytes"]) == (0, 0))


def _write_catalogue() -> None:
    pictures = {
        f"{number}{place}": garment(colour, 10 + 3 * number)
        for number in range(5)
        for place, colour in enumerate(COLOURS.values())
    }
    products = pd.DataFrame({column: [""] * len(pictures) for column in COLUMNS})
    products["id"], products["articleType"] = list(pictures), "Shirts"
    with artifacts.write_folder(artifacts.catalogue_dir("demo"), manifest={"source": "toy garments"}) as work:
        for name in ("images", "embeddings"):
            (work / name).mkdir()
        products.to_csv(work / "products.csv", index=False)
        for product_id, picture in pictures.items():
            (work / "images" / f"{product_id}.jpg").write_bytes(encode_jpeg(picture))
        np.save(
            work / "embeddings" / "colour.npy", load_descriptor("colour").extract(list(pictures.values()))
        )


def _wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)


def noise(seed: int, side: int = 1000) -> bytes:
    """Give a picture of a million pixels, which takes three megabytes as a file."""
    picture = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    return encode_lossless(picture)


def hits(visitor: Visitor) -> list[str]:
    return [text for text in visitor.texts() if " · score " in text]


def test_photos_are_kept_small_and_are_gone_when_their_visits_are(server):
    visitors = [server.visit() for _ in range(3)]
    for number, visitor in enumerate(visitors):
        visitor.upload(f"{number}.webp", noise(number))
        assert len(hits(visitor)) == 12
    server.until(lambda held: (held["visits"], held["photos"]) == (3, 3))
    assert server.held()["photo bytes"] <= 3 * 720 * 720 * 3
    server.until(lambda held: held["upload bytes"] == 0)
    visitors[0].leave()
    server.until(lambda held: (held["visits"], held["photos"]) == (2, 2))
    assert len(hits(visitors[1])) == 12
    visitors[1].run()
    assert len(hits(visitors[1])) == 12
    for visitor in visitors[1:]:
        visitor.leave()
    server.until(lambda held: (held["visits"], held["photos"], held["photo bytes"]) == (0, 0, 0))


def test_files_that_no_page_asked_for_are_limited_and_go_with_the_visit(server):
    visitor = server.visit()
    data = b"x" * (19 * 1024**2)
    for number in range(10):  # 190 MB
        visitor.put("a.jpg", data, file_id=str(number))
    with pytest.raises(urllib.error.HTTPError, match="413"):
        visitor.put("a.jpg", data, file_id="10")
    visitor.leave()
    server.until(lambda held: held["upload bytes"] == 0)


def status(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except urllib.error.URLError:
        return 413  # it hangs up before all of a file that is too large was sent


def test_uploads_that_no_page_of_ours_sends_are_refused(server):
    visitor = server.visit()
    token = {"X-Xsrftoken": visitor.cookie, "Cookie": f"{XSRF_COOKIE}={visitor.cookie}"}
    form = b'--b\r\nContent-Disposition: form-data; name="a"; filename="a.jpg"\r\n\r\nx\r\n--b--\r\n'
    own = f"{visitor.session}/1"
    sent = [
        (own, form, {}),
        (own, form, {"Cookie": token["Cookie"]}),
        (own, form, token | {"X-Xsrftoken": "another"}),
        ("no-such-session/1", form, token),
        ("../../../../etc/passwd", form, token),
        (f"{visitor.session}/..%2f..%2fapp.py", form, {}),
        (own, b"x" * (21 * 1024**2), token),
        (own, b"--b\r\nhalf a form", token),
    ]
    for place, body, headers in sent:
        request = urllib.request.Request(
            f"http://{server.address}/_stcore/upload_file/{place}",
            data=body,
            method="PUT",
            headers={"Content-Type": "multipart/form-data; boundary=b", **headers},
        )
        assert 400 <= status(request) < 500, (place[-40:], len(body), sorted(headers))
    assert server.held()["upload bytes"] == 0
    visitor.run()
    assert visitor.ran


def test_a_page_of_another_site_gets_no_session(server):
    visitor = server.visit()
    with pytest.raises(InvalidStatus):
        connect(
            f"ws://{server.address}/_stcore/stream",
            subprotocols=["streamlit", visitor.cookie],
            additional_headers={"Origin": "https://elsewhere.example"},
        )


@pytest.mark.parametrize(
    "query", ["product=%ED%A0%80", "sample=%00", "page=%F0%28%8C%28", "photo=" + "%FF" * 999]
)
def test_bytes_in_an_address_that_are_no_text_are_answered(server, query):
    visitor = Visitor(server.address, query=query)
    server.visitors.append(visitor)
    visitor.run()
    assert visitor.ran, visitor.texts()


def test_emptying_the_caches_costs_the_others_nothing(server):
    other, hostile = server.visit(), server.visit()
    other.upload("a.webp", noise(1, 300))
    opened = server.held()["catalogues opened"]
    hostile.clear_cache()
    hostile.run()
    other.run()
    assert len(hits(other)) == 12
    hostile.run()  # by now the count was written again
    assert server.held()["catalogues opened"] == opened


def test_the_log_has_a_line_for_what_happens_and_nothing_of_a_visitor(server):
    visitor = server.visit()
    visitor.upload("my-secret-holiday.jpg", b"no picture at all")
    assert any("my\\-secret\\-holiday" in text for text in visitor.texts()), "the visitor is told its name"
    visitor.leave()
    log = server.log()
    assert "started 0." in log
    assert "refused a file of 17 bytes: A file is not a picture that is read" in log
    assert "secret" not in log
    assert visitor.session not in log
