"""A Streamlit app served in a process of its own, and what that process takes."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ONE_LINE_APP = 'import streamlit as st\n\nst.write("Hello")\n'


@dataclass(frozen=True)
class ServedApp:
    """A server that answers.

    Attributes
    ----------
    address : str
        Host and port.
    pid : int
        Of its process.
    started : float
        When the process was started, by `time.monotonic`.
    """

    address: str
    pid: int
    started: float

    def resident_mb(self) -> int:
        """Give its resident set, in megabytes."""
        return resident_mb(self.pid)

    def has_loaded(self, library: str) -> bool:
        """Whether a shared library whose path has this text is mapped into it."""
        return library in Path(f"/proc/{self.pid}/maps").read_text()


@contextlib.contextmanager
def served(app: Path | None = None, environment: Mapping[str, str] | None = None) -> Iterator[ServedApp]:
    """Serve an app, the dashboard by default, on a free port until the block ends.

    Raises
    ------
    TimeoutError
        If it does not answer within two minutes.
    """
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(app or "app.py"), "--server.port", str(port)]
    command += ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    with tempfile.TemporaryFile() as log:
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, env=os.environ | dict(environment or {})
        )
        try:
            _wait_until_served(port)
            yield ServedApp(f"localhost:{port}", process.pid, started)
        finally:
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def one_line_app() -> Iterator[ServedApp]:
    """Serve an app of one line, which everything is compared with."""
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "hello.py"
        app.write_text(ONE_LINE_APP)
        with served(app) as hello:
            yield hello


def resident_mb(pid: int) -> int:
    """Give the resident set of a process, in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


def processor_seconds(pid: int) -> float:
    """Give the processor time that a process has used, in seconds: the same on a machine that is busy."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def _wait_until_served(port: int) -> None:
    for _ in range(1200):
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not start within two minutes")


def print_result(result: Mapping[str, Any], out: Path | None) -> None:
    """Print what was measured as JSON, and write it into a file where one is named."""
    text = json.dumps(result, indent=2, ensure_ascii=False)
    print(text)
    if out:
        out.write_text(text + "\n", encoding="utf-8")
