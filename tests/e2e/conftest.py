"""A server of the repository as it is, and a browser that visits it."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is in requirements-dev.txt")
pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is in requirements-dev.txt")

from tests.e2e.visit import DESKTOP, ROOT, Visit  # noqa: E402

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Maps are drawn by WebGL, which goes without a graphics card too.
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    """Give Chromium, the system's or the one that playwright keeps: anew now and then, since it grows."""
    installed = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_api.sync_playwright() as play:
        try:
            opened = play.chromium.launch(executable_path=installed, args=FLAGS)
        except sync_api.Error:
            pytest.skip(
                "no Chromium: install the system's package, or run `python -m playwright install chromium`"
            )
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the dashboard; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log.open("w") as out, subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
    assert "Traceback" not in log.read_text(), log.read_text()[-3000:]


def _wait_for(url: str, server: subprocess.Popen) -> None:
    for _ in range(240):
        assert server.poll() is None, "the server has ended"
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the server does not answer")


@pytest.fixture
def visit(browser: "sync_api.Browser", served: str) -> Iterator[Callable[..., Visit]]:
    """Give a function that begins a visit; none may end with an error of ours in the browser's console."""
    contexts, visits = [], []

    def begin(size: dict[str, int] = DESKTOP, *, touch: bool = False, theme: str = "light") -> Visit:
        context = browser.new_context(
            viewport=size, has_touch=touch, is_mobile=touch, color_scheme=theme, reduced_motion="reduce"
        )
        contexts.append(context)
        visits.append(Visit(context.new_page(), served))
        return visits[-1]

    yield begin
    for context in contexts:
        context.close()
    assert [said for each in visits for said in each.complaints] == []
